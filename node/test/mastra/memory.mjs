/* What the tests of working and observational memory share: the memory of a PostgresStore, and that of core. */
import { after } from 'node:test';
import { InMemoryStore } from '@mastra/core/storage';
import { make } from './world.mjs';

export { failure, freshSchema, odd } from '../world.mjs';

/* A memory in a new schema, or in one that another has. */
export function openMemory(options) {
  const store = make(options);
  after(() => store.close());
  return store.stores.memory;
}

/* A memory of core's own, in this process. */
export function memoryOfCore() {
  return new InMemoryStore().stores.memory;
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
