'use strict';
/* The memory domain: threads, messages, resources and observational memory, each in a file of its own. */
const { makeMessageReads } = require('./message-reads.js');
const { makeMessageWrites } = require('./message-writes.js');
const { makeObservations } = require('./observations.js');
const { makeResources } = require('./resources.js');
const { makePrune } = require('./retention.js');
const { makeThreads } = require('./threads.js');

/*
 * Each part takes the class so far and gives one that extends it by its methods. A domain has `store` (a Store, all
 * writes and the reads that must be fresh) and `reader` (a Store too: the replica's where there is one, else the same).
 */
const PARTS = [makeThreads, makeMessageReads, makeMessageWrites, makeResources, makeObservations];

/* Messages first: when their threads go, too, less is left to go with each. */
const RETENTION = {
  messages: { table: 'messages', column: 'created_at', indexed: false },
  resources: { table: 'resources', column: 'created_at', indexed: false },
  threads: { table: 'threads', column: 'created_at', indexed: true },
};

function makeMemory(core, errors) {
  const prune = makePrune(core);

  class MemoryBase extends core.storage.MemoryStorage {
    static retentionTables = RETENTION;

    supportsPartialThreadUpdate = true;
    supportsObservationalMemory = true;

    constructor({ store, reader = store, allowForeignMessages = false }) {
      super();
      this.store = store;
      this.reader = reader;
      this.allowForeignMessages = allowForeignMessages;
    }

    async init() {
      await this.store.init();
    }

    async dangerouslyClearAll() {
      await this.store.clear('memory');
    }

    async prune(policies, options) {
      return prune({ store: this.store, domain: 'memory', tables: RETENTION, names: {}, policies, options });
    }
  }

  const Whole = PARTS.reduce((Base, part) => part(Base, core, errors), MemoryBase);
  return class MemoryPG extends Whole {};
}

module.exports = { makeMemory };
