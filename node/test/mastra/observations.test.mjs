/* Observational memory: what a record holds and how it changes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { again, all, buffer, chunk, failure, fresh, init, odd, openMemory } from './memory.mjs';

const memory = openMemory();
const later = new Date('2027-01-01T00:00:00.001Z');
const earlier = new Date('2020-01-01T00:00:00.999Z');

function isNotFound(error, operation) {
  assert.equal(error.id, `MASTRA_STORAGE_PG_${operation}_NOT_FOUND`);
  assert.match(error.message, /not found/);
}

/* ---- Records ---- */

test('a new record has nothing in it', async () => {
  const config = { model: 'm', observation: { messageTokens: 1, list: [1, { a: null }] }, text: odd };
  const threadId = fresh('thread');
  const record = await init(memory, { threadId, config, observedTimezone: 'Europe/Berlin' });
  const { id, createdAt, updatedAt, ...rest } = record;
  assert.equal(typeof id, 'string');
  assert.ok(createdAt instanceof Date && updatedAt.getTime() === createdAt.getTime());
  assert.deepEqual(rest, {
    scope: 'thread',
    threadId,
    resourceId: 'resource',
    lastObservedAt: undefined,
    lastBufferedAtTime: null,
    bufferedObservationChunks: undefined,
    generationCount: 0,
    originType: 'initial',
    activeObservations: '',
    totalTokensObserved: 0,
    observationTokenCount: 0,
    pendingMessageTokens: 0,
    lastBufferedAtTokens: 0,
    isReflecting: false,
    isObserving: false,
    isBufferingObservation: false,
    isBufferingReflection: false,
    config,
    bufferedObservations: undefined,
    bufferedObservationTokens: undefined,
    bufferedMessageIds: undefined,
    bufferedReflection: undefined,
    bufferedReflectionTokens: undefined,
    bufferedReflectionInputTokens: undefined,
    reflectedObservationLineCount: undefined,
    observedMessageIds: undefined,
    observedTimezone: 'Europe/Berlin',
    metadata: undefined,
  });
  assert.deepEqual(await again(memory, record), record);
});

test('where there is a record it comes back', async () => {
  const record = await init(memory, { config: { a: 1 } });
  const same = await init(memory, { threadId: record.threadId, resourceId: 'another', config: { a: 2 } });
  assert.deepEqual(same, record);
});

test('a thread and a resource of one name are two scopes', async () => {
  const name = fresh('both');
  const ofThread = await init(memory, { threadId: name, resourceId: name });
  const ofResource = await init(memory, { threadId: null, resourceId: name, scope: 'resource' });
  assert.notEqual(ofThread.id, ofResource.id);
  assert.equal(ofResource.scope, 'resource');
  assert.equal(ofResource.threadId, null);
  assert.deepEqual(await memory.getObservationalMemory(null, name), ofResource);
  assert.deepEqual(await memory.getObservationalMemory(name, 'whatever'), ofThread);
  await memory.clearObservationalMemory(null, name);
  assert.equal(await memory.getObservationalMemory(null, name), null);
  assert.deepEqual(await memory.getObservationalMemory(name, name), ofThread);
});

test('an unknown scope has none', async () => {
  assert.equal(await memory.getObservationalMemory('unknown', 'unknown'), null);
  assert.deepEqual(await memory.getObservationalMemoryHistory(null, 'unknown'), []);
  await memory.clearObservationalMemory('unknown', 'unknown');
});

test('neither a thread nor a resource has none', async () => {
  for (const nobody of [[], [null, null], [undefined, null]]) {
    assert.equal(await memory.getObservationalMemory(...nobody), null);
    assert.deepEqual(await memory.getObservationalMemoryHistory(...nobody), []);
    assert.equal(await memory.clearObservationalMemory(...nobody), undefined);
  }
});

test('a record is put in as it is', async () => {
  const given = {
    ...(await init(memory)),
    id: fresh('record'),
    threadId: fresh('thread'),
    createdAt: earlier,
    updatedAt: later,
    lastObservedAt: later,
    lastBufferedAtTime: earlier,
    originType: 'reflection',
    generationCount: 7,
    activeObservations: odd,
    bufferedObservationChunks: [{ id: 'c', createdAt: earlier, ...chunk('one', { extractedValues: { a: [1] } }) }],
    bufferedObservations: 'old',
    bufferedObservationTokens: 1,
    bufferedMessageIds: ['a'],
    bufferedReflection: odd,
    bufferedReflectionTokens: 2,
    bufferedReflectionInputTokens: 3,
    reflectedObservationLineCount: 4,
    observedMessageIds: ['b', odd],
    observedTimezone: 'UTC',
    totalTokensObserved: 5,
    observationTokenCount: 6,
    pendingMessageTokens: 7,
    lastBufferedAtTokens: 8,
    isReflecting: true,
    isObserving: true,
    isBufferingObservation: true,
    isBufferingReflection: true,
    config: { a: odd },
    metadata: { b: null },
  };
  await memory.insertObservationalMemoryRecord(given);
  assert.deepEqual(await again(memory, given), given);
  const error = await failure(memory.insertObservationalMemoryRecord({ ...given, threadId: fresh('thread') }));
  assert.equal(error.id, 'MASTRA_STORAGE_PG_INSERT_OBSERVATIONAL_MEMORY_RECORD_FAILED');
  assert.equal(error.cause.code, 'EXISTS');
});

test('of a generation the one put in last comes first', async () => {
  const record = await init(memory);
  await memory.insertObservationalMemoryRecord({ ...record, id: `${record.threadId} copy`, activeObservations: 'copy' });
  assert.equal((await again(memory, record)).activeObservations, 'copy');
  const history = await memory.getObservationalMemoryHistory(record.threadId, 'resource');
  assert.deepEqual(history.map(({ id }) => id), [`${record.threadId} copy`, record.id]);
});

/* ---- Active observations ---- */

test('an update replaces the text and adds to the total', async () => {
  const record = await init(memory, { config: { a: 1 } });
  const { id } = record;
  await memory.setPendingMessageTokens(id, 50);
  await memory.setObservingFlag(id, true);
  await buffer(memory, id, 'one');
  const before = await again(memory, record);
  const change = { id, observations: odd, tokenCount: 30, lastObservedAt: later, observedMessageIds: ['m1', 'm2'] };
  await memory.updateActiveObservations(change);
  const after = await again(memory, record);
  assert.ok(after.updatedAt >= before.updatedAt);
  assert.deepEqual(after, {
    ...before,
    activeObservations: odd,
    observationTokenCount: 30,
    totalTokensObserved: 30,
    pendingMessageTokens: 0,
    lastObservedAt: later,
    observedMessageIds: ['m1', 'm2'],
    updatedAt: after.updatedAt,
  });
  await memory.updateActiveObservations({ id, observations: '', tokenCount: 12, lastObservedAt: earlier });
  const last = await again(memory, record);
  assert.equal(last.activeObservations, '');
  assert.equal(last.totalTokensObserved, 42);
  assert.equal(last.observationTokenCount, 12);
  assert.deepEqual(last.lastObservedAt, earlier);
  assert.deepEqual(last.observedMessageIds, ['m1', 'm2']);
});

/* ---- Flags ---- */

test('flags are set one by one', async () => {
  const record = await init(memory);
  const { id } = record;
  const setters = {
    isReflecting: 'setReflectingFlag',
    isObserving: 'setObservingFlag',
    isBufferingObservation: 'setBufferingObservationFlag',
    isBufferingReflection: 'setBufferingReflectionFlag',
  };
  const wanted = { isReflecting: false, isObserving: false, isBufferingObservation: false, isBufferingReflection: false };
  for (const value of [true, false]) {
    for (const [flag, setter] of Object.entries(setters)) {
      await memory[setter](id, value);
      wanted[flag] = value;
      const { isReflecting, isObserving, isBufferingObservation, isBufferingReflection } = await again(memory, record);
      assert.deepEqual({ isReflecting, isObserving, isBufferingObservation, isBufferingReflection }, wanted);
    }
  }
});

test('the token mark stays when it is not named', async () => {
  const record = await init(memory);
  const mark = async () => (await again(memory, record)).lastBufferedAtTokens;
  await memory.setBufferingObservationFlag(record.id, true, 500);
  assert.equal(await mark(), 500);
  await memory.setBufferingObservationFlag(record.id, false);
  assert.equal(await mark(), 500);
  await memory.setBufferingObservationFlag(record.id, false, 0);
  assert.equal(await mark(), 0);
});

/* ---- Buffered observations ---- */

test('chunks are appended, with an id and a time of their own', async () => {
  const record = await init(memory);
  const { id } = record;
  const first = chunk('one', {
    observations: odd,
    suggestedContinuation: 'go on',
    currentTask: odd,
    threadTitle: 'title',
    extractedValues: { v: { w: [1, null] } },
    extractionFailures: [{ slug: 's', error: 'e' }],
  });
  await memory.updateBufferedObservations({ id, chunk: first, lastBufferedAtTime: later });
  assert.deepEqual((await again(memory, record)).lastBufferedAtTime, later);
  await memory.updateBufferedObservations({ id, chunk: chunk('one', { observations: 'not this' }), lastBufferedAtTime: earlier });
  await memory.updateBufferedObservations({ id, chunk: chunk('two') });
  const found = await again(memory, record);
  assert.deepEqual(found.lastBufferedAtTime, later);
  assert.equal(new Set(found.bufferedObservationChunks.map((one) => one.id)).size, 2);
  assert.ok(found.bufferedObservationChunks.every((one) => one.id && one.createdAt instanceof Date));
  const bare = found.bufferedObservationChunks.map(({ id: own, createdAt, ...rest }) => rest);
  assert.deepEqual(bare, [first, chunk('two')]);
});

test('a chunk without messageTokens has none', async () => {
  const record = await init(memory);
  await buffer(memory, record.id, 'one', { messageTokens: undefined });
  assert.equal((await again(memory, record)).bufferedObservationChunks[0].messageTokens, 0);
});

test('an activation of nothing changes nothing', async () => {
  const record = await init(memory);
  assert.deepEqual(await memory.swapBufferedToActive(all(record.id)), {
    chunksActivated: 0,
    messageTokensActivated: 0,
    observationTokensActivated: 0,
    messagesActivated: 0,
    activatedCycleIds: [],
    activatedMessageIds: [],
  });
  assert.deepEqual(await again(memory, record), record);
});

test('an activation tells what it moved', async () => {
  const record = await init(memory);
  const { id } = record;
  await memory.setPendingMessageTokens(id, 250);
  await buffer(memory, id, 'one', { currentTask: 'first', suggestedContinuation: 'first' });
  await buffer(memory, id, 'two', { currentTask: 'second', lastObservedAt: later, observations: odd });
  await buffer(memory, id, 'three');
  const result = await memory.swapBufferedToActive({
    id,
    activationRatio: 0.5,
    messageTokensThreshold: 200,
    currentPendingTokens: 300,
  });
  assert.deepEqual(result, {
    chunksActivated: 2,
    messageTokensActivated: 200,
    observationTokensActivated: 20,
    messagesActivated: 4,
    activatedCycleIds: ['one', 'two'],
    activatedMessageIds: ['one-1', 'one-2', 'two-1', 'two-2'],
    observations: `seen in one\n\n${odd}`,
    perChunk: [
      { cycleId: 'one', messageTokens: 100, observationTokens: 10, messageCount: 2, observations: 'seen in one' },
      { cycleId: 'two', messageTokens: 100, observationTokens: 10, messageCount: 2, observations: odd },
    ],
    suggestedContinuation: undefined,
    currentTask: 'second',
  });
  const half = await again(memory, record);
  assert.equal(half.activeObservations, `seen in one\n\n${odd}`);
  assert.equal(half.observationTokenCount, 20);
  assert.equal(half.pendingMessageTokens, 50);
  assert.deepEqual(half.lastObservedAt, later);
  assert.deepEqual(half.bufferedObservationChunks.map(({ cycleId }) => cycleId), ['three']);
  await memory.swapBufferedToActive(all(id, { lastObservedAt: earlier }));
  const whole = await again(memory, record);
  assert.equal(
    whole.activeObservations,
    `seen in one\n\n${odd}\n\n--- message boundary (2020-01-01T00:00:00.999Z) ---\n\nseen in three`,
  );
  assert.equal(whole.pendingMessageTokens, 0);
  assert.equal(whole.bufferedObservationChunks, undefined);
  assert.deepEqual(whole.lastObservedAt, earlier);
});

test('newer numbers of the chunks decide, and only these are moved', async () => {
  const record = await init(memory);
  const { id } = record;
  for (const cycle of ['one', 'two', 'three']) await buffer(memory, id, cycle);
  const known = (await again(memory, record)).bufferedObservationChunks.slice(0, 2);
  const bufferedChunks = known.map((one) => ({ ...one, messageTokens: 500 }));
  const input = { id, activationRatio: 0.5, messageTokensThreshold: 800, currentPendingTokens: 900 };
  const result = await memory.swapBufferedToActive({ ...input, bufferedChunks });
  assert.deepEqual(result.activatedCycleIds, ['one']);
  assert.equal(result.messageTokensActivated, 500);
  const left = (await again(memory, record)).bufferedObservationChunks;
  assert.deepEqual(left.map(({ cycleId, messageTokens }) => [cycleId, messageTokens]), [['two', 500], ['three', 100]]);
  /* What was moved does not come back. */
  const second = await memory.swapBufferedToActive(all(id, { bufferedChunks }));
  assert.deepEqual(second.activatedCycleIds, ['two']);
  assert.equal((await memory.swapBufferedToActive(all(id, { bufferedChunks }))).chunksActivated, 0);
  assert.equal((await memory.swapBufferedToActive(all(id, { bufferedChunks: [] }))).chunksActivated, 0);
  const last = await again(memory, record);
  assert.deepEqual(last.bufferedObservationChunks.map(({ cycleId }) => cycleId), ['three']);
});

/* ---- Reflections ---- */

test('a reflection begins a generation', async () => {
  const record = await init(memory, { config: { a: 1 }, observedTimezone: 'UTC' });
  const { id } = record;
  await memory.updateActiveObservations({ id, observations: 'many lines', tokenCount: 100, lastObservedAt: later, observedMessageIds: ['a'] });
  await memory.setReflectingFlag(id, true);
  await memory.setBufferingObservationFlag(id, true, 7);
  await memory.setPendingMessageTokens(id, 9);
  await buffer(memory, id, 'one');
  const old = await again(memory, record);
  const made = await memory.createReflectionGeneration({ currentRecord: record, reflection: odd, tokenCount: 20 });
  assert.deepEqual(await again(memory, record), made);
  assert.deepEqual(made, {
    ...(await init(memory, { config: { a: 1 }, observedTimezone: 'UTC' })),
    id: made.id,
    threadId: record.threadId,
    createdAt: made.createdAt,
    updatedAt: made.updatedAt,
    originType: 'reflection',
    generationCount: 1,
    activeObservations: odd,
    observationTokenCount: 20,
    totalTokensObserved: 100,
    lastObservedAt: later,
  });
  assert.deepEqual(await memory.getObservationalMemoryHistory(record.threadId, 'resource'), [made, old]);
});

test('reflections are buffered one behind the other, and activated with what came after', async () => {
  const record = await init(memory);
  const { id } = record;
  await memory.updateActiveObservations({ id, observations: 'a\nb\n \u00a0\nc\ud83d\ne \ufeff\n', tokenCount: 9, lastObservedAt: later });
  const reflection = { id, reflection: 'R1', tokenCount: 3, inputTokenCount: 8, reflectedObservationLineCount: 1 };
  await memory.updateBufferedReflection(reflection);
  await memory.updateBufferedReflection({ ...reflection, reflection: 'R2\0', reflectedObservationLineCount: 2 });
  const buffered = await again(memory, record);
  assert.equal(buffered.bufferedReflection, 'R1\n\nR2\0');
  assert.equal(buffered.bufferedReflectionTokens, 6);
  assert.equal(buffered.bufferedReflectionInputTokens, 16);
  assert.equal(buffered.reflectedObservationLineCount, 2);
  /* From what is stored, not from the copy. */
  const made = await memory.swapBufferedReflectionToActive({ currentRecord: record, tokenCount: 77 });
  assert.equal(made.activeObservations, 'R1\n\nR2\0\n\nc\ud83d\ne');
  assert.equal(made.observationTokenCount, 77);
  assert.equal(made.generationCount, 1);
  const [, old] = await memory.getObservationalMemoryHistory(record.threadId, 'resource');
  assert.equal(old.bufferedReflection, undefined);
  assert.equal(old.reflectedObservationLineCount, undefined);
  const error = await failure(memory.swapBufferedReflectionToActive({ currentRecord: record, tokenCount: 77 }));
  assert.equal(error.id, 'MASTRA_STORAGE_PG_SWAP_BUFFERED_REFLECTION_TO_ACTIVE_NO_CONTENT');
  assert.equal(error.category, 'USER');
});

/* ---- History ---- */

test('history is newest first, in pages and by time', async () => {
  const record = await init(memory);
  const at = (n) => new Date(Date.UTC(2026, 0, 1, 0, 0, 0, n));
  for (let n = 1; n <= 14; n++) {
    await memory.insertObservationalMemoryRecord({ ...record, id: `${record.threadId} ${n}`, generationCount: n, createdAt: at(n) });
  }
  const history = async (...more) =>
    (await memory.getObservationalMemoryHistory(record.threadId, 'resource', ...more)).map((one) => one.generationCount);
  assert.deepEqual(await history(), [14, 13, 12, 11, 10, 9, 8, 7, 6, 5]);
  assert.deepEqual(await history(3), [14, 13, 12]);
  assert.deepEqual(await history(0), []);
  assert.deepEqual(await history(3, { offset: 12 }), [2, 1, 0]);
  assert.deepEqual(await history(10, { from: at(3), to: at(5) }), [5, 4, 3]);
  assert.deepEqual(await history(10, { from: at(5), to: at(5) }), [5]);
  assert.deepEqual(await history(1, { to: at(5), offset: 1 }), [4]);
  assert.deepEqual(await history(10, { from: at(6), to: at(5) }), []);
  assert.deepEqual(await history(1, null), [14]);
  assert.deepEqual(await history(1, { from: new Date(-8.64e15), to: new Date(8.64e15) }), [14]);
  assert.deepEqual(await history(1, { from: new Date(8.64e15) }), []);
  const [first] = await memory.getObservationalMemoryHistory(record.threadId, 'resource', 1);
  assert.deepEqual(await again(memory, record), first);
  await memory.clearObservationalMemory(record.threadId, 'resource');
  assert.deepEqual(await history(), []);
});

/* ---- Config ---- */

test('config is merged in depth', async () => {
  const record = await init(memory, { config: { a: { b: 1, list: [1, 2] }, c: 'x', d: { e: 1 }, f: 1 } });
  const merge = async (config) => {
    await memory.updateObservationalMemoryConfig({ id: record.id, config });
    return (await again(memory, record)).config;
  };
  assert.deepEqual(await merge({ a: { list: [3], n: { m: null } }, c: undefined, d: null, f: { g: {} } }), {
    a: { b: 1, list: [3], n: { m: null } },
    c: 'x',
    d: null,
    f: { g: {} },
  });
  assert.deepEqual(await merge({ a: 1, d: { z: odd } }), { a: 1, c: 'x', d: { z: odd }, f: { g: {} } });
  await merge(JSON.parse('{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}}'));
  assert.equal({}.polluted, undefined);
  assert.equal((await again(memory, record)).config.a, 1);
});

/* ---- Failures ---- */

test('unknown records are not found', async () => {
  const id = 'unknown';
  const currentRecord = { id, threadId: 't', resourceId: 'r' };
  const calls = {
    UPDATE_ACTIVE_OBSERVATIONS: () =>
      memory.updateActiveObservations({ id, observations: 'secret', tokenCount: 1, lastObservedAt: later }),
    UPDATE_BUFFERED_OBSERVATIONS: () => buffer(memory, id, 'one'),
    SWAP_BUFFERED_TO_ACTIVE: () => memory.swapBufferedToActive(all(id)),
    CREATE_REFLECTION_GENERATION: () => memory.createReflectionGeneration({ currentRecord, reflection: 'secret', tokenCount: 1 }),
    UPDATE_BUFFERED_REFLECTION: () =>
      memory.updateBufferedReflection({ id, reflection: 'secret', tokenCount: 1, inputTokenCount: 1, reflectedObservationLineCount: 1 }),
    SWAP_BUFFERED_REFLECTION_TO_ACTIVE: () => memory.swapBufferedReflectionToActive({ currentRecord, tokenCount: 1 }),
    SET_REFLECTING_FLAG: () => memory.setReflectingFlag(id, true),
    SET_OBSERVING_FLAG: () => memory.setObservingFlag(id, true),
    SET_BUFFERING_OBSERVATION_FLAG: () => memory.setBufferingObservationFlag(id, true, 1),
    SET_BUFFERING_REFLECTION_FLAG: () => memory.setBufferingReflectionFlag(id, true),
    SET_PENDING_MESSAGE_TOKENS: () => memory.setPendingMessageTokens(id, 1),
    UPDATE_OM_CONFIG: () => memory.updateObservationalMemoryConfig({ id, config: {} }),
  };
  for (const [operation, call] of Object.entries(calls)) {
    const error = await failure(call());
    isNotFound(error, operation);
    assert.ok(!JSON.stringify(error).includes('secret'));
  }
});

test('nonsense is refused as a MastraError', async () => {
  const { id } = await init(memory);
  const error = await failure(memory.setPendingMessageTokens(id, NaN));
  assert.equal(error.id, 'MASTRA_STORAGE_PG_SET_PENDING_MESSAGE_TOKENS_FAILED');
  const other = await failure(memory.swapBufferedToActive(all(id, { activationRatio: undefined })));
  assert.equal(other.id, 'MASTRA_STORAGE_PG_SWAP_BUFFERED_TO_ACTIVE_FAILED');
});
