/* The scores domain. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failure, odd, open } from './world.mjs';

const openScores = async () => (await open()).stores.scores;
const scores = await openScores();

function payload(more = {}) {
  return {
    scorerId: 'scorer',
    entityId: 'entity',
    entityType: 'AGENT',
    runId: 'run',
    output: { text: odd },
    score: 0.75,
    scorer: { id: 'scorer', name: 'Scorer' },
    source: 'LIVE',
    entity: { id: 'entity' },
    ...more,
  };
}
const save = async (more, domain = scores) => (await domain.saveScore(payload(more))).score;
const all = { page: 0, perPage: 100 };
const ids = (found) => found.scores.map(({ id }) => id);

test('a score is saved and read', async () => {
  const before = new Date();
  const given = payload({ metadata: { [odd]: [odd] }, input: [1], reason: odd, organizationId: 'org', traceId: 't', spanId: 's' });
  const { score } = await scores.saveScore(given);
  assert.ok(score.createdAt >= before && score.createdAt <= new Date());
  assert.deepEqual(score, { ...given, id: score.id, createdAt: score.createdAt, updatedAt: score.createdAt });
  assert.deepEqual(await scores.getScoreById({ id: score.id }), score);
  for (const id of ['none', '', undefined, null]) assert.equal(await scores.getScoreById({ id }), null);
});

test('a score that is given an id takes the place of the one that has it', async () => {
  const first = await save({ id: 'own', reason: 'first', runId: 'replaced' });
  const second = await save({ id: 'own', score: 1, runId: 'replaced' });
  assert.deepEqual(await scores.getScoreById({ id: 'own' }), second);
  assert.equal('reason' in second, false);
  assert.ok(second.createdAt >= first.createdAt);
  assert.deepEqual(ids(await scores.listScoresByRunId({ runId: 'replaced', pagination: all })), ['own']);
});

const wrong = { scorerId: undefined, entityId: 1, runId: undefined, score: 'high', scorer: 'x', source: 'DEV', entity: undefined };
for (const [field, value] of Object.entries(wrong)) {
  test(`refused: a payload with ${field} = ${value}`, async () => {
    const refused = await failure(scores.saveScore(payload({ [field]: value })));
    assert.equal(refused.id, 'MASTRA_STORAGE_PG_SAVE_SCORE_VALIDATION_FAILED');
    assert.deepEqual([refused.domain, refused.category, refused.details.entityType], ['STORAGE', 'USER', 'AGENT']);
  });
}

test('no payload at all is refused', async () => {
  assert.equal((await failure(scores.saveScore(undefined))).id, 'MASTRA_STORAGE_PG_SAVE_SCORE_VALIDATION_FAILED');
});

test('scores are listed by scorer, run, entity and span, the newest first', async () => {
  const own = await openScores();
  const a = await save({ scorerId: 'S', runId: 'R' }, own);
  const b = await save({ scorerId: 'S', entityId: 'E', source: 'TEST', organizationId: 'O', projectId: 'P' }, own);
  const c = await save({ scorerId: 'S', entityId: 'E', entityType: 'WORKFLOW', traceId: 'T', spanId: 'X' }, own);
  const d = await save({ scorerId: 'Z', traceId: 'T', spanId: 'Y', organizationId: '' }, own);
  const byScorer = async (args) => ids(await own.listScoresByScorerId({ scorerId: 'S', pagination: all, ...args }));
  assert.deepEqual(await byScorer({}), [c.id, b.id, a.id]);
  assert.deepEqual(await byScorer({ entityId: 'E' }), [c.id, b.id]);
  assert.deepEqual(await byScorer({ entityId: 'E', entityType: 'WORKFLOW' }), [c.id]);
  assert.deepEqual(await byScorer({ entityId: '', entityType: undefined, source: 'TEST' }), [b.id]);
  assert.deepEqual(await byScorer({ filters: { organizationId: 'O' } }), [b.id]);
  assert.deepEqual(await byScorer({ filters: { organizationId: 'O', projectId: 'Q' } }), []);
  assert.deepEqual(await byScorer({ scorerId: 'none' }), []);
  assert.deepEqual(ids(await own.listScoresByRunId({ runId: 'R', pagination: all })), [a.id]);
  const entity = { entityId: 'E', entityType: 'AGENT', pagination: all };
  assert.deepEqual(ids(await own.listScoresByEntityId(entity)), [b.id]);
  assert.deepEqual(ids(await own.listScoresBySpan({ traceId: 'T', spanId: 'Y', pagination: all })), [d.id]);
  assert.deepEqual(ids(await own.listScoresBySpan({ traceId: 'T', spanId: 'Y', filters: { organizationId: 'O' }, pagination: all })), []);
});

test('no filters are none, and no pagination is refused', async () => {
  const own = await openScores();
  const { id } = await save({ traceId: 't', spanId: 's' }, own);
  const lists = {
    SCORER_ID: (args) => own.listScoresByScorerId({ scorerId: 'scorer', ...args }),
    RUN_ID: (args) => own.listScoresByRunId({ runId: 'run', ...args }),
    ENTITY_ID: (args) => own.listScoresByEntityId({ entityId: 'entity', entityType: 'AGENT', ...args }),
    SPAN: (args) => own.listScoresBySpan({ traceId: 't', spanId: 's', ...args }),
  };
  for (const [by, list] of Object.entries(lists)) {
    assert.deepEqual(ids(await list({ filters: null, pagination: all })), [id]);
    assert.equal((await failure(list({}))).id, `MASTRA_STORAGE_PG_GET_SCORES_BY_${by}_FAILED`);
  }
});

test('what is asked for by nothing is nothing, not all', async () => {
  const nothing = { scores: [], pagination: { total: 0, page: 0, perPage: 100, hasMore: false } };
  await save();
  assert.deepEqual(await scores.listScoresByRunId({ runId: undefined, pagination: all }), nothing);
  assert.deepEqual(await scores.listScoresByScorerId({ scorerId: 'scorer', filters: { organizationId: null }, pagination: all }), nothing);
  assert.deepEqual(await scores.listScoresByEntityId({ entityId: 'entity', entityType: null, pagination: all }), nothing);
});

test('pages have their numbers', async () => {
  const own = await openScores();
  for (let i = 0; i < 5; i++) await save({ id: `s${i}` }, own);
  const page = async (pagination) => own.listScoresByRunId({ runId: 'run', pagination });
  const first = await page({ page: 0, perPage: 2 });
  assert.deepEqual(first.pagination, { total: 5, page: 0, perPage: 2, hasMore: true });
  assert.deepEqual(ids(first), ['s4', 's3']);
  const last = await page({ page: 2, perPage: 2 });
  assert.deepEqual([ids(last), last.pagination.hasMore], [['s0'], false]);
  assert.deepEqual((await page({ page: 9, perPage: 2 })).pagination, { total: 5, page: 9, perPage: 2, hasMore: false });
  const whole = await page({ page: 0, perPage: false });
  assert.deepEqual([ids(whole).length, whole.pagination], [5, { total: 5, page: 0, perPage: false, hasMore: false }]);
  assert.deepEqual((await page({ page: 0 })).pagination.perPage, 100);
  assert.deepEqual(await page({ page: 0, perPage: 0 }), { scores: [], pagination: { total: 5, page: 0, perPage: 0, hasMore: true } });
  for (const bad of [{ page: -1, perPage: 1 }, { page: 0, perPage: -1 }]) {
    assert.equal((await failure(page(bad))).id, 'MASTRA_STORAGE_PG_GET_SCORES_BY_RUN_ID_FAILED');
  }
});

test('paging through ties neither skips nor repeats', async () => {
  const own = await openScores();
  const wanted = Array.from({ length: 40 }, (_, i) => `s${i}`);
  for (const id of wanted) await own.store.scores.put({ id, runId: 'run', document: payload(), createdAt: new Date(0) });
  const seen = [];
  for (let page = 0; page < 8; page++) {
    seen.push(...ids(await own.listScoresByRunId({ runId: 'run', pagination: { page, perPage: 5 } })));
  }
  assert.deepEqual([...seen].sort(), [...wanted].sort());
});

test('failures are told as Mastra tells them', async () => {
  const bad = 'a\u0000b';
  const calls = {
    GET_SCORE_BY_ID: scores.getScoreById({ id: bad }),
    SAVE_SCORE: scores.saveScore(payload({ runId: bad })),
    GET_SCORES_BY_SCORER_ID: scores.listScoresByScorerId({ scorerId: bad, pagination: all }),
    GET_SCORES_BY_RUN_ID: scores.listScoresByRunId({ runId: bad, pagination: all }),
    GET_SCORES_BY_ENTITY_ID: scores.listScoresByEntityId({ entityId: bad, entityType: 'AGENT', pagination: all }),
    GET_SCORES_BY_SPAN: scores.listScoresBySpan({ traceId: bad, spanId: 's', pagination: all }),
  };
  for (const [operation, call] of Object.entries(calls)) {
    const refused = await failure(call);
    assert.equal(refused.id, `MASTRA_STORAGE_PG_${operation}_FAILED`);
    assert.deepEqual([refused.domain, refused.category], ['STORAGE', 'THIRD_PARTY']);
  }
});

test('scores are pruned by age, and cleared', async () => {
  const own = await openScores();
  for (let i = 0; i < 3; i++) {
    await own.store.scores.put({ id: `old-${i}`, document: payload(), createdAt: new Date(Date.now() - 10 * 864e5) });
  }
  await save({ id: 'new' }, own);
  const found = await own.prune({ scorers: { maxAge: '7d', batchSize: 2 } });
  assert.deepEqual(found, [{ domain: 'scores', table: 'scores', deleted: 3, done: true }]);
  assert.equal((await own.getScoreById({ id: 'new' })).id, 'new');
  await own.dangerouslyClearAll();
  assert.equal(await own.getScoreById({ id: 'new' }), null);
});
