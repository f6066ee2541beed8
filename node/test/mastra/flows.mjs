/* Makers of workflow snapshots and scores, for their tests. */
import { fresh } from './world.mjs';

export const runOf = (workflowName = fresh('w')) => ({ workflowName, runId: fresh('run') });

export function snapshotOf(runId, fields = {}) {
  return {
    runId, status: 'running', value: { a: 'running' }, context: { input: { x: 1 }, a: { status: 'success', output: { ok: true }, payload: {}, startedAt: 1, endedAt: 2 } },
    activePaths: [0], activeStepsPath: { a: [0] }, serializedStepGraph: [{ type: 'step', step: { id: 'a' } }], suspendedPaths: {}, waitingPaths: {}, resumeLabels: {},
    timestamp: 1767323045678, requestContext: {}, ...fields,
  };
}

/* A run that is saved. */
export async function persist(workflows, fields = {}) {
  const run = { ...runOf(), ...fields };
  const snapshot = snapshotOf(run.runId, fields.snapshot);
  await workflows.persistWorkflowSnapshot({ ...run, snapshot });
  return { ...run, snapshot };
}

/* What an agent's suspended run holds, with the thread where Agent.listSuspendedRuns looks for it. */
export function suspendedSnapshot(runId, threadId, fields = {}) {
  const suspendPayload = { __streamState: { messageList: { memoryInfo: { threadId, resourceId: 'r' } } }, toolName: 't' };
  return snapshotOf(runId, { status: 'suspended', context: { input: {}, done: { status: 'success', output: {} }, step: { status: 'suspended', suspendPayload, suspendedAt: 5 } }, ...fields });
}

export function durableSnapshot(runId, threadId, fields = {}) {
  return snapshotOf(runId, { status: 'suspended', context: { input: { messageListState: { memoryInfo: { threadId } } } }, ...fields });
}

export function scoreOf(fields = {}) {
  return {
    scorerId: fresh('scorer'), entityId: fresh('entity'), runId: fresh('run'), entityType: 'AGENT', source: 'TEST', score: 0.75, input: [{ role: 'user', content: 'hi' }], output: { text: 'ho' },
    scorer: { id: 's', name: 'Scorer' }, entity: { id: 'e', name: 'Entity' }, ...fields,
  };
}

