/* Observational memory: reflections, generations, history, insert and clear. */
import assert from 'node:assert/strict';
import { at, fresh, odd, open, refused, test, together } from '../world.mjs';
import { begin, buffer, chunk, defined, scopeOf } from '../observing.mjs';

const store = await open();
const memory = await store.getStore('memory');
const get = ({ threadId, resourceId }) => memory.getObservationalMemory(threadId, resourceId);
const history = ({ threadId, resourceId }, ...args) => memory.getObservationalMemoryHistory(threadId, resourceId, ...args);
const reflect = (currentRecord, reflection = 'reflected', tokenCount = 4) => memory.createReflectionGeneration({ currentRecord, reflection, tokenCount });
const observe = (record, observations) => memory.updateActiveObservations({ id: record.id, observations, tokenCount: 9, lastObservedAt: at(1) });
const bufferReflection = (record, fields = {}) =>
  memory.updateBufferedReflection({ id: record.id, reflection: 'R', tokenCount: 3, inputTokenCount: 30, reflectedObservationLineCount: 2, ...fields });

/* A record with observations and everything else set. */
async function busy(input) {
  const record = await begin(memory, input);
  await observe(record, 'one\ntwo\nthree');
  await buffer(memory, record.id, [chunk(1)]);
  for (const method of ['setReflectingFlag', 'setObservingFlag', 'setBufferingReflectionFlag']) await memory[method](record.id, true);
  await memory.setBufferingObservationFlag(record.id, true, 40);
  await memory.setPendingMessageTokens(record.id, 60);
  return get(record);
}

for (const scope of ['thread', 'resource']) {
  test(`a reflection makes the next generation of a ${scope}, clean`, async () => {
    const record = await busy({ ...scopeOf(scope), scope, config: { a: { b: 1 } }, observedTimezone: 'Asia/Tokyo' });
    const made = await reflect(record, 'reflected', 4);
    const { id, createdAt, updatedAt, metadata, ...rest } = defined(made);
    assert.notEqual(id, record.id);
    assert.ok(createdAt >= record.createdAt && updatedAt instanceof Date);
    assert.deepStrictEqual(rest, {
      scope, threadId: record.threadId, resourceId: record.resourceId, lastObservedAt: at(1), originType: 'reflection', generationCount: 1, activeObservations: 'reflected',
      totalTokensObserved: 9, observationTokenCount: 4, pendingMessageTokens: 0, isReflecting: false, isObserving: false, isBufferingObservation: false, isBufferingReflection: false,
      lastBufferedAtTokens: 0, lastBufferedAtTime: null, config: { a: { b: 1 } }, observedTimezone: 'Asia/Tokyo',
    });
    assert.deepStrictEqual(defined(await get(record)), defined(made));
  });
}

test('older generations stay as they were', async () => {
  const record = await begin(memory);
  await observe(record, 'old');
  const before = await get(record);
  await reflect(before);
  const [, old] = await history(record);
  assert.deepStrictEqual([old.id, old.activeObservations, old.generationCount], [record.id, 'old', 0]);
});

test('generations count up', async () => {
  let record = await begin(memory);
  for (let n = 1; n <= 4; n++) record = await reflect(record, `r${n}`);
  assert.deepStrictEqual((await history(record)).map((r) => [r.generationCount, r.activeObservations]), [[4, 'r4'], [3, 'r3'], [2, 'r2'], [1, 'r1'], [0, '']]);
});

test('reflections that race have numbers of their own', async () => {
  const record = await begin(memory);
  const made = await together(10, (n) => reflect(record, `r${n}`));
  const numbers = (await history(record, 100)).map((r) => r.generationCount);
  assert.equal(new Set(numbers).size, numbers.length);
  assert.deepStrictEqual(numbers.toSorted((a, b) => b - a), numbers);
  assert.equal(new Set(made.map((r) => r.generationCount)).size, made.length);
});

for (const [name, reflection] of [['odd text', odd], ['empty', ''], ['U+0000', 'a\u0000b'], ['a lone surrogate', 'a\ud800b'], ['long', 'x'.repeat(300000)]]) {
  test(`what a reflection gives back is what is stored: ${name}`, async () => {
    const record = await begin(memory);
    const made = await reflect(record, reflection);
    assert.equal(made.activeObservations, (await get(record)).activeObservations);
    assert.equal(made.activeObservations, reflection);
  });
}

test('a new generation goes on like any record', async () => {
  const made = await reflect(await begin(memory));
  await observe(made, 'more');
  await buffer(memory, made.id, [chunk(1)]);
  await memory.swapBufferedToActive({ id: made.id, activationRatio: 1, messageTokensThreshold: 1, currentPendingTokens: 1 });
  assert.match((await get(made)).activeObservations, /^more\n\n--- message boundary .* ---\n\nobservation 1$/);
});

/* --- buffered reflections */

test('a buffered reflection is kept beside what is active', async () => {
  const record = await begin(memory);
  await observe(record, 'one\ntwo');
  assert.equal(await bufferReflection(record), undefined);
  const read = await get(record);
  assert.deepStrictEqual(
    [read.bufferedReflection, read.bufferedReflectionTokens, read.bufferedReflectionInputTokens, read.reflectedObservationLineCount, read.activeObservations],
    ['R', 3, 30, 2, 'one\ntwo'],
  );
});

test('buffered reflections are appended and their tokens added', async () => {
  const record = await begin(memory);
  await bufferReflection(record);
  await bufferReflection(record, { reflection: 'S', tokenCount: 2, inputTokenCount: 20, reflectedObservationLineCount: 5 });
  const read = await get(record);
  assert.deepStrictEqual(
    [read.bufferedReflection, read.bufferedReflectionTokens, read.bufferedReflectionInputTokens, read.reflectedObservationLineCount], ['R\n\nS', 5, 50, 5],
  );
});

test('20 buffered reflections at once are all kept', async () => {
  const record = await begin(memory);
  await together(20, (n) => bufferReflection(record, { reflection: `[${n}]` }));
  const read = await get(record);
  assert.equal(read.bufferedReflection.split('\n\n').length, 20);
  assert.equal(read.bufferedReflectionTokens, 60);
});

test('a buffered reflection keeps every character', async () => {
  const record = await begin(memory);
  await bufferReflection(record, { reflection: odd });
  assert.equal((await get(record)).bufferedReflection, odd);
});

for (const [name, observations, lines, expected] of [
  ['and what is new', 'one\ntwo\nthree\nfour', 2, 'R\n\nthree\nfour'], ['alone', 'one\ntwo', 2, 'R'], ['when there were fewer lines', 'one', 9, 'R'], ['when nothing was reflected on', 'one', 0, 'R\n\none'],
  ['without blank lines around', 'one\n\n\ntwo\n\n', 1, 'R\n\ntwo'], ['of nothing', '', 0, 'R'],
]) {
  test(`a buffered reflection becomes active ${name}`, async () => {
    const record = await begin(memory);
    await observe(record, observations);
    await bufferReflection(record, { reflectedObservationLineCount: lines });
    const made = await memory.swapBufferedReflectionToActive({ currentRecord: await get(record), tokenCount: 12 });
    assert.deepStrictEqual([made.activeObservations, made.generationCount, made.observationTokenCount, made.originType], [expected, 1, 12, 'reflection']);
    assert.deepStrictEqual(defined(await get(record)), defined(made));
  });
}

test('after that the old record has no buffered reflection', async () => {
  const record = await begin(memory);
  await bufferReflection(record);
  await memory.swapBufferedReflectionToActive({ currentRecord: await get(record), tokenCount: 1 });
  const [, old] = await history(record);
  assert.deepStrictEqual([old.id, old.bufferedReflection, old.bufferedReflectionTokens, old.reflectedObservationLineCount], [record.id, undefined, undefined, undefined]);
});

test('the stored record decides, not the caller\'s copy', async () => {
  const record = await begin(memory, { config: { a: 1 } });
  await observe(record, 'one\ntwo');
  const stale = await get(record);
  await bufferReflection(record);
  await observe(record, 'one\ntwo\nthree');
  await memory.updateObservationalMemoryConfig({ id: record.id, config: { b: 2 } });
  const made = await memory.swapBufferedReflectionToActive({ currentRecord: stale, tokenCount: 12 });
  assert.deepStrictEqual([made.activeObservations, made.totalTokensObserved, made.config], ['R\n\nthree', 18, { a: 1, b: 2 }]);
});

test('nothing buffered is refused', async () => {
  const record = await begin(memory);
  await refused(memory.swapBufferedReflectionToActive({ currentRecord: record, tokenCount: 1 }), 'SWAP_BUFFERED_REFLECTION_TO_ACTIVE_NO_CONTENT', {
    category: 'USER', details: { id: record.id }, message: /No buffered reflection/,
  });
  assert.equal((await history(record)).length, 1);
});

test('of racing calls one makes a generation', async () => {
  const record = await begin(memory);
  await observe(record, 'one\ntwo\nthree');
  await bufferReflection(record);
  const current = await get(record);
  const results = await Promise.allSettled(Array.from({ length: 10 }, () => memory.swapBufferedReflectionToActive({ currentRecord: current, tokenCount: 1 })));
  assert.equal((await history(record)).length, 2);
  assert.ok(results.some(({ status }) => status === 'fulfilled'));
});

/* --- history */

/* 12 generations, an hour apart. */
const past = scopeOf('thread');
const record = (n, fields = {}) => ({
  id: `${past.threadId}/${n}`, ...past, scope: 'thread', createdAt: at(n * 3600000), updatedAt: at(n * 3600000 + 1), originType: n ? 'reflection' : 'initial', generationCount: n,
  activeObservations: `generation ${n}`, totalTokensObserved: n * 10, observationTokenCount: n, pendingMessageTokens: 0, isReflecting: false, isObserving: false,
  isBufferingObservation: false, isBufferingReflection: false, lastBufferedAtTokens: 0, lastBufferedAtTime: null, config: { n }, ...fields,
});
for (let n = 0; n < 12; n++) await memory.insertObservationalMemoryRecord(record(n));
const generations = async (...args) => (await history(past, ...args)).map((r) => r.generationCount);
const down = (from, to) => Array.from({ length: from - to + 1 }, (_, i) => from - i);

for (const [name, args, expected] of [
  ['10 by default, the newest first', [], down(11, 2)], ['a limit', [3], [11, 10, 9]], ['more than there are', [100], down(11, 0)], ['an offset', [3, { offset: 2 }], [9, 8, 7]],
  ['an offset past the end', [3, { offset: 12 }], []], ['an offset of 0', [1, { offset: 0 }], [11]], ['from', [100, { from: at(9 * 3600000) }], [11, 10, 9]], ['to', [100, { to: at(3600000) }], [1, 0]],
  ['from and to', [100, { from: at(3600000), to: at(3 * 3600000) }], [3, 2, 1]], ['a millisecond later', [100, { from: at(10 * 3600000 + 1) }], [11]], ['a millisecond earlier', [100, { to: at(3600000 - 1) }], [0]],
  ['inverted', [100, { from: at(3 * 3600000), to: at(3600000) }], []], ['dates, a limit and an offset', [2, { from: at(0), to: at(5 * 3600000), offset: 1 }], [4, 3]], ['an undefined limit', [undefined, { offset: 10 }], [1, 0]],
]) {
  test(`history: ${name}`, async () => {
    assert.deepStrictEqual(await generations(...args), expected);
  });
}

test('the first of the history is the current record', async () => {
  assert.deepStrictEqual((await history(past, 1))[0], await get(past));
});

/* --- insert */

test('an inserted record comes back as it was', async () => {
  const where = scopeOf('resource');
  const given = {
    ...record(3), ...where, id: fresh(), scope: 'resource', lastObservedAt: at(1), activeObservations: odd, observedMessageIds: ['a', 'b'], observedTimezone: 'UTC', metadata: { a: { b: odd } },
    bufferedReflection: 'R', bufferedReflectionTokens: 1, bufferedReflectionInputTokens: 2, reflectedObservationLineCount: 3, isReflecting: true, isObserving: true, isBufferingObservation: true,
    isBufferingReflection: true, lastBufferedAtTokens: 7, lastBufferedAtTime: at(2), pendingMessageTokens: 8,
    bufferedObservationChunks: [{ id: 'ombuf-1', createdAt: at(3), ...chunk(1) }],
  };
  assert.equal(await memory.insertObservationalMemoryRecord(given), undefined);
  assert.deepStrictEqual(defined(await get(where)), given);
});

test('a used id is refused', async () => {
  const first = record(0, { id: fresh(), ...scopeOf('thread') });
  await memory.insertObservationalMemoryRecord(first);
  await refused(memory.insertObservationalMemoryRecord({ ...first, activeObservations: 'other' }), 'INSERT_OBSERVATIONAL_MEMORY_RECORD_FAILED', { details: { id: first.id } });
  assert.equal((await get(first)).activeObservations, 'generation 0');
});

test('an older generation that is inserted later is not current', async () => {
  const where = scopeOf('thread');
  await memory.insertObservationalMemoryRecord(record(5, { id: fresh(), ...where }));
  await memory.insertObservationalMemoryRecord(record(2, { id: fresh(), ...where }));
  assert.equal((await get(where)).generationCount, 5);
});

/* --- clear */

test('clear removes the scope\'s record and history, and no other\'s', async () => {
  const name = fresh();
  const one = await begin(memory, { threadId: name, resourceId: name });
  await reflect(one);
  const other = await begin(memory, { threadId: null, resourceId: name, scope: 'resource' });
  assert.equal(await memory.clearObservationalMemory(name, name), undefined);
  assert.equal(await get(one), null);
  assert.deepStrictEqual(await history(one), []);
  assert.equal((await get(other)).id, other.id);
});

test('clear of what is not there is fine, and one may begin anew', async () => {
  const where = scopeOf('thread');
  await memory.clearObservationalMemory(where.threadId, where.resourceId);
  const first = await begin(memory, where);
  await memory.clearObservationalMemory(where.threadId, where.resourceId);
  const second = await begin(memory, where);
  assert.notEqual(second.id, first.id);
  assert.equal(second.generationCount, 0);
});
