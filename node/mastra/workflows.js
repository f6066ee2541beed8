'use strict';
/* The workflows domain: runs with their snapshots. */
const dates = require('./dates.js');
const { readPage } = require('./pages.js');
const { makeDomain } = require('./domain.js');

/* What a run is that gets a step's result before its first snapshot. */
function emptySnapshot(runId) {
  return {
    context: {},
    activePaths: [],
    activeStepsPath: {},
    timestamp: Date.now(),
    suspendedPaths: {},
    resumeLabels: {},
    serializedStepGraph: [],
    value: {},
    waitingPaths: {},
    requestContext: {},
    status: 'pending',
    runId,
  };
}

/* Members that are undefined: merged in JavaScript they would hide those below them, but JSON does not have them. */
function undefinedOf(value) {
  return value !== null && typeof value === 'object' ? Object.keys(value).filter((key) => value[key] === undefined) : [];
}

const isPending = (value) => value?.__mastra_pending__ === true;

/* What is stored of a step, with the values that were given: a list's places may be of others. */
function asGiven(stored, given) {
  if (!Array.isArray(given?.output)) return given;
  if (given.output.some(isPending)) return stored;
  return { ...stored, output: stored.output.map((value, place) => given.output[place] ?? value) };
}

function runOf({ workflowName, runId, snapshot, resourceId, createdAt, updatedAt }) {
  return { workflowName, runId, snapshot, resourceId, createdAt, updatedAt };
}

/* Runs that come back from elsewhere may hold their snapshot as JSON. */
function parsed(snapshot) {
  return typeof snapshot === 'string' ? JSON.parse(snapshot) : snapshot;
}

function pageOf({ page, perPage }, { normalizePerPage }) {
  if (typeof page !== 'number' || typeof perPage !== 'number') return { page: 0, perPage: Infinity };
  if (!Number.isInteger(page) || page < 0) throw new Error('page must be >= 0');
  return { page, perPage: normalizePerPage(perPage, Infinity) };
}

/* An empty owner is one; an empty name, status or thread is none. */
function queryOf({ workflowName, status, resourceId, threadId, fromDate, toDate }) {
  return {
    workflowName: workflowName || undefined,
    status: status || undefined,
    resourceId,
    threadId: threadId || undefined,
    from: dates.rangeFrom(fromDate),
    until: dates.rangeUntil(toDate),
    direction: 'descending',
  };
}

function makeWorkflows(core, errors) {
  const Domain = makeDomain(core.storage.WorkflowsStorage, core, {
    domain: 'workflows',
    what: 'runs',
    tables: { workflowSnapshot: { table: 'workflow_runs', column: 'updated_at', indexed: false } },
    names: { workflow_runs: 'runs' },
  });

  return class WorkflowsPG extends Domain {
    supportsConcurrentUpdates() {
      return true;
    }

    async persistWorkflowSnapshot({ workflowName, runId, resourceId, snapshot, createdAt, updatedAt }) {
      await errors.guard('PERSIST_WORKFLOW_SNAPSHOT', { workflowName, runId }, () =>
        this.store.runs.put({
          workflowName,
          runId,
          resourceId,
          snapshot: parsed(snapshot),
          createdAt: dates.toDate(createdAt),
          updatedAt: dates.toDate(updatedAt),
        }),
      );
    }

    async loadWorkflowSnapshot({ workflowName, runId }) {
      if (!workflowName || !runId) return null;
      return errors.guard('LOAD_WORKFLOW_SNAPSHOT', { workflowName, runId }, async () => {
        const run = await errors.orNull(this.store.runs.get({ workflowName, runId }));
        return run === null ? null : run.snapshot;
      });
    }

    /* The step's result comes back as it was given: the engine goes on with it, and JSON would make a Date a text. */
    async updateWorkflowResults({ workflowName, runId, stepId, result, requestContext }) {
      return errors.guard('UPDATE_WORKFLOW_RESULTS', { workflowName, runId, stepId }, async () => {
        const context = await this.store.runs.step({
          workflowName,
          runId,
          stepId,
          result,
          resultWithout: undefinedOf(result),
          requestContext: { ...requestContext },
          requestContextWithout: undefinedOf(requestContext),
          initial: emptySnapshot(runId),
        });
        return { ...context, [stepId]: asGiven(context[stepId], result) };
      });
    }

    async updateWorkflowState({ workflowName, runId, opts }) {
      return errors.guard('UPDATE_WORKFLOW_STATE', { workflowName, runId }, async () => {
        const { expectedStatus, ...members } = opts;
        const expected = expectedStatus === undefined ? undefined : [expectedStatus].flat();
        const run = await this.store.runs.state({
          workflowName,
          runId,
          members,
          without: undefinedOf(members),
          expected: expected?.filter((status) => typeof status === 'string'),
        });
        return run?.snapshot;
      });
    }

    async listWorkflowRuns(args = {}) {
      return errors.guard('LIST_WORKFLOW_RUNS', { workflowName: args.workflowName || 'all' }, async () => {
        const { runs } = this.store;
        const page = pageOf(args, core.storage);
        const { rows, total } = await readPage('runs', (query) => runs.list(query), queryOf(args), page);
        return { runs: rows.map(runOf), total };
      });
    }

    async getWorkflowRunById({ runId, workflowName }) {
      if (!runId) return null;
      return errors.guard('GET_WORKFLOW_RUN_BY_ID', { runId, workflowName: workflowName || '' }, async () => {
        const run = await errors.orNull(this.reader.runs.get({ runId, workflowName: workflowName || undefined }));
        return run === null ? null : runOf(run);
      });
    }

    async deleteWorkflowRunById({ runId, workflowName }) {
      if (!workflowName || !runId) return;
      await errors.guard('DELETE_WORKFLOW_RUN_BY_ID', { runId, workflowName }, () =>
        this.store.runs.delete({ runId, workflowName }),
      );
    }
  };
}

module.exports = { makeWorkflows };
