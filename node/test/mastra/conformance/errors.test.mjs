/* What fails in the database is a MastraError of its operation; here because the tables are not there. */
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { at, failure, make, message, refused, test } from '../world.mjs';
import { chunk, scopeOf } from '../observing.mjs';
import { runOf, scoreOf, snapshotOf } from '../flows.mjs';

const store = make({ disableInit: true });
after(() => store.close());
const { memory, workflows, scores } = store.stores;

const thread = { id: 't', resourceId: 'r', title: 'x', createdAt: at(0), updatedAt: at(0) };
const run = runOf();
const where = scopeOf('thread');
const record = { id: 'x', ...where, scope: 'thread', generationCount: 0, createdAt: at(0), updatedAt: at(0), config: {} };
const pagination = { page: 0, perPage: 10 };

const CALLS = [
  ['GET_THREAD_BY_ID', () => memory.getThreadById({ threadId: 't' }), { threadId: 't' }],
  ['SAVE_THREAD', () => memory.saveThread({ thread }), { threadId: 't' }],
  ['DELETE_THREAD', () => memory.deleteThread({ threadId: 't' }), { threadId: 't' }],
  ['UPDATE_THREAD_RESOURCE_ID', () => memory.updateThreadResourceId({ threadId: 't', resourceId: 'r' }), { threadId: 't', resourceId: 'r' }],
  ['LIST_THREADS', () => memory.listThreads({ filter: { resourceId: 'r', metadata: { a: 1 } } }), { resourceId: 'r', hasMetadataFilter: true, page: 0 }],
  ['LIST_MESSAGES', () => memory.listMessages({ threadId: ['t', 'u'], resourceId: 'r' }), { resourceId: 'r' }],
  ['LIST_MESSAGES_BY_RESOURCE_ID', () => memory.listMessagesByResourceId({ resourceId: 'r' }), { resourceId: 'r' }],
  ['LIST_MESSAGES_BY_ID', () => memory.listMessagesById({ messageIds: ['m'] })],
  ['UPDATE_MESSAGES', () => memory.updateMessages({ messages: [{ id: 'm', content: { content: 'x' } }] })],
  ['DELETE_MESSAGES', () => memory.deleteMessages(['m'])],
  ['GET_OBSERVATIONAL_MEMORY', () => memory.getObservationalMemory('t', 'r'), { threadId: 't', resourceId: 'r' }],
  ['GET_OBSERVATIONAL_MEMORY_HISTORY', () => memory.getObservationalMemoryHistory('t', 'r', 5), { threadId: 't', resourceId: 'r', limit: 5 }],
  ['INITIALIZE_OBSERVATIONAL_MEMORY', () => memory.initializeObservationalMemory({ ...where, scope: 'thread', config: {} }), where],
  ['INSERT_OBSERVATIONAL_MEMORY_RECORD', () => memory.insertObservationalMemoryRecord(record), { id: 'x', ...where }],
  ['UPDATE_ACTIVE_OBSERVATIONS', () => memory.updateActiveObservations({ id: 'x', observations: 'o', tokenCount: 1, lastObservedAt: at(0) }), { id: 'x' }],
  ['UPDATE_BUFFERED_OBSERVATIONS', () => memory.updateBufferedObservations({ id: 'x', chunk: chunk(1) }), { id: 'x' }],
  ['SWAP_BUFFERED_TO_ACTIVE', () => memory.swapBufferedToActive({ id: 'x', activationRatio: 1, messageTokensThreshold: 1, currentPendingTokens: 1 }), { id: 'x' }],
  ['CREATE_REFLECTION_GENERATION', () => memory.createReflectionGeneration({ currentRecord: record, reflection: 'r', tokenCount: 1 }), { currentRecordId: 'x' }],
  ['UPDATE_BUFFERED_REFLECTION', () => memory.updateBufferedReflection({ id: 'x', reflection: 'r', tokenCount: 1, inputTokenCount: 1, reflectedObservationLineCount: 1 }), { id: 'x' }],
  ['SWAP_BUFFERED_REFLECTION_TO_ACTIVE', () => memory.swapBufferedReflectionToActive({ currentRecord: record, tokenCount: 1 }), { id: 'x' }],
  ['SET_REFLECTING_FLAG', () => memory.setReflectingFlag('x', true), { id: 'x', isReflecting: true }],
  ['SET_OBSERVING_FLAG', () => memory.setObservingFlag('x', true), { id: 'x', isObserving: true }],
  ['SET_BUFFERING_OBSERVATION_FLAG', () => memory.setBufferingObservationFlag('x', true), { id: 'x', isBuffering: true, lastBufferedAtTokens: null }],
  ['SET_BUFFERING_REFLECTION_FLAG', () => memory.setBufferingReflectionFlag('x', true), { id: 'x', isBuffering: true }],
  ['SET_PENDING_MESSAGE_TOKENS', () => memory.setPendingMessageTokens('x', 3), { id: 'x', tokenCount: 3 }],
  ['UPDATE_OM_CONFIG', () => memory.updateObservationalMemoryConfig({ id: 'x', config: {} }), { id: 'x' }],
  ['CLEAR_OBSERVATIONAL_MEMORY', () => memory.clearObservationalMemory('t', 'r'), { threadId: 't', resourceId: 'r' }],
  ['PERSIST_WORKFLOW_SNAPSHOT', () => workflows.persistWorkflowSnapshot({ ...run, snapshot: snapshotOf(run.runId) })],
  ['LOAD_WORKFLOW_SNAPSHOT', () => workflows.loadWorkflowSnapshot(run)],
  ['UPDATE_WORKFLOW_RESULTS', () => workflows.updateWorkflowResults({ ...run, stepId: 's', result: {}, requestContext: {} }), { ...run, stepId: 's' }],
  ['UPDATE_WORKFLOW_STATE', () => workflows.updateWorkflowState({ ...run, opts: { status: 'success' } }), run],
  ['LIST_WORKFLOW_RUNS', () => workflows.listWorkflowRuns(), { workflowName: 'all' }],
  ['GET_WORKFLOW_RUN_BY_ID', () => workflows.getWorkflowRunById({ runId: 'x' }), { runId: 'x', workflowName: '' }],
  ['DELETE_WORKFLOW_RUN_BY_ID', () => workflows.deleteWorkflowRunById(run), run],
  ['GET_SCORE_BY_ID', () => scores.getScoreById({ id: 'x' })],
  ['SAVE_SCORE', () => scores.saveScore(scoreOf())],
  ['GET_SCORES_BY_SCORER_ID', () => scores.listScoresByScorerId({ scorerId: 's', pagination })],
  ['GET_SCORES_BY_RUN_ID', () => scores.listScoresByRunId({ runId: 's', pagination })],
  ['GET_SCORES_BY_ENTITY_ID', () => scores.listScoresByEntityId({ entityId: 's', entityType: 'AGENT', pagination })],
  ['GET_SCORES_BY_SPAN', () => scores.listScoresBySpan({ traceId: 't', spanId: 's', pagination })],
];

for (const [operation, call, details = {}] of CALLS) {
  test(`${operation}_FAILED`, async () => {
    const error = await refused(call(), `${operation}_FAILED`, { details });
    assert.ok(error.cause instanceof Error && error instanceof Error);
  });
}

/* The operations that look a thread up first fail with the id of that, or with their own. */
for (const [name, call] of [
  ['saveMessages', () => memory.saveMessages({ messages: [message(thread)] })], ['updateThread', () => memory.updateThread({ id: 't', title: 'x', metadata: {} })], ['copyThread', () => memory.copyThread({ sourceThreadId: 't' })],
  ['saveResource', () => memory.saveResource({ resource: { id: 'r', createdAt: at(0), updatedAt: at(0) } })],
]) {
  test(`${name} fails with a MastraError`, async () => {
    const error = await failure(call());
    assert.match(error.id, /^MASTRA_STORAGE_.*_FAILED$/);
    assert.deepStrictEqual([error.domain, error.category], ['STORAGE', 'THIRD_PARTY']);
  });
}

for (const [name, call] of [['getResourceById', () => memory.getResourceById({ resourceId: 'r' })], ['updateResource', () => memory.updateResource({ resourceId: 'r', workingMemory: 'x' })]]) {
  test(`${name} fails with an Error`, async () => {
    assert.ok((await failure(call())) instanceof Error);
  });
}

test('an error holds no content of messages and no long list of ids', async () => {
  const secret = 'a secret that must not be logged';
  const ids = Array.from({ length: 70000 }, (_, n) => `id-${n}`);
  const errors = await Promise.all([
    failure(memory.saveMessages({ messages: [message(thread, { content: { format: 2, parts: [{ type: 'text', text: secret }] } })] })), failure(memory.listMessagesById({ messageIds: ids })), failure(memory.deleteMessages(ids)),
  ]);
  for (const error of errors) {
    const shown = `${error.message}${JSON.stringify(error.details)}${JSON.stringify(error)}`;
    assert.ok(!shown.includes(secret) && shown.length < 10000, shown.slice(0, 200));
  }
});
