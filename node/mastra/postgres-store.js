'use strict';
/* The store that a Mastra application makes: our domains over one engine, and direct access beside them. */
const { Engines, initIsDisabled } = require('./engines.js');

const DEFAULT_ID = 'pgconvo';

function makePostgresStore(core, errors, { MemoryPG, WorkflowsPG, ScoresPG }) {
  function denied(schemaName, cause) {
    const text =
      `Unable to create schema "${schemaName}". This requires CREATE privilege on the database. ` +
      'Grant it to the user, or let somebody who has it run the SQL of exportSchemas() once.';
    return errors.make('INIT', 'FAILED', { text, cause, details: { schemaName } });
  }

  function base({ id = DEFAULT_ID, disableInit, retention }) {
    return { id, name: 'PostgresStore', disableInit, retention };
  }

  return class PostgresStore extends core.storage.MastraCompositeStore {
    #engines;
    #initialized;

    constructor(config) {
      let engines;
      try {
        engines = new Engines(config);
        super(base(config));
        this.#engines = engines;
        this.stores = this.#domains(config);
      } catch (error) {
        engines?.close();
        throw errors.user('INITIALIZATION', 'FAILED', undefined, {}, error);
      }
    }

    #domains({ allowForeignMessages = false }) {
      const { store, reader } = this.#engines;
      store.initialize = () => this.init();
      return {
        memory: new MemoryPG({ store, reader, allowForeignMessages }),
        workflows: new WorkflowsPG({ store, reader }),
        scores: new ScoresPG({ store, reader }),
      };
    }

    async init() {
      if (initIsDisabled(this)) return;
      this.#initialized ??= this.#initialize();
      try {
        await this.#initialized;
      } catch (error) {
        this.#initialized = undefined;
        throw error;
      }
    }

    async #initialize() {
      const { schemaName } = this.#engines;
      await errors.guard('INIT', { schemaName }, () =>
        this.#engines.makeSchema().catch((error) => {
          throw error.code === 'DENIED' ? denied(schemaName, error) : error;
        }),
      );
    }

    get db() {
      return this.#engines.direct.db;
    }

    get pgp() {
      return this.#engines.direct.pgp;
    }

    get pool() {
      return this.#engines.direct.pool;
    }

    get readDb() {
      return this.#engines.directReader.db;
    }

    get readPool() {
      return this.#engines.directReader.pool;
    }

    /* Copies a schema of @mastra/pg in the same database into this store, or back; see the types of Store. */
    async adopt(options) {
      return errors.guard('ADOPT', {}, () => this.#engines.store.adopt(options));
    }

    /* What the engine has counted; see the types of Store. */
    counters() {
      return this.#engines.counters();
    }

    async close() {
      await this.#engines.close();
    }
  };
}

module.exports = { makePostgresStore };
