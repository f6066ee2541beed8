'use strict';
const check = require('./check.js');
const { invalid } = require('./error.js');

const SCOPE = ['threadId', 'resourceId'];
const ORIGINS = ['initial', 'reflection'];
const MOMENTS = ['createdAt', 'updatedAt', 'lastObservedAt', 'lastBufferedAt'];
const MAYBE_COUNTS = ['bufferedTokens', 'reflectionTokens', 'reflectionInputTokens', 'reflectedLines'];
const COUNTS = ['totalTokens', 'activeTokens', 'pendingTokens', 'lastBufferedTokens'];
const FLAGS = ['isReflecting', 'isObserving', 'isBufferingObservation', 'isBufferingReflection'];
const TEXTS = ['active', 'buffered', 'reflection', 'timezone'];
const LISTS = ['chunks', 'bufferedMessageIds', 'observedMessageIds'];
const RECORD = [
  ...['id', ...SCOPE, 'generation', 'origin', 'config', 'metadata'],
  ...MOMENTS.flatMap((name) => [name, `${name}Micros`]),
  ...[...MAYBE_COUNTS, ...COUNTS, ...FLAGS, ...TEXTS, ...LISTS],
];
const ACTIVATION = ['id', 'ratio', 'threshold', 'pendingTokens', 'force', 'chunks', 'lastObservedAt'];
const CHUNK = ['id', 'cycleId', 'observations', 'tokens', 'messageIds', 'messageTokens', 'lastObservedAt'];

function count(value, name) {
  return check.whole(value, name, { least: Number.MIN_SAFE_INTEGER, most: Number.MAX_SAFE_INTEGER });
}

function neededCount(value, name) {
  if (check.isAbsent(value)) throw invalid(`${name}: is missing`);
  return count(value, name);
}

function neededNumber(value, name) {
  if (typeof value !== 'number') throw invalid(`${name}: is not a number`);
  return value;
}

function jsonList(value, name) {
  return check.isAbsent(value) ? undefined : check.toJson(check.list(value, name), name);
}

function scope(from) {
  return [check.text(from.threadId, 'threadId'), check.text(from.resourceId, 'resourceId')];
}

/* Stays, on, off. */
function flagChange(value, name) {
  if (check.isAbsent(value)) return 0;
  return check.flag(value, name) ? 1 : 2;
}

function moment(value) {
  return typeof value === 'number' || typeof value === 'string' ? new Date(value) : value;
}

function chunk(row) {
  if ('lastObservedAt' in row) row.lastObservedAt = moment(row.lastObservedAt);
  if ('createdAt' in row) row.createdAt = moment(row.createdAt);
  return row;
}

function record(row) {
  for (const name of MOMENTS) row[name] = moment(row[name]);
  row.chunks.forEach(chunk);
  return row;
}

/* A record's fields in the addon's order. */
function recordFields(given) {
  const all = (names, read) => names.map((name) => read(given[name], name));
  return [
    check.text(given.id, 'id'),
    ...scope(given),
    count(given.generation, 'generation'),
    check.choice(given.origin, ORIGINS, 'origin'),
    ...all(MOMENTS, (value, name) => check.time(given[`${name}Micros`] ?? value, name)),
    check.text(given.active, 'active'),
    jsonList(given.chunks, 'chunks'),
    check.text(given.buffered, 'buffered'),
    jsonList(given.bufferedMessageIds, 'bufferedMessageIds'),
    check.text(given.reflection, 'reflection'),
    jsonList(given.observedMessageIds, 'observedMessageIds'),
    check.text(given.timezone, 'timezone'),
    check.document(given, 'config'),
    check.document(given, 'metadata'),
    ...all(MAYBE_COUNTS, count),
    ...all(COUNTS, count),
    ...all(FLAGS, check.flag),
  ];
}

class Observations {
  #engine;

  constructor(engine) {
    this.#engine = engine;
  }

  #run(name, ...args) {
    return this.#engine.run(name, false, ...args);
  }

  async #one(name, ...args) {
    return record((await this.#run(name, ...args)).observations[0]);
  }

  async get(where) {
    check.object(where, SCOPE, 'observations.get');
    return this.#one('observationGet', ...scope(where));
  }

  async history(query) {
    check.object(query, [...SCOPE, 'from', 'until', 'limit', 'offset'], 'observations.history');
    const { observations = [] } = await this.#run(
      'observationHistory',
      ...scope(query),
      check.time(query.from, 'from'),
      check.time(query.until, 'until'),
      check.whole(query.limit, 'limit'),
      check.whole(query.offset, 'offset', { least: 0 }),
    );
    return observations.map(record);
  }

  async init(given) {
    check.object(given, [...SCOPE, 'config', 'configJson', 'timezone'], 'observations.init');
    const { observations, inserted } = await this.#run(
      'observationInit',
      ...scope(given),
      check.document(given, 'config'),
      check.text(given.timezone, 'timezone'),
    );
    return { ...record(observations[0]), inserted };
  }

  async insert(given) {
    check.object(given, RECORD, 'observations.insert');
    return this.#one('observationInsert', ...recordFields(given));
  }

  async update(change) {
    check.object(change, ['id', 'active', 'tokens', 'lastObservedAt', 'observedMessageIds'], 'observations.update');
    await this.#run(
      'observationUpdate',
      check.needed(change.id, 'id'),
      check.needed(change.active, 'active'),
      neededCount(change.tokens, 'tokens'),
      check.time(change.lastObservedAt, 'lastObservedAt'),
      jsonList(change.observedMessageIds, 'observedMessageIds'),
    );
  }

  async mark(marks) {
    check.object(marks, ['id', ...FLAGS, 'lastBufferedTokens', 'pendingTokens'], 'observations.mark');
    await this.#run(
      'observationMark',
      check.needed(marks.id, 'id'),
      ...FLAGS.map((name) => flagChange(marks[name], name)),
      count(marks.lastBufferedTokens, 'lastBufferedTokens'),
      count(marks.pendingTokens, 'pendingTokens'),
    );
  }

  async mergeConfig(given) {
    check.object(given, ['id', 'config', 'configJson'], 'observations.mergeConfig');
    await this.#run('observationConfig', check.needed(given.id, 'id'), check.document(given, 'config'));
  }

  async buffer(given) {
    check.object(given, [...CHUNK, 'more', 'moreJson', 'lastBufferedAt'], 'observations.buffer');
    const { inserted } = await this.#run(
      'observationBuffer',
      check.needed(given.id, 'id'),
      check.needed(given.cycleId, 'cycleId'),
      check.needed(given.observations, 'observations'),
      neededCount(given.tokens, 'tokens'),
      jsonList(given.messageIds, 'messageIds'),
      neededCount(given.messageTokens, 'messageTokens'),
      check.time(given.lastObservedAt, 'lastObservedAt'),
      check.document(given, 'more'),
      check.time(given.lastBufferedAt, 'lastBufferedAt'),
    );
    return { inserted };
  }

  async activate(given) {
    check.object(given, ACTIVATION, 'observations.activate');
    const { activated } = await this.#run(
      'observationActivate',
      check.needed(given.id, 'id'),
      neededNumber(given.ratio, 'ratio'),
      neededNumber(given.threshold, 'threshold'),
      neededNumber(given.pendingTokens, 'pendingTokens'),
      check.flag(given.force, 'force'),
      jsonList(given.chunks, 'chunks'),
      check.time(given.lastObservedAt, 'lastObservedAt'),
    );
    return activated.map(chunk);
  }

  async reflect(given) {
    check.object(given, ['id', 'reflection', 'tokens'], 'observations.reflect');
    return this.#one(
      'observationReflect',
      check.needed(given.id, 'id'),
      check.needed(given.reflection, 'reflection'),
      neededCount(given.tokens, 'tokens'),
    );
  }

  async bufferReflection(given) {
    check.object(given, ['id', 'reflection', 'tokens', 'inputTokens', 'lines'], 'observations.bufferReflection');
    await this.#run(
      'observationBufferReflection',
      check.needed(given.id, 'id'),
      check.needed(given.reflection, 'reflection'),
      neededCount(given.tokens, 'tokens'),
      neededCount(given.inputTokens, 'inputTokens'),
      neededCount(given.lines, 'lines'),
    );
  }

  async activateReflection(given) {
    check.object(given, ['id', 'tokens'], 'observations.activateReflection');
    return this.#one(
      'observationActivateReflection',
      check.needed(given.id, 'id'),
      neededCount(given.tokens, 'tokens'),
    );
  }

  async clear(where) {
    check.object(where, SCOPE, 'observations.clear');
    return (await this.#run('observationClear', ...scope(where))).total;
  }
}

module.exports = { Observations };
