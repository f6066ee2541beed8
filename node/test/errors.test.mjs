/* What is refused, by the package or by the library, and how it is told. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failure, open, PgconvoError, Store, url } from './world.mjs';

const store = open();
await store.threads.create({ id: 'T' });

const refusals = [
  ['options: unknown', () => new Store({ conectionString: url }), /conectionString: is nothing that a store knows/],
  ['options: type', () => new Store({ port: '5432' }), /port: is not a whole number from 1 to 65535/],
  ['options: string', () => new Store({ host: 1 }), /host: is not a string/],
  ['options: mode', () => new Store({ schemaMode: 'some' }), /schemaMode: is none of auto, verify, none/],
  ['options: url', () => new Store({ connectionString: 'mysql://x' }), /no connection string/],
  ['options: NUL', () => new Store({ connectionString: url, database: 'a\0b' }), /database: has a NUL/],
  ['options: local', () => new Store({ connectionString: 'local:', max: 0 }), /max: is not a whole number/],
];
for (const [name, make, message] of refusals) {
  test(`refused at once: ${name}`, () => {
    assert.throws(make, (error) => error instanceof PgconvoError && error.code === 'INVALID' && message.test(error.message));
  });
}

const circle = {};
circle.self = circle;
const append = (message, more) => () => store.messages.append({ threadId: 'T', messages: [message], ...more });
const calls = [
  ['content undefined', append({ role: 'user', content: undefined }), /messages\[0\]\.content: is undefined/],
  ['content a function', append({ role: 'user', content: () => 1 }), /messages\[0\]\.content: is a function, which JSON/],
  ['content a circle', append({ role: 'user', content: circle }), /cannot be written as JSON: .*circular/i],
  ['content a bigint', append({ role: 'user', content: [1n] }), /cannot be written as JSON: .*BigInt/],
  ['content twice', append({ role: 'user', content: 1, text: 'x' }), /content: is given twice/],
  ['contentJson twice', append({ role: 'user', contentJson: '1', text: 'x' }), /content: is given twice/],
  ['contentJson bad', append({ role: 'user', contentJson: '{"a":}' }), /messages\[0\]|message 0|content/],
  ['role missing', append({ content: 1 }), /role/],
  ['metadata an array', append({ role: 'user', text: '', metadata: [] }), /messages\[0\]\.metadata: is not an object/],
  ['metadata twice', append({ role: 'user', text: '', metadata: {}, metadataJson: '{}' }), /given twice/],
  ['message null', append(null), /messages\[0\]: is not an object/],
  ['existing', append({ role: 'user', text: '' }, { existing: 'skip' }), /existing: is none of refuse, keep, replace/],
  ['unknown field', append({ role: 'user', text: '' }, { exists: 'keep' }), /exists: is nothing that messages.append/],
  ['no messages', () => store.messages.append({ threadId: 'T', messages: [] }), /messages/],
  ['messages no array', () => store.messages.append({ threadId: 'T', messages: {} }), /messages: is not an array/],
  ['id missing', () => store.threads.get(), /id: is missing/],
  ['id a number', () => store.threads.get(1), /id: is not a string/],
  ['query missing', () => store.messages.list(), /messages.list: is not an object/],
  ['limit 0', () => store.threads.list({ limit: 0 }), /limit: is not a whole number from 1/],
  ['limit half', () => store.threads.list({ limit: 1.5 }), /limit: is not a whole number/],
  ['cursor', () => store.threads.list({ cursor: 'nonsense' }), /cursor/],
  ['thread and resource', () => store.messages.list({ threadId: 'T', resourceId: 'r' }), /resource/],
  ['ids hold a number', () => store.messages.get({ ids: ['a', 1] }), /ids\[1\]: is not a string/],
  ['anchor', () => store.messages.window({ anchors: [{ messageId: 'a', before: -1 }] }), /anchors\[0\]\.before/],
  ['patch missing', () => store.metadata.merge({ threadId: 'T' }), /patch: is missing/],
  ['patch an array', () => store.metadata.merge({ threadId: 'T', patchJson: '[]' }), /object/],
  ['flag', () => store.threads.list({ withTotal: 1 }), /withTotal: is neither true nor false/],
];
for (const [name, call, message] of calls) {
  test(`rejected: ${name}`, async () => {
    const error = await failure(call());
    assert.ok(error instanceof PgconvoError, String(error));
    assert.equal(error.code, 'INVALID');
    assert.equal(error.retry, 'no');
    assert.match(error.message, message);
  });
}

test('errors tell where: the index of a message, the offset in JSON', async () => {
  const messages = [{ role: 'user', text: 'x' }, { role: 'user', content: undefined }];
  assert.equal((await failure(store.messages.append({ threadId: 'T', messages }))).position, 1);
  const offset = await failure(store.metadata.merge({ threadId: 'T', patchJson: '{"a":?}' }));
  assert.equal(offset.position, 5);
  assert.equal(await store.messages.count({ threadId: 'T' }), 0);
});

test('an error of the library is an Error with a name, a code and the stack of the caller', async () => {
  const error = await failure(store.threads.get('nobody'));
  assert.ok(error instanceof Error);
  assert.equal(error.name, 'PgconvoError');
  assert.deepEqual({ ...error }, { code: 'NOT_FOUND', retry: 'no' });
  assert.match(error.message, /no such thread/);
  assert.match(error.stack, /errors\.test\.mjs/);
});

test('an error of the server has its state, detail and hint', async () => {
  const denied = new Store({ connectionString: url, database: 'there_is_no_such_database' });
  const error = await failure(denied.init());
  assert.equal(error.code, 'CONNECT');
  assert.equal(error.sqlstate, '3D000');
  assert.match(error.message, /there_is_no_such_database/);
  await denied.close();
  const strict = open({ schemaMode: 'verify' });
  const absent = await failure(strict.init());
  assert.equal(absent.code, 'SCHEMA');
  assert.match(absent.hint, /\.$/);
});

test('a server that is not there, a name that is unknown', async () => {
  const refused = new Store({ connectionString: 'host=127.0.0.1 port=1 dbname=x user=x' });
  const error = await failure(refused.init());
  assert.deepEqual([error.code, error.retry], ['CONNECT', 'safe']);
  await refused.close();
  const unknown = new Store({ host: 'no-such-host.invalid' });
  for (let i = 0; i < 2; i++) {
    const missing = await failure(unknown.threads.get('x'));
    assert.deepEqual([missing.code, missing.retry], ['CONNECT', 'safe']);
    assert.match(missing.message, /no-such-host\.invalid/);
  }
  await unknown.close();
});
