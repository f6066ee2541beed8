/* listMessages, listMessagesByResourceId and listMessagesById: pages, order, threads, dates, metadata. */
import assert from 'node:assert/strict';
import { at, failure, fresh, ids, message, numbers, open, refused, saveMessages, saveThread, test, text } from '../world.mjs';

const store = await open();
const memory = await store.getStore('memory');

const resourceId = fresh('r');
const thread = await saveThread(memory, { resourceId });
const other = await saveThread(memory, { resourceId });
const messages = await saveMessages(memory, thread, 45, (n) => ({ content: text(`Message ${n}`, { metadata: { n, even: n % 2 === 0, tag: n < 5 ? 'low' : 'high', nothing: null } }) }));
await saveMessages(memory, other, 5, (n) => ({ createdAt: at(n * 1000 + 500) }));

/* The same list two ways: by thread, and by the resource that has only this thread. */
const alone = fresh('alone');
const lonely = await saveThread(memory, { resourceId: alone });
await saveMessages(memory, lonely, 45, (n) => ({ content: messages[n].content }));
const ways = [
  ['listMessages', (args = {}) => memory.listMessages({ threadId: thread.id, ...args }), 'LIST_MESSAGES', thread],
  ['listMessagesByResourceId', (args = {}) => memory.listMessagesByResourceId({ resourceId: alone, ...args }), 'LIST_MESSAGES_BY_RESOURCE_ID', lonely],
];
const range = (from, to) => Array.from({ length: Math.abs(to - from) + 1 }, (_, i) => (from <= to ? from + i : from - i));
const DESC = { field: 'createdAt', direction: 'DESC' };

for (const [name, list, operation, owner] of ways) {
  test(`${name}: the oldest first, 40 to a page`, async () => {
    const page = await list();
    assert.deepStrictEqual(numbers(page.messages), range(0, 39));
    assert.deepStrictEqual({ ...page, messages: 0 }, { messages: 0, total: 45, page: 0, perPage: 40, hasMore: true });
  });

  for (const [args, expected, hasMore] of [
    [{ perPage: 10 }, range(0, 9), true], [{ perPage: 10, page: 1 }, range(10, 19), true], [{ perPage: 10, page: 4 }, range(40, 44), false],
    [{ perPage: 10, page: 5 }, [], false], [{ perPage: 10, page: 500 }, [], false], [{ perPage: 15, page: 2 }, range(30, 44), false],
    [{ perPage: 45 }, range(0, 44), false], [{ perPage: false }, range(0, 44), false], [{ page: 1 }, range(40, 44), false],
    [{ perPage: 10, orderBy: DESC }, range(44, 35), true], [{ perPage: 10, page: 4, orderBy: DESC }, range(4, 0), false],
    [{ perPage: false, orderBy: DESC }, range(44, 0), false], [{ perPage: 3, orderBy: { direction: 'DESC' } }, [44, 43, 42], true],
    [{ perPage: 3, orderBy: { field: 'createdAt' } }, [0, 1, 2], true], [{ perPage: 3, orderBy: { field: 'x"; --', direction: 'sideways' } }, [0, 1, 2], true],
    [{ perPage: 100 }, range(0, 44), false], [{ perPage: 1, page: 44 }, [44], false],
  ]) {
    test(`${name}: ${JSON.stringify(args)}`, async () => {
      const result = await list(args);
      assert.deepStrictEqual(numbers(result.messages), expected);
      assert.deepStrictEqual({ ...result, messages: 0 }, { messages: 0, total: 45, page: args.page ?? 0, perPage: args.perPage ?? 40, hasMore });
    });
  }

  test(`${name}: perPage 0 without include is empty, and counts nothing`, async () => {
    assert.deepStrictEqual(await list({ perPage: 0 }), { messages: [], total: 0, page: 0, perPage: 0, hasMore: false });
  });

  test(`${name}: perPage false echoes the page and ignores it`, async () => {
    const result = await list({ perPage: false, page: 3 });
    assert.deepStrictEqual([result.messages.length, result.page, result.perPage, result.hasMore], [45, 3, false, false]);
  });

  for (const [args, hasMore] of [[{ perPage: 10 }, true], [{ perPage: 10, page: 4 }, false], [{ perPage: 45 }, false], [{ perPage: 44 }, true], [{ perPage: false }, false], [{ perPage: 9, page: 4 }, false]]) {
    test(`${name}: without a total, ${JSON.stringify(args)}`, async () => {
      const result = await list({ ...args, includeTotal: false });
      const whole = await list(args);
      assert.deepStrictEqual(result.messages, whole.messages);
      assert.deepStrictEqual([result.hasMore, result.page, result.perPage], [hasMore, args.page ?? 0, args.perPage]);
      assert.equal(typeof result.total, 'number');
    });
  }

  test(`${name}: a negative page is refused`, async () => {
    await refused(list({ page: -1 }), `${operation}_INVALID_PAGE`, { category: 'USER', details: { page: -1 }, message: /Page number must be non-negative/ });
  });

  for (const [args, pattern] of [[{ perPage: -1 }, /perPage must be >= 0/], [{ perPage: -100 }, /perPage must be >= 0/]]) {
    test(`${name}: ${JSON.stringify(args)} is refused`, async () => {
      assert.match((await failure(list(args))).message, pattern);
    });
  }

  for (const [name2, dateRange, expected] of [
    ['from', { start: at(40000) }, range(40, 44)], ['to', { end: at(2000) }, [0, 1, 2]], ['both', { start: at(1000), end: at(3000) }, [1, 2, 3]],
    ['one instant', { start: at(2000), end: at(2000) }, [2]], ['from, exclusive', { start: at(42000), startExclusive: true }, [43, 44]],
    ['to, exclusive', { end: at(2000), endExclusive: true }, [0, 1]], ['both exclusive', { start: at(1000), end: at(3000), startExclusive: true, endExclusive: true }, [2]],
    ['one instant, exclusive', { start: at(2000), end: at(2000), startExclusive: true }, []], ['a millisecond after', { start: at(43001) }, [44]],
    ['a millisecond before', { end: at(999) }, [0]], ['inverted', { start: at(3000), end: at(1000) }, []], ['ISO strings', { start: at(1000).toISOString(), end: at(2000).toISOString() }, [1, 2]],
    ['ISO with an offset', { start: '2026-01-02T05:04:06.678+02:00', end: at(1000) }, [1]], ['nothing', {}, range(0, 39)],
  ]) {
    test(`${name}: dates ${name2}`, async () => {
      const result = await list({ filter: { dateRange } });
      assert.deepStrictEqual(numbers(result.messages), expected);
      assert.equal(result.total, expected.length === 40 ? 45 : expected.length);
    });
  }

  test(`${name}: dates with pages`, async () => {
    const result = await list({ filter: { dateRange: { start: at(10000) } }, perPage: 10, page: 3 });
    assert.deepStrictEqual([numbers(result.messages), result.total, result.hasMore], [range(40, 44), 35, false]);
  });

  test(`${name}: an invalid date is refused`, async () => {
    await assert.rejects(list({ filter: { dateRange: { start: new Date(NaN) } } }));
    assert.equal((await list({ perPage: 1 })).total, 45);
  });

  for (const [filter, expected] of [
    [{ n: 7 }, [7]], [{ tag: 'low' }, [0, 1, 2, 3, 4]], [{ tag: 'low', even: true }, [0, 2, 4]], [{ tag: 'low', even: true, n: 3 }, []],
    [{ n: '7' }, []], [{ even: 'true' }, []], [{ tag: 'LOW' }, []], [{ unknown: 1 }, []], [{ unknown: null }, []], [{ nothing: null, n: 3 }, [3]],
    [{ nothing: false }, []], [{ n: 0 }, [0]], [{ even: false, n: 0 }, []], [{ n: 1.5 }, []],
  ]) {
    test(`${name}: metadata ${JSON.stringify(filter)}`, async () => {
      const result = await list({ filter: { metadata: filter } });
      assert.deepStrictEqual(numbers(result.messages), expected);
      assert.deepStrictEqual([result.total, result.hasMore], [expected.length, false]);
    });
  }

  test(`${name}: metadata {} filters nothing`, async () => {
    assert.equal((await list({ filter: { metadata: {} } })).total, 45);
  });

  test(`${name}: metadata with pages and order`, async () => {
    const first = await list({ filter: { metadata: { even: true } }, perPage: 10, orderBy: DESC });
    assert.deepStrictEqual([numbers(first.messages), first.total, first.hasMore], [range(22, 13).map((n) => n * 2), 23, true]);
    const last = await list({ filter: { metadata: { even: true } }, perPage: 10, page: 2 });
    assert.deepStrictEqual([numbers(last.messages), last.total, last.hasMore], [[40, 42, 44], 23, false]);
  });

  test(`${name}: metadata and dates`, async () => {
    const result = await list({ filter: { metadata: { even: true }, dateRange: { start: at(3000), end: at(8000) } }, perPage: false });
    assert.deepStrictEqual([numbers(result.messages), result.total], [[4, 6, 8], 3]);
  });

  test(`${name}: metadata and includeTotal false`, async () => {
    const result = await list({ filter: { metadata: { even: true } }, perPage: 5, includeTotal: false });
    assert.deepStrictEqual([numbers(result.messages), result.hasMore], [[0, 2, 4, 6, 8], true]);
  });

  for (const [label, filter] of [
    ['a b', { 'a b': 1 }], ['a.b', { 'a.b': 1 }], ['1a', { '1a': 1 }], ['an empty key', { '': 1 }], ['__proto__', JSON.parse('{"__proto__": 1}')], ['constructor', { constructor: 1 }],
    ['prototype', { prototype: 1 }], ['129 characters', { ['k'.repeat(129)]: 1 }], ['an object', { a: { b: 1 } }], ['a list', { a: [1] }], ['undefined', { a: undefined }],
    ['NaN', { a: NaN }], ['Infinity', { a: Infinity }], ['a Date', { a: at(0) }], ['a function', { a: () => 1 }], ['a symbol', { a: Symbol('x') }], ['a bigint', { a: 1n }],
  ]) {
    test(`${name}: a metadata filter with ${label} is a TypeError`, async () => {
      assert.ok((await failure(list({ filter: { metadata: filter } }))) instanceof TypeError);
    });
  }

  test(`${name}: a metadata key of 128 characters is fine`, async () => {
    assert.equal((await list({ filter: { metadata: { ['k'.repeat(128)]: 1 } } })).total, 0);
  });

  for (const [label, value] of [['U+0000', 'a\u0000b'], ['a lone surrogate', '\ud800'], ['a quote', "o'n\"eil"], ['emoji', '\ud83d\ude00'], ['an escape', '\\u0000'], ['empty', ''], ['a large number', 9007199254740991], ['an exponent', 1e21]]) {
    test(`${name}: a metadata value with ${label} is found`, async () => {
      const mine = await saveThread(memory, { resourceId: fresh() });
      const one = message(mine, { content: text('x', { metadata: { mark: value } }) });
      await memory.saveMessages({ messages: [one, message(mine, { content: text('x', { metadata: { mark: `${value}!` } }), createdAt: at(1) })] });
      const args = { filter: { metadata: { mark: value } } };
      const found = owner === thread ? await memory.listMessages({ threadId: mine.id, ...args }) : await memory.listMessagesByResourceId({ resourceId: mine.resourceId, ...args });
      assert.deepStrictEqual(found.messages, [one]);
    });
  }
}

/* --- by thread */

for (const [name, threadId] of [['undefined', undefined], ['null', null], ['\'\'', ''], ['blank', '   '], ['[]', []], ['[\'\']', ['']], ['a blank among others', ['x', ' ']], ['a number', 5]]) {
  test(`threadId ${name} is refused`, async () => {
    const error = await refused(memory.listMessages({ threadId }), 'LIST_MESSAGES_INVALID_THREAD_ID', { category: 'THIRD_PARTY' });
    assert.match(`${error.message} ${error.cause?.message}`, /threadId must be a non-empty string or array of non-empty strings/);
  });
}

test('several threads: one list, by time', async () => {
  const { messages: found, total } = await memory.listMessages({ threadId: [other.id, thread.id], perPage: 4 });
  assert.equal(total, 50);
  assert.deepStrictEqual(ids(found), [`${thread.id}/0`, `${other.id}/0`, `${thread.id}/1`, `${other.id}/1`]);
});

test('a thread named twice does not repeat its messages', async () => {
  const result = await memory.listMessages({ threadId: [other.id, other.id], perPage: false });
  assert.deepStrictEqual([numbers(result.messages), result.total], [[0, 1, 2, 3, 4], 5]);
});

test('unknown threads add nothing', async () => {
  assert.equal((await memory.listMessages({ threadId: [other.id, fresh()] })).total, 5);
  assert.deepStrictEqual(await memory.listMessages({ threadId: fresh() }), { messages: [], total: 0, page: 0, perPage: 40, hasMore: false });
});

test('a resource narrows', async () => {
  assert.equal((await memory.listMessages({ threadId: thread.id, resourceId })).total, 45);
  assert.deepStrictEqual((await memory.listMessages({ threadId: thread.id, resourceId: fresh() })).messages, []);
});

test('the resource \'\' is nobody else\'s', async () => {
  assert.equal((await memory.listMessages({ threadId: thread.id, resourceId: '' })).total, 0);
});

test('an order by updatedAt is one by createdAt', async () => {
  assert.deepStrictEqual(numbers((await memory.listMessages({ threadId: other.id, orderBy: { field: 'updatedAt', direction: 'ASC' } })).messages), [0, 1, 2, 3, 4]);
});

test('an order by a name every object has is one by createdAt', async () => {
  assert.deepStrictEqual(numbers((await memory.listMessages({ threadId: other.id, orderBy: { field: 'toString', direction: 'DESC' } })).messages), [4, 3, 2, 1, 0]);
});

for (const direction of ['ASC', 'DESC']) {
  test(`messages of one time: pages add up to the whole, ${direction}`, async () => {
    const mine = await saveThread(memory);
    const names = ['b', 'A', 'a', 'B', '_', 'é', 'z', '1'].map((name) => `${name}-${mine.id}`);
    await memory.saveMessages({ messages: names.map((id) => message(mine, { id })) });
    const list = async (args) => ids((await memory.listMessages({ threadId: mine.id, orderBy: { field: 'createdAt', direction }, ...args })).messages);
    const paged = [];
    for (let page = 0; page < 3; page++) paged.push(...(await list({ perPage: 3, page })));
    assert.deepStrictEqual(paged, await list({ perPage: false }));
    assert.deepStrictEqual(paged, direction === 'ASC' ? names : names.toReversed());
  });
}

/* --- by resource */

for (const [name, value] of [['undefined', undefined], ['null', null], ['\'\'', ''], ['blank', '  ']]) {
  test(`listMessagesByResourceId of ${name} is refused`, async () => {
    const error = await refused(memory.listMessagesByResourceId({ resourceId: value }), 'LIST_MESSAGES_BY_RESOURCE_ID_INVALID_QUERY', { category: 'USER' });
    assert.match(`${error.message} ${error.cause?.message}`, /resourceId is required/);
  });
}

test('a resource has the messages of all its threads, by time', async () => {
  const result = await memory.listMessagesByResourceId({ resourceId, perPage: 3 });
  assert.deepStrictEqual([ids(result.messages), result.total], [[`${thread.id}/0`, `${other.id}/0`, `${thread.id}/1`], 50]);
});

test('an unknown resource has no messages', async () => {
  assert.deepStrictEqual(await memory.listMessagesByResourceId({ resourceId: fresh() }), { messages: [], total: 0, page: 0, perPage: 40, hasMore: false });
});

/* --- by id */

test('listMessagesById: by time, whatever order and thread they are asked in', async () => {
  const asked = [`${thread.id}/3`, `${other.id}/1`, `${thread.id}/0`, `${thread.id}/3`, 'unknown', `${other.id}/4`];
  const { messages: found } = await memory.listMessagesById({ messageIds: asked });
  assert.deepStrictEqual(ids(found), [`${thread.id}/0`, `${other.id}/1`, `${thread.id}/3`, `${other.id}/4`]);
  assert.deepStrictEqual(found[0], messages[0]);
});

test('listMessagesById of none, and of none that is known', async () => {
  assert.deepStrictEqual(await memory.listMessagesById({ messageIds: [] }), { messages: [] });
  assert.deepStrictEqual(await memory.listMessagesById({ messageIds: [fresh(), fresh()] }), { messages: [] });
});
