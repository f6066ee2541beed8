/* Calls that end early: by a signal, or because their time is up. */
import assert from 'node:assert/strict';
import net from 'node:net';
import { test } from 'node:test';
import { failure, lock, open, PgconvoError, waiting } from './world.mjs';

const store = open();
await store.threads.create({ id: 'T' });
const append = (calls, id) => calls.messages.append({ threadId: 'T', messages: [{ id, role: 'user', text: 'x' }] });

test('an aborted call ends with CANCELLED, and if that is safe to repeat nothing of it stays', async (t) => {
  const unlock = await lock(t, store);
  const controller = new AbortController();
  const call = failure(append(store.with({ signal: controller.signal }), 'aborted'));
  await waiting(t, store, 1);
  const reason = new Error('the user went away');
  controller.abort(reason);
  const error = await call;
  assert.ok(error instanceof PgconvoError);
  assert.equal(error.code, 'CANCELLED');
  assert.equal(error.cause, reason);
  assert.ok(!Object.keys(error).includes('cause'));
  await unlock();
  const found = await store.messages.get({ ids: ['aborted'] });
  if (error.retry === 'safe') assert.deepEqual(found, []);
  else assert.equal(error.retry, 'unknown'); // the server took its time to say that it stopped
});

test('one signal ends many calls, those in the queue too, and no other', async (t) => {
  const warnings = [];
  const onWarning = (warning) => warnings.push(warning);
  process.on('warning', onWarning);
  t.after(() => process.off('warning', onWarning));
  const narrow = open({ schemaName: store.schemaName, max: 2 });
  const unlock = await lock(t, store);
  const controller = new AbortController();
  const limited = narrow.with({ signal: controller.signal });
  const calls = Array.from({ length: 20 }, (_, n) => failure(append(limited, `many${n}`)));
  const other = append(narrow, 'other');
  await waiting(t, store, 2);
  controller.abort();
  const codes = (await Promise.all(calls)).map(({ code }) => code);
  assert.deepEqual(codes, Array(20).fill('CANCELLED'));
  await unlock();
  await other;
  assert.equal((await store.messages.get({ ids: ['other'] })).length, 1);
  assert.deepEqual(warnings, []);
});

test('a signal that is aborted already starts nothing', async () => {
  const error = await failure(append(store.with({ signal: AbortSignal.abort('why') }), 'never'));
  assert.deepEqual([error.code, error.cause, error.retry], ['CANCELLED', 'why', 'safe']);
  assert.deepEqual(await store.messages.get({ ids: ['never'] }), []);
});

test('an abort after the end of a call changes nothing', async () => {
  const controller = new AbortController();
  const limited = store.with({ signal: controller.signal });
  assert.equal((await limited.threads.get('T')).id, 'T');
  controller.abort();
  assert.equal((await failure(limited.threads.get('T'))).code, 'CANCELLED');
  assert.equal((await store.threads.get('T')).id, 'T');
});

test('aborts at any moment: each call succeeds or is cancelled, and answers are never mixed up', async () => {
  const ids = Array.from({ length: 20 }, (_, n) => `thread${n}`);
  for (const id of ids) await store.threads.create({ id });
  let cancelled = 0;
  const one = async (n) => {
    const controller = new AbortController();
    const call = store.with({ signal: controller.signal }).threads.get(ids[n % ids.length]);
    if (n % 3 === 0) setTimeout(() => controller.abort(), n % 7);
    try {
      assert.equal((await call).id, ids[n % ids.length]);
    } catch (error) {
      assert.equal(error.code, 'CANCELLED', error.stack);
      cancelled++;
    }
  };
  for (let round = 0; round < 10; round++) await Promise.all(Array.from({ length: 100 }, (_, n) => one(n)));
  assert.ok(cancelled > 0);
});

test('time that is up ends a call with TIMEOUT', async (t) => {
  await lock(t, store);
  const error = await failure(append(store.with({ timeoutMillis: 100 }), 'late'));
  assert.equal(error.code, 'TIMEOUT');
});

test('a longer limit goes over that of the store, and the other way round', async (t) => {
  const hasty = open({ schemaName: store.schemaName, schemaMode: 'none', callTimeoutMillis: 100, statementMode: 'unnamed' });
  const unlock = await lock(t, store);
  const patient = append(hasty.with({ timeoutMillis: 60_000 }), 'patient');
  assert.equal((await failure(append(hasty, 'hasty'))).code, 'TIMEOUT');
  await unlock();
  await patient;
  assert.equal((await store.messages.get({ ids: ['patient', 'hasty'] })).length, 1);
});

test('limits given later go over those given before', async (t) => {
  await lock(t, store);
  const controller = new AbortController();
  const limited = store.with({ signal: controller.signal, timeoutMillis: 60_000 }).with({ timeoutMillis: 50 });
  assert.equal((await failure(append(limited, 'later'))).code, 'TIMEOUT');
  controller.abort();
  assert.equal((await failure(append(limited, 'later'))).code, 'CANCELLED');
});

/* A server that takes connections and says nothing. */
async function silent(t) {
  const sockets = [];
  const server = net.createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return server.address().port;
}

test('a call ends though no connection comes up', async (t) => {
  const deaf = open({ connectionString: undefined, host: '127.0.0.1', port: await silent(t), user: 'u', database: 'd' });
  assert.equal((await failure(deaf.with({ timeoutMillis: 100 }).threads.get('T'))).code, 'TIMEOUT');
  const controller = new AbortController();
  const call = failure(deaf.with({ signal: controller.signal }).threads.get('T'));
  setTimeout(() => controller.abort(), 20);
  assert.equal((await call).code, 'CANCELLED');
});

test('a call ends while its store is being opened', async () => {
  const password = () => new Promise(() => {});
  const stuck = open({ password });
  assert.equal((await failure(stuck.with({ timeoutMillis: 50 }).threads.get('T'))).code, 'TIMEOUT');
  const controller = new AbortController();
  const call = failure(stuck.with({ signal: controller.signal }).threads.get('T'));
  controller.abort();
  assert.equal((await call).code, 'CANCELLED');
  const last = failure(stuck.threads.get('T'));
  await stuck.close({ cancel: true });
  assert.equal((await last).code, 'CLOSED');
});

test('iterators stop with the signal', async () => {
  for (let n = 0; n < 5; n++) await append(store, `row${n}`);
  const controller = new AbortController();
  const read = async () => {
    const rows = store.with({ signal: controller.signal }).messages.iterate({ threadId: 'T', limit: 1 });
    for await (const row of rows) {
      if (row.id === 'row1') controller.abort();
    }
  };
  assert.equal((await failure(read())).code, 'CANCELLED');
});

test('what is no limit is refused', () => {
  for (const limits of [undefined, null, 1, { timeout: 1 }, { timeoutMillis: 0 }, { timeoutMillis: '5' }, { signal: {} }]) {
    assert.throws(() => store.with(limits), (error) => error instanceof PgconvoError && error.code === 'INVALID');
  }
});
