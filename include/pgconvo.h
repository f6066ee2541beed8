/*
 * pgconvo: conversation storage for AI agents on PostgreSQL.
 *
 * This is the whole public interface of libpgconvo. It stores threads (conversations), their
 * messages, and metadata about both. It is not an ORM and not a general PostgreSQL client: for your
 * own SQL, lease a connection (pgc_lease_acquire) and talk libpq.
 *
 * Conventions, true for every function below unless it says otherwise:
 *
 *  - Status functions return 0 for success and a negative pgc_code for failure; the same code, with
 *    text, is written to `err` when `err` is not NULL. Output parameters are set only on success.
 *  - Every operation comes twice: `pgc_x()` blocks until it is done; `pgc_x_start()` begins it and
 *    calls back. If a start call fails, nothing calls back; if it succeeds, the callback is called
 *    exactly once, later, from pgc_store_on_event, pgc_store_on_timer, pgc_store_poll, pgc_op_wait
 *    or pgc_store_close, never from the start call itself. Arguments are copied: they need to live
 *    only until the call returns.
 *  - Blocking functions may be called from any number of threads on one store. The event-driven
 *    face (start, watch, on_event, on_timer, poll, op_wait) belongs to one thread at a time.
 *  - Strings in are pgc_str: a pointer and a length in bytes, so that nothing is cut at a NUL.
 *    `pgc_z("text")` makes one from a C string. A pgc_str whose `data` is NULL means "absent".
 *    Strings out are pgc_str too and are NUL-terminated as well.
 *  - Text is UTF-8. Titles, plain-text contents and the string values of metadata may also hold
 *    U+0000 and lone surrogates (in their three-byte form, as in WTF-8), so that all that a
 *    JavaScript string can hold survives. Anything else that is not UTF-8 is refused with
 *    PGC_INVALID and the byte position.
 *  - Ids are 1 to 255 bytes of UTF-8 without U+0000. Resource ids may also be empty.
 *  - JSON goes in and out as text. Message contents come back byte for byte. Metadata is a JSON
 *    object of which every value comes back; order of keys, white space and duplicate keys do not
 *    (PostgreSQL's jsonb).
 *  - Times are int64_t microseconds since 1970-01-01 00:00:00 UTC; PGC_NO_TIME means "absent".
 *  - A result (pgc_result) owns all that it shows; free it once with pgc_result_free. It outlives
 *    its store.
 *  - Option and argument structs begin with their size, set by their INIT macro. Fields are only
 *    ever added at the end; a longer struct from a newer header is accepted if the part this
 *    library does not know is zero.
 *
 * Since 0.1 unless noted.
 */
#ifndef PGCONVO_H
#define PGCONVO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define PGC_EXPORT __attribute__((visibility("default")))
#define PGC_MUST_CHECK __attribute__((warn_unused_result))
#else
#define PGC_EXPORT
#define PGC_MUST_CHECK
#endif

/* ---- Version --------------------------------------------------------------------------------- */

#define PGC_VERSION_MAJOR 0
#define PGC_VERSION_MINOR 1
#define PGC_VERSION_PATCH 0
#define PGC_VERSION_STRING "0.1.0"

/* The version of the library in use, as "major.minor.patch"; static storage. Any thread. */
PGC_EXPORT const char *pgc_version(void);

/*
 * ---- Strings, times, errors
 * ------------------------------------------------------------------------------------
 */

/*
 * `size` bytes at `data`; data == NULL means absent. Strings that the library gives out also end
 * with a NUL.
 */
typedef struct pgc_str {
    const char *data;
    size_t size;
} pgc_str;

/* A pgc_str of a C string; NULL gives an absent one. */
static inline pgc_str pgc_z(const char *text) {
    pgc_str s = {text, text == NULL ? 0 : strlen(text)};
    return s;
}

/* An absent string, for readability. */
static inline pgc_str pgc_none(void) {
    pgc_str s = {NULL, 0};
    return s;
}

#define PGC_NO_TIME INT64_MIN
#define PGC_ID_MAX 255    /* bytes in an id */
#define PGC_SCHEMA_MAX 63 /* bytes in a schema name */

/*
 * Every error there is: code, number, what it means. Numbers never change. Functions return them
 * negative.
 */
#define PGC_CODES(X)                                              \
    X(OK, 0, "no error")                                          \
    X(NOMEM, 1, "out of memory")                                  \
    X(INVALID, 2, "an argument is not valid")                     \
    X(NOT_FOUND, 3, "no such thread or message")                  \
    X(EXISTS, 4, "the id exists already")                         \
    X(CONFLICT, 5, "a concurrent change got in the way")          \
    X(CONSTRAINT, 6, "a constraint of the database was violated") \
    X(DATA, 7, "the database refused a value")                    \
    X(DENIED, 8, "a privilege is missing")                        \
    X(AUTH, 9, "authentication failed")                           \
    X(CONNECT, 10, "no connection could be made")                 \
    X(LOST, 11, "the connection was lost")                        \
    X(TIMEOUT, 12, "the time limit was reached")                  \
    X(CANCELLED, 13, "the operation was cancelled")               \
    X(BUSY, 14, "no connection became free in time")              \
    X(SCHEMA, 15, "the schema is not as this library needs it")   \
    X(SERVER, 16, "the server reported an error")                 \
    X(CLOSED, 17, "the store is closed")                          \
    X(LOCAL, 18, "the private server could not be used")          \
    X(INTERNAL, 19, "an error in pgconvo itself")                 \
    X(TOO_LARGE, 20, "the result is larger than the limit")

typedef enum pgc_code {
#define PGC_CODE_ENUM(name, number, text) PGC_##name = number,
    PGC_CODES(PGC_CODE_ENUM)
#undef PGC_CODE_ENUM
} pgc_code;

/* May the same call be made again? */
typedef enum pgc_retry {
    PGC_RETRY_NO = 0,   /* it would fail again */
    PGC_RETRY_SAFE = 1, /* nothing was done; trying again is safe */
    /* it may or may not have been done; safe only for calls that are idempotent (own ids) */
    PGC_RETRY_UNKNOWN = 2,
} pgc_retry;

/*
 * What went wrong. Owned by the caller, fixed in size, needs no freeing; never holds a password or
 * a message's content.
 */
typedef struct pgc_error {
    pgc_code code;
    pgc_retry retry;
    char sqlstate[6]; /* five characters from the server, or "" */
    /* what was tried and what happened, lower case, no full stop; names the field */
    char message[256];
    char detail[256];    /* more from the server, or "" */
    char hint[256];      /* what to do about it, a sentence, or "" */
    char constraint[64]; /* name of the violated constraint, or "" */
    /* byte offset in the offending value, or index of the offending array element; -1: none */
    int64_t position;
} pgc_error;

/*
 * The name of a code ("NOT_FOUND") and its text ("no such thread or message"). Static storage. Any
 * thread.
 */
PGC_EXPORT const char *pgc_code_name(int code);
PGC_EXPORT const char *pgc_code_text(int code);

/*
 * Fills in what is told when memory ran out, and returns -PGC_NOMEM: for what stands around the
 * library, such as adapters to event loops. `err` may be NULL. Any thread.
 */
PGC_EXPORT int pgc_error_nomem(pgc_error *err);

/* ---- The store ------------------------------------------------------------------------------- */

typedef struct pgc_store pgc_store; /* a schema in a database, and the pool of connections to it */
typedef struct pgc_op pgc_op;       /* an operation that was started and is not yet done */
typedef struct pgc_result pgc_result; /* what an operation brought */
typedef struct pgc_lease pgc_lease;   /* a connection lent to the caller */

/* What to do about the schema at first use. */
typedef enum pgc_schema_mode {
    PGC_SCHEMA_AUTO = 0,   /* create it if absent, upgrade it if older */
    PGC_SCHEMA_VERIFY = 1, /* refuse to work if it is absent or older; change nothing */
    PGC_SCHEMA_NONE = 2,   /* do not look */
} pgc_schema_mode;

/*
 * How statements are sent; matters where a pooler stands between the store and the server. That one
 * is noticed in each mode, at no cost; then settings are made for each transaction, and nothing
 * else is left behind in the session.
 */
typedef enum pgc_statement_mode {
    PGC_STATEMENTS_AUTO = 0, /* named, or unnamed where there is a pooler */
    /* prepared once per connection; through a pooler only if that keeps prepared statements */
    PGC_STATEMENTS_NAMED = 1,
    PGC_STATEMENTS_UNNAMED = 2, /* prepared at each call, as through a pooler that nobody noticed */
} pgc_statement_mode;

/* Where calls that only read may run, and so how old what they see may be. */
typedef enum pgc_reads {
    PGC_READS_PRIMARY = 0, /* where all else runs */
    /*
     * on a standby, which may not have heard yet of what was written last. Where it cannot be used
     * (no reader is set, no connection, the schema is not there yet): on the primary
     */
    PGC_READS_STALE = 1,
    /*
     * on a standby that has all that was acknowledged to this store, by any handle, before the call
     * began. One that is behind is waited for, for a tenth of a second at most, then the primary is
     * asked. The writes of other stores and processes are seen when they have arrived
     */
    PGC_READS_OWN_WRITES = 2,
} pgc_reads;

/*
 * Where the store is and how to use it. All fields are optional. A parameter given here wins over
 * the same one in `url`, which wins over libpq's environment variables and service file.
 */
typedef struct pgc_store_options {
    size_t size; /* set by PGC_STORE_OPTIONS_INIT */
    /*
     * postgresql://... or "host=... dbname=..." (all that libpq takes), or "local:" / "local:/path"
     * for a private server (see pgc_local_status). Of several hosts, the one that takes writes is
     * used, unless target_session_attrs says otherwise
     */
    pgc_str url;
    pgc_str host;  /* name, address, or folder of the unix socket; may be a list as in libpq */
    uint16_t port; /* 0: absent */
    pgc_str database;
    pgc_str user;
    pgc_str password;
    /* any legal name, 1 to 63 bytes, always quoted; absent: the connection's default */
    pgc_str schema;
    pgc_schema_mode schema_mode;
    pgc_str sslmode;     /* as in libpq: disable, prefer, require, verify-ca, verify-full */
    pgc_str sslrootcert; /* file names, as in libpq */
    pgc_str sslcert;
    pgc_str sslkey;
    pgc_str application_name; /* default "pgconvo" */
    uint32_t max_connections; /* ceiling of the pool, leased ones included; 0: 10 */
    /* a connection unused for so long is closed at the next use of the store; 0: 30,000 */
    uint32_t idle_timeout_ms;
    uint32_t acquire_timeout_ms;   /* how long a call may wait for a connection; 0: 30,000 */
    uint32_t connect_timeout_ms;   /* how long making a connection may take; 0: 10,000 */
    uint32_t statement_timeout_ms; /* limit for each statement on the server; 0: none */
    /*
     * make the index for metadata filters (GIN) together with the schema; it costs a little on each
     * change of metadata. For a store that exists: pgc_metadata_index_create
     */
    bool metadata_index;
    pgc_statement_mode statement_mode;
    /*
     * limit for each call from its beginning to its end, whatever it waits for: a connection, the
     * network, the server (but for the look-up of names, which is libpq's); 0: none. A call with a
     * limit also waits for a server that takes no connections, see no_retry
     */
    uint32_t call_timeout_ms;
    /*
     * only one thread will use the store, and only by started operations: calls that wait and
     * leases are refused (INVALID). In return an idle connection stays watched, which saves its
     * event loop two changes of a watch with each call, and one that the server closes is let go
     * of at once
     */
    bool event_loop_alone;
    /*
     * pgc_store_init makes so many connections, and being idle closes them no further than that
     */
    uint32_t min_connections;
    /*
     * how many calls may wait for a connection: one more fails at once with BUSY; 0: any number
     */
    uint32_t max_waiting;
    /*
     * a connection that is older is closed when it is next taken or given back, never in use; each
     * has its own age between nine tenths of this and all of it; 0: it gets as old as it likes
     */
    uint32_t max_lifetime_ms;
    /*
     * the library repeats nothing by itself. Else it tries again, where that is safe: what a
     * serialization failure or a deadlock rolled back, a few times; and within the time limit of
     * the call, if it has one, a connection that could not be made, and reads whose connection
     * broke. A call without a limit is told of a refused connection at once
     */
    bool no_retry;
    /*
     * the largest answer of the server to a call, in bytes on the network; one that is larger ends
     * with TOO_LARGE while it comes, and its connection is closed. 0: 1 GiB. Leases have no limit
     */
    uint64_t max_result_bytes;
    /* the largest content of a message, in bytes as it is stored; 0: 256 MiB, which is the most */
    uint32_t max_message_bytes;
    /*
     * A second pool, for calls that only read and may do so elsewhere. `reader_url` is a connection
     * string as `url`, to standbys; host and port of the options are not for it, the other fields
     * are. Or `read_standbys`: a standby among the hosts of `url`.
     */
    pgc_str reader_url;
    bool read_standbys;
    uint32_t reader_max_connections; /* its ceiling; 0: that of max_connections */
    pgc_reads reads; /* of the store's own handle; see pgc_store_with_reads for others */
} pgc_store_options;

#define PGC_STORE_OPTIONS_INIT \
    { .size = sizeof(pgc_store_options) }

/*
 * Opens a store. Checks the options and, for "local:", starts or joins the private server (which
 * may block for a second or two); connects only at first use. `*store` is the caller's: close it,
 * then free it. Errors: INVALID (an option; the message names it), LOCAL, NOMEM. Any thread.
 */
PGC_EXPORT PGC_MUST_CHECK int pgc_store_open(const pgc_store_options *options, pgc_store **store,
                                             pgc_error *err);

/*
 * Another handle of the same store, whose calls have a time limit of their own (0: none) instead of
 * the option's call_timeout_ms. A call whose time is up ends within a tenth of a second with
 * TIMEOUT: the server is asked to cancel it, and if it does not answer at once the connection is
 * cut. `retry` is SAFE if nothing was done, UNKNOWN if that cannot be told. A call that could not
 * connect in that time ends with TIMEOUT as well, and says what the server or the network said.
 * Free the handle with
 * pgc_store_free, which leaves the store open, before the store itself. Errors: NOMEM. Any thread.
 */
PGC_EXPORT PGC_MUST_CHECK int pgc_store_with_timeout(pgc_store *store, uint32_t timeout_ms,
                                                     pgc_store **handle, pgc_error *err);

/*
 * Another handle of the same store, whose calls may run elsewhere if they only read; its time limit
 * is that of `store`, as pgc_store_with_timeout keeps what its store says of reads. What was
 * written through a lease counts when that is released. Free it as one of pgc_store_with_timeout.
 * Errors: INVALID (`reads`), NOMEM. Any thread.
 */
PGC_EXPORT PGC_MUST_CHECK int pgc_store_with_reads(pgc_store *store, pgc_reads reads,
                                                   pgc_store **handle, pgc_error *err);

/*
 * Connects if need be and brings the schema to where schema_mode says; every other call does this
 * by itself at first use. Costs one round trip on a schema that is up to date. When that is done,
 * it makes the others of min_connections, all at once; it does not fail if one of these cannot be
 * made. Errors: CONNECT,
 * AUTH, DENIED (no CREATE privilege), SCHEMA (absent, older, newer, not ours, altered).
 */
PGC_EXPORT PGC_MUST_CHECK int pgc_store_init(pgc_store *store, pgc_error *err);
PGC_EXPORT PGC_MUST_CHECK int pgc_store_init_start(pgc_store *store,
                                                   void (*done)(pgc_op *op, void *payload),
                                                   void *payload, pgc_op **op, pgc_error *err);

/*
 * The name of the schema in use, or "" while it is not known yet (default schema before first use).
 * The text belongs to the store. Any thread.
 */
PGC_EXPORT const char *pgc_store_schema(const pgc_store *store);

/* How to treat what is running when a store closes. */
typedef enum pgc_close_mode {
    /* let running operations end and leases come back; queued ones end with CLOSED */
    PGC_CLOSE_WAIT = 0,
    PGC_CLOSE_CANCEL = 1, /* cancel running operations (CANCELLED); leased connections are cut */
} pgc_close_mode;

/*
 * Closes the store: no new operation is accepted (CLOSED), running ones end as `mode` says, every
 * connection is closed and a private server loses this user. Returns when that is done. May be
 * called twice and while other threads are inside calls; a second call with PGC_CLOSE_CANCEL
 * hurries a first one that waits. If operations were started, call it from the thread that drives
 * them; it calls them back. Must not be called from a callback, nor with PGC_CLOSE_WAIT by the
 * holder of a lease, which it would wait for.
 */
PGC_EXPORT void pgc_store_close(pgc_store *store, pgc_close_mode mode);

/*
 * Closes (PGC_CLOSE_WAIT) if that has not been done, and frees the handle: no thread may use it any
 * more. NULL is fine.
 */
PGC_EXPORT void pgc_store_free(pgc_store *store);

/* What the pool holds at this moment; with a reader, both together. */
typedef struct pgc_pool_status {
    uint32_t open;    /* connections that exist, in whatever state */
    uint32_t idle;    /* of these, unused */
    uint32_t leased;  /* of these, lent by pgc_lease_acquire */
    uint32_t waiting; /* operations that wait for a connection */
    uint32_t max;     /* the ceiling */
} pgc_pool_status;

/* Any thread. */
PGC_EXPORT void pgc_store_pool_status(pgc_store *store, pgc_pool_status *status);

/*
 * The SQL that creates the schema `schema` (absent: unqualified names, for the search path of
 * whoever runs it), as a script for psql: to review, or to hand to an administrator. Needs no
 * connection. `*sql` is malloc'ed; free() it. Errors: INVALID (the name), NOMEM.
 */
PGC_EXPORT PGC_MUST_CHECK int pgc_schema_sql(pgc_str schema, bool metadata_index, char **sql,
                                             pgc_error *err);

/* What a role of the database is to do with a store. */
typedef enum pgc_schema_role {
    PGC_ROLE_OWNER = 0,  /* make and upgrade the tables, and let others use them */
    PGC_ROLE_WRITER = 1, /* all operations; opens the store with PGC_SCHEMA_VERIFY or _AUTO alike */
    PGC_ROLE_READER = 2, /* the operations that only read; others end with DENIED */
} pgc_schema_role;

/*
 * The SQL that gives the role of the name `role` (1 to 63 bytes) the privileges that it needs for
 * the store in `schema`, and no more, as a script for psql. That for an owner is run by an
 * administrator before there is a store, the others by the owner, when there is one. `schema`
 * absent: the default schema of whoever runs it, which is one that everybody concerned may use
 * already; not for an owner. Needs no connection. `*sql` is malloc'ed; free() it. Errors: INVALID
 * (kind, role, schema), NOMEM. Any thread.
 */
PGC_EXPORT PGC_MUST_CHECK int pgc_schema_grants(pgc_schema_role kind, pgc_str role, pgc_str schema,
                                                char **sql, pgc_error *err);

/*
 * Makes the index that metadata filters use if it is not there, without locking writers out (CREATE
 * INDEX CONCURRENTLY); an invalid one left by an interrupted build is built again. Blocking only;
 * may take long on a large store.
 */
PGC_EXPORT PGC_MUST_CHECK int pgc_metadata_index_create(pgc_store *store, pgc_error *err);

/*
 * ---- Operations, events
 * ------------------------------------------------------------------------------------------
 */

/*
 * Called when a started operation is done. Take the result with pgc_op_take; the op is freed when
 * the callback returns. New operations may be started from it. A blocking call from it may wait in
 * vain for a connection if operations that were started hold them all: nobody drives them
 * meanwhile.
 */
typedef void (*pgc_done_fn)(pgc_op *op, void *payload);

/*
 * The outcome of a done operation: 0 and its result (moved to the caller; NULL for those that have
 * none), or the error. For an operation that is not done: INVALID.
 */
PGC_EXPORT PGC_MUST_CHECK int pgc_op_take(pgc_op *op, pgc_result **result, pgc_error *err);

/*
 * Drives the store until the operation is done, then gives its outcome as pgc_op_take and frees the
 * op. For operations that were started with `done` == NULL, and only for those. Event-driven face.
 */
PGC_EXPORT PGC_MUST_CHECK int pgc_op_wait(pgc_op *op, pgc_result **result, pgc_error *err);

/*
 * Ends a started operation that is not done yet, with CANCELLED, within a tenth of a second: the
 * server is asked to cancel it, and if it does not answer at once the connection is cut. `retry` is
 * SAFE if nothing was done, UNKNOWN if that cannot be told. If the server was done first, its
 * answer counts. The callback comes later, as always. Event-driven face.
 */
PGC_EXPORT void pgc_op_cancel(pgc_op *op);

/*
 * Gives a started operation that is not done yet so long from now (0: no limit), instead of its
 * store's call_timeout_ms; see pgc_store_with_timeout. Event-driven face.
 */
PGC_EXPORT void pgc_op_set_timeout(pgc_op *op, uint32_t timeout_ms);

#define PGC_READ 1
#define PGC_WRITE 2

/*
 * How a store asks an event loop for help. `watch` wants `fd` watched for `events` (PGC_READ |
 * PGC_WRITE; 0: stop watching, and it comes before the descriptor is closed). A new socket may have
 * the number of an old one: never skip a call because nothing seems to change. `timer` wants
 * pgc_store_on_timer called once after `ms` milliseconds (-1: no timer); each call replaces the one
 * before.
 */
typedef void (*pgc_watch_fn)(void *payload, int fd, int events);
typedef void (*pgc_timer_fn)(void *payload, int64_t ms);

/*
 * Sets the two hooks. Call it before the first start call; NULL hooks are fine for those who use
 * only pgc_store_poll.
 */
PGC_EXPORT PGC_MUST_CHECK int pgc_store_watch(pgc_store *store, pgc_watch_fn watch,
                                              pgc_timer_fn timer, void *payload, pgc_error *err);

/*
 * Tells the store that `fd` is readable and / or writable. A poll error or hang-up counts as both.
 */
PGC_EXPORT void pgc_store_on_event(pgc_store *store, int fd, int events);

/* Tells the store that its timer ran out. */
PGC_EXPORT void pgc_store_on_timer(pgc_store *store);

/*
 * One turn for those without a loop: waits up to `timeout_ms` (-1: as long as operations run) for
 * events, handles them, runs callbacks. Returns the number of operations still under way, or a
 * negative code.
 */
PGC_EXPORT PGC_MUST_CHECK int pgc_store_poll(pgc_store *store, int timeout_ms);

/* ---- Results --------------------------------------------------------------------------------- */

/* A thread, as stored. */
typedef struct pgc_thread {
    pgc_str id;
    pgc_str resource_id; /* who it belongs to; absent: nobody */
    pgc_str title;       /* absent: none */
    pgc_str metadata;    /* a JSON object; "{}" when there is none */
    int64_t created_at;
    int64_t updated_at;
    int64_t last_seq;  /* seq of the newest append; the cursor for pgc_message_tail */
    bool has_metadata; /* there is a document, if only an empty one */
} pgc_thread;

/* A message, as stored. */
typedef struct pgc_message {
    pgc_str thread_id;
    pgc_str id;
    pgc_str resource_id; /* its own, or else the thread's */
    pgc_str role;
    pgc_str type;    /* absent: none */
    pgc_str content; /* JSON, byte for byte as given; plain text is a JSON string */
    pgc_str text; /* if content is a JSON string, its text (bytes may include NUL); else absent */
    pgc_str metadata; /* a JSON object; "{}" when there is none; absent where it was not read */
    int64_t created_at;
    int64_t seq; /* grows with each append to the thread; never used again */
    /* after an append or a save: false if it was there before; else true */
    bool inserted;
    pgc_str source_id; /* after pgc_thread_copy: the id of what it is a copy of; else absent */
} pgc_message;

/* Frees a result and all that it shows. NULL is fine. Any thread. */
PGC_EXPORT void pgc_result_free(pgc_result *result);

/*
 * Number of threads, of messages; the i-th of them (NULL if there is none), borrowed from the
 * result.
 */
PGC_EXPORT size_t pgc_result_threads(const pgc_result *result);
PGC_EXPORT const pgc_thread *pgc_result_thread(const pgc_result *result, size_t i);
PGC_EXPORT size_t pgc_result_messages(const pgc_result *result);
PGC_EXPORT const pgc_message *pgc_result_message(const pgc_result *result, size_t i);

/* The metadata document of a metadata call, "{}" when there is none; absent for other results. */
PGC_EXPORT pgc_str pgc_result_metadata(const pgc_result *result);

/*
 * The total that was asked for with `with_total`, or counted, or the number of rows changed or
 * deleted; else -1.
 */
PGC_EXPORT int64_t pgc_result_total(const pgc_result *result);

/* How many of the messages that were recalled belong to the page itself. */
PGC_EXPORT size_t pgc_result_page_rows(const pgc_result *result);

/* Are there more rows in the direction of reading? */
PGC_EXPORT bool pgc_result_has_more(const pgc_result *result);

/*
 * Cursors for the pages around this one: `next` continues in the direction of reading, after the
 * last row; `prev` goes back from before the first row. An empty page repeats the cursor it was
 * asked with. Give them to the same list call with the same filters. They are opaque, printable,
 * safe in URLs, survive restarts, and do not go stale when rows are added.
 */
PGC_EXPORT pgc_str pgc_result_next(const pgc_result *result);
PGC_EXPORT pgc_str pgc_result_prev(const pgc_result *result);

/* After pgc_thread_create and pgc_message_append: was anything new inserted? Else: true. */
PGC_EXPORT bool pgc_result_inserted(const pgc_result *result);

/*
 * Of pgc_message_last and _list on a thread: its last_seq when it was read. Of pgc_message_tail:
 * where to go on. Of pgc_message_append: the highest seq among its messages. Else -1.
 */
PGC_EXPORT int64_t pgc_result_last_seq(const pgc_result *result);

/* ---- Threads --------------------------------------------------------------------------------- */

/* What to do when an id that is to be made exists. */
typedef enum pgc_existing {
    PGC_EXISTING_REFUSE = 0,  /* fail with EXISTS, write nothing */
    PGC_EXISTING_KEEP = 1,    /* leave it as it is and return it: makes a call safe to repeat */
    PGC_EXISTING_REPLACE = 2, /* overwrite it; its id, place and creation time stay */
    /* threads only: overwrite all of it, both times too; its messages stay as they are */
    PGC_EXISTING_REWRITE = 3,
} pgc_existing;

typedef struct pgc_thread_new {
    size_t size;
    pgc_str id;          /* absent: the library makes a UUIDv7 */
    pgc_str resource_id; /* up to 255 bytes */
    pgc_str title;       /* up to 1 MiB */
    pgc_str metadata;    /* a JSON object */
    int64_t created_at;  /* PGC_NO_TIME: now */
    int64_t updated_at;  /* PGC_NO_TIME: as created_at */
    pgc_existing existing;
} pgc_thread_new;

#define PGC_THREAD_NEW_INIT \
    { .size = sizeof(pgc_thread_new), .created_at = PGC_NO_TIME, .updated_at = PGC_NO_TIME }

/*
 * Creates a thread. Result: the thread; pgc_result_inserted tells if it is new.
 * PGC_EXISTING_REPLACE overwrites resource, title and metadata, and the messages follow the
 * resource. PGC_EXISTING_REWRITE overwrites both times as well (also with earlier ones), takes the
 * metadata away if none is given, and leaves the messages whom they belong to. Errors: EXISTS,
 * INVALID.
 */
PGC_EXPORT PGC_MUST_CHECK int pgc_thread_create(pgc_store *store, const pgc_thread_new *thread,
                                                pgc_result **result, pgc_error *err);
PGC_EXPORT PGC_MUST_CHECK int pgc_thread_create_start(pgc_store *store,
                                                      const pgc_thread_new *thread,
                                                      pgc_done_fn done, void *payload, pgc_op **op,
                                                      pgc_error *err);

/* Reads one thread with its metadata. Errors: NOT_FOUND. */
PGC_EXPORT PGC_MUST_CHECK int pgc_thread_get(pgc_store *store, pgc_str thread_id,
                                             pgc_result **result, pgc_error *err);
PGC_EXPORT PGC_MUST_CHECK int pgc_thread_get_start(pgc_store *store, pgc_str thread_id,
                                                   pgc_done_fn done, void *payload, pgc_op **op,
                                                   pgc_error *err);

/* How a document takes up a change. */
typedef enum pgc_merge {
    PGC_MERGE_DEEP = 0,    /* as by pgc_metadata_merge */
    PGC_MERGE_SHALLOW = 1, /* top-level members are replaced; null is stored, not a removal */
} pgc_merge;

typedef struct pgc_thread_change {
    size_t size;
    pgc_str id;
    pgc_str title;       /* absent: stays; use clear_title to remove it */
    pgc_str resource_id; /* absent: stays; the messages follow; use clear_resource to remove it */
    pgc_str metadata;    /* absent: stays; else merged into it as `merge` says */
    bool clear_title;
    bool clear_resource;
    pgc_merge merge;
    /*
     * with PGC_MERGE_SHALLOW: the document that the thread must have now, or the JSON null for
     * none, else CONFLICT; absent: any
     */
    pgc_str expected;
    /* with PGC_MERGE_SHALLOW: names of up to 10,000 top-level members of the metadata that go */
    const pgc_str *removed;
    size_t removed_count;
} pgc_thread_change;

#define PGC_THREAD_CHANGE_INIT \
    { .size = sizeof(pgc_thread_change) }

/*
 * Changes a thread, all in one transaction. Result: the thread as it is now. Errors: NOT_FOUND,
 * INVALID, CONFLICT (its metadata is not the expected one; nothing was written).
 */
PGC_EXPORT PGC_MUST_CHECK int pgc_thread_update(pgc_store *store, const pgc_thread_change *change,
                                                pgc_result **result, pgc_error *err);
PGC_EXPORT PGC_MUST_CHECK int pgc_thread_update_start(pgc_store *store,
                                                      const pgc_thread_change *change,
                                                      pgc_done_fn done, void *payload, pgc_op **op,
                                                      pgc_error *err);

/*
 * Deletes a thread with its messages and all metadata, in one transaction; a racing append either
 * comes before and is deleted, or fails with NOT_FOUND. Embeddings of its messages that Mastra
 * keeps in tables memory_messages* of this schema go with it. Result: the number of messages
 * deleted (pgc_result_total). Errors: NOT_FOUND.
 */
PGC_EXPORT PGC_MUST_CHECK int pgc_thread_delete(pgc_store *store, pgc_str thread_id,
                                                pgc_result **result, pgc_error *err);
PGC_EXPORT PGC_MUST_CHECK int pgc_thread_delete_start(pgc_store *store, pgc_str thread_id,
                                                      pgc_done_fn done, void *payload, pgc_op **op,
                                                      pgc_error *err);

typedef struct pgc_copy {
    size_t size;
    pgc_str source_id;
    pgc_str id;          /* absent: the library makes a UUIDv7 */
    pgc_str resource_id; /* of the copy and its messages; absent: the source's */
    pgc_str title;    /* absent: "Clone of ..." and the source's, or an empty one if it has none */
    pgc_str metadata; /* a JSON object; absent: an empty one. The source's is not copied */
    int64_t from;     /* only messages created at or after; PGC_NO_TIME: no bound */
    int64_t until;    /* only messages created before; PGC_NO_TIME: no bound */
    uint32_t limit;   /* the newest so many of them; 0: all */
    const pgc_str *ids; /* only messages of these ids; NULL: all */
    size_t count;       /* of ids, up to 100,000 */
} pgc_copy;

#define PGC_COPY_INIT \
    { .size = sizeof(pgc_copy), .from = PGC_NO_TIME, .until = PGC_NO_TIME }

/*
 * Copies a thread with its messages and their metadata inside the server, in one transaction. The
 * messages get new ids and keep all else, their order too. The copy's metadata gets a member
 * `clone` beside what is given: {"sourceThreadId", "clonedAt" (an ISO 8601 time), "lastMessageId"
 * (of the source, if any message was copied)}. Result: the thread, and for each message its new id,
 * source_id, created_at and seq, in the order of reading. Errors: NOT_FOUND (no such source),
 * EXISTS (the id), INVALID.
 */
PGC_EXPORT PGC_MUST_CHECK int pgc_thread_copy(pgc_store *store, const pgc_copy *copy,
                                              pgc_result **result, pgc_error *err);
PGC_EXPORT PGC_MUST_CHECK int pgc_thread_copy_start(pgc_store *store, const pgc_copy *copy,
                                                    pgc_done_fn done, void *payload, pgc_op **op,
                                                    pgc_error *err);

typedef enum pgc_thread_order { PGC_BY_CREATED = 0, PGC_BY_UPDATED = 1 } pgc_thread_order;
typedef enum pgc_direction { PGC_ASCENDING = 0, PGC_DESCENDING = 1 } pgc_direction;

#define PGC_LIMIT_DEFAULT 100 /* rows, when a limit of 0 is given */
#define PGC_LIMIT_MAX 100000  /* rows, the largest limit */

typedef struct pgc_thread_query {
    size_t size;
    pgc_str resource_id; /* absent: of all resources; empty: of the resource with the empty id */
    pgc_str metadata;    /* a JSON object that the thread's metadata must contain (jsonb @>) */
    pgc_thread_order order;
    pgc_direction direction;
    uint32_t limit; /* rows; 0: PGC_LIMIT_DEFAULT */
    pgc_str cursor; /* from pgc_result_next or _prev of the same query; absent: from the start */
    /* instead of a cursor: page number from 0 on, of `limit` rows each (slower the further) */
    uint32_t page;
    bool with_total; /* also count all that match (costs a count) */
} pgc_thread_query;

#define PGC_THREAD_QUERY_INIT \
    { .size = sizeof(pgc_thread_query) }

/*
 * Lists threads with their metadata. Ties of time are in order of id. Errors: INVALID (a cursor of
 * another query, too).
 */
PGC_EXPORT PGC_MUST_CHECK int pgc_thread_list(pgc_store *store, const pgc_thread_query *query,
                                              pgc_result **result, pgc_error *err);
PGC_EXPORT PGC_MUST_CHECK int pgc_thread_list_start(pgc_store *store, const pgc_thread_query *query,
                                                    pgc_done_fn done, void *payload, pgc_op **op,
                                                    pgc_error *err);

/* ---- Messages -------------------------------------------------------------------------------- */

typedef struct pgc_message_new {
    pgc_str id;       /* absent: the library makes a UUIDv7 */
    pgc_str role;     /* 1 to 255 bytes: "user", "assistant", "system", "tool", ... */
    pgc_str type;     /* absent: none */
    pgc_str content;  /* any JSON value, stored as it is; or give `text` */
    pgc_str text;     /* plain text, stored as a JSON string; exactly one of content and text */
    pgc_str metadata; /* a JSON object; absent: none */
    /* PGC_NO_TIME: given by the store, never before the thread's newest message */
    int64_t created_at;
    pgc_str resource_id; /* absent: the thread's */
    pgc_str thread_id;   /* pgc_message_save only; absent: the batch's */
} pgc_message_new;

/*
 * Fields are added to pgc_message_new at the end only; `message_size` in pgc_append tells the
 * library which ones the caller knows.
 */
#define PGC_MESSAGE_NEW_INIT \
    { .created_at = PGC_NO_TIME }

/*
 * What to do with a message id that stands in another thread. Only what is there when the call
 * begins counts: of two calls that bring a new id to two threads at once, both may succeed, since
 * an id is unique within its thread only.
 */
typedef enum pgc_elsewhere {
    PGC_ELSEWHERE_REFUSE = 0, /* fail with EXISTS, write nothing */
    /* move it here if both threads have the same resource, else as REFUSE */
    PGC_ELSEWHERE_MOVE = 1,
    PGC_ELSEWHERE_MOVE_ANY = 2, /* move it here whoever it belongs to */
} pgc_elsewhere;

typedef struct pgc_append {
    size_t size;
    pgc_str thread_id;
    const pgc_message_new *messages;
    size_t count;            /* 1 to 100,000, of 512 MiB together */
    size_t message_size;     /* sizeof(pgc_message_new), set by PGC_APPEND_INIT */
    pgc_existing existing;   /* for ids that exist in this thread */
    pgc_elsewhere elsewhere; /* for ids that exist in another thread */
} pgc_append;

#define PGC_APPEND_INIT \
    { .size = sizeof(pgc_append), .message_size = sizeof(pgc_message_new) }

/*
 * Appends messages to a thread in the order of the array, all or none, in one round trip. Result:
 * the messages as stored but without content, text and metadata, in the order of the array. With
 * ids of the caller's and PGC_EXISTING_KEEP the call is safe to repeat. Errors: NOT_FOUND (no such
 * thread), EXISTS (position: index of the message, where it is known), INVALID (position: index, or
 * byte offset of bad JSON; the message names both).
 */
PGC_EXPORT PGC_MUST_CHECK int pgc_message_append(pgc_store *store, const pgc_append *append,
                                                 pgc_result **result, pgc_error *err);
PGC_EXPORT PGC_MUST_CHECK int pgc_message_append_start(pgc_store *store, const pgc_append *append,
                                                       pgc_done_fn done, void *payload, pgc_op **op,
                                                       pgc_error *err);

typedef struct pgc_save {
    size_t size;
    pgc_str thread_id; /* of the messages that name none */
    const pgc_message_new *messages;
    size_t count;            /* 1 to 100,000, of 512 MiB together */
    size_t message_size;     /* sizeof(pgc_message_new), set by PGC_SAVE_INIT */
    pgc_elsewhere elsewhere; /* for ids that exist in another thread */
} pgc_save;

#define PGC_SAVE_INIT                                                      \
    {                                                                      \
        .size = sizeof(pgc_save), .message_size = sizeof(pgc_message_new), \
        .elsewhere = PGC_ELSEWHERE_MOVE,                                   \
    }

/*
 * Saves messages of one or many threads, all or none, in one round trip: to each id there is one
 * message afterwards, as it was given last. One that is new is appended. One that exists in its
 * thread, or in another one if `elsewhere` allows it (with PGC_SAVE_INIT: one of the same
 * resource), gets content, role, type, resource, metadata and thread anew (absent metadata removes
 * it) and keeps its created_at; if it comes from another thread, it gets a new seq. An id may stand
 * several times in the batch: the last one counts, with the time of the first. All named threads
 * are touched. Messages of one thread with PGC_ELSEWHERE_REFUSE cost least. Result: as of
 * pgc_message_append, one for each of the array. Safe to repeat with ids of the caller's. Errors:
 * NOT_FOUND (a thread; the message names it), EXISTS (an id stands elsewhere and may not be moved;
 * position), INVALID, CONFLICT (a message was moved meanwhile).
 */
PGC_EXPORT PGC_MUST_CHECK int pgc_message_save(pgc_store *store, const pgc_save *save,
                                               pgc_result **result, pgc_error *err);
PGC_EXPORT PGC_MUST_CHECK int pgc_message_save_start(pgc_store *store, const pgc_save *save,
                                                     pgc_done_fn done, void *payload, pgc_op **op,
                                                     pgc_error *err);

/*
 * A whole conversation in one transaction and one round trip: makes the thread if it is not there,
 * as pgc_thread_create with PGC_EXISTING_KEEP, and appends the messages that are not there, as
 * pgc_message_append with PGC_EXISTING_KEEP and PGC_ELSEWHERE_REFUSE, whatever the structs say of
 * that. `append` needs no thread_id; its count may be 0. If `thread->updated_at` is given, it stays
 * the thread's time of change. Result: the thread;
 * pgc_result_total: the number of messages inserted; pgc_result_inserted: is the thread new? With
 * ids of the caller's the call is safe to repeat. Errors: EXISTS (a message id stands in another
 * thread), INVALID.
 */
PGC_EXPORT PGC_MUST_CHECK int pgc_conversation_import(pgc_store *store,
                                                      const pgc_thread_new *thread,
                                                      const pgc_append *append, pgc_result **result,
                                                      pgc_error *err);
PGC_EXPORT PGC_MUST_CHECK int pgc_conversation_import_start(pgc_store *store,
                                                            const pgc_thread_new *thread,
                                                            const pgc_append *append,
                                                            pgc_done_fn done, void *payload,
                                                            pgc_op **op, pgc_error *err);

/*
 * The last `limit` messages of a thread, oldest of them first. Cost does not depend on the thread's
 * length. Errors: NOT_FOUND.
 */
PGC_EXPORT PGC_MUST_CHECK int pgc_message_last(pgc_store *store, pgc_str thread_id, uint32_t limit,
                                               pgc_result **result, pgc_error *err);
PGC_EXPORT PGC_MUST_CHECK int pgc_message_last_start(pgc_store *store, pgc_str thread_id,
                                                     uint32_t limit, pgc_done_fn done,
                                                     void *payload, pgc_op **op, pgc_error *err);

typedef struct pgc_message_query {
    size_t size;
    pgc_str thread_id; /* of this thread, in the order (created_at, seq); or */
    /*
     * of all threads of this resource, in the order (created_at, thread id, seq); exactly one of
     * both
     */
    pgc_str resource_id;
    int64_t from;  /* only messages created at or after; PGC_NO_TIME: no bound */
    int64_t until; /* only messages created before; PGC_NO_TIME: no bound */
    /* a JSON object that the message's metadata must contain (jsonb @>); absent: all */
    pgc_str metadata;
    pgc_direction direction;
    uint32_t limit;  /* rows; 0: PGC_LIMIT_DEFAULT */
    pgc_str cursor;  /* from pgc_result_next or _prev of the same query; absent: from the start */
    uint32_t page;   /* instead of a cursor: page number from 0 on (slower the further) */
    bool with_total; /* also count all that match (costs a count, unless all of a thread do) */
} pgc_message_query;

#define PGC_MESSAGE_QUERY_INIT \
    { .size = sizeof(pgc_message_query), .from = PGC_NO_TIME, .until = PGC_NO_TIME }

/*
 * Reads messages of a thread or of a resource. Errors: NOT_FOUND (no such thread), INVALID. A
 * resource without messages is an empty page.
 */
PGC_EXPORT PGC_MUST_CHECK int pgc_message_list(pgc_store *store, const pgc_message_query *query,
                                               pgc_result **result, pgc_error *err);
PGC_EXPORT PGC_MUST_CHECK int pgc_message_list_start(pgc_store *store,
                                                     const pgc_message_query *query,
                                                     pgc_done_fn done, void *payload, pgc_op **op,
                                                     pgc_error *err);

/*
 * "What came after what I have seen": messages of a thread whose seq is greater than `seq`, lowest
 * first, at most `limit` (0: PGC_LIMIT_DEFAULT). Start with 0 or a last_seq, and go on with the
 * pgc_result_last_seq of each result (at once if it has more). Never misses a message, however many
 * write. Errors: NOT_FOUND.
 */
PGC_EXPORT PGC_MUST_CHECK int pgc_message_tail(pgc_store *store, pgc_str thread_id, int64_t seq,
                                               uint32_t limit, pgc_result **result, pgc_error *err);
PGC_EXPORT PGC_MUST_CHECK int pgc_message_tail_start(pgc_store *store, pgc_str thread_id,
                                                     int64_t seq, uint32_t limit, pgc_done_fn done,
                                                     void *payload, pgc_op **op, pgc_error *err);

/* One anchor of a window. */
typedef struct pgc_anchor {
    pgc_str message_id;
    uint32_t before; /* how many messages before it */
    uint32_t after;  /* how many after it */
} pgc_anchor;

typedef struct pgc_window {
    size_t size;
    /* absent: wherever the ids stand (each window stays in its message's thread) */
    pgc_str thread_id;
    const pgc_anchor *anchors;
    size_t count; /* 1 to 1,000 */
} pgc_window;

#define PGC_WINDOW_INIT \
    { .size = sizeof(pgc_window) }

/*
 * The messages around one or several messages: each anchor with its neighbours, overlaps only once,
 * in the order (thread, created_at, seq). Anchors that do not exist are left out. Errors: INVALID.
 */
PGC_EXPORT PGC_MUST_CHECK int pgc_message_window(pgc_store *store, const pgc_window *window,
                                                 pgc_result **result, pgc_error *err);
PGC_EXPORT PGC_MUST_CHECK int pgc_message_window_start(pgc_store *store, const pgc_window *window,
                                                       pgc_done_fn done, void *payload, pgc_op **op,
                                                       pgc_error *err);

/* How much of what matches a page takes. */
typedef enum pgc_extent {
    PGC_EXTENT_PAGE = 0, /* `limit` rows from `offset` on */
    PGC_EXTENT_ALL = 1,  /* all from `offset` on */
    PGC_EXTENT_NONE = 2, /* nothing: only the windows around anchors, which must be given */
} pgc_extent;

typedef struct pgc_recall {
    size_t size;
    /* of these threads together, each named once; NULL: of all threads of the resource */
    const pgc_str *thread_ids;
    size_t thread_count; /* 1 to 100,000, if there are thread_ids */
    /* only messages of this resource, on the page and around anchors; absent: of whatever one */
    pgc_str resource_id;
    int64_t from;     /* only messages created at or after; PGC_NO_TIME: no bound */
    int64_t until;    /* only messages created before; PGC_NO_TIME: no bound */
    pgc_str metadata; /* a JSON object that the message's metadata must contain; absent: all */
    pgc_direction direction;
    pgc_extent extent;
    uint32_t limit;  /* rows; 0: PGC_LIMIT_DEFAULT; not bounded by PGC_LIMIT_MAX */
    uint64_t offset; /* rows to leave out first (slower the more) */
    bool with_total; /* also count all that match */
    /* messages to add with their neighbours, each from its own thread, whatever the filters say */
    const pgc_anchor *anchors;
    size_t anchor_count; /* up to 100,000 */
} pgc_recall;

#define PGC_RECALL_INIT \
    { .size = sizeof(pgc_recall), .from = PGC_NO_TIME, .until = PGC_NO_TIME }

/*
 * What an agent remembers: a page of messages of one or several threads, or of a resource, together
 * with the messages around others. Each message comes once, in the order (created_at, thread id,
 * seq) or its reverse, without metadata. Threads and anchors that do not exist have no messages.
 * pgc_result_page_rows tells how many of the messages are the page's; total and has_more are about
 * the page alone. A filter by metadata uses an index in each thread. Errors: INVALID.
 */
PGC_EXPORT PGC_MUST_CHECK int pgc_message_recall(pgc_store *store, const pgc_recall *recall,
                                                 pgc_result **result, pgc_error *err);
PGC_EXPORT PGC_MUST_CHECK int pgc_message_recall_start(pgc_store *store, const pgc_recall *recall,
                                                       pgc_done_fn done, void *payload, pgc_op **op,
                                                       pgc_error *err);

typedef struct pgc_ids {
    size_t size;
    pgc_str thread_id; /* absent: in whatever thread */
    const pgc_str *ids;
    size_t count;          /* 1 to 100,000 */
    bool without_metadata; /* when reading: spare it */
    /* when reading: in the order (created_at, thread id, seq), each once, not in that of the ids */
    bool by_time;
} pgc_ids;

#define PGC_IDS_INIT \
    { .size = sizeof(pgc_ids) }

/*
 * Reads messages by id, in the order of the ids (one that is given twice comes twice) unless
 * `by_time` says otherwise; those that do not exist are left out.
 */
PGC_EXPORT PGC_MUST_CHECK int pgc_message_get(pgc_store *store, const pgc_ids *ids,
                                              pgc_result **result, pgc_error *err);
PGC_EXPORT PGC_MUST_CHECK int pgc_message_get_start(pgc_store *store, const pgc_ids *ids,
                                                    pgc_done_fn done, void *payload, pgc_op **op,
                                                    pgc_error *err);

/*
 * Counts the messages of a thread (pgc_result_total) created from `from` on and before `until`
 * (PGC_NO_TIME: no bound). Errors: NOT_FOUND.
 */
PGC_EXPORT PGC_MUST_CHECK int pgc_message_count(pgc_store *store, pgc_str thread_id, int64_t from,
                                                int64_t until, pgc_result **result, pgc_error *err);
PGC_EXPORT PGC_MUST_CHECK int pgc_message_count_start(pgc_store *store, pgc_str thread_id,
                                                      int64_t from, int64_t until, pgc_done_fn done,
                                                      void *payload, pgc_op **op, pgc_error *err);

typedef struct pgc_message_change {
    size_t size;
    /* absent: wherever the id stands; NOT unique across threads: then CONFLICT */
    pgc_str thread_id;
    pgc_str id;
    pgc_str role;     /* absent: stays */
    pgc_str type;     /* absent: stays */
    pgc_str content;  /* JSON; absent: stays */
    pgc_str text;     /* or plain text */
    pgc_str metadata; /* absent: stays; else merged into it as by pgc_metadata_merge */
} pgc_message_change;

#define PGC_MESSAGE_CHANGE_INIT \
    { .size = sizeof(pgc_message_change) }

/*
 * Changes a message; its place and time stay. Result: the message as it is now. Errors: NOT_FOUND,
 * INVALID.
 */
PGC_EXPORT PGC_MUST_CHECK int pgc_message_update(pgc_store *store, const pgc_message_change *change,
                                                 pgc_result **result, pgc_error *err);
PGC_EXPORT PGC_MUST_CHECK int pgc_message_update_start(pgc_store *store,
                                                       const pgc_message_change *change,
                                                       pgc_done_fn done, void *payload, pgc_op **op,
                                                       pgc_error *err);

/* What becomes of one message. */
typedef struct pgc_revision {
    pgc_str thread_id; /* where it stands; absent: wherever */
    pgc_str id;
    pgc_str expected; /* the content that it must have now, byte for byte; absent: any */
    pgc_str role;     /* absent: stays */
    pgc_str type;     /* absent: stays */
    pgc_str content;  /* JSON; absent: stays */
    pgc_str text;     /* or plain text */
    pgc_str metadata; /* a JSON object instead of what it has; absent: stays */
    bool clear_metadata;
    pgc_str resource_id;   /* absent: stays */
    pgc_str new_thread_id; /* moves it; absent: stays */
} pgc_revision;

typedef struct pgc_rewrite {
    size_t size;
    const pgc_revision *revisions;
    size_t count;         /* 1 to 100,000, of 512 MiB together; each id once */
    size_t revision_size; /* sizeof(pgc_revision), set by PGC_REWRITE_INIT */
} pgc_rewrite;

#define PGC_REWRITE_INIT \
    { .size = sizeof(pgc_rewrite), .revision_size = sizeof(pgc_revision) }

/*
 * Changes messages, all or none, if each is still what it is taken for: the half that writes of
 * "read, change, write", which on CONFLICT begins anew and so loses nothing of others. One that
 * moves gets a new seq and takes its metadata along. Their threads are touched. Result: the
 * messages as they are now but without content, text and metadata, in the order of the array.
 * Errors: CONFLICT (one is not there, or not of the expected content, or was moved meanwhile;
 * position; nothing was written and reading it again is what helps), NOT_FOUND (a thread to move
 * to), EXISTS (its id stands there), INVALID.
 */
PGC_EXPORT PGC_MUST_CHECK int pgc_message_rewrite(pgc_store *store, const pgc_rewrite *rewrite,
                                                  pgc_result **result, pgc_error *err);
PGC_EXPORT PGC_MUST_CHECK int pgc_message_rewrite_start(pgc_store *store,
                                                        const pgc_rewrite *rewrite,
                                                        pgc_done_fn done, void *payload,
                                                        pgc_op **op, pgc_error *err);

/*
 * Deletes messages by id, with their metadata. Result: how many there were (pgc_result_total); none
 * is no error.
 */
PGC_EXPORT PGC_MUST_CHECK int pgc_message_delete(pgc_store *store, const pgc_ids *ids,
                                                 pgc_result **result, pgc_error *err);
PGC_EXPORT PGC_MUST_CHECK int pgc_message_delete_start(pgc_store *store, const pgc_ids *ids,
                                                       pgc_done_fn done, void *payload, pgc_op **op,
                                                       pgc_error *err);

/* ---- Metadata -------------------------------------------------------------------------------- */

/*
 * In all five, `message_id` absent means the thread's own document. The result of each is the
 * document as it is after the call (pgc_result_metadata). Errors: NOT_FOUND (no such thread or
 * message), INVALID (not a JSON object).
 */
PGC_EXPORT PGC_MUST_CHECK int pgc_metadata_get(pgc_store *store, pgc_str thread_id,
                                               pgc_str message_id, pgc_result **result,
                                               pgc_error *err);
PGC_EXPORT PGC_MUST_CHECK int pgc_metadata_get_start(pgc_store *store, pgc_str thread_id,
                                                     pgc_str message_id, pgc_done_fn done,
                                                     void *payload, pgc_op **op, pgc_error *err);

/*
 * Merges `patch`, a JSON object, as RFC 7396 says: members are set, null removes, objects merge in
 * depth (a patch may hold 256 of them), all else replaces. Atomic: concurrent merges lose nothing
 * of each other.
 */
PGC_EXPORT PGC_MUST_CHECK int pgc_metadata_merge(pgc_store *store, pgc_str thread_id,
                                                 pgc_str message_id, pgc_str patch,
                                                 pgc_result **result, pgc_error *err);
PGC_EXPORT PGC_MUST_CHECK int pgc_metadata_merge_start(pgc_store *store, pgc_str thread_id,
                                                       pgc_str message_id, pgc_str patch,
                                                       pgc_done_fn done, void *payload, pgc_op **op,
                                                       pgc_error *err);

/* Replaces the document by `document`, a JSON object (null values stay). */
PGC_EXPORT PGC_MUST_CHECK int pgc_metadata_replace(pgc_store *store, pgc_str thread_id,
                                                   pgc_str message_id, pgc_str document,
                                                   pgc_result **result, pgc_error *err);
PGC_EXPORT PGC_MUST_CHECK int pgc_metadata_replace_start(pgc_store *store, pgc_str thread_id,
                                                         pgc_str message_id, pgc_str document,
                                                         pgc_done_fn done, void *payload,
                                                         pgc_op **op, pgc_error *err);

/* Removes top-level keys; those that are not there are no error. */
PGC_EXPORT PGC_MUST_CHECK int pgc_metadata_remove(pgc_store *store, pgc_str thread_id,
                                                  pgc_str message_id, const pgc_str *keys,
                                                  size_t count, pgc_result **result,
                                                  pgc_error *err);
PGC_EXPORT PGC_MUST_CHECK int pgc_metadata_remove_start(pgc_store *store, pgc_str thread_id,
                                                        pgc_str message_id, const pgc_str *keys,
                                                        size_t count, pgc_done_fn done,
                                                        void *payload, pgc_op **op, pgc_error *err);

/*
 * Messages of all threads whose metadata contains `metadata`, a JSON object (jsonb @>), in the
 * order (thread id, message id), at most `limit` (0: PGC_LIMIT_DEFAULT), going on at `cursor`. Uses
 * the index of the option metadata_index. For threads: pgc_thread_list.
 */
PGC_EXPORT PGC_MUST_CHECK int pgc_message_find(pgc_store *store, pgc_str metadata, uint32_t limit,
                                               pgc_str cursor, pgc_result **result, pgc_error *err);
PGC_EXPORT PGC_MUST_CHECK int pgc_message_find_start(pgc_store *store, pgc_str metadata,
                                                     uint32_t limit, pgc_str cursor,
                                                     pgc_done_fn done, void *payload, pgc_op **op,
                                                     pgc_error *err);

/*
 * ---- Direct access
 * -------------------------------------------------------------------------------------------------
 */

/*
 * Lends a connection of the pool, connected and idle, in libpq's plain blocking mode: run your own
 * statements and transactions on it. None of the store's validation applies. It counts against
 * max_connections until it is given back. One thread at a time uses it. Errors: as for any call
 * that needs a connection.
 */
PGC_EXPORT PGC_MUST_CHECK int pgc_lease_acquire(pgc_store *store, pgc_lease **lease,
                                                pgc_error *err);

/* The connection: a `PGconn *` of libpq (include libpq-fe.h and cast). Do not PQfinish it. */
PGC_EXPORT void *pgc_lease_conn(pgc_lease *lease);

/*
 * Has the connection a session of its own? 0 if so. If it goes through a pooler (or the store is
 * UNNAMED): INVALID; then transactions work, but LISTEN, advisory locks of a session, SET and
 * temporary tables do not. Asks nobody: it says what the start of the connection found.
 */
PGC_EXPORT PGC_MUST_CHECK int pgc_lease_check_session(const pgc_lease *lease, pgc_error *err);

/*
 * Gives it back, in whatever state it is: session state is reset before its next use; one with an
 * open transaction, with results outstanding, in COPY, in another mode or broken is closed, which
 * rolls back, and so is one that goes through a pooler. NULL is fine.
 */
PGC_EXPORT void pgc_lease_release(pgc_lease *lease);

/*
 * ---- The private server
 * ----------------------------------------------------------------------------------------------
 */

/* What is known of a private server ("local:"). */
typedef struct pgc_local_info {
    char directory[4096]; /* where it lives */
    char version[32];     /* "15" */
    char url[4096];       /* what other clients of this user connect with, e.g. psql */
    bool created;         /* the folder holds a cluster */
    bool running;
    long pid; /* of the server, 0 if it is not running */
} pgc_local_info;

/*
 * Tells about, starts (creating it if need be), and stops the private server at `path`; absent: the
 * default folder. A server started so stays until pgc_local_stop, whoever closes stores on it.
 * Stopping ends the connections of others. Errors: LOCAL (no PostgreSQL installed; a network file
 * system; a folder that is not ours; it does not start), INVALID.
 */
PGC_EXPORT PGC_MUST_CHECK int pgc_local_status(pgc_str path, pgc_local_info *info, pgc_error *err);
PGC_EXPORT PGC_MUST_CHECK int pgc_local_start(pgc_str path, pgc_local_info *info, pgc_error *err);
PGC_EXPORT PGC_MUST_CHECK int pgc_local_stop(pgc_str path, pgc_error *err);

/* ---- JSON helpers ---------------------------------------------------------------------------- */

/*
 * Is `json` one valid JSON value (RFC 8259, at most 512 levels deep)? Errors: INVALID, with the
 * byte offset in err->position. Any thread.
 */
PGC_EXPORT PGC_MUST_CHECK int pgc_json_check(pgc_str json, pgc_error *err);

/*
 * The text of a JSON string (quotes included in `json`), unescaped, as UTF-8 with lone surrogates
 * in three-byte form. `*text` is malloc'ed with a NUL behind it; free() it. Errors: INVALID, NOMEM.
 */
PGC_EXPORT PGC_MUST_CHECK int pgc_json_unquote(pgc_str json, char **text, size_t *size,
                                               pgc_error *err);

/*
 * The reverse: plain text as a JSON string, quotes included. `*json` is malloc'ed with a NUL behind
 * it. Errors: INVALID (not UTF-8), NOMEM.
 */
PGC_EXPORT PGC_MUST_CHECK int pgc_json_quote(pgc_str text, char **json, size_t *size,
                                             pgc_error *err);

#ifdef __cplusplus
}
#endif

#endif
