'use strict';
/* prune() of a domain: Mastra's own loop over tables and batches, around Store's prune. */
const { FIRST } = require('./dates.js');

const LIMIT_MAX = 100_000;

/* Deletes up to `limit` rows; one call of Store takes 100,000. `cursors`: how far each table is. */
async function take(store, table, before, limit, cursors) {
  let gone = 0;
  while (gone < limit) {
    const wanted = Math.min(limit - gone, LIMIT_MAX);
    const { count, next } = await store.prune({ table, before, limit: wanted, cursor: cursors.get(table) });
    cursors.set(table, next);
    gone += count;
    if (count < wanted) break;
  }
  return gone;
}

/*
 * `tables` is the domain's retentionTables, in the order in which they are pruned; `names` says what Store calls each
 * of them.
 */
function makePrune({ storage }) {
  return function prune({ store, domain, tables, names, policies, options }) {
    const cursors = new Map();
    const targets = storage.resolveRetentionTargets({ policies, descriptor: tables, order: Object.keys(tables) });
    return storage.executeRetentionPrune({
      domain,
      targets,
      options,
      cutoffFor: ({ policy }, now) => new Date(Math.max(storage.retentionCutoffMs(policy, now), FIRST)),
      deleteBatch: ({ table }, before, limit) => take(store, names[table] ?? table, before, limit, cursors),
    });
  };
}

module.exports = { makePrune };
