/* Reading messages through the memory domain. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, test } from 'node:test';
import * as agent from '@mastra/core/agent';
import * as error from '@mastra/core/error';
import * as storage from '@mastra/core/storage';
import { failure, open } from '../world.mjs';

const require = createRequire(import.meta.url);
const { makeErrors } = require('../../mastra/errors.js');
const { makeMessageReads } = require('../../mastra/message-reads.js');

const core = { agent, error, storage };
class Base extends storage.MemoryStorage {
  constructor(store) {
    super();
    this.store = store;
    this.reader = store;
  }
}
const Reads = makeMessageReads(Base, core, makeErrors(core));

const at = (seconds) => new Date(Date.UTC(2024, 0, 1) + seconds * 1000);
const idsOf = ({ messages }) => messages.map(({ id }) => id).join(' ');
const text = (words) => ({ format: 2, parts: [{ type: 'text', text: words }] });

/* "a1@1 a2@2": messages of a thread, with metadata by id. */
async function put(store, threadId, resourceId, list, metadata = {}) {
  await store.threads.create({ id: threadId, resourceId });
  const messages = list.split(' ').map((word) => {
    const [id, seconds] = word.split('@');
    const content = { ...text(id), ...(metadata[id] && { metadata: metadata[id] }) };
    return { id, role: 'user', type: 'v2', createdAt: at(Number(seconds)), content, metadata: metadata[id] };
  });
  await store.messages.append({ threadId, messages });
}

const marks = { a1: { k: 1 }, a4: { k: 1, s: 'x' }, a5: { k: '1' }, a9: { k: null } };

/* Thread a of ada: a1 to a9, of which a3 to a6 tie; b of bob: b1@1 b2@3 b3@5; c of ada: c1@3 c2@8. */
async function world() {
  const store = open();
  await put(store, 'c', 'ada', 'c1@3 c2@8');
  await put(store, 'b', 'bob', 'b1@1 b2@3 b3@5', { b2: { k: 1 } });
  await put(store, 'a', 'ada', 'a1@1 a2@2 a3@3 a4@3 a5@3 a6@3 a7@7 a8@8 a9@9', marks);
  return { store, memory: new Reads(store) };
}

const desc = { field: 'createdAt', direction: 'DESC' };

describe('listMessages', async () => {
  const { store, memory } = await world();
  const list = (args) => memory.listMessages({ threadId: 'a', ...args });

  test('a message as it is known to agents', async () => {
    const { messages, ...rest } = await list({ perPage: 1 });
    const message = { id: 'a1', role: 'user', createdAt: at(1), threadId: 'a', resourceId: 'ada' };
    assert.deepStrictEqual(messages, [{ ...message, content: { ...text('a1'), metadata: { k: 1 } } }]);
    assert.deepStrictEqual(rest, { total: 9, page: 0, perPage: 1, hasMore: true });
  });

  const pages = [
    [{}, 'a1 a2 a3 a4 a5 a6 a7 a8 a9', 9, false],
    [{ perPage: 4 }, 'a1 a2 a3 a4', 9, true],
    [{ perPage: 4, page: 1 }, 'a5 a6 a7 a8', 9, true],
    [{ perPage: 4, page: 2 }, 'a9', 9, false],
    [{ perPage: 4, page: 3 }, '', 9, false],
    [{ perPage: 4, orderBy: desc }, 'a9 a8 a7 a6', 9, true],
    [{ perPage: 4, page: 1, orderBy: desc }, 'a5 a4 a3 a2', 9, true],
    [{ perPage: false }, 'a1 a2 a3 a4 a5 a6 a7 a8 a9', 9, false],
    [{ perPage: false, page: 5, orderBy: desc }, 'a9 a8 a7 a6 a5 a4 a3 a2 a1', 9, false],
    [{ perPage: 0 }, '', 0, false],
    [{ perPage: 1e12 }, 'a1 a2 a3 a4 a5 a6 a7 a8 a9', 9, false],
    [{ perPage: 3, page: 1e15 }, '', 9, false],
    [{ perPage: 4, includeTotal: false }, 'a1 a2 a3 a4', 4, true],
    [{ perPage: 4, page: 2, includeTotal: false }, 'a9', 9, false],
    [{ perPage: false, includeTotal: false }, 'a1 a2 a3 a4 a5 a6 a7 a8 a9', 9, false],
    [{ threadId: ['b', 'a', 'b'], perPage: 4 }, 'a1 b1 a2 a3', 12, true],
    [{ threadId: ['b', 'nobody'] }, 'b1 b2 b3', 3, false],
    [{ threadId: 'nobody' }, '', 0, false],
    [{ threadId: 'x'.repeat(300) }, '', 0, false],
    [{ threadId: 'x\0' }, '', 0, false],
    [{ threadId: ['\ud800', 'b'] }, 'b1 b2 b3', 3, false],
    [{ resourceId: 'ada', perPage: 2 }, 'a1 a2', 9, true],
    [{ resourceId: 'bob' }, '', 0, false],
    [{ resourceId: '' }, '', 0, false],
    [{ resourceId: 'x'.repeat(300) }, '', 0, false],
    [{ filter: { metadata: { k: 1 } } }, 'a1 a4', 2, false],
    [{ filter: { metadata: { k: 1, s: 'x' } } }, 'a4', 1, false],
    [{ filter: { metadata: { k: '1' } } }, 'a5', 1, false],
    [{ filter: { metadata: { k: null } } }, 'a9', 1, false],
    [{ filter: { metadata: {} }, perPage: 1 }, 'a1', 9, true],
    [{ filter: { metadata: { k: 1 } }, perPage: 1 }, 'a1', 2, true],
    [{ filter: { metadata: { k: 1 } }, perPage: 1, includeTotal: false }, 'a1', 1, true],
    [{ threadId: ['a', 'b'], filter: { metadata: { k: 1 } }, orderBy: desc }, 'b2 a4 a1', 3, false],
    [{ threadId: ['a', 'b'], resourceId: 'bob', filter: { metadata: { k: 1 } } }, 'b2', 1, false],
    [{ filter: { dateRange: { start: at(3), end: at(7) } } }, 'a3 a4 a5 a6 a7', 5, false],
    [{ filter: { dateRange: { start: at(3), startExclusive: true } } }, 'a7 a8 a9', 3, false],
    [{ filter: { dateRange: { end: at(3), endExclusive: true } } }, 'a1 a2', 2, false],
    [{ filter: { dateRange: { start: at(8).toISOString(), end: at(8).toISOString() } } }, 'a8', 1, false],
    [{ filter: { dateRange: { start: at(7), end: at(3) } } }, '', 0, false],
    [{ filter: { dateRange: { start: at(8), end: at(8), endExclusive: true } } }, '', 0, false],
    [{ filter: { dateRange: { start: new Date(-8.64e15), end: new Date(8.64e15) } }, perPage: 2 }, 'a1 a2', 9, true],
    [{ filter: { dateRange: { start: new Date(8.64e15) } } }, '', 0, false],
    [{ filter: { dateRange: {} }, perPage: 1 }, 'a1', 9, true],
    [{ orderBy: { field: 'toString', direction: 'sideways' }, perPage: 2 }, 'a1 a2', 9, true],
    [{ orderBy: { field: 'updatedAt', direction: 'toString' }, perPage: 2 }, 'a1 a2', 9, true],
  ];
  for (const [args, want, total, hasMore] of pages) {
    test(`${JSON.stringify(args).slice(0, 90)} gives ${want}`, async () => {
      const found = await list(args);
      assert.equal(idsOf(found), want);
      assert.equal(found.total, total);
      assert.equal(found.hasMore, hasMore);
      assert.equal(found.page, args.page ?? 0);
      assert.equal(found.perPage, args.perPage ?? 40);
    });
  }

  const one = (id, withPreviousMessages, withNextMessages) => ({ id, withPreviousMessages, withNextMessages });
  const windows = [
    [{ perPage: 0, include: [one('a5', 1, 1)] }, 'a4 a5 a6', 0, false],
    [{ perPage: 0, include: [one('a5')], orderBy: desc }, 'a5', 0, false],
    [{ perPage: 0, include: [one('a1', 5, 1), one('a2', 1, 1), one('a9', 0, 5)] }, 'a1 a2 a3 a9', 0, false],
    [{ perPage: 0, include: [one('b2', 1, 1)] }, 'b1 b2 b3', 0, false],
    [{ perPage: 0, include: [one('a5', -3, 1.9)] }, 'a5 a6', 0, false],
    [{ perPage: 0, include: [one('nobody'), one(''), one(undefined), one('x'.repeat(300))] }, '', 0, false],
    [{ perPage: 0, include: [] }, '', 0, false],
    [{ perPage: 0, resourceId: 'bob', include: [one('a5', 1, 1), one('b1')] }, 'b1', 0, false],
    [{ perPage: 0, resourceId: '', include: [one('a5', 1, 1)] }, '', 0, false],
    [{ perPage: 2, include: [one('a8', 1, 0)] }, 'a1 a2 a7 a8', 9, true],
    [{ perPage: 2, include: [one('a2', 1, 1)], orderBy: desc }, 'a9 a8 a3 a2 a1', 9, true],
    [{ perPage: 2, include: [one('a6', 9, 9)] }, 'a1 a2 a3 a4 a5 a6 a7 a8 a9', 9, false],
    [{ perPage: 2, include: [one('b2', 9, 9)] }, 'a1 b1 a2 b2 b3', 9, true],
    [{ perPage: 2, includeTotal: false, include: [one('b1')] }, 'a1 b1 a2', 2, true],
    [{ filter: { dateRange: { start: at(9) } }, include: [one('a1')] }, 'a1 a9', 1, false],
    [{ filter: { dateRange: { start: at(9), end: at(8) } }, include: [one('a1')] }, 'a1', 0, false],
    [{ filter: { dateRange: { start: at(7) } }, perPage: 1, include: [one('a2', 1, 0)] }, 'a1 a2 a7', 3, true],
    [{ filter: { dateRange: { end: at(2) } }, perPage: 1, include: [one('a9', 1, 0)] }, 'a1 a8 a9', 2, true],
    [{ filter: { dateRange: { start: at(7) } }, perPage: 1, include: [one('a9', 1, 0)] }, 'a7 a8 a9', 3, false],
    [{ filter: { metadata: { k: 1 } }, perPage: 1, include: [one('a4', 1, 0)] }, 'a1 a3 a4', 2, true],
    [{ threadId: 'nobody', include: [one('a1')] }, 'a1', 0, false],
  ];
  for (const [args, want, total, hasMore] of windows) {
    test(`with ${JSON.stringify(args).slice(0, 100)} gives ${want}`, async () => {
      const found = await list(args);
      assert.equal(idsOf(found), want);
      assert.equal(found.total, total);
      assert.equal(found.hasMore, hasMore);
    });
  }

  test('pages one after the other are all there is, in either order', async () => {
    for (const threadId of ['a', ['a', 'b', 'c']]) {
      for (const direction of ['ASC', 'DESC']) {
        const all = await list({ threadId, perPage: false, orderBy: { direction } });
        const ids = [];
        for (let page = 0, hasMore = true; hasMore; page++) {
          const found = await list({ threadId, perPage: 2, page, orderBy: { direction } });
          ids.push(...found.messages.map(({ id }) => id));
          hasMore = found.hasMore;
        }
        assert.equal(ids.join(' '), idsOf(all));
      }
    }
  });

  test('a microsecond counts as its millisecond', async () => {
    const micros = BigInt(at(0).getTime()) * 1000n;
    await store.threads.create({ id: 'fine' });
    const messages = [0n, 999n, 1000n, 1001n, 2000n].map((more, i) => ({
      id: `f${i}`,
      role: 'user',
      content: text('x'),
      createdAtMicros: micros + more,
    }));
    await store.messages.append({ threadId: 'fine', messages });
    const range = async (dateRange) => idsOf(await list({ threadId: 'fine', filter: { dateRange } }));
    const first = at(0);
    const second = new Date(first.getTime() + 1);
    assert.equal(await range({ end: first }), 'f0 f1');
    assert.equal(await range({ end: second }), 'f0 f1 f2 f3');
    assert.equal(await range({ start: first, startExclusive: true }), 'f2 f3 f4');
    assert.equal(await range({ start: second, end: second }), 'f2 f3');
    assert.equal(await range({ end: second, endExclusive: true }), 'f0 f1');
  });

  test('what callers get wrong', async () => {
    const idOf = async (args) => (await failure(list(args))).id;
    for (const threadId of ['', '  ', [], ['a', ''], undefined, null]) {
      const wrong = await failure(list({ threadId }));
      assert.equal(wrong.id, 'MASTRA_STORAGE_PG_LIST_MESSAGES_INVALID_THREAD_ID');
      assert.equal(wrong.message, 'threadId must be a non-empty string or array of non-empty strings');
    }
    assert.equal(await idOf({ page: -1 }), 'MASTRA_STORAGE_PG_LIST_MESSAGES_INVALID_PAGE');
    assert.equal((await failure(list({ page: -1 }))).category, 'USER');
    assert.equal((await failure(list({ perPage: -1 }))).message, 'perPage must be >= 0');
    assert.equal((await failure(list({ perPage: 1.5 }))).message, 'perPage must be >= 0');
    assert.equal((await failure(list({ page: 0.5 }))).message, 'page must be >= 0');
    const invalid = { filter: { dateRange: { start: new Date(NaN) } } };
    assert.equal(await idOf(invalid), 'MASTRA_STORAGE_PG_LIST_MESSAGES_FAILED');
    for (const metadata of [null, [], 'k', { 'a-b': 1 }, { k: {} }, { k: NaN }, { k: undefined }, { ['x'.repeat(129)]: 1 }]) {
      assert.ok((await failure(list({ filter: { metadata } }))) instanceof TypeError, JSON.stringify(metadata));
    }
  });

  test('an error tells of no long list of threads', async () => {
    const threadId = Array.from({ length: 100001 }, (_, i) => `thread ${i}`);
    const wrong = await failure(list({ threadId }));
    assert.equal(wrong.id, 'MASTRA_STORAGE_PG_LIST_MESSAGES_FAILED');
    assert.equal(wrong.details.threadId, '100001 threads');
    assert.ok(!JSON.stringify(wrong).includes('thread 77'));
  });

  test('70,000 threads at once', async () => {
    const threadId = Array.from({ length: 70000 }, (_, i) => `thread ${i}`);
    assert.equal(idsOf(await list({ threadId: [...threadId, 'b'] })), 'b1 b2 b3');
  });
});

describe('rows of all kinds', async () => {
  const { store, memory } = await world();

  test('system messages count, but do not show', async () => {
    await store.threads.create({ id: 'sys' });
    const roles = ['user', 'system', 'assistant', 'system'];
    const messages = roles.map((role, i) => ({ id: `s${i}`, role, content: text('x'), createdAt: at(i) }));
    await store.messages.append({ threadId: 'sys', messages });
    const found = await memory.listMessages({ threadId: 'sys' });
    assert.equal(idsOf(found), 's0 s2');
    assert.equal(found.total, 4);
    assert.equal(idsOf(await memory.listMessages({ threadId: 'sys', orderBy: desc })), 's2 s0');
    assert.equal(idsOf(await memory.listMessagesById({ messageIds: roles.map((_, i) => `s${i}`) })), 's0 s2');
  });

  test('types show unless they are v2', async () => {
    await store.threads.create({ id: 'types' });
    const types = ['v2', 'text', undefined, 'reactive'];
    const messages = types.map((type, i) => ({ id: `y${i}`, role: 'user', type, content: text('x'), createdAt: at(i) }));
    await store.messages.append({ threadId: 'types', messages });
    const found = await memory.listMessages({ threadId: 'types' });
    assert.deepEqual(found.messages.map((message) => ('type' in message ? message.type : '-')), ['-', 'text', '-', 'reactive']);
  });

  test('a poisoned row hides nothing', async () => {
    await store.threads.create({ id: 'poison' });
    const contents = [text('before'), null, 123, true, [null], { format: 2, parts: 7 }, 'plain', text('after')];
    const messages = contents.map((content, i) => ({ id: `p${i}`, role: 'user', content, createdAt: at(i) }));
    await store.messages.append({ threadId: 'poison', messages });
    for (const orderBy of [undefined, desc]) {
      const { messages: read } = await memory.listMessages({ threadId: 'poison', orderBy });
      const inOrder = orderBy ? read.toReversed() : read;
      assert.deepEqual(inOrder.map(({ id }) => id), messages.map(({ id }) => id));
      assert.deepEqual(inOrder.map(({ content }) => content.parts[0]?.text), ['before', '', '123', 'true', '[null]', undefined, 'plain', 'after']);
    }
  });

  test('a tool result finds its call, in either order of reading', async () => {
    await store.threads.create({ id: 'tools' });
    const call = [{ type: 'tool-call', toolCallId: 'c', toolName: 'n', args: { q: 1 } }];
    const outcome = [{ type: 'tool-result', toolCallId: 'c', toolName: 'n', result: 2 }];
    await store.messages.append({
      threadId: 'tools',
      messages: [
        { id: 'call', role: 'assistant', content: call, createdAt: at(1) },
        { id: 'outcome', role: 'tool', content: outcome, createdAt: at(2) },
      ],
    });
    for (const orderBy of [undefined, desc]) {
      const { messages } = await memory.listMessages({ threadId: 'tools', orderBy });
      const made = messages.find(({ id }) => id === 'outcome');
      assert.equal(made.role, 'assistant');
      assert.deepEqual(made.content.parts[0].toolInvocation.args, { q: 1 });
    }
  });

  test('what JSON holds comes back as it was', async () => {
    const content = { format: 2, parts: [{ type: 'text', text: 'a\0b \ud800 \u2028 é 中 😀 "\\' }], z: 1, a: 2 };
    await store.threads.create({ id: 'odd' });
    await store.messages.append({ threadId: 'odd', messages: [{ id: 'odd', role: 'user', content }] });
    const { messages } = await memory.listMessages({ threadId: 'odd' });
    assert.deepStrictEqual(messages[0].content, content);
    assert.deepEqual(Object.keys(messages[0].content), Object.keys(content));
  });

  test('many and large messages come whole', async () => {
    await store.threads.create({ id: 'large', resourceId: 'r' });
    const messages = Array.from({ length: 1500 }, (_, i) => ({
      id: `l${i}`,
      role: i % 2 === 0 ? 'user' : 'assistant',
      content: text('é'.repeat(i % 7 === 0 ? 9000 : 90) + i),
      createdAt: at(i),
    }));
    await store.messages.append({ threadId: 'large', messages });
    const found = await memory.listMessages({ threadId: 'large', perPage: false });
    const want = messages.map((message) => ({ ...message, threadId: 'large', resourceId: 'r' }));
    assert.deepStrictEqual(found.messages, want);
    assert.equal(found.total, 1500);
  });
});

describe('listMessagesByResourceId', async () => {
  const { memory } = await world();
  const list = (args) => memory.listMessagesByResourceId({ resourceId: 'ada', ...args });

  const pages = [
    [{}, 'a1 a2 a3 a4 a5 a6 c1 a7 a8 c2 a9', 11, false],
    [{ perPage: 3, page: 2, orderBy: desc }, 'a5 a4 a3', 11, true],
    [{ perPage: 3, page: 3, orderBy: desc }, 'a2 a1', 11, false],
    [{ perPage: false }, 'a1 a2 a3 a4 a5 a6 c1 a7 a8 c2 a9', 11, false],
    [{ perPage: 0 }, '', 0, false],
    [{ perPage: 2, includeTotal: false }, 'a1 a2', 2, true],
    [{ resourceId: 'nobody' }, '', 0, false],
    [{ resourceId: 'x'.repeat(300) }, '', 0, false],
    [{ filter: { metadata: { k: 1 } } }, 'a1 a4', 2, false],
    [{ resourceId: 'bob', filter: { metadata: { k: 1 } } }, 'b2', 1, false],
    [{ filter: { dateRange: { start: at(8), end: at(8) } } }, 'a8 c2', 2, false],
    [{ perPage: 1, include: [{ id: 'a4', withPreviousMessages: 1 }, { id: 'b1' }] }, 'a1 a3 a4', 11, true],
  ];
  for (const [args, want, total, hasMore] of pages) {
    test(`${JSON.stringify(args).slice(0, 90)} gives ${want}`, async () => {
      const found = await list(args);
      assert.equal(idsOf(found), want);
      assert.equal(found.total, total);
      assert.equal(found.hasMore, hasMore);
    });
  }

  test('what callers get wrong', async () => {
    for (const resourceId of ['', ' ', undefined, null]) {
      const wrong = await failure(list({ resourceId }));
      assert.equal(wrong.id, 'MASTRA_STORAGE_PG_LIST_MESSAGES_BY_RESOURCE_ID_INVALID_QUERY');
      assert.equal(wrong.category, 'USER');
    }
    assert.equal((await failure(list({ page: -1 }))).id, 'MASTRA_STORAGE_PG_LIST_MESSAGES_BY_RESOURCE_ID_INVALID_PAGE');
    assert.ok((await failure(list({ filter: { metadata: null } }))) instanceof TypeError);
  });
});

describe('listMessagesById', async () => {
  const { memory } = await world();
  const list = async (messageIds) => idsOf(await memory.listMessagesById({ messageIds }));

  test('in order of time, each once', async () => {
    assert.equal(await list(['a9', 'b1', 'a5', 'a4', 'a9', 'nobody', '']), 'b1 a4 a5 a9');
    assert.equal(await list([]), '');
    assert.equal(await list(['x'.repeat(300), '\ud800', 'a\0']), '');
  });

  test('more than the protocol has parameters, and more than the library takes at once', async () => {
    const many = Array.from({ length: 150000 }, (_, i) => `many ${i}`);
    assert.equal(await list(['a9', ...many, 'a1']), 'a1 a9');
  });
});

describe('windows beside an empty range', async () => {
  const { memory } = await world();
  for (const start of [new Date(8.64e15), at(1e9), '9999-12-31T23:59:59.999Z'])
    test(`from ${start}`, async () => {
      const filter = { dateRange: { start } };
      const include = [{ id: 'a2', withPreviousMessages: 1 }];
      assert.equal(idsOf(await memory.listMessages({ threadId: 'a', filter, include })), 'a1 a2');
      assert.equal(idsOf(await memory.listMessagesByResourceId({ resourceId: 'ada', filter, include })), 'a1 a2');
    });
});
