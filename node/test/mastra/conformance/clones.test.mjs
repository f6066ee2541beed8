/* copyThread and cloneThread. */
import assert from 'node:assert/strict';
import { at, fresh, ids, message, numbers, odd, open, refused, saveMessages, saveThread, test, text, together } from '../world.mjs';

const store = await open();
const memory = await store.getStore('memory');
const list = async (thread, args = {}) => (await memory.listMessages({ threadId: thread.id, perPage: false, ...args })).messages;

async function source(count = 5, fields = {}) {
  const thread = await saveThread(memory, { metadata: { secret: 1 }, ...fields });
  await saveMessages(memory, thread, count, (n) => ({ role: n % 2 ? 'assistant' : 'user' }));
  return thread;
}

/* The numbers of the source's messages, in the order of the copy. */
async function copied(result) {
  const back = Object.fromEntries(Object.entries(result.messageIdMap).map(([from, to]) => [to, from]));
  return numbers((await list(result.thread)).map(({ id }) => ({ id: back[id] })));
}

test('a copy has the messages with new ids and all else as it was', async () => {
  const thread = await source(3);
  const { thread: copy, messageIdMap } = await memory.copyThread({ sourceThreadId: thread.id });
  const [before, after] = [await list(thread), await list(copy)];
  assert.deepStrictEqual(after.map((m) => ({ ...m, id: 0, threadId: 0 })), before.map((m) => ({ ...m, id: 0, threadId: 0 })));
  assert.deepStrictEqual(ids(after), ids(before).map((id) => messageIdMap[id]));
  assert.deepStrictEqual(after.map((m) => m.threadId), [copy.id, copy.id, copy.id]);
  assert.equal(new Set([...ids(before), ...ids(after)]).size, 6);
  assert.deepStrictEqual(Object.keys(messageIdMap).sort(), ids(before).sort());
});

test('a copy is a new thread of the same resource that says where it is from', async () => {
  const thread = await source(3);
  const before = Date.now();
  const { thread: copy } = await memory.copyThread({ sourceThreadId: thread.id });
  assert.deepStrictEqual(Object.keys(copy).sort(), ['createdAt', 'id', 'metadata', 'resourceId', 'title', 'updatedAt']);
  assert.notEqual(copy.id, thread.id);
  assert.deepStrictEqual([copy.resourceId, copy.title], [thread.resourceId, 'Clone of A title']);
  assert.ok(copy.createdAt.getTime() >= before - 1000);
  const { clonedAt } = copy.metadata.clone;
  assert.ok(clonedAt instanceof Date);
  assert.deepStrictEqual(copy.metadata, { clone: { sourceThreadId: thread.id, clonedAt, lastMessageId: `${thread.id}/2` } });
});

test('the stored copy is the one that is returned, its clonedAt a text', async () => {
  const thread = await source(1);
  const { thread: copy } = await memory.copyThread({ sourceThreadId: thread.id });
  const clone = { ...copy.metadata.clone, clonedAt: copy.metadata.clone.clonedAt.toISOString() };
  assert.deepStrictEqual(await memory.getThreadById({ threadId: copy.id }), { ...copy, metadata: { clone } });
});

test('the source is not touched', async () => {
  const thread = await source(2);
  const before = [await memory.getThreadById({ threadId: thread.id }), await list(thread)];
  await memory.copyThread({ sourceThreadId: thread.id });
  assert.deepStrictEqual([await memory.getThreadById({ threadId: thread.id }), await list(thread)], before);
});

for (const [name, fields, args, expected] of [
  ['a title that is given', {}, { title: 'Mine' }, 'Mine'], ['an empty title that is given', {}, { title: '' }, 'Clone of A title'],
  ['a source without a title', { title: '' }, {}, ''], ['an odd title', { title: odd }, {}, `Clone of ${odd}`],
]) {
  test(`title: ${name}`, async () => {
    const thread = await source(0, fields);
    const { thread: copy } = await memory.copyThread({ sourceThreadId: thread.id, ...args });
    assert.equal(copy.title, expected);
    assert.equal((await memory.getThreadById({ threadId: copy.id })).title, expected);
  });
}

test('metadata is what is given, beside the clone\'s', async () => {
  const thread = await source(0);
  const { thread: copy } = await memory.copyThread({ sourceThreadId: thread.id, metadata: { a: 1, clone: 'mine', odd } });
  assert.deepStrictEqual({ ...copy.metadata, clone: 0 }, { a: 1, clone: 0, odd });
  assert.equal(copy.metadata.clone.sourceThreadId, thread.id);
  assert.equal('lastMessageId' in copy.metadata.clone, false);
  assert.equal((await memory.getThreadById({ threadId: copy.id })).metadata.odd, odd);
});

test('another resource owns the copy and its messages', async () => {
  const thread = await source(2);
  const resourceId = fresh('owner');
  const { thread: copy } = await memory.copyThread({ sourceThreadId: thread.id, resourceId });
  assert.equal(copy.resourceId, resourceId);
  assert.deepStrictEqual((await list(copy)).map((m) => m.resourceId), [resourceId, resourceId]);
  assert.equal((await memory.listMessagesByResourceId({ resourceId })).total, 2);
});

test('the id of the copy may be given', async () => {
  const thread = await source(1);
  const newThreadId = fresh();
  const { thread: copy } = await memory.copyThread({ sourceThreadId: thread.id, newThreadId });
  assert.equal(copy.id, newThreadId);
});

for (const [name, options, expected] of [
  ['the newest 2', { messageLimit: 2 }, [3, 4]], ['no limit', { messageLimit: 0 }, [0, 1, 2, 3, 4]], ['a limit above all', { messageLimit: 9 }, [0, 1, 2, 3, 4]],
  ['from a date', { messageFilter: { startDate: at(3000) } }, [3, 4]], ['to a date', { messageFilter: { endDate: at(1000) } }, [0, 1]],
  ['between dates', { messageFilter: { startDate: at(1000), endDate: at(3000) } }, [1, 2, 3]], ['dates and a limit', { messageLimit: 1, messageFilter: { endDate: at(3000) } }, [3]],
  ['no ids are all', { messageFilter: { messageIds: [] } }, [0, 1, 2, 3, 4]], ['inverted dates', { messageFilter: { startDate: at(3000), endDate: at(1000) } }, []],
  ['ids', { messageFilter: { messageIds: [4, 1] } }, [1, 4]], ['ids and a limit', { messageLimit: 1, messageFilter: { messageIds: [0, 1] } }, [1]],
  ['ids and dates', { messageFilter: { messageIds: [0, 1, 2], startDate: at(1000) } }, [1, 2]], ['unknown ids', { messageFilter: { messageIds: [77] } }, []],
]) {
  test(`copy: ${name}`, async () => {
    const thread = await source(5);
    const wanted = options.messageFilter?.messageIds?.map((n) => `${thread.id}/${n}`);
    const filter = wanted ? { messageFilter: { ...options.messageFilter, messageIds: wanted } } : {};
    const result = await memory.copyThread({ sourceThreadId: thread.id, options: { ...options, ...filter } });
    assert.deepStrictEqual(await copied(result), expected);
    assert.equal(Object.keys(result.messageIdMap).length, expected.length);
    assert.equal(result.thread.metadata.clone.lastMessageId, expected.length ? `${thread.id}/${expected.at(-1)}` : undefined);
  });
}

test('messages of one time keep their order', async () => {
  const thread = await saveThread(memory);
  await saveMessages(memory, thread, 30, () => ({ createdAt: at(0) }));
  const whole = await memory.copyThread({ sourceThreadId: thread.id });
  assert.deepStrictEqual(await copied(whole), Array.from({ length: 30 }, (_, n) => n));
  const last = await memory.copyThread({ sourceThreadId: thread.id, options: { messageLimit: 3 } });
  assert.deepStrictEqual(await copied(last), [27, 28, 29]);
});

test('content is copied as it is', async () => {
  const thread = await saveThread(memory);
  const content = text(odd, { metadata: { odd, a: { b: 1 } } });
  await memory.saveMessages({ messages: [message(thread, { content, type: 'text' })] });
  const { thread: copy } = await memory.copyThread({ sourceThreadId: thread.id });
  const [one] = await list(copy);
  assert.deepStrictEqual([one.content, one.type], [content, 'text']);
  assert.deepStrictEqual((await list(copy, { filter: { metadata: { odd } } })).length, 1);
});

test('system messages are copied too', async () => {
  const thread = await saveThread(memory);
  await memory.saveMessages({ messages: [message(thread, { role: 'system' }), message(thread, { createdAt: at(1) })] });
  const { thread: copy } = await memory.copyThread({ sourceThreadId: thread.id });
  assert.equal((await memory.listMessages({ threadId: copy.id })).total, 2);
});

test('a copy is independent', async () => {
  const thread = await source(2);
  const { thread: copy } = await memory.copyThread({ sourceThreadId: thread.id });
  await memory.deleteThread({ threadId: thread.id });
  assert.equal((await list(copy)).length, 2);
  await memory.saveMessages({ messages: [message(copy, { createdAt: at(9999) })] });
  assert.equal((await list(copy)).length, 3);
});

test('a copy of a copy', async () => {
  const thread = await source(2);
  const first = await memory.copyThread({ sourceThreadId: thread.id });
  const second = await memory.copyThread({ sourceThreadId: first.thread.id });
  assert.deepStrictEqual([second.thread.title, second.thread.metadata.clone.sourceThreadId], ['Clone of Clone of A title', first.thread.id]);
});

test('cloneThread gives the messages of the copy too', async () => {
  const thread = await source(3);
  const result = await memory.cloneThread({ sourceThreadId: thread.id, title: 'Mine' });
  assert.deepStrictEqual(Object.keys(result).sort(), ['clonedMessages', 'messageIdMap', 'thread']);
  assert.deepStrictEqual(result.clonedMessages, await list(result.thread));
});

test('cloneThread of more than a page', async () => {
  const thread = await source(120);
  assert.equal((await memory.cloneThread({ sourceThreadId: thread.id })).clonedMessages.length, 120);
});

test('2,500 messages', async () => {
  const thread = await source(2500);
  const result = await memory.copyThread({ sourceThreadId: thread.id });
  assert.equal(Object.keys(result.messageIdMap).length, 2500);
  assert.equal((await memory.listMessages({ threadId: result.thread.id, perPage: 1 })).total, 2500);
});

for (const method of ['copyThread', 'cloneThread']) {
  test(`${method} of an unknown thread is refused`, async () => {
    const sourceThreadId = fresh();
    await refused(memory[method]({ sourceThreadId }), 'CLONE_THREAD_SOURCE_NOT_FOUND', {
      category: 'USER', details: { sourceThreadId }, message: new RegExp(`Source thread with id ${sourceThreadId} not found`),
    });
  });

  test(`${method} to an id that is taken is refused`, async () => {
    const thread = await source(1);
    const taken = await saveThread(memory);
    await refused(memory[method]({ sourceThreadId: thread.id, newThreadId: taken.id }), 'CLONE_THREAD_THREAD_EXISTS', {
      category: 'USER', details: { newThreadId: taken.id }, message: new RegExp(`Thread with id ${taken.id} already exists`),
    });
    assert.deepStrictEqual(await list(taken), []);
  });
}

test('a thread cannot be copied onto itself', async () => {
  const thread = await source(2);
  await refused(memory.copyThread({ sourceThreadId: thread.id, newThreadId: thread.id }), 'CLONE_THREAD_THREAD_EXISTS', { category: 'USER' });
  assert.equal((await list(thread)).length, 2);
});

test('10 copies at once', async () => {
  const thread = await source(5);
  const results = await together(10, () => memory.copyThread({ sourceThreadId: thread.id }));
  for (const result of results) assert.deepStrictEqual(await copied(result), [0, 1, 2, 3, 4]);
});

test('of 5 copies to one id at once, one is made', async () => {
  const thread = await source(5);
  const newThreadId = fresh();
  const results = await Promise.allSettled(Array.from({ length: 5 }, () => memory.copyThread({ sourceThreadId: thread.id, newThreadId })));
  assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
  assert.equal((await memory.listMessages({ threadId: newThreadId })).total, 5);
});
