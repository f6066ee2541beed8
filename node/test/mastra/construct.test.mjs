/* How a PostgresStore is made, what it has, and that its classes are the application's. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { Mastra } from '@mastra/core';
import { MastraError } from '@mastra/core/error';
import {
  InMemoryStore,
  MastraCompositeStore,
  MemoryStorage,
  ScoresStorage,
  WorkflowsStorage,
} from '@mastra/core/storage';
import {
  connectionString,
  exportSchemas,
  failure,
  folder,
  freshSchema,
  host,
  MemoryPG,
  open,
  PostgresStore,
  ScoresPG,
  Store,
  works,
  WorkflowsPG,
} from './entry.mjs';

const require = createRequire(import.meta.url);
const run = promisify(execFile);
const here = path.dirname(fileURLToPath(import.meta.url));

test('by a connection string, without an id', async () => {
  const store = open({ connectionString });
  assert.equal(store.id, 'pgconvo');
  assert.equal(store.name, 'PostgresStore');
  assert.equal(store.constructor.name, 'PostgresStore');
  assert.equal(store.disableInit, false);
  await works(store);
});

test('by host, port, database, user and password', async () => {
  const store = open({ id: 'mine', ...host });
  assert.equal(store.id, 'mine');
  await works(store);
});

test('by a connection string in the form of libpq', async () => {
  await works(open({ connectionString: `host=${host.host} dbname=postgres user=postgres` }));
});

test('its domains are those of Mastra; the others are not there', async () => {
  const store = open();
  assert.deepEqual(Object.keys(store.stores).sort(), ['memory', 'scores', 'workflows']);
  const expected = {
    memory: [MemoryPG, MemoryStorage],
    workflows: [WorkflowsPG, WorkflowsStorage],
    scores: [ScoresPG, ScoresStorage],
  };
  for (const [name, classes] of Object.entries(expected)) {
    assert.equal(await store.getStore(name), store.stores[name]);
    for (const one of classes) assert.ok(store.stores[name] instanceof one);
    assert.equal(store.stores[name].constructor, classes[0]);
  }
  assert.equal(await store.getStore('agents'), undefined);
  assert.ok(store instanceof MastraCompositeStore);
});

test('required, it is made of the classes that the application requires', async () => {
  const required = require(path.join(folder, 'index.js'));
  const { MastraError: Required } = require('@mastra/core/error');
  const { MastraCompositeStore: Base } = require('@mastra/core/storage');
  assert.equal(Object.getPrototypeOf(required.PostgresStore), Base);
  assert.throws(() => new required.PostgresStore({}), Required);
  assert.equal(required.Store, Store);
  const store = new required.PostgresStore({ connectionString, schemaName: freshSchema() });
  await works(store);
  await store.close();
});

test('imported, its errors are those that the application imports', () => {
  assert.equal(Object.getPrototypeOf(PostgresStore), MastraCompositeStore);
  assert.throws(() => new PostgresStore({}), MastraError);
});

test('pgconvo/store loads neither Mastra nor pg', async () => {
  const source = `require(${JSON.stringify(path.join(folder, 'store.js'))});
    const others = Object.keys(require.cache).filter((file) => /@mastra|node_modules.pg/.test(file));
    console.log(JSON.stringify(others));`;
  assert.equal((await run(process.execPath, ['-e', source])).stdout.trim(), '[]');
});

test('schemas with any legal name', async () => {
  for (const name of ['my-tenant', 'with space', '1st', 'Ünï.cödé;', 'select', 'x'.repeat(63)]) {
    const store = open({ schemaName: `${name.slice(0, 63)}` });
    await works(store);
    await store.db.none('DROP SCHEMA $1:name CASCADE', [name]);
  }
});

test('the schema is public where none is named', async () => {
  for (const schemaName of [undefined, '']) {
    const store = open({ schemaName });
    await works(store);
    assert.ok(await store.db.one("SELECT to_regclass('public.threads') IS NOT NULL AS made").then(({ made }) => made));
  }
});

test('behind the proxy of a Mastra instance', async () => {
  const store = open();
  const mastra = new Mastra({ storage: store, logger: false });
  const seen = mastra.getStorage();
  assert.deepEqual(await seen.db.one('SELECT 1 AS one'), { one: 1 });
  const memory = await seen.getStore('memory');
  assert.equal(memory, store.stores.memory);
  const { made } = await store.db.one('SELECT to_regclass($1) IS NOT NULL AS made', [
    `${memory.store.schemaName}.threads`,
  ]);
  assert.ok(made, 'init ran before the first method');
  assert.equal(seen.pool, store.pool);
  await seen.close();
});

test('composed with another store for the domains that it has not', async () => {
  const ours = open();
  const theirs = new InMemoryStore({ id: 'theirs' });
  const { memory, workflows } = ours.stores;
  const whole = new MastraCompositeStore({ id: 'whole', default: theirs, domains: { memory, workflows } });
  await whole.init();
  await works(whole);
  assert.equal(await whole.getStore('agents'), theirs.stores.agents);
  assert.equal(await whole.getStore('scores'), theirs.stores.scores);
});

test('a domain alone', async () => {
  const memory = new MemoryPG({ connectionString, schemaName: freshSchema() });
  await memory.init();
  await works({ getStore: () => memory });
  await memory.close();
  const store = open();
  const over = new MemoryPG({ client: store.db, schemaName: freshSchema() });
  await works({ getStore: () => over });
  await over.close();
  assert.deepEqual(await store.db.one('SELECT 1 AS one'), { one: 1 });
});

test('exportSchemas prints what makes the schema', async () => {
  const name = freshSchema();
  assert.match(exportSchemas(name), new RegExp(`CREATE TABLE "?${name}"?\\.threads`));
  assert.match(exportSchemas(), /"?public"?\.threads/);
  assert.throws(() => exportSchemas('a"b'), /Invalid schema name/);
  const store = open({ schemaName: name, disableInit: true });
  await store.pool.query(exportSchemas(name));
  await works(store);
});

test('prune without policies does nothing', async () => {
  assert.deepEqual(await open().prune(), []);
});

test('where @mastra/core is missing, the error says what to install', async (t) => {
  const elsewhere = fs.mkdtempSync(path.join(os.tmpdir(), 'pgconvo-node-'));
  t.after(() => fs.rmSync(elsewhere, { recursive: true }));
  for (const name of fs.readdirSync(folder)) {
    if (/^(index|store|lib|mastra|prebuilds|package)/.test(name))
      fs.cpSync(path.join(folder, name), path.join(elsewhere, name), { recursive: true });
  }
  const errors = [
    await failure(import(path.join(elsewhere, 'index.mjs'))),
    await failure((async () => require(path.join(elsewhere, 'index.js')))()),
  ];
  for (const { code, message } of errors) {
    assert.equal(code, 'MASTRA_CORE_MISSING');
    assert.match(message, /npm install @mastra\/core/);
  }
  assert.equal(typeof require(path.join(elsewhere, 'store.js')).Store, 'function');
  const { checked } = require(path.join(folder, 'mastra', 'load-core.js'));
  assert.throws(() => checked({ storage: {} }), { code: 'MASTRA_CORE_MISSING' });
});

test('the types compile, and are what they say', async (t) => {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'pgconvo-node-'));
  t.after(() => fs.rmSync(home, { recursive: true }));
  fs.symlinkSync(path.dirname(path.dirname(require.resolve('pg/package.json'))), path.join(home, 'node_modules'));
  for (const file of ['use.mts', 'use.cts']) fs.copyFileSync(path.join(here, 'types.mts'), path.join(home, file));
  const compiler = require.resolve('typescript/bin/tsc');
  const options = [
    '--strict',
    '--noEmit',
    '--exactOptionalPropertyTypes',
    '--skipLibCheck',
    '--module',
    'nodenext',
    '--target',
    'es2022',
  ];
  const paths = { pgconvo: [path.join(folder, 'index.d.mts')] };
  fs.writeFileSync(
    path.join(home, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: { paths }, files: ['use.mts', 'use.cts'] }),
  );
  await run(process.execPath, [compiler, ...options, '-p', home], { cwd: home }).catch((error) =>
    assert.fail(error.stdout),
  );
});

test('what is not set is not given, and texts are numbers, as in pg', async () => {
  await works(open({ connectionString: undefined, ...host }));
  await works(open({ connectionString, pool: null, writePool: undefined, readPool: null }));
  await works(open({ connectionString, max: '2', idleTimeoutMillis: '1000' }));
  const pool = new pg.Pool({ ...host, max: '2', idleTimeoutMillis: '1000' });
  await works(open({ pool }));
  await pool.end();
});
