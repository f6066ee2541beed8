/** A PostgresStore for Mastra, on pgconvo's C engine; and the Store that needs no Mastra. */
import type { ConnectionOptions } from 'node:tls';
import type {
  CreateIndexOptions,
  MastraCompositeStore,
  MemoryStorage,
  RetentionConfig,
  ScoresStorage,
  WorkflowsStorage,
} from '@mastra/core/storage' with { 'resolution-mode': 'import' };
import type { Pool, PoolConfig } from 'pg';
import type pgPromise = require('pg-promise');

import type { AdoptOptions, AdoptReport, Counters } from './store.js';

export { PgconvoError, Store } from './store.js';
export type * from './store.js';

/** What is the same however the database is named. */
export interface PostgresStoreOptions {
  /** Default: `pgconvo`. */
  id?: string;
  /** The schema of the tables; default, and for the empty string: `public`. */
  schemaName?: string;
  /** A replica: what tolerates to be a little late is read there. */
  readPool?: Pool;
  /** Nothing is created or changed by itself; a schema that is absent or older is an error at first use. */
  disableInit?: boolean;
  /** Accepted for compatibility; the indexes that the statements need belong to the schema. */
  skipDefaultIndexes?: boolean;
  /** More indexes, made by `init`. The names of @mastra/pg's tables and columns are understood. */
  indexes?: CreateIndexOptions[];
  /** For `prune`. */
  retention?: RetentionConfig;
  /** Saving a message whose id belongs to another resource takes it over, instead of being an error. */
  allowForeignMessages?: boolean;
}

/** How the engine connects; what else a pg.Pool takes and libpq can do is taken, too. */
export interface PostgresConnectionOptions extends Pick<
  PoolConfig,
  | 'application_name'
  | 'connectionTimeoutMillis'
  | 'idle_in_transaction_session_timeout'
  | 'lock_timeout'
  | 'options'
  | 'query_timeout'
  | 'statement_timeout'
> {
  /** Goes over what a connection string says. True: verified by the system's authorities, name included. */
  ssl?: boolean | ConnectionOptions;
  /** Most connections; default 20. */
  max?: number;
  /** So many are made by `init`, and not closed for being idle; default 0. */
  min?: number;
  /** Default 30,000; 0: never closed for being idle. */
  idleTimeoutMillis?: number;
  /** A connection that is older is closed when it is not in use; default 0: never. */
  maxLifetimeSeconds?: number;
}

export interface ConnectionStringConfig extends PostgresStoreOptions, PostgresConnectionOptions {
  /** `postgresql://...`, libpq's `host=... dbname=...`, or `local:` or `local:/folder` for a private server. */
  connectionString: string;
}

export interface HostConfig extends PostgresStoreOptions, PostgresConnectionOptions {
  host: string;
  port?: number;
  database: string;
  user: string;
  /** A function is asked when the first connection is made, and again when the server refuses its answer. */
  password: string | (() => string | Promise<string>);
}

/** A pool of the application: its options are the engine's, `store.pool` is the pool, and it stays open. */
export interface PoolInstanceConfig extends PostgresStoreOptions {
  pool: Pool;
  writePool?: never;
}
export interface WritePoolInstanceConfig extends PostgresStoreOptions {
  writePool: Pool;
  pool?: never;
}

export type PostgresStoreConfig = ConnectionStringConfig | HostConfig | PoolInstanceConfig | WritePoolInstanceConfig;

type Database = pgPromise.IDatabase<{}>;

/** A domain alone, with an engine of its own: what a PostgresStore takes, or a database object of pg-promise. */
export type PgDomainConfig = PostgresStoreConfig | (PostgresStoreOptions & { client: Database; readClient?: Database });

interface OwnEngine {
  /** Only of a domain that was made alone. */
  close?(): Promise<void>;
}
export interface MemoryPG extends MemoryStorage, OwnEngine {}
export interface WorkflowsPG extends WorkflowsStorage, OwnEngine {}
export interface ScoresPG extends ScoresStorage, OwnEngine {}

type DomainClass<Domain> = { new (config: PgDomainConfig): Domain; readonly prototype: Domain };
export declare const MemoryPG: DomainClass<MemoryPG>;
export declare const WorkflowsPG: DomainClass<WorkflowsPG>;
export declare const ScoresPG: DomainClass<ScoresPG>;

/** The domains memory, workflows and scores; others may be composed with MastraCompositeStore. */
export declare class PostgresStore extends MastraCompositeStore {
  /** Throws MASTRA_STORAGE_PG_INITIALIZATION_FAILED (USER) if something is wrong. Connects at first use. */
  constructor(config: PostgresStoreConfig);
  stores: { memory: MemoryPG; workflows: WorkflowsPG; scores: ScoresPG };
  /** pg-promise on `pool`; made at first use, as are the others. */
  get db(): Database;
  get readDb(): Database;
  /** The main instance of pg-promise. */
  get pgp(): pgPromise.IMain<{}>;
  /** The pool that was given, or one to the same database. */
  get pool(): Pool;
  get readPool(): Pool;
  /** Takes over what @mastra/pg keeps in another schema of the same database, or writes it back: see Store. */
  adopt(options: AdoptOptions): Promise<AdoptReport>;
  /** What the engine has done so far, and that of `readPool` if there is one. */
  counters(): Counters & { reader?: Counters };
}

/** The SQL that makes our schema, for psql; needs no connection. */
export declare function exportSchemas(schemaName?: string): string;

/** The SQL that gives a role of the database what it needs there as one of these, and no more: see schemaGrants of pgconvo/store. */
export declare function exportGrants(
  kind: 'owner' | 'writer' | 'reader',
  role: string,
  schemaName?: string,
): string;
