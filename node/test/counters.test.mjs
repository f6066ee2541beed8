/* What a store counts, and what it tells tracers. */
import assert from 'node:assert/strict';
import { tracingChannel } from 'node:diagnostics_channel';
import { test } from 'node:test';
import { failure, freshSchema, open, Store, url } from './world.mjs';

const opened = async () => {
  const store = open();
  await store.init();
  return store;
};

test('a store that was not used has done nothing', () => {
  const { operations, errors, pool, started, waits } = open({ max: 3 }).counters();
  assert.deepEqual({ operations, errors, started }, { operations: {}, errors: {}, started: 0 });
  assert.deepEqual(pool, { open: 0, idle: 0, leased: 0, waiting: 0, max: 3 });
  assert.deepEqual(waits, { count: 0, failed: 0, refused: 0, sumMillis: 0, maxMillis: 0 });
});

test('operations are counted by name, failures by code', async () => {
  const store = await opened();
  const { id } = await store.threads.create({});
  const text = 'x'.repeat(1000);
  for (let i = 0; i < 3; i++) await store.messages.append({ threadId: id, messages: [{ role: 'user', text }] });
  await store.messages.last({ threadId: id });
  assert.equal((await failure(store.threads.get('nobody'))).code, 'NOT_FOUND');
  assert.equal((await failure(store.threads.get(''))).code, 'INVALID');
  const { operations, errors, pool, ...sums } = store.counters();
  assert.deepEqual(Object.keys(operations).sort(), [
    'messageAppend', 'messageLast', 'storeInit', 'threadCreate', 'threadGet',
  ]);
  const { latency, ...append } = operations.messageAppend;
  assert.equal(append.bytesSent > 3000 && append.bytesSent < 4500, true);
  assert.equal(append.bytesReceived > 0, true);
  delete append.bytesSent;
  delete append.bytesReceived;
  assert.deepEqual(append, { started: 3, succeeded: 3, failed: 0, retried: 0, rows: 3 });
  assert.equal(operations.messageLast.rows, 3);
  assert.equal(operations.messageLast.bytesReceived > 3000, true);
  assert.deepEqual(errors, { INVALID: 1, NOT_FOUND: 1 });
  assert.deepEqual([sums.started, sums.succeeded, sums.failed], [8, 6, 2]);
  assert.equal(pool.open, 1);

  assert.equal(latency.count, 3);
  assert.equal(latency.buckets.reduce((sum, [, times]) => sum + times, 0), 3);
  const order = [0, latency.p50Millis, latency.p90Millis, latency.p99Millis, latency.maxMillis, latency.sumMillis];
  assert.deepEqual(order, order.toSorted((a, b) => a - b));
  assert.equal(latency.maxMillis > 0, true);
  await store.close();
  assert.equal(store.counters().started, 0);
});

test('what is under way has started and not ended', async () => {
  const store = await opened();
  const calls = [store.threads.list(), store.threads.list()];
  const { started, succeeded } = store.counters().operations.threadList;
  assert.deepEqual({ started, succeeded }, { started: 2, succeeded: 0 });
  await Promise.all(calls);
  assert.equal(store.counters().operations.threadList.succeeded, 2);
});

test('calls are told of on a tracing channel', async () => {
  const schemaName = freshSchema();
  const store = new Store({ connectionString: url, schemaName });
  await store.init();
  const seen = [];
  const channel = tracingChannel('pgconvo:operation');
  const listen = (what) => (trace) => seen.push([what, trace.operation, trace.schemaName, trace.error?.code]);
  const listeners = { start: listen('start'), asyncEnd: listen('end'), error: listen('error') };
  channel.subscribe(listeners);
  await store.threads.create({ id: 't' });
  await failure(store.threads.get('nobody'));
  channel.unsubscribe(listeners);
  await store.threads.get('t');
  assert.deepEqual(seen, [
    ['start', 'threadCreate', schemaName, undefined],
    ['end', 'threadCreate', schemaName, undefined],
    ['start', 'threadGet', schemaName, undefined],
    ['error', 'threadGet', schemaName, 'NOT_FOUND'],
    ['end', 'threadGet', schemaName, 'NOT_FOUND'],
  ]);
  await store.close();
});
