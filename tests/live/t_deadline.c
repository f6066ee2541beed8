/*
 * Time limits of calls and cancelling: whatever a call waits for (a connection of the pool, a
 * server that does not answer, a lock, a server process that stands still, a full socket), it ends
 * with the right word, and the next call gets its own rows.
 */
#include "event_loops.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>

enum { LIMIT_MS = 200 };

static const char *schema;
static bool events; /* start and turn, instead of blocking */

/* ---- Calls in both drives ---- */

struct ended {
    int count;
    int status;
    pgc_error err;
    const char *name;
    char order[64]; /* names in the order of ending */
};

static struct ended all;

static void on_done(pgc_op *op, void *payload) {
    pgc_result *result = NULL;
    const char *name = payload;
    all.status = pgc_op_take(op, &result, &all.err);
    all.count++;
    if (name != NULL) strcat(all.order, name);
    pgc_result_free(result);
}

static void turn_until(pgc_store *store, int count) {
    while (all.count < count && pgc_store_poll(store, PATIENCE_MS) >= 0) {}
}

/* Appends a text of that size to the thread; the outcome is in `all`. */
static int append(pgc_store *store, const char *thread, size_t size) {
    char *text = malloc(size);
    if (text == NULL) bail("malloc");
    memset(text, 'x', size);
    pgc_message_new message = {.role = z("user"), .text = {text, size}, .created_at = PGC_NO_TIME};
    pgc_append append = PGC_APPEND_INIT;
    append.thread_id = z(thread);
    append.messages = &message;
    append.count = 1;
    all = (struct ended){.count = 0};
    if (events) {
        int status = pgc_message_append_start(store, &append, on_done, NULL, NULL, &all.err);
        if (status != 0) bail("start: %s", all.err.message);
        turn_until(store, 1);
    } else {
        pgc_result *result = NULL;
        all.status = pgc_message_append(store, &append, &result, &all.err);
        pgc_result_free(result);
    }
    free(text);
    return all.status;
}

/* It was stopped; that nothing was done, only a server that answers in time can tell. */
static void ends_stopped(int status, pgc_code code, const char *name) {
    is_code(status, code, &all.err, "%s", name);
    is_int(all.err.retry, stopped_by_server(&all.err) ? PGC_RETRY_SAFE : PGC_RETRY_UNKNOWN,
           "%s: is a repeat safe", name);
}

static void ends_with(int status, pgc_code code, pgc_retry retry, const char *name) {
    is_code(status, code, &all.err, "%s", name);
    is_int(all.err.retry, retry, "%s: is a repeat safe", name);
}

static pgc_store *limited_store(const char *name, uint32_t max) {
    pgc_store_options options = options_for(schema);
    options.application_name = z(name);
    options.max_connections = max;
    options.call_timeout_ms = LIMIT_MS;
    return open_with(options);
}

/* The same store with a limit that no call reaches, however busy the machine is. */
static pgc_store *patient_handle(pgc_store *store) {
    pgc_error err;
    pgc_store *patient = NULL;
    if (pgc_store_with_timeout(store, PATIENCE_MS, &patient, &err) != 0) bail("%s", err.message);
    return patient;
}

static void works(pgc_store *store, const char *name) {
    pgc_store *patient = patient_handle(store);
    is_code(append(patient, "thread", 1), PGC_OK, &all.err, "%s", name);
    pgc_store_free(patient);
}

/* The next call of a store gets its own answer. */
static void goes_on(pgc_store *store, const char *name) {
    pgc_error err;
    pgc_result *result = NULL;
    pgc_store *patient = patient_handle(store);
    int status = pgc_thread_get(patient, z("other"), &result, &err);
    ok(status == 0 && strcmp(pgc_result_thread(result, 0)->id.data, "other") == 0,
       "%s: the next call gets its own rows", name);
    pgc_result_free(result);
    pgc_store_free(patient);
}

/* ---- What a call may wait for ---- */

static void check_lock(void) {
    pgc_store *store = limited_store("limit lock", 1);
    PGconn *holder = raw_connection();
    works(store, "a call in time");
    ask_on(holder, "BEGIN");
    ask_on(holder, form("SELECT FROM %s.threads WHERE id = 'thread' FOR UPDATE", quoted(schema)));
    ends_stopped(append(store, "thread", 1), PGC_TIMEOUT, "a lock");
    ok(tells(&all.err, "time limit of the call"), "the error says so");
    goes_on(store, "a lock");
    ask_on(holder, "ROLLBACK");
    works(store, "and without the lock");
    PQfinish(holder);
    pgc_store_free(store);
}

/* The backend stands still: it neither answers nor reads, and does not hear of the cancel. */
static void check_stopped_backend(size_t size, const char *name) {
    pgc_store *store = limited_store("limit backend", 1);
    works(store, form("%s: a call before", name));
    int pid = (int)ask_number("SELECT pid FROM pg_stat_activity WHERE application_name = 'limit "
                              "backend'");
    int64_t before = ask_number("SELECT count(*) FROM %s.messages", quoted(schema));
    if (pid <= 0 || kill(pid, SIGSTOP) != 0) bail("kill %d: %s", pid, strerror(errno));
    ends_with(append(store, "thread", size), PGC_TIMEOUT, PGC_RETRY_UNKNOWN, name);
    goes_on(store, name);
    kill(pid, SIGCONT);
    becomes_true("SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = %d)", pid);
    int64_t more = ask_number("SELECT count(*) FROM %s.messages", quoted(schema)) - before;
    ok(more == 0 || more == 1, "%s: it was done or not", name);
    pgc_store_free(store);
}

/* A host that takes connections and says nothing. */
static void check_silent_host(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    int silent = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(silent, (struct sockaddr *)&address, size) != 0 || listen(silent, 8) != 0 ||
        getsockname(silent, (struct sockaddr *)&address, &size) != 0) {
        bail("listen: %s", strerror(errno));
    }
    pgc_store_options options = options_for(schema);
    options.url = z(form("host=127.0.0.1 port=%d sslmode=disable", ntohs(address.sin_port)));
    options.call_timeout_ms = LIMIT_MS;
    pgc_store *store = open_with(options);
    ends_with(append(store, "thread", 1), PGC_TIMEOUT, PGC_RETRY_SAFE, "a silent host");
    pgc_store_free(store);
    close(silent);
}

static void check_queue(void) {
    pgc_error err;
    pgc_lease *lease = NULL;
    pgc_store *store = limited_store("limit queue", 1), *patient = patient_handle(store);
    if (pgc_lease_acquire(patient, &lease, &err) != 0) bail("%s", err.message);
    pgc_store_free(patient);
    ends_with(append(store, "thread", 1), PGC_TIMEOUT, PGC_RETRY_SAFE, "no connection in time");
    pgc_lease *second = NULL;
    is_code(pgc_lease_acquire(store, &second, &err), PGC_TIMEOUT, &err, "a second lease neither");
    pgc_lease_release(lease);
    works(store, "and when there is one");
    pgc_store_free(store);
}

/* ---- Started operations ---- */

static pgc_op *start_append(pgc_store *store, const char *name) {
    pgc_op *op = NULL;
    pgc_message_new message = {.role = z("user"), .text = z("x"), .created_at = PGC_NO_TIME};
    pgc_append append = PGC_APPEND_INIT;
    append.thread_id = z("thread");
    append.messages = &message;
    append.count = 1;
    int status =
        pgc_message_append_start(store, &append, on_done, (void *)(uintptr_t)name, &op, &all.err);
    if (status != 0) bail("start: %s", all.err.message);
    return op;
}

static void start_all(pgc_store *store, pgc_op **ops, const char *const *names, int count) {
    all = (struct ended){.count = 0};
    for (int i = 0; i < count; i++)
        ops[i] = start_append(store, names[i]);
}

/* A holds the only connection, waiting for a lock; the others wait for it. */
static void check_started(void) {
    static const char *const names[] = {"A", "B", "C", "D"};
    pgc_op *ops[4];
    pgc_store_options options = options_for(schema);
    options.max_connections = 1;
    pgc_store *store = open_with(options);
    PGconn *holder = raw_connection();
    ask_on(holder, "BEGIN");
    ask_on(holder, form("SELECT FROM %s.threads WHERE id = 'thread' FOR UPDATE", quoted(schema)));

    start_all(store, ops, names, 4);
    pgc_op_set_timeout(ops[3], LIMIT_MS);
    pgc_op_set_timeout(ops[1], LIMIT_MS * 2);
    pgc_op_set_timeout(ops[2], LIMIT_MS * 3);
    turn_until(store, 3);
    is_str(all.order, "DBC", "those in the queue end when their time is up");
    ends_with(all.status, PGC_TIMEOUT, PGC_RETRY_SAFE, "in the queue");
    pgc_op_set_timeout(ops[0], LIMIT_MS);
    turn_until(store, 4);
    ends_stopped(all.status, PGC_TIMEOUT, "and the one that runs");

    start_all(store, ops, names, 3);
    pgc_op_cancel(ops[1]);
    is_int(all.count, 0, "to cancel calls nobody back");
    turn_until(store, 1);
    is_str(all.order, "B", "one in the queue");
    ends_with(all.status, PGC_CANCELLED, PGC_RETRY_SAFE, "is cancelled");
    pgc_op_set_timeout(ops[2], LIMIT_MS);
    pgc_op_set_timeout(ops[2], 0);
    pgc_op_cancel(ops[0]);
    pgc_op_cancel(ops[0]);
    turn_until(store, 2);
    is_str(all.order, "BA", "then the one that runs, or connects");
    ends_with(all.status, PGC_CANCELLED, PGC_RETRY_SAFE, "is cancelled, too");
    ask_on(holder, "ROLLBACK");
    turn_until(store, 3);
    is_str(all.order, "BAC", "the last one has no limit any more");
    is_int(all.status, 0, "and goes through");
    goes_on(store, "after all that");
    PQfinish(holder);
    pgc_store_free(store);
}

/* On a loop of somebody else's, too: the timer is told of limits. */
static void check_loop(void) {
    struct loop loop;
    PGconn *holder = raw_connection();
    ask_on(holder, "BEGIN");
    ask_on(holder, form("SELECT FROM %s.threads WHERE id = 'thread' FOR UPDATE", quoted(schema)));
    pgc_store *store = limited_store("limit loop", 1);
    loop_begin(&loop, store, true);
    all = (struct ended){.count = 0};
    pgc_op *op = start_append(store, "A");
    pgc_op *next = start_append(store, "B");
    pgc_op_set_timeout(op, LIMIT_MS * 2);
    pgc_op_cancel(next);
    loop_until(&loop, &all.count, 2);
    is_str(all.order, "BA", "a loop: one is cancelled, one runs out of time");
    ask_on(holder, "ROLLBACK");
    PQfinish(holder);
    loop_end(&loop, "a loop");
}

static void check_handles(void) {
    pgc_error err;
    pgc_store *store = store_in(schema), *handle = NULL, *second = NULL;
    is_code(pgc_store_with_timeout(store, LIMIT_MS, &handle, &err), PGC_OK, &err, "a handle");
    is_code(pgc_store_with_timeout(handle, 0, &second, &err), PGC_OK, &err, "of a handle");
    is_code(get_thread(second, "other", &err), PGC_OK, &err, "works");
    is_str(pgc_store_schema(handle), schema, "it has the schema of its store");
    pgc_pool_status pool = pool_of(handle);
    ok(pool.open == 1 && pool.max == pool_of(store).max, "and its pool");
    pgc_store_free(handle);
    is_code(get_thread(second, "other", &err), PGC_OK, &err, "freeing it leaves the store open");
    pgc_store_close(second, PGC_CLOSE_WAIT);
    is_code(get_thread(store, "other", &err), PGC_CLOSED, &err, "closing it closes the store");
    pgc_store_free(second);
    pgc_store_free(store);
}

int main(void) {
    world_begin();
    schema = fresh("deadline");
    pgc_store *store = open_with(options_for(schema));
    must_create(store, "thread");
    must_create(store, "other");
    pgc_store_free(store);
    for (int drive = 0; drive < 2; drive++) {
        events = drive == 1;
        diag(events ? "start and turn" : "blocking calls");
        check_lock();
        check_stopped_backend(1, "a backend that stands still");
        check_stopped_backend(32 << 20, "a full socket");
        check_silent_host();
        check_queue();
    }
    check_started();
    check_loop();
    check_handles();
    return world_end();
}
