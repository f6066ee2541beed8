/*
 * The hook for tracing: each call that starts ends, once, whatever becomes of it, and what it tells
 * in between comes in order; while counters are read by others.
 */
#include "engine_world.h"

#include <pgconvo_counters.h>

#define SEEN_MAX 200000

/* What was told of an operation. Only one thread at a time tells of it. */
struct seen {
    atomic_int times[4]; /* by phase */
    const char *operation;
    int64_t last_ns;
    pgc_code code;
};

struct record {
    struct seen seen[SEEN_MAX];
    atomic_int wrong;   /* events out of order, or not as they should be */
    atomic_ulong count; /* operations that started */
};

static const char *schema;

static void complain(struct record *record, const pgc_trace_event *event, const char *what) {
    if (atomic_fetch_add(&record->wrong, 1) == 0) {
        diag("%s %" PRIu64 " in phase %d: %s", event->operation, event->id, event->phase, what);
    }
}

static void check_order(struct record *record, struct seen *seen, const pgc_trace_event *event) {
    int sent = atomic_load(&seen->times[PGC_TRACE_SEND]);
    bool started = atomic_load(&seen->times[PGC_TRACE_START]) == 1;
    bool ended = atomic_load(&seen->times[PGC_TRACE_END]) > 0;
    if (!started || ended) complain(record, event, "before its start, or behind its end");
    if (event->time_ns < seen->last_ns) complain(record, event, "the clock went back");
    if (*event->span != seen) complain(record, event, "the span is not what was kept");
    if (strcmp(event->operation, seen->operation) != 0) complain(record, event, "another name");
    if (event->phase == PGC_TRACE_FIRST_ROW &&
        atomic_load(&seen->times[PGC_TRACE_FIRST_ROW]) >= sent) {
        complain(record, event, "an answer to nothing");
    }
    if (event->phase != PGC_TRACE_END && event->error != NULL) complain(record, event, "an error");
}

static void on_trace(void *payload, const pgc_trace_event *event) {
    struct record *record = payload;
    if (event->id == 0 || event->id >= SEEN_MAX) {
        complain(record, event, "an id beyond all bounds");
        return;
    }
    struct seen *seen = &record->seen[event->id];
    if (event->phase == PGC_TRACE_START) {
        if (*event->span != NULL) complain(record, event, "a span before the start");
        *event->span = seen;
        seen->operation = event->operation;
        atomic_fetch_add(&record->count, 1);
        if (atomic_fetch_add(&seen->times[PGC_TRACE_START], 1) != 0) {
            complain(record, event, "an id twice");
        }
    } else {
        check_order(record, seen, event);
        atomic_fetch_add(&seen->times[event->phase], 1);
    }
    seen->last_ns = event->time_ns;
    seen->code = event->error == NULL ? PGC_OK : event->error->code;
}

static struct record *record_new(void) {
    struct record *record = calloc(1, sizeof *record);
    if (record == NULL) bail("calloc");
    return record;
}

static pgc_store *traced(pgc_store_options options, struct record *record) {
    pgc_error err;
    pgc_store *store = open_with(options);
    if (pgc_store_trace(store, on_trace, record, &err) != 0) bail("trace: %s", err.message);
    return store;
}

/* "name start send first-row end CODE" of the newest operation. */
static const char *newest(const struct record *record) {
    const struct seen *seen = &record->seen[atomic_load(&record->count)];
    return form("%s %d %d %d %d %s", seen->operation, seen->times[0], seen->times[1],
                seen->times[2], seen->times[3], pgc_code_name((int)seen->code));
}

/* All that started has ended, as the counters say, too. */
static void check_whole(struct record *record, pgc_store *store, const char *name) {
    pgc_counters counters = PGC_COUNTERS_INIT;
    unsigned long count = atomic_load(&record->count), open = 0, failed = 0;
    pgc_store_counters(store, &counters);
    for (unsigned long id = 1; id <= count; id++) {
        open += atomic_load(&record->seen[id].times[PGC_TRACE_END]) != 1;
        failed += record->seen[id].code != PGC_OK;
    }
    is_int(open, 0, "%s: each of %lu operations ended once", name, count);
    is_int(record->wrong, 0, "%s: in order", name);
    ok(counters.started == count && counters.failed == failed &&
           counters.succeeded == count - failed,
       "%s: the counters say the same", name);
}

/* ---- One by one ---- */

static int ended; /* callbacks */

static void on_done(pgc_op *op, void *payload) {
    (void)op;
    (void)payload;
    ended++;
}

/* Reads a thread, in the drive of the test. */
static void get(pgc_store *store, bool events, const char *id) {
    pgc_error err;
    if (!events) {
        (void)get_thread(store, id, &err);
        return;
    }
    int before = ended;
    if (pgc_thread_get_start(store, z(id), on_done, NULL, NULL, &err) == 0) {
        while (ended == before && pgc_store_poll(store, PATIENCE_MS) >= 0) {}
    }
}

static pgc_store_options hook_options(const char *name) {
    pgc_store_options options = options_for(schema);
    options.application_name = z(name);
    options.max_connections = 1;
    return options;
}

static void check_answers(bool events) {
    struct record *record = record_new();
    pgc_store *store = traced(hook_options("hook"), record);
    get(store, events, "thread");
    is_str(newest(record), "thread_get 1 1 1 1 OK", "a read, and the connection before it");
    get(store, events, "thread");
    is_str(newest(record), "thread_get 1 1 1 1 OK", "another one");
    get(store, events, "nobody");
    is_str(newest(record), "thread_get 1 1 1 1 NOT_FOUND", "one that finds nothing");
    get(store, events, "");
    is_str(newest(record), "thread_get 1 0 0 1 INVALID", "one that is refused");
    check_whole(record, store, "answers");
    pgc_store_close(store, PGC_CLOSE_WAIT);
    get(store, events, "thread");
    is_str(newest(record), "thread_get 1 0 0 1 CLOSED", "one of a closed store");
    check_whole(record, store, "closed");
    pgc_store_free(store);
    free(record);
}

static void check_no_server(bool events) {
    struct record *record = record_new();
    pgc_store_options options = hook_options("hook");
    options.host = z("/nonexistent");
    pgc_store *store = traced(options, record);
    get(store, events, "thread");
    is_str(newest(record), "thread_get 1 0 0 1 CONNECT", "no server");
    check_whole(record, store, "no server");
    pgc_store_free(store);
    free(record);
}

static void check_queue(bool events) {
    pgc_error err;
    pgc_lease *lease = NULL;
    struct record *record = record_new();
    pgc_store_options options = hook_options("hook queue");
    options.acquire_timeout_ms = 50;
    pgc_store *store = traced(options, record);
    if (pgc_lease_acquire(store, &lease, &err) != 0) bail("lease: %s", err.message);
    is_str(newest(record), "lease_acquire 1 1 1 1 OK", "a lease");
    get(store, events, "thread");
    is_str(newest(record), "thread_get 1 0 0 1 BUSY", "no connection in time");
    pgc_lease_release(lease);
    check_whole(record, store, "queue");
    pgc_store_free(store);
    free(record);
}

static void check_timeout(bool events) {
    pgc_error err;
    pgc_store *limited = NULL;
    struct record *record = record_new();
    pgc_store *store = traced(hook_options("hook limit"), record);
    PGconn *holder = raw_connection();
    if (pgc_store_with_timeout(store, 300, &limited, &err) != 0) bail("%s", err.message);
    get(store, events, "thread");
    ask_on(holder, "BEGIN");
    ask_on(holder, form("LOCK TABLE %s.threads", quoted(schema)));
    get(limited, events, "thread");
    const char *seen = newest(record);
    ok(strcmp(seen, "thread_get 1 1 0 1 TIMEOUT") == 0 ||
           strcmp(seen, "thread_get 1 1 1 1 TIMEOUT") == 0,
       "a lock until the limit: %s", seen);
    ask_on(holder, "ROLLBACK");
    PQfinish(holder);
    check_whole(record, store, "limit");
    pgc_store_free(limited);
    pgc_store_free(store);
    free(record);
}

static void check_cancel(void) {
    pgc_error err;
    pgc_op *ops[2];
    struct record *record = record_new();
    pgc_store *store = traced(hook_options("hook cancel"), record);
    get(store, true, "thread");
    int before = ended;
    for (int i = 0; i < 2; i++) {
        if (pgc_thread_get_start(store, z("thread"), on_done, NULL, &ops[i], &err) != 0) {
            bail("start: %s", err.message);
        }
    }
    pgc_op_cancel(ops[1]); /* in the queue */
    is_str(newest(record), "thread_get 1 0 0 1 CANCELLED", "one that waited is cancelled");
    pgc_op_cancel(ops[0]); /* on its way; the answer may be first */
    while (ended < before + 2 && pgc_store_poll(store, PATIENCE_MS) >= 0) {}
    is_int(ended, before + 2, "both called back");
    check_whole(record, store, "cancel");
    pgc_store_free(store);
    free(record);
}

/* ---- All at once ---- */

#define WORKERS 4

struct race {
    pgc_store *store;
    struct record *record;
    atomic_int left; /* workers */
    atomic_bool torn;
};

/* Calls with limits so short that they meet them at every point. */
static void *work(void *payload) {
    struct race *race = *(struct race **)payload;
    pgc_error err;
    for (unsigned i = 0; i < 150; i++) {
        pgc_store *handle = NULL;
        if (pgc_store_with_timeout(race->store, i % 5, &handle, &err) != 0) continue;
        (void)append_one(handle, "thread", NULL, &err);
        (void)get_thread(handle, i % 7 == 0 ? "" : "thread", &err);
        pgc_store_free(handle);
    }
    atomic_fetch_sub(&race->left, 1);
    return NULL;
}

/* Reads what the others make, and sees it never go back. */
static void *watch(void *payload) {
    struct race *race = *(struct race **)payload;
    uint64_t before = 0;
    while (atomic_load(&race->left) > 0) {
        pgc_counters counters = PGC_COUNTERS_INIT;
        pgc_store_counters(race->store, &counters);
        uint64_t done = counters.succeeded + counters.failed;
        if (done < before || counters.started < done) atomic_store(&race->torn, true);
        before = done;
    }
    return NULL;
}

/* The event-driven face amid the others: some are cancelled at once, some after a turn. */
static void start_and_cancel(struct race *race) {
    pgc_error err;
    while (atomic_load(&race->left) > 0) {
        pgc_op *ops[4] = {NULL};
        int before = ended, started = 0;
        for (int i = 0; i < 4; i++) {
            if (pgc_thread_get_start(race->store, z("thread"), on_done, NULL, &ops[i], &err) == 0) {
                started++;
            }
        }
        pgc_op_cancel(ops[1]);
        pgc_op_set_timeout(ops[2], 1);
        while (ended < before + started && pgc_store_poll(race->store, 1) >= 0) {}
    }
}

static void check_race(void) {
    struct race race = {.record = record_new(), .left = WORKERS};
    struct race *jobs[WORKERS + 1];
    pthread_t threads[WORKERS + 1];
    pgc_store_options options = options_for(schema);
    options.max_connections = 3;
    race.store = traced(options, race.record);
    for (int i = 0; i <= WORKERS; i++) {
        jobs[i] = &race;
        if (pthread_create(&threads[i], NULL, i < WORKERS ? work : watch, &jobs[i]) != 0) {
            bail("thread");
        }
    }
    start_and_cancel(&race);
    for (int i = 0; i <= WORKERS; i++) {
        pthread_join(threads[i], NULL);
    }
    ok(!race.torn, "who reads meanwhile never sees less than before, nor more ends than starts");
    check_whole(race.record, race.store, "a race");
    pgc_store_free(race.store);
    free(race.record);
}

/* Closing cancels what runs and what waits. */
static void check_close(void) {
    pgc_error err;
    struct record *record = record_new();
    pgc_store *store = traced(hook_options("hook close"), record);
    PGconn *holder = raw_connection();
    get(store, true, "thread");
    ask_on(holder, "BEGIN");
    ask_on(holder, form("LOCK TABLE %s.threads", quoted(schema)));
    for (int i = 0; i < 5; i++) {
        if (pgc_thread_get_start(store, z("thread"), on_done, NULL, NULL, &err) != 0) {
            bail("start: %s", err.message);
        }
    }
    pgc_store_close(store, PGC_CLOSE_CANCEL);
    check_whole(record, store, "close");
    ask_on(holder, "ROLLBACK");
    PQfinish(holder);
    pgc_store_free(store);
    free(record);
}

int main(void) {
    world_begin();
    schema = schema_named("hook");
    pgc_store *store = store_in(schema);
    must_create(store, "thread");
    pgc_store_free(store);
    for (int events = 0; events < 2; events++) {
        diag(events ? "started calls" : "blocking calls");
        check_answers(events);
        check_no_server(events);
        check_queue(events);
        check_timeout(events);
    }
    check_cancel();
    check_race();
    check_close();
    return world_end();
}
