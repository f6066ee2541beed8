/*
 * The event-driven face when things go wrong or take long: no server, a silent one, no free
 * connection.
 */
#include "event_loops.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

static const char *schema;
static const char *const drives[] = {"poll", "epoll"};

struct seen {
    pgc_store *store;
    int called;
    int failed; /* with anything but `expected` */
    pgc_code expected;
    int chain; /* how many more to start from the callback */
    pgc_error err;
    int nested;  /* what a pgc_op_wait in the callback gave */
    bool waits;  /* make one */
    bool blocks; /* make a blocking call */
};

static void on_done(pgc_op *op, void *payload) {
    struct seen *seen = payload;
    pgc_error err;
    pgc_op *other = NULL;
    seen->called++;
    int status = pgc_op_take(op, NULL, &seen->err);
    seen->failed += status != -(int)seen->expected;
    if (seen->chain > 0) {
        seen->chain--;
        status = pgc_thread_get_start(seen->store, z("thread"), on_done, seen, NULL, &err);
        seen->failed += status != 0;
    }
    if (seen->blocks) seen->failed += get_thread(seen->store, "thread", &err) != 0;
    if (seen->waits) {
        seen->waits = false;
        status = pgc_thread_get_start(seen->store, z("thread"), NULL, NULL, &other, &err);
        seen->nested = status != 0 ? status : pgc_op_wait(other, NULL, &err);
    }
}

static int start_get(pgc_store *store, struct seen *seen) {
    pgc_error err;
    int status = pgc_thread_get_start(store, z("thread"), on_done, seen, NULL, &err);
    if (status != 0) diag("start: %s", err.message);
    return status;
}

static pgc_store_options event_options(void) {
    pgc_store_options options = options_for(schema);
    options.application_name = z(application_named("event faults"));
    options.max_connections = 1;
    return options;
}

/* ---- No server ---- */

static void check_refused(bool own) {
    struct loop loop;
    pgc_store_options options = event_options();
    options.host = z("/nonexistent");
    loop_begin(&loop, open_with(options), own);
    struct seen seen = {.store = loop.store, .expected = PGC_CONNECT, .chain = 5};
    is_int(start_get(loop.store, &seen), 0, "%s: no server: it starts all the same", drives[own]);
    is_int(seen.called, 0, "%s: nothing calls back from the start", drives[own]);
    if (own) {
        loop_until(&loop, &seen.called, 6);
    } else {
        while (pgc_store_poll(loop.store, -1) > 0) {}
    }
    is_int(seen.called, 6, "%s: each calls back, those started from callbacks too", drives[own]);
    is_int(seen.failed, 0, "%s: with CONNECT", drives[own]);
    is_int(seen.err.retry, PGC_RETRY_SAFE, "%s: nothing was done", drives[own]);
    loop_end(&loop, drives[own]);
}

/* Refused by the first host, which is on TCP, so that the second gets the same descriptor. */
static void check_two_hosts(bool own) {
    struct loop loop;
    char url[512];
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    int closed = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0); /* bound, but does not listen */
    if (bind(closed, (struct sockaddr *)&address, size) != 0 ||
        getsockname(closed, (struct sockaddr *)&address, &size) != 0) {
        bail("bind");
    }
    snprintf(url, sizeof url, "host=127.0.0.1,127.0.0.1,%s port=%d,%d,%s user=%s dbname=%s",
             PQhost(admin), ntohs(address.sin_port), ntohs(address.sin_port), PQport(admin),
             PQuser(admin), PQdb(admin));
    pgc_store_options options = event_options();
    options.url = z(url);
    options.max_connections = 3;
    loop_begin(&loop, open_with(options), own);
    struct seen seen = {.store = loop.store, .chain = 20};
    for (int i = 0; i < 5; i++) {
        is_int(start_get(loop.store, &seen), 0, "%s: two of three hosts are dead", drives[own]);
    }
    loop_until(&loop, &seen.called, 25);
    is_int(seen.called, 25, "%s: every call reaches the third", drives[own]);
    is_int(seen.failed, 0, "%s: without an error", drives[own]);
    ok(!own || loop.reused > 0, "%s: descriptors were used again (%d)", drives[own], loop.reused);
    loop_end(&loop, drives[own]);
    close(closed);
}

/* A server that takes connections and says nothing: only the timer can end the wait. */
static void check_silent(bool own) {
    struct loop loop;
    char folder[] = "/tmp/pgconvo-silent.XXXXXX";
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (mkdtemp(folder) == NULL) bail("mkdtemp");
    snprintf(address.sun_path, sizeof address.sun_path, "%s/.s.PGSQL.5432", folder);
    int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(server, (struct sockaddr *)&address, sizeof address) != 0 || listen(server, 5) != 0) {
        bail("listen");
    }
    pgc_store_options options = event_options();
    options.host = z(folder);
    options.connect_timeout_ms = 80;
    loop_begin(&loop, open_with(options), own);
    struct seen seen = {.store = loop.store, .expected = PGC_CONNECT, .chain = 1};
    is_int(start_get(loop.store, &seen), 0, "%s: the server is silent", drives[own]);
    is_int(start_get(loop.store, &seen), 0, "%s: another one waits", drives[own]);
    loop_until(&loop, &seen.called, 3);
    is_int(seen.called, 3, "%s: each calls back when its time is up", drives[own]);
    is_int(seen.failed, 0, "%s: with CONNECT", drives[own]);
    ok(!own || loop.timers_fired > 0, "%s: by the timer", drives[own]);
    loop_end(&loop, drives[own]);
    close(server);
    unlink(address.sun_path);
    rmdir(folder);
}

/* ---- No free connection ---- */

static void check_busy(bool own) {
    struct loop loop;
    pgc_error err;
    pgc_lease *lease = NULL;
    pgc_store_options options = event_options();
    options.acquire_timeout_ms = 60;
    loop_begin(&loop, open_with(options), own);
    struct seen seen = {.store = loop.store, .expected = PGC_BUSY, .chain = 2};
    is_code(pgc_lease_acquire(loop.store, &lease, &err), PGC_OK, &err,
            "%s: the only connection is lent", drives[own]);
    for (int i = 0; i < 3; i++) {
        is_int(start_get(loop.store, &seen), 0, "%s: an operation waits", drives[own]);
    }
    loop_until(&loop, &seen.called, 5);
    is_int(seen.called, 5, "%s: each calls back when its time is up", drives[own]);
    is_int(seen.failed, 0, "%s: with BUSY", drives[own]);
    is_int(seen.err.retry, PGC_RETRY_SAFE, "%s: nothing was done", drives[own]);
    ok(!own || loop.timers_fired > 0, "%s: by the timer", drives[own]);
    pgc_lease_release(lease);
    seen.expected = PGC_OK;
    is_int(start_get(loop.store, &seen), 0, "%s: the connection came back", drives[own]);
    loop_until(&loop, &seen.called, 6);
    is_int(seen.failed, 0, "%s: the next one succeeds", drives[own]);
    loop_end(&loop, drives[own]);
}

static void *give_back(void *payload) {
    pause_ms(100);
    pgc_lease_release(payload);
    return NULL;
}

/* Another thread gives the connection back while the loop sleeps. */
static void check_woken(bool own) {
    struct loop loop;
    pthread_t thread;
    pgc_error err;
    pgc_lease *lease = NULL;
    loop_begin(&loop, open_with(event_options()), own);
    struct seen seen = {.store = loop.store};
    is_code(pgc_lease_acquire(loop.store, &lease, &err), PGC_OK, &err,
            "%s: the only connection is lent", drives[own]);
    is_int(start_get(loop.store, &seen), 0, "%s: an operation waits", drives[own]);
    if (pthread_create(&thread, NULL, give_back, lease) != 0) bail("thread");
    loop_until(&loop, &seen.called, 1);
    pthread_join(thread, NULL);
    is_int(seen.called, 1, "%s: another thread gives it back: the loop wakes up", drives[own]);
    is_int(seen.failed, 0, "%s: and the operation succeeds", drives[own]);
    loop_end(&loop, drives[own]);
}

/* ---- A connection that breaks ---- */

static void check_broken(bool own) {
    struct loop loop;
    pgc_thread_change change = PGC_THREAD_CHANGE_INIT;
    pgc_error err;
    loop_begin(&loop, open_with(event_options()), own);
    struct seen seen = {.store = loop.store, .expected = PGC_LOST};
    PGconn *lock = raw_connection();
    ask_on(lock, "BEGIN");
    ask_on(lock, form("SELECT id FROM %s.threads FOR UPDATE", quoted(schema)));
    change.id = z("thread");
    change.title = z("title");
    is_code(pgc_thread_update_start(loop.store, &change, on_done, &seen, NULL, &err), PGC_OK, &err,
            "%s: an operation waits for a lock", drives[own]);
    const char *application = application_named("event faults");
    while (blocked(application) == 0) {
        (void)!pgc_store_poll(loop.store, 5);
    }
    ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '%s' "
        "AND wait_event_type = 'Lock'",
        application);
    loop_until(&loop, &seen.called, 1);
    is_int(seen.failed, 0, "%s: its backend is killed: the callback gets LOST", drives[own]);
    is_int(seen.err.retry, PGC_RETRY_UNKNOWN, "%s: it may have been done", drives[own]);
    PQfinish(lock);
    seen.expected = PGC_OK;
    is_int(start_get(loop.store, &seen), 0, "%s: the next one", drives[own]);
    loop_until(&loop, &seen.called, 2);
    is_int(seen.failed, 0, "%s: succeeds", drives[own]);
    loop_end(&loop, drives[own]);
}

/* ---- In callbacks ---- */

static void check_nested(bool own) {
    enum { OPERATIONS = 8 };
    struct loop loop;
    pgc_store_options options = event_options();
    options.max_connections = 4;
    loop_begin(&loop, open_with(options), own);
    struct seen seen = {.store = loop.store, .blocks = true};
    for (int i = 0; i < 2; i++) {
        is_int(start_get(loop.store, &seen), 0, "%s: a callback makes a blocking call",
               drives[own]);
    }
    loop_until(&loop, &seen.called, 2);
    is_int(seen.failed, 0, "%s: that is fine", drives[own]);

    seen.blocks = false;
    seen.called = 0;
    for (int i = 0; i < OPERATIONS; i++) {
        seen.waits = true;
        is_int(start_get(loop.store, &seen), 0, "%s: a callback waits for an operation",
               drives[own]);
    }
    loop_until(&loop, &seen.called, OPERATIONS);
    is_int(seen.called, OPERATIONS, "%s: each calls back once all the same", drives[own]);
    is_int(seen.failed, 0, "%s: without an error", drives[own]);
    ok(seen.nested == 0 || seen.nested == -PGC_INVALID,
       "%s: waiting in a callback works or is refused (%d)", drives[own], seen.nested);
    loop_end(&loop, drives[own]);
}

int main(void) {
    world_begin();
    schema = schema_named("event faults");
    pgc_store *store = store_in(schema);
    must_create(store, "thread");
    pgc_store_free(store);
    for (int own = 0; own < 2; own++) {
        check_refused(own);
        check_two_hosts(own);
        check_silent(own);
        check_busy(own);
        check_woken(own);
        check_broken(own);
        check_nested(own);
    }
    return world_end();
}
