/*
 * The adapters to poll(2), libuv, libev and GLib: each drives a store with more operations than
 * connections, through timers, killed backends and its close, and leaves nothing in the loop.
 */
#include "engine_world.h"
#include "pgconvo_ev.h"
#include "pgconvo_glib.h"
#include "pgconvo_poll.h"
#include "pgconvo_uv.h"

enum { MAX = 4, CALLS = 200 };

static const char *schema;
static int called, failed; /* of the operations that are under way */
static pgc_code last_code;

/* ---- The loops ---- */

static struct pgc_poll with_poll;
static struct pgc_uv with_uv;
static struct pgc_ev with_ev;
static struct pgc_glib with_glib;
static bool uv_is_closed, uv_turns;

static int poll_begin(pgc_store *store, pgc_error *err) {
    return pgc_poll_attach(&with_poll, store, err);
}

static void poll_turn(void) {
    struct pollfd fds[1 + MAX + 2] = {{.fd = -1}}; /* the first one is the program's own */
    int timeout = PATIENCE_MS;
    size_t count = pgc_poll_fill(&with_poll, fds + 1, COUNT(fds) - 1, &timeout);
    poll(fds, 1 + count, timeout);
    pgc_poll_tell(&with_poll, fds + 1, count);
}

static bool poll_end(void) {
    bool idle = with_poll.count == 0 && with_poll.due == -1;
    pgc_poll_detach(&with_poll);
    return idle;
}

static int uv_begin(pgc_store *store, pgc_error *err) {
    return pgc_uv_attach(&with_uv, uv_default_loop(), store, err);
}

/* Until something was called back: one turn of libuv would wait for a descriptor after a timer. */
static void uv_turn(void) {
    uv_turns = true;
    uv_run(uv_default_loop(), UV_RUN_DEFAULT);
    uv_turns = false;
}

static void on_uv_closed(void *payload) {
    *(bool *)payload = true;
}

static bool uv_end(void) {
    pgc_uv_detach(&with_uv, on_uv_closed, &uv_is_closed);
    uv_run(uv_default_loop(), UV_RUN_DEFAULT);
    return uv_is_closed && uv_loop_close(uv_default_loop()) == 0;
}

static int ev_begin(pgc_store *store, pgc_error *err) {
    return pgc_ev_attach(&with_ev, EV_DEFAULT, store, err);
}

static void ev_turn(void) {
    ev_run(EV_DEFAULT, EVRUN_ONCE);
}

/* A loop with watchers left would wait for them. */
static bool ev_end(void) {
    bool idle = !ev_run(EV_DEFAULT, EVRUN_NOWAIT);
    pgc_ev_detach(&with_ev);
    ev_loop_destroy(EV_DEFAULT);
    return idle;
}

static int glib_begin(pgc_store *store, pgc_error *err) {
    return pgc_glib_attach(&with_glib, NULL, store, err);
}

static void glib_turn(void) {
    g_main_context_iteration(NULL, TRUE);
}

static bool glib_end(void) {
    bool idle = with_glib.timer == NULL;
    for (size_t i = 0; i < with_glib.room; i++)
        idle &= with_glib.watches[i].source == NULL;
    pgc_glib_detach(&with_glib);
    return idle;
}

static const struct drive {
    const char *name;
    int (*begin)(pgc_store *store, pgc_error *err);
    void (*turn)(void);
    bool (*end)(void); /* after the store's close: was nothing left? */
} drives[] = {
    {"poll", poll_begin, poll_turn, poll_end},
    {"libuv", uv_begin, uv_turn, uv_end},
    {"libev", ev_begin, ev_turn, ev_end},
    {"GLib", glib_begin, glib_turn, glib_end},
};

/* ---- The tests ---- */

static void on_done(pgc_op *op, void *payload) {
    pgc_error err;
    pgc_result *result = NULL;
    (void)payload;
    called++;
    if (uv_turns) uv_stop(uv_default_loop());
    if (pgc_op_take(op, &result, &err) != 0) {
        failed++;
        last_code = err.code;
    }
    pgc_result_free(result);
}

/* Starts so many reads and appends, and turns the loop until all have ended. */
static void run_calls(const struct drive *drive, pgc_store *store, int count) {
    called = failed = 0;
    pgc_error err;
    for (int i = 0; i < count; i++) {
        pgc_message_new message = {
            .role = z("user"), .text = z("hello"), .created_at = PGC_NO_TIME};
        pgc_append append = PGC_APPEND_INIT;
        append.thread_id = z("thread");
        append.messages = &message;
        append.count = 1;
        int status = i % 2 == 0
                         ? pgc_message_append_start(store, &append, on_done, NULL, NULL, &err)
                         : pgc_message_last_start(store, z("thread"), 5, on_done, NULL, NULL, &err);
        if (status != 0) bail("start: %s", err.message);
    }
    while (called < count)
        drive->turn();
}

/* Operations that send nothing once the store is connected: each ends before its start returns. */
static void run_inits(const struct drive *drive, pgc_store *store, int count) {
    pgc_error err;
    called = failed = 0;
    for (int i = 0; i < count; i++) {
        if (pgc_store_init_start(store, on_done, NULL, NULL, &err) != 0) bail("%s", err.message);
        while (called < i + 1)
            drive->turn();
    }
}

static void kill_backends(const char *name) {
    ask("SELECT count(pg_terminate_backend(pid, 60000)) FROM pg_stat_activity WHERE "
        "application_name = "
        "'%s'",
        name);
}

/* No connection comes free while a lease holds the only one: the timer ends the wait. */
static void check_timer(const struct drive *drive) {
    pgc_error err;
    pgc_lease *lease = NULL;
    pgc_store_options options = options_for(schema);
    options.max_connections = 1;
    options.acquire_timeout_ms = 50;
    pgc_store *store = open_with(options);
    if (drive->begin(store, &err) != 0) bail("%s", err.message);
    if (pgc_lease_acquire(store, &lease, &err) != 0) bail("%s", err.message);
    run_calls(drive, store, 3);
    is_int(failed, 3, "%s: calls that get no connection end by the timer", drive->name);
    is_int(last_code, PGC_BUSY, "%s: with BUSY", drive->name);
    pgc_lease_release(lease);
    run_calls(drive, store, 1);
    is_int(failed, 0, "%s: and one goes when there is one", drive->name);
    pgc_store_close(store, PGC_CLOSE_WAIT);
    ok(drive->end(), "%s: nothing is left in the loop", drive->name);
    pgc_store_free(store);
}

static void check_drive(const struct drive *drive) {
    pgc_error err;
    pgc_store_options options = options_for(schema);
    options.max_connections = MAX;
    options.application_name = z(form("adapter %s", drive->name));
    pgc_store *store = open_with(options);
    is_code(drive->begin(store, &err), PGC_OK, &err, "%s: attached", drive->name);
    run_calls(drive, store, CALLS);
    is_int(failed, 0, "%s: %d calls on %d connections", drive->name, CALLS, MAX);
    run_inits(drive, store, 1000);
    is_int(failed, 0, "%s: calls that need no turn are called back in one", drive->name);
    kill_backends(form("adapter %s", drive->name));
    run_calls(drive, store, CALLS);
    is_int(failed, 0, "%s: idle backends that were killed are not noticed", drive->name);
    called = 0;
    if (pgc_message_last_start(store, z("thread"), 5, on_done, NULL, NULL, &err) != 0) {
        bail("start: %s", err.message);
    }
    struct pgc_poll late;
    ok(pgc_poll_attach(&late, store, &err) == -PGC_INVALID, "%s: too late for another",
       drive->name);
    while (called < 1)
        drive->turn();
    pgc_store_close(store, PGC_CLOSE_WAIT);
    ok(drive->end(), "%s: nothing is left in the loop", drive->name);
    pgc_store_free(store);
}

int main(void) {
    world_begin();
    schema = fresh("adapters");
    pgc_store *store = open_with(options_for(schema));
    must_create(store, "thread");
    pgc_store_free(store);
    for (size_t i = 0; i < COUNT(drives); i++) {
        check_drive(&drives[i]);
        check_timer(&drives[i]);
    }
    return world_end();
}
