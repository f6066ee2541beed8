/* updateMessages and deleteMessages. */
import assert from 'node:assert/strict';
import { at, failure, fresh, ids, message, numbers, odd, open, saveMessages, saveThread, test, text, together } from '../world.mjs';

const store = await open();
const memory = await store.getStore('memory');
const update = (...messages) => memory.updateMessages({ messages });
const updatedAt = async ({ id }) => (await memory.getThreadById({ threadId: id })).updatedAt;
const read = async (id) => (await memory.listMessagesById({ messageIds: [id] })).messages[0];

async function saved(fields = {}) {
  const thread = await saveThread(memory);
  const one = message(thread, fields);
  await memory.saveMessages({ messages: [one] });
  return [one, thread];
}

for (const [name, before, change, after] of [
  ['metadata is merged', { metadata: { a: 1, b: { x: 1 } } }, { metadata: { b: { y: 2 }, c: 3 } }, { metadata: { a: 1, b: { y: 2 }, c: 3 } }],
  ['metadata is made', {}, { metadata: { c: 3 } }, { metadata: { c: 3 } }],
  ['null in metadata is stored', { metadata: { a: 1 } }, { metadata: { a: null } }, { metadata: { a: null } }],
  ['content text is set', { metadata: { a: 1 } }, { content: 'said' }, { content: 'said', metadata: { a: 1 } }],
  ['content text is replaced', { content: 'old' }, { content: 'new' }, { content: 'new' }],
  ['parts are replaced', {}, { parts: [{ type: 'text', text: 'New' }] }, { parts: [{ type: 'text', text: 'New' }] }],
  ['an unknown key is kept', { future: 1 }, { other: 2 }, { future: 1, other: 2 }],
  ['{} changes nothing', { metadata: { a: 1 } }, {}, { metadata: { a: 1 } }],
  ['odd text', {}, { content: odd, metadata: { odd } }, { content: odd, metadata: { odd } }],
]) {
  test(`updateMessages: ${name}`, async () => {
    const [one] = await saved({ content: text('Hello', before) });
    const result = await update({ id: one.id, content: change });
    const expected = { ...text('Hello'), ...before, ...after };
    assert.deepStrictEqual((await read(one.id)).content, expected);
    assert.deepStrictEqual(result.map((m) => m.content), [expected]);
  });
}

test('updateMessages gives the messages with their type', async () => {
  const [one] = await saved();
  const [result] = await update({ id: one.id, content: { metadata: { a: 1 } } });
  assert.deepStrictEqual(result, { ...one, type: 'v2', content: text('Hello', { metadata: { a: 1 } }) });
});

test('updateMessages sets role and type', async () => {
  const [one] = await saved();
  await update({ id: one.id, role: 'assistant', type: 'text' });
  assert.deepStrictEqual(await read(one.id), { ...one, role: 'assistant', type: 'text' });
});

test('updateMessages keeps createdAt and moves the thread', async () => {
  const [one, thread] = await saved();
  const before = await updatedAt(thread);
  await new Promise((resolve) => setTimeout(resolve, 5));
  await update({ id: one.id, content: { metadata: { a: 1 } } });
  assert.deepStrictEqual((await read(one.id)).createdAt, one.createdAt);
  assert.ok((await updatedAt(thread)) > before);
});

test('updateMessages moves a message, and both threads are touched', async () => {
  const [one, from] = await saved();
  const to = await saveThread(memory, { resourceId: from.resourceId });
  const before = await updatedAt(from);
  await new Promise((resolve) => setTimeout(resolve, 5));
  await update({ id: one.id, threadId: to.id });
  assert.deepStrictEqual((await read(one.id)).threadId, to.id);
  assert.equal((await memory.listMessages({ threadId: from.id })).total, 0);
  assert.deepStrictEqual((await memory.listMessages({ threadId: to.id })).messages, [{ ...one, threadId: to.id }]);
  assert.ok((await updatedAt(from)) > before);
  assert.ok((await updatedAt(to)) > before);
});

test('updateMessages sets the resource of a message', async () => {
  const [one] = await saved();
  const resourceId = fresh();
  await update({ id: one.id, resourceId });
  assert.equal((await read(one.id)).resourceId, resourceId);
});

test('unknown messages are passed over', async () => {
  const [one] = await saved();
  const result = await update({ id: 'unknown', content: { content: 'x' } }, { id: one.id, content: { content: 'y' } });
  assert.deepStrictEqual(ids(result), [one.id]);
  assert.deepStrictEqual(await update({ id: 'unknown', content: { content: 'x' } }), []);
  assert.deepStrictEqual(await update(), []);
});

test('an entry with only an id changes nothing', async () => {
  const [one, thread] = await saved();
  const before = await updatedAt(thread);
  const result = await update({ id: one.id });
  assert.deepStrictEqual(ids(result), [one.id]);
  assert.deepStrictEqual(await read(one.id), one);
  assert.deepStrictEqual(await updatedAt(thread), before);
});

test('two messages of two threads in one call', async () => {
  const [a] = await saved();
  const [b] = await saved();
  const result = await update({ id: a.id, content: { content: 'a' } }, { id: b.id, content: { content: 'b' } });
  assert.deepStrictEqual(ids(result).sort(), [a.id, b.id].sort());
  assert.deepStrictEqual([(await read(a.id)).content.content, (await read(b.id)).content.content], ['a', 'b']);
});

test('the same id twice: both changes, in order', async () => {
  const [one] = await saved();
  const result = await update({ id: one.id, content: { metadata: { a: 1, b: 1 } } }, { id: one.id, content: { metadata: { b: 2, c: 2 } } });
  assert.deepStrictEqual((await read(one.id)).content.metadata, { a: 1, b: 2, c: 2 });
  assert.deepStrictEqual([...new Set(ids(result))], [one.id]);
});

test('message ids are those of any thread', async () => {
  const thread = await saveThread(memory);
  await saveMessages(memory, thread, 30);
  const changes = Array.from({ length: 30 }, (_, n) => ({ id: `${thread.id}/${n}`, content: { metadata: { n } } }));
  assert.equal((await memory.updateMessages({ messages: changes })).length, 30);
  const { messages } = await memory.listMessages({ threadId: thread.id, perPage: false });
  assert.deepStrictEqual(messages.map((m) => m.content.metadata.n), messages.map((_, n) => n));
});

for (const key of ['role" = \'pwned\', "type', 'type" = \'x\' --', 'nonsense', 'createdAt"', 'id; DROP TABLE x']) {
  test(`the update key ${key} reaches no other column`, async () => {
    const [one] = await saved();
    await update({ id: one.id, [key]: 'pwned' }).catch(() => {});
    assert.deepStrictEqual(await read(one.id), one);
  });
}

test('a failure of updateMessages is a MastraError', async () => {
  const [one] = await saved();
  const content = {};
  content.metadata = { self: content };
  const error = await failure(update({ id: one.id, content }));
  assert.equal(error.id, 'MASTRA_STORAGE_PG_UPDATE_MESSAGES_FAILED');
});

test('20 updates at once that touch different keys are all kept', async () => {
  const [one] = await saved();
  await together(20, (n) => update({ id: one.id, content: { metadata: { [`k${n}`]: n } } }));
  assert.equal(Object.keys((await read(one.id)).content.metadata).length, 20);
});

test('20 updates of two messages in both orders', async () => {
  const thread = await saveThread(memory);
  const other = await saveThread(memory);
  const a = message(thread);
  const b = message(other);
  await memory.saveMessages({ messages: [a, b] });
  await together(20, (n) => {
    const changes = [a, b].map(({ id }) => ({ id, content: { metadata: { [`k${n}`]: n } } }));
    return memory.updateMessages({ messages: n % 2 ? changes : changes.reverse() });
  });
  assert.equal(Object.keys((await read(a.id)).content.metadata).length, 20);
  assert.equal(Object.keys((await read(b.id)).content.metadata).length, 20);
});

/* --- deleteMessages */

test('deleteMessages removes them and touches their threads', async () => {
  const a = await saveThread(memory);
  const b = await saveThread(memory);
  await saveMessages(memory, a, 3);
  await saveMessages(memory, b, 3);
  const before = [await updatedAt(a), await updatedAt(b)];
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(await memory.deleteMessages([`${a.id}/0`, `${b.id}/2`, 'unknown', `${a.id}/0`]), undefined);
  assert.deepStrictEqual(numbers((await memory.listMessages({ threadId: a.id })).messages), [1, 2]);
  assert.deepStrictEqual(numbers((await memory.listMessages({ threadId: b.id })).messages), [0, 1]);
  assert.ok((await updatedAt(a)) > before[0] && (await updatedAt(b)) > before[1]);
});

for (const [name, argument] of [['undefined', undefined], ['null', null], ['[]', []], ['unknown ids', ['unknown']]]) {
  test(`deleteMessages of ${name} is fine`, async () => {
    assert.equal(await memory.deleteMessages(argument), undefined);
  });
}

test('a deleted message may be saved anew, with a new time', async () => {
  const [one, thread] = await saved();
  await memory.deleteMessages([one.id]);
  await memory.saveMessages({ messages: [{ ...one, createdAt: at(7) }] });
  assert.deepStrictEqual((await memory.listMessages({ threadId: thread.id })).messages, [{ ...one, createdAt: at(7) }]);
});

test('20 deletes and saves at once', async () => {
  const thread = await saveThread(memory);
  await saveMessages(memory, thread, 20);
  await together(20, (n) => (n % 2 ? memory.deleteMessages([`${thread.id}/${n}`, `${thread.id}/${n - 1}`]) : memory.saveMessages({ messages: [message(thread)] })));
  assert.equal((await memory.listMessages({ threadId: thread.id })).total, 10);
});

/* --- more ids than a statement has parameters */

const many = Array.from({ length: 70000 }, (_, n) => `unknown-${n}`);

test('70,000 ids in listMessagesById', async () => {
  const [one] = await saved();
  assert.deepStrictEqual(ids((await memory.listMessagesById({ messageIds: [...many, one.id] })).messages), [one.id]);
});

test('70,000 ids in deleteMessages', async () => {
  const [one] = await saved();
  await memory.deleteMessages([...many, one.id]);
  assert.equal(await read(one.id), undefined);
});

test('70,000 threads in listMessages', async () => {
  const [one, thread] = await saved();
  assert.deepStrictEqual(ids((await memory.listMessages({ threadId: [...many, thread.id] })).messages), [one.id]);
});

test('70,000 entries in updateMessages', async () => {
  const [one] = await saved();
  const messages = [...many, one.id].map((id) => ({ id, content: { metadata: { a: 1 } } }));
  assert.deepStrictEqual(ids(await memory.updateMessages({ messages })), [one.id]);
});
