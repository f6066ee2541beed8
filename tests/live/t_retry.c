/*
 * What the library tries again by itself, and what not: a server that is away, conflicts, reads and
 * writes whose connection breaks; in three drives.
 */
#include "face/store.h"
#include "pgconvo_uv.h"
#include "proxy.h"

enum { PATIENT_MS = 60000, CALLERS = 16 };

static const char *schema;
static enum { BLOCKING, POLLED, UV, DRIVES } drive;
static struct pgc_uv uv;

static pgc_store_options through_proxy(uint32_t call_timeout_ms) {
    pgc_store_options options = options_for(schema);
    options.url = z(form("host=127.0.0.1 port=%u user=%s dbname=%s sslmode=disable "
                         "gssencmode=disable",
                         proxy.port, PQuser(admin), PQdb(admin)));
    options.application_name = z("retry");
    options.call_timeout_ms = call_timeout_ms;
    return options;
}

static pgc_store *begin(pgc_store_options options) {
    pgc_error err;
    pgc_store *store = store_with(options);
    if (drive == UV && pgc_uv_attach(&uv, uv_default_loop(), store, &err) != 0) bail("uv");
    return store;
}

static void end(pgc_store *store) {
    pgc_store_close(store, PGC_CLOSE_WAIT);
    if (drive == UV) {
        pgc_uv_detach(&uv, NULL, NULL);
        uv_run(uv_default_loop(), UV_RUN_DEFAULT);
    }
    pgc_store_free(store);
}

static struct pool_counters counters_of(pgc_store *store) {
    struct pool_counters counters;
    pool_counters(&store->whole->engine.pool, &counters);
    return counters;
}

/* ---- Calls in three drives ---- */

enum kind { READ, APPEND };

struct call {
    pgc_store *store;
    enum kind kind;
    int status;
    pgc_error err;
    pthread_t thread;
};

static int calls_left;

static void *run_call(void *payload) {
    struct call *call = payload;
    call->status = call->kind == READ ? get_thread(call->store, "thread", &call->err)
                                      : append_one(call->store, "thread", NULL, &call->err);
    return NULL;
}

static void on_call_done(pgc_op *op, void *payload) {
    struct call *call = payload;
    pgc_result *result = NULL;
    call->status = pgc_op_take(op, &result, &call->err);
    pgc_result_free(result);
    calls_left--;
}

static void start_call(struct call *call) {
    if (drive == BLOCKING) {
        if (pthread_create(&call->thread, NULL, run_call, call) != 0) bail("thread");
        return;
    }
    pgc_message_new message = message_named(NULL);
    pgc_append append = PGC_APPEND_INIT;
    append.thread_id = z("thread");
    append.messages = &message;
    append.count = 1;
    calls_left++;
    call->status =
        call->kind == READ
            ? pgc_thread_get_start(call->store, z("thread"), on_call_done, call, NULL, &call->err)
            : pgc_message_append_start(call->store, &append, on_call_done, call, NULL, &call->err);
    if (call->status != 0) calls_left--;
}

static void start_calls(struct call *calls, int count, pgc_store *store, enum kind kind) {
    for (int i = 0; i < count; i++) {
        calls[i] = (struct call){.store = store, .kind = kind};
        start_call(&calls[i]);
    }
}

/* For so long, or (-1) until all have ended. */
static void drive_calls(pgc_store *store, int ms) {
    int64_t until = proxy_now() + (ms < 0 ? PATIENCE_MS : ms);
    while (calls_left > 0 && proxy_now() < until) {
        if (drive == POLLED && pgc_store_poll(store, 20) < 0) bail("poll");
        if (drive == UV && uv_run(uv_default_loop(), UV_RUN_NOWAIT) != 0) pause_ms(1);
    }
    if (drive == BLOCKING && ms > 0) pause_ms(ms);
    if (ms < 0 && calls_left > 0) bail("%d calls do not end", calls_left);
}

/* How many ended otherwise than with `code`. */
static int end_calls(struct call *calls, int count, pgc_store *store, pgc_code code) {
    int odd = 0;
    drive_calls(store, -1);
    for (int i = 0; i < count; i++) {
        if (drive == BLOCKING) pthread_join(calls[i].thread, NULL);
        if (calls[i].status != -(int)code && odd++ == 0) {
            diag("%s: %s", pgc_code_name(calls[i].status), calls[i].err.message);
        }
    }
    return odd;
}

static struct call call_once(pgc_store *store, enum kind kind, pgc_code code, const char *name) {
    struct call call;
    start_calls(&call, 1, store, kind);
    drive_calls(store, -1);
    if (drive == BLOCKING) pthread_join(call.thread, NULL);
    is_code(call.status, code, &call.err, "%s", name);
    return call;
}

/* ---- A server that is away ---- */

static void check_restart(void) {
    struct call calls[CALLERS];
    pgc_store_options options = through_proxy(PATIENT_MS);
    options.max_connections = 8;
    options.min_connections = 8;
    pgc_store *store = begin(options);
    is_int(pool_of(store).idle, 8, "eight connections are warm");
    proxy_down();
    start_calls(calls, CALLERS, store, READ);
    drive_calls(store, 1000);
    int attempts = atomic_load(&proxy.attempts);
    proxy_up();
    is_int(end_calls(calls, CALLERS, store, PGC_OK), 0, "all calls succeed when it is up again");
    ok(attempts >= 1 && attempts <= 40, "while it was away few attempts were made (%d)", attempts);
    is_int(atomic_load(&proxy.most_at_once), 1, "one at a time");
    struct pool_counters counters = counters_of(store);
    ok(counters.lost >= 1 && counters.connect_failures >= 1 && counters.retries_connect >= 1 &&
           counters.reconnects >= 1,
       "the counters know of it: lost %d, failures %d, retries %d, reconnects %d",
       (int)counters.lost, (int)counters.connect_failures, (int)counters.retries_connect,
       (int)counters.reconnects);
    ok(counters.waits >= 1 && counters.wait_longest_us <= counters.wait_total_us,
       "and of those who waited");
    end(store);
}

static void check_impatient(void) {
    struct call calls[CALLERS];
    pgc_store *store = begin(through_proxy(0));
    proxy_down();
    struct call call = call_once(store, READ, PGC_CONNECT, "no deadline: told at once");
    is_int(call.err.retry, PGC_RETRY_SAFE, "nothing was done");
    is_int(atomic_load(&proxy.attempts), 1, "after one attempt");
    start_calls(calls, CALLERS, store, READ);
    is_int(end_calls(calls, CALLERS, store, PGC_CONNECT), 0, "many at once are told as well");
    proxy_up();
    call_once(store, READ, PGC_OK, "it is up: the next call works");
    end(store);

    pgc_store_options options = through_proxy(PATIENT_MS);
    options.no_retry = true;
    store = begin(options);
    proxy_down();
    call_once(store, READ, PGC_CONNECT, "no_retry: told at once, deadline or not");
    is_int((int64_t)counters_of(store).retries_connect, 0, "and nothing was tried again");
    proxy_up();
    end(store);
}

static void check_late(void) {
    pgc_store *store = begin(through_proxy(0)), *hasty = NULL;
    pgc_error err;
    proxy_down();
    if (pgc_store_with_timeout(store, 700, &hasty, &err) != 0) bail("handle");
    struct call call = call_once(hasty, APPEND, PGC_TIMEOUT, "it stays away until the deadline");
    is_int(call.err.retry, PGC_RETRY_SAFE, "nothing was done");
    ok(strstr(call.err.message, "not connected: ") != NULL &&
           strstr(call.err.message, "closed the connection") != NULL,
       "the error tells what the network said: %s", call.err.message);
    ok(counters_of(store).retries_connect >= 1, "it was tried again before");
    proxy_up();
    pgc_store_free(hasty);
    end(store);
}

/* ---- Connections that break under a call ---- */

static void check_lost(void) {
    pgc_store *store = begin(through_proxy(PATIENT_MS));
    const char *rows = form("SELECT count(*) FROM %s.messages", quoted(schema));
    atomic_store(&proxy.lose, 2);
    call_once(store, READ, PGC_OK, "a read whose answer is lost twice is repeated");
    is_int((int64_t)counters_of(store).retries_lost, 1, "once after it was sent");
    is_int((int64_t)counters_of(store).retries_connect, 1, "and once while connecting");
    int64_t before = ask_number("%s", rows);
    atomic_store(&proxy.lose, 1);
    struct call call = call_once(store, APPEND, PGC_LOST, "a write whose answer is lost is not");
    is_int(call.err.retry, PGC_RETRY_UNKNOWN, "its fate is unknown");
    is_int(ask_number("%s", rows) - before, 1, "it was done once");
    is_int((int64_t)counters_of(store).retries_lost, 1, "and not repeated");
    end(store);

    store = begin(through_proxy(0));
    atomic_store(&proxy.lose, 1);
    call_once(store, READ, PGC_LOST, "without a deadline a read is not repeated either");
    end(store);
}

/* ---- Conflicts ---- */

/* Each append runs `body` before. */
static void add_trigger(const char *body) {
    const char *s = quoted(schema);
    ask("CREATE SEQUENCE %s.tries; CREATE FUNCTION %s.meddle() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN %s RETURN new; END $$; CREATE TRIGGER meddle BEFORE INSERT ON %s.messages FOR "
        "EACH ROW EXECUTE FUNCTION %s.meddle()",
        s, s, body, s, s);
}

static void drop_trigger(void) {
    const char *s = quoted(schema);
    ask("DROP FUNCTION %s.meddle() CASCADE; DROP SEQUENCE %s.tries", s, s);
}

static int64_t tries(void) {
    return ask_number("SELECT last_value FROM %s.tries", quoted(schema));
}

static void check_serialization(void) {
    const char *s = quoted(schema);
    pgc_store_options options = options_for(schema);
    pgc_store *store = begin(options);
    int64_t before = ask_number("SELECT count(*) FROM %s.messages", s);
    add_trigger(form("IF nextval('%s.tries') <= 3 THEN RAISE 'no' USING ERRCODE = '40001'; END "
                     "IF;",
                     s));
    call_once(store, APPEND, PGC_OK, "three serialization failures, then success");
    is_int(tries(), 4, "at the fourth try");
    is_int(ask_number("SELECT count(*) FROM %s.messages", s) - before, 1, "one row");
    is_int((int64_t)counters_of(store).retries_conflict, 3, "three retries are counted");
    is_int(pool_of(store).open, 1, "on one connection");
    drop_trigger();
    add_trigger(form("PERFORM nextval('%s.tries'); RAISE 'no' USING ERRCODE = '40001';", s));
    struct call call = call_once(store, APPEND, PGC_CONFLICT, "a conflict that stays is told");
    is_str(call.err.sqlstate, "40001", "as what it is");
    is_int(tries(), 9, "after nine tries");
    end(store);
    options.no_retry = true;
    store = begin(options);
    call_once(store, APPEND, PGC_CONFLICT, "no_retry: told at once");
    is_int(tries(), 10, "after one");
    end(store);
    drop_trigger();
}

static void check_deadlock(void) {
    const char *s = quoted(schema);
    struct call call;
    pgc_store_options options = options_for(schema);
    options.application_name = z(application_named("deadlocked"));
    pgc_store *store = begin(options);
    add_trigger(form("PERFORM FROM %s.threads WHERE id = 'other' FOR UPDATE;", s));
    PGconn *rival = raw_connection();
    ask_on(rival, "SET deadlock_timeout TO '10min'");
    ask_on(rival, "BEGIN");
    ask_on(rival, form("SELECT FROM %s.threads WHERE id = 'other' FOR UPDATE", s));
    start_calls(&call, 1, store, APPEND);
    ok(becomes_blocked("deadlocked", 1), "an append waits for a rival");
    ask_on(rival, form("SELECT FROM %s.threads WHERE id = 'thread' FOR UPDATE", s));
    if (drive != BLOCKING) drive_calls(store, 100);
    ask_on(rival, "COMMIT");
    is_int(end_calls(&call, 1, store, PGC_OK), 0, "which waits for it, but it succeeds");
    /* which may lock the thread before the rival has woken up, and so meet it once more */
    ok(counters_of(store).retries_conflict >= 1, "at another try");
    PQfinish(rival);
    end(store);
    drop_trigger();
}

int main(void) {
    world_begin();
    proxy_begin();
    schema = schema_named("retry");
    pgc_store *store = store_in(schema);
    must_create(store, "thread");
    must_create(store, "other");
    pgc_store_free(store);
    for (drive = 0; drive < DRIVES; drive++) {
        diag("drive %d", (int)drive);
        check_restart();
        check_impatient();
        check_late();
        check_lost();
        check_serialization();
        check_deadlock();
    }
    uv_loop_close(uv_default_loop());
    proxy_end();
    return world_end();
}
