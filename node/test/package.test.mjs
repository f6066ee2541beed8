/* The package: its entries, its types, what it says where something is missing, and how hosts are looked up. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { folder, failure, freshSchema, Store, url } from './world.mjs';

const run = promisify(execFile);
const require = createRequire(import.meta.url);
const here = path.dirname(fileURLToPath(import.meta.url));

/* A folder in which `pgconvo` is installed. */
function home(t) {
  const temporary = fs.mkdtempSync(path.join(os.tmpdir(), 'pgconvo-node-'));
  t.after(() => fs.rmSync(temporary, { recursive: true }));
  fs.mkdirSync(path.join(temporary, 'node_modules'));
  fs.symlinkSync(folder, path.join(temporary, 'node_modules', 'pgconvo'));
  return temporary;
}

test('import and require, of both entries, give one and the same', async (t) => {
  const temporary = home(t);
  const file = path.join(temporary, 'all.mjs');
  fs.writeFileSync(
    file,
    `import { readFileSync } from 'node:fs';
    import { Store } from 'pgconvo';
    import { Store as Same, PgconvoError, schemaSql, libraryVersion } from 'pgconvo/store';
    import { createRequire } from 'node:module';
    const require = createRequire(import.meta.url);
    const all = [Store, Same, require('pgconvo').Store, require('pgconvo/store').Store];
    const { version } = JSON.parse(readFileSync(require.resolve('pgconvo/package.json')));
    console.log(new Set(all).size, typeof PgconvoError, typeof schemaSql, libraryVersion === version);`,
  );
  const { stdout } = await run(process.execPath, [file]);
  assert.equal(stdout.trim(), '1 function function true');
});

test('the types compile, and are what they say', async (t) => {
  const temporary = home(t);
  const files = ['use.mts', 'use.cts'];
  const source = fs.readFileSync(path.join(here, 'types.mts'), 'utf8');
  for (const file of files) fs.writeFileSync(path.join(temporary, file), source);
  const options = ['--strict', '--noEmit', '--exactOptionalPropertyTypes', '--module', 'node16', '--target', 'es2022'];
  const compiler = require.resolve('typescript/bin/tsc');
  await run(process.execPath, [compiler, ...options, ...files], { cwd: temporary }).catch(
    (error) => assert.fail(error.stdout),
  );
});

/* A copy of the package, with its binary replaced. */
function broken(t, replace) {
  const temporary = fs.mkdtempSync(path.join(os.tmpdir(), 'pgconvo-node-'));
  t.after(() => fs.rmSync(temporary, { recursive: true }));
  for (const name of ['lib', 'prebuilds', 'store.js', 'store.mjs', 'package.json']) {
    fs.cpSync(path.join(folder, name), path.join(temporary, name), { recursive: true });
  }
  const target = path.join(temporary, 'prebuilds', `${process.platform}-${process.arch}`, 'pgconvo.node');
  replace(target);
  return path.join(temporary, 'store.mjs');
}

test('where libpq is missing, the error names the package to install', async (t) => {
  const store = broken(t, (binary) => {
    /* the name of a library that no system has, of the same length */
    const bytes = fs.readFileSync(binary);
    const at = bytes.indexOf('libpq.so.5\0');
    assert.ok(at > 0);
    bytes.write('libpx', at);
    fs.writeFileSync(binary, bytes);
  });
  const loader = path.join(path.dirname(store), 'lib', 'native.js');
  fs.writeFileSync(loader, fs.readFileSync(loader, 'utf8').replace('libpq\\.so', 'libpx\\.so'));
  const error = await failure(import(store));
  assert.equal(error.code, 'LIBPQ_MISSING');
  assert.match(error.message, /apt-get install libpq5/);
});

test('where there is no binary, the error says for what', async (t) => {
  const error = await failure(import(broken(t, (binary) => fs.rmSync(binary))));
  assert.equal(error.code, 'ADDON_MISSING');
  assert.match(error.message, new RegExp(`${process.platform}-${process.arch}`));
});

test('the addon exports no name of the library', async () => {
  const binary = path.join(folder, 'prebuilds', `${process.platform}-${process.arch}`, 'pgconvo.node');
  const { stdout } = await run('nm', ['-D', '--defined-only', binary]);
  const names = stdout.trim().split('\n').map((line) => line.split(' ').at(-1));
  assert.ok(names.includes('napi_register_module_v1'));
  assert.deepEqual(names.filter((name) => !/^n(api|ode_api)_/.test(name)), []);
});

test('the package has no script that runs when it is installed, and what it depends on is for direct access', () => {
  const { scripts, dependencies, peerDependenciesMeta } = require(path.join(folder, 'package.json'));
  assert.equal(scripts, undefined);
  assert.deepEqual(Object.keys(dependencies), ['@types/pg', 'pg', 'pg-promise']);
  assert.deepEqual(peerDependenciesMeta, { '@mastra/core': { optional: true } });
});

/* ---- Addresses ---- */

const { withAddresses } = require(path.join(folder, 'lib', 'address.js'));


const unchanged = [
  { connectionString: 'local:' },
  { connectionString: 'host=/tmp dbname=x' },
  { connectionString: 'host=127.0.0.1' },
  { connectionString: 'host=localhost hostaddr=127.0.0.2' },
  { connectionString: 'postgresql://u:p@127.0.0.1:5432/db' },
  { connectionString: 'postgresql://u@[::1]/db' },
  { connectionString: 'postgresql:///db?host=/tmp' },
  { connectionString: 'postgresql://localhost/db?hostaddr=127.0.0.1' },
  { connectionString: 'service=x host=localhost' },
  { connectionString: 'host=localhost,localhost port=1,2,3' },
  { host: '/tmp' },
];
for (const options of unchanged) {
  test(`no look-up: ${JSON.stringify(options)}`, async () => {
    assert.equal(await withAddresses(options), options);
  });
}

const looked = [
  [{ host: 'localhost' }, /^host='(localhost,?)+' hostaddr='[0-9a-f.:,]+'$/],
  [{ host: 'localhost', port: 7 }, /^host='(localhost,?)+' hostaddr='[0-9a-f.:,]+'$/],
  [{ connectionString: "dbname='a b' host = 'localhost' port=5" }, /^dbname='a b' .* hostaddr='127.*' port='5(,5)*'$/],
  [{ connectionString: 'postgresql://u:p%40@localhost:5/db' },
    /^postgresql:.*\/db\?host=(localhost(%2C)?)+&hostaddr=127.*&port=5/],
  [{ connectionString: 'postgres://localhost/db?sslmode=require' }, /\?sslmode=require&host=localhost.*&hostaddr=[^&]*$/],
  [{ connectionString: 'postgresql://127.0.0.1:1,localhost:2/' },
    /host=127\.0\.0\.1%2Clocalhost.*hostaddr=127\.0\.0\.1%2C127.*port=1%2C2/],
  [{ connectionString: 'host=/tmp,localhost port=1,2' }, /host='\/tmp,localhost.*' hostaddr=',127.*' port='1,2/],
  [{ connectionString: 'host=no-such-host.invalid,localhost' }, / host='localhost(,localhost)*' /],
];
for (const [options, expected] of looked) {
  test(`look-up: ${JSON.stringify(options)}`, async () => {
    const found = await withAddresses(options);
    assert.match(found.connectionString, expected);
    assert.equal(found.host, undefined);
    assert.equal(found.port, options.port);
    const store = new Store({ ...found, schemaName: freshSchema() }); /* libpq can read it */
    await store.close();
  });
}

test('the host of the environment is looked up if there is no other', async (t) => {
  const before = process.env.PGHOST;
  t.after(() => (before === undefined ? delete process.env.PGHOST : (process.env.PGHOST = before)));
  process.env.PGHOST = 'localhost';
  assert.match((await withAddresses({})).connectionString, /^host='localhost/);
  process.env.PGHOST = '/tmp';
  assert.deepEqual(await withAddresses({}), {});
});

test('a private server needs no configuration', { skip: process.env.PGCONVO_NO_LOCAL !== undefined }, async (t) => {
  const temporary = fs.mkdtempSync(path.join(os.tmpdir(), 'pgconvo-local-'));
  t.after(() => fs.rmSync(temporary, { recursive: true, force: true }));
  fs.chmodSync(temporary, 0o755);
  const store = new Store({ connectionString: `local:${temporary}/server` });
  t.after(() => store.close({ cancel: true }));
  const { id } = await store.threads.create({ title: 'at home' });
  assert.equal((await store.threads.get(id)).title, 'at home');
  await store.close();
});
