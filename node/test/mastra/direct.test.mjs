/* Direct access: pg-promise and pg beside the engine, over one pool, of both layers. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { connectionString, entry, failure, freshSchema, open, PostgresStore, Store, url, works } from './entry.mjs';

const run = promisify(execFile);

test('store.db has the methods of pg-promise', async () => {
  const { db } = open();
  assert.equal(await db.none('SELECT WHERE false'), null);
  assert.deepEqual(await db.one('SELECT $1::int AS a', [1]), { a: 1 });
  assert.equal(await db.oneOrNone('SELECT 1 WHERE false'), null);
  assert.deepEqual(await db.any('SELECT 1 AS a WHERE false'), []);
  assert.deepEqual(await db.manyOrNone('SELECT 1 AS a'), [{ a: 1 }]);
  assert.deepEqual(await db.many('SELECT generate_series(1, 2) AS a'), [{ a: 1 }, { a: 2 }]);
  assert.deepEqual(await db.query('SELECT 1 AS a'), [{ a: 1 }]);
  assert.equal(await db.tx(async (tx) => (await tx.one('SELECT 5 AS a')).a), 5);
  const connected = await db.connect();
  assert.deepEqual(await connected.one('SELECT 2 AS a'), { a: 2 });
  connected.done();
  assert.equal((await failure(db.one('SELECT WHERE false'))).name, 'QueryResultError');
});

test('store.pgp is the main instance, store.pool the pool of store.db', async () => {
  const store = open();
  const { pgp } = store;
  assert.equal(pgp.as.format('$1:name = $2', ['a', "b'"]), `"a" = 'b'''`);
  assert.equal(typeof pgp.helpers.insert, 'function');
  assert.equal(store.pgp, pgp);
  assert.ok(store.pool instanceof pg.Pool);
  assert.equal(store.db.$pool, store.pool);
  assert.equal(store.readPool, store.pool);
  assert.equal(store.readDb, store.db);
  assert.equal((await store.pool.query('SELECT 1 AS a')).rows[0].a, 1);
});

test('tx commits, and rolls back what throws', async () => {
  const { db } = open();
  const table = freshSchema();
  await db.none('CREATE TABLE $1:name (a int)', [table]);
  await db.tx((tx) => tx.none('INSERT INTO $1:name VALUES (1)', [table]));
  await assert.rejects(
    db.tx(async (tx) => {
      await tx.none('INSERT INTO $1:name VALUES (2)', [table]);
      throw new Error('back');
    }),
    /back/,
  );
  assert.deepEqual(await db.any('SELECT a FROM $1:name', [table]), [{ a: 1 }]);
});

test('it sees what the engine wrote, with the search path of the user', async () => {
  const store = open();
  await works(store);
  const { memory } = store.stores;
  assert.equal((await store.db.one('SELECT count(*)::int AS n FROM $1:name.threads', [memory.store.schemaName])).n, 1);
  assert.equal((await store.db.one('SHOW search_path')).search_path, '"$user", public');
});

test('nothing is loaded and no pool is made before it is asked for', async () => {
  const source = `import { createRequire } from 'node:module';
    const require = createRequire(${JSON.stringify(entry)});
    const { PostgresStore } = await import(${JSON.stringify(entry)});
    const store = new PostgresStore({ connectionString: ${JSON.stringify(connectionString)}, schemaName: 'x' });
    await store.init();
    const loaded = () => Object.keys(require.cache).some((file) => /node_modules.(pg|pg-promise).lib/.test(file));
    const before = loaded();
    await store.db.one('SELECT 1');
    console.log(before, loaded());
    await store.db.none('DROP SCHEMA x CASCADE');
    await store.close();`;
  const { stdout, stderr } = await run(process.execPath, ['--input-type=module', '-e', source], {
    env: { ...process.env, NODE_ENV: 'development' },
  });
  assert.equal(stdout.trim(), 'false true');
  assert.equal(stderr, '');
});

test('close ends the pool; what was not made is refused then', async () => {
  const store = open();
  const { db, pool } = store;
  await db.one('SELECT 1');
  await Promise.all([store.close(), store.close()]);
  await store.close();
  assert.ok(pool.ended);
  await assert.rejects(db.one('SELECT 1'), /destroyed/);
  const unused = open();
  await unused.close();
  assert.throws(() => unused.db, { code: 'CLOSED' });
});

test('a pool that was ended by hand closes, too', async () => {
  const store = open();
  await store.db.one('SELECT 1');
  await store.pool.end();
  await store.close();
});

test('many stores of one database give no warning of pg-promise', async (t) => {
  const said = t.mock.method(console, 'warn');
  const stores = Array.from({ length: 3 }, () => open());
  for (const { db } of stores) await db.one('SELECT 1');
  assert.equal(said.mock.callCount(), 0);
});

async function kill(store, pids) {
  for (const pid of pids) await store.db.one('SELECT pg_terminate_backend($1, 5000) AS done', [pid]);
}

test('a backend that dies inside a transaction rejects it, and the next call works', async () => {
  const store = open();
  const other = open();
  await assert.rejects(
    store.db.tx(async (tx) => {
      const { pid } = await tx.one('SELECT pg_backend_pid() AS pid');
      await kill(other, [pid]);
      await tx.one('SELECT 1');
    }),
  );
  await assert.rejects(store.db.tx((tx) => tx.one('SELECT pg_terminate_backend(pg_backend_pid())')));
  assert.deepEqual(await store.db.one('SELECT 1 AS a'), { a: 1 });
});

test('backends that die while they are idle, or lent, are no uncaught exception', async () => {
  const store = open();
  const other = open();
  const lent = await store.pool.connect();
  const connected = await store.db.connect();
  const pid = (client) => client.query('SELECT pg_backend_pid() AS pid').then(({ rows }) => rows[0].pid);
  const idle = await store.db.one('SELECT pg_backend_pid() AS pid');
  const pids = [idle.pid, await pid(lent), await pid(connected.client)];
  assert.equal(new Set(pids).size, 3);
  await kill(other, pids);
  await pause(50);
  lent.release(true);
  connected.done(true);
  assert.deepEqual(await store.db.one('SELECT 1 AS a'), { a: 1 });
});

test('the plain Store has it, too', async () => {
  const store = new Store({ connectionString: url, schemaName: freshSchema(), max: 2, statementTimeoutMillis: 12345 });
  const { id } = await store.threads.create();
  assert.equal((await store.db.one('SELECT id FROM $1:name.threads', [store.schemaName])).id, id);
  assert.equal((await store.db.one('SHOW statement_timeout')).statement_timeout, '12345ms');
  assert.deepEqual([store.pool.options.max, store.pool.options.application_name], [2, 'pgconvo']);
  assert.equal(store.pgp.as.name('a'), '"a"');
  await store.close();
  assert.ok(store.pool.ended);
});

const places = [
  [
    { connectionString: 'postgresql://u:p%40@127.0.0.1:7/d?application_name=x' },
    { host: '127.0.0.1', port: 7, user: 'u', password: 'p@', database: 'd', application_name: 'x' },
  ],
  [
    { connectionString: 'host=/a port=5 user=u dbname=d' },
    { host: '/a', port: 5, user: 'u', database: 'd', ssl: false },
  ],
  [
    { connectionString: 'host=/a user=u', host: '/b', database: 'd' },
    { host: '/b', database: 'd' },
  ],
  [
    { connectionString: 'host=a hostaddr=127.0.0.2 sslmode=require' },
    { host: '127.0.0.2', ssl: { servername: 'a', rejectUnauthorized: false } },
  ],
  [
    { host: 'a', sslMode: 'disable' },
    { host: 'a', port: 5432, ssl: false },
  ],
  [{ host: 'a', connectTimeoutMillis: 77 }, { connectionTimeoutMillis: 77 }],
  [
    { connectionString: 'host=a connect_timeout=3 options=-cgeqo=off' },
    { connectionTimeoutMillis: 3000, options: '-cgeqo=off' },
  ],
];
for (const [options, expected] of places) {
  test(`the pool of ${JSON.stringify(options)}`, async () => {
    const store = new Store(options);
    const found = store.pool.options;
    assert.deepEqual(Object.fromEntries(Object.keys(expected).map((key) => [key, found[key]])), expected);
    await store.close();
  });
}

for (const text of [
  'host=a,b',
  'postgresql://a:1,b:2/d',
  'service=x',
  'host=a sslmode=verify-full sslrootcert=/nowhere',
  'host=a sslcrl=/x',
]) {
  test(`what pg cannot do as libpq does is refused: ${text}`, async () => {
    const store = new Store({ connectionString: text });
    assert.throws(() => store.pool, { code: 'INVALID' });
    await store.close();
  });
}

test('of a private server', { skip: process.env.PGCONVO_NO_LOCAL !== undefined }, async (t) => {
  const temporary = fs.mkdtempSync(path.join(os.tmpdir(), 'pgconvo-local-'));
  t.after(() => fs.rmSync(temporary, { recursive: true, force: true }));
  fs.chmodSync(temporary, 0o755);
  const store = new PostgresStore({ connectionString: `local:${temporary}/server` });
  t.after(() => store.close());
  assert.deepEqual(await store.db.one('SHOW search_path'), { search_path: '"$user", public' });
  await works(store);
  assert.equal((await store.db.one('SELECT count(*)::int AS n FROM public.threads')).n, 1);
  await store.close();
});
