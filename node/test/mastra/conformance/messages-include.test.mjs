/* include of listMessages and listMessagesByResourceId: windows around messages. */
import assert from 'node:assert/strict';
import { at, fresh, ids, message, numbers, open, saveMessages, saveThread, test, text } from '../world.mjs';

const store = await open();
const memory = await store.getStore('memory');

const resourceId = fresh('r');
const thread = await saveThread(memory, { resourceId });
const other = await saveThread(memory, { resourceId });
const foreign = await saveThread(memory);
await saveMessages(memory, thread, 20);
await saveMessages(memory, other, 6, (n) => ({ createdAt: at(n * 1000 + 100) }));
await saveMessages(memory, foreign, 5);
const tied = await saveThread(memory);
const names = ['m', 'Z', 'a', 'B', 'x', '_', 'Q'].map((name) => `${name}/${tied.id}`);
await memory.saveMessages({ messages: names.map((id) => message(tied, { id })) });

const mine = (n) => `${thread.id}/${n}`;
const their = (n) => `${other.id}/${n}`;
const list = (args) => memory.listMessages({ threadId: thread.id, ...args });
const only = async (include, args = {}) => (await list({ perPage: 0, include, ...args })).messages;
const around = (id, withPreviousMessages, withNextMessages) => ({ id, withPreviousMessages, withNextMessages });

for (const [name, include, expected] of [
  ['the message alone', [{ id: mine(7) }], [7]], ['two before', [around(mine(7), 2)], [5, 6, 7]], ['two after', [around(mine(7), 0, 2)], [7, 8, 9]],
  ['both', [around(mine(7), 1, 2)], [6, 7, 8, 9]], ['the window ends at the first', [around(mine(1), 5, 1)], [0, 1, 2]], ['and at the last', [around(mine(18), 1, 9)], [17, 18, 19]],
  ['two windows', [around(mine(3), 1, 1), around(mine(15), 1)], [2, 3, 4, 14, 15]], ['windows overlap', [around(mine(3), 1, 2), around(mine(4), 2, 2)], [2, 3, 4, 5, 6]],
  ['the same twice', [around(mine(3), 1), around(mine(3), 0, 1)], [2, 3, 4]], ['an unknown id adds nothing', [{ id: 'unknown' }, { id: mine(2) }], [2]],
  ['an empty id adds nothing', [{ id: '' }, { id: mine(2) }], [2]], ['a threadId beside it is not looked at', [{ id: mine(2), threadId: 'elsewhere' }], [2]],
  ['0 before and after', [around(mine(5), 0, 0)], [5]], ['all of it', [around(mine(10), 1000, 1000)], Array.from({ length: 20 }, (_, n) => n)],
]) {
  test(`include: ${name}`, async () => {
    const result = await list({ perPage: 0, include });
    assert.deepStrictEqual(numbers(result.messages), expected);
    assert.deepStrictEqual({ ...result, messages: 0 }, { messages: 0, total: 0, page: 0, perPage: 0, hasMore: false });
  });
}

for (const include of [[], [{ id: 'unknown' }], [{ id: '' }]]) {
  test(`include that finds nothing: ${JSON.stringify(include)}`, async () => {
    assert.deepStrictEqual(await list({ perPage: 0, include }), { messages: [], total: 0, page: 0, perPage: 0, hasMore: false });
  });
}

test('included messages are whole', async () => {
  assert.deepStrictEqual(await only([{ id: mine(3) }]), [message(thread, { id: mine(3), createdAt: at(3000), content: text('Message 3') })]);
});

test('include in descending order', async () => {
  const { messages } = await list({ perPage: 0, include: [around(mine(7), 1, 1)], orderBy: { field: 'createdAt', direction: 'DESC' } });
  assert.deepStrictEqual(numbers(messages), [8, 7, 6]);
});

test('include adds to the page, sorted, and not twice', async () => {
  const result = await list({ perPage: 3, include: [around(mine(2), 1, 2), { id: mine(9) }] });
  assert.deepStrictEqual(numbers(result.messages), [0, 1, 2, 3, 4, 9]);
  assert.deepStrictEqual({ ...result, messages: 0 }, { messages: 0, total: 20, page: 0, perPage: 3, hasMore: true });
});

test('include beside the last messages, as recall asks', async () => {
  const result = await list({ perPage: 2, include: [around(mine(4), 1, 1)], orderBy: { field: 'createdAt', direction: 'DESC' } });
  assert.deepStrictEqual(numbers(result.messages), [19, 18, 5, 4, 3]);
});

test('hasMore is false once page and included messages are all there are', async () => {
  const small = await saveThread(memory);
  await saveMessages(memory, small, 4);
  const result = await memory.listMessages({ threadId: small.id, perPage: 2, include: [around(`${small.id}/2`, 0, 1)] });
  assert.deepStrictEqual([numbers(result.messages), result.total, result.hasMore], [[0, 1, 2, 3], 4, false]);
});

test('a message of another thread, with its own neighbours, is not counted', async () => {
  const result = await list({ perPage: 2, include: [around(their(2), 1, 1)] });
  assert.deepStrictEqual(ids(result.messages), [mine(0), mine(1), their(1), their(2), their(3)].sort((a, b) => order(a) - order(b)));
  assert.deepStrictEqual([result.total, result.hasMore], [20, true]);
});
const order = (id) => Number(id.slice(id.lastIndexOf('/') + 1)) * 1000 + (id.startsWith(other.id) ? 100 : 0);

test('a thread without messages may include those of others', async () => {
  const empty = await saveThread(memory);
  const result = await memory.listMessages({ threadId: empty.id, include: [{ id: mine(1) }] });
  assert.deepStrictEqual([numbers(result.messages), result.total, result.hasMore], [[1], 0, false]);
});

test('the dates of the page do not narrow what is included', async () => {
  const result = await list({ filter: { dateRange: { start: at(18000) } }, include: [around(mine(3), 1)] });
  assert.deepStrictEqual([numbers(result.messages), result.total], [[2, 3, 18, 19], 2]);
});

test('metadata filters do not narrow what is included', async () => {
  const marked = await saveThread(memory);
  await saveMessages(memory, marked, 6, (n) => ({ content: text('x', { metadata: { n } }) }));
  const result = await memory.listMessages({ threadId: marked.id, filter: { metadata: { n: 5 } }, include: [around(`${marked.id}/1`, 1)] });
  assert.deepStrictEqual([numbers(result.messages), result.total, result.hasMore], [[0, 1, 5], 1, false]);
});

test('with a resource, a foreign message is not included', async () => {
  assert.deepStrictEqual(await only([{ id: `${foreign.id}/2` }], { resourceId }), []);
  assert.deepStrictEqual(numbers(await only([{ id: `${foreign.id}/2` }])), [2]);
});

test('with a resource, foreign neighbours are not included', async () => {
  const mixed = await saveThread(memory, { resourceId: 'owner-a' });
  await memory.saveMessages({ messages: [0, 1, 2].map((n) => message(mixed, { id: `${mixed.id}/${n}`, createdAt: at(n) })) });
  const found = await memory.listMessages({ threadId: thread.id, resourceId: 'owner-a', perPage: 0, include: [around(`${mixed.id}/1`, 5, 5)] });
  assert.deepStrictEqual(numbers(found.messages), [0, 1, 2]);
  const none = await memory.listMessages({ threadId: thread.id, resourceId: 'owner-b', perPage: 0, include: [around(`${mixed.id}/1`, 5, 5)] });
  assert.deepStrictEqual(none.messages, []);
});

test('perPage false with include is all, once', async () => {
  const result = await list({ perPage: false, include: [around(mine(3), 2, 2)] });
  assert.deepStrictEqual([result.messages.length, result.total, result.hasMore], [20, 20, false]);
});

test('includeTotal false with include', async () => {
  const result = await list({ perPage: 2, includeTotal: false, include: [{ id: mine(10) }] });
  assert.deepStrictEqual([numbers(result.messages), result.hasMore], [[0, 1, 10], true]);
});

test('several threads with include', async () => {
  const result = await memory.listMessages({ threadId: [thread.id, other.id], perPage: 1, include: [{ id: their(5) }] });
  assert.deepStrictEqual([ids(result.messages), result.total], [[mine(0), their(5)], 26]);
});

test('by resource: windows are added too', async () => {
  const result = await memory.listMessagesByResourceId({ resourceId, perPage: 1, include: [around(mine(5), 1, 1)] });
  assert.deepStrictEqual([ids(result.messages), result.total, result.hasMore], [[mine(0), mine(4), mine(5), mine(6)], 26, true]);
});

test('by resource: perPage 0 gives the windows only', async () => {
  const result = await memory.listMessagesByResourceId({ resourceId, perPage: 0, include: [around(their(1), 1)] });
  assert.deepStrictEqual([ids(result.messages), result.total, result.hasMore], [[their(0), their(1)], 0, false]);
});

test('by resource: a foreign message is not included', async () => {
  const result = await memory.listMessagesByResourceId({ resourceId, perPage: 0, include: [{ id: `${foreign.id}/1` }] });
  assert.deepStrictEqual(result.messages, []);
});

/* Among messages of one time the order is that of saving. */
for (const [place, before, after] of [[0, 0, 0], [3, 0, 0], [3, 1, 1], [3, 2, 0], [3, 0, 2], [6, 1, 1], [0, 1, 1], [5, 9, 9]]) {
  test(`among ties: message ${place} with ${before} before and ${after} after`, async () => {
    const { messages } = await memory.listMessages({ threadId: tied.id, perPage: 0, include: [around(names[place], before, after)] });
    assert.deepStrictEqual(ids(messages), names.slice(Math.max(0, place - before), place + after + 1));
  });
}

test('30 windows at once', async () => {
  const include = Array.from({ length: 30 }, (_, n) => around(mine(n % 20), 1, 1));
  assert.equal((await only(include)).length, 20);
});

test('a window of a message that was just saved again is the same', async () => {
  const [one] = (await list({ perPage: 1, page: 7 })).messages;
  await memory.saveMessages({ messages: [{ ...one, createdAt: at(99999) }] });
  assert.deepStrictEqual(numbers(await only([around(mine(7), 1, 1)])), [6, 7, 8]);
});
