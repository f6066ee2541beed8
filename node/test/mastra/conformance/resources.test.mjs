/* Resources: working memory and metadata of an owner. */
import assert from 'node:assert/strict';
import { at, failure, fresh, odd, open, saveMessages, saveThread, test, together } from '../world.mjs';

const store = await open();
const memory = await store.getStore('memory');
const get = (resourceId) => memory.getResourceById({ resourceId });
const resource = (fields = {}) => ({ id: fresh('r'), workingMemory: '# Notes', metadata: { a: 1 }, createdAt: at(0), updatedAt: at(1), ...fields });

async function saved(fields) {
  const one = resource(fields);
  await memory.saveResource({ resource: one });
  return one;
}

test('a resource comes back as it was saved, with exactly its fields', async () => {
  const one = await saved();
  assert.deepStrictEqual(await get(one.id), one);
});

test('saveResource gives back what it was given', async () => {
  const one = resource();
  assert.deepStrictEqual(await memory.saveResource({ resource: one }), one);
});

test('an unknown resource is null', async () => {
  assert.equal(await get(fresh()), null);
});

for (const [name, workingMemory, expected] of [['empty', '', ''], ['absent', undefined, null], ['odd text', odd, odd], ['JSON', '{"a": 1}', '{"a": 1}'], ['large', 'x'.repeat(500000), 'x'.repeat(500000)]]) {
  test(`working memory: ${name}`, async () => {
    const { id } = await saved({ workingMemory });
    assert.equal((await get(id)).workingMemory, expected);
  });
}

for (const [name, metadata, expected] of [
  ['{}', {}, {}], ['absent', undefined, null], ['odd text', { odd }, { odd }], ['deep', { a: { b: [1, null] } }, { a: { b: [1, null] } }], ['Dates become texts', { at: at(0) }, { at: at(0).toISOString() }],
]) {
  test(`metadata: ${name}`, async () => {
    const { id } = await saved({ metadata });
    assert.deepStrictEqual((await get(id)).metadata, expected);
  });
}

test('a second save of the id fails and changes nothing', async () => {
  const one = await saved();
  const error = await failure(memory.saveResource({ resource: { ...one, workingMemory: 'other' } }));
  assert.match(error.id, /INSERT_FAILED$/);
  assert.equal(error.category, 'THIRD_PARTY');
  assert.deepStrictEqual(await get(one.id), one);
});

for (const [name, id] of [['quotes', "o'neil\""], ['emoji', '\ud83d\ude00'], ['SQL', "'; --"], ['a path', 'org/acme:user@x.com'], ['spaces', ' a b ']]) {
  test(`an id with ${name}`, async () => {
    const one = await saved({ id: id + fresh() });
    assert.deepStrictEqual(await get(one.id), one);
    assert.equal((await memory.updateResource({ resourceId: one.id, workingMemory: 'new' })).workingMemory, 'new');
  });
}

/* --- updateResource */

test('updateResource sets working memory and merges metadata', async () => {
  const one = await saved({ metadata: { a: 1, deep: { x: 1 } } });
  const updated = await memory.updateResource({ resourceId: one.id, workingMemory: 'New', metadata: { b: 2, deep: { y: 2 } } });
  assert.deepStrictEqual({ ...updated, updatedAt: 0 }, { ...one, workingMemory: 'New', metadata: { a: 1, b: 2, deep: { y: 2 } }, updatedAt: 0 });
  const read = await get(one.id);
  assert.deepStrictEqual({ ...read, updatedAt: 0 }, { ...updated, updatedAt: 0 });
  assert.ok(read.updatedAt > one.updatedAt && updated.updatedAt instanceof Date);
});

for (const [name, change, workingMemory, metadata] of [
  ['working memory alone', { workingMemory: 'New' }, 'New', { a: 1 }], ['an empty working memory', { workingMemory: '' }, '', { a: 1 }], ['metadata alone', { metadata: { b: 2 } }, '# Notes', { a: 1, b: 2 }],
  ['metadata {}', { metadata: {} }, '# Notes', { a: 1 }], ['null in metadata', { metadata: { a: null } }, '# Notes', { a: null }], ['nothing', {}, '# Notes', { a: 1 }],
  ['undefined working memory', { workingMemory: undefined, metadata: { a: 2 } }, '# Notes', { a: 2 }], ['odd text', { workingMemory: odd, metadata: { odd } }, odd, { a: 1, odd }],
]) {
  test(`updateResource: ${name}`, async () => {
    const one = await saved();
    const updated = await memory.updateResource({ resourceId: one.id, ...change });
    assert.deepStrictEqual([updated.workingMemory, updated.metadata, updated.createdAt], [workingMemory, metadata, one.createdAt]);
    const read = await get(one.id);
    assert.deepStrictEqual([read.workingMemory, read.metadata, read.createdAt], [workingMemory, metadata, one.createdAt]);
  });
}

test('updateResource creates what is missing', async () => {
  const resourceId = fresh('r');
  const before = Date.now();
  const made = await memory.updateResource({ resourceId, workingMemory: 'New' });
  assert.deepStrictEqual([made.id, made.workingMemory, made.metadata], [resourceId, 'New', {}]);
  assert.ok(made.createdAt.getTime() >= before - 1000 && made.updatedAt instanceof Date);
  const read = await get(resourceId);
  assert.deepStrictEqual([read.id, read.workingMemory, read.metadata], [resourceId, 'New', {}]);
});

test('updateResource creates with metadata and without working memory', async () => {
  const resourceId = fresh('r');
  await memory.updateResource({ resourceId, metadata: { a: 1 } });
  const read = await get(resourceId);
  assert.deepStrictEqual([read.workingMemory, read.metadata], [null, { a: 1 }]);
});

test('updateResource of one whose metadata is null', async () => {
  const one = await saved({ metadata: undefined });
  assert.deepStrictEqual((await memory.updateResource({ resourceId: one.id, metadata: { a: 1 } })).metadata, { a: 1 });
});

test('20 updates at once that touch different keys are all kept', async () => {
  const { id } = await saved({ metadata: {} });
  await together(20, (n) => memory.updateResource({ resourceId: id, metadata: { [`k${n}`]: n } }));
  assert.equal(Object.keys((await get(id)).metadata).length, 20);
});

test('20 first updates at once all succeed and are all kept', async () => {
  const resourceId = fresh('r');
  await together(20, (n) => memory.updateResource({ resourceId, metadata: { [`k${n}`]: n } }));
  assert.equal(Object.keys((await get(resourceId)).metadata).length, 20);
});

test('working memory and metadata that are set at once are both kept', async () => {
  const { id } = await saved();
  await Promise.all([memory.updateResource({ resourceId: id, workingMemory: 'New' }), memory.updateResource({ resourceId: id, metadata: { b: 2 } })]);
  const read = await get(id);
  assert.deepStrictEqual([read.workingMemory, read.metadata], ['New', { a: 1, b: 2 }]);
});

test('resources are not threads: deleting the one leaves the other', async () => {
  const one = await saved();
  const thread = await saveThread(memory, { resourceId: one.id });
  await saveMessages(memory, thread, 1);
  await memory.deleteThread({ threadId: thread.id });
  assert.deepStrictEqual(await get(one.id), one);
});
