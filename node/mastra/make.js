'use strict';
/*
 * The face for Mastra. `core` holds the modules of @mastra/core as the application loads them, ESM or CommonJS: its
 * classes are compared by identity, so this package must not load a second copy of them.
 */
const { makeErrors } = require('./errors.js');
const { makeMemory } = require('./memory.js');
const { makeScores } = require('./scores.js');
const { makeWorkflows } = require('./workflows.js');
const { makePostgresStore } = require('./postgres-store.js');
const { exportSchemas } = require('./export-schemas.js');

function make(core) {
  const errors = makeErrors(core);
  const MemoryPG = makeMemory(core, errors);
  const WorkflowsPG = makeWorkflows(core, errors);
  const ScoresPG = makeScores(core, errors);
  const PostgresStore = makePostgresStore(core, errors, { MemoryPG, WorkflowsPG, ScoresPG });
  return { PostgresStore, MemoryPG, WorkflowsPG, ScoresPG, exportSchemas };
}

module.exports = { make };
