/* saveMessages: what is stored, what comes back, upserts, and what is refused whole. */
import assert from 'node:assert/strict';
import { at, fresh, ids, message, numbers, odd, open, refused, saveMessages, saveThread, test, text, together } from '../world.mjs';

const store = await open();
const memory = await store.getStore('memory');
const list = async (thread, args = {}) => (await memory.listMessages({ threadId: thread.id, ...args })).messages;
const save = (...messages) => memory.saveMessages({ messages });
const updatedAt = async ({ id }) => (await memory.getThreadById({ threadId: id })).updatedAt;

test('a message comes back as it was saved, with exactly its fields', async () => {
  const thread = await saveThread(memory);
  const one = message(thread);
  await save(one);
  assert.deepStrictEqual(await list(thread), [one]);
});

test('saveMessages gives back the messages', async () => {
  const thread = await saveThread(memory);
  const messages = [message(thread, { createdAt: at(0) }), message(thread, { createdAt: at(1), role: 'assistant' })];
  assert.deepStrictEqual(await memory.saveMessages({ messages }), { messages });
});

test('no messages: nothing to do', async () => {
  assert.deepStrictEqual(await memory.saveMessages({ messages: [] }), { messages: [] });
});

const everything = {
  format: 2, content: 'said', metadata: { a: 1, deep: { b: [null, true] } }, reasoning: 'because', annotations: [{ x: 1 }],
  parts: [
    { type: 'text', text: 'x', providerMetadata: { p: { q: 1 } } }, { type: 'reasoning', reasoning: 'r', details: [{ type: 'text', text: 'r' }] },
    { type: 'tool-invocation', toolInvocation: { state: 'result', toolCallId: 'c', toolName: 't', args: { a: 1 }, result: { ok: true } } },
    { type: 'file', mimeType: 'image/png', data: 'aGk=' }, { type: 'step-start' }, { type: 'data-thing', data: { any: ['thing'] } },
  ],
  toolInvocations: [{ state: 'result', toolCallId: 'c', toolName: 't', args: { a: 1 }, result: 1 }], providerMetadata: { p: { q: 1 } },
  experimental_attachments: [{ url: 'data:,x', contentType: 'text/plain' }],
};
for (const [name, content] of [
  ['everything', everything], ['no parts', { format: 2, parts: [] }], ['unicode', text('\u05e9 \u4e2d \ud83d\ude00 e\u0301')], ['odd text', text(odd)],
  ['odd metadata', text('x', { metadata: { odd, list: [odd] } })], ['a large text', text('y'.repeat(1 << 20))], ['fields of the future', text('x', { future: { a: [1] } })],
  ['numbers', text('x', { metadata: { n: [0, 1.5, -1e21, 1e-7, 9007199254740991] } })], ['keys in an order of their own', { parts: [], z: 1, format: 2, a: 2 }],
  ['a part of text that looks like JSON', text('{"a": 1}')], ['a key __proto__', text('x', { metadata: JSON.parse('{"__proto__": 1, "constructor": 2}') })],
]) {
  test(`content comes back unchanged: ${name}`, async () => {
    const thread = await saveThread(memory);
    await save(message(thread, { content }));
    const [read] = await list(thread);
    assert.deepStrictEqual(read.content, JSON.parse(JSON.stringify(content)));
    assert.equal(JSON.stringify(read.content), JSON.stringify(content));
  });
}

for (const [name, content, expected] of [
  ['a text', 'Hello', text('Hello')], ['an empty text', '', text('')], ['an odd text', odd, text(odd)], ['a text that begins like JSON', '{broken', text('{broken')],
]) {
  test(`string content becomes a message of format 2: ${name}`, async () => {
    const thread = await saveThread(memory);
    await save(message(thread, { content }));
    const [read] = await list(thread);
    assert.equal(read.content.format, 2);
    assert.deepStrictEqual(read.content.parts, expected.parts);
  });
}

for (const [name, content] of [['null', null], ['undefined', undefined], ['the text 123', '123'], ['the text null', 'null'], ['the text true', 'true'], ['a number', 5], ['a list', []]]) {
  test(`content that is ${name} does not poison its thread`, async () => {
    const thread = await saveThread(memory);
    const good = message(thread);
    await save(good);
    await save(message(thread, { content, createdAt: at(1) })).catch(() => {});
    const messages = await list(thread);
    assert.deepStrictEqual(messages[0], good);
  });
}

test('role tool becomes assistant where the content is text, and stays where it is an object', async () => {
  const thread = await saveThread(memory);
  await save(message(thread, { role: 'tool', content: 'x' }), message(thread, { role: 'tool', createdAt: at(9) }));
  assert.deepStrictEqual((await list(thread)).map((m) => m.role), ['assistant', 'tool']);
});

test('role system is counted and not shown', async () => {
  const thread = await saveThread(memory);
  await save(message(thread, { role: 'system' }), message(thread, { createdAt: at(1) }));
  const result = await memory.listMessages({ threadId: thread.id });
  assert.deepStrictEqual([result.messages.length, result.total], [1, 2]);
});

for (const role of ['user', 'assistant', 'signal']) {
  test(`role ${role} comes back`, async () => {
    const thread = await saveThread(memory);
    await save(message(thread, { role }));
    assert.deepStrictEqual((await list(thread)).map((m) => m.role), [role]);
  });
}

test('a type is shown unless it is v2', async () => {
  const thread = await saveThread(memory);
  await save(message(thread, { type: 'text' }), message(thread, { type: 'v2', createdAt: at(1) }), message(thread, { createdAt: at(2) }));
  assert.deepStrictEqual((await list(thread)).map((m) => ['type' in m, m.type]), [[true, 'text'], [false, undefined], [false, undefined]]);
});

test('fields that a message does not have are not stored', async () => {
  const thread = await saveThread(memory);
  await save(message(thread, { extra: 1, toolNames: ['x'] }));
  const [read] = await list(thread);
  assert.deepStrictEqual(Object.keys(read).sort(), ['content', 'createdAt', 'id', 'resourceId', 'role', 'threadId']);
});

test('a message without createdAt is of now', async () => {
  const thread = await saveThread(memory);
  const before = Date.now();
  const { messages } = await memory.saveMessages({ messages: [message(thread, { createdAt: undefined })] });
  const [read] = await list(thread);
  assert.ok(read.createdAt.getTime() >= before - 1000 && read.createdAt.getTime() <= Date.now() + 1000);
  assert.deepStrictEqual(messages[0].createdAt, read.createdAt);
});

test('times are kept to the millisecond', async () => {
  const thread = await saveThread(memory);
  const times = ['1970-01-01T00:00:00.000Z', '2024-03-10T02:30:00.001Z', '2024-11-03T05:30:00.999Z', '2099-12-31T23:59:59.123Z'].map((s) => new Date(s));
  await save(...times.map((createdAt) => message(thread, { createdAt })));
  assert.deepStrictEqual((await list(thread)).map((m) => m.createdAt), times);
});

test('saving again replaces content, role and type and keeps createdAt', async () => {
  const thread = await saveThread(memory);
  const one = message(thread);
  await save(one);
  const second = { ...one, content: text('New'), role: 'assistant', type: 'text', createdAt: at(99999) };
  const { messages } = await memory.saveMessages({ messages: [second] });
  const expected = { ...second, createdAt: at(0) };
  assert.deepStrictEqual(await list(thread), [expected]);
  assert.deepStrictEqual(messages.map((m) => m.createdAt), [at(0)]);
});

test('the same id twice in a call: the last content, the first createdAt', async () => {
  const thread = await saveThread(memory);
  const one = message(thread);
  await save(one, { ...one, content: text('Last'), createdAt: at(5000) });
  assert.deepStrictEqual(await list(thread), [{ ...one, content: text('Last') }]);
});

test('a message may move to another thread of its owner', async () => {
  const from = await saveThread(memory);
  const to = await saveThread(memory, { resourceId: from.resourceId });
  const one = message(from);
  await save(one);
  await save({ ...one, threadId: to.id, content: text('Moved') });
  assert.deepStrictEqual(await list(from), []);
  assert.deepStrictEqual(await list(to), [{ ...one, threadId: to.id, content: text('Moved') }]);
});

test('the thread a message moves away from is not touched', async () => {
  const from = await saveThread(memory);
  const to = await saveThread(memory, { resourceId: from.resourceId });
  const one = message(from);
  await save(one);
  const before = await updatedAt(from);
  await save({ ...one, threadId: to.id });
  assert.deepStrictEqual(await updatedAt(from), before);
});

test('a message id of another owner is refused', async () => {
  const theirs = await saveThread(memory);
  const mine = await saveThread(memory);
  const one = message(theirs);
  await save(one);
  await refused(save({ ...message(mine), id: one.id }), 'SAVE_MESSAGES_FAILED');
  assert.deepStrictEqual(await list(theirs), [one]);
  assert.deepStrictEqual(await list(mine), []);
});

test('saving moves updatedAt of each thread that is named, and of no other', async () => {
  const [a, b, c] = [await saveThread(memory), await saveThread(memory), await saveThread(memory)];
  const before = Date.now();
  await save(message(a), message(b));
  for (const thread of [a, b]) assert.ok((await updatedAt(thread)).getTime() >= before - 1000);
  assert.deepStrictEqual(await updatedAt(c), at(0));
});

test('one call for two threads keeps each message in its own', async () => {
  const a = await saveThread(memory);
  const b = await saveThread(memory);
  const [first, second] = [message(a), message(b)];
  await save(first, second);
  assert.deepStrictEqual([await list(a), await list(b)], [[first], [second]]);
});

for (const [name, change, pattern] of [
  ['no threadId', { threadId: undefined }, /thread/i], ['an empty threadId', { threadId: '' }, /thread/i], ['no resourceId', { resourceId: undefined }, /resourceId/],
  ['a resourceId null', { resourceId: null }, /resourceId/], ['an unknown thread', { threadId: 'nowhere' }, /not found/],
]) {
  for (const place of ['alone', 'among others']) {
    test(`a message with ${name}, ${place}, is refused and nothing saved`, async () => {
      const thread = await saveThread(memory);
      const bad = { ...message(thread), ...change };
      const error = await refused(place === 'alone' ? save(bad) : save(message(thread), bad), 'SAVE_MESSAGES_FAILED');
      assert.match(`${error.message} ${error.cause?.message}`, pattern);
      assert.deepStrictEqual(await list(thread), []);
      assert.deepStrictEqual(await updatedAt(thread), at(0));
    });
  }
}

test('an unknown thread is named', async () => {
  const thread = { id: fresh(), resourceId: 'r' };
  await refused(save(message(thread)), 'SAVE_MESSAGES_FAILED', { details: { threadId: thread.id }, message: new RegExp(`Thread ${thread.id} not found`) });
});

for (const [name, id] of [['quotes', "m'\""], ['emoji', '\ud83d\ude00'], ['spaces', ' m '], ['SQL', "';--"], ['200 characters', 'i'.repeat(200)]]) {
  test(`a message id with ${name}`, async () => {
    const thread = await saveThread(memory);
    const one = message(thread, { id: id + fresh() });
    await save(one);
    assert.deepStrictEqual(await list(thread), [one]);
    assert.deepStrictEqual((await memory.listMessagesById({ messageIds: [one.id] })).messages, [one]);
  });
}

test('messages of one time keep the order in which they were saved', async () => {
  const thread = await saveThread(memory);
  const names = ['z', 'A', 'm', 'a', 'Z', 'é', '0'].map((name) => `${name}-${thread.id}`);
  await save(...names.slice(0, 4).map((id) => message(thread, { id })));
  for (const id of names.slice(4)) await save(message(thread, { id }));
  assert.deepStrictEqual(ids(await list(thread)), names);
  assert.deepStrictEqual(ids(await list(thread, { orderBy: { field: 'createdAt', direction: 'DESC' } })), [...names].reverse());
});

test('a message saved again keeps its place among those of its time', async () => {
  const thread = await saveThread(memory);
  const messages = await saveMessages(memory, thread, 3, () => ({ createdAt: at(0) }));
  await save({ ...messages[0], content: text('Again') });
  assert.deepStrictEqual(numbers(await list(thread)), [0, 1, 2]);
});

for (const count of [17, 100, 1000, 2500]) {
  test(`${count} messages in one call`, async () => {
    const thread = await saveThread(memory);
    const messages = Array.from({ length: count }, (_, n) => message(thread, { id: `${thread.id}/${n}`, createdAt: at(n) }));
    const result = await memory.saveMessages({ messages });
    assert.equal(result.messages.length, count);
    assert.deepStrictEqual(ids(await list(thread, { perPage: 3, page: 2 })), [`${thread.id}/6`, `${thread.id}/7`, `${thread.id}/8`]);
    assert.equal((await memory.listMessages({ threadId: thread.id, perPage: 1 })).total, count);
  });
}

test('20 writers of one thread: every message is kept', async () => {
  const thread = await saveThread(memory);
  await together(20, (n) => save(message(thread, { createdAt: at(n) }), message(thread, { createdAt: at(n) })));
  assert.equal((await list(thread, { perPage: false })).length, 40);
});

test('20 writers of two threads in both orders', async () => {
  const a = await saveThread(memory);
  const b = await saveThread(memory);
  await together(20, (n) => (n % 2 ? save(message(a), message(b)) : save(message(b), message(a))));
  assert.deepStrictEqual([(await list(a)).length, (await list(b)).length], [20, 20]);
});

test('20 writers of the same 50 ids in both orders', async () => {
  const thread = await saveThread(memory);
  const messages = Array.from({ length: 50 }, (_, n) => message(thread, { id: `${thread.id}/${n}`, createdAt: at(n) }));
  await together(20, (n) => memory.saveMessages({ messages: n % 2 ? messages : messages.toReversed() }));
  assert.deepStrictEqual(ids(await list(thread, { perPage: false })), ids(messages));
});

test('a result holds no references into what was given', async () => {
  const thread = await saveThread(memory);
  const one = message(thread);
  await save(one);
  one.content.parts[0].text = 'changed';
  assert.equal((await list(thread))[0].content.parts[0].text, 'Hello');
});
