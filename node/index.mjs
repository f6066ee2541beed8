import { createRequire } from 'node:module';
import { Store, PgconvoError } from './store.mjs';

const require = createRequire(import.meta.url);
const { checked, explain } = require('./mastra/load-core.js');
const { make } = require('./mastra/make.js');

async function load() {
  try {
    const [storage, error, agent, evals] = await Promise.all([
      import('@mastra/core/storage'),
      import('@mastra/core/error'),
      import('@mastra/core/agent'),
      import('@mastra/core/evals'),
    ]);
    return { storage, error, agent, evals };
  } catch (error) {
    throw explain(error);
  }
}

export const { PostgresStore, MemoryPG, WorkflowsPG, ScoresPG, exportGrants, exportSchemas } = make(checked(await load()));
export { Store, PgconvoError };
