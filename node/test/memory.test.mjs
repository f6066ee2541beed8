/* Resources and observations through Store: shapes, checks and round trips; node/test/mastra has how they behave. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failure, odd, open } from './world.mjs';

const store = open();
const { resources, observations } = store;
const moment = new Date('2026-01-02T03:04:05.678Z');
const micros = '1767323045678901';

test('a resource, made, read, changed', async () => {
  const made = await resources.create({ id: 'r', workingMemory: odd, metadata: { odd }, createdAtMicros: micros });
  assert.deepEqual(made, {
    id: 'r',
    workingMemory: odd,
    metadata: { odd },
    createdAt: moment,
    createdAtMicros: micros,
    updatedAt: moment,
    updatedAtMicros: micros,
  });
  assert.deepEqual(await resources.get('r'), made);
  const changed = await resources.update({ id: 'r', metadataJson: '{"n": 1}' });
  assert.equal(changed.inserted, false);
  assert.deepEqual(changed.metadata, { odd, n: 1 });
  const less = await resources.update({ id: 'r', workingMemory: null, removed: ['n', 'm'] });
  assert.deepEqual([less.workingMemory, less.metadata], [null, { odd }]);
  assert.equal((await resources.update({ id: 'new' })).inserted, true);
  assert.equal((await failure(resources.create(made))).code, 'EXISTS');
  assert.equal((await failure(resources.get('unknown'))).code, 'NOT_FOUND');
});

test('what a resource cannot be', async () => {
  for (const wrong of [{}, { id: 1 }, { id: 'x', workingMemory: 1 }, { id: 'x', metadata: [] }, { id: 'x', name: 'y' }]) {
    assert.equal((await failure(resources.update(wrong))).code, 'INVALID', JSON.stringify(wrong));
    assert.equal((await failure(resources.create(wrong))).code, 'INVALID', JSON.stringify(wrong));
  }
  assert.match((await failure(resources.update({ id: 'x', removed: ['a', null] }))).message, /removed\[1\]/);
});

test('a record, put in and read', async () => {
  const record = {
    id: 'record',
    threadId: 'put in',
    resourceId: 'r',
    generation: 2 ** 40,
    origin: 'reflection',
    createdAt: moment,
    createdAtMicros: micros,
    updatedAt: moment,
    updatedAtMicros: micros,
    lastObservedAt: moment,
    lastObservedAtMicros: micros,
    lastBufferedAt: moment,
    lastBufferedAtMicros: micros,
    active: odd,
    chunks: [{ id: 'c', cycleId: odd, lastObservedAt: moment, createdAt: moment, messageTokens: 0.5, own: { a: [odd] } }],
    buffered: odd,
    bufferedTokens: 0,
    bufferedMessageIds: [odd],
    reflection: odd,
    reflectionTokens: -1,
    reflectionInputTokens: 2,
    reflectedLines: 3,
    observedMessageIds: [],
    timezone: odd,
    totalTokens: 4,
    activeTokens: 5,
    pendingTokens: Number.MAX_SAFE_INTEGER,
    isReflecting: true,
    isObserving: false,
    isBufferingObservation: true,
    isBufferingReflection: false,
    lastBufferedTokens: 6,
    config: { [odd]: 1.5 },
    metadata: { a: null },
  };
  assert.deepEqual(await observations.insert(record), record);
  assert.deepEqual(await observations.get({ threadId: 'put in' }), record);
  assert.deepEqual(await observations.history({ threadId: 'put in', from: micros, limit: 1 }), [record]);
  assert.deepEqual(await observations.history({ threadId: 'put in', until: micros }), []);
  assert.equal((await failure(observations.insert(record))).code, 'EXISTS');
});

test('a record from its beginning to its end', async () => {
  const scope = { resourceId: 'a life' };
  const { id, inserted } = await observations.init({ ...scope, config: { a: { b: 1 } }, timezone: 'UTC' });
  assert.equal(inserted, true);
  assert.equal((await observations.init(scope)).inserted, false);
  const chunk = { id, cycleId: 'one', observations: 'seen', tokens: 3, messageTokens: 100, lastObservedAt: moment };
  assert.deepEqual(await observations.buffer({ ...chunk, more: { currentTask: odd }, lastBufferedAt: moment }), { inserted: true });
  assert.deepEqual(await observations.buffer(chunk), { inserted: false });
  await observations.mark({ id, isBufferingObservation: true, pendingTokens: 150, lastBufferedTokens: 9 });
  const [taken] = await observations.activate({ id, ratio: 1, threshold: 50, pendingTokens: 150 });
  assert.ok(taken.createdAt instanceof Date && typeof taken.id === 'string');
  assert.deepEqual({ ...taken, id: 0, createdAt: 0 }, {
    id: 0,
    cycleId: 'one',
    observations: 'seen',
    tokenCount: 3,
    messageIds: [],
    messageTokens: 100,
    lastObservedAt: moment,
    createdAt: 0,
    currentTask: odd,
  });
  await observations.mergeConfig({ id, config: { a: { c: null } } });
  const active = await observations.get(scope);
  assert.deepEqual([active.active, active.pendingTokens, active.lastBufferedAt], ['seen', 50, moment]);
  assert.deepEqual(active.config, { a: { b: 1, c: null } });
  await observations.update({ id, active: 'new\ntext', tokens: 7, lastObservedAt: moment, observedMessageIds: ['m'] });
  assert.equal((await failure(observations.activateReflection({ id, tokens: 1 }))).code, 'CONFLICT');
  await observations.bufferReflection({ id, reflection: 'short', tokens: 1, inputTokens: 2, lines: 1 });
  const next = await observations.activateReflection({ id, tokens: 4 });
  assert.deepEqual([next.generation, next.active, next.activeTokens, next.totalTokens], [1, 'short\n\ntext', 4, 7]);
  const last = await observations.reflect({ id: next.id, reflection: odd, tokens: 2 });
  assert.deepEqual([last.generation, last.origin, last.active], [2, 'reflection', odd]);
  assert.equal(await observations.clear(scope), 3);
  assert.equal((await failure(observations.get(scope))).code, 'NOT_FOUND');
});

test('what calls about observations refuse', async () => {
  const id = 'x';
  const wrong = [
    observations.get({}),
    observations.get({ threadId: 1 }),
    observations.get({ threadId: 't', more: 1 }),
    observations.history({ threadId: 't', limit: 0 }),
    observations.history({ threadId: 't', from: 5 }),
    observations.init({ threadId: 't', config: [] }),
    observations.insert({ threadId: 't', generation: 0.5 }),
    observations.insert({ threadId: 't', origin: 'other' }),
    observations.insert({ threadId: 't', chunks: {} }),
    observations.update({ id, active: 'a', tokens: NaN, lastObservedAt: moment }),
    observations.update({ id, tokens: 1, lastObservedAt: moment }),
    observations.update({ id, active: 'a', tokens: 1 }),
    observations.mark({ id, isObserving: 1 }),
    observations.mark({ id, pendingTokens: '1' }),
    observations.mergeConfig({ id }),
    observations.buffer({ id, cycleId: 'c', observations: 'o', tokens: 1, lastObservedAt: moment }),
    observations.activate({ id, ratio: '1', threshold: 1, pendingTokens: 1 }),
    observations.activate({ id, ratio: NaN, threshold: 1, pendingTokens: 1 }),
    observations.reflect({ id, reflection: 'r' }),
    observations.bufferReflection({ id, reflection: 'r', tokens: 1, inputTokens: 1, lines: -1 }),
    observations.clear({}),
  ];
  for (const [i, call] of wrong.entries()) assert.equal((await failure(call)).code, 'INVALID', `call ${i}`);
});
