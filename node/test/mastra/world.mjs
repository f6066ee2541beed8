/*
 * What the tests of the face for Mastra share: the store under test, in a schema of its own, and small makers of data.
 *
 * With PGCONVO_PROOF_STORE=peer that is @mastra/pg, to see that the tests ask what it does; those that it is known to fail
 * stand in known.mjs, and must fail then.
 */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import process from 'node:process';
import { after, test as nodeTest } from 'node:test';
import { pathToFileURL } from 'node:url';
import { known, racy } from './known.mjs';

export const peer = process.env.PGCONVO_PROOF_STORE === 'peer';

const here = import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname);
const folder = process.env.PGCONVO_NODE_PACKAGE ?? path.resolve(here, '../..');
const socket = /host=(\S+)/.exec(process.env.PGCONVO_TEST_URL)[1];

export const connectionString = `postgresql://postgres@/postgres?host=${encodeURIComponent(socket)}`;

/* The package that has the PostgresStore under test. */
export const product = await import(peer ? '@mastra/pg' : pathToFileURL(path.join(folder, 'index.mjs')).href);

let made = 0;
const schemas = new WeakMap();

export const schemaOf = (store) => schemas.get(store);

export function freshSchema() {
  return `m_${process.pid}_${Date.now()}_${++made}`;
}

/* A store that is not closed by itself. */
export function make({ schemaName = freshSchema(), ...options } = {}) {
  const store = new product.PostgresStore({ id: 'proof', connectionString, schemaName, max: 8, ...options });
  schemas.set(store, schemaName);
  return store;
}

/* A store that is ready, and closed when the file's tests are over. */
export async function open(options = {}) {
  const store = make(options);
  after(() => store.close());
  await store.init();
  return store;
}

/*
 * A test; a fault that the peer is known to have must show. A file makes its data before its first test: once all tests that there
 * are so far have run, the stores of the file are closed.
 */
export function test(name, run) {
  if (peer && racy.has(name)) return;
  if (peer && known.has(name)) nodeTest(`${name} (known to fail)`, () => assert.rejects(async () => run()));
  else nodeTest(name, () => run());
}

export const fresh = (prefix = 'x') => `${prefix}-${randomUUID()}`;

export const at = (ms, base = Date.UTC(2026, 0, 2, 3, 4, 5, 678)) => new Date(base + ms);

export function text(words, more = {}) {
  return { format: 2, parts: [{ type: 'text', text: words }], ...more };
}

/* A thread that is saved. */
export async function saveThread(memory, fields = {}) {
  const thread = { id: fresh('t'), resourceId: fresh('r'), title: 'A title', metadata: {}, createdAt: at(0), updatedAt: at(0), ...fields };
  await memory.saveThread({ thread });
  return thread;
}

/* A message that is not saved. */
export function message(thread, fields = {}) {
  return {
    id: fresh('m'), threadId: thread.id, resourceId: thread.resourceId, role: 'user', createdAt: at(0),
    content: text('Hello'), ...fields,
  };
}

/* `count` messages, one a second, saved in `thread`; the nth has the id `${prefix}n`. */
export async function saveMessages(memory, thread, count, fields = () => ({})) {
  const messages = Array.from({ length: count }, (_, n) =>
    message(thread, { id: `${thread.id}/${n}`, createdAt: at(n * 1000), content: text(`Message ${n}`), ...fields(n) }));
  await memory.saveMessages({ messages });
  return messages;
}

export const ids = (messages) => messages.map((one) => one.id);
export const numbers = (messages) => messages.map((one) => Number(one.id.slice(one.id.lastIndexOf('/') + 1)));

/* What the promise is rejected with. */
export async function failure(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new assert.AssertionError({ message: 'there was no error' });
}

/* That the promise is rejected with a MastraError of this id. */
export async function refused(promise, id, { category = 'THIRD_PARTY', details, message: pattern } = {}) {
  const error = await failure(promise);
  assert.equal(error.id, `MASTRA_STORAGE_PG_${id}`, error.stack);
  assert.equal(error.domain, 'STORAGE');
  assert.equal(error.category, category);
  for (const [key, value] of Object.entries(details ?? {})) assert.deepEqual(error.details[key], value, key);
  if (pattern) assert.match(error.message, pattern);
  return error;
}

/* Runs `count` calls at once; all must succeed. */
export function together(count, call) {
  return Promise.all(Array.from({ length: count }, (_, n) => call(n)));
}

/*
 * A process of its own with a store on the schema. What it gives makes calls of a domain there, [[method, argument...], ...],
 * one after the other, and gives their results.
 */
export function elsewhere(schemaName, env = {}) {
  const child = fork(path.join(here, 'elsewhere.mjs'), [schemaName], { env: { ...process.env, ...env }, serialization: 'advanced', execArgv: [] });
  after(() => child.connected && child.disconnect());
  let caller;
  child.on('message', ({ results, error }) => (error ? caller.reject(new Error(error)) : caller.resolve(results)));
  child.on('exit', (code) => caller?.reject(new Error(`the other process ended with ${code}`)));
  return (domain, ...calls) => new Promise((resolve, reject) => {
    caller = { resolve, reject };
    child.send({ domain, calls });
  });
}

/* All that a JavaScript string can hold and others lose. */
export const odd = 'a\u0000b \ud800 \udfff\ud800 \u2028 \u00e9 \u4e2d \ud83d\ude00 "\\\n\u007f\uffff';
