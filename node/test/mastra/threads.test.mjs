/* Threads as Mastra has them. */
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

async function saved(more) {
  const given = thread(more);
  await domain.saveThread({ thread: given });
  return given;
}

/* Pages one after the other, as ids. */
async function ids(query) {
  return (await domain.listThreads(query)).threads.map(({ id }) => id);
}

test('a thread is saved whole, and over what there was of it', async () => {
  const first = thread();
  assert.deepEqual(await domain.saveThread({ thread: first }), first);
  assert.deepEqual(await domain.getThreadById({ threadId: first.id }), first);
  const second = { ...thread({ id: first.id, title: '', resourceId: 'other', createdAt: day(9), updatedAt: day(8) }) };
  delete second.metadata;
  assert.deepEqual(await domain.saveThread({ thread: second }), { ...second, metadata: undefined });
  assert.deepEqual(await domain.getThreadById({ threadId: first.id }), { ...second, metadata: null });
});

test('a thread that is saved again leaves its messages whose they are', async () => {
  const given = await saved();
  await domain.saveMessages({ messages: [message(given.id)] });
  await domain.saveThread({ thread: { ...given, resourceId: 'other' } });
  assert.deepEqual((await stored(domain, given.id)).map(({ resourceId }) => resourceId), ['owner']);
});

test('a thread needs a title, an owner and dates', async () => {
  for (const lack of ['title', 'resourceId', 'createdAt', 'updatedAt']) {
    const error = await failure(domain.saveThread({ thread: thread({ [lack]: undefined }) }));
    assert.equal(error.id, 'MASTRA_STORAGE_PG_SAVE_THREAD_FAILED', lack);
    assert.equal(error.category, 'THIRD_PARTY');
  }
});

test('a thread is found by its id and, if asked, its owner', async () => {
  const { id } = await saved();
  const empty = await saved({ resourceId: '' });
  assert.equal((await domain.getThreadById({ threadId: id, resourceId: 'owner' })).id, id);
  assert.equal(await domain.getThreadById({ threadId: id, resourceId: 'other' }), null);
  assert.equal(await domain.getThreadById({ threadId: id, resourceId: '' }), null);
  assert.equal((await domain.getThreadById({ threadId: empty.id, resourceId: '' })).id, empty.id);
  for (const threadId of ['none', '', 'x'.repeat(256), 'a\u0000b', undefined]) {
    assert.equal(await domain.getThreadById({ threadId }), null);
  }
});

test('title and metadata are changed one without the other', async () => {
  const { id, createdAt } = await saved({ metadata: { a: 1, b: { c: 1 } } });
  const titled = await domain.updateThread({ id, title: 'new' });
  assert.deepEqual([titled.title, titled.metadata, titled.createdAt], ['new', { a: 1, b: { c: 1 } }, createdAt]);
  assert.ok(titled.updatedAt > day(2));
  const merged = await domain.updateThread({ id, metadata: { b: { d: 2 }, e: null, f: undefined } });
  assert.deepEqual([merged.title, merged.metadata], ['new', { a: 1, b: { d: 2 }, e: null }]);
  assert.equal((await domain.updateThread({ id, title: '' })).title, '');
  const patched = await domain.patchThread({ id, metadata: { z: 1 } });
  assert.deepEqual(await domain.getThreadById({ threadId: id }), patched);
  const error = await failure(domain.updateThread({ id: 'none', title: 'x' }));
  assert.deepEqual([error.id, error.category], ['MASTRA_STORAGE_PG_UPDATE_THREAD_FAILED', 'USER']);
  assert.match(error.message, /Thread none not found/);
});

test('a member of the metadata that JSON does not have takes the stored one away', async () => {
  const { id } = await saved({ metadata: { a: 1, b: 2, c: 3, d: { e: 4 } } });
  const merged = await domain.updateThread({ id, metadata: { a: undefined, b: () => 1, none: undefined, d: { e: undefined } } });
  assert.deepEqual(merged.metadata, { c: 3, d: {} });
  const update = ({ metadata }) => ({ ...metadata, c: undefined, f: 5 });
  assert.deepEqual((await domain.updateThreadMetadata({ id, update })).metadata, { d: {}, f: 5 });
  assert.deepEqual((await domain.getThreadById({ threadId: id })).metadata, { d: {}, f: 5 });
});

test('metadata is added to a thread that has none', async () => {
  const { id } = await saved({ metadata: undefined });
  assert.equal((await domain.updateThread({ id, title: 'x' })).metadata, null);
  assert.deepEqual((await domain.updateThread({ id, metadata: { a: [] } })).metadata, { a: [] });
});

test('what others lose of a string stays', async () => {
  const given = await saved({ title: odd, metadata: { [odd]: odd, deep: { list: [odd] } } });
  assert.deepEqual(await domain.getThreadById({ threadId: given.id }), given);
  const { metadata, title } = await domain.updateThread({ id: given.id, title: `${odd}!`, metadata: { more: odd } });
  assert.deepEqual([metadata, title], [{ ...given.metadata, more: odd }, `${odd}!`]);
});

test('concurrent merges keep all, also of several processes', async () => {
  const schemaName = freshSchema();
  const here = openDomain({ schemaName });
  await here.saveThread({ thread: thread({ id: 'T', metadata: { first: 1 } }) });
  await Promise.all([
    run('thread', schemaName, 'T', 'a'),
    run('thread', schemaName, 'T', 'b'),
    ...Array.from({ length: 20 }, (_, i) => here.updateThread({ id: 'T', metadata: { [`c${i}`]: i } })),
  ]);
  assert.equal(Object.keys((await here.getThreadById({ threadId: 'T' })).metadata).length, 41);
});

test('metadata that is made of what was there loses nothing, also of several processes', async () => {
  const schemaName = freshSchema();
  const here = openDomain({ schemaName });
  await here.saveThread({ thread: thread({ id: 'T', metadata: undefined }) });
  await Promise.all([run('counter', schemaName, 'T', 'a'), run('counter', schemaName, 'T', 'b')]);
  assert.deepEqual((await here.getThreadById({ threadId: 'T' })).metadata, { count: 20 });
  assert.equal(await here.updateThreadMetadata({ id: 'none', update: () => ({}) }), null);
  assert.equal(await here.updateThreadMetadata({ id: 'T', resourceId: 'other', update: () => ({}) }), null);
  const same = await here.updateThreadMetadata({ id: 'T', resourceId: 'owner', update: () => undefined });
  assert.deepEqual(same, await here.getThreadById({ threadId: 'T' }));
  const own = new Error('own');
  const update = () => {
    throw own;
  };
  assert.equal(await failure(here.updateThreadMetadata({ id: 'T', update })), own);
});

test('a thread goes with its messages', async () => {
  const { id } = await saved();
  await domain.saveMessages({ messages: [message(id)] });
  await domain.deleteThread({ threadId: id });
  assert.equal(await domain.getThreadById({ threadId: id }), null);
  assert.equal((await failure(stored(domain, id))).code, 'NOT_FOUND');
  for (const threadId of [id, '', 'x'.repeat(300)]) await domain.deleteThread({ threadId });
});

test('threads are listed in pages, newest first', async () => {
  const resourceId = fresh('lister');
  const made = [];
  for (let i = 0; i < 7; i++) made.push((await saved({ resourceId, createdAt: day(1 + Math.floor(i / 2)), updatedAt: day(20 - i) })).id);
  const newest = [made[6], made[5], made[4], made[3], made[2], made[1], made[0]];
  const filter = { resourceId };
  const page = await domain.listThreads({ filter, perPage: 3, page: 1 });
  assert.deepEqual([page.total, page.page, page.perPage, page.hasMore], [7, 1, 3, true]);
  assert.deepEqual(page.threads.map(({ id }) => id), newest.slice(3, 6));
  assert.deepEqual(await ids({ filter, perPage: 3, page: 2 }), newest.slice(6));
  assert.deepEqual(await ids({ filter }), newest);
  assert.deepEqual(await ids({ filter, orderBy: { direction: 'ASC' } }), [...newest].reverse());
  assert.deepEqual(await ids({ filter, orderBy: { field: 'updatedAt', direction: 'DESC' } }), made);
  assert.deepEqual(await ids({ filter, orderBy: { field: 'toString', direction: 'constructor' } }), newest);
  const all = await domain.listThreads({ filter, perPage: false });
  assert.deepEqual([all.threads.length, all.total, all.page, all.perPage, all.hasMore], [7, 7, 0, false, false]);
  const none = await domain.listThreads({ filter, perPage: 0 });
  assert.deepEqual([none.threads, none.total, none.perPage, none.hasMore], [[], 7, 0, true]);
  const past = await domain.listThreads({ filter, perPage: 3, page: 9 });
  assert.deepEqual([past.threads, past.total, past.hasMore], [[], 7, false]);
  const last = await domain.listThreads({ filter, perPage: 200_000, page: 0 });
  assert.deepEqual([last.threads.length, last.total, last.hasMore], [7, 7, false]);
});

test('an empty owner is one owner, not all', async () => {
  const { id } = await saved({ resourceId: '' });
  const found = await ids({ filter: { resourceId: '' }, perPage: false });
  assert.ok(found.includes(id) && found.length < (await domain.listThreads({ perPage: false })).total);
});

test('threads are found by metadata', async () => {
  const resourceId = fresh('finder');
  const one = await saved({ resourceId, metadata: { kind: 'x', tags: ['a', 'b'], deep: { a: 1, b: 2 }, n: 1, none: null } });
  const two = await saved({ resourceId, metadata: { kind: 'x', n: '1' } });
  await saved({ resourceId, metadata: undefined });
  const found = async (metadata) => (await ids({ filter: { resourceId, metadata } })).sort();
  const both = [one.id, two.id].sort();
  assert.deepEqual(await found({ kind: 'x' }), both);
  assert.deepEqual(await found({ kind: 'x', n: 1 }), [one.id]);
  assert.deepEqual(await found({ n: '1' }), [two.id]);
  assert.deepEqual(await found({ tags: ['b'] }), [one.id]);
  assert.deepEqual(await found({ deep: { b: 2 } }), [one.id]);
  assert.deepEqual(await found({ none: null }), [one.id]);
  assert.deepEqual(await found({ missing: null }), []);
  assert.deepEqual(await found({ kind: undefined }), both);
  assert.equal((await found({})).length, 3);
});

test('what a list is asked wrongly is told', async () => {
  for (const bad of [{ page: -1 }, { perPage: -1 }, { perPage: 1.5 }, { page: 0.5 }, { perPage: false, page: 1 }, { perPage: 'x' }]) {
    const error = await failure(domain.listThreads(bad));
    assert.deepEqual([error.id, error.category], ['MASTRA_STORAGE_PG_LIST_THREADS_INVALID_PAGE', 'USER']);
  }
  for (const key of ["a'b", '1a', 'constructor', 'x'.repeat(129), '__proto__']) {
    const error = await failure(domain.listThreads({ filter: { metadata: { [key]: 1 } } }));
    assert.equal(error.id, 'MASTRA_STORAGE_PG_LIST_THREADS_INVALID_METADATA_KEY');
  }
});

async function conversation(count, more) {
  const given = await saved(more);
  const messages = Array.from({ length: count }, (_, i) =>
    message(given.id, { createdAt: day(3 + Math.floor(i / 3)), role: i % 2 ? 'assistant' : 'user', content: content(`${i}`, { metadata: { i } }) }),
  );
  await domain.saveMessages({ messages });
  return { given, messages };
}

test('an id may have the name of a property that all objects have', async () => {
  const given = await domain.saveThread({ thread: thread() });
  const ids = ['__proto__', 'constructor', '7'];
  await domain.saveMessages({ messages: ids.map((id, i) => message(given.id, { id, createdAt: day(3 + i) })) });
  const { thread: copy, messageIdMap } = await domain.copyThread({ sourceThreadId: given.id });
  const copies = await stored(domain, copy.id);
  assert.deepEqual(Object.entries(messageIdMap).sort(), ids.map((id, i) => [id, copies[i].id]).sort());
});

test('a thread is copied with its messages', async () => {
  const { given, messages } = await conversation(7);
  const { thread: copy, messageIdMap } = await domain.copyThread({ sourceThreadId: given.id, metadata: { x: 1 } });
  assert.deepEqual([copy.title, copy.resourceId, copy.metadata.x, copy.metadata.a], ['Clone of title', 'owner', 1, undefined]);
  const { clone } = copy.metadata;
  assert.deepEqual([clone.sourceThreadId, clone.lastMessageId], [given.id, messages[6].id]);
  assert.ok(clone.clonedAt instanceof Date);
  assert.deepEqual((await domain.getThreadById({ threadId: copy.id })).metadata.clone, { ...clone, clonedAt: clone.clonedAt.toISOString() });
  const copies = await stored(domain, copy.id);
  assert.deepEqual(copies.map(({ id }) => id), messages.map(({ id }) => messageIdMap[id]));
  const originals = await stored(domain, given.id);
  for (const [i, { id, threadId, createdAt, ...rest }] of copies.entries()) {
    const { id: old, threadId: source, ...same } = originals[i];
    assert.deepEqual({ createdAt, ...rest }, same);
    assert.notEqual(id, old);
  }
});

test('a copy has what it is asked to have', async () => {
  const { given, messages } = await conversation(9, { title: '' });
  const copied = async (args) => {
    const { thread: copy, messageIdMap } = await domain.copyThread({ sourceThreadId: given.id, ...args });
    return { copy, numbers: messages.flatMap(({ id }, i) => (id in messageIdMap ? [i] : [])) };
  };
  assert.deepEqual((await copied({ options: { messageLimit: 4 } })).numbers, [5, 6, 7, 8]);
  assert.deepEqual((await copied({ options: { messageLimit: 0 } })).numbers.length, 9);
  const range = { startDate: day(4), endDate: day(4) };
  assert.deepEqual((await copied({ options: { messageFilter: range } })).numbers, [3, 4, 5]);
  assert.deepEqual((await copied({ options: { messageLimit: 1, messageFilter: { endDate: day(4).toISOString() } } })).numbers, [5]);
  const some = [messages[1].id, messages[8].id, 'none'];
  assert.deepEqual((await copied({ options: { messageFilter: { messageIds: some } } })).numbers, [1, 8]);
  assert.deepEqual((await copied({ options: { messageFilter: { messageIds: [] } } })).numbers.length, 9);
  const none = await copied({ options: { messageFilter: { startDate: day(30) } } });
  assert.deepEqual([none.numbers, 'lastMessageId' in none.copy.metadata.clone], [[], false]);
  const own = (await copied({ newThreadId: fresh('copy'), resourceId: 'other', title: 'Own' })).copy;
  assert.deepEqual([own.resourceId, own.title], ['other', 'Own']);
  assert.ok((await stored(domain, own.id)).every(({ resourceId }) => resourceId === 'other'));
  assert.equal((await copied({})).copy.title, '');
});

test('a copy of nothing, or over something, is refused', async () => {
  const { id } = await saved();
  const none = await failure(domain.copyThread({ sourceThreadId: 'none' }));
  assert.deepEqual([none.id, none.category], ['MASTRA_STORAGE_PG_CLONE_THREAD_SOURCE_NOT_FOUND', 'USER']);
  const there = await failure(domain.copyThread({ sourceThreadId: id, newThreadId: id }));
  assert.deepEqual([there.id, there.category], ['MASTRA_STORAGE_PG_CLONE_THREAD_THREAD_EXISTS', 'USER']);
});

test('a thread changes its owner with its messages', async () => {
  const { given } = await conversation(3);
  const same = await domain.updateThreadResourceId({ threadId: given.id, resourceId: 'owner' });
  assert.equal(same.updatedAt.getTime(), (await domain.getThreadById({ threadId: given.id })).updatedAt.getTime());
  const moved = await domain.updateThreadResourceId({ threadId: given.id, resourceId: 'next' });
  assert.deepEqual([moved.resourceId, moved.createdAt], ['next', given.createdAt]);
  assert.ok((await stored(domain, given.id)).every(({ resourceId }) => resourceId === 'next'));
  const error = await failure(domain.updateThreadResourceId({ threadId: 'none', resourceId: 'x' }));
  assert.equal(error.id, 'MASTRA_STORAGE_PG_UPDATE_THREAD_RESOURCE_ID_FAILED');
  assert.match(error.message, /not found/);
});

const impossible = ['', 'x'.repeat(256), 'a\u0000b', 'a\ud800', undefined, null];

test('a thread that cannot exist is one that does not', async () => {
  for (const id of impossible) {
    const error = await failure(domain.updateThread({ id, title: 'x' }));
    assert.deepEqual([error.id, error.category], ['MASTRA_STORAGE_PG_UPDATE_THREAD_FAILED', 'USER']);
    assert.equal(error.message, `Thread ${id} not found`);
    assert.equal(await domain.updateThreadMetadata({ id, update: () => ({ a: 1 }) }), null);
    const copied = await failure(domain.copyThread({ sourceThreadId: id }));
    assert.deepEqual([copied.id, copied.category], ['MASTRA_STORAGE_PG_CLONE_THREAD_SOURCE_NOT_FOUND', 'USER']);
  }
  for (const resourceId of ['x'.repeat(256), 'a\u0000b', 'a\ud800'])
    assert.deepEqual(await domain.listThreads({ filter: { resourceId } }), { threads: [], total: 0, page: 0, perPage: 100, hasMore: false });
});

test('a thread without an id is refused, and nothing is saved', async () => {
  const resourceId = fresh('nobody');
  for (const id of [undefined, null]) {
    const error = await failure(domain.saveThread({ thread: thread({ id, resourceId }) }));
    assert.equal(error.id, 'MASTRA_STORAGE_PG_SAVE_THREAD_FAILED');
  }
  assert.equal((await domain.listThreads({ filter: { resourceId } })).total, 0);
});

test('a copy with options that say nothing, or more than there can be', async () => {
  const { given, messages } = await conversation(3);
  const count = async (options) => Object.keys((await domain.copyThread({ sourceThreadId: given.id, options })).messageIdMap).length;
  const far = new Date(8.64e15);
  for (const options of [
    null,
    { messageFilter: null },
    { messageLimit: 2 ** 40 },
    { messageLimit: Infinity },
    { messageFilter: { endDate: far } },
    { messageFilter: { startDate: new Date(-8.64e15) } },
  ]) {
    assert.equal(await count(options), 3);
  }
  assert.equal(await count({ messageFilter: { messageIds: ['', null, 'a\u0000b', messages[1].id] } }), 1);
  for (const messageFilter of [{ messageIds: ['', 'a\ud800'] }, { startDate: far }, { endDate: new Date(-8.64e15) }])
    assert.equal(await count({ messageFilter }), 0);
});
