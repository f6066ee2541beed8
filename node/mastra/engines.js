'use strict';
/* What is behind a PostgresStore and behind a domain that is used alone: our stores, and direct access beside them. */
const { Direct } = require('../lib/direct.js');
const { Store } = require('../store.js');
const config = require('./config.js');
const indexes = require('./indexes.js');
const settings = require('./settings.js');
const { TextFiles } = require('./text-files.js');

function initIsDisabled({ disableInit }) {
  return disableInit === true || process.env.MASTRA_DISABLE_STORAGE_INIT === 'true';
}

/* A domain calls store.init(); what is to happen then is for the PostgresStore to say, if there is one. */
class DomainStore extends Store {
  initialize = () => this.makeSchema();

  init() {
    return this.initialize();
  }

  makeSchema() {
    return super.init();
  }
}

class Engines {
  #files = new TextFiles();
  #given;
  #givenReader;
  #indexes;
  #closing;

  constructor(given) {
    config.check(given);
    this.schemaName = config.schemaNameOf(given.schemaName);
    const wanted = indexes.read(given.indexes);
    this.#indexes = initIsDisabled(given) ? [] : wanted;
    const pool = given.pool ?? given.writePool ?? undefined;
    const readPool = given.readPool === pool ? undefined : (given.readPool ?? undefined);
    try {
      this.store = this.#writer(given, pool);
      this.reader =
        readPool === undefined ? this.store : this.#open(settings.poolOptions(readPool, this.#files), 'none');
    } catch (error) {
      this.#files.remove();
      throw error;
    }
    this.store.initialize = () => this.makeSchema();
    this.#given = pool && new Direct({ pool });
    this.#givenReader = readPool && new Direct({ pool: readPool });
  }

  #writer(given, pool) {
    const options =
      pool === undefined ? settings.storeOptions(given, this.#files) : settings.poolOptions(pool, this.#files);
    return this.#open(options, initIsDisabled(given) ? 'verify' : 'auto');
  }

  #open(options, schemaMode) {
    return new DomainStore({ ...options, schemaName: this.schemaName, schemaMode });
  }

  /* The schema, and the application's own indexes on it. */
  async makeSchema() {
    await this.store.makeSchema();
    if (this.#indexes.length > 0) await indexes.create(this.direct.pool, this.schemaName, this.#indexes);
  }

  /* Each has `pool`, `pgp` and `db`. */
  get direct() {
    return this.#given ?? this.store;
  }

  get directReader() {
    return this.#givenReader ?? this.direct;
  }

  counters() {
    const counted = this.store.counters();
    return this.reader === this.store ? counted : { ...counted, reader: this.reader.counters() };
  }

  close() {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end() {
    const all = new Set([this.store, this.reader, this.#given, this.#givenReader]);
    all.delete(undefined);
    try {
      await Promise.all([...all].map((one) => one.close()));
    } finally {
      this.#files.remove();
    }
  }
}

module.exports = { Engines, initIsDisabled };
