/*
 * Closing a store: with calls inside, with leases out, with operations under way; twice, and by
 * two.
 */
#include "engine_world.h"

#include <sys/socket.h>
#include <sys/un.h>

static const char *schema;
static const char *const modes[] = {"WAIT", "CANCEL"};

static pgc_store *store_of(const char *application, uint32_t max) {
    pgc_store_options options = options_for(schema);
    options.application_name = z(application_named(application));
    options.max_connections = max;
    return store_with(options);
}

/* A call that sets a title, in a thread of its own. */
struct caller {
    pgc_store *store;
    const char *title;
    int status;
    pgc_error err;
    pthread_t thread;
};

static void *call(void *payload) {
    struct caller *caller = payload;
    caller->status = set_title(caller->store, "thread", caller->title, &caller->err);
    return NULL;
}

static void start_call(struct caller *caller, pgc_store *store, const char *title) {
    *caller = (struct caller){.store = store, .title = title};
    if (pthread_create(&caller->thread, NULL, call, caller) != 0) bail("thread");
}

static void end_call(struct caller *caller, pgc_code code, const char *name) {
    pthread_join(caller->thread, NULL);
    is_code(caller->status, code, &caller->err, "%s", name);
}

/* A close in a thread of its own. */
struct closer {
    pgc_store *store;
    pgc_close_mode mode;
    atomic_bool returned;
    pthread_t thread;
};

static void *close_it(void *payload) {
    struct closer *closer = payload;
    pgc_store_close(closer->store, closer->mode);
    atomic_store(&closer->returned, true);
    return NULL;
}

static void start_close(struct closer *closer, pgc_store *store, pgc_close_mode mode) {
    closer->store = store;
    closer->mode = mode;
    atomic_init(&closer->returned, false);
    if (pthread_create(&closer->thread, NULL, close_it, closer) != 0) bail("thread");
}

/* A close has begun as soon as calls are refused. */
static void await_closing(pgc_store *store) {
    pgc_error err;
    for (int i = 0; i < PATIENCE_MS; i++) {
        if (get_thread(store, "thread", &err) == -PGC_CLOSED) return;
        pause_ms(1);
    }
    bail("closing does not begin");
}

static PGconn *lock_row(void) {
    PGconn *conn = raw_connection();
    ask_on(conn, "BEGIN");
    ask_on(conn, form("SELECT id FROM %s.threads WHERE id = 'thread' FOR UPDATE", quoted(schema)));
    return conn;
}

static const char *title(void) {
    return ask("SELECT title FROM %s.threads WHERE id = 'thread'", quoted(schema));
}

static void await_waiting(pgc_store *store, uint32_t count) {
    for (int i = 0; i < PATIENCE_MS && pool_of(store).waiting != count; i++) {
        pause_ms(1);
    }
    if (pool_of(store).waiting != count) bail("%u do not wait", count);
}

/* ---- Calls of other threads ---- */

static void check_refusals(pgc_store *store) {
    pgc_error err;
    pgc_lease *lease = NULL;
    pgc_op *op = NULL;
    is_code(get_thread(store, "thread", &err), PGC_CLOSED, &err, "a call after it: CLOSED");
    is_int(err.retry, PGC_RETRY_NO, "which will not change");
    is_code(pgc_store_init(store, &err), PGC_CLOSED, &err, "init too");
    is_code(pgc_lease_acquire(store, &lease, &err), PGC_CLOSED, &err, "a lease too");
    is_code(pgc_thread_get_start(store, z("thread"), NULL, NULL, &op, &err), PGC_CLOSED, &err,
            "a start too");
    is_code(pgc_metadata_index_create(store, &err), PGC_CLOSED, &err, "the index too");
    ok(lease == NULL && op == NULL, "and nothing is set");
    is_int(pgc_store_poll(store, 0), 0, "to poll is no error");
    is_int(pool_of(store).open, 0, "no connection is left");
    is_str(pgc_store_schema(store), schema, "the name of the schema is still there");
}

/* One call runs, blocked by a lock; two wait for its connection. */
static void check_running(pgc_close_mode mode) {
    const char *name = modes[mode];
    bool known = true;
    pgc_store *store = store_of("close", 1);
    struct caller running, queued[2];
    struct closer closer;
    ask("UPDATE %s.threads SET title = 'old'", quoted(schema));
    PGconn *lock = lock_row();
    start_call(&running, store, "new");
    ok(becomes_blocked("close", 1), "%s: a call waits for a lock", name);
    start_call(&queued[0], store, "newer");
    start_call(&queued[1], store, "newest");
    await_waiting(store, 2);
    start_close(&closer, store, mode);
    end_call(&queued[0], PGC_CLOSED, form("%s: a call in the queue ends with CLOSED", name));
    end_call(&queued[1], PGC_CLOSED, form("%s: so does the next one", name));
    if (mode == PGC_CLOSE_WAIT) {
        ok(!atomic_load(&closer.returned), "%s: close waits for the one that runs", name);
        PQfinish(lock);
        end_call(&running, PGC_OK, form("%s: which ends well", name));
    } else {
        end_call(&running, PGC_CANCELLED, form("%s: the one that runs is cancelled", name));
        known = stopped_by_server(&running.err);
        is_int(running.err.retry, known ? PGC_RETRY_SAFE : PGC_RETRY_UNKNOWN,
               "%s: by the server, if it answers in time", name);
    }
    pthread_join(closer.thread, NULL);
    ok(atomic_load(&closer.returned), "%s: then close returns", name);
    if (mode == PGC_CLOSE_CANCEL) PQfinish(lock);
    if (known) is_str(title(), mode == PGC_CLOSE_WAIT ? "new" : "old", "%s: what was done", name);
    check_refusals(store);
    pgc_store_close(store, PGC_CLOSE_WAIT);
    pgc_store_close(store, PGC_CLOSE_CANCEL);
    pgc_store_free(store);
}

/* One thread waits for the end, a second one loses patience. */
static void check_two_closers(void) {
    pgc_store *store = store_of("closers", 2);
    struct caller running;
    struct closer closers[3];
    PGconn *lock = lock_row();
    start_call(&running, store, "never");
    ok(becomes_blocked("closers", 1), "a call waits for a lock");
    start_close(&closers[0], store, PGC_CLOSE_WAIT);
    start_close(&closers[1], store, PGC_CLOSE_WAIT);
    await_closing(store);
    ok(!atomic_load(&closers[0].returned) && !atomic_load(&closers[1].returned),
       "two threads close and wait");
    start_close(&closers[2], store, PGC_CLOSE_CANCEL);
    end_call(&running, PGC_CANCELLED, "a third one cancels");
    for (size_t i = 0; i < COUNT(closers); i++) {
        pthread_join(closers[i].thread, NULL);
    }
    ok(true, "all three return");
    pgc_store_free(store);
    PQfinish(lock);
}

/* ---- Calls that are connecting ---- */

/* A server that accepts and stays silent. */
static int silent_server(char *folder, size_t size) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(folder, size, "/tmp/pgconvo-silent.XXXXXX");
    if (mkdtemp(folder) == NULL) bail("mkdtemp");
    snprintf(address.sun_path, sizeof address.sun_path, "%s/.s.PGSQL.5432", folder);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, 5) != 0) {
        bail("listen: %s", strerror(errno));
    }
    return fd;
}

static void end_silent_server(int fd, const char *folder) {
    close(fd);
    unlink(form("%s/.s.PGSQL.5432", folder));
    rmdir(folder);
}

static void check_connecting(pgc_close_mode mode) {
    char folder[64];
    int server = silent_server(folder, sizeof folder);
    pgc_store_options options = options_for(schema);
    options.host = z(folder);
    options.port = 5432;
    options.connect_timeout_ms = mode == PGC_CLOSE_WAIT ? 300 : 0;
    pgc_store *store = open_with(options);
    struct caller caller;
    start_call(&caller, store, "never");
    while (pool_of(store).open == 0) {
        pause_ms(1);
    }
    pgc_store_close(store, mode);
    end_call(&caller, mode == PGC_CLOSE_WAIT ? PGC_CONNECT : PGC_CANCELLED,
             form("%s: a call that is connecting", modes[mode]));
    pgc_store_free(store);
    end_silent_server(server, folder);
}

/* ---- Leases ---- */

static void check_leases(void) {
    pgc_store *store = store_of("leases", 3);
    struct closer closer;
    pgc_error err;
    pgc_lease *leases[2];
    for (int i = 0; i < 2; i++) {
        is_code(pgc_lease_acquire(store, &leases[i], &err), PGC_OK, &err, "a lease");
    }
    start_close(&closer, store, PGC_CLOSE_WAIT);
    await_closing(store);
    is_str(ask_on(pgc_lease_conn(leases[0]), "SELECT 6 * 7"), "42", "WAIT: leases work on");
    pgc_lease_release(leases[0]);
    is_str(ask_on(pgc_lease_conn(leases[1]), "SELECT 6 * 7"), "42", "one given back, one works on");
    ok(!atomic_load(&closer.returned), "close waits for both");
    pgc_lease_release(leases[1]);
    pthread_join(closer.thread, NULL);
    ok(atomic_load(&closer.returned), "then it returns");
    pgc_store_free(store);

    store = store_of("leases", 3);
    is_code(pgc_lease_acquire(store, &leases[0], &err), PGC_OK, &err, "a lease");
    ask_on(pgc_lease_conn(leases[0]), "BEGIN");
    pgc_store_close(store, PGC_CLOSE_CANCEL);
    PGresult *result = PQexec(pgc_lease_conn(leases[0]), "SELECT 1");
    ok(PQresultStatus(result) != PGRES_TUPLES_OK, "CANCEL returns, and the lease is cut");
    PQclear(result);
    pgc_store_close(store, PGC_CLOSE_WAIT);
    pgc_lease_release(leases[0]);
    is_int(pool_of(store).open, 0, "given back, it is gone");
    pgc_store_free(store);
    ok(behind_pooler() || /* which keeps its own to the server */
           becomes_true("SELECT count(*) = 0 FROM pg_stat_activity WHERE application_name = '%s'",
                        application_named("leases")),
       "on the server too");
}

/* ---- Started operations ---- */

struct started {
    pgc_store *store;
    int called;
    int status;
    int restarted; /* what starting another one from the callback gave */
    pgc_error err;
};

static void on_done(pgc_op *op, void *payload) {
    struct started *started = payload;
    pgc_result *result = NULL;
    pgc_error err;
    started->called++;
    started->status = pgc_op_take(op, &result, &started->err);
    pgc_result_free(result);
    started->restarted =
        pgc_thread_get_start(started->store, z("thread"), on_done, started, NULL, &err);
}

/* Two run, blocked by a lock, four wait; and one of each is started to be waited for. */
static void check_started(pgc_close_mode mode) {
    enum { RUNNING = 2, ALL = 6 };
    const char *name = modes[mode];
    pgc_store *store = store_of("started", RUNNING);
    struct started started[ALL] = {0};
    pgc_thread_change change = PGC_THREAD_CHANGE_INIT;
    pgc_error err;
    pgc_op *waited = NULL;
    int under_way = 0;
    change.id = z("thread");
    change.title = z("from a callback");
    ask("UPDATE %s.threads SET title = 'old'", quoted(schema));
    PGconn *lock = lock_row();
    for (int i = 0; i < ALL; i++) {
        started[i].store = store;
        is_code(pgc_thread_update_start(store, &change, on_done, &started[i], NULL, &err), PGC_OK,
                &err, "%s: an operation is started", name);
    }
    is_code(pgc_thread_update_start(store, &change, NULL, NULL, &waited, &err), PGC_OK, &err,
            "%s: one without a callback", name);
    const char *application = application_named("started");
    while (blocked(application) != RUNNING) {
        under_way = pgc_store_poll(store, 10);
    }
    is_int(under_way, ALL + 1, "%s: all of them are under way", name);
    if (mode == PGC_CLOSE_WAIT) {
        PQsendQuery(lock, "SELECT pg_sleep(0.2); COMMIT");
    }
    pgc_store_close(store, mode);
    int called = 0, ended = 0, closed = 0, refused = 0, unknown = 0, left = 0;
    for (int i = 0; i < ALL; i++) {
        called += started[i].called;
        ended += started[i].status == (mode == PGC_CLOSE_WAIT ? 0 : -PGC_CANCELLED);
        closed += started[i].status == -PGC_CLOSED;
        refused += started[i].restarted == -PGC_CLOSED;
        unknown += started[i].err.retry == PGC_RETRY_UNKNOWN;
        left += started[i].status == -PGC_CANCELLED && !stopped_by_server(&started[i].err);
    }
    is_int(called, ALL, "%s: each calls back once", name);
    is_int(ended, RUNNING, "%s: what runs ends as the mode says", name);
    is_int(closed, ALL - RUNNING, "%s: what waits ends with CLOSED", name);
    is_int(refused, ALL, "%s: none can be started any more", name);
    is_int(unknown, left, "%s: unknown is what became of those that the server did not stop", name);
    is_code(pgc_op_wait(waited, NULL, &err), PGC_CLOSED, &err, "%s: the one without a callback",
            name);
    PQfinish(lock);
    if (left == 0) {
        is_str(title(), mode == PGC_CLOSE_WAIT ? "from a callback" : "old", "%s: what was done",
               name);
    }
    pgc_store_free(store);
}

/* ---- In the thick of it ---- */

struct caller_of_many {
    pgc_store *store;
    int done;
    int odd; /* neither success nor CLOSED or CANCELLED */
    int leased;
    pgc_error err;
};

static void *call_until_closed(void *payload) {
    struct caller_of_many *caller = payload;
    for (int i = 0, status = 0; status == 0; i++) {
        pgc_lease *lease = NULL;
        pgc_error err;
        if (i % 4 == 3) {
            status = pgc_lease_acquire(caller->store, &lease, &err);
            caller->leased += status == 0;
            pgc_lease_release(lease);
        } else {
            status = get_thread(caller->store, "thread", &err);
        }
        caller->done += status == 0;
        if (status != 0 && status != -PGC_CLOSED && status != -PGC_CANCELLED &&
            caller->odd++ == 0) {
            caller->err = err;
        }
    }
    return NULL;
}

static void check_thick(pgc_close_mode mode) {
    enum { CALLERS = 8, ROUNDS = 25 };
    int odd = 0, done = 0;
    for (int round = 0; round < ROUNDS; round++) {
        struct caller_of_many callers[CALLERS] = {0};
        pthread_t threads[CALLERS];
        pgc_store *store = round % 2 == 0 ? open_with(options_for(schema)) : store_in(schema);
        for (int i = 0; i < CALLERS; i++) {
            callers[i].store = store;
            if (pthread_create(&threads[i], NULL, call_until_closed, &callers[i]) != 0) bail("no");
        }
        pause_ms(round);
        pgc_store_close(store, mode);
        for (int i = 0; i < CALLERS; i++) {
            pthread_join(threads[i], NULL);
            done += callers[i].done;
            if (callers[i].odd > 0 && odd++ == 0) {
                diag("%s: %s", pgc_code_name((int)callers[i].err.code), callers[i].err.message);
            }
        }
        pgc_store_free(store);
    }
    is_int(odd, 0, "%s: closed with 8 threads inside, %d times: calls succeed or say so",
           modes[mode], ROUNDS);
    ok(done > 0, "%s: %d calls succeeded", modes[mode], done);
}

/* Who has a lease keeps it until the close has returned. */
static void *keep_lease(void *payload) {
    struct closer *closer = payload;
    pgc_lease *lease = NULL;
    pgc_error err;
    if (pgc_lease_acquire(closer->store, &lease, &err) == 0) {
        while (!atomic_load(&closer->returned)) {
            pause_ms(1);
        }
    }
    pgc_lease_release(lease);
    return NULL;
}

static void check_lease_against_close(void) {
    enum { ROUNDS = 40, KEEPERS = 4 };
    for (int round = 0; round < ROUNDS; round++) {
        struct closer closer = {.store = store_of("keepers", KEEPERS)};
        pthread_t threads[KEEPERS];
        for (int i = 0; i < KEEPERS; i++) {
            if (pthread_create(&threads[i], NULL, keep_lease, &closer) != 0) bail("thread");
        }
        pause_ms(round / 8);
        pgc_store_close(closer.store, PGC_CLOSE_CANCEL);
        atomic_store(&closer.returned, true);
        for (int i = 0; i < KEEPERS; i++) {
            pthread_join(threads[i], NULL);
        }
        pgc_store_free(closer.store);
    }
    ok(true, "CANCEL returns while others come for leases and keep them");
}

int main(void) {
    world_begin();
    schema = schema_named("close");
    pgc_store_free(NULL);
    pgc_store *store = open_with(options_for(schema));
    pgc_store_close(store, PGC_CLOSE_WAIT);
    pgc_store_free(store);
    pgc_store_free(open_with(options_for(schema)));
    is_int(ask_number("SELECT count(*) FROM pg_namespace WHERE nspname = '%s'", schema), 0,
           "a store that was never used has touched nothing");
    store = store_in(schema);
    must_create(store, "thread");
    pgc_store_free(store);
    check_running(PGC_CLOSE_WAIT);
    check_running(PGC_CLOSE_CANCEL);
    check_two_closers();
    check_connecting(PGC_CLOSE_WAIT);
    check_connecting(PGC_CLOSE_CANCEL);
    check_leases();
    check_started(PGC_CLOSE_WAIT);
    check_started(PGC_CLOSE_CANCEL);
    check_thick(PGC_CLOSE_WAIT);
    check_thick(PGC_CLOSE_CANCEL);
    check_lease_against_close();
    return world_end();
}
