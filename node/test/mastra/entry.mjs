/* What the tests of the store itself share: the package's entry, and the test server as configurations name it. */
import path from 'node:path';
import process from 'node:process';
import { after } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { freshSchema, url } from '../world.mjs';

export { failure, freshSchema, url } from '../world.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
export const folder = process.env.PGCONVO_NODE_PACKAGE ?? path.resolve(here, '../..');
export const entry = pathToFileURL(path.join(folder, 'index.mjs')).href;
export const { PostgresStore, MemoryPG, WorkflowsPG, ScoresPG, exportGrants, exportSchemas, Store, PgconvoError } = await import(
  entry
);

const parts = Object.fromEntries(url.split(' ').map((part) => part.split('=')));
export const socket = parts.host;
/* Connections are trusted, so that any password will do; a host configuration must have one. */
export const host = { host: socket, port: 5432, database: parts.dbname, user: parts.user, password: 'any' };
export const connectionString = `postgresql://${parts.user}@/${parts.dbname}?host=${encodeURIComponent(socket)}`;

/* A store in a new schema, closed when the file's tests are over. */
export function open(options = {}) {
  const place = ['pool', 'writePool', 'host', 'connectionString'].some((key) => key in options)
    ? {}
    : { connectionString };
  const store = new PostgresStore({ schemaName: freshSchema(), ...place, ...options });
  after(() => store.close());
  return store;
}

/* The store does its work: a thread is saved and read. */
export async function works(store) {
  const memory = await store.getStore('memory');
  const now = new Date();
  const thread = {
    id: freshSchema(),
    title: 'a thread',
    resourceId: 'somebody',
    metadata: {},
    createdAt: now,
    updatedAt: now,
  };
  await memory.saveThread({ thread });
  const found = await memory.getThreadById({ threadId: thread.id });
  if (found?.title !== thread.title) throw new Error(`the thread was not found, but ${JSON.stringify(found)}`);
}
