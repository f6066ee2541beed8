'use strict';
/* The memory domain: threads, messages, resources and observational memory, each in a file of its own. */
const { makeDomain } = require('./domain.js');
const { makeMessageReads } = require('./message-reads.js');
const { makeMessageWrites } = require('./message-writes.js');
const { makeObservations } = require('./observations.js');
const { makeResources } = require('./resources.js');
const { makeThreads } = require('./threads.js');

/* Each part takes the class so far and gives one that extends it by its methods. */
const PARTS = [makeThreads, makeMessageReads, makeMessageWrites, makeResources, makeObservations];

/* Messages first: when their threads go, too, less is left to go with each. */
const RETENTION = {
  messages: { table: 'messages', column: 'created_at', indexed: false },
  resources: { table: 'resources', column: 'created_at', indexed: false },
  threads: { table: 'threads', column: 'created_at', indexed: true },
};

function makeMemory(core, errors) {
  const Domain = makeDomain(core.storage.MemoryStorage, core, { domain: 'memory', what: 'memory', tables: RETENTION });

  class MemoryBase extends Domain {
    supportsPartialThreadUpdate = true;
    supportsObservationalMemory = true;

    constructor(config) {
      super(config);
      this.allowForeignMessages = config.allowForeignMessages ?? false;
    }
  }

  const Whole = PARTS.reduce((Base, part) => part(Base, core, errors), MemoryBase);
  return class MemoryPG extends Whole {};
}

module.exports = { makeMemory };
