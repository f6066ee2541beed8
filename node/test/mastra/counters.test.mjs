/* PostgresStore tells what its engines count. */
import assert from 'node:assert/strict';
import pg from 'pg';
import { connectionString, make, open, saveThread, test } from './world.mjs';

test('counters() tells of the calls of all domains', async () => {
  const store = await open();
  const { memory, workflows } = store.stores;
  const before = store.counters();
  const { id: threadId } = await saveThread(memory);
  await memory.getThreadById({ threadId });
  await workflows.getWorkflowRunById({ runId: 'none', workflowName: 'w' });
  const { operations, started, succeeded, reader } = store.counters();
  assert.equal(operations.threadGet.succeeded >= 1, true);
  assert.equal(started > before.started, true);
  assert.equal(succeeded <= started, true);
  assert.equal(reader, undefined);
});

test('a replica has counters of its own', async () => {
  const readPool = new pg.Pool({ connectionString });
  const store = make({ readPool });
  await store.init();
  const { memory } = store.stores;
  await saveThread(memory);
  await memory.listThreads({ perPage: 1 });
  const { operations, reader } = store.counters();
  assert.equal(reader.operations.threadList.succeeded, 1);
  assert.equal(operations.threadList, undefined);
  await store.close();
  await readPool.end();
});
