/* What the tests of working and observational memory share: the two parts of the memory domain, on a store of their own. */
import { createRequire } from 'node:module';
import path from 'node:path';
import * as error from '@mastra/core/error';
import * as storage from '@mastra/core/storage';
import { folder, open } from '../world.mjs';

export { failure, freshSchema, odd } from '../world.mjs';

const require = createRequire(import.meta.url);
const part = (name) => require(path.join(folder, 'mastra', name));
const core = { storage, error };
const errors = part('errors.js').makeErrors(core);

class Base extends storage.MemoryStorage {
  constructor(store) {
    super();
    this.store = store;
    this.reader = store;
  }
}

const Memory = [part('resources.js').makeResources, part('observations.js').makeObservations].reduce(
  (Whole, make) => make(Whole, core, errors),
  Base,
);

/* A memory in a new schema, or in one that another has. */
export function openMemory(options) {
  return new Memory(open(options));
}

/* A memory of core's own, in this process. */
export function memoryOfCore() {
  return new storage.InMemoryStore().stores.memory;
}

let made = 0;
export const fresh = (name) => `${name}-${++made}`;

/* A thread's record. */
export function init(memory, more = {}) {
  return memory.initializeObservationalMemory({
    threadId: fresh('thread'),
    resourceId: 'resource',
    scope: 'thread',
    config: {},
    ...more,
  });
}

export function chunk(cycleId, more = {}) {
  return {
    cycleId,
    observations: `seen in ${cycleId}`,
    tokenCount: 10,
    messageIds: [`${cycleId}-1`, `${cycleId}-2`],
    messageTokens: 100,
    lastObservedAt: new Date('2026-01-02T03:04:05.678Z'),
    ...more,
  };
}

export const buffer = (memory, id, cycleId, more) =>
  memory.updateBufferedObservations({ id, chunk: chunk(cycleId, more) });

/* All chunks at once, however many. */
export const all = (id, more) => ({
  id,
  activationRatio: 1,
  messageTokensThreshold: 1e6,
  currentPendingTokens: 1e6,
  ...more,
});

export const again = (memory, record) => memory.getObservationalMemory(record.threadId, record.resourceId);

export const times = (count, make) => Promise.all(Array.from({ length: count }, (_, i) => make(i)));

/* Without what is undefined. */
export function defined(value) {
  if (Array.isArray(value)) return value.map(defined);
  if (value === null || typeof value !== 'object' || value instanceof Date) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .map(([key, inner]) => [key, defined(inner)]),
  );
}
