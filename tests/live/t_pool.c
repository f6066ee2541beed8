/* The pool: its ceiling, its queue, its time limits, and the numbers it tells. */
#include "face/store.h"
#include "proxy.h"

static const char *schema;

static pgc_store_options pool_options(const char *application, uint32_t max) {
    pgc_store_options options = options_for(schema);
    options.application_name = z(application);
    options.max_connections = max;
    return options;
}

static int64_t backends(const char *application) {
    return ask_number("SELECT count(*) FROM pg_stat_activity WHERE application_name = '%s'",
                      application);
}

static pgc_lease *lease_of(pgc_store *store) {
    pgc_error err;
    pgc_lease *lease = NULL;
    if (pgc_lease_acquire(store, &lease, &err) != 0) bail("lease: %s", err.message);
    return lease;
}

static int pid_of(pgc_lease *lease) {
    return PQbackendPID(pgc_lease_conn(lease));
}

/* Waits until so many operations are in the queue. */
static void await_waiting(pgc_store *store, uint32_t count) {
    for (int i = 0; i < PATIENCE_MS && pool_of(store).waiting != count; i++) {
        pause_ms(1);
    }
    if (pool_of(store).waiting != count) bail("%u do not wait", count);
}

/* ---- The ceiling ---- */

struct worker {
    pgc_store *store;
    int calls;
    int failed;
    uint32_t most; /* connections it saw */
};

static atomic_int workers_left;

static void *work(void *payload) {
    struct worker *worker = payload;
    pgc_error err;
    for (int i = 0; i < worker->calls; i++) {
        int status = i % 3 == 0 ? append_one(worker->store, "busy", NULL, &err)
                                : get_thread(worker->store, "busy", &err);
        worker->failed += status != 0;
        uint32_t open = pool_of(worker->store).open;
        worker->most = open > worker->most ? open : worker->most;
    }
    atomic_fetch_sub(&workers_left, 1);
    return NULL;
}

struct crew {
    struct worker workers[16];
    size_t count;
};

static void *run_crew(void *payload) {
    struct crew *crew = payload;
    run_threads(crew->count, work, crew->workers, sizeof crew->workers[0]);
    return NULL;
}

static void check_ceiling(uint32_t max, size_t threads, const char *application) {
    pgc_store *store = store_with(pool_options(application, max));
    struct crew crew = {.count = threads};
    pthread_t thread;
    int64_t most = 0;
    atomic_store(&workers_left, (int)threads);
    for (size_t i = 0; i < threads; i++) {
        crew.workers[i] = (struct worker){.store = store, .calls = 60};
    }
    if (pthread_create(&thread, NULL, run_crew, &crew) != 0) bail("thread");
    while (atomic_load(&workers_left) > 0) {
        int64_t now = backends(application);
        most = now > most ? now : most;
    }
    pthread_join(thread, NULL);
    int failed = 0;
    uint32_t seen = 0;
    for (size_t i = 0; i < threads; i++) {
        failed += crew.workers[i].failed;
        seen = crew.workers[i].most > seen ? crew.workers[i].most : seen;
    }
    is_int(failed, 0, "%zu threads on %u connections: every call succeeds", threads, max);
    ok(most <= max, "the server never sees more than %u (%d)", max, (int)most);
    is_int(seen, max, "the store tells of %u", max);
    pgc_pool_status status = pool_of(store);
    is_int(status.max, max, "and of the ceiling");
    ok(status.idle == status.open && status.leased == 0 && status.waiting == 0,
       "when all is done, all are idle");
    pgc_store_free(store);
    ok(becomes_true("SELECT count(*) = 0 FROM pg_stat_activity WHERE application_name = '%s'",
                    application),
       "closing the store closes them");
}

/* ---- The queue ---- */

struct queuer {
    pgc_store *store;
    int number;
    int status;
    pgc_error err;
    pthread_t thread;
};

static int served[16];
static int served_count; /* written by who holds the only connection */

static void *queue_up(void *payload) {
    struct queuer *queuer = payload;
    pgc_lease *lease = NULL;
    queuer->status = pgc_lease_acquire(queuer->store, &lease, &queuer->err);
    if (queuer->status == 0) {
        served[served_count++] = queuer->number;
        pgc_lease_release(lease);
    }
    return NULL;
}

static void start_queuers(struct queuer *queuers, int count, pgc_store *store) {
    served_count = 0;
    for (int i = 0; i < count; i++) {
        queuers[i] = (struct queuer){.store = store, .number = i};
        if (pthread_create(&queuers[i].thread, NULL, queue_up, &queuers[i]) != 0) bail("thread");
        await_waiting(store, (uint32_t)i + 1);
    }
}

static int end_queuers(struct queuer *queuers, int count) {
    int failed = 0;
    for (int i = 0; i < count; i++) {
        pthread_join(queuers[i].thread, NULL);
        if (queuers[i].status != 0 && failed++ == 0) diag("%s", queuers[i].err.message);
    }
    return failed;
}

static void check_order(void) {
    enum { QUEUERS = 12 };
    struct queuer queuers[QUEUERS];
    pgc_store *store = store_with(pool_options("pool order", 1));
    pgc_lease *lease = lease_of(store);
    start_queuers(queuers, QUEUERS, store);
    pgc_pool_status status = pool_of(store);
    ok(status.open == 1 && status.idle == 0 && status.leased == 1 && status.waiting == QUEUERS,
       "one is lent out, %d wait", QUEUERS);
    pgc_lease_release(lease);
    is_int(end_queuers(queuers, QUEUERS), 0, "all of them are served");
    bool in_order = served_count == QUEUERS;
    for (int i = 0; i < served_count; i++) {
        in_order = in_order && served[i] == i;
    }
    ok(in_order, "first come, first served");

    lease = lease_of(store);
    start_queuers(queuers, 3, store);
    hang_up(pid_of(lease), PQsocket(pgc_lease_conn(lease)));
    pgc_lease_release(lease);
    is_int(end_queuers(queuers, 3), 0, "a broken connection that comes back is replaced for them");
    status = pool_of(store);
    ok(status.open == 1 && status.idle == 1 && status.waiting == 0, "and the numbers are right");
    pgc_store_free(store);
}

/* ---- Time limits ---- */

static void check_acquire_timeout(void) {
    pgc_store_options options = pool_options("pool busy", 1);
    options.acquire_timeout_ms = 60;
    pgc_store *store = store_with(options);
    pgc_error err;
    pgc_lease *lease = lease_of(store), *none = NULL;
    is_code(get_thread(store, "busy", &err), PGC_BUSY, &err, "no connection becomes free: BUSY");
    is_int(err.retry, PGC_RETRY_SAFE, "nothing was done");
    ok(strstr(err.hint, "max_connections") != NULL, "the hint says what helps");
    is_code(pgc_lease_acquire(store, &none, &err), PGC_BUSY, &err, "a lease too");
    ok(none == NULL, "which is not set");
    is_int(pool_of(store).waiting, 0, "who gave up does not wait any more");
    pgc_lease_release(lease);
    is_code(get_thread(store, "busy", &err), PGC_OK, &err, "it came back: the next call works");
    pgc_store_free(store);
}

static void check_idle_timeout(void) {
    pgc_store_options options = pool_options("pool idle", 4);
    options.idle_timeout_ms = 100;
    pgc_store *store = store_with(options);
    pgc_error err;
    pgc_lease *leases[3];
    int pids[3];
    for (int i = 0; i < 3; i++) {
        leases[i] = lease_of(store);
        pids[i] = pid_of(leases[i]);
    }
    for (int i = 0; i < 3; i++) {
        pgc_lease_release(leases[i]);
    }
    is_int(pool_of(store).idle, 3, "three connections are idle");
    pause_ms(300);
    is_int(pool_of(store).open, 3, "nothing happens by itself");
    is_code(get_thread(store, "busy", &err), PGC_OK, &err, "the store is used");
    is_int(pool_of(store).open, 1, "those that were idle for too long are closed");
    ok(becomes_true("SELECT count(*) = 1 FROM pg_stat_activity WHERE application_name = "
                    "'pool idle'"),
       "on the server too");
    leases[0] = lease_of(store);
    int pid = pid_of(leases[0]);
    ok(pid != pids[0] && pid != pids[1] && pid != pids[2],
       "the one in use now is none of those that were idle for too long");
    pgc_lease_release(leases[0]);
    for (int i = 0; i < 8; i++) {
        pause_ms(30);
        is_code(get_thread(store, "busy", &err), PGC_OK, &err, "used again");
    }
    leases[0] = lease_of(store);
    is_int(pid_of(leases[0]), pid, "one that is used all the time stays");
    pgc_lease_release(leases[0]);
    pgc_store_free(store);
}

static struct pool_counters counters_of(pgc_store *store) {
    struct pool_counters counters;
    pool_counters(&store->whole->engine.pool, &counters);
    return counters;
}

static void check_lifetime(void) {
    pgc_store_options options = pool_options("pool age", 2);
    options.max_lifetime_ms = 300;
    pgc_store *store = store_with(options);
    pgc_error err;
    pgc_lease *lease = lease_of(store);
    int pid = pid_of(lease);
    pause_ms(350);
    PGresult *rows = PQexec(pgc_lease_conn(lease), "SELECT 1");
    is_int(PQresultStatus(rows), PGRES_TUPLES_OK, "one in use gets as old as it likes");
    PQclear(rows);
    pgc_lease_release(lease);
    is_int(pool_of(store).open, 0, "given back, it is too old");
    is_int((int64_t)counters_of(store).expired_age, 1, "and counted");
    is_code(get_thread(store, "busy", &err), PGC_OK, &err, "the next call has a new one");
    pause_ms(350);
    is_int(pool_of(store).idle, 1, "which is idle until it is too old");
    is_code(get_thread(store, "busy", &err), PGC_OK, &err, "and replaced when it is taken");
    is_int((int64_t)counters_of(store).expired_age, 2, "two were too old");
    is_int((int64_t)counters_of(store).lost, 0, "none was lost");
    ok(becomes_true("SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = %d)", pid),
       "on the server they are gone");
    pgc_store_free(store);
}

/* ---- The warm-up, the bound of the queue ---- */

static int done_count;
static int done_failed;

static void on_done(pgc_op *op, void *payload) {
    const pgc_code *expected = payload;
    pgc_error err;
    done_failed += pgc_op_take(op, NULL, &err) != -(int)*expected;
    done_count++;
}

static int init_store(pgc_store *store, bool events, pgc_error *err) {
    pgc_op *op = NULL;
    if (!events) return pgc_store_init(store, err);
    int status = pgc_store_init_start(store, NULL, NULL, &op, err);
    return status != 0 ? status : pgc_op_wait(op, NULL, err);
}

static void check_warm_up(bool events) {
    pgc_store_options options = pool_options("pool warm", 6);
    pgc_error err;
    options.min_connections = 4;
    options.idle_timeout_ms = 50;
    pgc_store *store = open_with(options);
    is_code(init_store(store, events, &err), PGC_OK, &err, "init warms up");
    is_int(pool_of(store).idle, 4, "four connections are ready");
    is_int(backends("pool warm"), 4, "the server has them");
    is_int((int64_t)counters_of(store).connects, 4, "no more were made");
    is_code(init_store(store, events, &err), PGC_OK, &err, "a second init");
    is_int(pool_of(store).open, 4, "needs no more");
    pause_ms(120);
    is_code(get_thread(store, "busy", &err), PGC_OK, &err, "the store is used later");
    is_int(pool_of(store).open, 4, "being idle has not closed them");
    is_int((int64_t)counters_of(store).expired_idle, 0, "not one");
    pgc_store_free(store);

    options.url = z(form("host=127.0.0.1 port=%u user=%s dbname=%s sslmode=disable "
                         "gssencmode=disable",
                         proxy.port, PQuser(admin), PQdb(admin)));
    options.call_timeout_ms = PATIENCE_MS;
    store = open_with(options);
    atomic_store(&proxy.room, 2);
    is_code(init_store(store, events, &err), PGC_OK, &err, "two of four can be made: init is done");
    is_int(pool_of(store).open, 2, "with two");
    is_int((int64_t)counters_of(store).connect_failures, 2, "two failed");
    atomic_store(&proxy.room, 0);
    pgc_store_free(store);
    store = open_with(options);
    pgc_store *hasty = NULL;
    if (pgc_store_with_timeout(store, 0, &hasty, &err) != 0) bail("handle");
    is_code(init_store(hasty, events, &err), PGC_CONNECT, &err, "none can be made: it fails");
    pgc_store_free(hasty);
    pgc_store_free(store);
    atomic_store(&proxy.room, INT32_MAX);
}

static void check_bound(void) {
    pgc_store_options options = pool_options("pool bound", 1);
    options.max_waiting = 2;
    struct queuer queuers[2];
    pgc_code fine = PGC_OK;
    pgc_error err;
    pgc_store *store = store_with(options);
    pgc_lease *lease = lease_of(store);
    start_queuers(queuers, 2, store);
    is_code(get_thread(store, "busy", &err), PGC_BUSY, &err, "the third that would wait: BUSY");
    is_int(err.retry, PGC_RETRY_SAFE, "nothing was done");
    ok(strstr(err.hint, "max_waiting") != NULL, "the hint names the bound");
    is_code(pgc_thread_get_start(store, z("busy"), on_done, &fine, NULL, &err), PGC_BUSY, &err,
            "a started one as well");
    is_int(done_count, 0, "which is not called back");
    pgc_lease_release(lease);
    is_int(end_queuers(queuers, 2), 0, "the two are served");
    is_int((int64_t)counters_of(store).refused, 2, "two are counted");
    lease = lease_of(store);
    for (int i = 0; i < 2; i++) {
        is_code(pgc_thread_get_start(store, z("busy"), on_done, &fine, NULL, &err), PGC_OK, &err,
                "two started ones wait");
    }
    is_code(get_thread(store, "busy", &err), PGC_BUSY, &err, "a third, blocking one does not");
    pgc_lease_release(lease);
    while (done_count < 2 && pgc_store_poll(store, PATIENCE_MS) > 0) {}
    is_int(done_failed, 0, "and are served");
    pgc_store_free(store);
}

static void check_new_options(void) {
    pgc_error err;
    pgc_store *store = NULL;
    pgc_store_options options = pool_options("pool options", 3);
    options.min_connections = 4;
    is_code(pgc_store_open(&options, &store, &err), PGC_INVALID, &err, "more than the ceiling");
    ok(tells(&err, "min_connections"), "the error names it");
}

/* ---- Numbers ---- */

static bool shows(pgc_store *store, uint32_t open, uint32_t idle, uint32_t leased) {
    pgc_pool_status status = pool_of(store);
    bool right = status.open == open && status.idle == idle && status.leased == leased &&
                 status.waiting == 0;
    if (!right) {
        diag("open %u, idle %u, leased %u, waiting %u", status.open, status.idle, status.leased,
             status.waiting);
    }
    return right;
}

static void check_numbers(void) {
    pgc_error err;
    pgc_store *store = open_with(pool_options("pool numbers", 0));
    is_int(pool_of(store).max, 10, "the ceiling is 10 unless told otherwise");
    ok(shows(store, 0, 0, 0), "an open store has no connection");
    is_int(backends("pool numbers"), 0, "on the server neither");
    is_code(pgc_store_init(store, &err), PGC_OK, &err, "init");
    ok(shows(store, 1, 1, 0), "after the first use it has one");
    pgc_lease *one = lease_of(store), *two = lease_of(store);
    ok(shows(store, 2, 0, 2), "two are lent out");
    is_code(get_thread(store, "busy", &err), PGC_OK, &err, "a call beside them");
    ok(shows(store, 3, 1, 2), "makes a third one");
    pgc_lease_release(two);
    ok(shows(store, 3, 2, 1), "one comes back");
    pgc_lease_release(one);
    ok(shows(store, 3, 3, 0), "both came back");
    pgc_store_close(store, PGC_CLOSE_WAIT);
    ok(shows(store, 0, 0, 0), "a closed store has none");
    pgc_store_free(store);
}

static void check_unreachable(void) {
    pgc_error err;
    pgc_store_options options = pool_options("pool nowhere", 2);
    options.host = z("/nonexistent");
    pgc_store *store = open_with(options);
    for (int i = 0; i < 4; i++) {
        is_code(get_thread(store, "busy", &err), PGC_CONNECT, &err, "no server: CONNECT");
    }
    ok(shows(store, 0, 0, 0), "a connection that could not be made is none");
    pgc_store_free(store);

    options = pool_options("pool too much", 10001);
    is_code(pgc_store_open(&options, &store, &err), PGC_INVALID, &err, "a ceiling beyond reason");
    ok(tells(&err, "max_connections"), "the error names it");
}

int main(void) {
    world_begin();
    schema = schema_named("pool");
    pgc_store *store = store_in(schema);
    must_create(store, "busy");
    pgc_store_free(store);
    check_ceiling(3, 12, "pool ceiling");
    check_ceiling(1, 8, "pool of one");
    check_order();
    check_acquire_timeout();
    check_idle_timeout();
    check_lifetime();
    proxy_begin();
    check_warm_up(false);
    check_warm_up(true);
    proxy_end();
    check_bound();
    check_new_options();
    check_numbers();
    check_unreachable();
    return world_end();
}
