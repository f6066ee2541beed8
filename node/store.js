'use strict';
/* The store: every operation of the library as a method that returns a promise. */
const check = require('./lib/check.js');
const native = require('./lib/native.js');
const { Conversations } = require('./lib/conversations.js');
const { Direct } = require('./lib/direct.js');
const { Engine, translated } = require('./lib/engine.js');
const { readLimits } = require('./lib/limit.js');
const { Messages } = require('./lib/messages.js');
const { Metadata } = require('./lib/metadata.js');
const { PgconvoError } = require('./lib/error.js');
const { Observations } = require('./lib/observations.js');
const { Resources } = require('./lib/resources.js');
const { Runs } = require('./lib/runs.js');
const { Scores } = require('./lib/scores.js');
const { Threads } = require('./lib/threads.js');

const PRUNED = ['threads', 'messages', 'resources', 'runs', 'scores'];
const ROLES = ['owner', 'writer', 'reader'];
const CLEARED = ['memory', 'runs', 'scores'];

/* The number of a name that must be there. */
function chosen(value, names, name) {
  check.needed(value, name);
  return check.choice(value, names, name);
}

/* The calls, on an engine that may limit them. */
class Calls {
  #engine;

  constructor(engine) {
    this.#engine = engine;
    this.threads = new Threads(engine);
    this.messages = new Messages(engine);
    this.conversations = new Conversations(engine);
    this.metadata = new Metadata(engine);
    this.resources = new Resources(engine);
    this.observations = new Observations(engine);
    this.runs = new Runs(engine);
    this.scores = new Scores(engine);
  }

  /* The same calls, each of which ends when the signal is aborted or its time is up. */
  with(limits) {
    return new Calls(this.#engine.within(readLimits(limits)));
  }

  async init() {
    await this.#engine.run('init', false);
  }

  async prune(options) {
    check.object(options, ['table', 'before', 'limit', 'cursor'], 'prune');
    const table = chosen(options.table, PRUNED, 'table');
    const before = check.time(options.before, 'before');
    const limit = check.whole(options.limit, 'limit');
    const { total, next } = await this.#engine.run('prune', false, table, before, limit, check.text(options.cursor, 'cursor'));
    return next === null ? { count: total } : { count: total, next };
  }

  async clear(what) {
    return (await this.#engine.run('clear', false, chosen(what, CLEARED, 'what'))).total;
  }
}

class Store extends Calls {
  #engine;
  #direct;

  constructor(options = {}) {
    const engine = new Engine(options);
    super(engine);
    this.#engine = engine;
    this.#direct = new Direct({ options: () => engine.address() });
  }

  async close(options = {}) {
    check.object(options, ['cancel'], 'close');
    const cancel = check.flag(options.cancel, 'cancel');
    await Promise.all([this.#engine.close(cancel), this.#direct.close()]);
  }

  /* Copies Mastra's tables into the store, or, with `back`, the store into Mastra's tables. */
  async adopt(given = {}) {
    check.object(given, ['fromSchema', 'toSchema', 'timeZone', 'back', 'dryRun'], 'adopt');
    const back = check.flag(given.back, 'back');
    const [name, other] = back ? ['toSchema', 'fromSchema'] : ['fromSchema', 'toSchema'];
    if (!check.isAbsent(given[other])) check.object(given, [name, 'timeZone', 'back', 'dryRun'], 'adopt');
    const schema = check.needed(given[name], name);
    const dryRun = check.flag(given.dryRun, 'dryRun');
    return this.#engine.adopt(schema, check.text(given.timeZone, 'timeZone'), back, dryRun);
  }

  get pool() {
    return this.#direct.pool;
  }

  get pgp() {
    return this.#direct.pgp;
  }

  get db() {
    return this.#direct.db;
  }

  poolStatus() {
    return this.#engine.status();
  }

  /* What the store has done so far. */
  counters() {
    return this.#engine.counters();
  }

  get schemaName() {
    return this.#engine.schemaName();
  }
}

function schemaSql(options = {}) {
  check.object(options, ['schemaName', 'metadataIndex'], 'schemaSql');
  const schemaName = check.text(options.schemaName, 'schemaName');
  const metadataIndex = check.flag(options.metadataIndex, 'metadataIndex');
  return translated(() => native.schemaSql(schemaName, metadataIndex));
}

function schemaGrants(options = {}) {
  check.object(options, ['kind', 'role', 'schemaName'], 'schemaGrants');
  const kind = chosen(options.kind, ROLES, 'kind');
  const role = check.needed(options.role, 'role');
  const schemaName = check.text(options.schemaName, 'schemaName');
  return translated(() => native.schemaGrants(kind, role, schemaName));
}

module.exports = { Store, PgconvoError, schemaGrants, schemaSql, libraryVersion: native.version() };
