/*
 * What the live tests of operations share: a store in a schema of its own on the server of
 * PGCONVO_TEST_URL, a second, plain connection that looks at the tables behind the store's back,
 * and short names for what tests say often. One process, one thread. A program runs all its tests
 * in every drive: with blocking calls, with start and wait, and on a loop of libuv.
 */
#ifndef WORLD_H
#define WORLD_H

#include "face/store.h"
#include "live/roles.h"
#include "live/totals.h"
#include "pgconvo_uv.h"
#include "tap.h"

#include <libpq-fe.h>
#include <unistd.h>

/* The argument macros below set a field to its default first and then to what the test says. */
#pragma GCC diagnostic ignored "-Woverride-init"

#define WORLD_USED __attribute__((unused))

static pgc_store *store;
static PGconn *raw; /* search_path is the store's schema */
static char schema[PGC_SCHEMA_MAX + 1];
static pgc_result *result;                                                /* of the last CALL */
static pgc_error err;                                                     /* of the last CALL */
static enum { DRIVE_BLOCKING, DRIVE_WAIT, DRIVE_UV, DRIVES } world_drive; /* how CALL calls */
static char world_text[32][4096];
static unsigned world_next_text;

/* ---- Strings ---- */

WORLD_USED static pgc_str z(const char *text) {
    return pgc_z(text);
}

/* A formatted string, good until 32 calls later. */
TAP_FORMAT(1, 2) static const char *form(const char *format, ...) {
    char *text = world_text[world_next_text++ % ARRAY_LENGTH(world_text)];
    va_list values;
    va_start(values, format);
    vsnprintf(text, sizeof world_text[0], format, values);
    va_end(values);
    return text;
}

/* Text with NUL bytes, from a literal; as a value, and as an initializer. */
#define BYTES(literal) ((pgc_str)RAW(literal))
#define RAW(literal) \
    { "" literal, sizeof(literal) - 1 }

WORLD_USED static bool same(pgc_str a, pgc_str b) {
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

WORLD_USED static bool behind_pooler(void) {
    return getenv("PGCONVO_TEST_STORE_URL") != NULL;
}

/* ---- SQL behind the store's back ---- */

static const char *world_query(const char *sql) {
    PGresult *rows = PQexec(raw, sql);
    ExecStatusType status = PQresultStatus(rows);
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
        bail("%s: %s", sql, PQresultErrorMessage(rows));
    }
    const char *text = PQntuples(rows) > 0 && PQnfields(rows) > 0 && !PQgetisnull(rows, 0, 0)
                           ? form("%s", PQgetvalue(rows, 0, 0))
                           : NULL;
    PQclear(rows);
    return text;
}

/*
 * The first value of the first row; NULL for null and for no row. Ends the program if the
 * statement fails.
 */
TAP_FORMAT(1, 2) static const char *sql(const char *format, ...) {
    char text[8192];
    va_list values;
    va_start(values, format);
    vsnprintf(text, sizeof text, format, values);
    va_end(values);
    return world_query(text);
}

TAP_FORMAT(1, 2) static int64_t sql_number(const char *format, ...) {
    char text[8192];
    va_list values;
    va_start(values, format);
    vsnprintf(text, sizeof text, format, values);
    va_end(values);
    const char *value = world_query(text);
    return value == NULL ? INT64_MIN : strtoll(value, NULL, 10);
}

/* All that is in the tables, as one text; free() it. */
WORLD_USED static char *dump(void) {
    PGresult *rows =
        PQexec(raw, "SELECT string_agg(line, E'\\n') FROM ("
                    "(SELECT t::text AS line FROM threads t ORDER BY id) UNION ALL "
                    "(SELECT m::text FROM messages m ORDER BY thread_id, seq) UNION ALL "
                    "(SELECT d::text FROM metadata d ORDER BY thread_id, message_id)) lines");
    if (PQresultStatus(rows) != PGRES_TUPLES_OK) {
        bail("dump: %s", PQresultErrorMessage(rows));
    }
    char *text = strdup(PQgetvalue(rows, 0, 0));
    PQclear(rows);
    return text;
}

/* unchanged(before, "name", ...): the tables hold what dump() gave before; frees it. */
TAP_FORMAT(2, 3) static bool unchanged(char *before, const char *format, ...) {
    char *now = dump();
    va_list values;
    va_start(values, format);
    bool is_same = strcmp(before, now) == 0;
    tap_line(is_same, format, values);
    va_end(values);
    if (!is_same) {
        diag("before: %.2000s", before);
        diag("now: %.2000s", now);
    }
    free(before);
    free(now);
    return is_same;
}

/* Every thread knows how many messages it has, whatever was done to it. */
static void check_totals(void) {
    char *quoted = PQescapeIdentifier(raw, schema, strlen(schema));
    is_str(sql(WRONG_TOTALS, quoted, quoted), NULL, "totals are right");
    PQfreemem(quoted);
}

WORLD_USED static void clear_tables(void) {
    check_totals();
    sql("DELETE FROM threads; DELETE FROM messages; DELETE FROM metadata");
}

/*
 * Puts a message into a table behind the store's back; this is how an id can stand in two threads.
 */
WORLD_USED static void smuggle(const char *thread, const char *id) {
    sql("WITH t AS (UPDATE threads SET last_seq = last_seq + 1 WHERE id = '%s' RETURNING *) "
        "INSERT INTO messages SELECT id, '%s', last_seq, now(), resource_id, 'user', NULL, "
        "'\"%s\"' FROM t",
        thread, id, id);
}

/* ---- Calls ---- */

static pgc_result *world_new;
static pgc_op *world_op;
static int world_status; /* of the last operation that a loop of libuv drove */
static bool world_done;

static void world_on_done(pgc_op *op, void *payload) {
    (void)payload;
    world_status = pgc_op_take(op, &world_new, &err);
    world_done = true;
    uv_stop(uv_default_loop()); /* a turn of libuv would wait for a descriptor after a timer */
}

/* A start call has returned: on the loop its operation is called back, else somebody waits. */
WORLD_USED static pgc_done_fn world_callback(void) {
    return world_drive == DRIVE_UV ? world_on_done : NULL;
}

WORLD_USED static void world_prepare(void) {
    memset(&err, 0x55, sizeof err);
}

WORLD_USED static int world_wait(int status) {
    if (status != 0 || world_drive == DRIVE_WAIT) {
        return status != 0 ? status : pgc_op_wait(world_op, &world_new, &err);
    }
    world_done = false;
    while (!world_done && uv_run(uv_default_loop(), UV_RUN_DEFAULT) != 0) {}
    return world_status;
}

/*
 * The new result takes the place of the old one only now, so that a call's arguments may lie in
 * the old one.
 */
static int world_take(int status) {
    pgc_result_free(result);
    result = world_new;
    world_new = NULL;
    return status;
}

/*
 * CALL(thread_get, z("id")): the status of pgc_thread_get; what it brought is in `result` and
 * `err`.
 */
#define CALL(name, ...)                                                                         \
    (world_prepare(),                                                                           \
     world_take(world_drive == DRIVE_BLOCKING                                                   \
                    ? pgc_##name(store, __VA_ARGS__, &world_new, &err)                          \
                    : world_wait(pgc_##name##_start(store, __VA_ARGS__, world_callback(), NULL, \
                                                    &world_op, &err))))

/* works(CALL(...), "name"): it succeeds. */
#define works(status, ...) is_code((status), PGC_OK, &err, __VA_ARGS__)

/*
 * refused(CALL(...), PGC_X, "field", "name", ...): it fails with this code, and the message has
 * these words in it.
 */
#define refused(status, code, words, ...) \
    tap_refused((status), (code), (words), __FILE__, __LINE__, __VA_ARGS__)

TAP_FORMAT(6, 7)
static bool tap_refused(int status, pgc_code code, const char *words, const char *file, int line,
                        const char *format, ...) {
    bool holds = status == -(int)code && err.code == code && result == NULL &&
                 memchr(err.message, '\0', sizeof err.message) != NULL &&
                 strstr(err.message, words) != NULL;
    va_list values;
    va_start(values, format);
    tap_line(holds, format, values);
    va_end(values);
    if (!holds) {
        diag("%s:%d: got %d (%s), want %s with \"%s\"", file, line, status, pgc_code_name(status),
             pgc_code_name((int)code), words);
        if (status != 0) diag("  %.255s [%.5s] %.255s", err.message, err.sqlstate, err.detail);
    }
    return holds;
}

/* must(CALL(...)): it succeeds, or the program ends; for what a test only prepares. */
#define must(status) world_must((status), __FILE__, __LINE__)

WORLD_USED static void world_must(int status, const char *file, int line) {
    if (status != 0) bail("%s:%d: %d: %.255s %.255s", file, line, status, err.message, err.detail);
}

/* ---- Arguments ---- */

#define NEW_THREAD(...)                                \
    (&(pgc_thread_new){.size = sizeof(pgc_thread_new), \
                       .created_at = PGC_NO_TIME,      \
                       .updated_at = PGC_NO_TIME,      \
                       __VA_ARGS__})
#define THREAD_CHANGE(...) (&(pgc_thread_change){.size = sizeof(pgc_thread_change), __VA_ARGS__})
#define THREAD_QUERY(...) (&(pgc_thread_query){.size = sizeof(pgc_thread_query), __VA_ARGS__})
/* A message with a role. */
#define MESSAGE(...) \
    ((pgc_message_new){.created_at = PGC_NO_TIME, .role = {"user", 4}, __VA_ARGS__})
#define APPEND(...) \
    (&(pgc_append){ \
        .size = sizeof(pgc_append), .message_size = sizeof(pgc_message_new), __VA_ARGS__})
#define MESSAGE_QUERY(...)                                   \
    (&(pgc_message_query){.size = sizeof(pgc_message_query), \
                          .from = PGC_NO_TIME,               \
                          .until = PGC_NO_TIME,              \
                          __VA_ARGS__})
#define WINDOW(...) (&(pgc_window){.size = sizeof(pgc_window), __VA_ARGS__})
#define MESSAGE_CHANGE(...) (&(pgc_message_change){.size = sizeof(pgc_message_change), __VA_ARGS__})

/* "a b c" as an array of strings; at most 64, good until the next call. */
WORLD_USED static size_t split(const char *list, const pgc_str **strings) {
    static pgc_str found[64];
    static char text[4096];
    snprintf(text, sizeof text, "%s", list);
    size_t count = 0;
    for (char *rest = text, *word; (word = strsep(&rest, " ")) != NULL;) {
        if (*word != '\0') found[count++] = z(word);
    }
    *strings = found;
    return count;
}

/* IDS(thread or NULL, "a b c"). */
#define IDS(thread, list) (&(pgc_ids[1]){world_ids((thread), (list))}[0])

WORLD_USED static pgc_ids world_ids(const char *thread, const char *list) {
    pgc_ids ids = PGC_IDS_INIT;
    ids.thread_id = z(thread);
    ids.count = split(list, &ids.ids);
    return ids;
}

/* A moment that tests count seconds from: 2024-01-01. */
#define BASE INT64_C(1704067200000000)
#define AT(seconds) (BASE + (seconds)*INT64_C(1000000))

/* ---- Material ---- */

/* A thread; `resource` may be NULL. */
WORLD_USED static void make_thread(const char *id, const char *resource) {
    must(CALL(thread_create, NEW_THREAD(.id = z(id), .resource_id = z(resource))));
}

/* What put() says of ids that exist. */
static pgc_existing world_existing = PGC_EXISTING_REFUSE;

/*
 * Appends messages with these ids and their ids as text: "a b@5 c" gives b the time BASE + 5
 * seconds, and leaves the times of the others to the store.
 */
WORLD_USED static void put(const char *thread, const char *list) {
    pgc_message_new messages[64];
    const pgc_str *ids;
    size_t count = split(list, &ids);
    for (size_t i = 0; i < count; i++) {
        const char *at = memchr(ids[i].data, '@', ids[i].size);
        pgc_str id = {ids[i].data, at == NULL ? ids[i].size : (size_t)(at - ids[i].data)};
        messages[i] =
            MESSAGE(.id = id, .text = id,
                    .created_at = at == NULL ? PGC_NO_TIME : AT(strtoll(at + 1, NULL, 10)));
    }
    must(CALL(message_append, APPEND(.thread_id = z(thread), .messages = messages, .count = count,
                                     .existing = world_existing)));
}

/* The ids in the result, in order: "a b c". */
WORLD_USED static const char *shown(void) {
    size_t threads = pgc_result_threads(result), messages = pgc_result_messages(result);
    char text[4096];
    size_t size = 0;
    text[0] = '\0';
    for (size_t i = 0; i < threads + messages && size < sizeof text; i++) {
        pgc_str id = i < threads ? pgc_result_thread(result, i)->id
                                 : pgc_result_message(result, i - threads)->id;
        size +=
            (size_t)snprintf(text + size, sizeof text - size, "%s%s", i == 0 ? "" : " ", id.data);
    }
    return form("%s", text);
}

/* ---- The world ---- */

static struct pgc_uv world_uvs[256]; /* of all stores that were opened */
static size_t world_uv_count;
static pgc_statement_mode world_statements; /* of stores to be opened */
static const char *world_user;              /* of these; NULL: as store_url() says */
static const char *world_application;       /* what they call themselves; NULL: as others do */

WORLD_USED static pgc_store *world_open(bool metadata_index) {
    pgc_store_options options = PGC_STORE_OPTIONS_INIT;
    pgc_store *opened = NULL;
    options.url = z(store_url());
    options.schema = z(schema);
    options.application_name = z(world_application);
    options.metadata_index = metadata_index;
    options.statement_mode = world_statements;
    options.user = z(world_user);
    roles_prepare(raw, &options);
    if (pgc_store_open(&options, &opened, &err) != 0 || pgc_store_init(opened, &err) != 0) {
        bail("cannot open a store: %s %s", err.message, err.detail);
    }
    if (world_drive == DRIVE_UV) {
        if (world_uv_count == ARRAY_LENGTH(world_uvs)) bail("too many stores on the loop");
        must(pgc_uv_attach(&world_uvs[world_uv_count++], uv_default_loop(), opened, &err));
    }
    return opened;
}

/* `name` becomes a part of the schema's name, whose length does not vary. */
WORLD_USED static void world_begin(const char *name, bool metadata_index) {
    static unsigned count;
    raw = PQconnectdb(getenv("PGCONVO_TEST_URL"));
    if (PQstatus(raw) != CONNECTION_OK) {
        bail("cannot connect: %s", PQerrorMessage(raw));
    }
    roles_begin(raw);
    snprintf(schema, sizeof schema, "%s %08d \"%u", name, (int)getpid(), count++ % 10);
    char *quoted = PQescapeIdentifier(raw, schema, strlen(schema));
    store = world_open(metadata_index);
    sql("SET search_path TO %s", quoted);
    sql("SET timezone TO 'UTC'");
    PQfreemem(quoted);
}

WORLD_USED static void world_end(void) {
    world_take(0);
    pgc_store_free(store);
    store = NULL;
    while (world_uv_count > 0)
        pgc_uv_detach(&world_uvs[--world_uv_count], NULL, NULL);
    uv_run(uv_default_loop(), UV_RUN_DEFAULT);
    if (uv_loop_close(uv_default_loop()) != 0) bail("the loop still has handles");
    char *quoted = PQescapeIdentifier(raw, schema, strlen(schema));
    check_totals();
    sql("SET client_min_messages TO warning");
    sql("DROP SCHEMA %s CASCADE", quoted);
    PQfreemem(quoted);
    roles_end(raw);
    PQfinish(raw);
}

/* Runs the tests in every drive, each time in an empty world. */
WORLD_USED static int world_run(const char *name, void (*tests)(void)) {
    static const char *const names[] = {"blocking calls", "start and wait", "a loop of libuv"};
    for (world_drive = 0; world_drive < DRIVES; world_drive++) {
        diag("%s", names[world_drive]);
        world_begin(name, true);
        tests();
        world_end();
    }
    return done_testing();
}

#endif
