'use strict';
/* The memory domain: threads, messages, resources and observational memory, each in a file of its own. */
const { makeMessageReads } = require('./message-reads.js');
const { makeMessageWrites } = require('./message-writes.js');
const { makeObservations } = require('./observations.js');
const { makeResources } = require('./resources.js');
const { makeThreads } = require('./threads.js');

/*
 * Each part takes the class so far and gives one that extends it by its methods. A domain has `store` (a Store, all
 * writes and the reads that must be fresh) and `reader` (a Store too: the replica's where there is one, else the same).
 */
const PARTS = [makeThreads, makeMessageReads, makeMessageWrites, makeResources, makeObservations];

function makeMemory(core, errors) {
  class MemoryBase extends core.storage.MemoryStorage {
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
  }

  const Whole = PARTS.reduce((Base, part) => part(Base, core, errors), MemoryBase);
  return class MemoryPG extends Whole {};
}

module.exports = { makeMemory };
