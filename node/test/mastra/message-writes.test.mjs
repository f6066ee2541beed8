/* Messages as Mastra writes them. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { content, day, failure, fresh, freshSchema, message, odd, openDomain, stored, thread } from './domain.mjs';

const domain = openDomain();

async function run(what, schema, ids, name) {
  const child = spawn(process.execPath, [fileURLToPath(new URL('writer.mjs', import.meta.url)), what, schema, ids, name], {
    stdio: 'inherit',
  });
  assert.deepEqual(await once(child, 'exit'), [0, null]);
}

async function newThread(more, on = domain) {
  const given = thread(more);
  await on.saveThread({ thread: given });
  return given.id;
}

const texts = (messages) => messages.map((one) => one.content.parts[0].text);
const refused = async (promise) => {
  const error = await failure(promise);
  assert.deepEqual([error.id, error.category], ['MASTRA_STORAGE_PG_SAVE_MESSAGES_FAILED', 'THIRD_PARTY']);
  return error;
};

/* ---- Saving ---- */

test('messages are saved, and come back with what is stored', async () => {
  const id = await newThread();
  const given = [message(id, { createdAt: day(5) }), message(id, { createdAt: day(4), role: 'assistant', type: 'text' })];
  const { messages } = await domain.saveMessages({ messages: given });
  assert.deepEqual(messages.map((one) => one.id), [given[1].id, given[0].id]);
  assert.deepEqual(messages.map(({ createdAt }) => createdAt), [day(4), day(5)]);
  assert.deepEqual((await stored(domain, id)).map(({ type, role, resourceId }) => [type, role, resourceId]), [
    ['text', 'assistant', 'owner'],
    ['v2', 'user', 'owner'],
  ]);
  assert.ok((await domain.getThreadById({ threadId: id })).updatedAt > day(5));
  assert.deepEqual(await domain.saveMessages({ messages: [] }), { messages: [] });
});

test('a message without a time gets the one that comes back', async () => {
  const id = await newThread();
  const { messages } = await domain.saveMessages({ messages: [message(id, { createdAt: undefined }), message(id, { createdAt: undefined })] });
  assert.deepEqual(messages.map(({ createdAt }) => createdAt), (await stored(domain, id)).map(({ createdAt }) => createdAt));
  assert.ok(Math.abs(messages[0].createdAt - Date.now()) < 60_000);
});

test('a message that is saved again keeps its first time and place', async () => {
  const id = await newThread();
  const [one, two] = [message(id), message(id)];
  await domain.saveMessages({ messages: [one, two] });
  const again = { ...one, createdAt: day(20), role: 'assistant', type: 'x', resourceId: 'guest', content: content('new') };
  const { messages } = await domain.saveMessages({ messages: [again] });
  assert.deepEqual(messages.map(({ createdAt }) => createdAt), [day(3)]);
  const [first, second] = await stored(domain, id);
  assert.deepEqual([first.role, first.type, first.resourceId, first.content, first.createdAt], ['assistant', 'x', 'guest', content('new'), day(3)]);
  assert.equal(second.id, two.id);
});

test('of one id in a batch the last content and the first time count', async () => {
  const id = await newThread();
  const one = message(id, { createdAt: day(7) });
  const { messages } = await domain.saveMessages({ messages: [one, message(id), { ...one, createdAt: day(1), content: content('last') }] });
  const rows = await stored(domain, id);
  assert.deepEqual([rows.length, rows[1].content, rows[1].createdAt], [2, content('last'), day(7)]);
  assert.deepEqual(messages.find((other) => other.id === one.id).createdAt, day(7));
});

test('messages of several threads are saved at once, or none', async () => {
  const [a, b] = [await newThread(), await newThread()];
  await domain.saveMessages({ messages: [message(a), message(b)] });
  const error = await refused(domain.saveMessages({ messages: [message(a), message('none'), message(b)] }));
  assert.match(error.message, /Thread none not found/);
  assert.deepEqual([(await stored(domain, a)).length, (await stored(domain, b)).length], [1, 1]);
  for (const threadId of [a, b]) assert.ok((await domain.getThreadById({ threadId })).updatedAt > day(2));
});

test('a message moves to another thread of its owner, with its metadata', async () => {
  const [a, b] = [await newThread(), await newThread()];
  const one = message(a, { content: content('x', { metadata: { k: 1 } }) });
  await domain.saveMessages({ messages: [one] });
  await domain.saveMessages({ messages: [message(b), { ...one, threadId: b, createdAt: day(9) }] });
  assert.deepEqual(await stored(domain, a), []);
  const moved = (await stored(domain, b)).find(({ id }) => id === one.id);
  assert.deepEqual([moved.createdAt, moved.metadata], [day(3), { k: 1 }]);
});

test("another owner's message is refused, unless that is allowed", async () => {
  const schemaName = freshSchema();
  const [strict, loose] = [openDomain({ schemaName }), openDomain({ schemaName, allowForeignMessages: true })];
  const theirs = await newThread({ resourceId: 'them' }, strict);
  const ours = await newThread({ resourceId: 'us' }, strict);
  const one = message(theirs, { resourceId: 'them' });
  await strict.saveMessages({ messages: [one] });
  const taken = { ...one, threadId: ours, resourceId: 'us', content: content('taken') };
  const error = await refused(strict.saveMessages({ messages: [message(ours, { resourceId: 'us' }), taken] }));
  assert.match(error.message, new RegExp(one.id));
  assert.deepEqual([await stored(strict, ours), texts(await stored(strict, theirs))], [[], [one.id]]);
  await loose.saveMessages({ messages: [taken] });
  assert.deepEqual([texts(await stored(strict, ours)), await stored(strict, theirs)], [['taken'], []]);
});

test('a message needs an id, a thread, an owner, a role and a content that can be read', async () => {
  const id = await newThread();
  const circular = { format: 2, parts: [] };
  circular.self = circular;
  const bad = [
    { id: undefined }, { threadId: undefined }, { resourceId: undefined }, { resourceId: null }, { role: undefined },
    { content: null }, { content: undefined }, { content: 123 }, { content: true }, { content: circular },
    { content: { format: 2, parts: [{ n: 1n }] } }, { createdAt: 'no date' }, { id: 'x'.repeat(256) },
  ];
  for (const lack of bad) {
    await refused(domain.saveMessages({ messages: [message(id), message(id, lack)] }));
    assert.deepEqual(await stored(domain, id), [], Object.keys(lack)[0]);
  }
});

test('strings are texts, but for those that are the JSON of an object', async () => {
  const id = await newThread();
  const json = '{"parts":[{"type":"text","text":"hi"}],  "format":2}';
  const given = ['hello', '123', 'null', '"quoted"', '{broken', json];
  const { messages } = await domain.saveMessages({
    messages: given.map((text, i) => message(id, { content: text, createdAt: day(3, i) })),
  });
  assert.deepEqual(texts(messages), ['hello', '123', 'null', '"quoted"', '{broken', 'hi']);
  const raw = (await domain.store.messages.list({ threadId: id, raw: true })).messages.map(({ contentJson }) => contentJson);
  assert.deepEqual(raw, [...given.slice(0, 5).map((text) => JSON.stringify(text)), json]);
});

test('a content keeps each byte, and its metadata serves filters', async () => {
  const id = await newThread();
  const metadata = { [odd]: odd, list: [1, null] };
  const one = message(id, { content: { z: 1, format: 2, parts: [{ type: 'text', text: odd }], metadata, a: 2 } });
  await domain.saveMessages({ messages: [one] });
  const [row] = (await domain.store.messages.list({ threadId: id, raw: true, metadata: { list: [null] } })).messages;
  assert.equal(row.contentJson, JSON.stringify(one.content));
  assert.deepEqual(JSON.parse(row.metadataJson), metadata);
  await domain.saveMessages({ messages: [{ ...one, content: content('bare') }] });
  assert.deepEqual((await stored(domain, id))[0].metadata, {});
});

test('a thousand messages, also once more', async () => {
  const id = await newThread();
  const messages = Array.from({ length: 1000 }, (_, i) => message(id, { createdAt: day(3, i) }));
  await domain.saveMessages({ messages });
  await domain.saveMessages({ messages: [...messages].reverse() });
  assert.deepEqual((await stored(domain, id)).map((row) => row.id), messages.map((one) => one.id));
});

test('batches that name threads in opposite orders all succeed, also of two processes', async () => {
  const schemaName = freshSchema();
  const here = openDomain({ schemaName });
  const [a, b] = [await newThread({}, here), await newThread({}, here)];
  await Promise.all([
    run('save', schemaName, `${a},${b}`, 'a'),
    run('save', schemaName, `${a},${b}`, 'b'),
    ...Array.from({ length: 20 }, (_, i) => {
      const batch = [message(a, { id: `${a}-${i % 10}` }), message(b, { id: `${b}-${i % 10}` })];
      return here.saveMessages({ messages: i % 2 ? batch : batch.reverse() });
    }),
  ]);
  assert.deepEqual([(await stored(here, a)).length, (await stored(here, b)).length], [10, 10]);
});

test('the same messages saved at once in opposite orders are there once', async () => {
  const id = await newThread();
  const messages = Array.from({ length: 50 }, (_, i) => message(id, { createdAt: day(3, i) }));
  await Promise.all(Array.from({ length: 20 }, (_, i) => domain.saveMessages({ messages: i % 2 ? messages : [...messages].reverse() })));
  assert.equal((await stored(domain, id)).length, 50);
});

/* ---- Changing ---- */

test('contents are merged one level, and their metadata one level', async () => {
  const id = await newThread();
  const one = message(id, { content: content('x', { metadata: { a: 1, deep: { b: 1 } }, reasoning: 'r' }) });
  await domain.saveMessages({ messages: [one, message(id)] });
  const change = { id: one.id, role: 'assistant', type: 't', content: { content: 'short', metadata: { deep: { c: 2 }, d: null } } };
  const [changed, ...others] = await domain.updateMessages({ messages: [change] });
  const merged = { ...one.content, content: 'short', metadata: { a: 1, deep: { c: 2 }, d: null } };
  assert.deepEqual(changed, { id: one.id, threadId: id, resourceId: 'owner', role: 'assistant', type: 't', createdAt: day(3), content: merged });
  assert.deepEqual(others, []);
  const row = (await stored(domain, id)).find((other) => other.id === one.id);
  assert.deepEqual([row.content, row.metadata, row.role], [merged, merged.metadata, 'assistant']);
});

test('changes of one id in one call are made one after the other', async () => {
  const id = await newThread();
  const one = message(id);
  await domain.saveMessages({ messages: [one] });
  await domain.updateMessages({ messages: [
    { id: one.id, content: { metadata: { a: 1, b: 1 } } },
    { id: one.id, role: 'assistant', content: { metadata: { b: 2 } } },
  ] });
  const [row] = await stored(domain, id);
  assert.deepEqual([row.role, row.content.metadata, row.metadata], ['assistant', { a: 1, b: 2 }, { a: 1, b: 2 }]);
});

test('what is not there or has nothing to change is left alone', async () => {
  const id = await newThread({ updatedAt: day(2) });
  const one = message(id);
  await domain.saveMessages({ messages: [one] });
  const before = await domain.getThreadById({ threadId: id });
  assert.deepEqual(await domain.updateMessages({ messages: [] }), []);
  assert.deepEqual(await domain.updateMessages({ messages: [{ id: 'none', role: 'assistant' }, { id: '' }, { id: 'x'.repeat(300) }] }), []);
  const [same] = await domain.updateMessages({ messages: [{ id: one.id }] });
  assert.deepEqual([same.type, same.content], ['v2', one.content]);
  assert.deepEqual(await domain.getThreadById({ threadId: id }), before);
});

test('keys that are no columns change nothing', async () => {
  const id = await newThread();
  const one = message(id);
  await domain.saveMessages({ messages: [one] });
  await domain.updateMessages({ messages: [{ id: one.id, [`role" = 'pwned', "type`]: 'x', created_at: day(9), foo: 1 }] });
  const [row] = await stored(domain, id);
  assert.deepEqual([row.role, row.type, row.createdAt, row.content], ['user', 'v2', day(3), one.content]);
});

test('a message moves by an update, and both threads are touched', async () => {
  const [a, b] = [await newThread(), await newThread()];
  const one = message(a, { content: content('x', { metadata: { k: 1 } }) });
  await domain.saveMessages({ messages: [one] });
  const start = new Date();
  const [moved] = await domain.updateMessages({ messages: [{ id: one.id, threadId: b, resourceId: 'guest' }] });
  assert.deepEqual([moved.threadId, moved.resourceId], [b, 'guest']);
  assert.deepEqual([(await stored(domain, a)).length, (await stored(domain, b))[0].metadata], [0, { k: 1 }]);
  for (const threadId of [a, b]) assert.ok((await domain.getThreadById({ threadId })).updatedAt >= start);
  const error = await failure(domain.updateMessages({ messages: [{ id: one.id, threadId: 'none' }] }));
  assert.equal(error.id, 'MASTRA_STORAGE_PG_UPDATE_MESSAGES_FAILED');
});

test('a text takes up a change in the form of an object', async () => {
  const id = await newThread();
  const one = message(id, { content: 'plain' });
  await domain.saveMessages({ messages: [one] });
  const [changed] = await domain.updateMessages({ messages: [{ id: one.id, content: { metadata: { a: 1 } } }] });
  assert.deepEqual(changed.content, { format: 2, parts: [{ type: 'text', text: 'plain' }], content: 'plain', metadata: { a: 1 } });
});

test('odd strings survive a change', async () => {
  const id = await newThread();
  const one = message(id);
  await domain.saveMessages({ messages: [one] });
  await domain.updateMessages({ messages: [{ id: one.id, content: { content: odd, metadata: { [odd]: odd } } }] });
  const [row] = await stored(domain, id);
  assert.deepEqual([row.content.content, row.metadata], [odd, { [odd]: odd }]);
});

test('concurrent merges into one message keep all, also of several processes', async () => {
  const schemaName = freshSchema();
  const here = openDomain({ schemaName });
  const id = await newThread({}, here);
  const one = message(id);
  await here.saveMessages({ messages: [one] });
  await Promise.all([
    run('metadata', schemaName, one.id, 'a'),
    run('metadata', schemaName, one.id, 'b'),
    ...Array.from({ length: 20 }, (_, i) => here.updateMessages({ messages: [{ id: one.id, content: { metadata: { [`c${i}`]: i } } }] })),
  ]);
  const [row] = await stored(here, id);
  assert.equal(Object.keys(row.content.metadata).length, 40);
  assert.deepEqual(row.metadata, row.content.metadata);
});

/* ---- Deleting ---- */

test('messages are deleted by id', async () => {
  const id = await newThread();
  const messages = [message(id), message(id), message(id)];
  await domain.saveMessages({ messages });
  await domain.deleteMessages([messages[0].id, undefined, 'none', '', messages[2].id, 'x'.repeat(300)]);
  assert.deepEqual((await stored(domain, id)).map((row) => row.id), [messages[1].id]);
  await domain.deleteMessages([]);
  await domain.deleteMessages(undefined);
});

test('more ids than a statement of others has parameters', async () => {
  const id = await newThread();
  const one = message(id);
  await domain.saveMessages({ messages: [one] });
  const many = Array.from({ length: 120_000 }, () => fresh('many'));
  await domain.updateMessages({ messages: [...many.map((other) => ({ id: other, role: 'x' })), { id: one.id, role: 'assistant' }] });
  assert.equal((await stored(domain, id))[0].role, 'assistant');
  await domain.deleteMessages([...many, one.id]);
  assert.deepEqual(await stored(domain, id), []);
});

test('an update gives back what is stored, and shares nothing with its caller', async () => {
  const id = await newThread();
  const given = message(id, { content: content('x', { metadata: { gone: 1 } }) });
  await domain.saveMessages({ messages: [given] });
  const change = { parts: [{ type: 'text', text: 'y' }], metadata: { at: day(1), gone: undefined, none: NaN } };
  const [updated] = await domain.updateMessages({ messages: [{ id: given.id, content: change }] });
  const expected = { format: 2, parts: [{ type: 'text', text: 'y' }], metadata: { at: day(1).toISOString(), none: null } };
  assert.deepStrictEqual(updated.content, expected);
  assert.deepStrictEqual((await stored(domain, id))[0].content, expected);
  updated.content.parts[0].text = 'z';
  assert.equal(change.parts[0].text, 'y');
});

test('a list of parts stays what it says when something is merged into it', async () => {
  const id = await newThread();
  for (const role of ['user', 'assistant', 'system']) {
    const given = message(id, { role, content: [{ type: 'text', text: 'Hi' }] });
    await domain.saveMessages({ messages: [given] });
    const [updated] = await domain.updateMessages({ messages: [{ id: given.id, content: { metadata: { seen: true } } }] });
    assert.deepStrictEqual(updated.content, { format: 2, parts: [{ type: 'text', text: 'Hi' }], metadata: { seen: true } });
    assert.equal(updated.role, role);
  }
});

test('ids that cannot exist are ignored', async () => {
  const ids = ['', 'x'.repeat(256), 'a\u0000b', 'a\ud800'];
  assert.deepEqual(await domain.updateMessages({ messages: ids.map((id) => ({ id, role: 'user' })) }), []);
  assert.equal(await domain.deleteMessages(ids), undefined);
});
