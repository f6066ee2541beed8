/* The workflows domain. */
import assert from 'node:assert/strict';
import process from 'node:process';
import { test } from 'node:test';
import * as storage from '@mastra/core/storage';
import { failure, freshSchema, odd, open } from './world.mjs';

const openWorkflows = async (options) => (await open(options)).stores.workflows;
const schemaName = freshSchema();
const workflows = await openWorkflows({ schemaName });
const day = (n) => new Date(Date.UTC(2024, 0, n));
const PENDING = { __mastra_pending__: true };

let made = 0;
/* A run of its own: its ids, and a snapshot. */
async function persist(snapshot = {}, more = {}, domain = workflows) {
  const run = { workflowName: 'w', runId: `run-${++made}`, ...more };
  await domain.persistWorkflowSnapshot({ ...run, snapshot: { status: 'running', context: {}, ...snapshot } });
  return { workflowName: run.workflowName, runId: run.runId };
}
const ids = ({ runs }) => runs.map(({ workflowName, runId }) => `${workflowName}/${runId}`);

/* ---- Snapshots ---- */

test('a snapshot is persisted and loaded', async () => {
  const run = await persist({ value: { [odd]: [odd, { deep: null }] }, gone: undefined, number: 1.5 });
  assert.deepEqual(await workflows.loadWorkflowSnapshot(run), {
    status: 'running',
    context: {},
    value: { [odd]: [odd, { deep: null }] },
    number: 1.5,
  });
  assert.equal(await workflows.loadWorkflowSnapshot({ ...run, runId: 'none' }), null);
  assert.equal(await workflows.loadWorkflowSnapshot({ ...run, workflowName: 'none' }), null);
});

test('a second persist keeps the time of creation, and the resource where none is given', async () => {
  const run = await persist({}, { resourceId: 'ada', createdAt: day(1), updatedAt: day(2) });
  await workflows.persistWorkflowSnapshot({ ...run, snapshot: { status: 'success' }, createdAt: day(8), updatedAt: day(9) });
  assert.deepEqual(await workflows.getWorkflowRunById(run), {
    ...run,
    snapshot: { status: 'success' },
    resourceId: 'ada',
    createdAt: day(1),
    updatedAt: day(9),
  });
  await workflows.persistWorkflowSnapshot({ ...run, resourceId: 'bob', snapshot: {} });
  const { resourceId, updatedAt } = await workflows.getWorkflowRunById(run);
  assert.equal(resourceId, 'bob');
  assert.ok(updatedAt > day(9));
});

test('one run id under two names is two runs', async () => {
  await persist({ n: 1 }, { workflowName: 'a', runId: 'same', createdAt: day(2) });
  await persist({ n: 2 }, { workflowName: 'b', runId: 'same', createdAt: day(1) });
  assert.equal((await workflows.getWorkflowRunById({ runId: 'same', workflowName: 'b' })).snapshot.n, 2);
  const newest = await workflows.getWorkflowRunById({ runId: 'same' });
  assert.equal(newest.workflowName, 'a');
  assert.equal(newest.resourceId, null);
  await workflows.deleteWorkflowRunById({ runId: 'same', workflowName: 'a' });
  await workflows.deleteWorkflowRunById({ runId: 'same', workflowName: 'a' });
  assert.equal((await workflows.getWorkflowRunById({ runId: 'same' })).workflowName, 'b');
  assert.equal(await workflows.getWorkflowRunById({ runId: 'same', workflowName: 'a' }), null);
});

test('a snapshot may be deep and large, and name a thread of any length', async () => {
  let deep = 1;
  for (let i = 0; i < 400; i++) deep = i % 2 ? [deep] : { deep };
  const threadId = 't'.repeat(100_000);
  const context = { input: { messageListState: { memoryInfo: { threadId } } } };
  const run = await persist({ deep, context, text: 'x'.repeat(2e6) }, { workflowName: 'large' });
  assert.deepEqual((await workflows.loadWorkflowSnapshot(run)).deep, deep);
  assert.deepEqual(ids(await workflows.listWorkflowRuns({ workflowName: 'large', threadId })), [`large/${run.runId}`]);
});

test('a snapshot may be given as JSON', async () => {
  const run = { workflowName: 'json', runId: 'json' };
  const snapshot = { status: 'suspended', context: { text: odd } };
  await workflows.persistWorkflowSnapshot({ ...run, snapshot: JSON.stringify(snapshot) });
  assert.deepEqual(await workflows.loadWorkflowSnapshot(run), snapshot);
  assert.deepEqual(ids(await workflows.listWorkflowRuns({ workflowName: 'json', status: 'suspended' })), ['json/json']);
  const refused = await failure(workflows.persistWorkflowSnapshot({ ...run, snapshot: 'no JSON' }));
  assert.equal(refused.id, 'MASTRA_STORAGE_PG_PERSIST_WORKFLOW_SNAPSHOT_FAILED');
});

test('without a name or an id there is no run', async () => {
  const { workflowName, runId } = await persist();
  for (const absent of [undefined, null, '']) {
    assert.equal(await workflows.loadWorkflowSnapshot({ workflowName: absent, runId }), null);
    assert.equal(await workflows.loadWorkflowSnapshot({ workflowName, runId: absent }), null);
    assert.equal(await workflows.getWorkflowRunById({ workflowName, runId: absent }), null);
    assert.equal(await workflows.deleteWorkflowRunById({ workflowName: absent, runId }), undefined);
    assert.equal(await workflows.deleteWorkflowRunById({ workflowName, runId: absent }), undefined);
  }
  assert.equal((await workflows.getWorkflowRunById({ runId })).workflowName, workflowName);
});

/* ---- Results ---- */

test('a result is put into the context, which comes back whole', async () => {
  const run = await persist({ context: { input: { a: 1 } }, requestContext: { a: 1, b: 1 } });
  const result = { status: 'success', output: { text: odd }, gone: undefined };
  const context = await workflows.updateWorkflowResults({ ...run, stepId: 's', result, requestContext: { b: 2, a: undefined } });
  assert.deepEqual(context, { input: { a: 1 }, s: result });
  const snapshot = await workflows.loadWorkflowSnapshot(run);
  const stored = { input: { a: 1 }, s: { status: 'success', output: { text: odd } } };
  assert.deepEqual(snapshot, { status: 'running', context: stored, requestContext: { b: 2 } });
});

test('a result of a run that is not there makes it', async () => {
  const run = { workflowName: 'w', runId: 'made' };
  const result = { status: 'success', output: [1] };
  assert.deepEqual(await workflows.updateWorkflowResults({ ...run, stepId: 's', result, requestContext: { k: 1 } }), { s: result });
  const { timestamp, ...snapshot } = await workflows.loadWorkflowSnapshot(run);
  const { timestamp: other, ...empty } = storage.createEmptyWorkflowSnapshot('made');
  assert.equal(typeof timestamp, typeof other);
  assert.deepEqual(snapshot, { ...empty, context: { s: result }, requestContext: { k: 1 } });
});

test('a snapshot without context takes no result and no state', async () => {
  const run = await persist({ context: undefined });
  const step = { ...run, stepId: 's', result: { status: 'success' }, requestContext: {} };
  const refused = await failure(workflows.updateWorkflowResults(step));
  assert.equal(refused.id, 'MASTRA_STORAGE_PG_UPDATE_WORKFLOW_RESULTS_FAILED');
  assert.deepEqual(refused.details, { ...run, stepId: 's' });
  const state = await failure(workflows.updateWorkflowState({ ...run, opts: { status: 'failed' } }));
  assert.equal(state.id, 'MASTRA_STORAGE_PG_UPDATE_WORKFLOW_STATE_FAILED');
  assert.deepEqual(await workflows.loadWorkflowSnapshot(run), { status: 'running' });
});

/* ---- The same as core's own merge, over results of all kinds ---- */

let seed = 20240101;
function random(below) {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return Math.floor((seed / 2 ** 32) * below);
}
const pick = (...values) => values[random(values.length)];

function randomValue() {
  return pick(
    null, undefined, 0, '', false, 'text', PENDING, PENDING, { ...PENDING, more: 1 }, { __mastra_pending__: 1 },
    { status: 'suspended', suspendPayload: {} }, { status: 'suspended', suspendedAt: 1 }, { status: 'suspended' },
    { status: 'success', suspendPayload: 1 }, [PENDING], { nested: [null] },
  );
}

function randomResult() {
  const output = pick(undefined, 'text', {}, null, ...Array(8).fill([]));
  const filled = Array.isArray(output) ? Array.from({ length: random(6) }, randomValue) : output;
  const members = { status: pick('running', 'success', 'suspended'), error: pick(undefined, 'e'), payload: pick(undefined, 1, {}) };
  return random(10) === 0 ? { ...members } : { ...members, output: filled };
}

test('results merge as core merges them', async () => {
  for (let i = 0; i < 150; i++) {
    const run = await persist();
    const expected = { context: {}, requestContext: {}, runId: run.runId };
    for (let round = 0; round < 4; round++) {
      const step = { stepId: pick('a', 'b'), result: randomResult(), requestContext: { [pick('x', 'y')]: pick(1, undefined, null) } };
      const wanted = storage.mergeWorkflowStepResult({ snapshot: expected, ...structuredClone(step) });
      const context = await workflows.updateWorkflowResults({ ...run, ...step });
      assert.deepEqual(JSON.parse(JSON.stringify(context)), wanted, JSON.stringify(step));
    }
    const { requestContext } = await workflows.loadWorkflowSnapshot(run);
    assert.deepEqual(requestContext, JSON.parse(JSON.stringify(expected.requestContext)));
  }
});

test('of first results at once, by two stores, none is lost', async () => {
  const run = { workflowName: 'w', runId: 'race' };
  const stores = [workflows, await openWorkflows({ schemaName })];
  const steps = Array.from({ length: 20 }, (_, i) => `step-${i}`);
  await Promise.all(
    steps.map((stepId, i) =>
      stores[i % 2].updateWorkflowResults({ ...run, stepId, result: { status: 'success' }, requestContext: { [stepId]: i } }),
    ),
  );
  const { context, requestContext } = await workflows.loadWorkflowSnapshot(run);
  assert.deepEqual(Object.keys(context).sort(), [...steps].sort());
  assert.equal(Object.keys(requestContext).length, 20);
});

/* ---- The state ---- */

test('a state changes members and answers the snapshot', async () => {
  const run = await persist({ a: { x: 1 }, error: 'e' });
  const snapshot = await workflows.updateWorkflowState({ ...run, opts: { status: 'paused', a: { y: 2 }, error: undefined } });
  assert.deepEqual(snapshot, { status: 'paused', context: {}, a: { y: 2 } });
  assert.deepEqual(await workflows.loadWorkflowSnapshot(run), snapshot);
  assert.equal(await workflows.updateWorkflowState({ ...run, runId: 'none', opts: { status: 'failed' } }), undefined);
  assert.equal(await workflows.loadWorkflowSnapshot({ ...run, runId: 'none' }), null);
});

test('a state is changed only from what is expected', async () => {
  const run = await persist();
  const change = (expectedStatus) => workflows.updateWorkflowState({ ...run, opts: { status: 'paused', expectedStatus } });
  for (const expected of ['paused', [], ['paused', 'failed'], null]) assert.equal(await change(expected), undefined);
  assert.deepEqual(await workflows.loadWorkflowSnapshot(run), { status: 'running', context: {} });
  assert.deepEqual(await change(['failed', 'running']), { status: 'paused', context: {} });
  const claims = Array.from({ length: 10 }, (_, i) =>
    workflows.updateWorkflowState({ ...run, opts: { status: 'running', result: i, expectedStatus: 'paused' } }),
  );
  assert.equal((await Promise.all(claims)).filter((snapshot) => snapshot !== undefined).length, 1);
});

/* ---- Lists ---- */

test('runs are listed by all filters at once, the newest first', async () => {
  const own = await openWorkflows();
  const put = (runId, status, more) => persist({ status }, { runId, ...more }, own);
  await put('1', 'running', { createdAt: day(1), resourceId: 'ada' });
  await put('2', 'suspended', { createdAt: day(2), resourceId: 'ada' });
  await put('3', 'suspended', { createdAt: day(3), resourceId: '' });
  await put('4', 'suspended', { createdAt: day(4), workflowName: 'x' });
  const listed = async (args) => ids(await own.listWorkflowRuns(args));
  assert.deepEqual(await listed(), ['x/4', 'w/3', 'w/2', 'w/1']);
  assert.deepEqual(await listed({ workflowName: 'w', status: 'suspended' }), ['w/3', 'w/2']);
  assert.deepEqual(await listed({ status: 'suspended', resourceId: 'ada' }), ['w/2']);
  assert.deepEqual(await listed({ resourceId: '' }), ['w/3']);
  assert.deepEqual(await listed({ fromDate: day(2), toDate: day(3) }), ['w/3', 'w/2']);
  assert.deepEqual(await listed({ fromDate: new Date(+day(2) + 1), toDate: new Date(+day(3) - 1) }), []);
  assert.deepEqual(await listed({ page: 1, perPage: 3 }), ['w/1']);
  assert.deepEqual(await listed({ page: 1 }), ['x/4', 'w/3', 'w/2', 'w/1']);
  assert.equal((await own.listWorkflowRuns({ page: 0, perPage: 1 })).total, 4);
  assert.deepEqual(await own.listWorkflowRuns({ page: 0, perPage: 0 }), { runs: [], total: 4 });
  assert.deepEqual(await own.listWorkflowRuns({ page: 5e9, perPage: 1 }), { runs: [], total: 4 });
  assert.equal((await own.listWorkflowRuns({ page: 0, perPage: 1e9 })).runs.length, 4);
  assert.deepEqual(await own.listWorkflowRuns({ page: 1, perPage: 1e9 }), { runs: [], total: 4 });
  assert.equal((await own.listWorkflowRuns({ status: 'suspended' })).total, 3);
});

test('a range takes a row in at its last microsecond', async () => {
  const own = await openWorkflows();
  const micros = BigInt(+day(1)) * 1000n + 999n;
  await own.store.runs.put({ workflowName: 'w', runId: 'r', snapshot: {}, createdAt: micros });
  assert.equal((await own.listWorkflowRuns({ fromDate: day(1), toDate: day(1) })).runs.length, 1);
});

test('a range may begin and end where no run can be', async () => {
  const own = await openWorkflows();
  await persist({}, { createdAt: day(1) }, own);
  const [first, last] = [new Date(-8.64e15), new Date(8.64e15)];
  assert.equal((await own.listWorkflowRuns({ fromDate: first, toDate: last })).total, 1);
  assert.equal((await own.listWorkflowRuns({ fromDate: last })).total, 0);
  assert.equal((await own.listWorkflowRuns({ toDate: first })).total, 0);
});

for (const wrong of [{ page: -1, perPage: 1 }, { page: 0, perPage: -1 }, { page: 0.5, perPage: 1 }, { page: 0, perPage: 1.5 }]) {
  test(`refused: page ${wrong.page} of ${wrong.perPage}`, async () => {
    const refused = await failure(workflows.listWorkflowRuns(wrong));
    assert.equal(refused.id, 'MASTRA_STORAGE_PG_LIST_WORKFLOW_RUNS_FAILED');
    assert.deepEqual(refused.details, { workflowName: 'all' });
  });
}

test('paging through ties neither skips nor repeats, whatever is written meanwhile', async () => {
  const own = await openWorkflows();
  const all = Array.from({ length: 60 }, (_, i) => `r${i}`);
  for (const runId of all) await persist({}, { runId, createdAt: day(1) }, own);
  const seen = [];
  for (let page = 0; page < 6; page++) {
    const { runs } = await own.listWorkflowRuns({ page, perPage: 10 });
    seen.push(...runs.map(({ runId }) => runId));
    for (const { runId } of runs) await persist({ status: 'success' }, { runId }, own);
  }
  assert.deepEqual([...seen].sort(), [...all].sort());
  assert.deepEqual(ids(await own.listWorkflowRuns()), seen.map((runId) => `w/${runId}`));
});

test('more runs than one call reads are all there', async () => {
  const own = await openWorkflows();
  await Promise.all(Array.from({ length: 1100 }, (_, i) => persist({}, { runId: `r${i}`, createdAt: day(1) }, own)));
  const { runs, total } = await own.listWorkflowRuns();
  assert.equal(total, 1100);
  assert.equal(new Set(runs.map(({ runId }) => runId)).size, 1100);
  const page = await own.listWorkflowRuns({ page: 1, perPage: 1050 });
  assert.deepEqual(ids(page), ids({ runs: runs.slice(1050) }));
});

test('a filter by thread hides none that core finds', async () => {
  const own = await openWorkflows();
  const loop = (threadId, status) => ({ status, suspendPayload: { __streamState: { messageList: { memoryInfo: { threadId } } } } });
  const durable = (threadId) => ({ messageListState: { memoryInfo: { threadId } } });
  const contexts = [
    { step: loop('T', 'suspended') },
    { step: loop('U', 'suspended') },
    { step: loop('T', 'success') },
    { a: { status: 'suspended' }, step: loop('T', 'suspended') },
    { input: durable('T') },
    { input: durable('U') },
    { step: loop('T', 'running'), input: durable('T') },
    {},
  ];
  for (const [i, context] of contexts.entries()) await persist({ context }, { runId: `${i}`, createdAt: day(10 - i) }, own);
  const wanted = contexts.flatMap((context, i) => (storage.getSnapshotMemoryInfo({ context })?.threadId === 'T' ? [`w/${i}`] : []));
  assert.deepEqual(wanted, ['w/0', 'w/3', 'w/4', 'w/6']);
  assert.deepEqual(ids(await own.listWorkflowRuns({ threadId: 'T' })), wanted);
  assert.deepEqual(ids(await own.listWorkflowRuns({ threadId: odd })), []);
});

test('moments are the same in every time zone', async (t) => {
  const own = await openWorkflows();
  const before = process.env.TZ;
  t.after(() => (before === undefined ? delete process.env.TZ : (process.env.TZ = before)));
  const moment = new Date('2024-03-10T07:20:00.123Z'); // in a gap of New York's clocks
  process.env.TZ = 'America/New_York';
  await persist({}, { runId: 'r', createdAt: moment, updatedAt: moment }, own);
  process.env.TZ = 'Asia/Tokyo';
  const { runs } = await own.listWorkflowRuns({ fromDate: moment, toDate: moment });
  assert.deepEqual([runs[0].createdAt, runs[0].updatedAt], [moment, moment]);
});

/* ---- Failures, clearing, pruning ---- */

test('failures are told as Mastra tells them', async () => {
  const bad = { workflowName: 'w', runId: 'a\u0000b' };
  const calls = {
    PERSIST_WORKFLOW_SNAPSHOT: workflows.persistWorkflowSnapshot({ ...bad, snapshot: {} }),
    LOAD_WORKFLOW_SNAPSHOT: workflows.loadWorkflowSnapshot(bad),
    UPDATE_WORKFLOW_RESULTS: workflows.updateWorkflowResults({ ...bad, stepId: 's', result: {}, requestContext: {} }),
    UPDATE_WORKFLOW_STATE: workflows.updateWorkflowState({ ...bad, opts: { status: 'x' } }),
    GET_WORKFLOW_RUN_BY_ID: workflows.getWorkflowRunById(bad),
    DELETE_WORKFLOW_RUN_BY_ID: workflows.deleteWorkflowRunById(bad),
  };
  for (const [operation, call] of Object.entries(calls)) {
    const refused = await failure(call);
    assert.equal(refused.id, `MASTRA_STORAGE_PG_${operation}_FAILED`);
    assert.deepEqual([refused.domain, refused.category, refused.details.runId], ['STORAGE', 'THIRD_PARTY', bad.runId]);
  }
});

test('all runs can be cleared, and concurrent updates are fine', async () => {
  const own = await openWorkflows();
  await persist({}, {}, own);
  await own.dangerouslyClearAll();
  assert.deepEqual(await own.listWorkflowRuns(), { runs: [], total: 0 });
  assert.equal(own.supportsConcurrentUpdates(), true);
});

test('runs are pruned by the time of their last change', async () => {
  const own = await openWorkflows();
  const old = new Date(Date.now() - 10 * 864e5);
  for (let i = 0; i < 5; i++) await persist({}, { runId: `old-${i}`, updatedAt: old }, own);
  await persist({}, { runId: 'active', createdAt: old }, own);
  const prune = (policy, options) => own.prune({ workflowSnapshot: policy }, options);
  const table = { domain: 'workflows', table: 'workflow_runs' };
  assert.deepEqual(await prune({ maxAge: '20d' }), [{ ...table, deleted: 0, done: true }]);
  assert.deepEqual(await prune({ maxAge: 1e300 }), [{ ...table, deleted: 0, done: true }]);
  assert.deepEqual(await prune({ maxAge: '7d' }, { maxRows: 1 }), [{ ...table, deleted: 1, done: false }]);
  assert.deepEqual(await prune({ maxAge: '7d', batchSize: 1 }, { maxBatches: 2 }), [{ ...table, deleted: 2, done: false }]);
  assert.deepEqual(await prune({ maxAge: '7d' }, { signal: AbortSignal.abort() }), [{ ...table, deleted: 0, done: false }]);
  assert.deepEqual(await prune({ maxAge: '7d', batchSize: 1e6 }), [{ ...table, deleted: 2, done: true }]);
  assert.deepEqual(ids(await own.listWorkflowRuns()), ['w/active']);
  assert.deepEqual(await own.prune({ messages: { maxAge: '1d' } }), []);
  assert.match((await failure(prune({ maxAge: 'soon' }))).message, /duration/);
  assert.deepEqual(Object.keys(own.constructor.retentionTables), ['workflowSnapshot']);
});
