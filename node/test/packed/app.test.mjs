/* An application in a folder of its own, with the packed package and Mastra from npm, and no compiler in reach. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { folder, freshSchema, url } from '../world.mjs';

const run = promisify(execFile);
const home = path.resolve(folder, '../..');
const parts = Object.fromEntries(url.split(' ').map((part) => part.split('=')));

const environment = {
  HOME: process.env.HOME,
  PATH: path.join(home, 'bin'),
  HOST: parts.host,
  DATABASE_URL: `postgresql://${parts.user}:any@/${parts.dbname}?host=${encodeURIComponent(parts.host)}`,
  SCHEMA: freshSchema(),
};

/* The constructors as the documentation has them. */
const constructors = `
  const schemaName = process.env.SCHEMA;
  const { Pool } = pg;
  const stores = [
    new PostgresStore({ connectionString: process.env.DATABASE_URL, schemaName }),
    new PostgresStore({ id: 'pg-storage', connectionString: process.env.DATABASE_URL, schemaName }),
    new PostgresStore({ id: 'host', host: process.env.HOST, port: 5432, database: 'postgres', user: 'postgres', password: 'any', schemaName }),
    new PostgresStore({ id: 'pool', pool: new Pool({ connectionString: process.env.DATABASE_URL, allowExitOnIdle: true }), schemaName }),
  ];
  (async () => {
    for (const store of stores) {
      const memory = new Memory({ storage: store, options: { lastMessages: 5 } });
      const mastra = new Mastra({ storage: store, logger: false });
      const thread = await memory.createThread({ resourceId: 'user-1', title: 'Hello' });
      const { title } = await memory.getThreadById({ threadId: thread.id });
      const { n } = await store.db.one('SELECT count(*)::int AS n FROM $1:name.threads', [schemaName]);
      console.log(title, n, (await mastra.getStorage().getStore('workflows')) === store.stores.workflows);
      await store.close();
    }
  })();`;

const imports = `import pg from 'pg'; import { Mastra } from '@mastra/core'; import { Memory } from '@mastra/memory';
  import { PostgresStore } from 'pgconvo';`;
const requires = `const pg = require('pg'); const { Mastra } = require('@mastra/core'); const { Memory } = require('@mastra/memory');
  const { PostgresStore } = require('pgconvo');`;

async function say(type, source, SCHEMA) {
  const options = { cwd: home, env: { ...environment, SCHEMA } };
  return (await run(process.execPath, [`--input-type=${type}`, '-e', source], options)).stdout.trim().split('\n');
}

for (const [type, load] of [
  ['module', imports],
  ['commonjs', requires],
]) {
  test(`the constructors of the documentation, ${type}`, async () => {
    const said = await say(type, load + constructors, freshSchema());
    assert.deepEqual(
      said,
      [1, 2, 3, 4].map((n) => `Hello ${n} true`),
    );
  });
}

test('a private server, without any configuration', { skip: process.env.PGCONVO_NO_LOCAL !== undefined }, async () => {
  const source = `import fs from 'node:fs'; import { PostgresStore } from 'pgconvo';
    const folder = fs.mkdtempSync('/tmp/pgconvo-app-');
    fs.chmodSync(folder, 0o755);
    const store = new PostgresStore({ connectionString: 'local:' + folder + '/server' });
    await store.init();
    console.log((await store.db.one('SELECT 1 AS one')).one);
    await store.close();
    fs.rmSync(folder, { recursive: true, force: true });`;
  assert.deepEqual(await say('module', source), ['1']);
});
