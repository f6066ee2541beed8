/*
 * What the live tests of stores, pools and events share: a connection of the superuser behind the
 * store's back, schemas that go away at the end, threads and processes that run at once. Checks are
 * made by the main thread alone; others count what went wrong in atomic numbers.
 */
#ifndef ENGINE_WORLD_H
#define ENGINE_WORLD_H

#include "live/roles.h"
#include "live/totals.h"
#include "pgconvo.h"
#include "tap.h"

#include <errno.h>
#include <libpq-fe.h>
#include <poll.h>
#include <pthread.h>
#include <spawn.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WORLD_USED __attribute__((unused))
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define PATIENCE_MS 60000 /* how long a thing that must happen may take before a test gives up */

static PGconn *admin;
static char world_texts[32][4096];
static unsigned world_next_text;
static char world_schemas[64][PGC_SCHEMA_MAX + 1];
static size_t world_schema_count;

WORLD_USED static pgc_str z(const char *text) {
    return pgc_z(text);
}

WORLD_USED static void pause_ms(long ms) {
    struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    nanosleep(&time, NULL);
}

static char *next_text(void) {
    return world_texts[world_next_text++ % COUNT(world_texts)];
}

/* A formatted string, good until 32 calls later; for the main thread. */
TAP_FORMAT(1, 2) static const char *form(const char *format, ...) {
    char *text = next_text();
    va_list values;
    va_start(values, format);
    vsnprintf(text, sizeof world_texts[0], format, values);
    va_end(values);
    return text;
}

WORLD_USED static bool behind_pooler(void) {
    return getenv("PGCONVO_TEST_STORE_URL") != NULL;
}

/* ---- SQL behind the store's back ---- */

static PGconn *connect_to(const char *conninfo) {
    PGconn *conn = PQconnectdb(conninfo);
    if (PQstatus(conn) != CONNECTION_OK) bail("%s: %s", conninfo, PQerrorMessage(conn));
    PQclear(PQexec(conn, "SET client_min_messages TO warning; SET timezone TO 'UTC'"));
    return conn;
}

WORLD_USED static PGconn *raw_connection(void) {
    return connect_to(getenv("PGCONVO_TEST_URL"));
}

/* The first value of the first row, "" for null and for no row. Ends the program if it fails. */
static void read_value(PGconn *conn, const char *sql, char *value, size_t size) {
    PGresult *rows = PQexec(conn, sql);
    ExecStatusType status = PQresultStatus(rows);
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
        bail("%s: %s", sql, PQresultErrorMessage(rows));
    }
    bool there = PQntuples(rows) > 0 && PQnfields(rows) > 0;
    snprintf(value, size, "%s", there ? PQgetvalue(rows, 0, 0) : "");
    PQclear(rows);
}

/* The same; good as long as form()'s. */
WORLD_USED static const char *ask_on(PGconn *conn, const char *sql) {
    char *text = next_text();
    read_value(conn, sql, text, sizeof world_texts[0]);
    return text;
}

TAP_FORMAT(1, 2) static const char *ask(const char *format, ...) {
    char sql[8192];
    va_list values;
    va_start(values, format);
    vsnprintf(sql, sizeof sql, format, values);
    va_end(values);
    return ask_on(admin, sql);
}

/* Takes no string of form()'s, like the waits below: these ask as often as it takes. */
TAP_FORMAT(1, 2) static int64_t ask_number(const char *format, ...) {
    char sql[8192], number[32];
    va_list values;
    va_start(values, format);
    vsnprintf(sql, sizeof sql, format, values);
    va_end(values);
    read_value(admin, sql, number, sizeof number);
    return strtoll(number, NULL, 10);
}

/* Waits until a query says 't'; false if it never does. */
TAP_FORMAT(1, 2) static bool becomes_true(const char *format, ...) {
    char sql[8192], answer[8];
    va_list values;
    va_start(values, format);
    vsnprintf(sql, sizeof sql, format, values);
    va_end(values);
    for (int i = 0; i < PATIENCE_MS / 10; i++) {
        read_value(admin, sql, answer, sizeof answer);
        if (strcmp(answer, "t") == 0) return true;
        pause_ms(10);
    }
    diag("this never became true: %s", sql);
    return false;
}

/*
 * What a store calls itself on the server; good as long as form()'s. It is this process's own: the
 * same program may run on the same server at the same time, as another role or behind a pooler.
 */
WORLD_USED static const char *application_named(const char *tag) {
    return form("%s %d", tag, (int)getpid());
}

/* How many calls of the store that calls itself so wait for a lock. */
WORLD_USED static int64_t blocked(const char *application) {
    return ask_number("SELECT count(*) FROM pg_stat_activity WHERE application_name = '%s' AND "
                      "wait_event_type = 'Lock'",
                      application);
}

/* Waits until so many calls of this application_named() wait for a lock; false if they never do. */
WORLD_USED static bool becomes_blocked(const char *tag, int count) {
    const char *application = application_named(tag);
    for (int i = 0; i < PATIENCE_MS / 10; i++) {
        if (blocked(application) == count) return true;
        pause_ms(10);
    }
    diag("%s", ask("SELECT string_agg(concat_ws(' ', pid, state, wait_event_type, wait_event, "
                   "now() - state_change, left(query, 40), pg_blocking_pids(pid)), '; ') FROM "
                   "pg_stat_activity WHERE application_name = '%s'",
                   application));
    return false;
}

/*
 * A call was stopped by the server, which then has done nothing. One that does not answer in time
 * is left, and may do it still: the caller is told that it is unknown.
 */
WORLD_USED static bool stopped_by_server(const pgc_error *err) {
    return strcmp(err->sqlstate, "57014") == 0;
}

/* Ends a connection from the server's side; it is over when the socket says so. */
WORLD_USED static void hang_up(int pid, int socket) {
    struct pollfd pollfd = {.fd = socket, .events = POLLRDHUP};
    ask("SELECT pg_terminate_backend(%d)", pid);
    if (poll(&pollfd, 1, PATIENCE_MS) != 1) bail("backend %d does not end", pid);
}

/* A quoted name; good as long as form()'s. */
WORLD_USED static const char *quoted(const char *name) {
    char *text = PQescapeIdentifier(admin, name, strlen(name));
    const char *copy = form("%s", text);
    PQfreemem(text);
    return copy;
}

/* ---- Schemas ---- */

/* To be dropped at the end, and now if an earlier run left it. */
WORLD_USED static const char *fresh(const char *name) {
    char *own = world_schemas[world_schema_count++ % COUNT(world_schemas)];
    snprintf(own, sizeof world_schemas[0], "%s", name);
    ask("DROP SCHEMA IF EXISTS %s CASCADE", quoted(own));
    return own;
}

/* A name of this process's own: "tag 1234". */
WORLD_USED static const char *schema_named(const char *tag) {
    return fresh(form("%s %d", tag, (int)getpid()));
}

static void world_begin(void) {
    setbuf(stdout, NULL);
    admin = raw_connection();
    roles_begin(admin);
}

/* Of a schema that holds a store. */
WORLD_USED static void check_totals(const char *schema) {
    const char *s = quoted(schema);
    if (strcmp(ask("SELECT EXISTS (SELECT FROM pg_attribute WHERE attrelid = "
                   "to_regclass('%s.threads') AND attname = 'holes')",
                   s),
               "t") == 0) {
        is_str(ask(WRONG_TOTALS, s, s), "", "%s: every thread knows how many messages it has", s);
    }
}

static int world_end(void) {
    for (size_t i = 0; i < world_schema_count && i < COUNT(world_schemas); i++) {
        check_totals(world_schemas[i]);
        ask("DROP SCHEMA IF EXISTS %s CASCADE", quoted(world_schemas[i]));
    }
    roles_end(admin);
    PQfinish(admin);
    return done_testing();
}

/* ---- Stores ---- */

WORLD_USED static pgc_store_options options_for(const char *schema) {
    pgc_store_options options = PGC_STORE_OPTIONS_INIT;
    options.url = z(store_url());
    options.schema = z(schema);
    return options;
}

static pgc_store *open_with(pgc_store_options options) {
    pgc_error err;
    pgc_store *store = NULL;
    roles_prepare(admin, &options);
    if (pgc_store_open(&options, &store, &err) != 0) bail("open: %s", err.message);
    return store;
}

/* An open store whose schema is there. */
WORLD_USED static pgc_store *store_with(pgc_store_options options) {
    pgc_error err;
    pgc_store *store = open_with(options);
    if (pgc_store_init(store, &err) != 0) bail("init: %s %s", err.message, err.detail);
    return store;
}

WORLD_USED static pgc_store *store_in(const char *schema) {
    return store_with(options_for(schema));
}

/* What opening and using a store comes to: the code; `err` says more. */
WORLD_USED static int try_store(pgc_store_options options, pgc_error *err) {
    pgc_store *store = NULL;
    memset(err, 0x55, sizeof *err);
    int status = pgc_store_open(&options, &store, err);
    if (status == 0) status = pgc_store_init(store, err);
    pgc_store_free(store);
    return status;
}

/* Do any of the texts of an error hold these words? */
WORLD_USED static bool tells(const pgc_error *err, const char *words) {
    return strstr(err->message, words) != NULL || strstr(err->detail, words) != NULL ||
           strstr(err->hint, words) != NULL || strstr(err->constraint, words) != NULL;
}

/* ---- Operations, thread-safe ---- */

WORLD_USED static int create_thread(pgc_store *store, const char *id, pgc_error *err) {
    pgc_thread_new thread = PGC_THREAD_NEW_INIT;
    pgc_result *result = NULL;
    thread.id = z(id);
    thread.resource_id = z("somebody");
    int status = pgc_thread_create(store, &thread, &result, err);
    pgc_result_free(result);
    return status;
}

WORLD_USED static void must_create(pgc_store *store, const char *id) {
    pgc_error err;
    if (create_thread(store, id, &err) != 0) bail("create: %s %s", err.message, err.detail);
}

WORLD_USED static pgc_message_new message_named(const char *id) {
    pgc_message_new message = PGC_MESSAGE_NEW_INIT;
    message.id = z(id);
    message.role = z("user");
    message.text = z("words");
    message.metadata = z("{\"mark\": 1}");
    return message;
}

/* Appends one message with metadata; `id` may be NULL. */
WORLD_USED static int append_one(pgc_store *store, const char *thread, const char *id,
                                 pgc_error *err) {
    pgc_message_new message = message_named(id);
    pgc_append append = PGC_APPEND_INIT;
    pgc_result *result = NULL;
    append.thread_id = z(thread);
    append.messages = &message;
    append.count = 1;
    int status = pgc_message_append(store, &append, &result, err);
    pgc_result_free(result);
    return status;
}

WORLD_USED static int get_thread(pgc_store *store, const char *id, pgc_error *err) {
    pgc_result *result = NULL;
    int status = pgc_thread_get(store, z(id), &result, err);
    pgc_result_free(result);
    return status;
}

/* Sets a title, which needs the thread's lock. */
WORLD_USED static int set_title(pgc_store *store, const char *id, const char *title,
                                pgc_error *err) {
    pgc_thread_change change = PGC_THREAD_CHANGE_INIT;
    pgc_result *result = NULL;
    change.id = z(id);
    change.title = z(title);
    int status = pgc_thread_update(store, &change, &result, err);
    pgc_result_free(result);
    return status;
}

WORLD_USED static pgc_pool_status pool_of(pgc_store *store) {
    pgc_pool_status status;
    pgc_store_pool_status(store, &status);
    return status;
}

/* Rows that belong to nobody, and messages without the metadata they came with. */
WORLD_USED static int64_t orphans(const char *schema) {
    const char *s = quoted(schema);
    return ask_number("SELECT (SELECT count(*) FROM %s.messages m WHERE NOT EXISTS (SELECT FROM "
                      "%s.threads t WHERE t.id = m.thread_id)) + (SELECT count(*) FROM %s.metadata "
                      "d WHERE NOT EXISTS (SELECT FROM %s.threads t WHERE t.id = d.thread_id) OR "
                      "(d.message_id <> '' AND NOT EXISTS (SELECT FROM %s.messages m WHERE "
                      "m.thread_id = d.thread_id AND m.id = d.message_id)))",
                      s, s, s, s, s);
}

/* ---- Threads and processes ---- */

/* Runs `run` in `count` threads at once, each with its element of `jobs`; waits for them. */
WORLD_USED static void run_threads(size_t count, void *(*run)(void *), void *jobs, size_t size) {
    pthread_t threads[64];
    if (count > COUNT(threads)) bail("too many threads");
    for (size_t i = 0; i < count; i++) {
        if (pthread_create(&threads[i], NULL, run, (char *)jobs + i * size) != 0) bail("thread");
    }
    for (size_t i = 0; i < count; i++) {
        pthread_join(threads[i], NULL);
    }
}

/* Starts this program anew with these arguments. */
WORLD_USED static pid_t start_self(const char *what, const char *a, const char *b) {
    extern char **environ;
    char *arguments[] = {strdup("self"), strdup(what), strdup(a), strdup(b), NULL};
    pid_t child = -1;
    if (posix_spawn(&child, "/proc/self/exe", NULL, NULL, arguments, environ) != 0) bail("spawn");
    for (size_t i = 0; i < COUNT(arguments) - 1; i++) {
        free(arguments[i]);
    }
    return child;
}

/* The exit status of a child, -1 if it did not exit by itself. */
WORLD_USED static int exit_of(pid_t child) {
    int status = -1;
    while (waitpid(child, &status, 0) == -1 && errno == EINTR) {}
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

#endif
