/* What is old goes: prune of the memory domain, and of a whole store. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failure, open, saveMessages, saveThread, schemaOf } from './world.mjs';

const DAY = 864e5;
const ago = (days) => new Date(Date.now() - days * DAY);

/* Threads as old as their names say, each with two messages: one of its first day, and one of now. */
async function fill(store) {
  const { memory } = store.stores;
  for (const age of [40, 20, 0]) {
    const thread = await saveThread(memory, { id: `t${age}`, createdAt: ago(age), metadata: { age } });
    await saveMessages(memory, thread, 2, (n) => ({ createdAt: n === 0 ? ago(age) : new Date() }));
    const times = { createdAt: ago(age), updatedAt: new Date() };
    await memory.saveResource({ resource: { id: `r${age}`, workingMemory: 'notes', metadata: {}, ...times } });
  }
  return memory;
}

async function left(memory) {
  const { threads } = await memory.listThreads({ perPage: false });
  const counts = [];
  for (const { id } of threads) {
    const { messages } = await memory.listMessages({ threadId: id, perPage: false });
    counts.push(`${id}: ${messages.length}`);
  }
  return counts;
}

const result = (table, deleted, done = true) => ({ domain: 'memory', table, deleted, done });

test('messages, resources and threads go by their age', async () => {
  const store = await open();
  const memory = await fill(store);
  assert.deepEqual(await memory.prune({ messages: { maxAge: '30d' } }), [result('messages', 1)]);
  assert.deepEqual(await left(memory), ['t0: 2', 't20: 2', 't40: 1']);
  assert.deepEqual(await memory.prune({ threads: { maxAge: '30d' } }), [result('threads', 1)]);
  assert.deepEqual(await left(memory), ['t0: 2', 't20: 2']);
  assert.deepEqual(await memory.prune({ resources: { maxAge: '10d' } }), [result('resources', 2)]);
  assert.equal(await memory.getResourceById({ resourceId: 'r20' }), null);
  assert.equal((await memory.getResourceById({ resourceId: 'r0' })).workingMemory, 'notes');
  const all = { threads: { maxAge: 0 }, messages: { maxAge: 0 }, resources: { maxAge: 0 }, unknown: { maxAge: 0 } };
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual(await memory.prune(all), [result('messages', 4), result('resources', 1), result('threads', 2)]);
  assert.deepEqual(await left(memory), []);
});

test('a thread that is pruned leaves nothing of its own behind', async () => {
  const store = await open();
  const memory = await fill(store);
  await memory.prune({ threads: { maxAge: '10d' } });
  const { messages } = await memory.listMessagesById({ messageIds: ['t40/0', 't40/1', 't20/0', 't0/0'] });
  assert.deepEqual(messages.map(({ id }) => id), ['t0/0']);
});

test('embeddings of messages that are pruned go too', async () => {
  const store = await open();
  const memory = await fill(store);
  const table = `"${schemaOf(store)}".memory_messages_1536`;
  await store.db.none(`CREATE TABLE ${table} AS SELECT jsonb_build_object('message_id', id, 'thread_id', thread_id) AS metadata
    FROM "${schemaOf(store)}".messages`);
  const embedded = async () => (await store.db.any(`SELECT metadata ->> 'message_id' AS id FROM ${table} ORDER BY 1`)).map(({ id }) => id);
  await memory.prune({ messages: { maxAge: '10d', batchSize: 1 } });
  assert.deepEqual(await embedded(), ['t0/0', 't0/1', 't20/1', 't40/1']);
  await memory.prune({ threads: { maxAge: '30d' } });
  assert.deepEqual(await embedded(), ['t0/0', 't0/1', 't20/1']);
});

test('work is bounded by batches, rows and a signal', async () => {
  const store = await open();
  const memory = await fill(store);
  const prune = (policy, options) => memory.prune({ messages: { maxAge: '10d', ...policy } }, options);
  assert.deepEqual(await prune({ batchSize: 1 }, { maxBatches: 1, pauseMs: 1 }), [result('messages', 1, false)]);
  assert.deepEqual(await prune({}, { maxRows: 1 }), [result('messages', 1, false)]);
  assert.deepEqual(await prune({}, { signal: AbortSignal.abort() }), [result('messages', 0, false)]);
  assert.deepEqual(await prune({}), [result('messages', 0)]);
  assert.match((await failure(prune({ batchSize: -1 }))).message, /batchSize/);
});

test('a store prunes what it was told to keep for a while only', async () => {
  const retention = { memory: { threads: { maxAge: '30d' } }, workflows: { workflowSnapshot: { maxAge: '1d' } } };
  const store = await open({ retention });
  const memory = await fill(store);
  const run = { workflowName: 'w', runId: 'r', snapshot: {}, updatedAt: ago(2) };
  await store.stores.workflows.persistWorkflowSnapshot(run);
  assert.deepEqual(await store.prune(), [
    result('threads', 1),
    { domain: 'workflows', table: 'workflow_runs', deleted: 1, done: true },
  ]);
  assert.deepEqual(await left(memory), ['t0: 2', 't20: 2']);
  const now = { memory: { threads: { maxAge: '10d' } } };
  assert.deepEqual(await store.prune({ retention: now }), [result('threads', 1)]);
});

test('clearing the memory leaves runs and scores alone', async () => {
  const store = await open();
  const memory = await fill(store);
  await memory.initializeObservationalMemory({ threadId: 't0', resourceId: 'r0', scope: 'thread', config: {} });
  await store.stores.workflows.persistWorkflowSnapshot({ workflowName: 'w', runId: 'r', snapshot: {} });
  await memory.dangerouslyClearAll();
  assert.deepEqual(await left(memory), []);
  assert.equal(await memory.getResourceById({ resourceId: 'r0' }), null);
  assert.equal(await memory.getObservationalMemory('t0', 'r0'), null);
  assert.equal((await store.stores.workflows.listWorkflowRuns()).total, 1);
});
