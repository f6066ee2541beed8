/* What goes in comes out: strings of any kind, JSON to the byte, times to the microsecond, large contents. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failure, odd, open } from './world.mjs';

const store = open();

test('NUL, lone surrogates and the rest of Unicode survive everywhere', async () => {
  const metadata = { [odd]: odd, deep: [{ [odd]: [odd] }] };
  const created = await store.threads.create({ title: odd, metadata });
  assert.equal(created.title, odd);
  assert.deepEqual(created.metadata, metadata);
  const read = await store.threads.get(created.id);
  assert.equal(read.title, odd);
  assert.deepEqual(read.metadata, metadata);
  assert.deepEqual(await store.metadata.merge({ threadId: created.id, patch: { [odd]: 'x', y: odd } }), {
    ...metadata,
    [odd]: 'x',
    y: odd,
  });

  const content = { [odd]: [odd, { odd }] };
  await store.messages.append({
    threadId: created.id,
    messages: [{ role: 'user', content, metadata }, { role: 'user', text: odd }, { role: 'user', content: odd }],
  });
  const { messages } = await store.messages.last({ threadId: created.id, limit: 3 });
  assert.deepEqual(messages[0].content, content);
  assert.deepEqual(messages[0].metadata, metadata);
  assert.deepEqual([messages[1].text, messages[1].content, messages[2].text], [odd, odd, odd]);
});

test('each code unit survives as text and as title', async () => {
  const units = Array.from({ length: 0x10000 }, (_, unit) => String.fromCharCode(unit));
  const text = units.join(' '); /* blanks, so that no pairs arise */
  const { id, title } = await store.threads.create({ title: text.slice(0, 100_000) });
  assert.equal(title, text.slice(0, 100_000));
  await store.messages.append({ threadId: id, messages: [{ role: 'user', text }] });
  const { messages } = await store.messages.last({ threadId: id, limit: 1 });
  assert.ok(messages[0].text === text);
});

test('ids, roles and types may be of any script', async () => {
  const id = 'идентификатор 中文 😀';
  await store.threads.create({ id, resourceId: id });
  await store.messages.append({ threadId: id, messages: [{ id, role: id, type: id, text: '' }] });
  const [message] = await store.messages.get({ threadId: id, ids: [id] });
  assert.deepEqual([message.id, message.threadId, message.resourceId, message.role, message.type], [id, id, id, id, id]);
  assert.equal((await failure(store.threads.create({ id: 'a\u0000' }))).code, 'INVALID');
  assert.equal((await failure(store.threads.create({ id: '\ud800' }))).code, 'INVALID');
});

test('any JSON value is a content', async () => {
  const { id } = await store.threads.create();
  const contents = [null, true, false, 0, -1.5, 1e300, '', 'text', [], {}, [[[]]], { __proto__: null, a: 1 }];
  await store.messages.append({ threadId: id, messages: contents.map((content) => ({ role: 'user', content })) });
  const { messages } = await store.messages.list({ threadId: id });
  assert.equal(JSON.stringify(messages.map(({ content }) => content)), JSON.stringify(contents));
});

test('JSON comes back to the byte', async () => {
  const { id } = await store.threads.create();
  const texts = ['{ "b":1.0,\n"a": 12345678901234567890, "a":"\\u0041\\/" }', '1E2', '"\\ud800"', ' [ ] ', '{"__proto__":1}'];
  await store.messages.append({ threadId: id, messages: texts.map((contentJson) => ({ role: 'user', contentJson })) });
  const { messages } = await store.messages.list({ threadId: id, raw: true });
  assert.deepEqual(messages.map(({ contentJson }) => contentJson), texts);
  assert.deepEqual(Object.keys(messages[0]).filter((key) => /content|metadata|text/.test(key)), ['contentJson', 'metadataJson']);
  const parsed = (await store.messages.list({ threadId: id })).messages;
  assert.deepEqual(parsed[4].content, JSON.parse(texts[4]));
});

test('numbers of metadata that JavaScript cannot hold come as text', async () => {
  const json = '{"big": 12345678901234567890.123456789}';
  const { id, metadataJson } = await store.threads.create({ metadataJson: json, raw: true });
  assert.equal(metadataJson, json);
  assert.equal(await store.metadata.get({ threadId: id, raw: true }), json);
});

test('times keep their microseconds', async () => {
  const { id, createdAtMicros } = await store.threads.create({ createdAt: 1_700_000_000_123_456n });
  assert.equal(createdAtMicros, '1700000000123456');
  const times = ['-1', '0', '1700000000123457', '9007199254740993'];
  const messages = times.map((createdAt) => ({ role: 'user', text: createdAt, createdAt }));
  await store.messages.append({ threadId: id, messages });
  const read = (await store.messages.list({ threadId: id })).messages;
  assert.deepEqual(read.map((m) => m.createdAtMicros), times);
  assert.deepEqual(read.map((m) => m.createdAt.getTime()), [-1, 0, 1700000000123, 9007199254740]);
  const [found] = (await store.messages.list({ threadId: id, from: 1_700_000_000_123_457n, limit: 1 })).messages;
  assert.equal(found.createdAtMicros, '1700000000123457');
  for (const createdAt of [1700000000, new Date(NaN), '2024-01-01', 2n ** 63n]) {
    assert.equal((await failure(store.threads.create({ createdAt }))).code, 'INVALID', String(createdAt));
  }
});

test('a content of 10 MB goes in and out, of ASCII and of other characters', async () => {
  const { id } = await store.threads.create();
  const contents = ['x'.repeat(10_000_000), { parts: ['é\u0000😀'.repeat(1_500_000)] }];
  for (const content of contents) await store.messages.append({ threadId: id, messages: [{ role: 'tool', content }] });
  const { messages } = await store.messages.list({ threadId: id });
  assert.ok(messages[0].content === contents[0]);
  assert.ok(messages[1].content.parts[0] === contents[1].parts[0]);
});

test('long lists come in several texts and stay in order', async () => {
  const { id } = await store.threads.create();
  const sizes = [1, 70_000, 0, 30_000, 40_000, 65_000, 5, 200_000, 0];
  const messages = sizes.flatMap((size, i) =>
    Array.from({ length: 50 }, (_, j) => ({ role: 'user', content: { at: i * 50 + j, pad: 'ü'.repeat(size / 50) } })),
  );
  await store.messages.append({ threadId: id, messages });
  const read = (await store.messages.list({ threadId: id, limit: 1000 })).messages;
  assert.deepEqual(read.map(({ content }) => content), messages.map(({ content }) => content));
  assert.deepEqual(read.map(({ seq }) => seq), messages.map((_, i) => i + 1));
});

test('10,000 messages in one append', async () => {
  const { id } = await store.threads.create();
  const messages = Array.from({ length: 10_000 }, (_, n) => ({ role: 'user', content: n }));
  const answer = await store.messages.append({ threadId: id, messages });
  assert.equal(answer.messages.length, 10_000);
  assert.equal(answer.messages[9_999].seq, 10_000);
  let sum = 0;
  for await (const { content } of store.messages.iterate({ threadId: id, limit: 3_000 })) sum += content;
  assert.equal(sum, (10_000 * 9_999) / 2);
});
