/** Conversation storage on PostgreSQL: threads, their messages, and metadata about both. */
import type { Pool } from 'pg';
import type pgPromise = require('pg-promise');

/** A value that JSON can hold. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** A metadata document. */
export type JsonObject = { [key: string]: any };

/**
 * A moment: a Date, or microseconds since 1970-01-01 UTC, as a bigint or a string of digits. Plain numbers are
 * refused, since their unit is anybody's guess.
 */
export type Time = Date | bigint | string;

/** Where the store is and how to use it. What is given here wins over the same in `connectionString`. */
export interface StoreOptions {
  /**
   * `postgresql://...` or `host=... dbname=...` (all that libpq takes; of several hosts, the one that takes writes is
   * used, unless `target_session_attrs` says otherwise), or `local:` or `local:/path` for a private server, which is
   * created and started when the store is first used. That blocks for a second or two.
   */
  connectionString?: string;
  /** A name, an address, or the folder of the unix socket; may be a list with commas. */
  host?: string;
  port?: number;
  database?: string;
  user?: string;
  /** A function is asked when the store is opened, and again when the server refuses its answer. */
  password?: string | (() => string | Promise<string>);
  /** The schema that holds the tables; default: the connection's own. Any legal name. */
  schemaName?: string;
  /** What to do about the schema at first use: create and upgrade it (default), only look at it, or nothing. */
  schemaMode?: 'auto' | 'verify' | 'none';
  /** As in libpq: disable, allow, prefer, require, verify-ca, verify-full. */
  sslMode?: string;
  /** Names of files, as in libpq. */
  sslRootCert?: string;
  sslCert?: string;
  sslKey?: string;
  /** Default: `pgconvo`. */
  applicationName?: string;
  /** Most connections at a time; default 10. */
  max?: number;
  /** A connection that was unused for so long is closed at the next use of the store; default 30,000. */
  idleTimeoutMillis?: number;
  /** How long a call may wait for a connection; default 30,000. */
  acquireTimeoutMillis?: number;
  /** How long making a connection may take; default 10,000. */
  connectTimeoutMillis?: number;
  /** Limit for each statement on the server; default: none. */
  statementTimeoutMillis?: number;
  /** Make the index for metadata filters together with the schema. */
  metadataIndex?: boolean;
  /**
   * How statements are sent: `named`, prepared once per connection; `unnamed`, leaving nothing behind in a session that
   * a pooler may give to others; `auto` (default) finds out.
   */
  statementMode?: 'auto' | 'named' | 'unnamed';
  /** Limit for each call from beginning to end, whatever it waits for (TIMEOUT); default: none. */
  callTimeoutMillis?: number;
  /** The largest answer of the server to a call, in bytes on the network (TOO_LARGE); default 1 GiB. */
  maxResultBytes?: number;
  /** The largest content of a message, in bytes of its JSON (INVALID); default and most: 256 MiB. */
  maxMessageBytes?: number;
  /** A second pool, for calls that only read: a connection string to standbys. `host` and `port` are not for it. */
  readerConnectionString?: string;
  /** Or: a standby among the hosts of `connectionString`. */
  readStandbys?: boolean;
  /** Most connections of that pool; default: `max`. */
  readerMax?: number;
  /**
   * What calls that only read may see: all, on the `primary` (default); what has arrived on a standby (`stale`); or on a
   * standby at least what was acknowledged to this store before (`own-writes`), else on the primary.
   */
  reads?: 'primary' | 'stale' | 'own-writes';
  /** So many connections are made by `init`, and not closed for being idle. */
  min?: number;
  /** How many calls may wait for a connection; one more fails at once (BUSY). Default: any number. */
  maxWaiting?: number;
  /** A connection that is older is closed when it is next taken or given back, never in use. */
  maxLifetimeMillis?: number;
  /**
   * Nothing is tried again by itself. Else what a serialization failure or a deadlock rolled back is, and, within the
   * limit of the call, if it has one, connections that could not be made and reads whose connection broke.
   */
  noRetry?: boolean;
}

/** Whether JSON comes parsed (default) or as its text: `contentJson`, `metadataJson`. */
export interface RawOption<Raw extends boolean = boolean> {
  /**
   * True: documents come as JSON texts, unparsed, contents byte for byte as they were stored (numbers that a
   * JavaScript number cannot hold, order of keys, white space).
   */
  raw?: Raw;
}

interface ThreadFields {
  id: string;
  /** Who it belongs to; null: nobody. */
  resourceId: string | null;
  title: string | null;
  /** The seq of the newest message; where `messages.tail` may start. */
  lastSeq: number;
  createdAt: Date;
  /** Microseconds since 1970, in digits: all that PostgreSQL keeps, which a Date cannot. */
  createdAtMicros: string;
  updatedAt: Date;
  updatedAtMicros: string;
  /** There is a document, if only an empty one. */
  hasMetadata: boolean;
}
export interface Thread extends ThreadFields {
  metadata: JsonObject;
}
export interface RawThread extends ThreadFields {
  metadataJson: string;
}
type ThreadOf<Raw extends boolean> = Raw extends true ? RawThread : Thread;

interface MessageFields {
  id: string;
  threadId: string;
  /** Its own, or else the thread's. */
  resourceId: string | null;
  /** Grows with each append to the thread. */
  seq: number;
  createdAt: Date;
  /** Microseconds since 1970, in digits. */
  createdAtMicros: string;
  role: string;
  type: string | null;
}
export interface Message extends MessageFields {
  content: any;
  /** The content once more if it is a string. */
  text?: string;
  metadata: JsonObject;
}
export interface RawMessage extends MessageFields {
  contentJson: string;
  metadataJson: string;
}
type MessageOf<Raw extends boolean> = Raw extends true ? RawMessage : Message;

/** A message as an append or a save answers it: without what the caller knows. */
export interface AppendedMessage extends MessageFields {
  /** False if it was there before. */
  inserted: boolean;
}

/** A metadata document to write or to filter by: a value, or its JSON text. */
export interface MetadataInput {
  metadata?: JsonObject | null;
  metadataJson?: string | null;
}

/** A content to write: any value that JSON can hold, or plain text, or JSON that is stored byte for byte. */
export interface ContentInput {
  content?: any;
  text?: string | null;
  contentJson?: string | null;
}

/**
 * A thread to be made. A thread that was read may be given as it is; lastSeq, hasMetadata and inserted are then for
 * the store to say, and the microseconds win over the Dates.
 */
export interface NewThread extends MetadataInput {
  /** 1 to 255 bytes; default: a UUID of version 7. */
  id?: string | null;
  resourceId?: string | null;
  title?: string | null;
  createdAt?: Time | null;
  createdAtMicros?: Time | null;
  updatedAt?: Time | null;
  updatedAtMicros?: Time | null;
  lastSeq?: number;
  hasMetadata?: boolean;
  inserted?: boolean;
}

/** What to do when an id that is to be made exists: fail (default), leave it and return it, or overwrite it. */
export type Existing = 'refuse' | 'keep' | 'replace';

/** For threads also: overwrite all of it, both times too, and leave its messages whom they belong to. */
export type ThreadExisting = Existing | 'rewrite';

/**
 * What to do with a message id that stands in another thread: fail (default), move it here if both threads have the
 * same resource, or move it whoever it belongs to.
 */
export type Elsewhere = 'refuse' | 'move' | 'moveAny';

export type Direction = 'ascending' | 'descending';

export interface ThreadChange extends MetadataInput {
  id: string;
  /** Null removes it. */
  title?: string | null;
  /** Null removes it. The messages follow. */
  resourceId?: string | null;
  /** How metadata is taken up: in depth (default, null removes), or its top-level members as they are. */
  merge?: 'deep' | 'shallow';
  /**
   * With a shallow merge: the metadata that the thread must have now, as JSON, or `null` in words for none; if it has
   * another, nothing is written (CONFLICT).
   */
  expectedJson?: string | null;
  /** With a shallow merge: the names of members of the metadata that go. */
  removed?: string[] | null;
}

export interface ThreadCopy extends MetadataInput {
  sourceId: string;
  /** Default: a UUID of version 7. */
  id?: string | null;
  /** Of the copy and its messages; default: the source's. */
  resourceId?: string | null;
  /** Default: "Clone of " and the source's title, or an empty one if it has none. */
  title?: string | null;
  /** Only messages created at or after. */
  from?: Time | null;
  /** Only messages created before. */
  until?: Time | null;
  /** The newest so many of them; default: all. */
  limit?: number;
  /** Only messages of these ids. */
  ids?: string[] | null;
}

export interface ThreadEach extends MetadataInput {
  /** Default: of all resources. The empty string is a resource like any other. */
  resourceId?: string | null;
  order?: 'created' | 'updated';
  direction?: Direction;
  /** Rows of a page; default 100. */
  limit?: number;
  /** From `next` or `prev` of a page of the same query. */
  cursor?: string | null;
}
export interface ThreadQuery extends ThreadEach {
  /** Instead of a cursor: the number of the page, from 0 on; slower the further. */
  page?: number;
  /** Also count all that match. */
  withTotal?: boolean;
}

interface PageFields {
  /** Are there more rows in the direction of reading? */
  hasMore: boolean;
  /** The cursor of what follows. */
  next: string | null;
  /** The cursor of what comes before. */
  prev: string | null;
  /** If it was asked for. */
  total?: number;
}
export interface ThreadPage<Raw extends boolean = false> extends PageFields {
  threads: ThreadOf<Raw>[];
}
export interface MessagePage<Raw extends boolean = false> extends PageFields {
  messages: MessageOf<Raw>[];
  /** Of a page of one thread: its lastSeq when it was read. */
  lastSeq?: number;
}

/** A message to be made. A message that was read may be given as it is; the microseconds win over the Date. */
export interface NewMessage extends ContentInput, MetadataInput {
  /** 1 to 255 bytes; default: a UUID of version 7. */
  id?: string | null;
  /** "user", "assistant", "system", "tool", ... */
  role: string;
  type?: string | null;
  /** Default: the thread's. */
  resourceId?: string | null;
  /** Default: now, never before the thread's newest message. */
  createdAt?: Time | null;
  createdAtMicros?: Time | null;
}

export interface Append {
  threadId: string;
  messages: NewMessage[];
  existing?: Existing;
  elsewhere?: Elsewhere;
}

/** A message to be saved. A message that was read may be given as it is. */
export interface SavedMessage extends NewMessage {
  /** Default: the batch's. */
  threadId?: string | null;
}

export interface Save {
  /** Of the messages that name none. */
  threadId?: string | null;
  messages: SavedMessage[];
  /** Default: `move`. */
  elsewhere?: Elsewhere;
}

/** What becomes of one message; what is absent stays. */
export interface Revision extends ContentInput {
  /** Where it stands; default: wherever. */
  threadId?: string | null;
  id: string;
  /** The content that it must have now, byte for byte; default: any. */
  expectedJson?: string | null;
  role?: string | null;
  type?: string | null;
  /** Instead of what it has; null: none. */
  metadata?: JsonObject | null;
  metadataJson?: string;
  resourceId?: string | null;
  /** Moves it. */
  newThreadId?: string | null;
}

export interface MessageEach extends MetadataInput {
  /** Of this thread, in the order (createdAt, seq); or */
  threadId?: string | null;
  /** of all threads of this resource, in the order (createdAt, threadId, seq). Exactly one of both. */
  resourceId?: string | null;
  /** Only messages created at or after. */
  from?: Time | null;
  /** Only messages created before. */
  until?: Time | null;
  direction?: Direction;
  /** Rows of a page; default 100. */
  limit?: number;
  cursor?: string | null;
}
export interface MessageQuery extends MessageEach {
  page?: number;
  withTotal?: boolean;
}

export interface Found extends MetadataInput {
  limit?: number;
  cursor?: string | null;
}

export interface Anchor {
  messageId: string;
  /** How many messages before it; default 0. */
  before?: number;
  /** How many after it; default 0. */
  after?: number;
}

export interface ByIds {
  /** Default: in whatever thread. */
  threadId?: string | null;
  ids: string[];
  byTime?: boolean;
}

export interface Recall extends MetadataInput {
  /** Of these threads together, each named once; default: of all threads of the resource. */
  threadIds?: string[];
  /** Only messages of this resource, on the page and around anchors. */
  resourceId?: string | null;
  /** Only messages created at or after. */
  from?: Time | null;
  /** Only messages created before. */
  until?: Time | null;
  direction?: Direction;
  /** What the page takes: `limit` rows from `offset` on (default), all from there on, or nothing. */
  extent?: 'page' | 'all' | 'none';
  /** Rows of the page; default 100. */
  limit?: number;
  /** Rows to leave out first; slower the more. */
  offset?: number;
  /** Also count all that match. */
  withTotal?: boolean;
  /** Messages to add with their neighbours, each from its own thread, whatever the filters say. */
  anchors?: Anchor[];
}

/** A message as agents know it. */
export interface AgentMessage {
  id: string;
  role: string;
  createdAt: Date;
  threadId: string;
  resourceId: string | null;
  /** Absent if there is none, or if it is "v2". */
  type?: string;
  content: any;
}

export interface Recalled<Row> {
  /** The page and the windows, each message once. */
  messages: Row[];
  /** How many of the messages are the page's. */
  pageRows: number;
  /** Does the page have more behind it? */
  hasMore: boolean;
  /** All that match, if it was asked for or is known. */
  total?: number;
}
type Bare<Raw extends boolean> = Omit<MessageOf<Raw>, 'metadata' | 'metadataJson'>;

export interface MessageChange extends ContentInput, MetadataInput {
  /** Default: wherever the id stands; an id that stands in several threads is a CONFLICT. */
  threadId?: string | null;
  id: string;
  role?: string | null;
  type?: string | null;
}

export interface Threads {
  /** Makes a thread. Errors: EXISTS, INVALID. */
  create<Raw extends boolean = false>(
    thread?: NewThread & { existing?: ThreadExisting } & RawOption<Raw>,
  ): Promise<ThreadOf<Raw> & { inserted: boolean }>;
  /** Reads a thread with its metadata. Errors: NOT_FOUND. */
  get<Raw extends boolean = false>(id: string, options?: RawOption<Raw>): Promise<ThreadOf<Raw>>;
  /** Changes a thread; metadata is merged. Errors: NOT_FOUND, INVALID, CONFLICT. */
  update<Raw extends boolean = false>(change: ThreadChange & RawOption<Raw>): Promise<ThreadOf<Raw>>;
  /**
   * Copies a thread with its messages inside the server. The messages get new ids and keep all else, their order too.
   * The metadata gets a member `clone`: `{ sourceThreadId, clonedAt, lastMessageId? }`. Errors: NOT_FOUND, EXISTS.
   */
  copy<Raw extends boolean = false>(
    copy: ThreadCopy & RawOption<Raw>,
  ): Promise<{ thread: ThreadOf<Raw>; messages: { id: string; sourceId: string }[] }>;
  /** Deletes a thread with its messages and all metadata; tells how many messages. Errors: NOT_FOUND. */
  delete(id: string): Promise<number>;
  list<Raw extends boolean = false>(query?: ThreadQuery & RawOption<Raw>): Promise<ThreadPage<Raw>>;
  /** All threads of all pages, one page in memory at a time. */
  iterate<Raw extends boolean = false>(query?: ThreadEach & RawOption<Raw>): AsyncGenerator<ThreadOf<Raw>, void, undefined>;
}

export interface Messages {
  /**
   * Appends messages in their order, all or none, in one round trip. With ids of your own and `existing: 'keep'` the
   * call is safe to repeat. Errors: NOT_FOUND (no such thread), EXISTS, INVALID (position: index of the message).
   */
  append(append: Append): Promise<{ messages: AppendedMessage[]; inserted: boolean; lastSeq: number }>;
  /**
   * Saves messages of one or many threads by id, all or none: new ones are appended, others overwritten where they
   * stand or moved here, and keep their time. Of an id that stands twice the last one counts. One answer for each; to
   * an agent its time alone, which is all that may be news.
   * Errors: NOT_FOUND (a thread), EXISTS (an id stands elsewhere and may not be moved), INVALID, CONFLICT.
   */
  save(given: Save & { agent: true }): Promise<Date[]>;
  save(given: Save): Promise<{ messages: AppendedMessage[]; inserted: boolean }>;
  /**
   * Changes messages by id, all or none, if each is still what it is taken for. Errors: CONFLICT (one is not; nothing
   * was written), NOT_FOUND (a thread to move to), EXISTS (the id stands there), INVALID.
   */
  rewrite(given: { revisions: Revision[] }): Promise<MessageFields[]>;
  /** The last `limit` messages of a thread, oldest of them first, however long it is. Errors: NOT_FOUND. */
  last<Raw extends boolean = false>(query: { threadId: string; limit?: number } & RawOption<Raw>): Promise<MessagePage<Raw>>;
  /** Messages of a thread or of a resource. Errors: NOT_FOUND (no such thread), INVALID. */
  list<Raw extends boolean = false>(query: MessageQuery & RawOption<Raw>): Promise<MessagePage<Raw>>;
  /** All messages of all pages, one page in memory at a time. */
  iterate<Raw extends boolean = false>(query: MessageEach & RawOption<Raw>): AsyncGenerator<MessageOf<Raw>, void, undefined>;
  /**
   * What came after `seq` (default 0), lowest first. Go on with the `lastSeq` of the answer, at once if it has more.
   * Never misses a message, however many write. Errors: NOT_FOUND.
   */
  tail<Raw extends boolean = false>(
    query: { threadId: string; seq?: number; limit?: number } & RawOption<Raw>,
  ): Promise<{ messages: MessageOf<Raw>[]; hasMore: boolean; lastSeq: number }>;
  /** Messages with their neighbours, each only once, in the order (thread, createdAt, seq). */
  window<Raw extends boolean = false>(
    window: { threadId?: string | null; anchors: Anchor[] } & RawOption<Raw>,
  ): Promise<MessageOf<Raw>[]>;
  /**
   * What an agent remembers: a page of messages of threads or of a resource, and the messages around others, in the
   * order (createdAt, threadId, seq) or its reverse, without metadata. What does not exist has no messages.
   */
  recall(query: Recall & { agent: true }): Promise<Recalled<AgentMessage>>;
  recall<Raw extends boolean = false>(query: Recall & RawOption<Raw>): Promise<Recalled<Bare<Raw>>>;
  /**
   * Messages by id, in the order of the ids, or, `byTime`, in the order (createdAt, threadId, seq), each once; those that
   * do not exist are left out.
   */
  get(query: ByIds & { agent: true }): Promise<AgentMessage[]>;
  get<Raw extends boolean = false>(query: ByIds & RawOption<Raw>): Promise<MessageOf<Raw>[]>;
  /** Messages of all threads whose metadata contains this, in the order (thread id, message id). */
  find<Raw extends boolean = false>(query: Found & RawOption<Raw>): Promise<MessagePage<Raw>>;
  /** All of them, one page in memory at a time. */
  iterateFound<Raw extends boolean = false>(query: Found & RawOption<Raw>): AsyncGenerator<MessageOf<Raw>, void, undefined>;
  /** Counts a thread's messages created from `from` on and before `until`. Errors: NOT_FOUND. */
  count(query: { threadId: string; from?: Time | null; until?: Time | null }): Promise<number>;
  /** Changes a message; its place and time stay, metadata is merged. Errors: NOT_FOUND, INVALID. */
  update<Raw extends boolean = false>(change: MessageChange & RawOption<Raw>): Promise<MessageOf<Raw>>;
  /** Deletes messages by id, with their metadata; tells how many there were. */
  delete(query: { threadId?: string | null; ids: string[] }): Promise<number>;
}

export interface Conversations {
  /**
   * A whole conversation in one transaction: makes the thread and appends the messages that are not there yet. With
   * ids of your own the call is safe to repeat. Errors: EXISTS (a message id stands in another thread), INVALID.
   */
  import(conversation: {
    thread: NewThread;
    messages: NewMessage[];
  }): Promise<{ thread: Thread; inserted: boolean; messagesInserted: number }>;
}

export interface Owner<Raw extends boolean = false> extends RawOption<Raw> {
  threadId: string;
  /** Absent: the thread's own document. */
  messageId?: string | null;
}
type DocumentOf<Raw extends boolean> = Raw extends true ? string : JsonObject;

/** Each answers the document as it is afterwards. Errors: NOT_FOUND (no such thread or message), INVALID. */
export interface Metadata {
  get<Raw extends boolean = false>(owner: Owner<Raw>): Promise<DocumentOf<Raw>>;
  /** Merges as RFC 7396 says; null removes. Concurrent merges lose nothing of each other. */
  merge<Raw extends boolean = false>(
    given: Owner<Raw> & { patch?: JsonObject; patchJson?: string },
  ): Promise<DocumentOf<Raw>>;
  /** Replaces the document; null values stay. */
  replace<Raw extends boolean = false>(
    given: Owner<Raw> & { document?: JsonObject; documentJson?: string },
  ): Promise<DocumentOf<Raw>>;
  /** Removes top-level keys; those that are not there are no error. */
  remove<Raw extends boolean = false>(given: Owner<Raw> & { keys: string[] }): Promise<DocumentOf<Raw>>;
}

/** What is remembered of whoever an agent serves, in all their threads. */
export interface Resource {
  id: string;
  workingMemory: string | null;
  metadata: JsonObject | null;
  createdAt: Date;
  createdAtMicros: string;
  updatedAt: Date;
  updatedAtMicros: string;
}
export interface ResourceChange extends MetadataInput {
  id: string;
  /** Absent: stays; null: none. */
  workingMemory?: string | null;
  /** The names of members of the metadata that go. */
  removed?: string[] | null;
}
export interface NewResource extends Omit<ResourceChange, 'removed'> {
  /** Default: now. */
  createdAt?: Time | null;
  createdAtMicros?: string | bigint;
  /** Default: as `createdAt`. */
  updatedAt?: Time | null;
  updatedAtMicros?: string | bigint;
}

export interface Resources {
  /** Errors: NOT_FOUND. */
  get(id: string): Promise<Resource>;
  /** Errors: EXISTS, INVALID. */
  create(resource: NewResource): Promise<Resource>;
  /**
   * Changes a resource, and creates it if it is not there. Members of `metadata` take the place of those of the same
   * name. Concurrent changes lose nothing of each other.
   */
  update(change: ResourceChange): Promise<Resource & { inserted: boolean }>;
}

/** Whose observations: a thread's, or, without one, a resource's. */
export type ObservationScope =
  | { threadId: string; resourceId?: string | null }
  | { threadId?: null; resourceId: string };

/** A piece of what was noted, that waits. May have further members. */
export interface ObservationChunk {
  id: string;
  cycleId: string;
  observations: string;
  tokenCount: number;
  messageIds: string[];
  messageTokens: number;
  lastObservedAt: Date;
  createdAt: Date;
  [further: string]: any;
}

/** What an agent has noted of a thread or a resource: one generation. null: there is none. */
export interface Observation {
  id: string;
  threadId: string | null;
  resourceId: string;
  generation: number;
  origin: 'initial' | 'reflection';
  createdAt: Date;
  createdAtMicros: string;
  updatedAt: Date;
  updatedAtMicros: string;
  lastObservedAt: Date | null;
  lastObservedAtMicros?: string;
  /** The text that is in use. */
  active: string;
  /** What `buffer` appended. */
  chunks: ObservationChunk[];
  /** A buffer as older writers had it. */
  buffered: string | null;
  bufferedTokens: number | null;
  bufferedMessageIds: string[] | null;
  /** What `bufferReflection` appended. */
  reflection: string | null;
  reflectionTokens: number | null;
  reflectionInputTokens: number | null;
  reflectedLines: number | null;
  observedMessageIds: string[] | null;
  timezone: string | null;
  /** Of all that was ever observed. */
  totalTokens: number;
  activeTokens: number;
  /** Of messages that are not observed yet. */
  pendingTokens: number;
  isReflecting: boolean;
  isObserving: boolean;
  isBufferingObservation: boolean;
  isBufferingReflection: boolean;
  lastBufferedTokens: number;
  lastBufferedAt: Date | null;
  lastBufferedAtMicros?: string;
  config: JsonObject;
  metadata: JsonObject | null;
}

/** A record to put in as it is, what was read for example. */
export type NewObservation = ObservationScope & Partial<Omit<Observation, 'threadId' | 'resourceId'>>;

/** Each changes the record of an id, under the lock of its row. Errors: NOT_FOUND, INVALID. */
export interface Observations {
  /** The newest generation. */
  get(scope: ObservationScope): Promise<Observation>;
  /** All of them, newest first; `until` does not belong to them. */
  history(
    query: ObservationScope & { from?: Time | null; until?: Time | null; limit?: number; offset?: number },
  ): Promise<Observation[]>;
  /** The newest generation, which is made if there is none. */
  init(
    given: ObservationScope & { config?: JsonObject | null; configJson?: string | null; timezone?: string | null },
  ): Promise<Observation & { inserted: boolean }>;
  /** Puts a record in; where there is one of its generation, it comes before that. Errors: EXISTS. */
  insert(record: NewObservation): Promise<Observation>;
  /** Replaces the active text, adds its tokens to the total; nothing pends then. */
  update(change: {
    id: string;
    active: string;
    tokens: number;
    lastObservedAt: Time;
    /** Absent: stay. */
    observedMessageIds?: string[] | null;
  }): Promise<void>;
  /** Sets what is named. */
  mark(marks: {
    id: string;
    isReflecting?: boolean | null;
    isObserving?: boolean | null;
    isBufferingObservation?: boolean | null;
    isBufferingReflection?: boolean | null;
    lastBufferedTokens?: number | null;
    pendingTokens?: number | null;
  }): Promise<void>;
  /** Merges objects in depth; all else replaces, null too. */
  mergeConfig(given: { id: string; config?: JsonObject; configJson?: string }): Promise<void>;
  /** Appends a chunk, unless there is one of its cycle. */
  buffer(chunk: {
    id: string;
    cycleId: string;
    observations: string;
    tokens: number;
    messageIds?: string[] | null;
    messageTokens: number;
    lastObservedAt: Time;
    /** Further members of the chunk. */
    more?: JsonObject | null;
    moreJson?: string | null;
    /** The record's; absent: stays. */
    lastBufferedAt?: Time | null;
  }): Promise<{ inserted: boolean }>;
  /**
   * Moves chunks from the first on to the active text, until of `pendingTokens` only `threshold * (1 - ratio)` are left;
   * pgc_observation(3) says how near. Gives those that it moved.
   */
  activate(activation: {
    id: string;
    ratio: number;
    threshold: number;
    pendingTokens: number;
    force?: boolean;
    /** The chunks as they were read, with newer numbers: only these are moved. */
    chunks?: Partial<ObservationChunk>[] | null;
    /** Absent: as the last chunk says. */
    lastObservedAt?: Time | null;
  }): Promise<ObservationChunk[]>;
  /** Makes the next generation. Errors: CONFLICT. */
  reflect(given: { id: string; reflection: string; tokens: number }): Promise<Observation>;
  /** Appends to the reflection that waits. */
  bufferReflection(given: {
    id: string;
    reflection: string;
    tokens: number;
    inputTokens: number;
    /** How many lines of the active text it was made of. */
    lines: number;
  }): Promise<void>;
  /** Makes the next generation of the reflection that waits and the lines behind. Errors: CONFLICT (none waits). */
  activateReflection(given: { id: string; tokens: number }): Promise<Observation>;
  /** Deletes all generations; tells how many there were. */
  clear(scope: ObservationScope): Promise<number>;
}

interface RunFields {
  workflowName: string;
  runId: string;
  resourceId: string | null;
  createdAt: Date;
  /** Microseconds since 1970, in digits. */
  createdAtMicros: string;
  updatedAt: Date;
  updatedAtMicros: string;
}
/** A run of a workflow. */
export interface Run extends RunFields {
  snapshot: JsonObject;
}
export interface RawRun extends RunFields {
  snapshotJson: string;
}
type RunOf<Raw extends boolean> = Raw extends true ? RawRun : Run;

/** A run is known by both. */
export interface RunIds {
  workflowName: string;
  runId: string;
}

export interface NewRun extends RunIds {
  /** Default: nobody's, or as it is. */
  resourceId?: string | null;
  snapshot?: JsonObject | null;
  snapshotJson?: string | null;
  /** Default: now. Of a run that is there it stays as it is. */
  createdAt?: Time | null;
  createdAtMicros?: Time | null;
  /** Default: now. */
  updatedAt?: Time | null;
  updatedAtMicros?: Time | null;
}

export interface RunEach {
  workflowName?: string | null;
  /** The member `status` of the snapshot. */
  status?: string | null;
  /** The empty string is a resource like any other. */
  resourceId?: string | null;
  /** Runs that wait in a conversation of this thread. */
  threadId?: string | null;
  /** Only runs created at or after. */
  from?: Time | null;
  /** Only runs created before. */
  until?: Time | null;
  direction?: Direction;
  /** Rows of a page; default 100. */
  limit?: number;
  cursor?: string | null;
}
export interface RunQuery extends RunEach {
  page?: number;
  withTotal?: boolean;
}
export interface RunPage<Raw extends boolean = false> extends PageFields {
  runs: RunOf<Raw>[];
}

export interface RunStep extends RunIds {
  /** The member of the context. */
  stepId: string;
  /** Its new value: anything that JSON can hold. */
  result?: any;
  resultJson?: string | null;
  /** Members of the old result that go when the new one is merged into it. */
  resultWithout?: string[] | null;
  /** Merged into the snapshot's. */
  requestContext?: JsonObject | null;
  requestContextJson?: string | null;
  /** Members that go from it before. */
  requestContextWithout?: string[] | null;
  /** The snapshot of a run that is not there, to put the step in. */
  initial?: JsonObject | null;
  initialJson?: string | null;
}

export interface RunState extends RunIds {
  /** Members that replace those of the snapshot. */
  members?: JsonObject | null;
  membersJson?: string | null;
  /** Members of the snapshot that go. */
  without?: string[] | null;
  /** The change is made only if the status is one of these; default: whatever it is. */
  expected?: string[] | null;
}

/** What scores are found by. */
export interface ScoreMarks {
  scorerId?: string | null;
  runId?: string | null;
  entityId?: string | null;
  entityType?: string | null;
  source?: string | null;
  traceId?: string | null;
  spanId?: string | null;
  organizationId?: string | null;
  projectId?: string | null;
}

type ScoreFields = { id: string } & { [Mark in keyof ScoreMarks]-?: string | null } & {
  createdAt: Date;
  /** Microseconds since 1970, in digits. */
  createdAtMicros: string;
  updatedAt: Date;
  updatedAtMicros: string;
};
export type Score = ScoreFields & { document: any };
export type RawScore = ScoreFields & { documentJson: string };
type ScoreOf<Raw extends boolean> = Raw extends true ? RawScore : Score;

export interface NewScore extends ScoreMarks {
  /** Default: a UUID of version 7. */
  id?: string | null;
  /** Anything that JSON can hold; `documentJson` is stored byte for byte. */
  document?: any;
  documentJson?: string | null;
  createdAt?: Time | null;
  createdAtMicros?: Time | null;
  updatedAt?: Time | null;
  updatedAtMicros?: Time | null;
}

export interface ScoreEach extends ScoreMarks {
  /** Only scores created at or after. */
  from?: Time | null;
  /** Only scores created before. */
  until?: Time | null;
  direction?: Direction;
  /** Rows of a page; default 100. */
  limit?: number;
  cursor?: string | null;
}
export interface ScoreQuery extends ScoreEach {
  page?: number;
  withTotal?: boolean;
}
export interface ScorePage<Raw extends boolean = false> extends PageFields {
  scores: ScoreOf<Raw>[];
}

export interface Runs {
  /** Writes a run's snapshot, in place of the one it has. */
  put(run: NewRun): Promise<{ inserted: boolean }>;
  /** Reads a run; without a name, of all that have the id the one created last. Errors: NOT_FOUND. */
  get<Raw extends boolean = false>(
    query: { workflowName?: string | null; runId: string } & RawOption<Raw>,
  ): Promise<RunOf<Raw>>;
  list<Raw extends boolean = false>(query?: RunQuery & RawOption<Raw>): Promise<RunPage<Raw>>;
  /** All runs of all pages, one page in memory at a time. */
  iterate<Raw extends boolean = false>(query?: RunEach & RawOption<Raw>): AsyncGenerator<RunOf<Raw>, void, undefined>;
  /** Deletes a run; tells how many there were: 0 or 1. */
  delete(run: RunIds): Promise<number>;
  /**
   * Puts a step's result into a run's context, which it answers, and makes the run if it is not there. Of concurrent
   * results none is lost. Outputs that are arrays merge place by place. Errors: NOT_FOUND (it has no context).
   */
  step<Raw extends boolean = false>(step: RunStep & RawOption<Raw>): Promise<Raw extends true ? string : JsonObject>;
  /**
   * Changes members of a run's snapshot; null if there is no such run, or its status is not one that is expected:
   * then nothing is written. Errors: NOT_FOUND (it has no context).
   */
  state<Raw extends boolean = false>(state: RunState & RawOption<Raw>): Promise<RunOf<Raw> | null>;
}

export interface Scores {
  /** Writes a score, wholly in place of one that has its id. */
  put(score: NewScore): Promise<ScoreFields & { inserted: boolean }>;
  /** Errors: NOT_FOUND. */
  get<Raw extends boolean = false>(id: string, options?: RawOption<Raw>): Promise<ScoreOf<Raw>>;
  list<Raw extends boolean = false>(query?: ScoreQuery & RawOption<Raw>): Promise<ScorePage<Raw>>;
  /** All scores of all pages, one page in memory at a time. */
  iterate<Raw extends boolean = false>(query?: ScoreEach & RawOption<Raw>): AsyncGenerator<ScoreOf<Raw>, void, undefined>;
}

export interface Prune {
  /** Runs are old by the time of their last change, all else by that of its creation. */
  table: 'threads' | 'messages' | 'resources' | 'runs' | 'scores';
  /** What is older goes. */
  before: Time;
  /** Rows at most; default 1,000. */
  limit?: number;
  /** Messages only: `next` of the call before, which spares this one the search among what that has left. */
  cursor?: string;
}

export interface Pruned {
  /** How many rows went. When it is less than the limit, nothing old is left; of messages, from the cursor on. */
  count: number;
  /** Messages only: where the next call can go on. */
  next?: string;
}

export interface PoolStatus {
  /** Connections that exist. */
  open: number;
  idle: number;
  leased: number;
  /** Calls that wait for a connection. */
  waiting: number;
  max: number;
}

export interface AdoptOptions {
  /** The schema of Mastra's tables, in the same database. Needed unless `back`. */
  fromSchema?: string;
  /** The zone of dates that were written as local time, as PostgreSQL knows it ("America/New_York"). Default: UTC. */
  timeZone?: string;
  /** The other way round: writes tables that @mastra/pg 1.27 reads, into the schema `toSchema`. */
  back?: boolean;
  toSchema?: string;
  /** Change nothing, but report what would be done. */
  dryRun?: boolean;
}

export interface AdoptReport {
  schema: string;
  back: boolean;
  dryRun: boolean;
  timeZone: string;
  /** Of each table of Mastra's that has a place in a store: found = copied + existing + refused. */
  tables: { name: string; present: boolean; found: number; copied: number; existing: number; refused: number }[];
  /** What was decided where the rows do not say it, and how many it concerned. */
  decisions: { table: string; column: string | null; text: string; rows?: number }[];
  /** Each row that the store does not take. */
  refusals: { table: string; id: string; reason: string }[];
}

/** How long something took, in milliseconds. Percentiles are right within an eighth. */
export interface Latency {
  count: number;
  sumMillis: number;
  maxMillis: number;
  p50Millis: number;
  p90Millis: number;
  p99Millis: number;
  /** Where each bucket that is not empty begins, and how many are in it. */
  buckets: [number, number][];
}

/** One kind of operation. */
export interface OperationCounters {
  /** Those that are neither succeeded nor failed are under way. */
  started: number;
  succeeded: number;
  failed: number;
  /** Times that statements were sent again within a call. */
  retried: number;
  /** That the server answered with, those that only the library looks at included. */
  rows: number;
  /** Payload: parameters and values, without the protocol's own bytes. */
  bytesSent: number;
  bytesReceived: number;
  /** From the call of the library to its outcome, of all that succeeded or failed. */
  latency: Latency;
}

/**
 * What a store has done since it was opened (at its first use, and anew when a `password` function had to be asked
 * again).
 */
export interface Counters extends Omit<OperationCounters, 'latency'> {
  /** By the name of the operation in the C library, in camelCase (`messageAppend`); only those that were used. */
  operations: { [operation: string]: OperationCounters };
  /** How often operations failed, by code; only those that came. */
  errors: { [code in ErrorCode]?: number };
  /** At this moment. */
  pool: PoolStatus;
  /** Connections that were made, of these in place of a lost one; attempts that failed; that broke; that were closed. */
  connections: {
    made: number;
    remade: number;
    failed: number;
    lost: number;
    expiredIdle: number;
    expiredAge: number;
  };
  /** Operations that were run again by themselves, and after what. */
  retries: { connect: number; lost: number; conflict: number };
  /** Operations that waited for a connection, of these in vain; those that found the queue full; how long they waited. */
  waits: { count: number; failed: number; refused: number; sumMillis: number; maxMillis: number };
}

/** What the tracing channel `pgconvo:operation` of `node:diagnostics_channel` tells with each of its events. */
export interface OperationTrace {
  /** As in Counters. */
  operation: string;
  schemaName: string | undefined;
  /** With `error`, and with what follows it. */
  error?: unknown;
  result?: unknown;
}

/** What may end a call before it is done. */
export interface Limits {
  /** Aborting it ends the call with CANCELLED, whose `cause` is the signal's reason. */
  signal?: AbortSignal;
  /** How long each call may take, whatever it waits for (TIMEOUT); goes over `callTimeoutMillis`. */
  timeoutMillis?: number;
}

/** The calls of a store. */
declare class Calls {
  readonly threads: Threads;
  readonly messages: Messages;
  readonly conversations: Conversations;
  readonly metadata: Metadata;
  readonly resources: Resources;
  readonly observations: Observations;
  readonly runs: Runs;
  readonly scores: Scores;
  /**
   * The same calls of the same store with limits. A call ends within a tenth of a second of its limit: the server is
   * asked to stop, and if it does not answer the connection is cut. The error's `retry` is `safe` if nothing was done,
   * `unknown` if that cannot be told. Limits given later go over those given before.
   */
  with(limits: Limits): Calls;
  /** Connects and brings the schema to where `schemaMode` says; every other call does so by itself at first use. */
  init(): Promise<void>;
  /**
   * Deletes rows that are older than a moment, at most `limit` in this call, and tells how many. A thread goes with its
   * messages, and both with their metadata.
   */
  prune(options: Prune): Promise<Pruned>;
  /**
   * Deletes all there is, in one transaction: memory (threads with all that is theirs, resources, observations), runs,
   * or scores. Tells how many threads, runs or scores.
   */
  clear(what: 'memory' | 'runs' | 'scores'): Promise<number>;
}

export declare class Store extends Calls {
  /** Checks the options (INVALID); connects at first use. */
  constructor(options?: StoreOptions);
  /**
   * Ends when all calls under way have ended and every connection is closed; new calls are refused (CLOSED). With
   * `cancel` it cancels those under way (CANCELLED, or CLOSED for those that waited); may be called after a plain
   * close, to hurry it.
   */
  close(options?: { cancel?: boolean }): Promise<void>;
  poolStatus(): PoolStatus;
  /** Asks nobody, so that it can be called at any moment. */
  counters(): Counters;
  /**
   * Copies what @mastra/pg (0.10 to 1.27) keeps in another schema of the same database into the store; with `back`,
   * the other way. What is there already stays, so that the call can be repeated. It runs beside the event loop, with
   * two connections of its own, and may take long. Errors: INVALID, NOT_FOUND (no tables of Mastra there).
   */
  adopt(options: AdoptOptions): Promise<AdoptReport>;
  /**
   * Direct access to the same database: a pg.Pool, pg-promise on that pool, and the main instance of pg-promise. Made
   * at first use, ended by close. Needs one host: what pg cannot do as libpq does is an error (INVALID).
   */
  readonly pool: Pool;
  readonly db: pgPromise.IDatabase<{}>;
  readonly pgp: pgPromise.IMain<{}>;
  /** The schema in use; undefined while it is not known (default schema before first use). */
  readonly schemaName: string | undefined;
}

export type ErrorCode =
  | 'NOMEM'
  | 'INVALID'
  | 'NOT_FOUND'
  | 'EXISTS'
  | 'CONFLICT'
  | 'CONSTRAINT'
  | 'DATA'
  | 'DENIED'
  | 'AUTH'
  | 'CONNECT'
  | 'LOST'
  | 'TIMEOUT'
  | 'CANCELLED'
  | 'BUSY'
  | 'SCHEMA'
  | 'SERVER'
  | 'CLOSED'
  | 'LOCAL'
  | 'INTERNAL'
  | 'TOO_LARGE';

/** What every method rejects with. Never holds a password or a message's content. */
export declare class PgconvoError extends Error {
  readonly name: 'PgconvoError';
  readonly code: ErrorCode;
  /**
   * May the same call be made again? `no`: it would fail again; `safe`: nothing was done; `unknown`: it may have been
   * done, so only for calls that are safe to repeat.
   */
  readonly retry: 'no' | 'safe' | 'unknown';
  /** Five characters from the server. */
  readonly sqlstate?: string;
  /** More from the server. */
  readonly detail?: string;
  /** What to do about it. */
  readonly hint?: string;
  /** The violated constraint. */
  readonly constraint?: string;
  /** Byte offset in the offending value, or index of the offending element. */
  readonly position?: number;
}

/** The SQL that creates the schema, as a script for psql. Needs no connection. */
export declare function schemaSql(options?: { schemaName?: string | null; metadataIndex?: boolean }): string;

/**
 * The SQL that gives a role of the database what it needs for the store and no more, as a script for psql. What an owner (who makes and
 * upgrades the tables) needs is run by an administrator before there is a store, what a writer or a reader needs by the owner, afterwards.
 * Without `schemaName` (not for an owner): for the default schema of whoever runs it. Needs no connection.
 */
export declare function schemaGrants(options: {
  kind: 'owner' | 'writer' | 'reader';
  role: string;
  schemaName?: string | null;
}): string;

/** The version of the C library inside. */
export declare const libraryVersion: string;
