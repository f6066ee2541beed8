/* What is wrong with a configuration, and what init says where it is not allowed to do its work. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { MastraError } from '@mastra/core/error';
import pg from 'pg';
import { connectionString, failure, freshSchema, host, open, PostgresStore, works } from './entry.mjs';

const pool = new pg.Pool({ host: host.host, user: host.user, database: host.database });
after(() => pool.end());
const without = (key) => Object.fromEntries(Object.entries(host).filter(([name]) => name !== key));

const wrong = [
  ['nothing at all', undefined, /invalid config/],
  ['an empty one', {}, /invalid config.*connectionString/],
  ['only an id', { id: 'x' }, /invalid config/],
  ['an empty id', { id: '', connectionString }, /id must be provided and cannot be empty/],
  ['a blank id', { id: '  ', connectionString }, /id must be provided and cannot be empty/],
  ['an id that is no text', { id: 5, connectionString }, /id must be provided/],
  ['an empty connection string', { connectionString: '' }, /connectionString must be provided and cannot be empty/],
  ['a blank connection string', { connectionString: ' ' }, /connectionString must be provided and cannot be empty/],
  [
    'a variable that is not set',
    { connectionString: undefined },
    /connectionString must be provided and cannot be empty/,
  ],
  ['another database', { connectionString: 'mysql://a/b' }, /no connection string for PostgreSQL/],
  ['a parameter that nobody knows', { connectionString: 'postgresql://h/d?sslmod=require' }, /sslmod is no parameter/],
  [
    'a mode of TLS that nobody knows',
    { connectionString: 'postgresql://h/d?sslmode=maybe' },
    /sslmode is none of disable, /,
  ],
  ...['host', 'database', 'user', 'password'].flatMap((key) => [
    [`no ${key}`, without(key), /invalid config/],
    [`an empty ${key}`, { ...host, [key]: '' }, new RegExp(`${key} must be provided and cannot be empty`)],
  ]),
  ['a pool that is none', { pool: {} }, /pool is not a pg\.Pool/],
  ['a writePool that is none', { writePool: 'x' }, /writePool is not a pg\.Pool/],
  ['a readPool that is none', { connectionString, readPool: {} }, /readPool is not a pg\.Pool/],
  ['two pools', { pool, writePool: pool }, /either pool or writePool/],
  ['a socket that somebody else opens', { ...host, stream: () => {} }, /stream: libpq/],
  ['a pool with such a socket', { pool: new pg.Pool({ stream: () => {} }) }, /stream: libpq/],
  ['a quote in the schema', { connectionString, schemaName: 'a"b' }, /Invalid schema name/],
  ['an apostrophe in the schema', { connectionString, schemaName: "a'b" }, /Invalid schema name/],
  ['a backslash in the schema', { connectionString, schemaName: 'a\\b' }, /Invalid schema name/],
  ['a dollar in the schema', { connectionString, schemaName: 'a$b' }, /Invalid schema name/],
  ['a control character in the schema', { connectionString, schemaName: 'a\nb' }, /Invalid schema name/],
  ['64 bytes of schema', { connectionString, schemaName: 'ä'.repeat(32) }, /Invalid schema name/],
  ['a schema that is no text', { connectionString, schemaName: 5 }, /Invalid schema name/],
  ['too few connections', { connectionString, max: -1 }, /max: is not a whole number/],
  ['half a connection', { connectionString, max: 1.5 }, /max: is not a whole number/],
  ['ssl that is nothing', { connectionString, ssl: 5 }, /ssl: is neither/],
  ['ssl that libpq cannot do', { connectionString, ssl: { pfx: 'x' } }, /ssl\.pfx/],
  [
    'ssl with a judge',
    { connectionString, ssl: { checkServerIdentity: () => new Error('no') } },
    /ssl\.checkServerIdentity/,
  ],
  [
    'another name for a name',
    { connectionString: 'postgresql://a.b/d', ssl: { servername: 'c.d' } },
    /ssl\.servername/,
  ],
  [
    'an index with more than columns',
    { connectionString, indexes: [{ name: 'i', table: 'mastra_threads', columns: ['a) --'] }] },
    /is no column/,
  ],
  [
    'an index without columns',
    { connectionString, indexes: [{ name: 'i', table: 'threads', columns: [] }] },
    /has no columns/,
  ],
  [
    'an index without a name',
    { connectionString, indexes: [{ name: '', table: 'threads', columns: ['id'] }] },
    /its name/,
  ],
  [
    'an index by no method',
    { connectionString, indexes: [{ name: 'i', table: 'threads', columns: ['id'], method: 'x' }] },
    /method/,
  ],
];
for (const [what, config, message] of wrong) {
  test(`${what}: is refused`, () => {
    assert.throws(
      () => new PostgresStore(config),
      (error) => {
        assert.ok(error instanceof MastraError);
        assert.deepEqual(
          [error.id, error.domain, error.category],
          ['MASTRA_STORAGE_PG_INITIALIZATION_FAILED', 'STORAGE', 'USER'],
        );
        assert.match(error.message, message);
        return true;
      },
    );
  });
}

test('a refusal says no password', () => {
  for (const text of [
    'postgresql://u:secret@h/d?x=1',
    'postgresql://u:secret@h:port/d',
    'postgresql://u:x:secret/y@h/d',
    'postgresql://u:1?secret@h/d',
    'user=u password=secret nonsense',
    'secret',
  ]) {
    assert.throws(
      () => new PostgresStore({ connectionString: text }),
      (error) => !JSON.stringify([error.message, error]).includes('secret'),
    );
  }
});

/* As the user of a store who may do little. */
async function humble(t) {
  const role = freshSchema();
  await pool.query(`CREATE ROLE ${role} LOGIN`);
  t.after(() => pool.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`));
  return role;
}

test('without the privilege to create a schema, init says so', async (t) => {
  const user = await humble(t);
  const store = open({ ...host, user, schemaName: 'not-mine' });
  const error = await failure(store.init());
  assert.ok(error instanceof MastraError);
  assert.equal(error.id, 'MASTRA_STORAGE_PG_INIT_FAILED');
  assert.match(error.message, /^Unable to create schema "not-mine"\. This requires CREATE privilege on the database\./);
  const { rows } = await pool.query("SELECT FROM pg_namespace WHERE nspname = 'not-mine'");
  assert.equal(rows.length, 0);
});

test('init may be called again after it failed', async (t) => {
  const user = await humble(t);
  const store = open({ ...host, user });
  await assert.rejects(store.init());
  await pool.query(`GRANT CREATE ON DATABASE ${host.database} TO ${user}`);
  await store.init();
  await works(store);
});

test('a server that is not there is an error of init, not of the constructor', async () => {
  const store = open({ connectionString: 'postgresql://u@127.0.0.1:1/d' });
  const error = await failure(store.init());
  assert.ok(error instanceof MastraError);
  assert.equal(error.id, 'MASTRA_STORAGE_PG_INIT_FAILED');
  assert.equal(error.category, 'THIRD_PARTY');
});
