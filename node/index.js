'use strict';
const { Store, PgconvoError } = require('./store.js');
const { checked, explain } = require('./mastra/load-core.js');
const { make } = require('./mastra/make.js');

function load() {
  try {
    return {
      storage: require('@mastra/core/storage'),
      error: require('@mastra/core/error'),
      agent: require('@mastra/core/agent'),
      evals: require('@mastra/core/evals'),
    };
  } catch (error) {
    throw explain(error);
  }
}

const { PostgresStore, MemoryPG, WorkflowsPG, ScoresPG, exportGrants, exportSchemas } = make(checked(load()));

module.exports = { PostgresStore, MemoryPG, WorkflowsPG, ScoresPG, exportGrants, exportSchemas, Store, PgconvoError };
