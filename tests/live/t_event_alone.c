/* A store that belongs to an event loop alone: its idle connections stay watched. */
#include "event_loops.h"

static const char *schema;

static pgc_store_options options_alone(void) {
    pgc_store_options options = options_for(schema);
    options.application_name = z("alone");
    options.max_connections = 2;
    options.event_loop_alone = true;
    return options;
}

struct seen {
    int called;
    int failed;
    char message[sizeof(((pgc_error *)NULL)->message)];
};

static void on_done(pgc_op *op, void *payload) {
    struct seen *seen = payload;
    pgc_result *result = NULL;
    pgc_error err;
    if (pgc_op_take(op, &result, &err) != 0) {
        seen->failed++;
        memcpy(seen->message, err.message, sizeof err.message);
    }
    pgc_result_free(result);
    seen->called++;
}

/* So many calls, all on their way before the loop turns. */
static void call(struct loop *loop, int count, const char *name) {
    struct seen seen = {0};
    pgc_error err;
    for (int i = 0; i < count; i++) {
        if (pgc_thread_get_start(loop->store, z("thread"), on_done, &seen, NULL, &err) != 0) {
            bail("start: %s", err.message);
        }
    }
    loop_until(loop, &seen.called, count);
    is_int(seen.called, count, "%s: calls back", name);
    is_int(seen.failed, 0, "%s: succeeds (%s)", name, seen.message);
}

static void end_sessions(void) {
    ask("SELECT pg_terminate_backend(pid, %d) FROM pg_stat_activity WHERE application_name = "
        "'alone'",
        PATIENCE_MS);
}

static void end(struct loop *loop, pgc_close_mode mode, const char *name) {
    pgc_store_close(loop->store, mode);
    is_int(loop->watches, 0, "%s: nothing is watched any more", name);
    is_int(loop->errors, 0, "%s: no watch was begun or ended at the wrong time", name);
    pgc_store_free(loop->store);
    close(loop->epoll);
}

static void check_refused(void) {
    pgc_store_options options = options_alone();
    pgc_store *store = open_with(options);
    pgc_lease *lease = NULL;
    pgc_error err;
    is_code(get_thread(store, "thread", &err), PGC_INVALID, &err, "a call that waits is refused");
    is_code(pgc_lease_acquire(store, &lease, &err), PGC_INVALID, &err, "and so is a lease");
    ok(lease == NULL, "and there is none");
    is_int(pool_of(store).open, 0, "without a connection");
    pgc_store_free(store);
}

static void check_watches(void) {
    struct loop loop;
    loop_begin(&loop, open_with(options_alone()), true);
    call(&loop, 1, "a call");
    is_int(loop.watches, 2, "its connection stays watched");
    int changes = loop.changes;
    for (int i = 0; i < 10; i++) {
        call(&loop, 1, "another one");
    }
    is_int(loop.changes, changes, "no call changes that");
    call(&loop, 20, "many at once");
    is_int(loop.watches, 3, "both connections stay watched");

    end_sessions();
    while (loop.watches > 1 && loop_turn(&loop)) {}
    is_int(loop.watches, 1, "when the server ends the sessions, the loop hears of it");
    is_int(pool_of(loop.store).open, 0, "and no connection is left");
    call(&loop, 1, "the next call");

    end_sessions();
    call(&loop, 1, "one between the end of the session and the loop's turn");
    is_int(loop.watches, 2, "has a new connection, which is watched");
    end(&loop, PGC_CLOSE_WAIT, "closed");
}

static void check_expired(void) {
    struct loop loop;
    pgc_store_options options = options_alone();
    options.idle_timeout_ms = 1;
    loop_begin(&loop, open_with(options), true);
    call(&loop, 20, "on two connections");
    pause_ms(20);
    call(&loop, 1, "when they have been idle for too long");
    is_int(loop.watches, 2, "those are let go of");
    end(&loop, PGC_CLOSE_CANCEL, "closed by force");
}

/* The store's own turn looks at what runs; an idle connection is looked at before it is used. */
static void check_poll(void) {
    struct loop loop;
    loop_begin(&loop, open_with(options_alone()), false);
    call(&loop, 20, "without a loop");
    end_sessions();
    call(&loop, 20, "without a loop, after the end of the sessions");
    loop_end(&loop, "without a loop");
}

int main(void) {
    world_begin();
    schema = schema_named("alone");
    pgc_store *store = store_in(schema);
    must_create(store, "thread");
    pgc_store_free(store);
    check_refused();
    check_watches();
    check_expired();
    check_poll();
    return world_end();
}
