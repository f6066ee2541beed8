/* Scores. */
import assert from 'node:assert/strict';
import { fresh, odd, open, refused, test, together } from '../world.mjs';
import { scoreOf } from '../flows.mjs';

const store = await open();
const scores = await store.getStore('scores');
const pagination = { page: 0, perPage: 100 };
const strip = (object) => Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined && value !== null));

async function saved(fields = {}) {
  const { score } = await scores.saveScore(scoreOf(fields));
  return score;
}

/* What lists are made of. */
const owner = { scorerId: fresh('scorer'), runId: fresh('run'), entityId: fresh('entity'), entityType: 'AGENT', traceId: fresh('trace'), spanId: fresh('span') };
const made = [];
for (let n = 0; n < 7; n++) {
  made.push(await saved({ ...owner, score: n, source: n % 2 ? 'LIVE' : 'TEST', organizationId: n < 4 ? 'org-a' : 'org-b', projectId: n % 3 ? 'p' : 'q' }));
  await new Promise((resolve) => setTimeout(resolve, 3));
}
await saved({ ...owner, scorerId: 'x', runId: 'x', entityId: 'x', spanId: 'x' });

const whole = {
  scorerId: 'scorer', entityId: 'entity', runId: 'run', entityType: 'WORKFLOW', source: 'LIVE', score: 0.5, reason: 'because', input: { a: [1] }, output: { b: 'x' }, additionalContext: { c: 1 }, requestContext: { d: 1 },
  scorer: { id: 's', name: 'S', deep: { x: [1] } }, entity: { id: 'e' }, metadata: { m: 1 }, extractStepResult: undefined, preprocessStepResult: { p: 1 }, analyzeStepResult: { q: 1 }, preprocessPrompt: 'pp', analyzePrompt: 'ap',
  generateScorePrompt: 'gs', generateReasonPrompt: 'gr', reasonPrompt: 'rp', traceId: 'trace', spanId: 'span', resourceId: 'r', threadId: 't', organizationId: 'o', projectId: 'p', batchId: 'b', datasetId: 'd', datasetItemId: 'i',
};

test('a score comes back with all that was given', async () => {
  const before = Date.now();
  const { score, ...rest } = await scores.saveScore(whole);
  assert.deepStrictEqual(rest, {});
  const { id, createdAt, updatedAt } = score;
  assert.ok(typeof id === 'string' && createdAt instanceof Date && updatedAt instanceof Date && createdAt.getTime() >= before - 1000);
  assert.deepStrictEqual(strip(score), strip({ ...whole, id, createdAt, updatedAt }));
  assert.deepStrictEqual(strip(await scores.getScoreById({ id })), strip({ ...whole, id, createdAt, updatedAt }));
});

test('what was not given is null', async () => {
  const { id } = await saved();
  const read = await scores.getScoreById({ id });
  for (const key of ['reason', 'metadata', 'traceId', 'spanId', 'organizationId', 'resourceId', 'additionalContext']) assert.equal(read[key] ?? null, null, key);
});

test('an unknown score is null', async () => {
  assert.equal(await scores.getScoreById({ id: fresh() }), null);
});

for (const [name, fields] of [
  ['odd text', { reason: odd, input: { odd }, output: odd, metadata: { odd } }], ['a score of 0', { score: 0 }], ['a negative score', { score: -1.25 }], ['a small score', { score: 1e-9 }], ['a text as output', { output: 'text' }],
  ['a list as input', { input: [1, 'a', null] }], ['numbers as output', { output: 5 }], ['a large output', { output: { text: 'x'.repeat(300000) } }],
]) {
  test(`a score with ${name}`, async () => {
    const { id } = await saved(fields);
    const read = await scores.getScoreById({ id });
    for (const [key, value] of Object.entries(fields)) assert.deepStrictEqual(read[key], value, key);
  });
}

test('a given id is kept', async () => {
  const id = fresh();
  assert.equal((await saved({ id })).id, id);
  assert.equal((await scores.getScoreById({ id })).id, id);
});

test('a given id replaces the score of that id', async () => {
  const first = await saved({ id: fresh(), score: 1, reason: 'first' });
  await scores.saveScore(scoreOf({ id: first.id, score: 2, scorerId: 'other' }));
  const read = await scores.getScoreById({ id: first.id });
  assert.deepStrictEqual([read.score, read.reason ?? null, read.scorerId], [2, null, 'other']);
  assert.equal((await scores.listScoresByScorerId({ scorerId: first.scorerId, pagination })).pagination.total, 0);
});

test('20 saves of one id at once: one score', async () => {
  const id = fresh();
  const scorerId = fresh('scorer');
  await together(20, (n) => scores.saveScore(scoreOf({ id, scorerId, score: n })));
  assert.equal((await scores.listScoresByScorerId({ scorerId, pagination })).scores.length, 1);
});

for (const [name, fields] of [
  ['no scorerId', { scorerId: undefined }], ['no entityId', { entityId: undefined }], ['no runId', { runId: undefined }], ['no score', { score: undefined }], ['a score that is text', { score: '1' }], ['no scorer', { scorer: undefined }],
  ['no entity', { entity: undefined }], ['no source', { source: undefined }], ['an unknown source', { source: 'OTHER' }], ['a scorer that is text', { scorer: 's' }],
]) {
  test(`${name} is refused`, async () => {
    await refused(scores.saveScore(scoreOf(fields)), 'SAVE_SCORE_VALIDATION_FAILED', { category: 'USER' });
  });
}

test('null is refused', async () => {
  await assert.rejects(scores.saveScore(null));
});

/* --- lists */

const LISTS = {
  listScoresByScorerId: ['scorerId'], listScoresByRunId: ['runId'], listScoresByEntityId: ['entityId', 'entityType'], listScoresBySpan: ['traceId', 'spanId'],
};

for (const [method, keys] of Object.entries(LISTS)) {
  const by = Object.fromEntries(keys.map((key) => [key, owner[key]]));
  const list = (args = {}) => scores[method]({ ...by, pagination, ...args });
  const order = (result) => result.scores.map(({ score }) => score);

  test(`${method}: the newest first, exactly as they are`, async () => {
    const result = await list();
    assert.deepStrictEqual(Object.keys(result).sort(), ['pagination', 'scores']);
    assert.deepStrictEqual(order(result), [6, 5, 4, 3, 2, 1, 0]);
    assert.deepStrictEqual(result.pagination, { total: 7, page: 0, perPage: 100, hasMore: false });
    assert.deepStrictEqual(result.scores[0], await scores.getScoreById({ id: made[6].id }));
  });

  for (const [page, perPage, expected, hasMore] of [[0, 3, [6, 5, 4], true], [1, 3, [3, 2, 1], true], [2, 3, [0], false], [3, 3, [], false], [0, 7, [6, 5, 4, 3, 2, 1, 0], false], [0, false, [6, 5, 4, 3, 2, 1, 0], false]]) {
    test(`${method}: page ${page} of ${perPage}`, async () => {
      const result = await list({ pagination: { page, perPage } });
      assert.deepStrictEqual([order(result), result.pagination], [expected, { total: 7, page, perPage, hasMore }]);
    });
  }

  test(`${method}: 100 to a page where none is said`, async () => {
    assert.equal((await list({ pagination: { page: 0 } })).pagination.perPage, 100);
  });

  for (const [filters, expected] of [[{ organizationId: 'org-b' }, [6, 5, 4]], [{ projectId: 'q' }, [6, 3, 0]], [{ organizationId: 'org-a', projectId: 'q' }, [3, 0]], [{ organizationId: 'none' }, []], [{}, [6, 5, 4, 3, 2, 1, 0]], [{ organizationId: undefined }, [6, 5, 4, 3, 2, 1, 0]]]) {
    test(`${method}: filters ${JSON.stringify(filters)}`, async () => {
      const result = await list({ filters });
      assert.deepStrictEqual([order(result), result.pagination.total], [expected, expected.length]);
    });
  }

  test(`${method}: of unknown ones is empty`, async () => {
    const nobody = Object.fromEntries(keys.map((key) => [key, fresh()]));
    assert.deepStrictEqual(await scores[method]({ ...nobody, pagination }), { scores: [], pagination: { total: 0, page: 0, perPage: 100, hasMore: false } });
  });

  test(`${method}: scores of one time: pages add up to the whole`, async () => {
    const mine = Object.fromEntries(keys.map((key) => [key, key === 'entityType' ? 'AGENT' : fresh()]));
    await together(30, (n) => saved({ ...mine, score: n }));
    const whole30 = order(await scores[method]({ ...mine, pagination }));
    const paged = [];
    for (let page = 0; page < 5; page++) paged.push(...order(await scores[method]({ ...mine, pagination: { page, perPage: 6 } })));
    assert.deepStrictEqual(paged, whole30);
  });
}

for (const [name, args, expected] of [
  ['a source', { source: 'LIVE' }, [5, 3, 1]], ['an entity', { entityId: owner.entityId }, [6, 5, 4, 3, 2, 1, 0]], ['another entity', { entityId: 'nobody' }, []], ['an entity type', { entityType: 'AGENT' }, [6, 5, 4, 3, 2, 1, 0]],
  ['another entity type', { entityType: 'WORKFLOW' }, []], ['all at once', { source: 'TEST', entityId: owner.entityId, entityType: 'AGENT', filters: { organizationId: 'org-a' } }, [2, 0]],
]) {
  test(`listScoresByScorerId narrowed by ${name}`, async () => {
    const result = await scores.listScoresByScorerId({ scorerId: owner.scorerId, pagination, ...args });
    assert.deepStrictEqual([result.scores.map(({ score }) => score), result.pagination.total], [expected, expected.length]);
  });
}

test('an entity of another type is another entity', async () => {
  const { pagination: page } = await scores.listScoresByEntityId({ entityId: owner.entityId, entityType: 'WORKFLOW', pagination });
  assert.equal(page.total, 0);
});
