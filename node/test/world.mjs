/* What the tests share: the package under test, and stores in schemas of their own. */
import path from 'node:path';
import process from 'node:process';
import { after } from 'node:test';
import { pathToFileURL } from 'node:url';

export const folder = process.env.PGCONVO_NODE_PACKAGE ?? path.resolve(import.meta.dirname ?? '.', '..');
export const url = process.env.PGCONVO_TEST_URL;
export const entry = pathToFileURL(path.join(folder, 'store.mjs')).href;

export const { Store, PgconvoError, schemaSql, libraryVersion } = await import(entry);

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
