/* What the tests share: the package under test, and stores in schemas of their own. */
import path from 'node:path';
import process from 'node:process';
import { after } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

export const folder = process.env.PGCONVO_NODE_PACKAGE ?? path.resolve(import.meta.dirname ?? '.', '..');
export const url = process.env.PGCONVO_TEST_URL;
export const entry = pathToFileURL(path.join(folder, 'store.mjs')).href;

export const { Store, PgconvoError, schemaGrants, schemaSql, libraryVersion } = await import(entry);

let made = 0;

export function freshSchema() {
  return `node_${process.pid}_${Date.now()}_${++made}`;
}

/* A store in a new schema, closed when the file's tests are over. */
export function open(options = {}) {
  const store = new Store({ connectionString: url, schemaName: freshSchema(), ...options });
  after(() => store.close({ cancel: true }));
  return store;
}

/* All that a JavaScript string can hold and others lose. */
export const odd = 'a\u0000b \ud800 \udfff\ud800 \u2028 \u00e9 \u4e2d \ud83d\ude00 "\\\n\u007f\uffff';

/* The error that the promise is rejected with. */
export async function failure(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('there was no error');
}

/* A client that the package has nothing to do with. */
export async function client() {
  const { default: pg } = await import('pg');
  const parts = Object.fromEntries(url.split(' ').map((part) => part.split('=')));
  const connected = new pg.Client({ host: parts.host, user: parts.user, database: parts.dbname });
  await connected.connect();
  return connected;
}

/* How many wait for a lock in statements that name the schema. */
const WAITING = `SELECT count(*)::int AS n FROM pg_stat_activity
  WHERE wait_event_type = 'Lock' AND position($1 IN query) > 0`;

/* Returns once `running` calls wait in the server for a lock. */
export async function waiting(t, store, running) {
  const watcher = await client();
  t.after(() => watcher.end());
  while ((await watcher.query(WAITING, [store.schemaName])).rows[0].n < running) await pause(5);
}

/* Locks all threads until the test is over, or the function that it returns is called. */
export async function lock(t, store) {
  const holder = await client();
  let open = true;
  const unlock = async () => {
    if (open) await holder.end();
    open = false;
  };
  t.after(unlock);
  await holder.query('BEGIN');
  await holder.query(`SELECT FROM "${store.schemaName}".threads FOR UPDATE`);
  return unlock;
}
