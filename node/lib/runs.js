'use strict';
const check = require('./check.js');
const rows = require('./rows.js');
const { followed } = require('./cursor.js');
const { invalid } = require('./error.js');
const { DIRECTIONS } = require('./threads.js');

const IDS = ['workflowName', 'runId'];
const TIMES = ['createdAt', 'createdAtMicros', 'updatedAt', 'updatedAtMicros'];
const NEW = [...IDS, 'resourceId', 'snapshot', 'snapshotJson', ...TIMES];
const STEP = [
  ...IDS,
  'stepId',
  'result',
  'resultJson',
  'resultWithout',
  'requestContext',
  'requestContextJson',
  'requestContextWithout',
  'initial',
  'initialJson',
  'raw',
];
const STATE = [...IDS, 'members', 'membersJson', 'without', 'expected', 'raw'];
const EACH = ['workflowName', 'status', 'resourceId', 'threadId', 'from', 'until', 'direction', 'limit', 'cursor', 'raw'];
const QUERY = [...EACH, 'page', 'withTotal'];

function ids(given) {
  return [check.needed(given.workflowName, 'workflowName'), check.needed(given.runId, 'runId')];
}

function neededDocument(given, key) {
  const json = check.document(given, key);
  if (json === undefined) throw invalid(`${key}: is missing`);
  return json;
}

/* A list of strings that may be absent. */
function strings(value, name) {
  return check.isAbsent(value) ? [] : check.texts(value, name);
}

class Runs {
  #engine;

  constructor(engine) {
    this.#engine = engine;
  }

  async #run(name, raw, ...args) {
    return rows.withRecords('runs', await this.#engine.run(name, raw, ...args));
  }

  async put(run) {
    check.object(run, NEW, 'runs.put');
    const result = await this.#run(
      'runPut',
      false,
      ...ids(run),
      check.text(run.resourceId, 'resourceId'),
      neededDocument(run, 'snapshot'),
      check.time(run.createdAtMicros ?? run.createdAt, 'createdAt'),
      check.time(run.updatedAtMicros ?? run.updatedAt, 'updatedAt'),
    );
    return { inserted: result.inserted };
  }

  async get(query) {
    check.object(query, [...IDS, 'raw'], 'runs.get');
    const result = await this.#run(
      'runGet',
      check.flag(query.raw, 'raw'),
      check.text(query.workflowName, 'workflowName'),
      check.needed(query.runId, 'runId'),
    );
    return result.runs[0];
  }

  async list(query = {}) {
    check.object(query, QUERY, 'runs.list');
    const result = await this.#run(
      'runList',
      check.flag(query.raw, 'raw'),
      check.text(query.workflowName, 'workflowName'),
      check.text(query.status, 'status'),
      check.text(query.resourceId, 'resourceId'),
      check.text(query.threadId, 'threadId'),
      check.time(query.from, 'from'),
      check.time(query.until, 'until'),
      check.choice(query.direction, DIRECTIONS, 'direction'),
      check.whole(query.limit, 'limit'),
      check.text(query.cursor, 'cursor'),
      check.whole(query.page, 'page', { least: 0 }),
      check.flag(query.withTotal, 'withTotal'),
    );
    return rows.page('runs', result);
  }

  async *iterate(query = {}) {
    check.object(query, EACH, 'runs.iterate');
    yield* followed('runs', query, (page) => this.list(page));
  }

  async delete(run) {
    check.object(run, IDS, 'runs.delete');
    return (await this.#run('runDelete', false, ...ids(run))).total;
  }

  async step(step) {
    check.object(step, STEP, 'runs.step');
    const raw = check.flag(step.raw, 'raw');
    const result = await this.#run(
      'runStep',
      raw,
      ...ids(step),
      check.needed(step.stepId, 'stepId'),
      check.json(step, 'result'),
      strings(step.resultWithout, 'resultWithout'),
      check.document(step, 'requestContext'),
      strings(step.requestContextWithout, 'requestContextWithout'),
      check.document(step, 'initial'),
    );
    const [run] = result.runs;
    return raw ? run.contextJson : run.context;
  }

  async state(state) {
    check.object(state, STATE, 'runs.state');
    const result = await this.#run(
      'runState',
      check.flag(state.raw, 'raw'),
      ...ids(state),
      neededDocument(state, 'members'),
      strings(state.without, 'without'),
      check.isAbsent(state.expected),
      strings(state.expected, 'expected'),
    );
    return result.runs[0] ?? null;
  }
}

module.exports = { Runs };
