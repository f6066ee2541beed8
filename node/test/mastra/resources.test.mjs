/* Working memory of resources. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defined, failure, fresh, freshSchema, memoryOfCore, odd, openMemory, times } from './memory.mjs';

const schemaName = freshSchema();
const memory = openMemory({ schemaName });

function resource(more = {}) {
  return { id: fresh('resource'), workingMemory: 'notes', metadata: { a: 1 }, createdAt: new Date(1e12), updatedAt: new Date(2e12), ...more };
}

test('what is saved is read', async () => {
  const given = resource({ workingMemory: odd, metadata: { text: odd, deep: { list: [1, null, { a: true }] }, nothing: null } });
  assert.deepEqual(await memory.saveResource({ resource: given }), given);
  assert.deepEqual(await memory.getResourceById({ resourceId: given.id }), given);
});

test('an unknown resource is null', async () => {
  assert.equal(await memory.getResourceById({ resourceId: 'unknown' }), null);
});

test('without working memory and metadata both are null', async () => {
  const given = resource({ workingMemory: undefined, metadata: undefined });
  await memory.saveResource({ resource: given });
  assert.deepEqual(await memory.getResourceById({ resourceId: given.id }), { ...given, workingMemory: null, metadata: null });
});

test('moments that came as JSON are taken', async () => {
  const given = resource();
  await memory.saveResource({ resource: JSON.parse(JSON.stringify(given)) });
  assert.deepEqual(await memory.getResourceById({ resourceId: given.id }), given);
});

test('an empty id is one as any other', async () => {
  await memory.saveResource({ resource: resource({ id: '' }) });
  assert.equal((await memory.getResourceById({ resourceId: '' })).id, '');
});

test('what is saved twice is refused', async () => {
  const given = resource();
  await memory.saveResource({ resource: given });
  const error = await failure(memory.saveResource({ resource: { ...given, workingMemory: 'others' } }));
  assert.equal(error.id, 'MASTRA_STORAGE_PG_INSERT_FAILED');
  assert.equal(error.cause.code, 'EXISTS');
  assert.equal((await memory.getResourceById({ resourceId: given.id })).workingMemory, 'notes');
});

test('an update makes what is not there', async () => {
  const resourceId = fresh('resource');
  const before = Date.now();
  const made = await memory.updateResource({ resourceId, workingMemory: '' });
  assert.deepEqual({ ...made, createdAt: 0, updatedAt: 0 }, { id: resourceId, workingMemory: '', metadata: {}, createdAt: 0, updatedAt: 0 });
  assert.ok(made.createdAt >= before && made.createdAt.getTime() === made.updatedAt.getTime());
  assert.deepEqual(await memory.getResourceById({ resourceId }), made);
});

test('an update changes what it names', async () => {
  const given = resource({ metadata: { a: 1, b: { c: 1 }, d: 3 } });
  const resourceId = given.id;
  await memory.saveResource({ resource: { ...given, updatedAt: given.createdAt } });
  const merged = await memory.updateResource({ resourceId, metadata: { a: null, b: { x: 2 }, d: undefined } });
  assert.deepEqual(merged.metadata, { a: null, b: { x: 2 } });
  assert.equal(merged.workingMemory, 'notes');
  assert.deepEqual(merged.createdAt, given.createdAt);
  assert.ok(merged.updatedAt > given.createdAt);
  const emptied = await memory.updateResource({ resourceId, workingMemory: '' });
  assert.equal(emptied.workingMemory, '');
  assert.deepEqual(emptied.metadata, merged.metadata);
  assert.deepEqual(await memory.getResourceById({ resourceId }), emptied);
});

test('updates at once lose nothing, the first ones too', async () => {
  const resourceId = fresh('resource');
  const other = openMemory({ schemaName });
  await times(20, (i) => (i % 2 ? memory : other).updateResource({ resourceId, metadata: { [`k${i}`]: i } }));
  const { metadata } = await memory.getResourceById({ resourceId });
  assert.deepEqual(metadata, Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`k${i}`, i])));
});

test('saves at once: one is taken', async () => {
  const given = resource();
  const results = await Promise.allSettled(Array.from({ length: 10 }, () => memory.saveResource({ resource: given })));
  assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
});

test('it is as the memory of core', async () => {
  const core = memoryOfCore();
  const resourceId = fresh('resource');
  const steps = [
    { workingMemory: 'one' },
    { metadata: { a: 1, b: { c: [1] } } },
    { metadata: { b: 'x', n: null }, workingMemory: undefined },
    { workingMemory: '', metadata: {} },
    { metadata: { b: undefined, c: 1 } },
    { workingMemory: null },
    {},
  ];
  for (const step of steps) {
    const moments = { createdAt: 0, updatedAt: 0 };
    const ours = await memory.updateResource({ resourceId, ...step });
    const theirs = await core.updateResource({ resourceId, ...step });
    assert.deepEqual(defined({ ...ours, ...moments }), defined({ ...theirs, ...moments }));
    const read = await memory.getResourceById({ resourceId });
    assert.deepEqual(defined({ ...read, ...moments }), defined({ ...(await core.getResourceById({ resourceId })), ...moments }));
  }
});

test('failures are MastraErrors and tell no contents', async () => {
  const error = await failure(memory.updateResource({ resourceId: 'x'.repeat(300), workingMemory: 'secret' }));
  assert.equal(error.id, 'MASTRA_STORAGE_PG_UPDATE_RESOURCE_FAILED');
  assert.equal(error.domain, 'STORAGE');
  assert.ok(!JSON.stringify(error).includes('secret'));
});

test('a resource that cannot exist is null', async () => {
  for (const resourceId of [undefined, null, 'x'.repeat(256), 'a\u0000b', 'a\ud800'])
    assert.equal(await memory.getResourceById({ resourceId }), null);
});
