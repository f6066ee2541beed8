/* Compiled, not run: what the types of the face for Mastra allow and refuse, and what they make of answers. */
import { MastraCompositeStore } from '@mastra/core/storage';
import type { MemoryStorage } from '@mastra/core/storage';
import { Pool } from 'pg';
import { exportGrants, exportSchemas, MemoryPG, PgconvoError, PostgresStore, Store } from 'pgconvo';
import type { PostgresStoreConfig, StoreOptions, Thread } from 'pgconvo';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(_: Same<A, B>): void {}

const host = { host: 'h', port: 5432, database: 'd', user: 'u', password: 'p' };
const pool = new Pool();

export const configs: PostgresStoreConfig[] = [
  { connectionString: 'local:' },
  { id: 'x', connectionString: 'postgresql://h/d', schemaName: 's', ssl: { rejectUnauthorized: false }, max: 3 },
  { id: 'x', ...host, idleTimeoutMillis: 5, disableInit: true, skipDefaultIndexes: true },
  { ...host, password: async () => 'token', retention: { memory: { messages: { maxAge: '30d' } } } },
  { pool, readPool: pool, indexes: [{ name: 'i', table: 'mastra_threads', columns: ['title'] }] },
  { writePool: pool, allowForeignMessages: true },
];

// @ts-expect-error: one or the other
export const both: PostgresStoreConfig = { pool, writePool: pool };
// @ts-expect-error: nothing to connect to
export const nothing: PostgresStoreConfig = { id: 'x' };
// @ts-expect-error: a port is a number
export const text: PostgresStoreConfig = { ...host, port: '5432' };

export async function use(): Promise<void> {
  const store = new PostgresStore({ connectionString: 'local:' });
  const whole: MastraCompositeStore = store;
  await whole.init();
  const memory: MemoryStorage | undefined = await store.getStore('memory');
  await memory?.getThreadById({ threadId: 't' });
  const thread = await store.stores.memory.getThreadById({ threadId: 't' });
  same<NonNullable<typeof thread>['createdAt'], Date>(true);
  const row = await store.db.oneOrNone<{ a: number }>('SELECT 1 AS a');
  same<typeof row, { a: number } | null>(true);
  await store.db.tx(async (tx) => tx.none('SELECT'));
  const { rows } = await store.pool.query<{ b: string }>('SELECT');
  same<typeof rows, { b: string }[]>(true);
  same<ReturnType<typeof store.pgp.as.name>, string>(true);
  await store.readDb.any('SELECT');
  same<typeof store.readPool, Pool>(true);
  const results = await store.prune({ maxBatches: 1 });
  same<(typeof results)[number]['done'], boolean>(true);
  new MastraCompositeStore({ id: 'c', default: store, domains: { memory: store.stores.memory } });
  const alone = new MemoryPG({ client: store.db });
  await alone.close?.();
  await store.close();
  const { pool, reader } = store.counters();
  same<typeof pool.waiting, number>(true);
  same<NonNullable<typeof reader>['started'], number>(true);
  // @ts-expect-error: there is no such domain
  store.stores.agents;
}

export async function below(options: StoreOptions): Promise<Thread> {
  const store = new Store({ ...options, password: () => 'p' });
  await store.db.any('SELECT');
  await store.pool.end();
  return store.threads.get('t');
}

export function tell(error: unknown): string {
  return error instanceof PgconvoError ? error.code : exportSchemas('s') + exportSchemas() + exportGrants('writer', 'r');
}
