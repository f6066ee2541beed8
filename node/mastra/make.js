'use strict';
/*
 * The face for Mastra. `core` holds the modules of @mastra/core as the application loads them, ESM or CommonJS: its
 * classes are compared by identity, so this package must not load a second copy of them.
 */
const { Engines } = require('./engines.js');
const { makeErrors } = require('./errors.js');
const { exportGrants, exportSchemas } = require('./export-schemas.js');
const { makeMemory } = require('./memory.js');
const { makePostgresStore } = require('./postgres-store.js');
const { makeScores } = require('./scores.js');
const { makeWorkflows } = require('./workflows.js');

/*
 * A domain may also be used alone, made with what a PostgresStore is made with, or with `client`, a database object of
 * pg-promise. Then it has an engine of its own to close.
 */
function alone(Domain) {
  return class extends Domain {
    constructor(config) {
      if (config.store !== undefined) {
        super(config);
        return;
      }
      const { client, readClient, ...others } = config;
      const pools = client === undefined ? {} : { pool: client.$pool, readPool: readClient?.$pool };
      const engines = new Engines({ ...others, ...pools });
      super({ ...config, store: engines.store, reader: engines.reader });
      this.close = () => engines.close();
    }
  };
}

function make(core) {
  const errors = makeErrors(core);
  class MemoryPG extends alone(makeMemory(core, errors)) {}
  class WorkflowsPG extends alone(makeWorkflows(core, errors)) {}
  class ScoresPG extends alone(makeScores(core, errors)) {}
  const PostgresStore = makePostgresStore(core, errors, { MemoryPG, WorkflowsPG, ScoresPG });
  return { PostgresStore, MemoryPG, WorkflowsPG, ScoresPG, exportGrants, exportSchemas };
}

module.exports = { make };
