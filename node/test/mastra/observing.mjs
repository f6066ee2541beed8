/* Makers of observational memory, for its tests. */
import { at, fresh } from './world.mjs';

export const scopeOf = (scope) => ({ threadId: scope === 'thread' ? fresh('t') : null, resourceId: fresh('r') });

/* A record of a new thread, or of what `input` says. */
export function begin(memory, input = {}) {
  return memory.initializeObservationalMemory({ ...scopeOf('thread'), scope: 'thread', config: { observation: { messageTokens: 100 } }, ...input });
}

/* An object without the keys that are undefined. */
export const defined = (object) => Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));

export function chunk(n, fields = {}) {
  return {
    cycleId: `cycle-${n}`, observations: `observation ${n}`, tokenCount: 10, messageIds: [`m${n}a`, `m${n}b`], messageTokens: 100, lastObservedAt: at(n * 1000 + n), ...fields,
  };
}

/* Buffers chunks one after the other. */
export async function buffer(memory, id, chunks) {
  for (const one of chunks) await memory.updateBufferedObservations({ id, chunk: one });
}
