'use strict';
const check = require('./check.js');
const rows = require('./rows.js');
const { followed } = require('./cursor.js');
const { DIRECTIONS } = require('./threads.js');

/* What a score is found by, in the addon's order. */
const MARKS = [
  'scorerId',
  'runId',
  'entityId',
  'entityType',
  'source',
  'traceId',
  'spanId',
  'organizationId',
  'projectId',
];
const TIMES = ['createdAt', 'createdAtMicros', 'updatedAt', 'updatedAtMicros'];
const NEW = ['id', ...MARKS, ...TIMES, 'document', 'documentJson'];
const EACH = [...MARKS, 'from', 'until', 'direction', 'limit', 'cursor', 'raw'];
const QUERY = [...EACH, 'page', 'withTotal'];

class Scores {
  #engine;

  constructor(engine) {
    this.#engine = engine;
  }

  async #run(name, raw, ...args) {
    return rows.withRecords('scores', await this.#engine.run(name, raw, ...args));
  }

  async put(score) {
    check.object(score, NEW, 'scores.put');
    const result = await this.#run(
      'scorePut',
      false,
      check.text(score.id, 'id'),
      ...MARKS.map((name) => check.text(score[name], name)),
      check.time(score.createdAtMicros ?? score.createdAt, 'createdAt'),
      check.time(score.updatedAtMicros ?? score.updatedAt, 'updatedAt'),
      check.json(score, 'document'),
    );
    return { ...result.scores[0], inserted: result.inserted };
  }

  async get(id, options = {}) {
    check.object(options, ['raw'], 'scores.get');
    const result = await this.#run('scoreGet', check.flag(options.raw, 'raw'), check.needed(id, 'id'));
    return result.scores[0];
  }

  async list(query = {}) {
    check.object(query, QUERY, 'scores.list');
    const result = await this.#run(
      'scoreList',
      check.flag(query.raw, 'raw'),
      ...MARKS.map((name) => check.text(query[name], name)),
      check.time(query.from, 'from'),
      check.time(query.until, 'until'),
      check.choice(query.direction, DIRECTIONS, 'direction'),
      check.whole(query.limit, 'limit'),
      check.text(query.cursor, 'cursor'),
      check.whole(query.page, 'page', { least: 0 }),
      check.flag(query.withTotal, 'withTotal'),
    );
    return rows.page('scores', result);
  }

  async *iterate(query = {}) {
    check.object(query, EACH, 'scores.iterate');
    yield* followed('scores', query, (page) => this.list(page));
  }
}

module.exports = { Scores, MARKS };
