/* Observational memory: chunks that are buffered and become active. */
import assert from 'node:assert/strict';
import { InMemoryStore } from '@mastra/core/storage';
import { at, odd, open, test, together } from '../world.mjs';
import { begin, buffer, chunk, defined } from '../observing.mjs';

const store = await open();
const memory = await store.getStore('memory');
const get = ({ threadId, resourceId }) => memory.getObservationalMemory(threadId, resourceId);
const chunksOf = async (record) => (await get(record)).bufferedObservationChunks ?? [];
const swap = (record, fields = {}) => memory.swapBufferedToActive({ id: record.id, activationRatio: 1, messageTokensThreshold: 100, currentPendingTokens: 1000, ...fields });

const NOTHING = { chunksActivated: 0, messageTokensActivated: 0, observationTokensActivated: 0, messagesActivated: 0, activatedCycleIds: [], activatedMessageIds: [] };

test('a chunk is kept with an id and a time of its own', async () => {
  const record = await begin(memory);
  const given = chunk(1, { suggestedContinuation: 's', currentTask: 't', threadTitle: 'T', extractedValues: { a: { b: 1 } }, extractionFailures: [{ slug: 'x', error: 'e' }] });
  assert.equal(await memory.updateBufferedObservations({ id: record.id, chunk: given, lastBufferedAtTime: at(5) }), undefined);
  const [{ id, createdAt, ...rest }] = await chunksOf(record);
  assert.ok(typeof id === 'string' && id.length > 8 && new Date(createdAt) > at(0));
  assert.deepStrictEqual({ ...rest, lastObservedAt: new Date(rest.lastObservedAt) }, given);
});

test('the dates of chunks are Dates', async () => {
  const record = await begin(memory);
  await buffer(memory, record.id, [chunk(1)]);
  const [{ createdAt, lastObservedAt }] = await chunksOf(record);
  assert.ok(createdAt instanceof Date && lastObservedAt instanceof Date);
  assert.deepStrictEqual(lastObservedAt, at(1001));
});

test('chunks are appended, in order, with different ids', async () => {
  const record = await begin(memory);
  await buffer(memory, record.id, [chunk(1), chunk(2), chunk(3)]);
  const chunks = await chunksOf(record);
  assert.deepStrictEqual(chunks.map((c) => c.cycleId), ['cycle-1', 'cycle-2', 'cycle-3']);
  assert.equal(new Set(chunks.map((c) => c.id)).size, 3);
});

test('the same cycle twice is one chunk, the first', async () => {
  const record = await begin(memory);
  await buffer(memory, record.id, [chunk(1), chunk(1, { observations: 'other' })]);
  assert.deepStrictEqual((await chunksOf(record)).map((c) => c.observations), ['observation 1']);
});

test('20 chunks at once are all kept', async () => {
  const record = await begin(memory);
  await together(20, (n) => memory.updateBufferedObservations({ id: record.id, chunk: chunk(n) }));
  assert.equal(new Set((await chunksOf(record)).map((c) => c.cycleId)).size, 20);
});

test('the same cycle 20 times at once is one chunk', async () => {
  const record = await begin(memory);
  await together(20, () => memory.updateBufferedObservations({ id: record.id, chunk: chunk(1) }));
  assert.equal((await chunksOf(record)).length, 1);
});

test('buffering changes only the buffer', async () => {
  const record = await begin(memory);
  await memory.updateActiveObservations({ id: record.id, observations: 'active', tokenCount: 5, lastObservedAt: at(0) });
  const before = await get(record);
  await buffer(memory, record.id, [chunk(1)]);
  const after = await get(record);
  const except = { bufferedObservationChunks: 0, updatedAt: 0 };
  assert.deepStrictEqual({ ...defined(after), ...except }, { ...defined(before), ...except });
  assert.ok(after.updatedAt >= before.updatedAt);
});

test('lastBufferedAtTime is kept to the millisecond, and when it is omitted', async () => {
  const record = await begin(memory);
  await memory.updateBufferedObservations({ id: record.id, chunk: chunk(1), lastBufferedAtTime: at(1) });
  assert.deepStrictEqual((await get(record)).lastBufferedAtTime, at(1));
  await memory.updateBufferedObservations({ id: record.id, chunk: chunk(2) });
  assert.deepStrictEqual((await get(record)).lastBufferedAtTime, at(1));
  await memory.updateBufferedObservations({ id: record.id, chunk: chunk(3), lastBufferedAtTime: at(2) });
  assert.deepStrictEqual((await get(record)).lastBufferedAtTime, at(2));
});

test('chunks keep every character', async () => {
  const record = await begin(memory);
  const given = chunk(1, { observations: odd, currentTask: odd, extractedValues: { odd }, messageIds: ['m'] });
  await buffer(memory, record.id, [given]);
  const [one] = await chunksOf(record);
  assert.deepStrictEqual([one.observations, one.currentTask, one.extractedValues], [odd, odd, { odd }]);
  const result = await swap(record);
  assert.equal(result.observations, odd);
  assert.equal((await get(record)).activeObservations, odd);
});

/* --- swapBufferedToActive */

test('nothing buffered: nothing happens', async () => {
  const record = await begin(memory);
  await memory.setPendingMessageTokens(record.id, 50);
  const before = await get(record);
  assert.deepStrictEqual(await swap(record), NOTHING);
  assert.deepStrictEqual(await get(record), before);
});

test('the result says all of what was activated', async () => {
  const record = await begin(memory);
  await buffer(memory, record.id, [chunk(1), chunk(2, { suggestedContinuation: 'next', currentTask: 'task' })]);
  assert.deepStrictEqual(await swap(record), {
    chunksActivated: 2, messageTokensActivated: 200, observationTokensActivated: 20, messagesActivated: 4,
    activatedCycleIds: ['cycle-1', 'cycle-2'], activatedMessageIds: ['m1a', 'm1b', 'm2a', 'm2b'], observations: 'observation 1\n\nobservation 2',
    perChunk: [1, 2].map((n) => ({ cycleId: `cycle-${n}`, messageTokens: 100, observationTokens: 10, messageCount: 2, observations: `observation ${n}` })),
    suggestedContinuation: 'next', currentTask: 'task',
  });
});

test('the hints are those of the newest chunk that is activated', async () => {
  const record = await begin(memory);
  await buffer(memory, record.id, [chunk(1, { suggestedContinuation: 'old', currentTask: 'old' }), chunk(2)]);
  const result = await swap(record);
  assert.deepStrictEqual([result.suggestedContinuation, result.currentTask], [undefined, undefined]);
});

test('the record after a swap of all', async () => {
  const record = await begin(memory);
  await memory.setPendingMessageTokens(record.id, 1000);
  await buffer(memory, record.id, [chunk(1), chunk(2)]);
  await swap(record);
  const read = await get(record);
  assert.deepStrictEqual(
    [read.activeObservations, read.observationTokenCount, read.pendingMessageTokens, read.lastObservedAt, read.bufferedObservationChunks ?? []],
    ['observation 1\n\nobservation 2', 20, 800, at(2002), []],
  );
  assert.deepStrictEqual(await swap(record), NOTHING);
});

test('existing observations stay, before a boundary', async () => {
  const record = await begin(memory);
  await memory.updateActiveObservations({ id: record.id, observations: 'before', tokenCount: 3, lastObservedAt: at(0) });
  await buffer(memory, record.id, [chunk(1)]);
  await swap(record);
  const read = await get(record);
  assert.equal(read.activeObservations, `before\n\n--- message boundary (${at(1001).toISOString()}) ---\n\nobservation 1`);
  assert.deepStrictEqual([read.observationTokenCount, read.totalTokensObserved], [13, 3]);
});

test('lastObservedAt may be given', async () => {
  const record = await begin(memory);
  await memory.updateActiveObservations({ id: record.id, observations: 'before', tokenCount: 3, lastObservedAt: at(0) });
  await buffer(memory, record.id, [chunk(1)]);
  await swap(record, { lastObservedAt: at(777) });
  const read = await get(record);
  assert.deepStrictEqual(read.lastObservedAt, at(777));
  assert.match(read.activeObservations, new RegExp(`message boundary \\(${at(777).toISOString()}\\)`));
});

test('pending tokens do not fall below 0', async () => {
  const record = await begin(memory);
  await memory.setPendingMessageTokens(record.id, 30);
  await buffer(memory, record.id, [chunk(1)]);
  await swap(record);
  assert.equal((await get(record)).pendingMessageTokens, 0);
});

for (const [name, fields, expected] of [
  ['enough to reach the floor', { activationRatio: 0.5, messageTokensThreshold: 400, currentPendingTokens: 500 }, 3],
  ['at least one', { activationRatio: 0, messageTokensThreshold: 100000, currentPendingTokens: 1 }, 1],
  ['all', { activationRatio: 1, messageTokensThreshold: 400, currentPendingTokens: 10000 }, 5],
  ['exactly the target', { activationRatio: 0.5, messageTokensThreshold: 400, currentPendingTokens: 400 }, 2],
  ['forced', { activationRatio: 0.9, messageTokensThreshold: 400, currentPendingTokens: 500, forceMaxActivation: true }, 4],
]) {
  test(`how many: ${name}`, async () => {
    const record = await begin(memory);
    await buffer(memory, record.id, [1, 2, 3, 4, 5].map((n) => chunk(n)));
    const result = await swap(record, fields);
    assert.equal(result.chunksActivated, expected);
    assert.deepStrictEqual((await chunksOf(record)).map((c) => c.cycleId), [1, 2, 3, 4, 5].slice(expected).map((n) => `cycle-${n}`));
  });
}

/* The same on the reference, with numbers from a generator that gives the same ones in each run. */
function* generator(seed) {
  for (let state = seed; ; state = (state * 48271) % 2147483647) yield state / 2147483647;
}

for (let seed = 1; seed <= 40; seed++) {
  test(`chooses as the reference does, case ${seed}`, async () => {
    const random = generator(seed * 7919);
    const next = (most) => Math.floor(random.next().value * most);
    const chunks = Array.from({ length: 1 + next(8) }, (_, n) => chunk(n, { tokenCount: next(50), messageTokens: next(1500), messageIds: [`m${n}`] }));
    const input = { activationRatio: next(11) / 10, messageTokensThreshold: next(6000), currentPendingTokens: next(8000), ...(next(2) ? { forceMaxActivation: true } : {}) };
    const pending = next(9000);
    const outcomes = [];
    for (const domain of [await new InMemoryStore({ id: 'reference' }).getStore('memory'), memory]) {
      const record = await begin(domain);
      await domain.setPendingMessageTokens(record.id, pending);
      await buffer(domain, record.id, chunks);
      const result = await domain.swapBufferedToActive({ id: record.id, ...input });
      const { activeObservations, pendingMessageTokens, observationTokenCount, lastObservedAt, bufferedObservationChunks } = await domain.getObservationalMemory(record.threadId, record.resourceId);
      const left = (bufferedObservationChunks ?? []).map((c) => c.cycleId);
      outcomes.push({ result: defined(result), activeObservations, pendingMessageTokens, observationTokenCount, lastObservedAt, left });
    }
    assert.deepStrictEqual(outcomes[1], outcomes[0]);
  });
}

test('refreshed chunks decide how many', async () => {
  const record = await begin(memory);
  await buffer(memory, record.id, [1, 2, 3].map((n) => chunk(n)));
  const refreshed = (await chunksOf(record)).map((c) => ({ ...c, messageTokens: 500 }));
  const input = { activationRatio: 0.5, messageTokensThreshold: 400, currentPendingTokens: 700 };
  const result = await swap(record, { ...input, bufferedChunks: refreshed });
  assert.deepStrictEqual([result.chunksActivated, result.messageTokensActivated], [1, 500]);
  assert.deepStrictEqual((await chunksOf(record)).map((c) => c.cycleId), ['cycle-2', 'cycle-3']);
});

test('of racing swaps one activates each chunk', async () => {
  const record = await begin(memory);
  await buffer(memory, record.id, [1, 2, 3, 4].map((n) => chunk(n)));
  const results = await together(10, () => swap(record));
  assert.deepStrictEqual(results.flatMap((r) => r.activatedCycleIds).sort(), [1, 2, 3, 4].map((n) => `cycle-${n}`));
  const { activeObservations } = await get(record);
  for (const n of [1, 2, 3, 4]) assert.equal(activeObservations.split(`observation ${n}`).length, 2);
});

test('racing swaps and buffers: every chunk ends up exactly once', async () => {
  const record = await begin(memory);
  await buffer(memory, record.id, [chunk(100)]);
  const results = await together(20, (n) => (n % 2 ? swap(record) : memory.updateBufferedObservations({ id: record.id, chunk: chunk(n) })));
  const activated = results.flatMap((r) => r?.activatedCycleIds ?? []);
  const left = (await chunksOf(record)).map((c) => c.cycleId);
  const expected = [100, ...Array.from({ length: 10 }, (_, n) => n * 2)].map((n) => `cycle-${n}`);
  assert.deepStrictEqual([...activated, ...left].sort(), expected.sort());
});
