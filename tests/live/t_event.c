/* The event-driven face: every start function, driven by pgc_store_poll and by an epoll loop. */
#include "event_loops.h"

static const char *schema;
static const char *const drives[] = {"poll", "epoll"};

static pgc_store *store_of(uint32_t max, uint32_t acquire_timeout_ms) {
    pgc_store_options options = options_for(schema);
    options.application_name = z("event");
    options.max_connections = max;
    options.acquire_timeout_ms = acquire_timeout_ms;
    return open_with(options);
}

/* What callbacks saw. */
struct seen {
    pgc_store *store;
    int called;
    int failed; /* with anything but `expected` */
    pgc_code expected;
    int chain; /* how many more to start from the callback */
    pgc_error err;
    pgc_result *result;
};

static void on_done(pgc_op *op, void *payload) {
    struct seen *seen = payload;
    pgc_error err;
    pgc_result_free(seen->result);
    seen->result = NULL;
    seen->called++;
    int status = pgc_op_take(op, &seen->result, &seen->err);
    seen->failed += status != -(int)seen->expected;
    if (seen->chain > 0) {
        seen->chain--;
        if (pgc_thread_get_start(seen->store, z("thread"), on_done, seen, NULL, &err) != 0) {
            seen->failed++;
        }
    }
}

static void forget(struct seen *seen) {
    pgc_result_free(seen->result);
    *seen = (struct seen){.store = seen->store};
}

/* ---- Every start function ---- */

/* The arguments of a start, in memory that is gone when it returns. */
struct arguments {
    char thread[16], message[16], text[16], object[32];
    pgc_str id;
    pgc_message_new messages[1];
    pgc_anchor anchor;
    pgc_thread_new thread_new;
    pgc_thread_change thread_change;
    pgc_thread_query thread_query;
    pgc_append append;
    pgc_message_query message_query;
    pgc_window window;
    pgc_ids ids;
    pgc_message_change message_change;
};

static struct arguments *new_arguments(const char *thread) {
    struct arguments *a = calloc(1, sizeof *a);
    if (a == NULL) bail("calloc");
    snprintf(a->thread, sizeof a->thread, "%s", thread);
    snprintf(a->message, sizeof a->message, "message");
    snprintf(a->text, sizeof a->text, "text");
    snprintf(a->object, sizeof a->object, "{\"key\": 1}");
    a->id = z(a->message);
    a->messages[0] = (pgc_message_new){.id = a->id,
                                       .role = z(a->text),
                                       .text = z(a->text),
                                       .metadata = z(a->object),
                                       .created_at = PGC_NO_TIME};
    a->anchor = (pgc_anchor){.message_id = a->id, .before = 1, .after = 1};
    a->thread_new = (pgc_thread_new)PGC_THREAD_NEW_INIT;
    a->thread_new.id = z(a->thread);
    a->thread_new.existing = PGC_EXISTING_KEEP;
    a->thread_change = (pgc_thread_change)PGC_THREAD_CHANGE_INIT;
    a->thread_change.id = z(a->thread);
    a->thread_change.title = z(a->text);
    a->thread_query = (pgc_thread_query)PGC_THREAD_QUERY_INIT;
    a->thread_query.metadata = z(a->object);
    a->append = (pgc_append)PGC_APPEND_INIT;
    a->append.thread_id = z(a->thread);
    a->append.messages = a->messages;
    a->append.count = 1;
    a->append.existing = PGC_EXISTING_KEEP;
    a->message_query = (pgc_message_query)PGC_MESSAGE_QUERY_INIT;
    a->message_query.thread_id = z(a->thread);
    a->window = (pgc_window)PGC_WINDOW_INIT;
    a->window.anchors = &a->anchor;
    a->window.count = 1;
    a->ids = (pgc_ids)PGC_IDS_INIT;
    a->ids.ids = &a->id;
    a->ids.count = 1;
    a->message_change = (pgc_message_change)PGC_MESSAGE_CHANGE_INIT;
    a->message_change.id = a->id;
    a->message_change.text = z(a->text);
    return a;
}

typedef int (*start_fn)(pgc_store *, struct arguments *, pgc_done_fn, void *, pgc_op **,
                        pgc_error *);

#define STARTER(name, ...)                                                           \
    static int start_##name(pgc_store *store, struct arguments *a, pgc_done_fn done, \
                            void *payload, pgc_op **op, pgc_error *err) {            \
        return pgc_##name##_start(store, __VA_ARGS__, done, payload, op, err);       \
    }

STARTER(thread_create, &a->thread_new)
STARTER(thread_get, z(a->thread))
STARTER(thread_update, &a->thread_change)
STARTER(thread_delete, z(a->thread))
STARTER(thread_list, &a->thread_query)
STARTER(message_append, &a->append)
STARTER(message_last, z(a->thread), 1)
STARTER(message_list, &a->message_query)
STARTER(message_tail, z(a->thread), 0, 1)
STARTER(message_window, &a->window)
STARTER(message_get, &a->ids)
STARTER(message_find, z(a->object), 1, pgc_none())
STARTER(message_count, z(a->thread), PGC_NO_TIME, PGC_NO_TIME)
STARTER(message_update, &a->message_change)
STARTER(message_delete, &a->ids)
STARTER(conversation_import, &a->thread_new, &a->append)
STARTER(metadata_get, z(a->thread), z(a->message))
STARTER(metadata_merge, z(a->thread), z(a->message), z(a->object))
STARTER(metadata_replace, z(a->thread), z(a->message), z(a->object))
STARTER(metadata_remove, z(a->thread), z(a->message), &a->id, 1)

static int start_store_init(pgc_store *store, struct arguments *a, pgc_done_fn done, void *payload,
                            pgc_op **op, pgc_error *err) {
    (void)a;
    return pgc_store_init_start(store, done, payload, op, err);
}

/* In an order in which each finds what it needs. */
static const struct {
    start_fn start;
    const char *name;
    bool shows; /* it brings a result */
} starts[] = {
    {start_store_init, "store_init", false},
    {start_thread_create, "thread_create", true},
    {start_thread_get, "thread_get", true},
    {start_thread_update, "thread_update", true},
    {start_message_append, "message_append", true},
    {start_conversation_import, "conversation_import", true},
    {start_thread_list, "thread_list", true},
    {start_message_last, "message_last", true},
    {start_message_list, "message_list", true},
    {start_message_tail, "message_tail", true},
    {start_message_window, "message_window", true},
    {start_message_get, "message_get", true},
    {start_message_find, "message_find", true},
    {start_message_count, "message_count", true},
    {start_message_update, "message_update", true},
    {start_metadata_get, "metadata_get", true},
    {start_metadata_merge, "metadata_merge", true},
    {start_metadata_replace, "metadata_replace", true},
    {start_metadata_remove, "metadata_remove", true},
    {start_message_delete, "message_delete", true},
    {start_thread_delete, "thread_delete", true},
};

static void check_start(struct loop *loop, size_t i, const char *drive) {
    struct seen seen = {.store = loop->store};
    struct arguments *arguments = new_arguments("every");
    pgc_error err;
    pgc_op *op = NULL;
    const char *name = form("%s: %s", drive, starts[i].name);
    int status = starts[i].start(loop->store, arguments, on_done, &seen, &op, &err);
    memset(arguments, 'x', sizeof *arguments);
    free(arguments);
    if (!is_code(status, PGC_OK, &err, "%s: starts", name)) return;
    is_int(seen.called, 0, "%s: does not call back from the start call", name);
    pgc_result *none = NULL;
    is_code(pgc_op_take(op, &none, &err), PGC_INVALID, &err, "%s: has no outcome yet", name);
    is_code(pgc_op_wait(op, &none, &err), PGC_INVALID, &err, "%s: is not to be waited for", name);
    loop_until(loop, &seen.called, 1);
    is_int(seen.called, 1, "%s: calls back once", name);
    is_code(seen.failed, PGC_OK, NULL, "%s: succeeds (%s)", name, seen.err.message);
    ok((seen.result != NULL) == starts[i].shows, "%s: brings what it should", name);
    forget(&seen);

    arguments = new_arguments("every");
    if (strcmp(starts[i].name, "thread_delete") == 0) must_create(loop->store, "every");
    op = NULL;
    status = starts[i].start(loop->store, arguments, NULL, NULL, &op, &err);
    free(arguments);
    is_code(status, PGC_OK, &err, "%s: starts without a callback", name);
    status = pgc_op_wait(op, &none, &err);
    is_code(status, PGC_OK, &err, "%s: can be waited for then", name);
    pgc_result_free(none);
}

static void check_every_start(bool own) {
    struct loop loop;
    loop_begin(&loop, store_of(2, 0), own);
    for (size_t i = 0; i < COUNT(starts); i++) {
        check_start(&loop, i, drives[own]);
    }
    loop_end(&loop, drives[own]);
}

/* ---- Many at once ---- */

static void check_many(bool own) {
    enum { OPERATIONS = 200, CONNECTIONS = 4 };
    struct loop loop;
    struct seen seen[OPERATIONS] = {0};
    pgc_error err;
    int refused = 0, called = 0, twice = 0, failed = 0;
    loop_begin(&loop, store_of(CONNECTIONS, 0), own);
    for (int i = 0; i < OPERATIONS; i++) {
        struct arguments *arguments = new_arguments(form("many %d", i % 50));
        start_fn start = i < 50       ? start_thread_create
                         : i % 2 == 0 ? start_thread_list
                                      : start_message_get;
        refused += start(loop.store, arguments, on_done, &seen[i], NULL, &err) != 0;
        free(arguments);
    }
    is_int(refused, 0, "%s: %d operations are started at once", drives[own], OPERATIONS);
    is_int(pool_of(loop.store).open, CONNECTIONS, "%s: on %d connections", drives[own],
           CONNECTIONS);
    is_int(pool_of(loop.store).waiting, OPERATIONS - CONNECTIONS, "%s: the others wait",
           drives[own]);
    for (called = 0; called < OPERATIONS && loop_turn(&loop);) {
        called = 0;
        for (int i = 0; i < OPERATIONS; i++) {
            called += seen[i].called;
        }
    }
    for (int i = 0; i < OPERATIONS; i++) {
        twice += seen[i].called != 1;
        failed += seen[i].failed;
        forget(&seen[i]);
    }
    is_int(twice, 0, "%s: each calls back once", drives[own]);
    is_int(failed, 0, "%s: each succeeds", drives[own]);
    is_int(pgc_store_poll(loop.store, 0), 0, "%s: none is left", drives[own]);
    loop_end(&loop, drives[own]);
}

/* ---- Starting from callbacks, waiting ---- */

static void check_chain(bool own) {
    struct loop loop;
    pgc_error err;
    loop_begin(&loop, store_of(1, 0), own);
    struct seen seen = {.store = loop.store, .chain = 50};
    is_code(pgc_thread_get_start(loop.store, z("thread"), on_done, &seen, NULL, &err), PGC_OK, &err,
            "%s: an operation whose callback starts another one", drives[own]);
    loop_until(&loop, &seen.called, 51);
    is_int(seen.called, 51, "%s: a chain of 50", drives[own]);
    is_int(seen.failed, 0, "%s: without an error", drives[own]);
    forget(&seen);

    pgc_op *op = NULL;
    seen.chain = 3;
    is_code(pgc_thread_get_start(loop.store, z("thread"), on_done, &seen, NULL, &err), PGC_OK, &err,
            "%s: an operation with a callback", drives[own]);
    is_code(pgc_thread_get_start(loop.store, z("thread"), NULL, NULL, &op, &err), PGC_OK, &err,
            "%s: one without, behind it", drives[own]);
    is_code(pgc_op_wait(op, NULL, &err), PGC_OK, &err, "%s: is waited for", drives[own]);
    ok(seen.called > 0, "%s: callbacks of others run meanwhile", drives[own]);
    loop_until(&loop, &seen.called, 4);
    is_int(seen.called, 4, "%s: and afterwards", drives[own]);
    forget(&seen);
    loop_end(&loop, drives[own]);
}

static void check_refused_start(bool own) {
    struct loop loop;
    struct seen seen = {0};
    pgc_error err;
    pgc_op *op = NULL;
    loop_begin(&loop, store_of(1, 0), own);
    is_code(pgc_thread_get_start(loop.store, z(""), on_done, &seen, &op, &err), PGC_INVALID, &err,
            "%s: a start that is refused", drives[own]);
    ok(op == NULL, "%s: gives no operation", drives[own]);
    is_int(pgc_store_poll(loop.store, 20), 0, "%s: nothing is under way", drives[own]);
    is_int(seen.called, 0, "%s: nothing calls back", drives[own]);
    is_code(pgc_thread_get_start(loop.store, z("nobody"), on_done, &seen, &op, &err), PGC_OK, &err,
            "%s: a thread that is not there", drives[own]);
    seen.expected = PGC_NOT_FOUND;
    is_code(pgc_store_watch(loop.store, NULL, NULL, NULL, &err), PGC_INVALID, &err,
            "%s: hooks are not changed while something is under way", drives[own]);
    loop_until(&loop, &seen.called, 1);
    is_int(seen.failed, 0, "%s: the callback gets NOT_FOUND", drives[own]);
    ok(seen.result == NULL, "%s: and no result", drives[own]);
    loop_end(&loop, drives[own]);
}

/* ---- Beside blocking calls ---- */

struct blocker {
    pgc_store *store;
    int failed;
};

static void *call_blocking(void *payload) {
    struct blocker *blocker = payload;
    pgc_error err;
    for (int i = 0; i < 100; i++) {
        blocker->failed += get_thread(blocker->store, "thread", &err) != 0;
    }
    return NULL;
}

static void check_mixed(bool own) {
    enum { BLOCKERS = 4, CHAINS = 6, LENGTH = 60 };
    struct loop loop;
    struct blocker blockers[BLOCKERS];
    pthread_t threads[BLOCKERS];
    pgc_error err;
    int refused = 0, failed = 0;
    loop_begin(&loop, store_of(2, 0), own);
    struct seen seen = {.store = loop.store, .chain = CHAINS * (LENGTH - 1)};
    for (int i = 0; i < BLOCKERS; i++) {
        blockers[i] = (struct blocker){.store = loop.store};
        if (pthread_create(&threads[i], NULL, call_blocking, &blockers[i]) != 0) bail("thread");
    }
    for (int i = 0; i < CHAINS; i++) {
        refused += pgc_thread_get_start(loop.store, z("thread"), on_done, &seen, NULL, &err) != 0;
    }
    loop_until(&loop, &seen.called, CHAINS * LENGTH);
    for (int i = 0; i < BLOCKERS; i++) {
        pthread_join(threads[i], NULL);
        failed += blockers[i].failed;
    }
    is_int(refused, 0, "%s: operations are started beside blocking calls of 4 threads",
           drives[own]);
    is_int(seen.called, CHAINS * LENGTH, "%s: all of them call back", drives[own]);
    is_int(seen.failed, 0, "%s: without an error", drives[own]);
    is_int(failed, 0, "%s: the blocking calls succeed too", drives[own]);
    forget(&seen);
    while (loop.epoll != -1 && loop.due != -1) {
        loop_turn(&loop);
    }
    loop_end(&loop, drives[own]);
}

int main(void) {
    world_begin();
    schema = schema_named("event");
    pgc_store *store = store_in(schema);
    must_create(store, "thread");
    pgc_store_free(store);
    for (int own = 0; own < 2; own++) {
        check_every_start(own);
        check_many(own);
        check_chain(own);
        check_refused_start(own);
        check_mixed(own);
    }
    return world_end();
}
