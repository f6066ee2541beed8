/* Every operation once, with what it answers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failure, libraryVersion, open, schemaGrants, schemaSql, url, Store, freshSchema } from './world.mjs';

const store = open();
const day = (n) => new Date(Date.UTC(2024, 0, n));

async function filled(count, thread = {}) {
  const { id } = await store.threads.create(thread);
  const messages = Array.from({ length: count }, (_, i) => ({
    id: `${id}-${i}`,
    role: i % 2 === 0 ? 'user' : 'assistant',
    content: { n: i },
    metadata: { even: i % 2 === 0 },
    createdAt: day(i + 1),
  }));
  await store.messages.append({ threadId: id, messages });
  return { id, messages };
}

test('init makes the schema and tells its name', async () => {
  const schemaName = freshSchema();
  const own = new Store({ connectionString: url, schemaName });
  await own.init();
  await own.init();
  assert.equal(own.schemaName, schemaName);
  assert.deepEqual(own.poolStatus(), { open: 1, idle: 1, leased: 0, waiting: 0, max: 10 });
  await own.close();
  assert.deepEqual(own.poolStatus(), { open: 0, idle: 0, leased: 0, waiting: 0, max: 10 });
});

test('schemaMode verify refuses a schema that is not there', async () => {
  const strict = open({ schemaMode: 'verify' });
  assert.equal((await failure(strict.init())).code, 'SCHEMA');
});

test('a thread is created, read, changed and deleted', async () => {
  const created = await store.threads.create({ id: 'T1', resourceId: 'r', title: 'one', metadata: { a: 1 } });
  assert.equal(created.inserted, true);
  assert.equal(created.lastSeq, 0);
  assert.ok(created.createdAt instanceof Date);
  const { inserted, ...thread } = created;
  assert.deepEqual(await store.threads.get('T1'), thread);

  const changed = await store.threads.update({ id: 'T1', title: 'two', resourceId: 's', metadata: { b: { c: null } } });
  assert.equal(changed.title, 'two');
  assert.equal(changed.resourceId, 's');
  assert.deepEqual(changed.metadata, { a: 1, b: {} });
  const cleared = await store.threads.update({ id: 'T1', title: null, resourceId: null });
  assert.equal(cleared.title, null);
  assert.equal(cleared.resourceId, null);
  assert.deepEqual(cleared.metadata, { a: 1, b: {} });

  await store.messages.append({ threadId: 'T1', messages: [{ role: 'user', text: 'x' }] });
  assert.equal(await store.threads.delete('T1'), 1);
  assert.equal((await failure(store.threads.get('T1'))).code, 'NOT_FOUND');
  assert.equal((await failure(store.threads.delete('T1'))).code, 'NOT_FOUND');
});

test('an id that exists is refused, kept or replaced', async () => {
  await store.threads.create({ id: 'T2', title: 'first' });
  assert.equal((await failure(store.threads.create({ id: 'T2' }))).code, 'EXISTS');
  const kept = await store.threads.create({ id: 'T2', title: 'second', existing: 'keep' });
  assert.deepEqual([kept.title, kept.inserted], ['first', false]);
  const replaced = await store.threads.create({ id: 'T2', title: 'third', existing: 'replace' });
  assert.deepEqual([replaced.title, replaced.inserted], ['third', false]);
});

test('threads are listed by resource, filter, order, page and cursor', async () => {
  for (let i = 0; i < 5; i++) {
    await store.threads.create({ id: `L${i}`, resourceId: 'list', createdAt: day(i + 1), metadata: { odd: i % 2 === 1 } });
  }
  const ids = async (query) => (await store.threads.list({ resourceId: 'list', ...query })).threads.map(({ id }) => id);
  assert.deepEqual(await ids({}), ['L0', 'L1', 'L2', 'L3', 'L4']);
  assert.deepEqual(await ids({ direction: 'descending', limit: 2 }), ['L4', 'L3']);
  assert.deepEqual(await ids({ metadata: { odd: true } }), ['L1', 'L3']);
  assert.deepEqual(await ids({ limit: 2, page: 1 }), ['L2', 'L3']);
  await store.threads.update({ id: 'L0', title: 'now' });
  assert.equal((await ids({ order: 'updated' })).at(-1), 'L0');

  const first = await store.threads.list({ resourceId: 'list', limit: 2, withTotal: true });
  assert.equal(first.total, 5);
  assert.equal(first.hasMore, true);
  const second = await store.threads.list({ resourceId: 'list', limit: 2, cursor: first.next });
  assert.deepEqual(second.threads.map(({ id }) => id), ['L2', 'L3']);
  assert.equal(second.total, undefined);
  const back = await store.threads.list({ resourceId: 'list', limit: 2, cursor: second.prev });
  assert.deepEqual(back.threads, first.threads);

  const all = [];
  for await (const { id } of store.threads.iterate({ resourceId: 'list', limit: 2 })) all.push(id);
  assert.deepEqual(all, ['L0', 'L1', 'L2', 'L3', 'L4']);
});

test('the empty resource is a resource', async () => {
  const own = open();
  await own.threads.create({ id: 'empty', resourceId: '' });
  await own.threads.create({ id: 'none' });
  assert.deepEqual((await own.threads.list({ resourceId: '' })).threads.map(({ id }) => id), ['empty']);
  assert.equal((await own.threads.list()).threads.length, 2);
});

test('an append answers what was stored', async () => {
  const { id } = await store.threads.create({ resourceId: 'owner' });
  const answer = await store.messages.append({
    threadId: id,
    messages: [
      { id: 'A', role: 'user', type: 'note', content: [1, { two: null }], createdAt: day(1) },
      { role: 'assistant', text: 'plain' },
    ],
  });
  assert.equal(answer.inserted, true);
  assert.equal(answer.lastSeq, 2);
  assert.deepEqual(answer.messages[0], {
    id: 'A',
    threadId: id,
    resourceId: 'owner',
    seq: 1,
    createdAt: day(1),
    createdAtMicros: String(day(1).getTime() * 1000),
    role: 'user',
    type: 'note',
    inserted: true,
  });
  const again = await store.messages.append({
    threadId: id,
    messages: [{ id: 'A', role: 'user', content: 2 }, { role: 'user', content: 3 }],
    existing: 'keep',
  });
  assert.deepEqual(again.messages.map(({ inserted }) => inserted), [false, true]);
  const refused = await failure(store.messages.append({ threadId: id, messages: [{ id: 'A', role: 'user', text: '' }] }));
  assert.equal(refused.code, 'EXISTS');
});

test('a message id of another thread is refused, or moved on request', async () => {
  const from = await store.threads.create({ resourceId: 'me' });
  const to = await store.threads.create({ resourceId: 'me' });
  const foreign = await store.threads.create({ resourceId: 'you' });
  const append = (threadId, elsewhere) =>
    store.messages.append({ threadId, messages: [{ id: 'M', role: 'user', text: 'x' }], existing: 'keep', elsewhere });
  await append(from.id);
  assert.equal((await failure(append(to.id))).code, 'EXISTS');
  await append(to.id, 'move');
  assert.equal(await store.messages.count({ threadId: from.id }), 0);
  assert.equal((await failure(append(foreign.id, 'move'))).code, 'EXISTS');
  await append(foreign.id, 'moveAny');
  assert.equal(await store.messages.count({ threadId: foreign.id }), 1);
});

test('the last messages come oldest first', async () => {
  const { id } = await filled(10);
  const last = await store.messages.last({ threadId: id, limit: 3 });
  assert.deepEqual(last.messages.map(({ content }) => content.n), [7, 8, 9]);
  assert.equal(last.lastSeq, 10);
});

test('messages are listed by time, filter, direction, page and cursor', async () => {
  const { id } = await filled(10);
  const list = async (query) => (await store.messages.list({ threadId: id, ...query })).messages.map((m) => m.content.n);
  assert.deepEqual(await list({ from: day(3), until: day(6) }), [2, 3, 4]);
  assert.deepEqual(await list({ metadata: { even: true } }), [0, 2, 4, 6, 8]);
  assert.deepEqual(await list({ direction: 'descending', limit: 3 }), [9, 8, 7]);
  assert.deepEqual(await list({ limit: 4, page: 2 }), [8, 9]);
  const page = await store.messages.list({ threadId: id, limit: 4, withTotal: true });
  assert.deepEqual([page.total, page.hasMore, page.lastSeq], [10, true, 10]);
  const all = [];
  for await (const message of store.messages.iterate({ threadId: id, limit: 3, direction: 'descending' })) {
    all.push(message.content.n);
  }
  assert.deepEqual(all, [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
});

test('messages of a resource come from all its threads', async () => {
  await filled(2, { resourceId: 'both' });
  await filled(3, { resourceId: 'both' });
  const { messages, lastSeq } = await store.messages.list({ resourceId: 'both' });
  assert.deepEqual(messages.map(({ content }) => content.n), [0, 0, 1, 1, 2]);
  assert.equal(lastSeq, undefined);
});

test('a tail brings what came after', async () => {
  const { id } = await filled(5);
  const first = await store.messages.tail({ threadId: id, limit: 3 });
  assert.deepEqual([first.messages.map(({ seq }) => seq), first.hasMore, first.lastSeq], [[1, 2, 3], true, 3]);
  const rest = await store.messages.tail({ threadId: id, seq: first.lastSeq });
  assert.deepEqual([rest.messages.map(({ seq }) => seq), rest.hasMore, rest.lastSeq], [[4, 5], false, 5]);
});

test('a window brings neighbours once', async () => {
  const { id, messages } = await filled(10);
  const anchors = [{ messageId: messages[2].id, before: 1, after: 2 }, { messageId: messages[4].id, before: 1 }];
  const found = await store.messages.window({ threadId: id, anchors });
  assert.deepEqual(found.map(({ content }) => content.n), [1, 2, 3, 4]);
  assert.deepEqual(await store.messages.window({ anchors: [{ messageId: 'none' }] }), []);
});

test('a recall brings a page and windows, each message once', async () => {
  const { id } = await filled(9, { resourceId: 'recalled' });
  const { id: other, messages } = await filled(2, { resourceId: 'recalled' });
  const shown = (found) => found.messages.map((message) => `${message.threadId === id ? '' : 'other '}${message.content.n}`).join(', ');
  const page = await store.messages.recall({ threadIds: [id], limit: 2, offset: 1, withTotal: true });
  assert.equal(shown(page), '1, 2');
  assert.deepEqual([page.total, page.hasMore, page.pageRows], [9, true, 2]);
  const [first] = page.messages;
  assert.equal('metadata' in first, false);
  assert.deepEqual([first.seq, first.role, first.resourceId, first.createdAt], [2, 'assistant', 'recalled', day(2)]);

  const anchors = [{ messageId: `${id}-7`, before: 1 }, { messageId: messages[1].id }];
  const around = await store.messages.recall({ threadIds: [id], limit: 1, direction: 'descending', anchors });
  assert.equal(shown(around), '8, 7, 6, other 1');
  assert.equal(around.pageRows, 1);
  assert.equal('total' in around, false);
  assert.equal(shown(await store.messages.recall({ extent: 'none', anchors })), 'other 1, 6, 7');

  const filter = { resourceId: 'recalled', metadata: { even: true }, from: day(1), until: day(4) };
  const both = await store.messages.recall({ ...filter, threadIds: [id, other], extent: 'all' });
  const sorted = [id, other].sort();
  assert.deepEqual(both.messages.map(({ threadId, content }) => [threadId, content.n]), [[sorted[0], 0], [sorted[1], 0], [id, 2]]);
  assert.equal((await store.messages.recall({ ...filter, limit: 1 })).hasMore, true);
  assert.equal((await failure(store.messages.recall({ limit: 1 }))).code, 'INVALID');
  assert.match((await failure(store.messages.recall({ threadIds: [id], page: 1 }))).message, /^page: is nothing/);
});

test('messages come as texts, or as agents know them', async () => {
  const { id } = await filled(2, { resourceId: 'r' });
  await store.messages.append({ threadId: id, messages: [{ id: `${id}-v2`, role: 'user', type: 'v2', text: 'hi', createdAt: day(3) }] });
  const whole = { threadIds: [id], extent: 'all' };
  const raw = await store.messages.recall({ ...whole, raw: true });
  assert.deepEqual(raw.messages.map(({ contentJson }) => contentJson), ['{"n":0}', '{"n":1}', '"hi"']);
  assert.equal('metadataJson' in raw.messages[0], false);
  const agent = await store.messages.recall({ ...whole, agent: true });
  const known = { threadId: id, resourceId: 'r' };
  assert.deepEqual(agent.messages, [
    { id: `${id}-0`, role: 'user', createdAt: day(1), ...known, content: { n: 0 } },
    { id: `${id}-1`, role: 'assistant', createdAt: day(2), ...known, content: { n: 1 } },
    { id: `${id}-v2`, role: 'user', createdAt: day(3), ...known, content: 'hi' },
  ]);
  const ids = [2, 0, 2].map((i) => agent.messages[i].id);
  assert.deepEqual(await store.messages.get({ ids, agent: true }), [2, 0, 2].map((i) => agent.messages[i]));
  assert.deepEqual(await store.messages.get({ ids, agent: true, byTime: true }), [0, 2].map((i) => agent.messages[i]));
  assert.match((await failure(store.messages.recall({ ...whole, raw: true, agent: true }))).message, /^raw: cannot go/);
});

test('messages are read, changed, counted and deleted by id', async () => {
  const { id, messages } = await filled(4);
  const ids = [messages[2].id, 'none', messages[0].id];
  assert.deepEqual((await store.messages.get({ threadId: id, ids })).map(({ content }) => content.n), [2, 0]);
  assert.deepEqual((await store.messages.get({ ids })).map(({ content }) => content.n), [2, 0]);
  assert.deepEqual(await store.messages.get({ ids: [] }), []);
  assert.equal(await store.messages.count({ threadId: id }), 4);
  assert.equal(await store.messages.count({ threadId: id, from: day(2), until: day(4) }), 2);

  const changed = await store.messages.update({
    threadId: id,
    id: messages[0].id,
    role: 'tool',
    type: 'result',
    text: 'new',
    metadata: { more: 1 },
  });
  assert.deepEqual([changed.role, changed.type, changed.content, changed.text], ['tool', 'result', 'new', 'new']);
  assert.deepEqual(changed.metadata, { even: true, more: 1 });
  assert.deepEqual(await store.messages.get({ ids: [messages[0].id] }), [changed]);
  assert.equal(await store.messages.delete({ threadId: id, ids }), 2);
  assert.equal(await store.messages.delete({ ids: [] }), 0);
  assert.equal(await store.messages.count({ threadId: id }), 2);
});

test('messages are found by their metadata in all threads', async () => {
  const own = open({ metadataIndex: true });
  for (const thread of ['F1', 'F2']) {
    await own.threads.create({ id: thread });
    const messages = [1, 2, 3].map((n) => ({ id: `${thread}-${n}`, role: 'user', content: n, metadata: { tag: { n } } }));
    await own.messages.append({ threadId: thread, messages });
  }
  const found = await own.messages.find({ metadata: { tag: { n: 2 } } });
  assert.deepEqual(found.messages.map(({ id }) => id), ['F1-2', 'F2-2']);
  const all = [];
  for await (const { id } of own.messages.iterateFound({ metadata: {}, limit: 2 })) all.push(id);
  assert.deepEqual(all, ['F1-1', 'F1-2', 'F1-3', 'F2-1', 'F2-2', 'F2-3']);
});

test('a message belongs to whom it says, or to whom its thread belongs', async () => {
  const { id } = await store.threads.create({ resourceId: 'owner' });
  const messages = [{ role: 'user', text: 'x', resourceId: 'guest' }, { role: 'user', text: 'x', resourceId: null }];
  const appended = await store.messages.append({ threadId: id, messages });
  assert.deepEqual(appended.messages.map(({ resourceId }) => resourceId), ['guest', 'owner']);
});

test('a thread without a document is told from one with an empty one', async () => {
  const bare = await store.threads.create();
  const empty = await store.threads.create({ metadata: {} });
  assert.deepEqual([bare.metadata, bare.hasMetadata], [{}, false]);
  assert.deepEqual([empty.metadata, empty.hasMetadata], [{}, true]);
  const raw = await store.threads.get(bare.id, { raw: true });
  assert.deepEqual([raw.metadataJson, raw.hasMetadata], ['{}', false]);
  const again = await open().threads.create(bare);
  assert.equal(again.id, bare.id);
});

test('messages are saved by id, in one thread and in several', async () => {
  const { id } = await filled(2, { resourceId: 'saver' });
  const other = await store.threads.create({ resourceId: 'saver' });
  const messages = [
    { id: `${id}-1`, role: 'tool', content: { again: 1 }, createdAt: day(9) },
    { id: `${id}-new`, role: 'user', text: 'new', metadata: { k: 1 } },
  ];
  const saved = await store.messages.save({ threadId: id, messages });
  assert.deepEqual(saved.messages.map(({ inserted, seq }) => [inserted, seq > 2]), [[false, false], [true, true]]);
  assert.deepEqual(saved.messages[0].createdAt, day(2));
  const twice = [messages[0], { ...messages[1], createdAt: day(9) }, { id: `${id}-late`, role: 'user', text: '', createdAt: day(8) }];
  const times = await store.messages.save({ threadId: id, messages: [...twice, messages[0]], agent: true });
  assert.deepEqual(times, [day(2), saved.messages[1].createdAt, day(8), day(2)]);
  await assert.rejects(store.messages.save({ threadId: id, messages, agent: 1 }), { code: 'INVALID' });
  const [, again] = (await store.messages.list({ threadId: id })).messages;
  assert.deepEqual([again.role, again.content, again.metadata], ['tool', { again: 1 }, {}]);

  const moved = await store.messages.save({ threadId: id, messages: [{ ...again, threadId: other.id }, { role: 'user', text: 'y' }] });
  assert.deepEqual(moved.messages.map(({ threadId }) => threadId), [other.id, id]);
  assert.deepEqual((await store.messages.list({ threadId: other.id })).messages.map((one) => one.id), [again.id]);

  const theirs = await store.threads.create({ resourceId: 'them' });
  const taken = { threadId: theirs.id, messages: [{ id: again.id, role: 'user', text: 'z' }] };
  assert.equal((await failure(store.messages.save(taken))).code, 'EXISTS');
  assert.equal((await failure(store.messages.save({ ...taken, elsewhere: 'refuse' }))).position, 0);
  assert.equal((await store.messages.save({ ...taken, elsewhere: 'moveAny' })).inserted, false);
  assert.equal((await failure(store.messages.save({ messages: [{ role: 'user', text: '' }] }))).code, 'INVALID');
  assert.equal((await failure(store.messages.save({ threadId: 'none', messages: [{ role: 'user', text: '' }] }))).code, 'NOT_FOUND');
});

test('messages are rewritten if they are what they are taken for', async () => {
  const { id } = await filled(2);
  const other = await store.threads.create();
  const revisions = [
    { id: `${id}-0`, expectedJson: '{"n":0}', content: { n: 'zero' }, metadata: { m: 1 } },
    { id: `${id}-1`, role: 'tool', type: 't', metadata: null, newThreadId: other.id, resourceId: 'guest' },
  ];
  const rewritten = await store.messages.rewrite({ revisions });
  assert.deepEqual(rewritten.map(({ threadId, role }) => [threadId, role]), [[id, 'user'], [other.id, 'tool']]);
  const [first, second] = await store.messages.get({ ids: revisions.map((one) => one.id) });
  assert.deepEqual([first.content, first.metadata], [{ n: 'zero' }, { m: 1 }]);
  assert.deepEqual([second.content, second.metadata, second.type, second.resourceId], [{ n: 1 }, {}, 't', 'guest']);
  const error = await failure(store.messages.rewrite({ revisions: [{ ...revisions[0] }] }));
  assert.deepEqual([error.code, error.retry, error.position], ['CONFLICT', 'safe', 0]);
  assert.equal((await failure(store.messages.rewrite({ revisions: [{ id: 'x', text: 'a', other: 1 }] }))).code, 'INVALID');
});

test('a thread is copied, whole or in part', async () => {
  const { id } = await filled(4, { title: 'one', resourceId: 'r' });
  const { thread, messages } = await store.threads.copy({ sourceId: id, metadata: { a: 1 } });
  assert.deepEqual([thread.title, thread.resourceId, thread.metadata.a, thread.metadata.clone.sourceThreadId], ['Clone of one', 'r', 1, id]);
  assert.deepEqual(messages.map(({ sourceId }) => sourceId), [0, 1, 2, 3].map((n) => `${id}-${n}`));
  assert.deepEqual((await store.messages.list({ threadId: thread.id })).messages.map((one) => one.id), messages.map((one) => one.id));
  const part = await store.threads.copy({ sourceId: id, id: 'part', title: 'p', from: day(2), until: day(4), limit: 1, ids: [`${id}-1`] });
  assert.deepEqual([part.thread.id, part.thread.title, part.messages.map(({ sourceId }) => sourceId)], ['part', 'p', [`${id}-1`]]);
  assert.equal((await failure(store.threads.copy({ sourceId: id, id: 'part' }))).code, 'EXISTS');
  assert.equal((await failure(store.threads.copy({ sourceId: 'none' }))).code, 'NOT_FOUND');
});

test('a thread is rewritten whole, and its metadata changed as it is given', async () => {
  const { id } = await store.threads.create({ title: 'one', metadata: { a: { b: 1 } } });
  const change = { id, metadata: { a: { c: null } }, merge: 'shallow' };
  assert.equal((await failure(store.threads.update({ ...change, expectedJson: '{}' }))).code, 'CONFLICT');
  const changed = await store.threads.update({ ...change, expectedJson: '{"a":{"b":1}}' });
  assert.deepEqual(changed.metadata, { a: { c: null } });
  const less = await store.threads.update({ id, merge: 'shallow', metadata: { b: 1 }, removed: ['a'] });
  assert.deepEqual(less.metadata, { b: 1 });
  assert.equal((await failure(store.threads.update({ id, removed: ['b'] }))).code, 'INVALID');
  const rewritten = await store.threads.create({ id, createdAt: day(2), updatedAt: day(1), existing: 'rewrite' });
  const { title, metadata, createdAt, updatedAt, inserted } = rewritten;
  assert.deepEqual([title, metadata, createdAt, updatedAt, inserted], [null, {}, day(2), day(1), false]);
});

test('a conversation is imported once', async () => {
  const thread = { id: 'C', title: 'imported', createdAt: day(1), updatedAt: day(9) };
  const messages = [1, 2].map((n) => ({ id: `C-${n}`, role: 'user', content: n, createdAt: day(n) }));
  const first = await store.conversations.import({ thread, messages });
  assert.deepEqual([first.inserted, first.messagesInserted, first.thread.updatedAt], [true, 2, day(9)]);
  const second = await store.conversations.import({ thread, messages });
  assert.deepEqual([second.inserted, second.messagesInserted], [false, 0]);
});

test('what was read can be given as it is', async () => {
  const own = open();
  const { id } = await filled(3, { resourceId: 'copied', title: 'a copy' });
  const thread = await store.threads.get(id);
  const { messages } = await store.messages.list({ threadId: id });
  await own.conversations.import({ thread, messages });
  const same = (await own.messages.list({ threadId: id })).messages;
  assert.deepEqual(same, messages);
});

test('metadata is read, merged, replaced and taken away', async () => {
  const { id } = await store.threads.create();
  await store.messages.append({ threadId: id, messages: [{ id: 'with', role: 'user', text: '', metadata: { m: 1 } }] });
  const owner = { threadId: id };
  assert.deepEqual(await store.metadata.get(owner), {});
  assert.deepEqual(await store.metadata.merge({ ...owner, patch: { a: { b: 1 }, c: 2 } }), { a: { b: 1 }, c: 2 });
  assert.deepEqual(await store.metadata.merge({ ...owner, patch: { a: { d: 3 }, c: null } }), { a: { b: 1, d: 3 } });
  assert.deepEqual(await store.metadata.replace({ ...owner, document: { x: null, y: 1 } }), { x: null, y: 1 });
  assert.deepEqual(await store.metadata.remove({ ...owner, keys: ['y', 'z'] }), { x: null });
  assert.deepEqual(await store.metadata.get({ ...owner, messageId: 'with' }), { m: 1 });
  assert.equal((await failure(store.metadata.get({ ...owner, messageId: 'none' }))).code, 'NOT_FOUND');
  assert.equal((await failure(store.metadata.get({ threadId: 'none' }))).code, 'NOT_FOUND');
});

test('the schema comes as SQL, without a connection', () => {
  assert.match(schemaSql({ schemaName: 'my "schema"' }), /"my ""schema"""/);
  assert.match(schemaSql({ metadataIndex: true }), /USING gin/i);
  assert.throws(() => schemaSql({ schemaName: '' }), { code: 'INVALID' });
  assert.match(schemaGrants({ kind: 'reader', role: 'a "b"', schemaName: 's' }), /^GRANT USAGE ON SCHEMA "s" TO "a ""b""";$/m);
  assert.match(schemaGrants({ kind: 'writer', role: 'r' }), /^GRANT SELECT, INSERT, UPDATE, DELETE ON\n {4}threads,$/m);
  assert.throws(() => schemaGrants({ kind: 'writer' }), { code: 'INVALID' });
  assert.throws(() => schemaGrants({ role: 'r' }), { code: 'INVALID' });
  assert.match(libraryVersion, /^\d+\.\d+\.\d+$/);
});
