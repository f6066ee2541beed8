/*
 * Connections that break and servers that go: each call ends with success or a code, and the next
 * one works.
 */
#include "engine_world.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

static const char *schema;

static pgc_store *store_of(const char *application, uint32_t max) {
    pgc_store_options options = options_for(schema);
    options.application_name = z(application);
    options.max_connections = max;
    return store_with(options);
}

/* Makes the store have `count` idle connections, and ends them from the server's side. */
static void kill_idle(pgc_store *store, int count) {
    pgc_lease *leases[8];
    int pids[8], sockets[8];
    pgc_error err;
    for (int i = 0; i < count; i++) {
        if (pgc_lease_acquire(store, &leases[i], &err) != 0) bail("lease: %s", err.message);
        pids[i] = PQbackendPID(pgc_lease_conn(leases[i]));
        sockets[i] = PQsocket(pgc_lease_conn(leases[i]));
    }
    for (int i = 0; i < count; i++) {
        pgc_lease_release(leases[i]);
    }
    /* The first use after a lease resets the session; that is not what is to be seen here. */
    for (int i = 0; i < count; i++) {
        if (get_thread(store, "thread", &err) != 0) bail("get: %s", err.message);
        hang_up(pids[i], sockets[i]);
    }
}

static void check_killed_idle(void) {
    pgc_error err;
    pgc_store *store = store_of("killed idle", 4);
    for (int i = 0; i < 10; i++) {
        kill_idle(store, 1);
        is_code(append_one(store, "thread", NULL, &err), PGC_OK, &err,
                "killed while idle: the next call does not notice");
    }
    kill_idle(store, 4);
    is_code(get_thread(store, "thread", &err), PGC_OK, &err, "four killed at once");
    is_code(set_title(store, "thread", "x", &err), PGC_OK, &err, "nor does the one after it");
    pgc_store_free(store);

    pgc_store_options options = options_for(schema);
    options.url = z(form("%s options='-c idle_session_timeout=700'", store_url()));
    options.application_name = z("too idle");
    store = store_with(options);
    ok(becomes_true("SELECT count(*) = 0 FROM pg_stat_activity WHERE application_name = "
                    "'too idle'"),
       "the server ends an idle session");
    pause_ms(50);
    is_code(get_thread(store, "thread", &err), PGC_OK, &err, "the next call does not notice");
    pgc_store_free(store);
}

/* ---- Under a call ---- */

struct caller {
    pgc_store *store;
    int status;
    pgc_error err;
    pthread_t thread;
};

static void *call(void *payload) {
    struct caller *caller = payload;
    caller->status = set_title(caller->store, "thread", "new", &caller->err);
    return NULL;
}

/* A call that waits for a lock of `lock`. */
static void start_blocked(struct caller *caller, pgc_store *store, PGconn *lock,
                          const char *application) {
    ask_on(lock, "BEGIN");
    ask_on(lock, form("SELECT id FROM %s.threads WHERE id = 'thread' FOR UPDATE", quoted(schema)));
    *caller = (struct caller){.store = store};
    if (pthread_create(&caller->thread, NULL, call, caller) != 0) bail("thread");
    for (int i = 0; i < PATIENCE_MS / 10; i++) {
        const char *blocked =
            ask_on(lock, form("SELECT count(*) FROM pg_locks WHERE NOT granted AND "
                              "pg_blocking_pids(pid) = ARRAY[pg_backend_pid()]"));
        if (strcmp(blocked, "1") == 0) return;
        pause_ms(10);
    }
    bail("%s does not wait", application);
}

static void check_under_call(const char *how, pgc_code code, const char *sqlstate,
                             pgc_retry retry) {
    struct caller caller;
    pgc_error err;
    pgc_store *store = store_of("under call", 1);
    ask("UPDATE %s.threads SET title = 'old'", quoted(schema));
    PGconn *lock = raw_connection();
    start_blocked(&caller, store, lock, "under call");
    ask("SELECT %s(pid) FROM pg_stat_activity WHERE application_name = 'under call'", how);
    pthread_join(caller.thread, NULL);
    is_code(caller.status, code, &caller.err, "%s under a call", how);
    is_str(caller.err.sqlstate, sqlstate, "%s: SQLSTATE", how);
    is_int(caller.err.retry, retry, "%s: retry", how);
    ok(pool_of(store).leased == 0 && pool_of(store).open == pool_of(store).idle,
       "%s: nothing is stuck", how);
    PQfinish(lock);
    is_str(ask("SELECT title FROM %s.threads WHERE id = 'thread'", quoted(schema)), "old",
           "%s: it was not done", how);
    is_code(set_title(store, "thread", "newer", &err), PGC_OK, &err, "%s: the next call works",
            how);
    pgc_store_free(store);
}

/*
 * A server that takes no writes may be the primary no more: the connection is given up, and the
 * next one goes to whoever it is then.
 */
static void check_read_only(void) {
    pgc_error err;
    pgc_store_options options = options_for(schema);
    options.url =
        z(form("%s options='-c default_transaction_read_only=on'", getenv("PGCONVO_TEST_URL")));
    pgc_store *store = store_with(options);
    is_code(get_thread(store, "thread", &err), PGC_OK, &err, "a read-only session reads");
    is_code(set_title(store, "thread", "x", &err), PGC_DENIED, &err, "but does not write");
    is_str(err.sqlstate, "25006", "says the server");
    is_int(err.retry, PGC_RETRY_SAFE, "nothing was done");
    is_int(pool_of(store).open, 0, "it is asked no more");
    is_code(get_thread(store, "thread", &err), PGC_OK, &err, "a new connection reads on");
    pgc_store_free(store);
}

/* No descriptor is left for what a connection needs: one for itself, one for its socket. */
static void check_descriptors(void) {
    struct rlimit before, low;
    pgc_error err;
    pgc_store *store = open_with(options_for(schema));
    getrlimit(RLIMIT_NOFILE, &before);
    for (int spare = 0; spare < 4; spare++) {
        int next = dup(0);
        close(next);
        low = before;
        low.rlim_cur = (rlim_t)(next + spare);
        setrlimit(RLIMIT_NOFILE, &low);
        int status = get_thread(store, "thread", &err);
        setrlimit(RLIMIT_NOFILE, &before);
        ok(status == 0 || status == -PGC_NOMEM || status == -PGC_CONNECT,
           "%d descriptors are left: %s", spare, pgc_code_name(status));
        ok((status == 0) == (spare >= 2), "it works as soon as there are enough");
        if (status != 0) ok(err.message[0] != '\0', "the error says: %s", err.message);
        is_int(pool_of(store).open, status == 0, "nothing is left of a failure");
    }
    is_code(get_thread(store, "thread", &err), PGC_OK, &err, "and goes on working");
    pgc_store_free(store);
}

/* ---- A server of our own that goes down ---- */

static pgc_local_info own;

static void start_own(const char *path) {
    pgc_error err;
    if (pgc_local_start(z(path), &own, &err) != 0) bail("own server: %s", err.message);
}

/* As `pg_ctl stop -m immediate` does it. */
static void crash_own(void) {
    if (own.pid <= 1 || kill((pid_t)own.pid, SIGQUIT) != 0) bail("kill");
    while (kill((pid_t)own.pid, 0) == 0) {
        pause_ms(5);
    }
}

static void *restart_own(void *payload) {
    pause_ms(50);
    start_own(payload);
    return NULL;
}

static void check_own_server(char *path) {
    pgc_error err;
    struct caller caller;
    pthread_t thread;
    pgc_store_options options = options_for(schema);
    options.url = z(own.url);
    pgc_store *store = store_with(options);
    must_create(store, "thread");

    crash_own();
    for (int i = 0; i < 3; i++) {
        is_code(get_thread(store, "thread", &err), PGC_CONNECT, &err, "the server is down");
        is_int(err.retry, PGC_RETRY_SAFE, "nothing was done");
    }
    is_int(pool_of(store).open, 0, "no connection is kept");
    start_own(path);
    is_code(get_thread(store, "thread", &err), PGC_OK, &err, "it is up again: calls work");

    PGconn *lock = connect_to(own.url);
    start_blocked(&caller, store, lock, "own server");
    crash_own();
    pthread_join(caller.thread, NULL);
    is_code(caller.status, PGC_LOST, &caller.err, "it crashes under a call");
    is_int(caller.err.retry, PGC_RETRY_UNKNOWN, "which may have been done");
    PQfinish(lock);

    int odd = 0, failed = 0, status = -1;
    if (pthread_create(&thread, NULL, restart_own, path) != 0) bail("thread");
    for (int i = 0; status != 0 && i < PATIENCE_MS; i++) {
        status = get_thread(store, "thread", &err);
        failed += status != 0;
        if (status != 0 &&
            (err.retry == PGC_RETRY_NO || (status != -PGC_CONNECT && status != -PGC_LOST)) &&
            odd++ == 0) {
            diag("%s [%s] %s", pgc_code_name(status), err.sqlstate, err.message);
        }
    }
    pthread_join(thread, NULL);
    is_int(status, 0, "called again and again while it starts, it works at last");
    is_int(odd, 0, "and until then every error says: try again (%d)", failed);
    pgc_store_free(store);
}

static void check_restarts(void) {
    pgc_error err;
    char path[64] = "/tmp/pgconvo-faults.XXXXXX";
    if (mkdtemp(path) == NULL || chmod(path, 0755) != 0) bail("mkdtemp");
    char *server = strdup(form("%s/server", path));
    start_own(server);
    check_own_server(server);
    is_code(pgc_local_stop(z(server), &err), PGC_OK, &err, "the server is stopped");
    char *arguments[] = {strdup("rm"), strdup("-rf"), path, NULL};
    pid_t child;
    if (posix_spawn(&child, "/bin/rm", NULL, NULL, arguments, NULL) == 0) exit_of(child);
    free(arguments[0]);
    free(arguments[1]);
    free(server);
}

int main(void) {
    world_begin();
    schema = schema_named("faults");
    pgc_store *store = store_in(schema);
    must_create(store, "thread");
    pgc_store_free(store);
    check_killed_idle();
    check_under_call("pg_terminate_backend", PGC_LOST, "57P01", PGC_RETRY_UNKNOWN);
    check_under_call("pg_cancel_backend", PGC_TIMEOUT, "57014", PGC_RETRY_SAFE);
    check_read_only();
    check_descriptors();
    check_restarts();
    return world_end();
}
