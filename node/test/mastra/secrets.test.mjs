/*
 * No password gets into what a store shows: its errors with their causes and stacks, what util.inspect and JSON.stringify make of it,
 * its pool; wherever the password was given, and whatever is wrong around it.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import pg from 'pg';
import { PostgresStore, Store, exportGrants, freshSchema, host, open, socket } from './entry.mjs';

/* Any of these in a text, and the password can be guessed. */
const SECRET = 'hun/t@r:2 %23';
const PARTS = ['hun', 't@r', 't%40r', '2 %23', '%2523'];
const coded = encodeURIComponent(SECRET);

function jsonOf(value) {
  try {
    return JSON.stringify(value) ?? '';
  } catch (error) {
    assert.match(error.message, /circular/);
    return '';
  }
}

function keeps(value, what, options = { showHidden: true }) {
  const texts = [inspect(value, { depth: Infinity, ...options }), jsonOf(value), String(value?.stack), String(value?.message)];
  for (const part of PARTS) assert.ok(!texts.some((text) => text.includes(part)), `${what}: ${part} gets out in ${texts}`);
}

const nowhere = { host: '127.0.0.1', port: 1, user: 'u', database: 'd' };
const WAYS = {
  'in a URI': { connectionString: `postgresql://u:${coded}@127.0.0.1:1/d` },
  'as a parameter of a URI': { connectionString: `postgresql://u@127.0.0.1:1/d?password=${coded}` },
  'in keywords': { connectionString: `host=127.0.0.1 port=1 user=u dbname=d password='${SECRET}'` },
  'as a field': { ...nowhere, password: SECRET },
  'by a function': { ...nowhere, password: () => SECRET },
  'for a name that is none': { connectionString: `postgresql://u:${coded}@name.invalid/d` },
  'for two hosts': { connectionString: `postgresql://u:${coded}@127.0.0.1:1,name.invalid:1/d` },
  'with a file that is not there': { connectionString: `postgresql://u:${coded}@localhost:1/d?sslmode=verify-full&sslrootcert=/nowhere` },
};

async function errorsOf(store, calls) {
  const found = [];
  for (const call of calls) {
    try {
      await call(store);
      assert.fail('it works');
    } catch (error) {
      found.push(error);
    }
  }
  return found;
}

for (const [way, options] of Object.entries(WAYS)) {
  test(`Store keeps a password ${way}`, async () => {
    const store = new Store({ schemaName: freshSchema(), connectTimeoutMillis: 5_000, ...options });
    keeps(store, 'before use');
    const calls = [
      (one) => one.init(),
      (one) => one.threads.get('t'),
      (one) => one.adopt({ fromSchema: 'mastra' }),
    ];
    for (const error of await errorsOf(store, calls)) {
      assert.equal(error.code, 'CONNECT');
      keeps(error, 'an error');
    }
    keeps(store, 'after use');
    await store.close();
    keeps(store, 'closed');
  });

  test(`PostgresStore keeps a password ${way}`, async () => {
    const store = new PostgresStore({ id: 's', schemaName: freshSchema(), connectionTimeoutMillis: 5_000, ...options });
    keeps(store, 'before use');
    const calls = [(one) => one.init(), (one) => one.stores.memory.getThreadById({ threadId: 't' })];
    for (const error of await errorsOf(store, calls)) {
      keeps(error, 'an error');
      keeps(error.cause, 'its cause');
      keeps(error.toJSON?.(), 'its JSON');
    }
    keeps(store, 'after use');
    await store.close();
  });
}

/* Of the pool, what pg shows: its password is a hidden property, which belongs to pg. */
test('the pool for direct access shows no password', async () => {
  for (const [way, options] of Object.entries(WAYS)) {
    if (/two hosts|not there/.test(way)) continue; // pg cannot do that
    for (const Class of [Store, PostgresStore]) {
      const store = new Class({ ...(Class === Store ? {} : { id: 's' }), schemaName: freshSchema(), ...options });
      keeps(store.pool, `${way}, the pool`, {});
      keeps(store.pool.options, `${way}, its options`, {});
      for (const error of await errorsOf(store, [(one) => one.db.one('SELECT 1'), (one) => one.pool.query('SELECT 1')])) {
        keeps(error, `${way}, an error`, {});
      }
      await store.close();
    }
  }
});

test('a given pool’s password stays its own', async () => {
  const pool = new pg.Pool({ ...nowhere, password: SECRET });
  const store = new PostgresStore({ id: 's', pool });
  const [error] = await errorsOf(store, [(one) => one.init()]);
  keeps(error, 'an error', {});
  keeps(store, 'the store', {});
  await store.close();
  await pool.end();
});

test('what is wrong with options is told without their values', () => {
  const wrong = [
    { connectionString: `postgresql://u:${SECRET}@h/d` },
    { connectionString: `postgresql://u:${coded}@[::1/d` },
    { connectionString: `postgresql://u:${coded}@h/d?nonsense=1` },
    { connectionString: `mysql://u:${coded}@h/d` },
    { connectionString: `host=h password=${SECRET}` },
    { ...nowhere, password: Buffer.from(SECRET) },
    { ...nowhere, pass: SECRET },
  ];
  for (const options of wrong) {
    assert.throws(
      () => new Store(options),
      (error) => {
        keeps(error, 'Store');
        return error.code === 'INVALID';
      },
    );
    try {
      const store = new PostgresStore({ id: 's', ...options }); // which takes more than Store
      keeps(store, 'PostgresStore');
      store.close();
    } catch (error) {
      keeps(error, 'PostgresStore');
    }
  }
});

test('keys and their passphrases stay hidden', async () => {
  const ssl = { ca: 'none', cert: 'none', key: `-----BEGIN ${SECRET}`, passphrase: SECRET };
  const store = new PostgresStore({ id: 's', connectionString: 'postgresql://u@localhost:1/d', ssl });
  const [error] = await errorsOf(store, [(one) => one.init()]);
  keeps(error, 'an error');
  keeps(store, 'the store');
  await store.close();
});

/* ---- Roles ---- */

test('exportGrants: a role that has them and no more', async () => {
  const name = freshSchema();
  const roles = { writer: `node_writer_${process.pid}`, reader: `node_reader_${process.pid}` };
  const owner = open({ schemaName: name });
  await owner.init();
  for (const [kind, role] of Object.entries(roles)) {
    await owner.pool.query(`CREATE ROLE ${role} LOGIN`);
    await owner.pool.query(exportGrants(kind, role, name));
  }
  const as = (user) => new PostgresStore({ id: 's', schemaName: name, ...host, host: socket, user });
  const thread = { id: 't', resourceId: 'r', title: 'A', metadata: {}, createdAt: new Date(), updatedAt: new Date() };
  const writer = as(roles.writer);
  await writer.init();
  await writer.stores.memory.saveThread({ thread });
  await writer.close();
  const reader = as(roles.reader);
  await reader.init();
  assert.equal((await reader.stores.memory.getThreadById({ threadId: 't' })).title, 'A');
  const [error] = await errorsOf(reader, [(one) => one.stores.memory.saveThread({ thread })]);
  assert.equal(error.cause.code, 'DENIED');
  assert.match(error.cause.hint, /--grants/);
  await reader.close();
  for (const role of Object.values(roles)) await owner.pool.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  assert.throws(() => exportGrants('reader', '', name), { code: 'INVALID' });
  assert.throws(() => exportGrants('god', 'r', name), { code: 'INVALID' });
  assert.match(exportGrants('owner', 'r'), /CREATE SCHEMA IF NOT EXISTS "public" AUTHORIZATION "r"/);
});
