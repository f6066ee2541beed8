/* Processes in other time zones, among them one whose clocks skip and repeat an hour, write and find the same instants. */
import assert from 'node:assert/strict';
import { elsewhere, fresh, ids, message, open, saveThread, schemaOf, test } from '../world.mjs';
import { begin, chunk } from '../observing.mjs';
import { runOf, snapshotOf } from '../flows.mjs';

const store = await open();
const memory = await store.getStore('memory');
const workflows = await store.getStore('workflows');
const ZONES = ['America/New_York', 'Asia/Kolkata', 'UTC', 'Pacific/Apia'];

/* Every 5 minutes around the hour that New York skipped on 2024-03-10, and around that it repeated on 2024-11-03. */
const times = ['2024-03-10T01:40:00.123Z', '2024-11-03T04:40:00.123Z'].flatMap((start) => Array.from({ length: 40 }, (_, n) => new Date(Date.parse(start) + n * 300000)));

for (const TZ of ZONES) {
  const inZone = elsewhere(schemaOf(store), { TZ });

  test(`${TZ} reads and writes the same instants of messages and threads`, async () => {
    const here = await saveThread(memory, { createdAt: times[8] });
    await memory.saveMessages({ messages: times.map((createdAt, n) => message(here, { id: `${here.id}/${n}`, createdAt })) });
    const there = { ...here, id: fresh('t') };
    const [read, listed, , , echoed] = await inZone(
      'memory', ['getThreadById', { threadId: here.id }], ['listMessages', { threadId: here.id, perPage: false }], ['saveThread', { thread: there }],
      ['saveMessages', { messages: times.map((createdAt, n) => message(there, { id: `${there.id}/${n}`, createdAt })) }], ['listMessages', { threadId: there.id, perPage: false }],
    );
    assert.deepStrictEqual(read.createdAt, times[8]);
    for (const { messages } of [listed, echoed, await memory.listMessages({ threadId: there.id, perPage: false })]) assert.deepStrictEqual(messages.map((m) => m.createdAt), times);
    assert.deepStrictEqual((await memory.getThreadById({ threadId: there.id })).createdAt, times[8]);
  });

  test(`${TZ} filters messages by instants`, async () => {
    const thread = await saveThread(memory);
    await memory.saveMessages({ messages: times.map((createdAt, n) => message(thread, { id: `${thread.id}/${n}`, createdAt })) });
    const dateRange = { start: times[5], end: times[15] };
    const [ranged] = await inZone('memory', ['listMessages', { threadId: thread.id, filter: { dateRange } }]);
    assert.deepStrictEqual(ids(ranged.messages), Array.from({ length: 11 }, (_, n) => `${thread.id}/${n + 5}`));
  });

  test(`${TZ} includes the message that was asked for, with its neighbours`, async () => {
    const thread = await saveThread(memory);
    await memory.saveMessages({ messages: times.map((createdAt, n) => message(thread, { id: `${thread.id}/${n}`, createdAt })) });
    const calls = times.map((_, n) => ['listMessages', { threadId: thread.id, perPage: 0, include: [{ id: `${thread.id}/${n}`, withPreviousMessages: 1, withNextMessages: 1 }] }]);
    const results = await inZone('memory', ...calls);
    results.forEach(({ messages }, n) => assert.deepStrictEqual(ids(messages), [n - 1, n, n + 1].filter((i) => times[i]).map((i) => `${thread.id}/${i}`)));
  });

  test(`${TZ} finds runs by instants, and their dates are right`, async () => {
    const run = runOf();
    const snapshot = snapshotOf(run.runId);
    await workflows.persistWorkflowSnapshot({ ...run, snapshot, createdAt: times[8], updatedAt: times[9] });
    const there = { workflowName: run.workflowName, runId: fresh() };
    const [exact, later, , read] = await inZone(
      'workflows', ['listWorkflowRuns', { workflowName: run.workflowName, fromDate: times[8], toDate: times[8] }], ['listWorkflowRuns', { workflowName: run.workflowName, fromDate: new Date(+times[8] + 1) }],
      ['persistWorkflowSnapshot', { ...there, snapshot, createdAt: times[3], updatedAt: times[4] }], ['getWorkflowRunById', run],
    );
    assert.deepStrictEqual([exact.total, later.total, read.createdAt, read.updatedAt], [1, 0, times[8], times[9]]);
    const { createdAt } = await workflows.getWorkflowRunById(there);
    assert.deepStrictEqual(createdAt, times[3]);
    assert.equal((await workflows.listWorkflowRuns({ workflowName: run.workflowName, toDate: times[3] })).total, 1);
  });

  test(`${TZ} copies by instants`, async () => {
    const thread = await saveThread(memory);
    await memory.saveMessages({ messages: times.map((createdAt, n) => message(thread, { id: `${thread.id}/${n}`, createdAt })) });
    const [{ thread: copy }] = await inZone('memory', ['copyThread', { sourceThreadId: thread.id, options: { messageFilter: { startDate: times[6], endDate: times[12] } } }]);
    const { messages } = await memory.listMessages({ threadId: copy.id });
    assert.deepStrictEqual(messages.map((m) => m.createdAt), times.slice(6, 13));
  });

  test(`${TZ} keeps the instants of observational memory and resources`, async () => {
    const record = await begin(memory);
    const resource = { id: fresh(), workingMemory: 'x', metadata: {}, createdAt: times[8], updatedAt: times[9] };
    const [, , , read] = await inZone(
      'memory', ['updateActiveObservations', { id: record.id, observations: 'o', tokenCount: 1, lastObservedAt: times[8] }], ['updateBufferedObservations', { id: record.id, chunk: chunk(1, { lastObservedAt: times[7] }), lastBufferedAtTime: times[6] }],
      ['saveResource', { resource }], ['getObservationalMemory', record.threadId, record.resourceId],
    );
    const here = await memory.getObservationalMemory(record.threadId, record.resourceId);
    for (const one of [read, here]) assert.deepStrictEqual([one.lastObservedAt, one.lastBufferedAtTime, new Date(one.bufferedObservationChunks[0].lastObservedAt)], [times[8], times[6], times[7]]);
    assert.deepStrictEqual((await memory.getResourceById({ resourceId: resource.id })).createdAt, times[8]);
  });
}
