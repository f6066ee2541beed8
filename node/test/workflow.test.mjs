/* Runs, scores, taking away what is old: what each answers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failure, odd, open } from './world.mjs';

const store = open();
const day = (n) => new Date(Date.UTC(2024, 0, n));
const ids = (runs) => runs.map(({ workflowName, runId }) => `${workflowName}/${runId}`);

async function collect(rows) {
  const all = [];
  for await (const row of rows) all.push(row);
  return all;
}

test('a run is put, read, and deleted', async () => {
  const snapshot = { status: 'running', [odd]: [odd, null], context: {} };
  const run = { workflowName: 'w', runId: 'r', resourceId: 'ada', snapshot, createdAt: day(1), updatedAt: day(2) };
  assert.deepEqual(await store.runs.put(run), { inserted: true });
  const read = await store.runs.get({ workflowName: 'w', runId: 'r' });
  const micros = { createdAtMicros: String(day(1) * 1000), updatedAtMicros: String(day(2) * 1000) };
  assert.deepEqual(read, { ...run, ...micros });
  assert.deepEqual(await store.runs.put({ ...read, resourceId: undefined }), { inserted: false });
  const raw = await store.runs.get({ runId: 'r', raw: true });
  assert.deepEqual(JSON.parse(raw.snapshotJson), snapshot);
  assert.equal(raw.snapshot, undefined);
  assert.equal(raw.resourceId, 'ada');
  assert.equal(await store.runs.delete({ workflowName: 'w', runId: 'r' }), 1);
  assert.equal(await store.runs.delete({ workflowName: 'w', runId: 'r' }), 0);
  assert.equal((await failure(store.runs.get({ runId: 'r' }))).code, 'NOT_FOUND');
});

test('runs are listed by filter, order, page and cursor', async () => {
  const own = open();
  for (let i = 0; i < 5; i++) {
    const snapshot = { status: i % 2 ? 'odd' : 'even', context: { input: { messageListState: { memoryInfo: { threadId: `T${i}` } } } } };
    await own.runs.put({ workflowName: i < 4 ? 'w' : 'x', runId: `r${i}`, resourceId: 'ada', snapshot, createdAt: day(i + 1) });
  }
  const listed = async (query) => ids((await own.runs.list(query)).runs);
  assert.deepEqual(await listed({}), ['w/r0', 'w/r1', 'w/r2', 'w/r3', 'x/r4']);
  assert.deepEqual(await listed({ workflowName: 'w', direction: 'descending', limit: 2, page: 1 }), ['w/r1', 'w/r0']);
  assert.deepEqual(await listed({ status: 'odd' }), ['w/r1', 'w/r3']);
  assert.deepEqual(await listed({ resourceId: '' }), []);
  assert.deepEqual(await listed({ resourceId: 'ada', from: day(2), until: day(4) }), ['w/r1', 'w/r2']);
  assert.deepEqual(await listed({ threadId: 'T4' }), ['x/r4']);
  const page = await own.runs.list({ limit: 2, withTotal: true });
  assert.deepEqual([page.total, page.hasMore], [5, true]);
  assert.deepEqual(ids((await own.runs.list({ limit: 2, cursor: page.next })).runs), ['w/r2', 'w/r3']);
  assert.equal((await collect(own.runs.iterate({ limit: 2 }))).length, 5);
});

test('a step answers the context, a state the run', async () => {
  const run = { workflowName: 'w', runId: 'steps' };
  const initial = { status: 'pending', context: { input: 1 } };
  const first = { ...run, stepId: odd, result: { output: [1], gone: 1 }, requestContext: { k: 1 }, initial };
  assert.deepEqual(await store.runs.step(first), { input: 1, [odd]: { output: [1], gone: 1 } });
  const second = { ...run, stepId: odd, result: { output: [null, 2] }, resultWithout: ['gone'], requestContextWithout: ['k'], raw: true };
  assert.deepEqual(JSON.parse(await store.runs.step(second)), { input: 1, [odd]: { output: [1, 2] } });
  assert.deepEqual((await store.runs.get(run)).snapshot.requestContext, {});
  assert.deepEqual((await store.runs.step({ ...run, stepId: 's', resultJson: '[1]' })).s, [1]);

  const members = { status: 'running' };
  assert.equal(await store.runs.state({ ...run, members, expected: ['other'] }), null);
  assert.equal(await store.runs.state({ ...run, members, expected: [] }), null);
  const changed = await store.runs.state({ ...run, members, without: ['requestContext'], expected: ['x', 'pending'] });
  assert.equal(changed.snapshot.status, 'running');
  assert.equal('requestContext' in changed.snapshot, false);
  assert.equal(await store.runs.state({ workflowName: 'w', runId: 'none', members }), null);
  await store.runs.put({ ...run, snapshot: {} });
  assert.equal((await failure(store.runs.step({ ...run, stepId: 's', result: 1 }))).code, 'NOT_FOUND');
});

test('a score is put, read, and listed', async () => {
  const documentJson = '{ "b":1.10, "a":"\\u0000" }';
  const marks = { scorerId: 'S', runId: 'R', entityId: 'E', entityType: 'AGENT', source: 'LIVE' };
  const put = await store.scores.put({ id: 's1', ...marks, traceId: 'T', spanId: 'P', documentJson, createdAt: day(1) });
  assert.deepEqual([put.id, put.inserted, put.createdAt, put.organizationId], ['s1', true, day(1), null]);
  assert.equal((await store.scores.get('s1', { raw: true })).documentJson, documentJson);
  const read = await store.scores.get('s1');
  assert.deepEqual(read.document, { b: 1.1, a: '\u0000' });
  assert.equal((await store.scores.put(read)).inserted, false);
  assert.equal((await failure(store.scores.get('none'))).code, 'NOT_FOUND');
  await store.scores.put({ id: 's2', scorerId: 'S', document: [odd], createdAt: day(2) });
  const listed = async (query) => (await store.scores.list(query)).scores.map(({ id }) => id);
  assert.deepEqual(await listed({ scorerId: 'S', direction: 'descending' }), ['s2', 's1']);
  assert.deepEqual(await listed({ entityId: 'E', entityType: 'AGENT' }), ['s1']);
  assert.deepEqual(await listed({ traceId: 'T', spanId: 'Q' }), []);
  assert.deepEqual(await listed({ from: day(2) }), ['s2']);
  assert.deepEqual((await store.scores.list({ limit: 1, page: 1, withTotal: true })).total, 2);
  assert.deepEqual((await collect(store.scores.iterate({ limit: 1 })))[1].document, [odd]);
});

test('what is old is pruned, and all is cleared', async () => {
  const own = open();
  for (let i = 1; i <= 3; i++) {
    await own.threads.create({ id: `t${i}`, createdAt: day(i) });
    await own.messages.append({ threadId: `t${i}`, messages: [{ role: 'user', text: 'x', createdAt: day(i) }] });
    await own.runs.put({ workflowName: 'w', runId: `r${i}`, snapshot: {}, updatedAt: day(i) });
    await own.scores.put({ id: `s${i}`, document: 1, createdAt: day(i) });
  }
  await assert.rejects(own.prune({ table: 'runs', before: day(2), cursor: 't1' }), { code: 'INVALID', message: 'cursor: only messages have one' });
  assert.deepEqual(await own.prune({ table: 'messages', before: day(2) }), { count: 1, next: 't1' });
  assert.deepEqual(await own.prune({ table: 'messages', before: day(9), cursor: 't3' }), { count: 1, next: 't3' });
  assert.deepEqual(await own.prune({ table: 'messages', before: day(2) }), { count: 0 });
  assert.deepEqual(await own.prune({ table: 'threads', before: day(3), limit: 1 }), { count: 1 });
  assert.deepEqual((await own.threads.list()).threads.map(({ id }) => id), ['t2', 't3']);
  assert.deepEqual(await own.prune({ table: 'runs', before: day(3) }), { count: 2 });
  assert.deepEqual(await own.prune({ table: 'scores', before: day(9) }), { count: 3 });
  assert.deepEqual(await own.prune({ table: 'resources', before: day(9) }), { count: 0 });
  assert.equal(await own.clear('memory'), 2);
  assert.equal((await own.threads.list()).threads.length, 0);
  assert.equal(await own.clear('runs'), 1);
  assert.equal(await own.clear('scores'), 0);
});

const refused = [
  ['runs.put', { workflowName: 'w', runId: 'r' }, /snapshot: is missing/],
  ['runs.put', { workflowName: 'w', runId: 'r', snapshot: [] }, /snapshot: is not an object/],
  ['runs.put', { runId: 'r', snapshot: {} }, /workflowName: is missing/],
  ['runs.get', { workflowName: 'w' }, /runId: is missing/],
  ['runs.list', { since: 1 }, /since: is nothing/],
  ['runs.step', { workflowName: 'w', runId: 'r', stepId: 's' }, /result: is missing/],
  ['runs.step', { workflowName: 'w', runId: 'r', stepId: 's', result: 1, resultJson: '1' }, /result: is given twice/],
  ['runs.step', { workflowName: 'w', runId: 'r', stepId: 's', result: 1, resultWithout: 'x' }, /resultWithout: is not an array/],
  ['runs.state', { workflowName: 'w', runId: 'r' }, /members: is missing/],
  ['scores.put', { id: 's' }, /document: is missing/],
  ['scores.list', { limit: -1 }, /limit/],
  ['prune', { table: 'metadata', before: day(1) }, /table: is none of/],
  ['prune', { before: day(1) }, /table: is missing/],
  ['prune', { table: 'runs' }, /before: is missing/],
  ['clear', undefined, /what: is missing/],
  ['clear', 'everything', /what: is none of/],
];
for (const [name, argument, message] of refused) {
  test(`refused: ${name}(${JSON.stringify(argument)})`, async () => {
    const [group, method] = name.includes('.') ? name.split('.') : [undefined, name];
    const target = group === undefined ? store : store[group];
    const error = await failure(target[method](argument));
    assert.equal(error.code, 'INVALID');
    assert.match(error.message, message);
  });
}
