/*
 * Windows: messages around messages.
 */
#include "live/world.h"

/* "m3:1:2 x:0:0" as anchors: m3 with one before and two after it, and x alone. */
static size_t read_anchors(const char *list, pgc_anchor *anchors) {
    const pgc_str *words;
    size_t count = split(list, &words);
    for (size_t i = 0; i < count; i++) {
        const char *colon = strchr(words[i].data, ':');
        char *rest;
        anchors[i].message_id = (pgc_str){words[i].data, (size_t)(colon - words[i].data)};
        anchors[i].before = (uint32_t)strtoul(colon + 1, &rest, 10);
        anchors[i].after = (uint32_t)strtoul(rest + 1, NULL, 10);
    }
    return count;
}

static int window(const char *thread, const char *list) {
    pgc_anchor anchors[64];
    size_t count = read_anchors(list, anchors);
    return CALL(message_window, WINDOW(.thread_id = z(thread), .anchors = anchors, .count = count));
}

/* Thread a: a1 to a9, of which a3 to a6 tie; thread b: b1 to b3. */
static void make_threads(void) {
    clear_tables();
    make_thread("b", "bob");
    make_thread("a", "ada");
    put("b", "b1@1 b2@2 b3@3");
    put("a", "a1@1 a2@2 a3@3 a4@3 a5@3 a6@3 a7@7 a8@8 a9@9");
    put("b", "late@0");
}

static void test_windows(void) {
    make_threads();
    const struct {
        const char *thread, *anchors, *want, *name;
    } cases[] = {
        {"a", "a5:0:0", "a5", "one alone"},
        {"a", "a5:2:0", "a3 a4 a5", "before it"},
        {"a", "a5:0:3", "a5 a6 a7 a8", "after it"},
        {"a", "a5:1:1", "a4 a5 a6", "around it, through ties"},
        {"a", "a1:5:1", "a1 a2", "at the beginning"},
        {"a", "a9:1:5", "a8 a9", "at the end"},
        {"a", "a5:100000:100000", "a1 a2 a3 a4 a5 a6 a7 a8 a9", "everything"},
        {"a", "a3:1:1 a5:1:1", "a2 a3 a4 a5 a6", "overlaps come once"},
        {"a", "a8:1:0 a2:0:1", "a2 a3 a7 a8", "several, in order of time"},
        {"a", "a5:1:0 a5:0:1", "a4 a5 a6", "the same anchor twice"},
        {"a", "x:5:5", "", "an anchor that is not there"},
        {"a", "x:5:5 a5:0:0 y:1:1", "a5", "is left out"},
        {"a", "b2:1:1", "", "an anchor of another thread"},
        {"a", "b2:1:1 a1:0:1", "a1 a2", "is left out"},
        {NULL, "b2:1:1", "b1 b2 b3", "without a thread"},
        {NULL, "b2:5:0 a2:1:1", "a1 a2 a3 late b1 b2", "across threads"},
        {NULL, "b1:9:9", "late b1 b2 b3", "by time, not by seq"},
        {"nobody", "a5:1:1", "", "in a thread that is not there"},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        works(window(cases[i].thread, cases[i].anchors), "window %s", cases[i].anchors);
        is_str(shown(), cases[i].want, "%s", cases[i].name);
        is_int(pgc_result_total(result), -1, "nothing is counted");
    }
}

static void test_rows(void) {
    make_threads();
    must(CALL(metadata_replace, pgc_none(), z("a5"), z("{\"k\": 1}")));
    must(window(NULL, "a4:0:1"));
    const pgc_message *row = pgc_result_message(result, 1);
    is_mem(row->id, z("a5"), "a row has its id");
    is_mem(row->thread_id, z("a"), "its thread");
    is_mem(row->resource_id, z("ada"), "its resource");
    is_mem(row->text, z("a5"), "its text");
    is_mem(row->metadata, z("{\"k\": 1}"), "its metadata");
    is_int(row->seq, 5, "its seq");
    is_int(row->created_at, AT(3), "its time");
}

/*
 * Many anchors in one call: every third message of a hundred, with a neighbour each, is all of
 * them.
 */
static void test_many(void) {
    static pgc_anchor anchors[1001];
    static char ids[1001][8];
    clear_tables();
    make_thread("long", NULL);
    sql("UPDATE threads SET last_seq = 3000");
    sql("INSERT INTO messages SELECT 'long', 'm' || n, n, '2024-01-01', NULL, 'user', NULL, '1' "
        "FROM generate_series(1, 3000) n");
    for (size_t i = 0; i < ARRAY_LENGTH(anchors); i++) {
        snprintf(ids[i], sizeof ids[i], "m%zu", 2 + i * 3);
        anchors[i] = (pgc_anchor){.message_id = z(ids[i]), .before = 1, .after = 1};
    }
    works(CALL(message_window, WINDOW(.anchors = anchors, .count = 1000)), "a thousand anchors");
    is_int(pgc_result_messages(result), 3000, "each with its neighbours");
    bool in_order = true;
    for (size_t i = 0; i < pgc_result_messages(result); i++) {
        in_order &= pgc_result_message(result, i)->seq == (int64_t)i + 1;
    }
    ok(in_order, "in order");
    refused(CALL(message_window, WINDOW(.anchors = anchors, .count = 1001)), PGC_INVALID, "anchors",
            "more are refused");
}

static void test_refused(void) {
    make_threads();
    pgc_anchor good[] = {{z("a1"), 1, 1}, {z("a2"), 1, 1}};
    pgc_anchor no_id[] = {{z("a1"), 1, 1}, {pgc_none(), 1, 1}};
    pgc_anchor too_many[] = {{z("a1"), 1, 1}, {z("a1"), 1, PGC_LIMIT_MAX + 1}};
    pgc_anchor too_many_before[] = {{z("a1"), PGC_LIMIT_MAX + 1, 1}};
    refused(CALL(message_window, WINDOW(.anchors = good)), PGC_INVALID, "anchors", "no anchors");
    refused(CALL(message_window, WINDOW(.count = 1)), PGC_INVALID, "anchors", "no array");
    refused(CALL(message_window, WINDOW(.thread_id = z(""), .anchors = good, .count = 2)),
            PGC_INVALID, "thread_id", "an empty thread id");
    refused(CALL(message_window, WINDOW(.anchors = no_id, .count = 2)), PGC_INVALID, "message_id",
            "an anchor without an id");
    is_int(err.position, 1, "the position is its index");
    refused(CALL(message_window, WINDOW(.anchors = too_many, .count = 2)), PGC_INVALID,
            "anchors[1]", "too many after");
    is_int(err.position, 1, "the position is its index");
    refused(CALL(message_window, WINDOW(.anchors = too_many_before, .count = 1)), PGC_INVALID,
            "anchors[0]", "too many before");
}

static void tests(void) {
    test_windows();
    test_rows();
    test_many();
    test_refused();
}

int main(void) {
    return world_run("window", tests);
}
