/* The linear path gives what MessageList gives, for generated lists; and it reads what MessageList throws at. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import * as agent from '@mastra/core/agent';

const { makeMessageList } = createRequire(import.meta.url)('../../mastra/message-list.js');
const { normalise, fromRows } = makeMessageList({ agent });

const LISTS = 4000;

/* Numbers that look random and are the same in each run (mulberry32). */
function numbers(seed) {
  return (below) => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

function oneOf(next, ...choices) {
  return choices[next(choices.length)];
}

function many(next, most, make) {
  return Array.from({ length: next(most + 1) }, () => make());
}

const texts = ['', 'hello', '{"format":2}', '123', 'null', '"quoted"', '[1,2]', 'a\u0000b', '\ud83d', 'Grüße 🎉'];
const times = [0, 1, 2, 3, 3, 3, 4, 500, 501, -1];

function part(next) {
  const call = `c${next(4)}`;
  return oneOf(
    next,
    { type: 'text', text: oneOf(next, ...texts) },
    { type: 'text', text: 'x', providerMetadata: { openai: { itemId: `i${next(2)}` } } },
    { type: 'reasoning', reasoning: 'hm', details: [{ type: 'text', text: 'hm', signature: 's' }] },
    { type: 'tool-invocation', toolInvocation: { state: 'call', toolCallId: call, toolName: 'n', args: oneOf(next, {}, { a: next(3) }) } },
    { type: 'tool-invocation', toolInvocation: { state: 'result', toolCallId: call, toolName: 'n', args: { a: 1 }, result: next(9) } },
    { type: 'file', mimeType: 'image/png', data: 'aGk=' },
    { type: 'step-start' },
    { type: 'data-thing', data: { b: 1, a: [2] } },
    { type: 'source', source: { id: 's', url: 'https://example.org' } },
  );
}

function metadata(next) {
  return oneOf(next, {}, { k: next(3) }, null, { mastra: { sealed: true } }, { completionResult: true }, { signal: { type: 'user' } });
}

function presentForm(next) {
  const content = { format: 2, parts: many(next, 4, () => part(next)) };
  if (next(4) === 0) content.content = oneOf(next, ...texts);
  if (next(3) === 0) content.metadata = metadata(next);
  if (next(12) === 0) delete content.parts;
  if (next(12) === 0) content.parts?.push(null, 7, 'text');
  if (next(12) === 0) content.reasoning = 'because';
  if (next(8) === 0) {
    content.toolInvocations = many(next, 2, () => ({ state: 'result', toolCallId: `c${next(4)}`, toolName: 'n', args: oneOf(next, {}, { z: 1 }), result: 1 }));
  }
  if (next(20) === 0) content.unknown = { of: 'content' };
  return content;
}

function corePart(next) {
  const toolCallId = `c${next(4)}`;
  return oneOf(
    next,
    { type: 'text', text: oneOf(next, ...texts) },
    { type: 'tool-call', toolCallId, toolName: 'n', args: oneOf(next, {}, { a: next(3) }) },
    { type: 'tool-result', toolCallId, toolName: 'n', result: oneOf(next, 1, null, { ok: true }) },
    { type: 'reasoning', text: 'hm', signature: 's' },
    { type: 'redacted-reasoning', data: 'xx' },
    { type: 'image', image: 'https://example.org/a.png', mimeType: 'image/png' },
    { type: 'file', data: 'https://example.org/a.pdf', mimeType: 'application/pdf' },
  );
}

function content(next) {
  const kind = next(20);
  if (kind < 12) return presentForm(next);
  if (kind < 15) return oneOf(next, ...texts);
  if (kind < 18) return many(next, 3, () => corePart(next));
  return oneOf(next, {}, { parts: [{ type: 'text', text: 'lost' }] }, { format: 1, parts: [] }, []);
}

function message(next, id) {
  const time = 1700000000000 + oneOf(next, ...times) * 1000;
  const made = { id, role: oneOf(next, 'user', 'user', 'assistant', 'assistant', 'assistant', 'system', 'tool', 'signal'), content: content(next) };
  /* Only messages in the present form may have a role that v1 does not know. */
  if (made.role === 'signal' && made.content.format !== 2) made.role = 'user';
  made.createdAt = oneOf(next, new Date(time), new Date(time), new Date(time), new Date(time).toISOString(), time);
  made.threadId = `t${next(2)}`;
  made.resourceId = oneOf(next, 'r', null);
  if (next(6) === 0) made.type = oneOf(next, 'v2', 'text', 'tool-call', 'reactive');
  if (next(20) === 0) made.unknown = [1];
  return made;
}

function listOf(next, { doubles }) {
  const length = next(oneOf(next, 3, 8, 30));
  return Array.from({ length }, (_, i) => message(next, doubles && next(4) === 0 ? `m${next(length)}` : `m${i}`));
}

/* What MessageList makes of it; undefined if it throws. */
function reference(messages) {
  try {
    return new agent.MessageList().add(structuredClone(messages), 'memory').get.all.db();
  } catch {
    return undefined;
  }
}

/* MessageList makes up an id for what is added to a sealed message. */
function withoutNewIds(messages) {
  for (const message of messages) if (message.id.length === 36) message.id = 'new';
  return messages;
}

function compareMany(seed, make, convert) {
  const next = numbers(seed);
  let compared = 0;
  for (let i = 0; i < LISTS; i++) {
    const given = make(next);
    const want = reference(given);
    if (want === undefined) continue;
    assert.deepStrictEqual(withoutNewIds(convert(structuredClone(given))), withoutNewIds(want), `list ${i}: ${JSON.stringify(given)}`);
    compared++;
  }
  assert.ok(compared > LISTS / 2, `${compared} lists compared`);
}

test('normalise gives what MessageList gives', () => {
  compareMany(1, (next) => listOf(next, { doubles: false }), normalise);
});

test('normalise does with ids that come again what MessageList does', () => {
  compareMany(2, (next) => listOf(next, { doubles: true }), normalise);
});

test('fromRows gives what MessageList gives for rows in order', () => {
  const rowsOf = (next) => {
    const rows = listOf(next, { doubles: false });
    rows.forEach((row) => (row.createdAt = new Date(row.createdAt)));
    return rows.sort((a, b) => a.createdAt - b.createdAt);
  };
  compareMany(3, rowsOf, fromRows);
});

test('normalise leaves what it is given as it is', () => {
  const next = numbers(4);
  for (let i = 0; i < 500; i++) {
    const given = listOf(next, { doubles: true });
    const before = structuredClone(given);
    normalise(given);
    assert.deepStrictEqual(given, before);
  }
});

test('messages in the present form pass as they are, the very objects', () => {
  const rows = ['user', 'assistant', 'signal', 'anything'].map((role, i) => ({
    id: `m${i}`,
    role,
    createdAt: new Date(i),
    threadId: 't',
    resourceId: 'r',
    content: { format: 2, parts: [{ type: 'text', text: 'x' }] },
  }));
  const contents = rows.map((row) => row.content);
  fromRows(rows).forEach((row, i) => assert.equal(row.content, contents[i]));
});

const poison = [
  [null, ''],
  [undefined, ''],
  [0, '0'],
  [123, '123'],
  [true, 'true'],
  [false, 'false'],
  [[null], '[null]'],
];
for (const [given, text] of poison) {
  test(`a content that is ${JSON.stringify(given)} reads as text, and hides nothing else`, () => {
    const good = { id: 'good', role: 'user', createdAt: new Date(1), threadId: 't', resourceId: 'r', content: { format: 2, parts: [] } };
    const bad = { ...good, id: 'bad', content: given };
    const read = fromRows([bad, structuredClone(good)]);
    assert.deepStrictEqual(read[1], good);
    assert.deepStrictEqual(read[0].content, { format: 2, parts: [{ type: 'text', text }], content: text });
    assert.equal(read[0].id, 'bad');
    assert.deepStrictEqual(normalise([bad]), fromRows([{ ...bad }]));
  });
}

test('no content whatever makes a list unreadable', () => {
  const odd = [{ format: 2 }, { format: 2, parts: 7 }, { format: 2, parts: [], toolInvocations: {} }, { format: 2, parts: [{}] }];
  const roles = ['user', 'assistant', 'tool', 'signal', 'nobody'];
  const rows = odd.concat(['text', {}, [], [{ type: 'image' }], [{ type: 'file', data: 7 }]]).flatMap((content, i) =>
    roles.map((role) => ({ id: `${role}${i}`, role, createdAt: new Date(i), threadId: 't', resourceId: 'r', content })),
  );
  const read = fromRows(structuredClone(rows));
  assert.deepEqual(read.map(({ id }) => id), rows.map(({ id }) => id));
  for (const { content } of read) assert.ok(content.format === 2 && Array.isArray(content.parts));
});

test('a message without a time gets the present one', () => {
  const before = Date.now();
  const [first, second] = normalise([
    { id: 'a', role: 'user', threadId: 't', resourceId: 'r', content: 'x' },
    { id: 'b', role: 'user', threadId: 't', resourceId: 'r', content: { format: 2, parts: [] } },
  ]);
  assert.deepStrictEqual(first.createdAt, second.createdAt);
  assert.ok(first.createdAt.getTime() >= before && first.createdAt.getTime() <= Date.now());
});
