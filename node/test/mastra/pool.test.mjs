/* Given pools: what is taken over from their options, that they stay the application's, and readers. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { connectionString, failure, freshSchema, host, open, PostgresStore, works } from './entry.mjs';

function pool(options = {}) {
  const made = new pg.Pool({ host: host.host, user: host.user, database: host.database, ...options });
  after(() => made.ended || made.end());
  return made;
}

/* What the engine's own sessions say. */
async function sessions(application, column) {
  const watcher = pool({ max: 1 });
  const { rows } = await watcher.query(`SELECT ${column} AS found FROM pg_stat_activity WHERE application_name = $1`, [
    application,
  ]);
  return rows.map(({ found }) => found);
}

for (const key of ['pool', 'writePool']) {
  test(`${key}: is store.pool, serves store.db, and is left open`, async () => {
    const given = pool();
    const { end } = given;
    const listeners = given.listenerCount('error');
    const store = open({ [key]: given });
    await works(store);
    assert.equal(store.pool, given);
    assert.equal(store.db.$pool, given);
    assert.deepEqual(await store.db.one('SELECT 1 AS a'), { a: 1 });
    assert.equal(given.end, end);
    await store.close();
    await store.close();
    assert.ok(!given.ending);
    assert.deepEqual((await given.query('SELECT 2 AS a')).rows, [{ a: 2 }]);
    assert.equal(given.listenerCount('error'), listeners);
    await given.end();
    assert.ok(given.ended);
  });
}

test('a pool that the application ends ends store.db, and the store closes', async () => {
  const given = pool();
  const store = open({ pool: given });
  await store.db.one('SELECT 1');
  await given.end();
  await assert.rejects(store.db.one('SELECT 1'), /destroyed/);
  await works(store);
  await store.close();
});

test('pgp.end() does not end a given pool', async () => {
  const given = pool();
  const store = open({ pool: given });
  await store.db.one('SELECT 1');
  store.pgp.end();
  assert.equal((await given.query('SELECT 1 AS a')).rows[0].a, 1);
});

test('two stores share a pool', async () => {
  const given = pool();
  const [one, two] = [open({ pool: given }), open({ pool: given })];
  await works(one);
  await one.db.one('SELECT 1');
  await two.db.one('SELECT 1');
  await one.close();
  await works(two);
  assert.deepEqual(await two.db.one('SELECT 3 AS a'), { a: 3 });
});

test('an idle backend of a given pool that dies is no uncaught exception', async () => {
  const given = pool({ max: 1 });
  open({ pool: given });
  const { pid } = (await given.query('SELECT pg_backend_pid() AS pid')).rows[0];
  const dead = new Promise((resolve) => given.once('remove', resolve));
  await pool().query('SELECT pg_terminate_backend($1, 5000)', [pid]);
  await dead;
  assert.equal((await given.query('SELECT 1 AS a')).rows[0].a, 1);
});

test('its options are the engine’s', async () => {
  const application_name = freshSchema();
  const given = pool({
    application_name,
    max: 3,
    statement_timeout: 4321,
    lock_timeout: 321,
    options: '-c geqo=off',
  });
  const store = open({ pool: given });
  await Promise.all(Array.from({ length: 20 }, () => works(store)));
  assert.equal((await sessions(application_name, 'pid')).length, 3);
  assert.equal(store.stores.memory.store.poolStatus().max, 3);
});

const slow = 600_000;
const limits = [
  [{ lock_timeout: 100, statement_timeout: slow, query_timeout: slow }, /lock/],
  [{ lock_timeout: 0, statement_timeout: 100, query_timeout: slow }, /TIMEOUT/],
  [{ query_timeout: 100 }, /TIMEOUT/],
];
for (const [given, expected] of limits) {
  test(`limits are the engine’s, too: ${JSON.stringify(given)}`, async () => {
    const schemaName = freshSchema();
    await works(open({ schemaName }));
    const holder = await pool().connect();
    try {
      await holder.query(`BEGIN; LOCK TABLE "${schemaName}".threads`);
      const store = open({ ...host, schemaName, ...given, disableInit: true });
      const error = await failure(store.stores.memory.store.threads.create());
      assert.match(`${error.code} ${error.message} ${error.detail}`, expected);
    } finally {
      holder.release(true);
    }
  });
}

test('a pool by connection string', async () => {
  const application_name = freshSchema();
  const store = open({
    pool: pool({ connectionString: `${connectionString}&application_name=${application_name}` }),
  });
  await works(store);
  assert.deepEqual(await sessions(application_name, 'usename'), [host.user]);
});

test('without a host, the engine goes where pg goes', async (t) => {
  const { PGHOST } = process.env;
  t.after(() => (process.env.PGHOST = PGHOST));
  process.env.PGHOST = host.host;
  const store = open({ pool: new pg.Pool({ user: host.user, database: host.database }) });
  await works(store);
});

test('readPool: reads that tolerate it go there, by an engine of its own', async () => {
  const [write, read] = [freshSchema(), freshSchema()];
  const schemaName = freshSchema();
  const readPool = pool({ application_name: read });
  const store = open({ connectionString, schemaName, application_name: write, readPool });
  const { memory } = store.stores;
  await store.init();
  await memory.reader.threads.list();
  assert.equal(store.readPool, readPool);
  assert.equal(store.readDb.$pool, readPool);
  assert.notEqual(store.pool, readPool);
  assert.notEqual(memory.reader, memory.store);
  assert.equal((await sessions(write, 'pid')).length, 1);
  assert.equal((await sessions(read, 'pid')).length, 1);
  assert.deepEqual(await store.readDb.one('SELECT 1 AS a'), { a: 1 });
  await store.close();
  assert.ok(!readPool.ending);
});

test('a reader that is the writer is one', () => {
  const given = pool();
  const store = open({ pool: given, readPool: given });
  assert.equal(store.stores.memory.reader, store.stores.memory.store);
  assert.equal(store.readDb, store.db);
});

/* ---- Passwords that are asked for ---- */

const admin = pool();

/* A role that must say its password, which the test may change. */
async function guarded(t) {
  const role = freshSchema();
  const file = path.join(process.env.PGCONVO_TEST_PGDATA, 'pg_hba.conf');
  const before = fs.readFileSync(file, 'utf8');
  const rules = (text) => {
    fs.writeFileSync(file, text);
    return admin.query('SELECT pg_reload_conf()');
  };
  t.after(async () => {
    await rules(before);
    await admin.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  });
  await admin.query(`CREATE ROLE ${role} LOGIN SUPERUSER`);
  await rules(`local all ${role} scram-sha-256\n${before}`);
  return { role, change: (password) => admin.query(`ALTER ROLE ${role} PASSWORD '${password}'`) };
}

test(
  'the password is asked for again when the server refuses it',
  { skip: !process.env.PGCONVO_TEST_PGDATA },
  async (t) => {
    const { role, change } = await guarded(t);
    let [asked, current] = [0, 'first'];
    await change(current);
    const refused = new PostgresStore({ ...host, user: role, schemaName: freshSchema(), password: () => 'wrong' });
    t.after(() => refused.close());
    while ((await refused.init().catch((error) => error.cause.code)) !== 'AUTH')
      await pause(10); /* the rules were read */
    const password = () => {
      asked++;
      return current;
    };
    const store = new PostgresStore({ ...host, user: role, schemaName: freshSchema(), password, max: 4 });
    t.after(() => store.close());
    await works(store);
    assert.equal(asked, 1);
    await change((current = 'second'));
    await Promise.all(Array.from({ length: 50 }, () => works(store))); /* wants more connections than there are */
    assert.equal(asked, 2);
    await change('third');
    await assert.rejects(
      new PostgresStore({ ...host, user: role, password }).init(),
      ({ cause }) => cause.code === 'AUTH',
    );
    assert.equal(asked, 4); /* twice, and then it is an error */
    current = 'third';
    await works(store);
    assert.deepEqual(await store.db.one('SELECT 1 AS a'), { a: 1 });
  },
);

test('a password may be a function, of a configuration and of a pool', async () => {
  let asked = 0;
  const password = async () => `token ${++asked}`;
  await works(open({ ...host, password }));
  assert.equal(asked, 1);
  await works(open({ pool: pool({ password: () => `token ${++asked}` }) }));
  assert.equal(asked, 2);
});

test('a password function that fails, fails the call, and is asked again', async () => {
  let asked = 0;
  const store = new PostgresStore({
    ...host,
    schemaName: freshSchema(),
    password: async () => {
      if (++asked === 1) throw new Error('no token today');
      return 'token';
    },
  });
  await assert.rejects(store.init(), /no token today/);
  await works(store);
  assert.equal(asked, 2);
  await store.close();
});
