/*
 * The memory of core, in this process, and ours, side by side: the same random calls leave records that are equal but for
 * ids and the clock. Left out is where core's is no model: what is made twice, what is stale, what is at once.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defined, fresh, memoryOfCore, odd, openMemory } from './memory.mjs';

const SEQUENCES = 25;
const STEPS = 50;
const CHOICES = 600;
/* Moments that are given lie before, those of the clock after. */
const CLOCK = Date.UTC(2026, 0, 1);

const ours = openMemory();
const core = memoryOfCore();

/* Numbers that look random and are the same in each run (mulberry32). */
function numbers(seed) {
  return (below) => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

class Sequence {
  constructor(seed) {
    this.next = numbers(seed);
    this.scopes = [
      { threadId: fresh('thread'), resourceId: 'resource', scope: 'thread' },
      { threadId: null, resourceId: fresh('resource'), scope: 'resource' },
    ];
    this.cycles = 0;
  }

  oneOf(...choices) {
    return choices[this.next(choices.length)];
  }

  text() {
    return this.oneOf('', 'a', 'one\ntwo\nthree', ' \n\u00a0x\n\n', '\n\n', odd, '\ufeff\u2003', `text ${this.next(1000)}\nmore`);
  }

  date() {
    return new Date(Date.UTC(2020 + this.next(5), this.next(12), 1, 0, 0, this.next(60), this.next(1000)));
  }

  config(depth = 3) {
    const config = {};
    for (const key of ['a', 'b', 'c.d', '0', odd]) {
      const kind = this.next(depth > 0 ? 9 : 6);
      if (kind === 1) config[key] = null;
      if (kind === 2) config[key] = undefined;
      if (kind === 3) config[key] = [this.next(3), { x: null }];
      if (kind === 4) config[key] = this.text();
      if (kind === 5) config[key] = this.next(100) / 8;
      if (kind > 5) config[key] = this.config(depth - 1);
    }
    return config;
  }

  chunk() {
    return {
      cycleId: `cycle ${this.next(4) === 0 ? this.next(this.cycles + 1) : ++this.cycles}`,
      observations: this.text(),
      tokenCount: this.next(50),
      messageIds: Array.from({ length: this.next(3) }, (_, i) => `m${i} ${this.next(9)}`),
      messageTokens: this.oneOf(0, this.next(100), this.next(3000)),
      lastObservedAt: this.date(),
      suggestedContinuation: this.oneOf(undefined, this.text()),
      currentTask: this.oneOf(undefined, this.text()),
      threadTitle: this.oneOf(undefined, this.text()),
      extractedValues: this.oneOf(undefined, { a: [1, null, { b: odd }] }),
      extractionFailures: this.oneOf(undefined, [{ slug: 's', error: odd }]),
    };
  }

  inserted(where) {
    return {
      ...where,
      createdAt: this.date(),
      updatedAt: this.date(),
      lastObservedAt: this.oneOf(undefined, this.date()),
      lastBufferedAtTime: this.oneOf(null, this.date()),
      originType: this.oneOf('initial', 'reflection'),
      generationCount: this.next(6),
      activeObservations: this.text(),
      bufferedObservationChunks: this.oneOf(undefined, [{ id: 'own', createdAt: this.date(), ...this.chunk() }]),
      bufferedReflection: this.oneOf(undefined, 'R'),
      reflectedObservationLineCount: this.oneOf(undefined, this.next(5)),
      observedMessageIds: this.oneOf(undefined, [], ['a', odd]),
      totalTokensObserved: this.next(1000),
      observationTokenCount: this.next(1000),
      pendingMessageTokens: this.next(1000),
      isReflecting: this.oneOf(true, false),
      isObserving: this.oneOf(true, false),
      isBufferingObservation: this.oneOf(true, false),
      isBufferingReflection: this.oneOf(true, false),
      lastBufferedAtTokens: this.next(1000),
      config: this.config(),
      metadata: this.oneOf(undefined, { m: odd }),
    };
  }

  activation() {
    return {
      activationRatio: this.oneOf(0, 0.1, 0.3, 0.5, 0.7, 0.8, 1),
      messageTokensThreshold: this.oneOf(0, this.next(200), this.next(5000)),
      currentPendingTokens: this.oneOf(0, this.next(200), this.next(6000)),
      forceMaxActivation: this.oneOf(undefined, false, true),
      lastObservedAt: this.oneOf(undefined, this.date()),
    };
  }
}

/* Calls that change a record. Each is given what is random, and runs on a memory with the record as that has it. */
const CHANGES = {
  update: (s) => {
    const [observations, tokenCount, lastObservedAt] = [s.text(), s.next(500), s.date()];
    const observedMessageIds = s.oneOf(undefined, [], ['x', odd]);
    return (memory, { id }) => memory.updateActiveObservations({ id, observations, tokenCount, lastObservedAt, observedMessageIds });
  },
  buffer: (s) => {
    const [chunk, lastBufferedAtTime] = [s.chunk(), s.oneOf(undefined, s.date())];
    return (memory, { id }) => memory.updateBufferedObservations({ id, chunk: structuredClone(chunk), lastBufferedAtTime });
  },
  activate: (s) => {
    const input = s.activation();
    return (memory, { id }) => memory.swapBufferedToActive({ id, ...input });
  },
  activateRefreshed: (s) => {
    const [input, seed] = [s.activation(), s.next(1e6)];
    return (memory, { id, bufferedObservationChunks }) => {
      const next = numbers(seed);
      const bufferedChunks = (bufferedObservationChunks ?? []).map((one) => ({ ...one, messageTokens: next(3000) }));
      return memory.swapBufferedToActive({ id, ...input, bufferedChunks });
    };
  },
  bufferReflection: (s) => {
    const input = { reflection: s.text(), tokenCount: s.next(9), inputTokenCount: s.next(99), reflectedObservationLineCount: s.next(6) };
    return (memory, { id }) => memory.updateBufferedReflection({ id, ...input });
  },
  flag: (s) => {
    const setter = s.oneOf('setReflectingFlag', 'setObservingFlag', 'setBufferingReflectionFlag');
    const value = s.oneOf(true, false);
    return (memory, { id }) => memory[setter](id, value);
  },
  bufferingFlag: (s) => {
    const [value, tokens] = [s.oneOf(true, false), s.oneOf(undefined, 0, s.next(999))];
    return (memory, { id }) => memory.setBufferingObservationFlag(id, value, tokens);
  },
  pending: (s) => {
    const tokens = s.next(5000);
    return (memory, { id }) => memory.setPendingMessageTokens(id, tokens);
  },
  config: (s) => {
    const config = s.config();
    return (memory, { id }) => memory.updateObservationalMemoryConfig({ id, config: structuredClone(config) });
  },
};

/* Calls about the newest record, or a scope. */
const MAKERS = {
  reflect: (s) => {
    const [reflection, tokenCount] = [s.text(), s.next(99)];
    return (memory, currentRecord) => memory.createReflectionGeneration({ currentRecord, reflection, tokenCount });
  },
  activateReflection: (s) => {
    const tokenCount = s.next(99);
    return (memory, currentRecord) =>
      memory.swapBufferedReflectionToActive({ currentRecord, tokenCount }).catch((error) => error.message.slice(0, 28));
  },
  insert: (s, where) => {
    const [record, id] = [s.inserted(where), fresh('record')];
    return (memory) => memory.insertObservationalMemoryRecord({ ...structuredClone(record), id });
  },
};

function comparable(value) {
  if (Array.isArray(value)) return value.map(comparable);
  if (value instanceof Date) return value.getTime() < CLOCK ? value.toISOString() : 'clock';
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, comparable(inner)]));
}

/*
 * But for ids, what is undefined, and moments of the clock; every write moves updatedAt. New records of core have metadata
 * with nothing in it, ours have none.
 */
function shape(record) {
  if (record === null || typeof record !== 'object') return record;
  const { id, updatedAt, bufferedObservationChunks, metadata, ...rest } = record;
  const chunks = bufferedObservationChunks?.map(({ id: own, ...chunk }) => chunk);
  return comparable(defined({ ...rest, chunks, metadata: Object.keys(metadata ?? {}).length > 0 ? metadata : undefined }));
}

const history = (memory, { threadId, resourceId }, ...more) =>
  memory.getObservationalMemoryHistory(threadId, resourceId, ...more);

async function isSame(s, where, name) {
  const [own, theirs] = [await history(ours, where, 1000), await history(core, where, 1000)];
  assert.deepEqual(own.map(shape), theirs.map(shape), name);
  const [from, to] = [s.oneOf(undefined, s.date()), s.oneOf(undefined, s.date())];
  const page = [s.next(4), { offset: s.oneOf(undefined, s.next(3)), from, to }];
  assert.deepEqual((await history(ours, where, ...page)).map(shape), (await history(core, where, ...page)).map(shape), `${name}: page`);
}

async function step(s) {
  const where = s.oneOf(...s.scopes);
  const [own, theirs] = [await history(ours, where, 1000), await history(core, where, 1000)];
  const makes = s.next(8) === 0;
  const name = s.oneOf(...Object.keys(makes ? MAKERS : CHANGES));
  const call = makes ? MAKERS[name](s, where) : CHANGES[name](s);
  const place = makes ? 0 : s.next(own.length);
  const results = [await call(ours, own[place]), await call(core, theirs[place])];
  assert.deepEqual(...results.map(shape), `${name}: result`);
  await isSame(s, where, name);
}

test('records are as those of core', async () => {
  for (let seed = 1; seed <= SEQUENCES; seed++) {
    const s = new Sequence(seed);
    for (const where of s.scopes) {
      const config = s.config();
      const made = [];
      for (const memory of [ours, core]) {
        made.push(await memory.initializeObservationalMemory({ ...where, config: structuredClone(config), observedTimezone: 'UTC' }));
      }
      assert.deepEqual(...made.map(shape), 'init');
    }
    for (let i = 0; i < STEPS; i++) {
      try {
        await step(s);
      } catch (error) {
        error.message = `seed ${seed}, step ${i}: ${error.message}`;
        throw error;
      }
    }
  }
});

/* Which chunks an activation takes, where small differences decide. */
test('chunks are chosen as by core', async () => {
  const s = new Sequence(0);
  const record = s.inserted(s.scopes[0]);
  for (let i = 0; i < CHOICES; i++) {
    const weights = Array.from({ length: s.next(6) }, () => s.oneOf(0, 1, 50, 400, 600, 900, 1000, 2000, 30000, undefined));
    /* Only where much is kept can an activation leave less than a twentieth of that and enough all the same. */
    const much = i % 4 === 0;
    if (much) weights.push(39000);
    const sum = weights.reduce((total, weight) => total + (weight ?? 0), 0);
    const input = {
      activationRatio: s.oneOf(0, 0.2, 0.5, 0.7, 0.8, 1),
      messageTokensThreshold: s.oneOf(0, 60, 1000, 2000, 3000, 6000, 40000, sum),
      currentPendingTokens: s.oneOf(0, sum, sum + s.oneOf(1, 40, 300, 1000, 1500, 2500), Math.max(0, sum - s.oneOf(1, 500, 1000))),
      forceMaxActivation: s.oneOf(true, false),
    };
    if (much) Object.assign(input, { activationRatio: 0, messageTokensThreshold: 40000, currentPendingTokens: sum + 1500 });
    const chunks = weights.map((messageTokens, n) => ({ ...s.chunk(), id: `c${n}`, cycleId: `c${n}`, createdAt: s.date(), messageTokens }));
    const taken = [];
    for (const memory of [ours, core]) {
      const id = fresh('record');
      await memory.insertObservationalMemoryRecord({ ...record, id, threadId: id, bufferedObservationChunks: structuredClone(chunks) });
      const result = await memory.swapBufferedToActive({ id, ...input });
      const { activeObservations, bufferedObservationChunks = [], pendingMessageTokens } = await memory.getObservationalMemory(id, 'r');
      taken.push({ ...result, activeObservations, pendingMessageTokens, left: bufferedObservationChunks.map((one) => one.id) });
    }
    assert.deepEqual(...taken, JSON.stringify({ weights, ...input }));
  }
});
