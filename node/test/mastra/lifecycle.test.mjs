/* init, close, indexes, and the end of processes. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { connectionString, entry, failure, freshSchema, MemoryPG, open, PostgresStore, works } from './entry.mjs';

const run = promisify(execFile);

/* Runs a program in a process of its own, which must end by itself. */
async function program(source, environment = {}) {
  const prelude = `import { PostgresStore } from ${JSON.stringify(entry)};
    const place = ${JSON.stringify({ connectionString, schemaName: freshSchema() })};
    const open = (more) => new PostgresStore({ ...place, ...more });`;
  const args = ['--input-type=module', '-e', prelude + source];
  const { stdout } = await run(process.execPath, args, { timeout: 120_000, env: { ...process.env, ...environment } });
  return stdout.trim();
}

async function exists(store, relation) {
  return (await store.db.one('SELECT to_regclass($1) IS NOT NULL AS there', [relation])).there;
}

test('init makes the schema once, however often and at once it is called', async () => {
  const schemaName = freshSchema();
  const stores = Array.from({ length: 5 }, () => open({ schemaName }));
  await Promise.all(stores.flatMap((store) => [store.init(), store.init(), store.stores.memory.init()]));
  await stores[0].init();
  assert.ok(await exists(stores[0], `${schemaName}.threads`));
  await works(stores[4]);
});

test('four processes may start at once on a new schema, with indexes', async () => {
  const schemaName = freshSchema();
  const index = `{ name: 'by_title', table: 'mastra_threads', columns: ['title'] }`;
  const source = `const store = open({ schemaName: ${JSON.stringify(schemaName)}, indexes: [${index}] });
    await store.init(); await store.close(); console.log('ready');`;
  const said = await Promise.all(Array.from({ length: 4 }, () => program(source)));
  assert.deepEqual(said, ['ready', 'ready', 'ready', 'ready']);
});

test('with disableInit nothing is made, and a schema that is not there is an error', async () => {
  const schemaName = freshSchema();
  const store = open({ schemaName, disableInit: true });
  assert.equal(store.disableInit, true);
  await store.init();
  await store.stores.memory.init();
  const error = await failure(works(store));
  assert.match(`${error.code} ${error.cause?.code}`, /SCHEMA/);
  assert.ok(!(await exists(store, `${schemaName}.threads`)));
  await open({ schemaName }).init();
  await works(store);
});

test('with MASTRA_DISABLE_STORAGE_INIT=true, too', async () => {
  const source = `const store = open();
    await store.init();
    const error = await store.stores.memory.getThreadById({ threadId: 'x' }).catch((error) => error.cause ?? error);
    console.log(error.code);
    await store.close();`;
  assert.equal(await program(source, { MASTRA_DISABLE_STORAGE_INIT: 'true' }), 'SCHEMA');
});

test('indexes are made by init, by names of ours and of the peer', async () => {
  const schemaName = freshSchema();
  const indexes = [
    {
      name: 'threads by title',
      table: 'mastra_threads',
      columns: ['title', 'createdAt DESC', 'updatedAtZ DESC NULLS LAST'],
    },
    { name: 'some_types', table: 'messages', columns: ['type'], where: "role = 'user'", concurrent: false },
    {
      name: 'hashed',
      table: 'mastra_messages',
      columns: ['thread_id'],
      method: 'hash',
      storage: { fillfactor: 70 },
    },
    { name: 'whole', table: 'metadata', columns: ['data'], method: 'gin', opclass: 'jsonb_path_ops' },
    { name: 'only_one', table: 'threads', columns: ['resourceId', 'id'], unique: true },
  ];
  const store = open({ schemaName, indexes, skipDefaultIndexes: true });
  await store.init();
  const made = () =>
    store.db.map(
      'SELECT indexdef FROM pg_indexes WHERE schemaname = $1 AND indexname = ANY($2)',
      [schemaName, indexes.map(({ name }) => name)],
      ({ indexdef }) => indexdef.replaceAll(`${schemaName}.`, ''),
    );
  assert.deepEqual((await made()).sort(), [
    'CREATE INDEX "threads by title" ON threads USING btree (title, created_at DESC, updated_at DESC NULLS LAST)',
    "CREATE INDEX hashed ON messages USING hash (thread_id) WITH (fillfactor='70')",
    "CREATE INDEX some_types ON messages USING btree (type) WHERE (role = 'user'::text)",
    'CREATE INDEX whole ON metadata USING gin (data jsonb_path_ops)',
    'CREATE UNIQUE INDEX only_one ON threads USING btree (resource_id, id)',
  ]);
  await works(store);
  await open({ schemaName, indexes }).init();
});

test('a domain alone makes its indexes as a store does', async () => {
  const schemaName = freshSchema();
  const indexes = [{ name: 'by_title', table: 'mastra_threads', columns: ['title'] }];
  const store = open({ schemaName });
  const off = new MemoryPG({ connectionString, schemaName, indexes, disableInit: true });
  after(() => off.close());
  await store.init();
  await off.init();
  assert.ok(!(await exists(store, `${schemaName}.by_title`)));
  const memory = new MemoryPG({ connectionString, schemaName, indexes });
  after(() => memory.close());
  await Promise.all([memory.init(), memory.init()]);
  await memory.init();
  assert.ok(await exists(store, `${schemaName}.by_title`));
});

test('an index on a table of a domain that is not here is told of, and stops nobody', async () => {
  const schemaName = freshSchema();
  const warned = once(process, 'warning');
  const store = open({ schemaName, indexes: [{ name: 'i', table: 'mastra_ai_spans', columns: ['a'] }] });
  const [{ code, message }] = await warned;
  assert.equal(code, 'PGCONVO_INDEX');
  assert.match(message, /"i" is not made: there is no table "mastra_ai_spans" here/);
  await works(store);
});

test('an index on any of the peer’s tables that we have', async () => {
  const columns = {
    mastra_threads: 'updatedAt',
    mastra_messages: 'createdAt',
    mastra_resources: 'updatedAtZ',
    mastra_observational_memory: 'resourceId',
    mastra_workflow_snapshot: 'workflow_name',
    mastra_scorers: 'traceId',
  };
  const indexes = Object.entries(columns).map(([table, column]) => ({ name: `on_${table}`, table, columns: [column] }));
  const schemaName = freshSchema();
  const store = open({ schemaName, indexes });
  await store.init();
  for (const { name } of indexes) assert.ok(await exists(store, `${schemaName}.${name}`), name);
});

test('an index that a broken build left behind is made anew; one that cannot be made fails init', async () => {
  const schemaName = freshSchema();
  const one = open({ schemaName });
  await works(one);
  await works(one);
  const wanted = [{ name: 'by_title', table: 'threads', columns: ['title'], unique: true }];
  const error = await failure(open({ schemaName, indexes: wanted }).init());
  assert.equal(error.id, 'MASTRA_STORAGE_PG_INIT_FAILED');
  const valid = async () =>
    one.db.oneOrNone('SELECT indisvalid AS valid FROM pg_index WHERE indexrelid = to_regclass($1)', [
      `${schemaName}.by_title`,
    ]);
  assert.deepEqual(await valid(), { valid: false });
  await open({ schemaName, indexes: [{ ...wanted[0], unique: false }] }).init();
  assert.deepEqual(await valid(), { valid: true });
});

test('after close, calls are refused, and close may be called again', async () => {
  const store = open();
  await works(store);
  const { memory } = store.stores;
  await Promise.all([store.close(), store.close()]);
  await store.close();
  const error = await failure(memory.getThreadById({ threadId: 'x' }));
  assert.equal(error.cause?.code ?? error.code, 'CLOSED');
});

test('close waits for calls under way', async () => {
  const store = open({ max: 2 });
  await store.init();
  const calls = Array.from({ length: 20 }, () => store.stores.memory.getThreadById({ threadId: 'x' }));
  await store.close();
  assert.deepEqual(await Promise.all(calls), Array(20).fill(null));
});

test('a forgotten close keeps no process, even after direct access', async () => {
  const source = `const store = open({ ssl: undefined, idleTimeoutMillis: 600_000 });
    await store.init();
    await store.db.one('SELECT 1');
    await store.stores.memory.getThreadById({ threadId: 'x' });
    console.log('end');`;
  assert.equal(await program(source), 'end');
});

test('a process that ends leaves no file of certificates', async () => {
  const source = `import fs from 'node:fs';
    process.env.TMPDIR = fs.mkdtempSync('/tmp/pgconvo-exit-');
    open({ ssl: { ca: 'x', rejectUnauthorized: true } });
    const left = () => fs.readdirSync(process.env.TMPDIR).length;
    process.on('exit', () => console.log(process.env.TMPDIR));
    console.log(left());`;
  const [during, folder] = (await program(source)).split('\n');
  assert.equal(during, '1');
  assert.deepEqual(fs.readdirSync(folder), []);
  fs.rmdirSync(folder);
});

test('stores that were closed leave no descriptor', async () => {
  const schemaName = freshSchema();
  const use = async () => {
    const store = new PostgresStore({ connectionString, schemaName });
    await store.init();
    await store.db.one('SELECT 1');
    await store.close();
  };
  const count = () => fs.readdirSync('/proc/self/fd').length;
  for (let i = 0; i < 3; i++) await use();
  const before = count();
  for (let i = 0; i < 30; i++) await use();
  assert.ok(count() <= before + 1, `${before} descriptors became ${count()}`);
});
