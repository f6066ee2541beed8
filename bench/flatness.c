/* Does the length of a thread matter? The same operations on a short thread and on a long one. */
#include <stdlib.h>

#include "bench.h"
#include "measure.h"

#define SHORT_LENGTH 1000
#define LONG_LENGTH 1000000
#define LONG_LENGTH_QUICK 20000
#define PAGE 20

struct stretch {
    pgc_store *store;
    const char *id;
    long length;
    const pgc_message_new *messages;
    pgc_str cursor; /* in the middle */
};

/* Messages one second apart, every third with metadata, as an import would leave them. */
static void fill(struct plain *plain, const struct stretch *stretch) {
    static const char *const steps[] = {
        "INSERT INTO \"" BENCH_SCHEMA
        "\".messages (thread_id, id, seq, created_at, resource_id, role, "
        "content) SELECT $1, $1 || '-' || lpad(i::text, 8, '0'), i, timestamptz '2020-01-01 "
        "00:00:00Z' + "
        "i * interval '1 second', '" BENCH_RESOURCE
        "', CASE i % 2 WHEN 1 THEN 'user' ELSE 'assistant' END, "
        "to_json(repeat('a message of the benchmark; ', 8) || i)::text FROM generate_series(1, "
        "$2::int8) i",
        "INSERT INTO \"" BENCH_SCHEMA "\".metadata (thread_id, message_id, data, updated_at) "
        "SELECT $1, $1 || '-' || lpad(i::text, 8, '0'), jsonb_build_object('tokens', i), "
        "timestamptz '2020-01-01 00:00:00Z' FROM generate_series(1, $2::int8, 3) i",
        "UPDATE \"" BENCH_SCHEMA "\".threads SET last_seq = $2::int8, last_at = timestamptz "
        "'2020-01-01 00:00:00Z' + $2::int8 * interval '1 second' WHERE id = $1",
    };
    char length[32];
    snprintf(length, sizeof length, "%ld", stretch->length);
    const char *values[2] = {stretch->id, length};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        plain_do_params(plain, steps[i], 2, values);
    }
}

static void done(int status, const pgc_error *err, pgc_result **result, size_t messages) {
    bench_check(status, err, "operation");
    if (pgc_result_messages(*result) != messages) {
        bench_fail("%zu messages instead of %zu", pgc_result_messages(*result), messages);
    }
    pgc_result_free(*result);
}

static void read_last(void *context) {
    const struct stretch *s = context;
    pgc_error err;
    pgc_result *result = NULL;
    done(pgc_message_last(s->store, pgc_z(s->id), PAGE, &result, &err), &err, &result, PAGE);
}

static void read_page(void *context) {
    const struct stretch *s = context;
    pgc_error err;
    pgc_result *result = NULL;
    pgc_message_query query = PGC_MESSAGE_QUERY_INIT;
    query.thread_id = pgc_z(s->id);
    query.limit = PAGE;
    query.cursor = s->cursor;
    done(pgc_message_list(s->store, &query, &result, &err), &err, &result, PAGE);
}

static void read_tail(void *context) {
    const struct stretch *s = context;
    pgc_error err;
    pgc_result *result = NULL;
    done(pgc_message_tail(s->store, pgc_z(s->id), s->length - PAGE, PAGE, &result, &err), &err,
         &result, PAGE);
}

static void read_window(void *context) {
    const struct stretch *s = context;
    char id[64];
    pgc_error err;
    pgc_result *result = NULL;
    snprintf(id, sizeof id, "%s-%08ld", s->id, s->length / 2);
    pgc_anchor anchor = {pgc_z(id), 5, 5};
    pgc_window window = PGC_WINDOW_INIT;
    window.thread_id = pgc_z(s->id);
    window.anchors = &anchor;
    window.count = 1;
    done(pgc_message_window(s->store, &window, &result, &err), &err, &result, 11);
}

static void append_one(void *context) {
    const struct stretch *s = context;
    world_append(s->store, s->id, s->messages, 1);
}

/* The cursor behind the first half; by time, so as not to read it. */
static pgc_result *find_middle(struct stretch *stretch) {
    pgc_error err;
    pgc_result *result = NULL;
    pgc_message_query query = PGC_MESSAGE_QUERY_INIT;
    query.thread_id = pgc_z(stretch->id);
    query.limit = 1;
    query.page = (uint32_t)stretch->length / 2;
    bench_check(pgc_message_list(stretch->store, &query, &result, &err), &err, "list");
    stretch->cursor = pgc_result_next(result);
    return result;
}

static const struct {
    const char *label;
    void (*run)(void *context);
    size_t runs;
} rows[] = {
    {"last 20 messages", read_last, 100},
    {"page of 20 in the middle", read_page, 100},
    {"tail, the newest 20", read_tail, 100},
    {"window, 5 before and 5 after", read_window, 100},
    {"append 1, commit in memory", append_one, 50},
};

static void measure_rows(const struct settings *settings, struct stretch *longer,
                         struct stretch *shorter) {
    char of_long[32];
    char of_short[32];
    snprintf(of_long, sizeof of_long, "%ld", longer->length);
    snprintf(of_short, sizeof of_short, "%ld", shorter->length);
    measure_head("a long thread beside a short one", of_long, of_short);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct figures figures;
        struct side sides[2] = {{rows[i].run, NULL, longer, 1}, {rows[i].run, NULL, shorter, 1}};
        measure(sides, settings->quick ? 3 : rows[i].runs, settings->rounds, &figures);
        measure_row(rows[i].label, &figures);
    }
}

void bench_flatness(struct world *world) {
    pgc_message_new *message = world_messages(1, false);
    long length = world->settings->quick ? LONG_LENGTH_QUICK : LONG_LENGTH;
    struct stretch longer = {world->relaxed_store, "long", length, message, {NULL, 0}};
    struct stretch shorter = {world->relaxed_store, "short", SHORT_LENGTH, message, {NULL, 0}};
    world_thread(world->relaxed_store, longer.id);
    world_thread(world->relaxed_store, shorter.id);
    fill(world->relaxed_plain, &shorter);
    fill(world->relaxed_plain, &longer);
    plain_do(world->relaxed_plain, "VACUUM (ANALYZE) \"" BENCH_SCHEMA "\".messages");
    pgc_result *middles[2] = {find_middle(&longer), find_middle(&shorter)};
    measure_rows(world->settings, &longer, &shorter);
    pgc_result_free(middles[0]);
    pgc_result_free(middles[1]);
    free(message);
}
