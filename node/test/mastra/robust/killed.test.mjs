/* Backends that are killed under calls: what was promised is settled, nothing is thrown past it, and the next call works. */
import assert from 'node:assert/strict';
import { after } from 'node:test';
import pg from 'pg';
import { domainsOf, everyMethod } from '../methods.mjs';
import { connectionString, freshSchema, make, saveThread, schemaOf, test, together } from '../world.mjs';

/* A database of its own, in which this file may kill whatever it finds. */
const database = freshSchema();
const outside = new pg.Client({ connectionString });
await outside.connect();
await outside.query(`CREATE DATABASE "${database}"`);
const url = connectionString.replace('/postgres?', `/${database}?`);
const admin = new pg.Client({ connectionString: url, application_name: 'admin' });
await admin.connect();
const store = make({ connectionString: url, max: 4 });
await store.init();
const domains = await domainsOf(store);
const { memory } = domains;

after(async () => {
  await store.close();
  await admin.end();
  await outside.query(`DROP DATABASE "${database}" WITH (FORCE)`);
  await outside.end();
});

const OTHERS = "datname = current_database() AND application_name <> 'admin'";

/* They are gone when this returns: one that was only told to go could still take a call with it. */
async function kill() {
  const { rowCount } = await admin.query(`SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE ${OTHERS}`);
  return rowCount;
}

async function waitForOneThatWaits() {
  for (;;) {
    const { rows } = await admin.query(`SELECT 1 FROM pg_stat_activity WHERE ${OTHERS} AND wait_event_type = 'Lock'`);
    if (rows.length) return;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

const { rows: tables } = await admin.query('SELECT format(\'%I.%I\', schemaname, tablename) AS name FROM pg_tables WHERE schemaname = $1', [schemaOf(store)]);
const lockAll = `LOCK TABLE ${tables.map(({ name }) => name).join(', ')} IN ACCESS EXCLUSIVE MODE`;

for (const [name, call] of Object.entries(await everyMethod(domains))) {
  test(`killed under ${name}`, async () => {
    await admin.query('BEGIN');
    await admin.query(lockAll);
    const outcome = call().then(() => 'fulfilled', (error) => error);
    await waitForOneThatWaits().then(kill).finally(() => admin.query('COMMIT'));
    const result = await outcome;
    assert.ok(result === 'fulfilled' || result instanceof Error, String(result));
    await saveThread(memory);
    await call().catch((error) => assert.match(error.id, /./));
  });
}

test('idle connections that are killed are replaced', async () => {
  await together(4, () => memory.listThreads({ perPage: 1 }));
  await kill();
  await new Promise((resolve) => setTimeout(resolve, 20));
  await together(8, () => memory.listThreads({ perPage: 1 }));
});

test('500 calls while backends are killed again and again are all settled', async () => {
  const methods = Object.values(await everyMethod(domains));
  let running = true;
  const killer = (async () => {
    while (running) await kill();
  })();
  const results = await Promise.allSettled(Array.from({ length: 500 }, (_, n) => methods[n % methods.length]()));
  running = false;
  await killer;
  for (const { status, reason } of results) if (status === 'rejected') assert.ok(reason instanceof Error);
  await saveThread(memory);
});

test('what is killed within store.db.tx rejects, and the next transaction works', async () => {
  await assert.rejects(store.db.tx((t) => t.one('SELECT pg_terminate_backend(pg_backend_pid()) AS gone')));
  await assert.rejects(store.db.tx(async (t) => {
    await t.one('SELECT 1 AS n');
    await kill();
    await t.one('SELECT 2 AS n');
  }));
  assert.deepStrictEqual(await store.db.tx((t) => t.one('SELECT 3 AS n')), { n: 3 });
  await saveThread(memory);
});

test('a transaction that was killed wrote nothing', async () => {
  await store.db.none('CREATE TABLE kept (n int)');
  await assert.rejects(store.db.tx(async (t) => {
    await t.none('INSERT INTO kept VALUES (1)');
    await kill();
    await t.none('INSERT INTO kept VALUES (2)');
  }));
  assert.deepStrictEqual(await store.db.any('SELECT n FROM kept'), []);
});

test('10,000 calls at once on 4 connections are all settled', async () => {
  const thread = await saveThread(memory);
  const results = await Promise.all(Array.from({ length: 10000 }, () => memory.getThreadById({ threadId: thread.id })));
  assert.equal(results.filter((one) => one.id === thread.id).length, 10000);
  const { rows } = await admin.query(`SELECT count(*)::int AS n FROM pg_stat_activity WHERE ${OTHERS}`);
  assert.ok(rows[0].n <= 4 + 4, `${rows[0].n} connections`);
});
