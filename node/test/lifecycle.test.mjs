/* Many calls at once, the end of stores and processes, worker threads, connections that break. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import pg from 'pg';
import { client, entry, failure, folder, freshSchema, lock, open, Store, url, waiting } from './world.mjs';

/* Runs a program in a process of its own, which must end by itself. */
async function program(source, ...options) {
  const prelude = `import { Store, PgconvoError } from ${JSON.stringify(entry)};
    const open = (more) => new Store({ connectionString: ${JSON.stringify(url)}, schemaName: ${JSON.stringify(freshSchema())}, ...more });`;
  const run = promisify(execFile);
  const args = [...options, '--input-type=module', '-e', prelude + source];
  return (await run(process.execPath, args, { timeout: 120_000 })).stdout.trim();
}

/* The errors to come of `count` appends, once `running` of them wait in the server for a lock. */
async function stuck(t, store, threadId, count, running) {
  await lock(t, store);
  const append = () => store.messages.append({ threadId, messages: [{ role: 'user', text: 'x' }] });
  const calls = Array.from({ length: count }, () => failure(append()));
  await waiting(t, store, running);
  return calls;
}

function openDescriptors() {
  return fs.readdirSync('/proc/self/fd').length;
}

test('1,000 calls at once on 4 connections', async () => {
  const store = open({ max: 4 });
  const { id } = await store.threads.create();
  const calls = Array.from({ length: 1000 }, (_, n) =>
    n % 2 === 0
      ? store.messages.append({ threadId: id, messages: [{ id: `m${n}`, role: 'user', content: n }] })
      : store.messages.last({ threadId: id, limit: 5 }),
  );
  const status = store.poolStatus();
  assert.deepEqual([status.open, status.waiting, status.max], [4, 996, 4]);
  await Promise.all(calls);
  assert.equal(await store.messages.count({ threadId: id }), 500);
  assert.equal(store.poolStatus().open, 4);
});

test('calls of one connection settle in the order in which they were made', async () => {
  const store = open({ max: 1 });
  await store.init();
  const order = [];
  await Promise.all(
    Array.from({ length: 50 }, (_, n) => store.threads.create({ id: `o${n}` }).then(() => order.push(n))),
  );
  assert.deepEqual(order, Array.from({ length: 50 }, (_, n) => n));
});

test('calls made before the store is open keep their order, too', async () => {
  const store = open({ max: 1 });
  const seen = [];
  await Promise.all([
    store.threads.create({ id: 'a' }).then(() => seen.push('created')),
    store.threads.get('a').then(() => seen.push('read')),
    store.threads.delete('a').then(() => seen.push('deleted')),
  ]);
  assert.deepEqual(seen, ['created', 'read', 'deleted']);
});

test('a new call may be made from where another one ended', async () => {
  const store = open({ max: 2 });
  const chain = async (n) => {
    for (let i = 0; i < 20; i++) await store.threads.create({ id: `${n}-${i}` });
  };
  await Promise.all(Array.from({ length: 10 }, (_, n) => chain(n)));
  assert.equal((await store.threads.list({ limit: 1, withTotal: true })).total, 200);
});

test('close lets calls under way and waiting ones end, and refuses new ones', async () => {
  const store = open({ max: 2 });
  await store.init();
  const calls = Array.from({ length: 20 }, (_, n) => store.threads.create({ id: `c${n}` }));
  const closed = store.close();
  assert.equal((await failure(store.threads.get('c1'))).code, 'CLOSED');
  await closed;
  assert.equal((await Promise.all(calls)).length, 20);
  await store.close();
  await store.close({ cancel: true });
  assert.equal((await failure(store.init())).code, 'CLOSED');
});

test('close with cancel ends calls under way', async (t) => {
  const store = open({ max: 2 });
  const { id } = await store.threads.create();
  const calls = await stuck(t, store, id, 6, 2);
  const hesitant = store.close();
  await store.close({ cancel: true });
  await hesitant;
  const codes = (await Promise.all(calls)).map(({ code }) => code);
  assert.deepEqual(codes, ['CANCELLED', 'CANCELLED', 'CLOSED', 'CLOSED', 'CLOSED', 'CLOSED']);
});

test('a store that was never used, or is being opened, closes', async () => {
  const unused = new Store({ connectionString: url });
  await unused.close();
  assert.equal((await failure(unused.init())).code, 'CLOSED');
  const store = new Store({ connectionString: url, schemaName: freshSchema() });
  const first = store.init();
  await store.close();
  await first.catch((error) => assert.equal(error.code, 'CLOSED'));
});

test('stores that were closed leave no descriptor', async () => {
  const schemaName = freshSchema();
  const use = async () => {
    const store = new Store({ connectionString: url, schemaName });
    await store.init();
    await store.close();
  };
  await use();
  await pause(10);
  const before = openDescriptors();
  for (let i = 0; i < 100; i++) await use();
  await pause(10);
  assert.equal(openDescriptors(), before);
});

test('a store that nobody holds any more is closed by the collector', async () => {
  const answer = await program(
    `import fs from 'node:fs';
    import { setTimeout as pause } from 'node:timers/promises';
    const descriptors = () => fs.readdirSync('/proc/self/fd').length;
    const before = descriptors();
    const between = await (async () => {
      const stores = Array.from({ length: 5 }, () => open());
      await Promise.all(stores.map((store) => store.init()));
      return descriptors();
    })();
    for (let i = 0; i < 50 && descriptors() > before + 1; i++) { globalThis.gc(); await pause(20); }
    console.log(between - before >= 10, descriptors() <= before + 1);`,
    '--expose-gc',
  );
  assert.equal(answer, 'true true');
});

test('a forgotten close does not keep the process', async () => {
  assert.equal(await program(`await open().init(); console.log('end');`), 'end');
});

test('a call under way keeps the process', async () => {
  assert.equal(await program(`open().threads.create({ id: 'x' }).then(({ id }) => console.log(id));`), 'x');
});

test('process.exit with calls under way ends the process', async () => {
  const source = `const store = open(); await store.init(); store.threads.create(); console.log('out'); process.exit();`;
  assert.equal(await program(source), 'out');
});

test('an exception in a continuation is the process’s own affair', async () => {
  const source = `process.on('unhandledRejection', (e) => { console.log(e.message); });
    const store = open();
    await store.init();
    store.init().then(() => { throw new Error('mine'); });
    await store.init();
    await store.init();
    console.log((await store.threads.create({ id: 'after' })).id);`;
  assert.deepEqual((await program(source)).split('\n').sort(), ['after', 'mine']);
});

const work = `
  const { parentPort, workerData } = require('node:worker_threads');
  const { Store } = require(workerData.folder + '/store.js');
  (async () => {
    const store = new Store(workerData.options);
    const { id } = await store.threads.create({ title: 'from a worker' });
    await Promise.all(Array.from({ length: 50 }, (_, n) =>
      store.messages.append({ threadId: id, messages: [{ role: 'user', content: n }] })));
    if (workerData.close) await store.close();
    parentPort.postMessage(id);
    if (workerData.hang) for (;;) await store.messages.last({ threadId: id, limit: 1 });
  })();`;

function worker(options, more = {}) {
  return new Worker(work, { eval: true, workerData: { folder, options, ...more } });
}

test('worker threads have stores of their own', async () => {
  const store = open();
  await store.init();
  const options = { connectionString: url, schemaName: store.schemaName, max: 3 };
  const workers = [true, false, true, false].map((close) => worker(options, { close }));
  const ids = await Promise.all(
    workers.map(async (one) => {
      const [[id], [code]] = await Promise.all([once(one, 'message'), once(one, 'exit')]);
      assert.equal(code, 0);
      return id;
    }),
  );
  for (const id of ids) assert.equal(await store.messages.count({ threadId: id }), 50);
});

test('a worker may be ended with calls under way', async () => {
  const store = open();
  await store.init();
  for (let i = 0; i < 5; i++) {
    const one = worker({ connectionString: url, schemaName: store.schemaName }, { hang: true });
    await once(one, 'message');
    assert.equal(await one.terminate(), 1);
  }
  await store.threads.create({ id: 'still here' });
});

const KILL = 'SELECT count(pg_terminate_backend(pid, 5000))::int AS n FROM pg_stat_activity WHERE application_name = $1';

async function killBackends(name) {
  const killer = await client();
  const { rows } = await killer.query(KILL, [name]);
  await killer.end();
  return rows[0].n;
}

test('calls whose backends are killed are rejected, and the next ones work', async (t) => {
  const applicationName = freshSchema();
  const store = open({ max: 4, applicationName });
  const { id } = await store.threads.create();
  const calls = await stuck(t, store, id, 4, 4);
  assert.equal(await killBackends(applicationName), 4);
  for (const error of await Promise.all(calls)) assert.deepEqual([error.code, error.retry], ['LOST', 'unknown']);
  assert.equal((await store.threads.get(id)).id, id);
  assert.equal(await killBackends(applicationName), 1);
  assert.equal((await store.threads.get(id)).id, id);
});

test('a statement that takes too long ends with TIMEOUT, a call that waits too long for a connection with BUSY', async (t) => {
  const { schemaName, threads } = open();
  const { id } = await threads.create();
  const store = open({ schemaName, max: 1, statementTimeoutMillis: 300, acquireTimeoutMillis: 100 });
  await store.init();
  await lock(t, store);
  const slow = failure(store.threads.update({ id, title: 'x' }));
  const late = failure(store.threads.get(id));
  assert.equal((await late).code, 'BUSY');
  assert.equal((await slow).code, 'TIMEOUT');
});

test('a call has a limit of its own', async (t) => {
  const store = open();
  const { id } = await store.threads.create();
  await lock(t, store);
  const limited = open({ schemaName: store.schemaName, schemaMode: 'none', callTimeoutMillis: 200, statementMode: 'unnamed' });
  assert.equal((await failure(limited.threads.update({ id, title: 'x' }))).code, 'TIMEOUT');
  assert.equal((await store.threads.get(id)).id, id);
});

test('reads have a pool of their own, if there is a reader', async () => {
  const options = { readerConnectionString: url, max: 2, readerMax: 3 };
  for (const reads of ['primary', 'stale', 'own-writes']) {
    const store = open({ ...options, reads });
    assert.equal(store.poolStatus().max, 5);
    const { id } = await store.threads.create({ title: reads });
    assert.equal((await store.threads.get(id)).title, reads);
    await store.threads.update({ id, title: 'new' });
    assert.equal((await store.threads.get(id)).title, 'new');
    assert.equal(store.poolStatus().max, 5);
    assert.equal(store.poolStatus().open, reads === 'primary' ? 1 : 2);
  }
  assert.throws(() => open({ ...options, readStandbys: true }), { code: 'INVALID', message: /read_standbys/ });
  assert.throws(() => open({ readerConnectionString: 'mysql://x/' }), { code: 'INVALID', message: /reader_url/ });
  assert.throws(() => open({ reads: 'sometimes' }), /reads/);
});

test('init makes min connections, and no more than maxWaiting calls wait', async (t) => {
  const store = open({ min: 3, max: 3, maxWaiting: 2 });
  await store.init();
  assert.equal(store.poolStatus().open, 3);
  const { id } = await store.threads.create();
  await lock(t, store);
  const calls = Array.from({ length: 7 }, () => failure(store.with({ timeoutMillis: 200 }).threads.update({ id, title: 'x' })));
  const codes = (await Promise.all(calls)).map(({ code }) => code).sort();
  assert.deepEqual(codes, ['BUSY', 'BUSY', 'TIMEOUT', 'TIMEOUT', 'TIMEOUT', 'TIMEOUT', 'TIMEOUT']);
});

test('a connection that is too old is replaced', async () => {
  const store = open({ maxLifetimeMillis: 50 });
  await store.init();
  await pause(100);
  await store.threads.list();
  const { connections } = store.counters();
  assert.equal(connections.made, 2);
  assert.equal(connections.expiredAge, 1);
});
