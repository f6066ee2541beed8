/* Single operations, one at a time: by the library's blocking calls, and by plain libpq. */
#include <stdlib.h>

#include "bench.h"
#include "measure.h"

#define MESSAGES 1000 /* in the thread that is read */
#define THREADS 200   /* of the resource that is listed */
#define PAGE 20
#define AROUND 5
#define READ "read"
#define OURS "append by pgconvo"
#define PLAIN "append by libpq"
#define NAIVE "append by round trips"

/* What an operation is given. */
struct subject {
    pgc_store *store;
    struct plain *plain;
    size_t count; /* of messages to append */
    const pgc_message_new *messages;
    pgc_str middle; /* id of a message amid the thread that is read */
    pgc_str cursor; /* the page behind it, and the key that it holds */
    int64_t at, seq;
};

/* Drops a result, after checking that it holds what it should. */
static void done(int status, const pgc_error *err, pgc_result **result, size_t messages) {
    bench_check(status, err, "operation");
    if (pgc_result_messages(*result) != messages) {
        bench_fail("%zu messages instead of %zu", pgc_result_messages(*result), messages);
    }
    pgc_result_free(*result);
}

/* ---- Append ---- */

static void append_ours(void *context) {
    const struct subject *s = context;
    world_append(s->store, OURS, s->messages, s->count);
}

static void append_plain(void *context) {
    const struct subject *s = context;
    plain_begin(s->plain);
    plain_batch(s->plain, pgc_z(PLAIN), s->messages, s->count);
    plain_run(s->plain, "message_append_even", (int)s->count);
}

/* As it is often done: a transaction of four statements, each sent as text and waited for. */
static void append_naive(void *context) {
    static unsigned long counter;
    const struct subject *s = context;
    char id[40];
    snprintf(id, sizeof id, "naive-%020lu", counter++);
    const char *values[4] = {NAIVE, id, s->messages->role.data, s->messages->content.data};
    static const char *const steps[2] = {
        "UPDATE \"" BENCH_SCHEMA "\".threads SET last_seq = last_seq + 1, last_at = now(), "
        "updated_at = now() WHERE id = $1",
        "INSERT INTO \"" BENCH_SCHEMA
        "\".messages (thread_id, id, seq, created_at, resource_id, role, "
        "content) SELECT id, $2, last_seq, now(), resource_id, $3, $4 FROM \"" BENCH_SCHEMA
        "\".threads WHERE id = $1 RETURNING seq, created_at"};
    plain_do(s->plain, "BEGIN");
    for (int step = 0; step < 2; step++) {
        if (plain_do_params(s->plain, steps[step], step == 0 ? 1 : 4, values) != 1) {
            bench_fail("append in round trips: nothing was appended");
        }
    }
    plain_do(s->plain, "COMMIT");
}

/* ---- Read ---- */

static void last_ours(void *context) {
    const struct subject *s = context;
    pgc_error err;
    pgc_result *result = NULL;
    done(pgc_message_last(s->store, pgc_z(READ), PAGE, &result, &err), &err, &result, PAGE);
}

static void list_plain(const struct subject *s, const char *statement, int64_t at, int64_t seq) {
    plain_begin(s->plain);
    plain_text(s->plain, pgc_z(READ));
    plain_time(s->plain, INT64_MIN + 1);
    plain_time(s->plain, INT64_MAX);
    plain_time(s->plain, at);
    plain_int8(s->plain, seq);
    plain_int8(s->plain, PAGE + 1);
    plain_int8(s->plain, 0);
    plain_bool(s->plain, false);
    plain_run(s->plain, statement, PAGE + 1);
}

static void last_plain(void *context) {
    list_plain(context, "message_list_desc", INT64_MAX, INT64_MAX);
}

static void page_ours(void *context) {
    const struct subject *s = context;
    pgc_error err;
    pgc_result *result = NULL;
    pgc_message_query query = PGC_MESSAGE_QUERY_INIT;
    query.thread_id = pgc_z(READ);
    query.limit = PAGE;
    query.cursor = s->cursor;
    done(pgc_message_list(s->store, &query, &result, &err), &err, &result, PAGE);
}

static void page_plain(void *context) {
    const struct subject *s = context;
    list_plain(s, "message_list_asc", s->at, s->seq);
}

static void window_ours(void *context) {
    const struct subject *s = context;
    pgc_error err;
    pgc_result *result = NULL;
    pgc_anchor anchor = {s->middle, AROUND, AROUND};
    pgc_window window = PGC_WINDOW_INIT;
    window.thread_id = pgc_z(READ);
    window.anchors = &anchor;
    window.count = 1;
    done(pgc_message_window(s->store, &window, &result, &err), &err, &result, 2 * AROUND + 1);
}

static void put_count(struct plain *plain) {
    plain_begin_array(plain, PLAIN_INT8, 1);
    plain_element_int8(plain, AROUND);
    plain_end_array(plain);
}

static void window_plain(void *context) {
    const struct subject *s = context;
    plain_begin(s->plain);
    plain_text(s->plain, pgc_z(READ));
    plain_begin_array(s->plain, PLAIN_TEXT, 1);
    plain_element_text(s->plain, s->middle);
    plain_end_array(s->plain);
    put_count(s->plain);
    put_count(s->plain);
    plain_null(s->plain);
    plain_run(s->plain, "message_window_full", 2 * AROUND + 1);
}

static void get_ours(void *context) {
    const struct subject *s = context;
    pgc_error err;
    pgc_result *result = NULL;
    done(pgc_thread_get(s->store, pgc_z(READ), &result, &err), &err, &result, 0);
}

static void get_plain(void *context) {
    const struct subject *s = context;
    plain_begin(s->plain);
    plain_text(s->plain, pgc_z(READ));
    plain_run(s->plain, "thread_get", 1);
}

static void threads_ours(void *context) {
    const struct subject *s = context;
    pgc_error err;
    pgc_result *result = NULL;
    pgc_thread_query query = PGC_THREAD_QUERY_INIT;
    query.resource_id = pgc_z(BENCH_RESOURCE);
    query.direction = PGC_DESCENDING;
    query.limit = PAGE;
    done(pgc_thread_list(s->store, &query, &result, &err), &err, &result, 0);
}

static void threads_plain(void *context) {
    const struct subject *s = context;
    plain_begin(s->plain);
    plain_text(s->plain, pgc_z(BENCH_RESOURCE));
    plain_time(s->plain, INT64_MAX);
    plain_text(s->plain, pgc_z(""));
    plain_int8(s->plain, PAGE + 1);
    plain_int8(s->plain, 0);
    plain_bool(s->plain, false);
    plain_run(s->plain, "thread_list_resource_created_desc", PAGE + 1);
}

/* ---- Metadata ---- */

static pgc_str make_patch(char patch[32]) {
    static unsigned counter;
    int size = snprintf(patch, 32, "{\"status\": %u}", counter++);
    return (pgc_str){patch, (size_t)size};
}

static void merge_ours(void *context) {
    const struct subject *s = context;
    char patch[32];
    pgc_error err;
    pgc_result *result = NULL;
    done(pgc_metadata_merge(s->store, pgc_z(OURS), pgc_none(), make_patch(patch), &result, &err),
         &err, &result, 0);
}

static void merge_plain(void *context) {
    const struct subject *s = context;
    char patch[32];
    plain_begin(s->plain);
    plain_text(s->plain, pgc_z(PLAIN));
    plain_null(s->plain);
    plain_json(s->plain, make_patch(patch));
    plain_time(s->plain, plain_now());
    plain_null(s->plain);
    plain_run(s->plain, "metadata_write_merge", 1);
}

/* ---- The table ---- */

static const struct operation {
    const char *label;
    void (*ours)(void *context);
    void (*plain)(void *context);
    size_t messages; /* to append */
    size_t runs;     /* in a round */
    bool relaxed;
} operations[] = {
    {"get thread", get_ours, get_plain, 0, 200, false},
    {"last 20 messages", last_ours, last_plain, 0, 100, false},
    {"page of 20 at a cursor", page_ours, page_plain, 0, 100, false},
    {"window, 5 before and 5 after", window_ours, window_plain, 0, 100, false},
    {"list 20 threads", threads_ours, threads_plain, 0, 100, false},
    {"append 1", append_ours, append_plain, 1, 20, false},
    {"append 2", append_ours, append_plain, 2, 20, false},
    {"append 100", append_ours, append_plain, 100, 10, false},
    {"append 1,000", append_ours, append_plain, MESSAGES, 3, false},
    {"merge one metadata key", merge_ours, merge_plain, 0, 20, false},
    {"append 1, commit in memory", append_ours, append_plain, 1, 100, true},
    {"append 2, commit in memory", append_ours, append_plain, 2, 100, true},
    {"append 100, commit in memory", append_ours, append_plain, 100, 20, true},
    {"append 1,000, commit in memory", append_ours, append_plain, MESSAGES, 3, true},
    {"merge a key, commit in memory", merge_ours, merge_plain, 0, 100, true},
};

static const struct operation naive[] = {
    {"append 1", append_ours, append_naive, 1, 20, false},
    {"append 1, commit in memory", append_ours, append_naive, 1, 100, true},
};

static void measure_all(const struct world *world, struct subject *subject,
                        const struct operation *list, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const struct operation *op = &list[i];
        struct figures figures;
        subject->store = op->relaxed ? world->relaxed_store : world->store;
        subject->plain = op->relaxed ? world->relaxed_plain : world->plain;
        subject->count = op->messages;
        struct side sides[2] = {{op->ours, NULL, subject, 1}, {op->plain, NULL, subject, 1}};
        size_t runs = world->settings->quick ? 3 : op->runs;
        measure(sides, runs, world->settings->rounds, &figures);
        measure_row(op->label, &figures);
    }
}

/* Each once, so that the store has used all statements. */
static void use_all(struct world *world, struct subject *subject) {
    subject->store = world->store;
    subject->count = 1;
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++) {
        operations[i].ours(subject);
    }
    world_learn(world);
}

static void make_threads(pgc_store *store) {
    static const char *const ids[] = {READ, OURS, PLAIN, NAIVE};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        world_thread(store, ids[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        char id[32];
        snprintf(id, sizeof id, "listed-%04d", i);
        world_thread(store, id);
    }
}

/*
 * The middle of the thread that is read: a page that ends there, its last message and the cursor
 * behind it.
 */
static pgc_result *find_middle(pgc_store *store, struct subject *subject) {
    pgc_error err;
    pgc_result *result = NULL;
    pgc_message_query query = PGC_MESSAGE_QUERY_INIT;
    query.thread_id = pgc_z(READ);
    query.limit = MESSAGES / 2;
    bench_check(pgc_message_list(store, &query, &result, &err), &err, "list");
    const pgc_message *message = pgc_result_message(result, MESSAGES / 2 - 1);
    subject->middle = message->id;
    subject->at = message->created_at;
    subject->seq = message->seq;
    subject->cursor = pgc_result_next(result);
    return result;
}

void bench_operations(struct world *world) {
    struct subject subject = {.store = world->relaxed_store};
    pgc_message_new *messages = world_messages(MESSAGES, true);
    make_threads(world->relaxed_store);
    world_append(world->relaxed_store, READ, messages, MESSAGES);
    free(messages);
    subject.messages = messages = world_messages(MESSAGES, false);
    pgc_result *middle = find_middle(world->relaxed_store, &subject);
    use_all(world, &subject);

    measure_head("one at a time", "pgconvo, us", "libpq, us");
    measure_all(world, &subject, operations, sizeof operations / sizeof *operations);
    measure_head("beside four round trips", "pgconvo, us", "4 trips, us");
    measure_all(world, &subject, naive, sizeof naive / sizeof *naive);
    pgc_result_free(middle);
    free(messages);
}
