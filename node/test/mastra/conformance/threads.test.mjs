/* Threads: save, get, update, delete, and whom they belong to. */
import assert from 'node:assert/strict';
import { at, failure, fresh, ids, message, odd, open, refused, saveMessages, saveThread, schemaOf, test, together } from '../world.mjs';

const store = await open();
const memory = await store.getStore('memory');

const get = (threadId, resourceId) => memory.getThreadById({ threadId, resourceId });

test('a thread comes back as it was saved, with exactly its fields', async () => {
  const thread = await saveThread(memory, { metadata: { a: 1, b: { c: [1, null, 'x'] } }, updatedAt: at(5) });
  assert.deepStrictEqual(await get(thread.id), thread);
});

test('saveThread gives back what it was given', async () => {
  const thread = { id: fresh(), resourceId: 'r', title: 'T', metadata: { a: 1 }, createdAt: at(0), updatedAt: at(1) };
  assert.deepStrictEqual(await memory.saveThread({ thread }), thread);
});

test('a thread without metadata reads as null', async () => {
  const thread = { id: fresh(), resourceId: 'r', title: 'T', createdAt: at(0), updatedAt: at(1) };
  const saved = await memory.saveThread({ thread });
  assert.equal(saved.metadata, undefined);
  const read = await get(thread.id);
  assert.deepStrictEqual(read, { ...thread, metadata: null });
});

test('metadata {} stays {}', async () => {
  const { id } = await saveThread(memory, { metadata: {} });
  assert.deepStrictEqual((await get(id)).metadata, {});
});

test('an empty title is a title', async () => {
  const { id } = await saveThread(memory, { title: '' });
  assert.equal((await get(id)).title, '');
});

test('an unknown thread is null', async () => {
  assert.equal(await get(fresh()), null);
});

test('a thread of another resource is null when the resource is named', async () => {
  const { id, resourceId } = await saveThread(memory);
  assert.equal((await get(id, resourceId)).id, id);
  assert.equal(await get(id, fresh()), null);
});

test('the resource \'\' has no thread of others', async () => {
  const { id } = await saveThread(memory);
  assert.equal(await get(id, ''), null);
});

test('dates are Dates, to the millisecond', async () => {
  const { id } = await saveThread(memory, { createdAt: new Date('1999-12-31T23:59:59.999Z'), updatedAt: new Date('2038-01-19T03:14:08.001Z') });
  const read = await get(id);
  assert.ok(read.createdAt instanceof Date && read.updatedAt instanceof Date);
  assert.equal(read.createdAt.toISOString(), '1999-12-31T23:59:59.999Z');
  assert.equal(read.updatedAt.toISOString(), '2038-01-19T03:14:08.001Z');
});

test('saving again replaces all of the thread', async () => {
  const thread = await saveThread(memory, { metadata: { a: 1, b: 2 } });
  const other = { id: thread.id, resourceId: fresh(), title: 'New', metadata: { b: 3 }, createdAt: at(-9), updatedAt: at(-8) };
  await memory.saveThread({ thread: other });
  assert.deepStrictEqual(await get(thread.id), other);
});

test('saving again without metadata takes it away', async () => {
  const thread = await saveThread(memory, { metadata: { a: 1 } });
  await memory.saveThread({ thread: { ...thread, metadata: undefined } });
  assert.equal((await get(thread.id)).metadata, null);
});

test('saving again keeps the messages', async () => {
  const thread = await saveThread(memory);
  await saveMessages(memory, thread, 3);
  await memory.saveThread({ thread: { ...thread, title: 'New' } });
  assert.equal((await memory.listMessages({ threadId: thread.id })).total, 3);
});

for (const field of ['title', 'resourceId']) {
  test(`a thread whose ${field} is undefined is refused`, async () => {
    const id = fresh();
    const thread = { id, resourceId: 'r', title: 't', createdAt: at(0), updatedAt: at(0), [field]: undefined };
    await refused(memory.saveThread({ thread }), 'SAVE_THREAD_FAILED', { details: { threadId: id } });
    assert.equal(await get(id), null);
  });
}

for (const [name, id] of [
  ['quotes', "o'neil \"x\""], ['emoji', '\ud83d\ude00'], ['right to left', '\u05e9\u05dc\u05d5\u05dd'], ['SQL', "'; DROP TABLE threads; --"],
  ['spaces', ' a b '], ['a backslash', 'a\\b'], ['percent', '100%_'], ['200 characters', 'x'.repeat(200)], ['a dollar', '$1'],
]) {
  test(`an id and a resource with ${name}`, async () => {
    const thread = await saveThread(memory, { id: `${fresh()}${id}`.slice(-255), resourceId: id });
    assert.deepStrictEqual(await get(thread.id, id), thread);
    const { threads } = await memory.listThreads({ filter: { resourceId: id } });
    assert.deepStrictEqual(threads, [thread]);
  });
}

test('ids that differ in case are different threads', async () => {
  const base = fresh();
  await saveThread(memory, { id: `${base}a`, title: 'small' });
  await saveThread(memory, { id: `${base}A`, title: 'large' });
  assert.equal((await get(`${base}a`)).title, 'small');
  assert.equal((await get(`${base}A`)).title, 'large');
});

/* --- updateThread */

test('updateThread changes the title and merges metadata', async () => {
  const thread = await saveThread(memory, { metadata: { a: 1, deep: { x: 1 }, gone: 1 } });
  const updated = await memory.updateThread({ id: thread.id, title: 'New', metadata: { b: 2, deep: { y: 2 }, gone: null } });
  assert.deepStrictEqual(updated.metadata, { a: 1, b: 2, deep: { y: 2 }, gone: null });
  assert.equal(updated.title, 'New');
  assert.deepStrictEqual(await get(thread.id), updated);
});

test('updateThread moves updatedAt and keeps the rest', async () => {
  const thread = await saveThread(memory);
  const before = Date.now();
  const updated = await memory.updateThread({ id: thread.id, title: 'New', metadata: {} });
  assert.deepStrictEqual(Object.keys(updated).sort(), ['createdAt', 'id', 'metadata', 'resourceId', 'title', 'updatedAt']);
  assert.deepStrictEqual(updated.createdAt, thread.createdAt);
  assert.equal(updated.resourceId, thread.resourceId);
  assert.ok(updated.updatedAt.getTime() >= before - 1000);
});

for (const [name, change, title, metadata] of [
  ['no title keeps the title', { metadata: { a: 1 } }, 'A title', { kept: true, a: 1 }],
  ['no metadata keeps the metadata', { title: 'New' }, 'New', { kept: true }],
  ['an empty title is written', { title: '', metadata: {} }, '', { kept: true }],
  ['undefined values are dropped', { title: 'N', metadata: { b: undefined, c: 1 } }, 'N', { kept: true, c: 1 }],
  ['null values are stored', { title: 'N', metadata: { kept: null } }, 'N', { kept: null }],
]) {
  test(`updateThread: ${name}`, async () => {
    const { id } = await saveThread(memory, { metadata: { kept: true } });
    const updated = await memory.updateThread({ id, ...change });
    assert.deepStrictEqual([updated.title, updated.metadata], [title, metadata]);
    assert.deepStrictEqual(await get(id), updated);
  });
}

test('updateThread of a thread without metadata', async () => {
  const { id } = await saveThread(memory, { metadata: undefined });
  assert.deepStrictEqual((await memory.updateThread({ id, title: 'x', metadata: { a: 1 } })).metadata, { a: 1 });
});

test('updateThread of an unknown thread is refused', async () => {
  const id = fresh();
  await refused(memory.updateThread({ id, title: 't', metadata: {} }), 'UPDATE_THREAD_FAILED', {
    category: 'USER', details: { threadId: id, title: 't' }, message: new RegExp(`Thread ${id} not found`),
  });
  assert.equal(await get(id), null);
});

test('patchThread changes what it is given', async () => {
  const { id } = await saveThread(memory, { metadata: { a: 1 } });
  const patched = await memory.patchThread({ id, metadata: { b: 2 } });
  assert.deepStrictEqual([patched.title, patched.metadata], ['A title', { a: 1, b: 2 }]);
  assert.deepStrictEqual((await memory.patchThread({ id, title: 'N' })).metadata, { a: 1, b: 2 });
});

test('updateThreadMetadata sees the thread and merges what it gives', async () => {
  const { id, resourceId } = await saveThread(memory, { metadata: { n: 1 } });
  const updated = await memory.updateThreadMetadata({ id, resourceId, update: (thread) => ({ n: thread.metadata.n + 1 }) });
  assert.equal(updated.metadata.n, 2);
});

test('updateThreadMetadata that gives nothing changes nothing', async () => {
  const thread = await saveThread(memory, { metadata: { n: 1 } });
  assert.deepStrictEqual(await memory.updateThreadMetadata({ id: thread.id, update: () => undefined }), thread);
});

test('updateThreadMetadata of an unknown or foreign thread is null', async () => {
  const { id } = await saveThread(memory);
  assert.equal(await memory.updateThreadMetadata({ id: fresh(), update: () => ({}) }), null);
  assert.equal(await memory.updateThreadMetadata({ id, resourceId: fresh(), update: () => ({}) }), null);
});

test('20 calls of updateThreadMetadata count to 20', async () => {
  const { id } = await saveThread(memory, { metadata: { n: 0 } });
  await together(20, () => memory.updateThreadMetadata({ id, update: (thread) => ({ n: thread.metadata.n + 1 }) }));
  assert.equal((await get(id)).metadata.n, 20);
});

/* --- deleteThread */

test('deleteThread removes the thread and its messages, and no others', async () => {
  const thread = await saveThread(memory);
  const other = await saveThread(memory);
  const messages = await saveMessages(memory, thread, 3);
  await saveMessages(memory, other, 2);
  assert.equal(await memory.deleteThread({ threadId: thread.id }), undefined);
  assert.equal(await get(thread.id), null);
  assert.equal((await memory.listMessages({ threadId: thread.id })).total, 0);
  assert.deepStrictEqual((await memory.listMessagesById({ messageIds: messages.map((m) => m.id) })).messages, []);
  assert.equal((await memory.listMessages({ threadId: other.id })).total, 2);
});

/* As PgVector makes them, but for the vectors. */
async function embed(table, messages) {
  const name = `"${schemaOf(store)}"."${table}"`;
  await store.db.none(`CREATE TABLE ${name} (vector_id text, metadata jsonb)`);
  for (const { id, threadId } of messages) {
    const metadata = { message_id: id, thread_id: threadId };
    await store.db.none(`INSERT INTO ${name} VALUES ($1, $2)`, [id, metadata]);
  }
  return async () => (await store.db.any(`SELECT vector_id FROM ${name} ORDER BY 1`)).map((row) => row.vector_id);
}

test('deleteThread takes away the embeddings of its messages, and no others', async () => {
  const [thread, other] = [await saveThread(memory), await saveThread(memory)];
  const messages = [...(await saveMessages(memory, thread, 2)), ...(await saveMessages(memory, other, 2))];
  const tables = await Promise.all(['memory_messages', 'memory_messages_384', 'memory_observations'].map((table) => embed(table, messages)));
  await memory.deleteThread({ threadId: thread.id });
  const left = await Promise.all(tables.map((embedded) => embedded()));
  assert.deepEqual(left, [ids(messages.slice(2)), ids(messages.slice(2)), ids(messages).sort()]);
});

test('deleteThread of an unknown thread is fine', async () => {
  await memory.deleteThread({ threadId: fresh() });
});

test('a deleted thread may be saved anew, and is empty', async () => {
  const thread = await saveThread(memory);
  const [first] = await saveMessages(memory, thread, 2);
  await memory.deleteThread({ threadId: thread.id });
  await memory.saveThread({ thread });
  assert.equal((await memory.listMessages({ threadId: thread.id })).total, 0);
  await memory.saveMessages({ messages: [first] });
  assert.equal((await memory.listMessages({ threadId: thread.id })).total, 1);
});

/* --- updateThreadResourceId */

test('updateThreadResourceId moves the thread and its messages', async () => {
  const thread = await saveThread(memory, { metadata: { a: 1 } });
  await saveMessages(memory, thread, 3);
  const to = fresh('owner');
  const moved = await memory.updateThreadResourceId({ threadId: thread.id, resourceId: to });
  assert.deepStrictEqual({ ...moved, updatedAt: null }, { ...thread, resourceId: to, updatedAt: null });
  assert.deepStrictEqual((await get(thread.id)).createdAt, thread.createdAt);
  assert.equal((await get(thread.id)).resourceId, to);
  const { messages } = await memory.listMessages({ threadId: thread.id });
  assert.deepStrictEqual(messages.map((m) => m.resourceId), [to, to, to]);
  assert.equal((await memory.listMessagesByResourceId({ resourceId: to })).total, 3);
  assert.equal((await memory.listMessagesByResourceId({ resourceId: thread.resourceId })).total, 0);
});

test('updateThreadResourceId to the same resource changes nothing', async () => {
  const thread = await saveThread(memory);
  assert.deepStrictEqual(await memory.updateThreadResourceId({ threadId: thread.id, resourceId: thread.resourceId }), thread);
  assert.deepStrictEqual(await get(thread.id), thread);
});

test('updateThreadResourceId of an unknown thread is refused', async () => {
  const threadId = fresh();
  const error = await refused(memory.updateThreadResourceId({ threadId, resourceId: 'r' }), 'UPDATE_THREAD_RESOURCE_ID_FAILED', {
    details: { threadId, resourceId: 'r' },
  });
  assert.match(`${error.message} ${error.cause?.message}`, /not found/);
});

test('racing transfers leave one owner for the thread and its messages', async () => {
  const thread = await saveThread(memory);
  await saveMessages(memory, thread, 20);
  await together(10, (n) => memory.updateThreadResourceId({ threadId: thread.id, resourceId: `owner-${n}` }));
  const { resourceId } = await get(thread.id);
  const { messages } = await memory.listMessages({ threadId: thread.id });
  assert.deepStrictEqual([...new Set(messages.map((m) => m.resourceId))], [resourceId]);
});

/* --- text that PostgreSQL refuses */

test('a title keeps every character', async () => {
  const { id } = await saveThread(memory, { title: odd });
  assert.equal((await get(id)).title, odd);
});

test('metadata keeps every character, saved and updated', async () => {
  const { id } = await saveThread(memory, { metadata: { odd, list: [odd] } });
  const updated = await memory.updateThread({ id, title: 't', metadata: { more: odd } });
  assert.deepStrictEqual(updated.metadata, { odd, list: [odd], more: odd });
  assert.deepStrictEqual((await get(id)).metadata, updated.metadata);
});

test('metadata keys with odd characters stay apart', async () => {
  const metadata = { 'a\u0000': 1, a: 2, '\ud800': 3, '\udfff': 4 };
  const { id } = await saveThread(memory, { metadata });
  assert.deepStrictEqual((await get(id)).metadata, metadata);
});

for (const [name, metadata, expected] of [
  ['Dates become strings', { at: at(0) }, { at: at(0).toISOString() }],
  ['undefined is left out', { a: undefined, b: 1 }, { b: 1 }],
  ['numbers keep their value', { n: [0, -1.5, 1e21, 1e-7, 9007199254740991] }, { n: [0, -1.5, 1e21, 1e-7, 9007199254740991] }],
  ['toJSON is heard', { x: { toJSON: () => 'it' } }, { x: 'it' }],
  ['keys of prototypes are keys', JSON.parse('{"__proto__": {"a": 1}, "constructor": 2}'), JSON.parse('{"__proto__": {"a": 1}, "constructor": 2}')],
  ['a large document', { text: 'x'.repeat(300000) }, { text: 'x'.repeat(300000) }],
]) {
  test(`metadata: ${name}`, async () => {
    const { id } = await saveThread(memory, { metadata });
    assert.deepStrictEqual((await get(id)).metadata, expected);
  });
}

test('saveThread gives metadata back as it is stored', async () => {
  const thread = { id: fresh(), resourceId: 'r', title: 't', metadata: { at: at(0), u: undefined }, createdAt: at(0), updatedAt: at(0) };
  assert.deepStrictEqual((await memory.saveThread({ thread })).metadata, { at: at(0).toISOString() });
});

test('metadata that is no JSON is refused', async () => {
  const metadata = {};
  metadata.self = metadata;
  const error = await failure(saveThread(memory, { metadata }));
  assert.equal(error.id, 'MASTRA_STORAGE_PG_SAVE_THREAD_FAILED');
});

test('20 updates at once that touch different keys are all kept', async () => {
  const { id } = await saveThread(memory);
  await together(20, (n) => memory.updateThread({ id, title: 't', metadata: { [`k${n}`]: n } }));
  assert.equal(Object.keys((await get(id)).metadata).length, 20);
});

test('20 first saves of one id at once all succeed', async () => {
  const id = fresh();
  await together(20, (n) => saveThread(memory, { id, title: `T${n}` }));
  assert.match((await get(id)).title, /^T\d+$/);
});

test('threads, messages and deletes at once leave no message behind', async () => {
  const thread = await saveThread(memory);
  await Promise.allSettled([
    ...Array.from({ length: 10 }, (_, n) => memory.saveMessages({ messages: [message(thread, { createdAt: at(n) })] })),
    memory.deleteThread({ threadId: thread.id }),
  ]);
  if ((await get(thread.id)) === null) assert.equal((await memory.listMessages({ threadId: thread.id })).total, 0);
});
