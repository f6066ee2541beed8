/*
 * libpq fails, or gives odd values, in each of its functions and at each call of them, once and for
 * ever: calls end with an error of a code, by their deadline, give back all that libpq handed out,
 * and the next one works on a new connection.
 */
#include "fake_libpq.h"
#include "pgconvo.h"

enum { CONNECT_MS = 100, CALL_MS = 150, CALLS_MAX = 8 };

static pgc_error err;
static bool blocking;

/* ---- What is done ---- */

static int get_thread(pgc_store *store) {
    pgc_result *result = NULL;
    pgc_op *op;
    int status;
    memset(&err, 0x55, sizeof err);
    if (blocking) {
        status = pgc_thread_get(store, pgc_z("t"), &result, &err);
    } else {
        status = pgc_thread_get_start(store, pgc_z("t"), NULL, NULL, &op, &err);
        if (status == 0) status = pgc_op_wait(op, &result, &err);
    }
    pgc_result_free(result);
    return status == -PGC_NOT_FOUND ? 0 : status; /* there are no rows */
}

/* Two calls: the second one on the connection that is there. */
static int calls(pgc_store *store) {
    int status = get_thread(store);
    return status != 0 ? status : get_thread(store);
}

static int lease(pgc_store *store) {
    pgc_lease *lease = NULL;
    int status = pgc_lease_acquire(store, &lease, &err);
    if (status != 0) return status;
    pgc_lease_release(lease);
    return get_thread(store);
}

static int make_index(pgc_store *store) {
    return pgc_metadata_index_create(store, &err);
}

/* ---- What goes wrong ---- */

static const struct odd {
    const char *function;
    bool for_ever;
    long values[16]; /* ends with LAST */
} odds[] = {
#define LAST 4242
    {"PQconnectStartParams", true, {0, LAST}},
    {"PQconnectPoll",
     true,
     {PGRES_POLLING_FAILED, PGRES_POLLING_READING, PGRES_POLLING_WRITING, PGRES_POLLING_ACTIVE,
      LAST}},
    {"PQsocket", true, {-1, 1000, LAST}},
    {"PQstatus", true, {CONNECTION_BAD, LAST}},
    {"PQconnectionNeedsPassword", true, {1, LAST}},
    {"PQbackendPID", true, {0, LAST}},
    {"PQtransactionStatus",
     true,
     {PQTRANS_ACTIVE, PQTRANS_INTRANS, PQTRANS_INERROR, PQTRANS_UNKNOWN, LAST}},
    {"PQpipelineStatus", true, {PQ_PIPELINE_ON, PQ_PIPELINE_ABORTED, LAST}},
    {"PQsetnonblocking", true, {-1, LAST}},
    {"PQenterPipelineMode", true, {0, LAST}},
    {"PQexitPipelineMode", true, {0, LAST}},
    {"PQgetCancel", true, {0, LAST}},
    {"PQsendQueryParams", true, {0, LAST}},
    {"PQsendPrepare", true, {0, LAST}},
    {"PQsendQueryPrepared", true, {0, LAST}},
    {"PQpipelineSync", true, {0, LAST}},
    {"PQflush", true, {-1, 1, LAST}},
    {"PQconsumeInput", true, {0, LAST}},
    {"PQisBusy", true, {1, LAST}},
    {"PQgetResult", true, {-1, LAST}},
    {"PQgetResult", /* results without end need an input without end, which t_hostile has */
     false,
     {-2, PGRES_EMPTY_QUERY, PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_COPY_OUT, PGRES_COPY_IN,
      PGRES_BAD_RESPONSE, PGRES_NONFATAL_ERROR, PGRES_FATAL_ERROR, PGRES_COPY_BOTH,
      PGRES_SINGLE_TUPLE, PGRES_PIPELINE_SYNC, PGRES_PIPELINE_ABORTED, LAST}},
    {"PQexec", true, {-1, PGRES_FATAL_ERROR, PGRES_COPY_IN, PGRES_EMPTY_QUERY, LAST}},
    {"PQnotifies", false, {1, LAST}},
    {"PQconninfoParse", true, {1, 2, LAST}},
};

/* ---- The loop ---- */

static pgc_store *open_store(void) {
    pgc_store *store = NULL;
    pgc_store_options options = PGC_STORE_OPTIONS_INIT;
    options.url = pgc_z("host=nowhere");
    options.schema = pgc_z("s");
    options.schema_mode = PGC_SCHEMA_NONE;
    options.connect_timeout_ms = CONNECT_MS;
    options.call_timeout_ms = CALL_MS;
    options.no_retry = true; /* what comes of each attempt is what counts */
    memset(&err, 0x55, sizeof err);
    return pgc_store_open(&options, &store, &err) == 0 ? store : NULL;
}

/* The cancel of a call that was stopped frees what it has in a thread of its own. */
static bool is_all_given_back(void) {
    for (int i = 0; i < 3000 && __atomic_load_n(&fake_live, __ATOMIC_SEQ_CST) != 0; i++) {
        usleep(10000);
    }
    return fake_live == 0;
}

static bool play(int (*scene)(pgc_store *store), struct fake_script script) {
    memset(fake_calls, 0, sizeof fake_calls);
    fake_script = script;
    pgc_store *store = open_store();
    int status = store == NULL ? -(int)err.code : scene(store);
    pgc_error told = err;
    fake_script.function = NULL;
    bool holds =
        status == 0 || (status < 0 && (int)told.code == -status && told.message[0] != '\0' &&
                        memchr(told.message, '\0', sizeof told.message) != NULL);
    bool works = store == NULL;
    for (int i = 0; i < 20 && !works; i++) { /* the limits are tight for a machine that is busy */
        works = get_thread(store) == 0;
    }
    pgc_store_free(store);
    bool given_back = is_all_given_back();
    if (!holds || !works || !given_back) {
        diag("%s call %d%s gives %ld: %s: %.200s", script.function, script.at,
             script.for_ever ? " and later" : "", script.value, pgc_code_name(status),
             status == 0 ? "" : told.message);
        diag("told %d, next call works %d, left %ld", holds, works, fake_live);
        fake_live = 0;
    }
    return holds && works && given_back;
}

static int count_calls(int (*scene)(pgc_store *store), const char *function) {
    play(scene, (struct fake_script){.function = NULL});
    int count = *fake_count(function);
    return count < CALLS_MAX ? count : CALLS_MAX;
}

static void play_odd(const char *name, int (*scene)(pgc_store *store), const struct odd *odd) {
    int count = count_calls(scene, odd->function), played = 0;
    bool holds = true;
    for (const long *value = odd->values; *value != LAST; value++) {
        for (int at = 0; at < count; at++) {
            struct fake_script script = {odd->function, at, false, *value};
            holds &= play(scene, script);
            script.for_ever = true;
            holds &= !odd->for_ever || play(scene, script);
            played += 2;
        }
    }
    if (played == 0) return; /* it is not called there */
    ok(holds, "%s, %s: %s gives odd values, %d times", name, blocking ? "blocking" : "started",
       odd->function, played);
}

static const struct {
    const char *name;
    int (*scene)(pgc_store *store);
} scenes[] = {{"calls", calls}, {"a lease", lease}, {"the index", make_index}};

int main(void) {
    setbuf(stdout, NULL);
    alarm(500); /* a hang ends the program */
    for (int drive = 0; drive < 2; drive++) {
        blocking = drive == 0;
        for (size_t i = 0; i < sizeof scenes / sizeof scenes[0]; i++) {
            ok(play(scenes[i].scene, (struct fake_script){.function = NULL}), "%s", scenes[i].name);
            for (size_t k = 0; k < sizeof odds / sizeof odds[0]; k++) {
                if (blocking || i == 0) play_odd(scenes[i].name, scenes[i].scene, &odds[k]);
            }
        }
    }
    return done_testing();
}
