/* listThreads: pages, order, filters, and what it refuses. */
import assert from 'node:assert/strict';
import { at, fresh, ids, open, refused, saveMessages, saveThread, test } from '../world.mjs';

const store = await open();
const memory = await store.getStore('memory');
const list = (args = {}) => memory.listThreads(args);

/* 5 threads of one resource, a second apart; updated in the other order. */
const resourceId = fresh('r');
for (let n = 0; n < 5; n++) {
  await saveThread(memory, { id: `${resourceId}/${n}`, resourceId, createdAt: at(n * 1000), updatedAt: at(9000 - n * 1000), metadata: { n, even: n % 2 === 0 } });
}
const mine = (args = {}) => list({ filter: { resourceId }, ...args });
const order = ({ threads }) => threads.map(({ id }) => Number(id.slice(-1)));

test('the newest comes first, 100 to a page', async () => {
  const page = await mine();
  assert.deepStrictEqual(order(page), [4, 3, 2, 1, 0]);
  assert.deepStrictEqual({ ...page, threads: 0 }, { threads: 0, total: 5, page: 0, perPage: 100, hasMore: false });
});

test('a thread in a list has exactly the fields of a thread', async () => {
  const { threads } = await mine({ perPage: 1 });
  assert.deepStrictEqual(threads, [await memory.getThreadById({ threadId: `${resourceId}/4` })]);
});

for (const [perPage, page, expected, hasMore] of [
  [2, 0, [4, 3], true], [2, 1, [2, 1], true], [2, 2, [0], false], [2, 3, [], false], [5, 0, [4, 3, 2, 1, 0], false],
  [1, 4, [0], false], [0, 0, [], true], [0, 3, [], true], [false, 0, [4, 3, 2, 1, 0], false], [1000, 0, [4, 3, 2, 1, 0], false],
]) {
  test(`page ${page} of ${perPage}`, async () => {
    const result = await mine({ perPage, page });
    assert.deepStrictEqual(order(result), expected);
    assert.deepStrictEqual({ ...result, threads: 0 }, { threads: 0, total: 5, page, perPage, hasMore });
  });
}

for (const [field, direction, expected] of [
  ['createdAt', 'ASC', [0, 1, 2, 3, 4]], ['createdAt', 'DESC', [4, 3, 2, 1, 0]],
  ['updatedAt', 'ASC', [4, 3, 2, 1, 0]], ['updatedAt', 'DESC', [0, 1, 2, 3, 4]],
  ['updatedAt', undefined, [0, 1, 2, 3, 4]], [undefined, 'ASC', [0, 1, 2, 3, 4]],
  ['title', 'ASC', [0, 1, 2, 3, 4]], ['"; DROP TABLE x; --', 'DESC', [4, 3, 2, 1, 0]], ['createdAt', 'asc; DROP TABLE x', [4, 3, 2, 1, 0]],
  ['createdAt', 'desc', [4, 3, 2, 1, 0]],
]) {
  test(`ordered by ${field} ${direction}`, async () => {
    assert.deepStrictEqual(order(await mine({ orderBy: { field, direction } })), expected);
  });
}

for (const field of ['toString', 'constructor', '__proto__', 'hasOwnProperty']) {
  test(`an order by ${field} is one by createdAt`, async () => {
    assert.deepStrictEqual(order(await mine({ orderBy: { field, direction: 'ASC' } })), [0, 1, 2, 3, 4]);
  });
}

for (const [name, args, message] of [
  ['page -1', { page: -1 }, /page must be >= 0/], ['page 1.5', { page: 1.5 }, /page must be >= 0/], ['page NaN', { page: NaN }, /page must be >= 0/],
  ['page Infinity', { page: Infinity }, /page must be >= 0/], ['perPage -1', { perPage: -1 }, /perPage must be >= 0/],
  ['perPage 1.5', { perPage: 1.5 }, /perPage/], ['perPage NaN', { perPage: NaN }, /perPage/], ['perPage true', { perPage: true }, /perPage/],
  ['perPage "5"', { perPage: '5' }, /perPage/], ['perPage false, page 1', { perPage: false, page: 1 }, /page must be 0/],
  ['a page too large', { page: Number.MAX_SAFE_INTEGER, perPage: 100 }, /page value too large/],
]) {
  test(`${name} is refused`, async () => {
    const details = { page: args.page ?? 0, ...('perPage' in args ? { perPage: args.perPage } : {}) };
    await refused(list(args), 'LIST_THREADS_INVALID_PAGE', { category: 'USER', details, message });
  });
}

for (const [name, metadata, expected] of [
  ['a number', { n: 3 }, [3]], ['a boolean', { even: true }, [4, 2, 0]], ['two keys', { even: true, n: 2 }, [2]],
  ['a number as text', { n: '3' }, []], ['an unknown key', { nothing: 1 }, []], ['null for a missing key', { nothing: null }, []], ['{}', {}, [4, 3, 2, 1, 0]],
]) {
  test(`metadata filter: ${name}`, async () => {
    const result = await mine({ filter: { resourceId, metadata } });
    assert.deepStrictEqual(order(result), expected);
    assert.equal(result.total, expected.length);
  });
}

for (const [name, metadata, filter, found] of [
  ['objects match in part', { a: { b: 1, c: 2 } }, { a: { b: 1 } }, true], ['deep objects', { a: { b: { c: [1] } } }, { a: { b: {} } }, true],
  ['lists match in part', { a: ['x', 'y', 'z'] }, { a: ['z', 'x'] }, true], ['a list lacks an item', { a: ['x'] }, { a: ['x', 'q'] }, false],
  ['null is null', { a: null }, { a: null }, true], ['null is not missing', { b: 1 }, { a: null }, false], ['null is not false', { a: false }, { a: null }, false],
  ['text is exact', { a: 'Abc' }, { a: 'abc' }, false], ['0 is not false', { a: 0 }, { a: false }, false], ['1.0 is 1', { a: 1.0 }, { a: 1 }, true],
  ['a quote', { a: "o'neil\"" }, { a: "o'neil\"" }, true], ['empty text', { a: '' }, { a: '' }, true], ['unicode', { a: '\u4e2d\ud83d\ude00' }, { a: '\u4e2d\ud83d\ude00' }, true],
  ['U+0000', { a: 'x\u0000y' }, { a: 'x\u0000y' }, true], ['a lone surrogate', { a: '\ud800' }, { a: '\ud800' }, true],
  ['another lone surrogate', { a: '\ud800' }, { a: '\ud801' }, false], ['undefined matches what has metadata', { b: 1 }, { a: undefined }, true],
  ['undefined does not match null metadata', undefined, { a: undefined }, false],
]) {
  test(`metadata filter: ${name}`, async () => {
    const thread = await saveThread(memory, { metadata });
    const { threads } = await list({ filter: { resourceId: thread.resourceId, metadata: filter } });
    assert.deepStrictEqual(ids(threads), found ? [thread.id] : []);
  });
}

for (const key of ['a b', 'a.b', 'a-b', "a'b", 'a"b', '1a', '', '$a', 'é', 'a\u0000', '__proto__', 'prototype', 'constructor', 'x'.repeat(129)]) {
  test(`the metadata key ${JSON.stringify(key).slice(0, 20)} is refused`, async () => {
    const metadata = Object.fromEntries([[key, 1]]);
    await refused(list({ filter: { metadata } }), 'LIST_THREADS_INVALID_METADATA_KEY', { category: 'USER', message: /metadata key/i, details: { metadataKeys: Object.keys(metadata).join(', ') } });
  });
}

test('a metadata key of 128 characters is a key', async () => {
  const key = `_${'x'.repeat(127)}`;
  const thread = await saveThread(memory, { metadata: { [key]: 1 } });
  assert.deepStrictEqual(ids((await list({ filter: { metadata: { [key]: 1 } } })).threads), [thread.id]);
});

test('a metadata filter without a resource looks at all', async () => {
  const mark = fresh();
  const threads = [await saveThread(memory, { metadata: { mark }, createdAt: at(1) }), await saveThread(memory, { metadata: { mark }, createdAt: at(2) })];
  const result = await list({ filter: { metadata: { mark } } });
  assert.deepStrictEqual(ids(result.threads), [threads[1].id, threads[0].id]);
});

test('an unknown resource has no threads', async () => {
  assert.deepStrictEqual(await list({ filter: { resourceId: fresh() } }), { threads: [], total: 0, page: 0, perPage: 100, hasMore: false });
});

test('an unknown resource, perPage false', async () => {
  assert.deepStrictEqual(await list({ filter: { resourceId: fresh() }, perPage: false }), { threads: [], total: 0, page: 0, perPage: false, hasMore: false });
});

test('no filter: the threads of all resources', async () => {
  const { threads, total } = await list({ perPage: false });
  assert.equal(threads.length, total);
  assert.ok(total > 5 && new Set(ids(threads)).size === total);
});

test('the resource \'\' is nobody else\'s', async () => {
  const { threads, total } = await list({ filter: { resourceId: '' } });
  assert.deepStrictEqual([threads, total], [[], 0]);
});

for (const direction of ['ASC', 'DESC']) {
  test(`threads of one time: ids ${direction}, and pages add up to the whole`, async () => {
    const owner = fresh();
    const names = ['a', 'B', 'b', 'A', 'Z', '_', '1', 'é'].map((name) => `${name}-${owner}`);
    for (const id of names) await saveThread(memory, { id, resourceId: owner });
    const filter = { resourceId: owner };
    const orderBy = { field: 'createdAt', direction };
    const whole = ids((await list({ filter, orderBy, perPage: false })).threads);
    const paged = [];
    for (let page = 0; page < 4; page++) paged.push(...ids((await list({ filter, orderBy, perPage: 2, page })).threads));
    assert.deepStrictEqual(paged, whole);
    const reversed = ids((await list({ filter, orderBy: { field: 'createdAt', direction: direction === 'ASC' ? 'DESC' : 'ASC' }, perPage: false })).threads);
    assert.deepStrictEqual(reversed.reverse(), whole);
  });
}

test('messages move a thread in the order by updatedAt', async () => {
  const owner = fresh();
  const old = await saveThread(memory, { resourceId: owner, updatedAt: at(-1000) });
  const young = await saveThread(memory, { resourceId: owner, updatedAt: at(0) });
  await saveMessages(memory, old, 1);
  const { threads } = await list({ filter: { resourceId: owner }, orderBy: { field: 'updatedAt', direction: 'DESC' } });
  assert.deepStrictEqual(ids(threads), [old.id, young.id]);
});
