/* listWorkflowRuns. */
import assert from 'node:assert/strict';
import { at, failure, fresh, open, test } from '../world.mjs';
import { durableSnapshot, persist, runOf, snapshotOf, suspendedSnapshot } from '../flows.mjs';

const store = await open();
const workflows = await store.getStore('workflows');
const workflowName = fresh('w');
for (let n = 0; n < 6; n++) {
  await persist(workflows, {
    workflowName, runId: `run-${n}`, resourceId: n % 2 ? 'odd' : 'even', createdAt: at(n * 1000), updatedAt: at(90000 - n), snapshot: { status: n < 2 ? 'suspended' : 'success' },
  });
}
await persist(workflows, { resourceId: 'odd' });
const list = (args = {}) => workflows.listWorkflowRuns({ workflowName, ...args });
const order = ({ runs }) => runs.map(({ runId }) => Number(runId.slice(4)));

test('the newest first, all of them', async () => {
  const result = await list();
  assert.deepStrictEqual(Object.keys(result).sort(), ['runs', 'total']);
  assert.deepStrictEqual([order(result), result.total], [[5, 4, 3, 2, 1, 0], 6]);
});

test('a run in a list is the run', async () => {
  const { runs } = await list({ perPage: 1, page: 0 });
  assert.deepStrictEqual(runs, [await workflows.getWorkflowRunById({ workflowName, runId: 'run-5' })]);
});

for (const [name, args, expected, total = expected.length] of [
  ['the first page', { perPage: 2, page: 0 }, [5, 4], 6], ['the second', { perPage: 2, page: 1 }, [3, 2], 6], ['the last', { perPage: 4, page: 1 }, [1, 0], 6], ['past the end', { perPage: 4, page: 2 }, [], 6],
  ['perPage without page', { perPage: 2 }, [5, 4, 3, 2, 1, 0]], ['page without perPage', { page: 3 }, [5, 4, 3, 2, 1, 0]], ['perPage false', { perPage: false, page: 0 }, [5, 4, 3, 2, 1, 0]],
  ['from', { fromDate: at(4000) }, [5, 4]], ['to', { toDate: at(1000) }, [1, 0]], ['from and to', { fromDate: at(1000), toDate: at(3000) }, [3, 2, 1]], ['a millisecond after', { fromDate: at(4001) }, [5]],
  ['a millisecond before', { toDate: at(999) }, [0]], ['inverted', { fromDate: at(3000), toDate: at(1000) }, []], ['a resource', { resourceId: 'odd' }, [5, 3, 1]], ['an unknown resource', { resourceId: 'nobody' }, []],
  ['a status', { status: 'suspended' }, [1, 0]], ['an unknown status', { status: 'x' }, []], ['all at once', { status: 'success', resourceId: 'even', fromDate: at(2000), toDate: at(4000), perPage: 1, page: 1 }, [2], 2],
  ['a status and a page', { status: 'success', perPage: 3, page: 1 }, [2], 4], ['an unknown thread', { threadId: fresh() }, []],
]) {
  test(`list: ${name}`, async () => {
    const result = await list(args);
    assert.deepStrictEqual([order(result), result.total], [expected, total]);
  });
}

test('without a name: the runs of all', async () => {
  const { runs, total } = await workflows.listWorkflowRuns();
  assert.deepStrictEqual([runs.length, total], [7, 7]);
  assert.deepStrictEqual(order(await workflows.listWorkflowRuns({ resourceId: 'even' })), [4, 2, 0]);
  assert.equal((await workflows.listWorkflowRuns({})).total, 7);
});

test('an unknown name has none', async () => {
  assert.deepStrictEqual(await list({ workflowName: fresh() }), { runs: [], total: 0 });
  assert.deepStrictEqual(await list({ workflowName: fresh(), perPage: 5, page: 0 }), { runs: [], total: 0 });
});

for (const args of [{ perPage: -1, page: 0 }, { perPage: 2, page: -1 }]) {
  test(`${JSON.stringify(args)} is refused`, async () => {
    const error = await failure(list(args));
    assert.equal(error.id, 'MASTRA_STORAGE_PG_LIST_WORKFLOW_RUNS_FAILED');
    assert.deepStrictEqual(error.details, { workflowName });
  });
}

test('a status follows the run', async () => {
  const run = await persist(workflows, { snapshot: { status: 'running' } });
  const count = async (status) => (await workflows.listWorkflowRuns({ workflowName: run.workflowName, status })).total;
  assert.deepStrictEqual([await count('running'), await count('suspended')], [1, 0]);
  await workflows.updateWorkflowState({ ...run, opts: { status: 'suspended' } });
  assert.deepStrictEqual([await count('running'), await count('suspended')], [0, 1]);
  await workflows.persistWorkflowSnapshot({ ...run, snapshot: snapshotOf(run.runId, { status: 'canceled' }) });
  assert.deepStrictEqual([await count('suspended'), await count('canceled')], [0, 1]);
});

for (const [name, make] of [['a suspended step', suspendedSnapshot], ['the durable loop', durableSnapshot]]) {
  test(`a thread is found at ${name}`, async () => {
    const [threadId, other] = [fresh("t'\"\ud83d\ude00"), fresh('t')];
    const run = runOf();
    await workflows.persistWorkflowSnapshot({ ...run, snapshot: make(run.runId, threadId) });
    const second = { ...run, runId: fresh() };
    await workflows.persistWorkflowSnapshot({ ...second, snapshot: make(second.runId, other) });
    const found = await workflows.listWorkflowRuns({ workflowName: run.workflowName, threadId });
    assert.deepStrictEqual([found.runs.map((r) => r.runId), found.total], [[run.runId], 1]);
    assert.equal((await workflows.listWorkflowRuns({ threadId, status: 'suspended', perPage: 10, page: 0 })).total, 1);
  });
}

test('a thread is found after the run was suspended by a result', async () => {
  const threadId = fresh('t');
  const run = await persist(workflows);
  const { step } = suspendedSnapshot(run.runId, threadId).context;
  await workflows.updateWorkflowResults({ ...run, stepId: 'step', result: step, requestContext: {} });
  assert.equal((await workflows.listWorkflowRuns({ threadId })).total, 1);
});

test('runs of one time: pages add up to the whole, whatever is updated in between', async () => {
  const name = fresh('w');
  const runs = [];
  for (let n = 0; n < 60; n++) runs.push(await persist(workflows, { workflowName: name, runId: `${n % 2 ? 'B' : 'a'}-${n}`, createdAt: at(0) }));
  const seen = [];
  for (let page = 0; page < 10; page++) {
    const result = await workflows.listWorkflowRuns({ workflowName: name, perPage: 6, page });
    seen.push(...result.runs.map((r) => r.runId));
    for (const run of runs.slice(page * 6, page * 6 + 6)) await workflows.updateWorkflowState({ ...run, opts: { status: 'success' } });
  }
  assert.equal(new Set(seen).size, 60);
  assert.deepStrictEqual((await workflows.listWorkflowRuns({ workflowName: name })).runs.map((r) => r.runId), seen);
});

test('more runs than a page of anything', async () => {
  const name = fresh('w');
  await Promise.all(Array.from({ length: 150 }, () => persist(workflows, { workflowName: name })));
  const { runs, total } = await workflows.listWorkflowRuns({ workflowName: name });
  assert.deepStrictEqual([runs.length, total], [150, 150]);
});
