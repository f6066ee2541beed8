'use strict';
/*
 * What all our domains have. `store` is a Store, for all writes and the reads that must be fresh; `reader` one for those that
 * may lag: the replica's where there is one, else the same.
 */
const { makePrune } = require('./retention.js');

/* `what` says what Store calls the domain's rows; `tables` is for retention, `names` where Store calls a table otherwise. */
function makeDomain(Base, core, { domain, what, tables, names = {} }) {
  const prune = makePrune(core);

  return class extends Base {
    static retentionTables = tables;

    constructor({ store, reader = store }) {
      super();
      this.store = store;
      this.reader = reader;
    }

    async init() {
      await this.store.init();
    }

    async dangerouslyClearAll() {
      await this.store.clear(what);
    }

    async prune(policies, options) {
      return prune({ store: this.store, domain, tables, names, policies, options });
    }
  };
}

module.exports = { makeDomain };
