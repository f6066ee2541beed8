/* One call of every method of the domains, for tests that want them all. Each works on data of its own. */
import { at, fresh, message, saveMessages, saveThread } from './world.mjs';
import { begin, buffer, chunk } from './observing.mjs';
import { persist, runOf, scoreOf } from './flows.mjs';

export async function everyMethod({ memory, workflows, scores }) {
  const thread = await saveThread(memory);
  await saveMessages(memory, thread, 5);
  const record = await begin(memory);
  await buffer(memory, record.id, [chunk(1)]);
  const run = await persist(workflows);
  const { threadId, resourceId } = record;
  const pagination = { page: 0, perPage: 5 };
  const reflection = { id: record.id, reflection: 'r', tokenCount: 1, inputTokenCount: 1, reflectedObservationLineCount: 1 };
  return {
    getThreadById: () => memory.getThreadById({ threadId: thread.id }),
    saveThread: () => memory.saveThread({ thread: { ...thread, id: fresh() } }),
    updateThread: () => memory.updateThread({ id: thread.id, title: 't', metadata: { a: 1 } }),
    updateThreadResourceId: () => memory.updateThreadResourceId({ threadId: thread.id, resourceId: fresh() }),
    listThreads: () => memory.listThreads({}),
    listMessages: () => memory.listMessages({ threadId: thread.id, include: [{ id: `${thread.id}/1`, withPreviousMessages: 1 }] }),
    listMessagesByResourceId: () => memory.listMessagesByResourceId({ resourceId: thread.resourceId }),
    listMessagesById: () => memory.listMessagesById({ messageIds: [`${thread.id}/1`] }),
    saveMessages: () => memory.saveMessages({ messages: [message(thread)] }),
    updateMessages: () => memory.updateMessages({ messages: [{ id: `${thread.id}/1`, content: { metadata: { a: 1 } } }] }),
    deleteMessages: () => memory.deleteMessages([`${thread.id}/4`]),
    copyThread: () => memory.copyThread({ sourceThreadId: thread.id }),
    deleteThread: () => memory.deleteThread({ threadId: fresh() }),
    getResourceById: () => memory.getResourceById({ resourceId: 'r' }),
    saveResource: () => memory.saveResource({ resource: { id: fresh(), workingMemory: 'w', metadata: {}, createdAt: at(0), updatedAt: at(0) } }),
    updateResource: () => memory.updateResource({ resourceId: fresh(), workingMemory: 'w' }),
    getObservationalMemory: () => memory.getObservationalMemory(threadId, resourceId),
    getObservationalMemoryHistory: () => memory.getObservationalMemoryHistory(threadId, resourceId),
    initializeObservationalMemory: () => begin(memory),
    insertObservationalMemoryRecord: () => memory.insertObservationalMemoryRecord({ ...record, id: fresh(), generationCount: 5 }),
    updateActiveObservations: () => memory.updateActiveObservations({ id: record.id, observations: 'o', tokenCount: 1, lastObservedAt: at(0) }),
    updateBufferedObservations: () => memory.updateBufferedObservations({ id: record.id, chunk: chunk(2) }),
    swapBufferedToActive: () => memory.swapBufferedToActive({ id: record.id, activationRatio: 1, messageTokensThreshold: 1, currentPendingTokens: 1 }),
    updateBufferedReflection: () => memory.updateBufferedReflection(reflection),
    createReflectionGeneration: () => memory.createReflectionGeneration({ currentRecord: record, reflection: 'r', tokenCount: 1 }),
    setObservingFlag: () => memory.setObservingFlag(record.id, true),
    setBufferingObservationFlag: () => memory.setBufferingObservationFlag(record.id, true, 1),
    setPendingMessageTokens: () => memory.setPendingMessageTokens(record.id, 1),
    updateObservationalMemoryConfig: () => memory.updateObservationalMemoryConfig({ id: record.id, config: { a: 1 } }),
    clearObservationalMemory: () => memory.clearObservationalMemory(fresh(), fresh()),
    persistWorkflowSnapshot: () => persist(workflows),
    loadWorkflowSnapshot: () => workflows.loadWorkflowSnapshot(run),
    updateWorkflowResults: () => workflows.updateWorkflowResults({ ...run, stepId: 's', result: { status: 'success' }, requestContext: {} }),
    updateWorkflowState: () => workflows.updateWorkflowState({ ...run, opts: { status: 'running' } }),
    listWorkflowRuns: () => workflows.listWorkflowRuns({ workflowName: run.workflowName }),
    getWorkflowRunById: () => workflows.getWorkflowRunById(run),
    deleteWorkflowRunById: () => workflows.deleteWorkflowRunById(runOf()),
    saveScore: () => scores.saveScore(scoreOf()),
    getScoreById: () => scores.getScoreById({ id: fresh() }),
    listScoresByScorerId: () => scores.listScoresByScorerId({ scorerId: 's', pagination }),
    listScoresByRunId: () => scores.listScoresByRunId({ runId: 's', pagination }),
    listScoresByEntityId: () => scores.listScoresByEntityId({ entityId: 's', entityType: 'AGENT', pagination }),
    listScoresBySpan: () => scores.listScoresBySpan({ traceId: 't', spanId: 's', pagination }),
  };
}

export async function domainsOf(store) {
  const [memory, workflows, scores] = await Promise.all(['memory', 'workflows', 'scores'].map((name) => store.getStore(name)));
  return { memory, workflows, scores };
}
