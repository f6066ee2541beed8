/* Workflow runs: snapshots, states, and what is refused. */
import assert from 'node:assert/strict';
import { at, fresh, odd, open, refused, test, together } from '../world.mjs';
import { persist, runOf, snapshotOf } from '../flows.mjs';

const store = await open();
const workflows = await store.getStore('workflows');
const load = ({ workflowName, runId }) => workflows.loadWorkflowSnapshot({ workflowName, runId });
const get = ({ workflowName, runId }) => workflows.getWorkflowRunById({ workflowName, runId });
const state = ({ workflowName, runId }, opts) => workflows.updateWorkflowState({ workflowName, runId, opts });

test('the store says that concurrent updates are safe', () => {
  assert.equal(workflows.supportsConcurrentUpdates(), true);
});

test('a snapshot comes back as it was saved', async () => {
  const run = await persist(workflows);
  assert.deepStrictEqual(await load(run), run.snapshot);
});

test('a run has exactly its fields', async () => {
  const run = await persist(workflows, { resourceId: 'r', createdAt: at(0), updatedAt: at(1) });
  assert.deepStrictEqual(await get(run), run);
});

test('persistWorkflowSnapshot gives nothing', async () => {
  const run = runOf();
  assert.equal(await workflows.persistWorkflowSnapshot({ ...run, snapshot: snapshotOf(run.runId) }), undefined);
});

test('an unknown run is null', async () => {
  assert.equal(await load(runOf()), null);
  assert.equal(await get(runOf()), null);
  assert.equal(await workflows.getWorkflowRunById({ runId: fresh() }), null);
});

test('a run without a resource reads as null', async () => {
  assert.equal((await get(await persist(workflows))).resourceId, null);
});

test('a run without dates is of now', async () => {
  const before = Date.now();
  const { createdAt, updatedAt } = await get(await persist(workflows));
  for (const date of [createdAt, updatedAt]) assert.ok(date instanceof Date && date.getTime() >= before - 1000 && date.getTime() <= Date.now() + 1000);
});

test('saving again replaces the snapshot and updatedAt, and keeps createdAt and resource', async () => {
  const run = await persist(workflows, { resourceId: 'r', createdAt: at(0), updatedAt: at(1) });
  const snapshot = snapshotOf(run.runId, { status: 'success', result: { a: 1 } });
  await workflows.persistWorkflowSnapshot({ workflowName: run.workflowName, runId: run.runId, snapshot, createdAt: at(50), updatedAt: at(2) });
  assert.deepStrictEqual(await get(run), { ...run, snapshot, updatedAt: at(2) });
});

test('saving again with another resource sets it', async () => {
  const run = await persist(workflows, { resourceId: 'r' });
  await workflows.persistWorkflowSnapshot({ ...run, resourceId: 's' });
  assert.equal((await get(run)).resourceId, 's');
});

test('one run id under two names is two runs', async () => {
  const runId = fresh();
  const old = await persist(workflows, { runId, createdAt: at(0) });
  const young = await persist(workflows, { runId, createdAt: at(1) });
  assert.equal((await get(old)).workflowName, old.workflowName);
  assert.equal((await workflows.getWorkflowRunById({ runId })).workflowName, young.workflowName);
  await workflows.deleteWorkflowRunById({ runId, workflowName: young.workflowName });
  assert.equal((await workflows.getWorkflowRunById({ runId })).workflowName, old.workflowName);
  assert.equal(await load(young), null);
});

test('getWorkflowRunById with the wrong name is null', async () => {
  const { runId } = await persist(workflows);
  assert.equal(await workflows.getWorkflowRunById({ runId, workflowName: fresh() }), null);
});

test('deleting is final, and of an unknown run fine', async () => {
  const run = await persist(workflows);
  assert.equal(await workflows.deleteWorkflowRunById(run), undefined);
  assert.deepStrictEqual([await load(run), await get(run)], [null, null]);
  await workflows.deleteWorkflowRunById(run);
});

for (const [name, fields] of [
  ['deep values', { result: { a: [{ b: null }, [], {}] } }], ['numbers', { value: { n: [0, -1.5, 1e21, 1e-7, 9007199254740991] } }], ['unicode', { value: { '\u4e2d': '\ud83d\ude00 \u05e9' } }],
  ['keys of prototypes', { value: JSON.parse('{"__proto__": 1, "constructor": {"a": 1}}') }], ['an error', { error: { name: 'Error', message: 'm', stack: 's' } }], ['a large one', { value: { text: 'x'.repeat(1 << 20) } }],
  ['quotes and escapes', { value: { text: '"\\ \n \u2028 \\u0000' } }],
]) {
  test(`a snapshot with ${name}`, async () => {
    const run = await persist(workflows, { snapshot: fields });
    assert.deepStrictEqual(await load(run), run.snapshot);
    assert.deepStrictEqual((await get(run)).snapshot, run.snapshot);
  });
}

test('undefined in a snapshot is dropped', async () => {
  const run = await persist(workflows, { snapshot: { value: { a: undefined, b: 1 }, error: undefined } });
  const read = await load(run);
  assert.deepStrictEqual([read.value, 'error' in read], [{ b: 1 }, false]);
});

test('odd text in a snapshot does not fail, and the run can be changed', async () => {
  const run = await persist(workflows, { snapshot: { value: { odd, [odd]: 1 } } });
  assert.equal(typeof (await load(run)).value.odd, 'string');
  assert.equal((await state(run, { status: 'success', result: { odd } })).status, 'success');
  const context = await workflows.updateWorkflowResults({ ...run, stepId: 's', result: { status: 'success', output: odd }, requestContext: { odd } });
  assert.equal(typeof context.s.output, 'string');
  assert.equal((await load(run)).status, 'success');
});

for (const [name, id] of [['quotes', "o'neil\""], ['emoji', '\ud83d\ude00'], ['spaces', ' a '], ['SQL', "'; --"], ['200 characters', 'n'.repeat(200)]]) {
  test(`names and ids with ${name}`, async () => {
    const run = await persist(workflows, { workflowName: id, runId: id + fresh(), resourceId: id });
    assert.deepStrictEqual([(await get(run)).runId, (await get(run)).resourceId], [run.runId, id]);
    assert.ok((await workflows.listWorkflowRuns({ workflowName: id, resourceId: id })).runs.some(({ runId }) => runId === run.runId));
  });
}

test('a snapshot with a very long thread id is no failure', async () => {
  const threadId = Array.from({ length: 900 }, () => fresh()).join('');
  const snapshot = { context: { input: { messageListState: { memoryInfo: { threadId } } } } };
  const run = await persist(workflows, { snapshot });
  assert.equal((await load(run)).context.input.messageListState.memoryInfo.threadId, threadId);
});

/* --- updateWorkflowState */

test('a state is merged at the top level and given back whole', async () => {
  const run = await persist(workflows, { snapshot: { value: { a: 1 }, result: { old: 1 } } });
  const opts = { status: 'success', result: { b: 2 }, suspendedPaths: { x: [1] }, resumeLabels: { l: { stepId: 'a' } } };
  const updated = await state(run, opts);
  assert.deepStrictEqual(updated, { ...run.snapshot, ...opts });
  assert.deepStrictEqual(await load(run), updated);
});

test('a state moves updatedAt and keeps createdAt and resource', async () => {
  const run = await persist(workflows, { resourceId: 'r', createdAt: at(0), updatedAt: at(1) });
  await state(run, { status: 'success' });
  const { createdAt, updatedAt, resourceId } = await get(run);
  assert.deepStrictEqual([createdAt, resourceId], [at(0), 'r']);
  assert.ok(updatedAt > at(1));
});

test('a state of an unknown run is undefined, and makes none', async () => {
  const run = runOf();
  assert.equal(await state(run, { status: 'success' }), undefined);
  assert.equal(await get(run), null);
});

for (const [expectedStatus, status] of [
  ['running', 'success'], [['running'], 'success'], [['suspended', 'running'], 'success'], ['suspended', undefined], [['suspended', 'pending'], undefined], [[], undefined], ['RUNNING', undefined], [undefined, 'success'],
]) {
  test(`a run that runs, expected ${JSON.stringify(expectedStatus)}`, async () => {
    const run = await persist(workflows, { createdAt: at(0), updatedAt: at(1) });
    const updated = await state(run, { status: 'success', expectedStatus });
    assert.equal(updated?.status, status);
    const read = await get(run);
    assert.equal('expectedStatus' in read.snapshot, false);
    if (status === undefined) assert.deepStrictEqual([read.snapshot, read.updatedAt], [run.snapshot, at(1)]);
    else assert.equal(read.snapshot.status, 'success');
  });
}

test('expectedStatus of an unknown run is undefined', async () => {
  assert.equal(await state(runOf(), { status: 'success', expectedStatus: 'running' }), undefined);
});

test('of 20 that compare and set at once, one wins', async () => {
  const run = await persist(workflows, { snapshot: { status: 'suspended' } });
  const results = await together(20, (n) => state(run, { status: 'running', result: { n }, expectedStatus: 'suspended' }));
  const winners = results.filter((result) => result !== undefined);
  assert.equal(winners.length, 1);
  assert.deepStrictEqual((await load(run)).result, winners[0].result);
});

test('20 states at once that set different keys are all kept', async () => {
  const run = await persist(workflows);
  await together(20, (n) => state(run, { status: 'running', [`k${n}`]: n }));
  assert.equal(Object.keys(await load(run)).filter((key) => /^k\d+$/.test(key)).length, 20);
});

/* --- updateWorkflowResults */

const results = (run, stepId, result, requestContext = {}) => workflows.updateWorkflowResults({ workflowName: run.workflowName, runId: run.runId, stepId, result, requestContext });

test('a result is set, and the whole context comes back', async () => {
  const run = await persist(workflows);
  const result = { status: 'success', output: { b: 1 }, payload: {}, startedAt: 1, endedAt: 2 };
  const context = await results(run, 'b', result);
  assert.deepStrictEqual(context, { ...run.snapshot.context, b: result });
  assert.deepStrictEqual(await load(run), { ...run.snapshot, context });
});

test('a result replaces the one before', async () => {
  const run = await persist(workflows);
  assert.deepStrictEqual((await results(run, 'a', { status: 'failed', error: 'e' })).a, { status: 'failed', error: 'e' });
});

test('a result comes back as it was given, not as JSON has it', async () => {
  const run = await persist(workflows);
  const values = { when: new Date(5), named: new Map([['k', 1]]), failed: new TypeError('no'), found: /x/g };
  const { b } = await results(run, 'b', { status: 'success', output: values });
  for (const [name, value] of Object.entries(values)) assert.equal(b.output[name], value);
  assert.equal((await load(run)).context.b.output.when, values.when.toJSON());
});

test('of a list of results, those that were given come back as they are', async () => {
  const run = await persist(workflows);
  await results(run, 'each', { status: 'running', output: [{ when: new Date(1) }, null] });
  const given = { when: new Date(2) };
  const { each } = await results(run, 'each', { status: 'success', output: [null, given] });
  assert.deepStrictEqual(each, { status: 'success', output: [{ when: new Date(1).toJSON() }, given] });
});

test('the request context is merged', async () => {
  const run = await persist(workflows, { snapshot: { requestContext: { a: 1, b: { x: 1 } } } });
  await results(run, 's', { status: 'success' }, { b: { y: 2 }, c: 3 });
  assert.deepStrictEqual((await load(run)).requestContext, { a: 1, b: { y: 2 }, c: 3 });
});

test('a result of an unknown run makes one that is pending', async () => {
  const run = runOf();
  const before = Date.now();
  assert.deepStrictEqual(await results(run, 's', { status: 'success', output: 1 }, { a: 1 }), { s: { status: 'success', output: 1 } });
  const { timestamp, ...snapshot } = await load(run);
  assert.ok(timestamp >= before - 1000 && timestamp <= Date.now() + 1000);
  assert.deepStrictEqual(snapshot, {
    runId: run.runId, status: 'pending', context: { s: { status: 'success', output: 1 } }, requestContext: { a: 1 }, value: {}, activePaths: [], activeStepsPath: {}, suspendedPaths: {},
    resumeLabels: {}, serializedStepGraph: [], waitingPaths: {},
  });
  assert.equal((await get(run)).resourceId, null);
});

test('a snapshot without a context is an error', async () => {
  const run = await persist(workflows, { snapshot: { context: undefined } });
  await refused(results(run, 's', { status: 'success' }), 'UPDATE_WORKFLOW_RESULTS_FAILED', { details: { runId: run.runId, stepId: 's' } });
  await refused(state(run, { status: 'success' }), 'UPDATE_WORKFLOW_STATE_FAILED', { details: { runId: run.runId } });
});

const P = { __mastra_pending__: true };
const S = { status: 'suspended', suspendPayload: { a: 1 } };
for (const [name, before, after, expected] of [
  ['by index, null keeps', [1, 2, 3], [null, 5, null], [1, 5, 3]], ['a longer new one', [1], [null, 2, 3], [1, 2, 3]], ['a shorter new one', [1, 2, 3], [9], [9, 2, 3]], ['null past the end', [1], [null, null], [1, null]],
  ['an empty new one', [1, 2], [], [1, 2]], ['an empty old one', [], [1, null], [1, null]], ['a marker resets null', [null, 2], [P, null], [null, 2]], ['a marker resets what is suspended', [S, 2], [P, null], [null, 2]],
  ['a marker resets a marker', [P, 2], [P], [null, 2]], ['a marker leaves what is done', [1, 2], [P, P], [1, 2]], ['with a marker only markers act', [1, S], [9, P], [1, null]], ['a marker past the end', [1], [null, P], [1, null]],
  ['a marker with more keys is a value', [1], [{ ...P, a: 1 }], [{ ...P, a: 1 }]], ['a marker of false is a value', [1], [{ __mastra_pending__: false }], [{ __mastra_pending__: false }]],
  ['suspended without a payload is a value', [{ status: 'suspended' }], [P], [{ status: 'suspended' }]], ['suspendedAt is enough', [{ status: 'suspended', suspendedAt: 1 }], [P], [null]],
  ['false and 0 and \'\' are values', [1, 2, 3], [false, 0, ''], [false, 0, '']], ['lists within are values', [[1], [2]], [[3], null], [[3], [2]]],
]) {
  test(`two outputs that are lists: ${name}`, async () => {
    const run = await persist(workflows);
    await results(run, 'each', { status: 'running', output: before, old: 1 });
    const context = await results(run, 'each', { status: 'success', output: after, fresh: 1 });
    const marked = after.some((one) => JSON.stringify(one) === JSON.stringify(P));
    const expectedResult = marked ? { status: 'running', output: expected, old: 1 } : { status: 'success', output: expected, old: 1, fresh: 1 };
    assert.deepStrictEqual(context.each, expectedResult);
    assert.deepStrictEqual((await load(run)).context.each, expectedResult);
  });
}

for (const [name, before, after] of [['a list and no list', [1], { a: 1 }], ['no list and a list', { a: 1 }, [1]], ['none before', undefined, [1, null]], ['none after', [1], undefined]]) {
  test(`outputs: ${name}: the new one`, async () => {
    const run = await persist(workflows);
    await results(run, 's', { status: 'running', ...(before === undefined ? {} : { output: before }), old: 1 });
    const result = { status: 'success', ...(after === undefined ? {} : { output: after }) };
    assert.deepStrictEqual((await results(run, 's', result)).s, result);
  });
}

for (const stepId of ['a.b', 'a b', "o'neil\"", '\ud83d\ude00', '__proto__', 'constructor', '0', '{x}', 'a,b', '$.a', '']) {
  test(`a step called ${JSON.stringify(stepId)}`, async () => {
    const run = await persist(workflows);
    await results(run, stepId, { status: 'success', output: [1, null] });
    await results(run, stepId, { status: 'success', output: [null, 2] });
    const { context } = await load(run);
    if (stepId !== '__proto__') assert.deepStrictEqual(context[stepId], { status: 'success', output: [1, 2] });
    assert.deepStrictEqual(context.a, run.snapshot.context.a);
  });
}

for (const where of ['a run', 'an unknown run']) {
  test(`20 results of ${where} at once are all kept`, async () => {
    const run = where === 'a run' ? await persist(workflows) : runOf();
    const contexts = await together(20, (n) => results(run, `s${n}`, { status: 'success', output: n }, { [`k${n}`]: n }));
    const { context, requestContext } = await load(run);
    assert.equal(Object.keys(context).filter((key) => /^s\d+$/.test(key)).length, 20);
    assert.equal(Object.keys(requestContext).length, 20);
    contexts.forEach((one, n) => assert.equal(one[`s${n}`].output, n));
  });
}

test('20 entries of one list at once are all kept', async () => {
  const run = await persist(workflows);
  await results(run, 'each', { status: 'running', output: Array(20).fill(null) });
  await together(20, (n) => results(run, 'each', { status: 'running', output: Array.from({ length: 20 }, (_, i) => (i === n ? n : null)) }));
  assert.deepStrictEqual((await load(run)).context.each.output, Array.from({ length: 20 }, (_, n) => n));
});

test('results and states at once are all kept', async () => {
  const run = await persist(workflows);
  await together(20, (n) => (n % 2 ? results(run, `s${n}`, { status: 'success' }) : state(run, { status: 'running', [`k${n}`]: n })));
  const snapshot = await load(run);
  assert.equal(Object.keys(snapshot).filter((key) => /^k\d+$/.test(key)).length, 10);
  assert.equal(Object.keys(snapshot.context).filter((key) => /^s\d+$/.test(key)).length, 10);
});

test('20 first saves of one run at once all succeed', async () => {
  const run = runOf();
  await together(20, (n) => workflows.persistWorkflowSnapshot({ ...run, snapshot: snapshotOf(run.runId, { value: { n } }) }));
  assert.equal((await workflows.listWorkflowRuns({ workflowName: run.workflowName })).total, 1);
});
