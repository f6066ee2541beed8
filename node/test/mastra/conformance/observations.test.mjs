/* Observational memory: records, flags, history, config, and what is refused. */
import assert from 'node:assert/strict';
import { at, fresh, odd, open, refused, schemaOf, test, together } from '../world.mjs';
import { begin, defined, scopeOf } from '../observing.mjs';

const store = await open();
const memory = await store.getStore('memory');
const get = ({ threadId, resourceId }) => memory.getObservationalMemory(threadId, resourceId);
const history = ({ threadId, resourceId }, ...args) => memory.getObservationalMemoryHistory(threadId, resourceId, ...args);

test('the store says that it has observational memory', () => {
  assert.equal(memory.supportsObservationalMemory, true);
});

test('there is no record before the first', async () => {
  assert.equal(await memory.getObservationalMemory(fresh(), fresh()), null);
  assert.equal(await memory.getObservationalMemory(null, fresh()), null);
  assert.deepStrictEqual(await memory.getObservationalMemoryHistory(fresh(), fresh()), []);
});

for (const scope of ['thread', 'resource']) {
  test(`a new record of a ${scope} is empty`, async () => {
    const where = scopeOf(scope);
    const before = Date.now();
    const record = await memory.initializeObservationalMemory({ ...where, scope, config: { a: 1 }, observedTimezone: 'Europe/London' });
    const { id, createdAt, updatedAt } = record;
    assert.ok(typeof id === 'string' && createdAt instanceof Date && updatedAt instanceof Date && createdAt.getTime() >= before - 1000);
    const expected = {
      id, createdAt, updatedAt, scope, ...where, originType: 'initial', generationCount: 0, activeObservations: '', totalTokensObserved: 0, observationTokenCount: 0,
      pendingMessageTokens: 0, isReflecting: false, isObserving: false, isBufferingObservation: false, isBufferingReflection: false, lastBufferedAtTokens: 0,
      lastBufferedAtTime: null, config: { a: 1 }, observedTimezone: 'Europe/London',
    };
    for (const one of [record, await get(where)]) {
      const { metadata = {}, ...rest } = one;
      assert.deepStrictEqual(metadata, {});
      assert.deepStrictEqual(defined(rest), expected);
    }
  });
}

test('a record without a time zone has none', async () => {
  const record = await begin(memory, { observedTimezone: undefined });
  assert.equal((await get(record)).observedTimezone, undefined);
});

for (const config of [{}, { deep: { list: [1, null, { x: true }] } }, { odd, [`key ${odd}`]: 1 }, { n: [0.5, 1e21, -1] }]) {
  test(`config comes back deeply equal: ${JSON.stringify(config).slice(0, 30)}`, async () => {
    const record = await begin(memory, { config });
    assert.deepStrictEqual(record.config, config);
    assert.deepStrictEqual((await get(record)).config, config);
  });
}

test('a second begin gives the record that there is', async () => {
  const record = await begin(memory);
  await memory.setPendingMessageTokens(record.id, 5);
  const again = await begin(memory, { threadId: record.threadId, resourceId: record.resourceId, config: { other: 1 } });
  assert.equal(again.id, record.id);
  assert.deepStrictEqual(again.config, record.config);
  assert.equal((await history(record)).length, 1);
});

test('20 begins at once, by two stores, make one record', async () => {
  const second = await (await open({ schemaName: schemaOf(store) })).getStore('memory');
  const where = scopeOf('thread');
  const records = await together(20, (n) => begin(n % 2 ? memory : second, where));
  assert.equal(new Set(records.map(({ id }) => id)).size, 1);
  assert.equal((await history(where)).length, 1);
});

test('a thread and a resource of one name have records of their own', async () => {
  const name = fresh();
  const one = await begin(memory, { threadId: name, resourceId: name });
  const other = await begin(memory, { threadId: null, resourceId: name, scope: 'resource' });
  assert.notEqual(one.id, other.id);
  assert.equal((await memory.getObservationalMemory(name, name)).id, one.id);
  assert.equal((await memory.getObservationalMemory(null, name)).id, other.id);
});

test('a name like the key of the other scope does not collide', async () => {
  const name = fresh();
  const one = await begin(memory, { threadId: `resource:${name}` });
  assert.equal(await memory.getObservationalMemory(null, name), null);
  assert.equal((await memory.getObservationalMemory(`resource:${name}`, one.resourceId)).id, one.id);
});

for (const id of ["o'neil\"", '\ud83d\ude00', '\u05e9', "'; --", ' x ']) {
  test(`the names ${JSON.stringify(id)}`, async () => {
    const name = id + fresh();
    const record = await begin(memory, { threadId: name, resourceId: name });
    assert.deepStrictEqual([record.threadId, record.resourceId], [name, name]);
    assert.equal((await memory.getObservationalMemory(name, name)).id, record.id);
  });
}

/* --- updateActiveObservations */

test('observations are replaced and tokens counted', async () => {
  const record = await begin(memory);
  await memory.setPendingMessageTokens(record.id, 77);
  await memory.updateActiveObservations({ id: record.id, observations: 'first', tokenCount: 10, lastObservedAt: at(1), observedMessageIds: ['a', 'b'] });
  await memory.updateActiveObservations({ id: record.id, observations: 'second', tokenCount: 7, lastObservedAt: at(2), observedMessageIds: ['c'] });
  const read = await get(record);
  assert.deepStrictEqual(
    [read.activeObservations, read.observationTokenCount, read.totalTokensObserved, read.pendingMessageTokens, read.lastObservedAt, read.observedMessageIds],
    ['second', 7, 17, 0, at(2), ['c']],
  );
});

test('observations may become empty, and lastObservedAt may go back', async () => {
  const record = await begin(memory);
  await memory.updateActiveObservations({ id: record.id, observations: 'x', tokenCount: 1, lastObservedAt: at(5000) });
  await memory.updateActiveObservations({ id: record.id, observations: '', tokenCount: 0, lastObservedAt: at(1) });
  const read = await get(record);
  assert.deepStrictEqual([read.activeObservations, read.lastObservedAt, read.observationTokenCount], ['', at(1), 0]);
});

test('observing keeps flags, config, buffer and createdAt', async () => {
  const record = await begin(memory);
  await memory.setObservingFlag(record.id, true);
  await memory.setBufferingReflectionFlag(record.id, true);
  await memory.updateBufferedObservations({ id: record.id, chunk: { cycleId: 'c', observations: 'o', tokenCount: 1, messageIds: ['m'], messageTokens: 2, lastObservedAt: at(0) } });
  const before = await get(record);
  await memory.updateActiveObservations({ id: record.id, observations: 'x', tokenCount: 1, lastObservedAt: at(5) });
  const { activeObservations, observationTokenCount, totalTokensObserved, lastObservedAt, updatedAt, ...rest } = defined(await get(record));
  assert.deepStrictEqual([activeObservations, observationTokenCount, totalTokensObserved, lastObservedAt], ['x', 1, 1, at(5)]);
  assert.ok(updatedAt >= before.updatedAt);
  for (const [key, value] of Object.entries(rest)) assert.deepStrictEqual(value, before[key], key);
});

test('observations keep every character', async () => {
  const record = await begin(memory);
  await memory.updateActiveObservations({ id: record.id, observations: odd, tokenCount: 1, lastObservedAt: at(0), observedMessageIds: ['m\u00e9'] });
  const read = await get(record);
  assert.deepStrictEqual([read.activeObservations, read.observedMessageIds], [odd, ['m\u00e9']]);
});

test('broken numbers of tokens do not fail', async () => {
  const record = await begin(memory);
  await memory.updateActiveObservations({ id: record.id, observations: 'x', tokenCount: 10.4, lastObservedAt: at(0) });
  await memory.setPendingMessageTokens(record.id, 3.2);
  const read = await get(record);
  assert.deepStrictEqual([Math.round(read.observationTokenCount), Math.round(read.totalTokensObserved), Math.round(read.pendingMessageTokens)], [10, 10, 3]);
});

test('numbers of tokens may be large', async () => {
  const record = await begin(memory);
  await memory.setPendingMessageTokens(record.id, 2000000000);
  assert.equal((await get(record)).pendingMessageTokens, 2000000000);
});

/* --- flags */

const FLAGS = { setReflectingFlag: 'isReflecting', setObservingFlag: 'isObserving', setBufferingObservationFlag: 'isBufferingObservation', setBufferingReflectionFlag: 'isBufferingReflection' };

for (const [method, flag] of Object.entries(FLAGS)) {
  test(`${method} sets and clears its flag and no other`, async () => {
    const record = await begin(memory);
    for (const value of [true, true, false]) {
      await memory[method](record.id, value);
      const read = await get(record);
      for (const name of Object.values(FLAGS)) assert.equal(read[name], name === flag ? value : false, name);
    }
  });

  test(`${method} moves updatedAt`, async () => {
    const record = await begin(memory);
    await new Promise((resolve) => setTimeout(resolve, 5));
    await memory[method](record.id, true);
    assert.ok((await get(record)).updatedAt > record.updatedAt);
  });
}

test('the mark of the buffer is kept when it is omitted', async () => {
  const record = await begin(memory);
  await memory.setBufferingObservationFlag(record.id, true, 500);
  await memory.setBufferingObservationFlag(record.id, false);
  assert.equal((await get(record)).lastBufferedAtTokens, 500);
  await memory.setBufferingObservationFlag(record.id, false, 0);
  assert.equal((await get(record)).lastBufferedAtTokens, 0);
});

test('pending tokens are set', async () => {
  const record = await begin(memory);
  for (const n of [120, 0, 5]) {
    await memory.setPendingMessageTokens(record.id, n);
    assert.equal((await get(record)).pendingMessageTokens, n);
  }
});

test('flags that are set at once are all kept', async () => {
  const record = await begin(memory);
  await Promise.all(Object.keys(FLAGS).map((method) => memory[method](record.id, true)));
  const read = await get(record);
  for (const flag of Object.values(FLAGS)) assert.equal(read[flag], true);
});

/* --- config */

for (const [name, before, change, after] of [
  ['objects merge deeply', { a: { b: { c: 1, d: 2 } }, k: 1 }, { a: { b: { d: 3, e: 4 } } }, { a: { b: { c: 1, d: 3, e: 4 } }, k: 1 }],
  ['lists replace', { a: [1, 2, 3] }, { a: [4] }, { a: [4] }], ['scalars replace objects', { a: { b: 1 } }, { a: 5 }, { a: 5 }], ['objects replace scalars', { a: 5 }, { a: { b: 1 } }, { a: { b: 1 } }],
  ['null replaces', { a: { b: 1 } }, { a: null }, { a: null }], ['objects replace null', { a: null }, { a: { b: 1 } }, { a: { b: 1 } }], ['undefined changes nothing', { a: 1 }, { a: undefined, b: 2 }, { a: 1, b: 2 }],
  ['undefined, deep down', { a: { b: 1 } }, { a: { b: undefined, c: 2 } }, { a: { b: 1, c: 2 } }], ['{} changes nothing', { a: 1 }, {}, { a: 1 }], ['{} within changes nothing', { a: { b: 1 } }, { a: {} }, { a: { b: 1 } }],
  ['odd text', { a: 1 }, { odd }, { a: 1, odd }], ['into nothing', {}, { a: { b: 1 } }, { a: { b: 1 } }], ['false and 0 and \'\'', { a: true, b: 1, c: 'x' }, { a: false, b: 0, c: '' }, { a: false, b: 0, c: '' }],
]) {
  test(`config: ${name}`, async () => {
    const record = await begin(memory, { config: before });
    assert.equal(await memory.updateObservationalMemoryConfig({ id: record.id, config: change }), undefined);
    assert.deepStrictEqual((await get(record)).config, after);
  });
}

test('config: keys of prototypes are harmless', async () => {
  const record = await begin(memory, { config: { a: 1 } });
  await memory.updateObservationalMemoryConfig({ id: record.id, config: JSON.parse('{"__proto__": {"polluted": true}, "constructor": {"prototype": {"polluted": true}}}') });
  const { config } = await get(record);
  assert.equal(config.a, 1);
  assert.equal({}.polluted, undefined);
});

test('config: 20 merges at once are all kept', async () => {
  const record = await begin(memory, { config: { deep: { x: 0 } } });
  await together(20, (n) => memory.updateObservationalMemoryConfig({ id: record.id, config: { deep: { [`k${n}`]: n } } }));
  assert.equal(Object.keys((await get(record)).config.deep).length, 21);
});

/* --- refused */

const NOBODY = 'no-such-record';
const CHUNK = { cycleId: 'c', observations: 'o', tokenCount: 1, messageIds: [], messageTokens: 1, lastObservedAt: at(0) };
for (const [operation, call] of [
  ['UPDATE_ACTIVE_OBSERVATIONS', () => memory.updateActiveObservations({ id: NOBODY, observations: 'x', tokenCount: 1, lastObservedAt: at(0) })],
  ['UPDATE_BUFFERED_OBSERVATIONS', () => memory.updateBufferedObservations({ id: NOBODY, chunk: CHUNK })],
  ['SWAP_BUFFERED_TO_ACTIVE', () => memory.swapBufferedToActive({ id: NOBODY, activationRatio: 1, messageTokensThreshold: 1, currentPendingTokens: 1 })],
  ['UPDATE_BUFFERED_REFLECTION', () => memory.updateBufferedReflection({ id: NOBODY, reflection: 'x', tokenCount: 1, inputTokenCount: 1, reflectedObservationLineCount: 0 })],
  ['SWAP_BUFFERED_REFLECTION_TO_ACTIVE', () => memory.swapBufferedReflectionToActive({ currentRecord: { id: NOBODY, ...scopeOf('thread'), scope: 'thread' }, tokenCount: 1 })],
  ['SET_REFLECTING_FLAG', () => memory.setReflectingFlag(NOBODY, true)],
  ['SET_OBSERVING_FLAG', () => memory.setObservingFlag(NOBODY, true)],
  ['SET_BUFFERING_OBSERVATION_FLAG', () => memory.setBufferingObservationFlag(NOBODY, true, 5)],
  ['SET_BUFFERING_REFLECTION_FLAG', () => memory.setBufferingReflectionFlag(NOBODY, true)],
  ['SET_PENDING_MESSAGE_TOKENS', () => memory.setPendingMessageTokens(NOBODY, 1)],
  ['UPDATE_OM_CONFIG', () => memory.updateObservationalMemoryConfig({ id: NOBODY, config: {} })],
]) {
  test(`${operation} of an unknown record is refused`, async () => {
    await refused(call(), `${operation}_NOT_FOUND`, { details: { id: NOBODY }, message: /not found/ });
  });
}
