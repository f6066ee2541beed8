/*
 * Recalling: pages of threads and resources with windows, in one call.
 */
#include "live/world.h"

#define RECALL(...) \
    (&(pgc_recall){ \
        .size = sizeof(pgc_recall), .from = PGC_NO_TIME, .until = PGC_NO_TIME, __VA_ARGS__})

#define THREADS_MAX 16

/* The words of a list; split() keeps one list only. */
struct words {
    char text[512];
    pgc_str all[THREADS_MAX];
    size_t count;
};

static void read_words(struct words *words, const char *list) {
    snprintf(words->text, sizeof words->text, "%s", list);
    words->count = 0;
    for (char *rest = words->text, *word; (word = strsep(&rest, " ")) != NULL;) {
        if (*word != '\0') words->all[words->count++] = z(word);
    }
}

/* Of threads "a b" (NULL: of the resource); around anchors "m3:1:2 m5:0:0". */
static int recall(const char *threads, const char *anchors, const pgc_recall *rest) {
    struct words ids, around;
    pgc_anchor windows[THREADS_MAX];
    pgc_recall whole = *rest;
    read_words(&ids, threads == NULL ? "" : threads);
    read_words(&around, anchors);
    for (size_t i = 0; i < around.count; i++) {
        const char *colon = strchr(around.all[i].data, ':');
        windows[i].message_id = (pgc_str){around.all[i].data, (size_t)(colon - around.all[i].data)};
        sscanf(colon, ":%u:%u", &windows[i].before, &windows[i].after);
    }
    whole.thread_ids = threads == NULL ? NULL : ids.all;
    whole.thread_count = ids.count;
    whole.anchors = around.count == 0 ? NULL : windows;
    whole.anchor_count = around.count;
    return CALL(message_recall, &whole);
}

/*
 * Thread a of ada: a1 to a9, of which a3 to a6 tie; b of bob: b1@1 b2@3 b3@5; c of ada: c1@3 c2@8.
 */
static void make_threads(void) {
    clear_tables();
    make_thread("c", "ada");
    make_thread("b", "bob");
    make_thread("a", "ada");
    put("c", "c1@3 c2@8");
    put("b", "b1@1 b2@3 b3@5");
    put("a", "a1@1 a2@2 a3@3 a4@3 a5@3 a6@3 a7@7 a8@8 a9@9");
}

/* ---- Pages ---- */

static void test_pages(void) {
    const struct {
        const char *threads, *resource;
        int64_t from, until;
        uint32_t limit;
        uint64_t offset;
        const char *up, *down;
        int64_t total;
        bool more;
        const char *name;
    } cases[] = {
        {"a", NULL, -1, -1, 3, 0, "a1 a2 a3", "a9 a8 a7", 9, true, "a page"},
        {"a", NULL, -1, -1, 3, 3, "a4 a5 a6", "a6 a5 a4", 9, true, "a page among ties"},
        {"a", NULL, -1, -1, 3, 6, "a7 a8 a9", "a3 a2 a1", 9, false, "the last page"},
        {"a", NULL, -1, -1, 5, 6, "a7 a8 a9", "a3 a2 a1", 9, false, "a part of one"},
        {"a", NULL, -1, -1, 3, 9, "", "", 9, false, "past the end"},
        {"a", NULL, -1, -1, 3, 1000, "", "", 9, false, "far past it"},
        {"a", NULL, 3, 8, 9, 0, "a3 a4 a5 a6 a7", "a7 a6 a5 a4 a3", 5, false, "a range"},
        {"a", NULL, 8, 3, 9, 0, "", "", 0, false, "a range turned round"},
        {"a", "ada", -1, -1, 2, 0, "a1 a2", "a9 a8", 9, true, "of its resource"},
        {"a", "bob", -1, -1, 2, 0, "", "", 0, false, "of another resource"},
        {"a", "", -1, -1, 2, 0, "", "", 0, false, "of the empty resource"},
        {"nobody", NULL, -1, -1, 2, 0, "", "", 0, false, "a thread that is not there"},
        {"b a", NULL, -1, -1, 3, 0, "a1 b1 a2", "a9 a8 a7", 12, true, "of two threads"},
        {"a b", NULL, -1, -1, 4, 3, "a3 a4 a5 a6", "b3 b2 a6 a5", 12, true, "ties across them"},
        {"a b", "bob", -1, -1, 9, 0, "b1 b2 b3", "b3 b2 b1", 3, false, "and of one resource"},
        {"a x", NULL, 7, -1, 9, 1, "a8 a9", "a8 a7", 3, false, "one of them not there"},
        {"c b a", NULL, 3, 4, 9, 0, "a3 a4 a5 a6 b2 c1", "c1 b2 a6 a5 a4 a3", 6, false, "of three"},
        {NULL, "ada", -1, -1, 6, 0, "a1 a2 a3 a4 a5 a6", "a9 c2 a8 a7 c1 a6", 11, true,
         "of a resource"},
        {NULL, "ada", 8, 9, 6, 0, "a8 c2", "c2 a8", 2, false, "and a range"},
        {NULL, "nobody", -1, -1, 6, 0, "", "", 0, false, "of a resource that is not there"},
    };
    make_threads();
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        pgc_recall query = *RECALL(.resource_id = z(cases[i].resource), .limit = cases[i].limit,
                                   .offset = cases[i].offset);
        query.from = cases[i].from < 0 ? PGC_NO_TIME : AT(cases[i].from);
        query.until = cases[i].until < 0 ? PGC_NO_TIME : AT(cases[i].until);
        for (int way = 0; way < 4; way++) {
            query.direction = way % 2 == 0 ? PGC_ASCENDING : PGC_DESCENDING;
            query.with_total = way >= 2;
            works(recall(cases[i].threads, "", &query), "recall");
            is_str(shown(), way % 2 == 0 ? cases[i].up : cases[i].down, "%s", cases[i].name);
            is_int(pgc_result_total(result), way >= 2 ? cases[i].total : -1, "its total");
            is_int(pgc_result_has_more(result), cases[i].more, "are there more");
            is_int((int64_t)pgc_result_page_rows(result), (int64_t)pgc_result_messages(result),
                   "all are the page's");
        }
    }
}

static void test_extents(void) {
    make_threads();
    must(recall("a", "", RECALL(.extent = PGC_EXTENT_ALL)));
    is_str(shown(), "a1 a2 a3 a4 a5 a6 a7 a8 a9", "all");
    is_int(pgc_result_total(result), 9, "all is the total");
    ok(!pgc_result_has_more(result), "and nothing is left");
    must(recall("a", "", RECALL(.extent = PGC_EXTENT_ALL, .offset = 7, .with_total = true)));
    is_str(shown(), "a8 a9", "all from some row on");
    is_int(pgc_result_total(result), 9, "of all");
    must(recall("a", "", RECALL(.extent = PGC_EXTENT_ALL, .offset = 20, .with_total = true)));
    is_int(pgc_result_total(result), 9, "and past the end");
    must(recall(
        "b a c", "",
        RECALL(.extent = PGC_EXTENT_ALL, .direction = PGC_DESCENDING, .resource_id = z("ada"))));
    is_str(shown(), "a9 c2 a8 a7 c1 a6 a5 a4 a3 a2 a1", "all of several threads");
    must(recall("a", "a1:0:0", RECALL(.extent = PGC_EXTENT_NONE, .with_total = true)));
    is_str(shown(), "a1", "no page");
    is_int(pgc_result_total(result), -1, "is not counted");
    must(recall("a", "", RECALL(.limit = UINT32_MAX)));
    is_int((int64_t)pgc_result_messages(result), 9, "the largest limit");
}

/* Totals of whole threads are not counted, but kept by whoever takes messages away. */
static void test_totals(void) {
    pgc_message_new again[] = {MESSAGE(.id = z("a1"), .text = z("again")),
                               MESSAGE(.id = z("a10"), .text = z("new"))};
    make_threads();
    must(CALL(message_delete, IDS(NULL, "a5 a9 b1")));
    must(CALL(message_save, &(pgc_save){.size = sizeof(pgc_save),
                                        .thread_id = z("a"),
                                        .messages = again,
                                        .count = 2,
                                        .message_size = sizeof again[0]}));
    for (int down = 0; down < 2; down++) {
        pgc_recall query =
            *RECALL(.limit = 2, .with_total = true, .direction = (pgc_direction)down);
        must(recall("a", "", &query));
        is_int(pgc_result_total(result), 8, "of a thread");
        must(recall("a b", "", &query));
        is_int(pgc_result_total(result), 10, "of two");
        must(recall("x b", "", &query));
        is_int(pgc_result_total(result), 2, "one of them not there");
        must(recall("x y", "", &query));
        is_int(pgc_result_total(result), 0, "none of them there");
        must(CALL(message_list, MESSAGE_QUERY(.thread_id = z("a"), .limit = 2, .with_total = true,
                                              .direction = (pgc_direction)down)));
        is_int(pgc_result_total(result), 8, "of a list");
    }
    must(CALL(message_count, z("a"), PGC_NO_TIME, PGC_NO_TIME));
    is_int(pgc_result_total(result), 8, "of a count");
}

/* ---- Windows ---- */

static void test_windows(void) {
    const struct {
        const char *anchors, *resource, *up, *down, *name;
    } cases[] = {
        {"a8:0:0", NULL, "a1 a2 a8", "a9 a8", "one more message"},
        {"a1:0:1", NULL, "a1 a2", "a9 a8 a2 a1", "what is on the page comes once"},
        {"a5:1:1", NULL, "a1 a2 a4 a5 a6", "a9 a8 a6 a5 a4", "neighbours among ties"},
        {"a1:9:0 a9:0:9", NULL, "a1 a2 a9", "a9 a8 a1", "windows end with the thread"},
        {"a5:1:1 a6:1:1", NULL, "a1 a2 a4 a5 a6 a7", "a9 a8 a7 a6 a5 a4", "overlaps"},
        {"b2:1:1", NULL, "a1 b1 a2 b2 b3", "a9 a8 b3 b2 b1", "of another thread"},
        {"b2:1:1 a4:0:0", "ada", "a1 a2 a4", "a9 a8 a4", "none of another resource"},
        {"x:1:1", NULL, "a1 a2", "a9 a8", "a message that is not there"},
    };
    make_threads();
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        pgc_recall query = *RECALL(.limit = 2, .resource_id = z(cases[i].resource));
        for (int down = 0; down < 2; down++) {
            query.direction = down == 0 ? PGC_ASCENDING : PGC_DESCENDING;
            must(recall("a", cases[i].anchors, &query));
            is_str(shown(), down == 0 ? cases[i].up : cases[i].down, "%s", cases[i].name);
            is_int((int64_t)pgc_result_page_rows(result), 2, "the page has its rows");
            ok(pgc_result_has_more(result), "and more behind it");
        }
    }
}

static void test_windows_alone(void) {
    make_threads();
    must(recall(NULL, "a2:1:1 b3:1:0", RECALL(.extent = PGC_EXTENT_NONE)));
    is_str(shown(), "a1 a2 a3 b2 b3", "without a page");
    is_int((int64_t)pgc_result_page_rows(result), 0, "no row is a page's");
    must(recall("a", "a2:0:0", RECALL(.from = AT(8), .limit = 9, .with_total = true)));
    is_str(shown(), "a2 a8 a9", "the range does not bind them");
    is_int(pgc_result_total(result), 2, "nor do they count");
    /* A message may belong to another resource than its thread. */
    sql("UPDATE messages SET resource_id = 'bob' WHERE id IN ('a4', 'a7')");
    must(recall("a", "a5:2:2", RECALL(.extent = PGC_EXTENT_NONE, .resource_id = z("ada"))));
    is_str(shown(), "a2 a3 a5 a6 a8", "neighbours of another resource are passed over");
    must(recall(NULL, "", RECALL(.resource_id = z("bob"), .limit = 9)));
    is_str(shown(), "b1 a4 b2 b3 a7", "and stand with their own");
}

/* ---- Metadata ---- */

static void mark(const char *id, const char *document) {
    must(CALL(metadata_replace, pgc_none(), z(id), z(document)));
}

static void test_metadata(void) {
    const struct {
        const char *threads, *resource, *filter, *up, *down, *name;
    } cases[] = {
        {"a", NULL, "{\"k\":1}", "a1 a4", "a9 a5", "in a thread"},
        {"a b", NULL, "{\"k\":1}", "a1 a4", "a9 b2", "in several"},
        {"b", NULL, "{\"k\":1}", "b2", "b2", "in another"},
        {"a b", "bob", "{\"k\":1}", "b2", "b2", "of a resource"},
        {NULL, "ada", "{\"k\":1}", "a1 a4", "a9 c1", "in all threads of a resource"},
        {"a", NULL, "{\"k\":\"1\"}", "a2", "a2", "by a text"},
        {"a", NULL, "{\"k\":null}", "a3", "a3", "by null"},
        {"a", NULL, "{\"k\":1,\"j\":true}", "a5", "a5", "by two"},
        {"a", NULL, "{\"k\":2}", "", "", "by what is nowhere"},
        {"a", NULL, "{\"z\":\"\\u0000\\ud800\"}", "a6", "a6", "by what PostgreSQL does not take"},
        {"x", NULL, "{\"k\":1}", "", "", "in a thread that is not there"},
    };
    make_threads();
    mark("a1", "{\"k\":1}");
    mark("a2", "{\"k\":\"1\"}");
    mark("a3", "{\"k\":null}");
    mark("a4", "{\"k\":1}");
    mark("a5", "{\"k\":1,\"j\":true}");
    mark("a6", "{\"z\":\"\\u0000\\ud800\"}");
    mark("a9", "{\"k\":1}");
    mark("b2", "{\"k\":1}");
    mark("c1", "{\"k\":1}");
    must(CALL(metadata_replace, z("a"), pgc_none(), z("{\"k\":1}")));
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        pgc_recall query = *RECALL(.resource_id = z(cases[i].resource), .limit = 2,
                                   .metadata = z(cases[i].filter), .with_total = true);
        must(recall(cases[i].threads, "", &query));
        is_str(shown(), cases[i].up, "%s", cases[i].name);
        query.direction = PGC_DESCENDING;
        must(recall(cases[i].threads, "", &query));
        is_str(shown(), cases[i].down, "and back");
    }
    must(recall("a", "",
                RECALL(.metadata = z("{\"k\":1}"), .limit = 1, .offset = 1, .with_total = true,
                       .from = AT(2))));
    is_str(shown(), "a5", "a page in a range");
    is_int(pgc_result_total(result), 3, "of those that match");
    ok(pgc_result_has_more(result), "more match");
    must(recall("a", "a2:1:0", RECALL(.metadata = z("{\"j\":true}"))));
    is_str(shown(), "a1 a2 a5", "windows need not match");
    is_int((int64_t)pgc_result_page_rows(result), 1, "one does");
}

/* ---- Rows, ids, refusals ---- */

static void test_rows(void) {
    make_threads();
    sql("UPDATE messages SET type = 'v2', content = '{\"b\": 1,\"a\" : 2.0}' WHERE id = 'a2'");
    must(recall("a", "", RECALL(.limit = 1, .offset = 1)));
    const pgc_message *row = pgc_result_message(result, 0);
    is_mem(row->thread_id, z("a"), "a row has its thread");
    is_mem(row->resource_id, z("ada"), "its resource");
    is_mem(row->role, z("user"), "its role");
    is_mem(row->type, z("v2"), "its type");
    is_mem(row->content, z("{\"b\": 1,\"a\" : 2.0}"), "its content, byte for byte");
    is_int(row->created_at, AT(2), "its time");
    is_int(row->seq, 2, "its seq");
    ok(row->metadata.data == NULL, "but no metadata");
}

static void test_by_ids(void) {
    make_threads();
    mark("a1", "{\"k\":1}");
    pgc_ids ids = *IDS(NULL, "a9 b1 a5 a1 a4 a9 x");
    ids.by_time = true;
    must(CALL(message_get, &ids));
    is_str(shown(), "a1 b1 a4 a5 a9", "by time, each once");
    is_mem(pgc_result_message(result, 0)->metadata, z("{\"k\": 1}"), "with metadata");
    ids.without_metadata = true;
    must(CALL(message_get, &ids));
    is_str(shown(), "a1 b1 a4 a5 a9", "the same");
    ok(pgc_result_message(result, 0)->metadata.data == NULL, "without metadata");
    ids.by_time = false;
    must(CALL(message_get, &ids));
    is_str(shown(), "a9 b1 a5 a1 a4 a9", "in the order of the ids");
}

static void test_refused(void) {
    pgc_anchor no_id = {.before = 1}, far = {.message_id = z("a1"), .after = PGC_LIMIT_MAX + 1};
    pgc_str a = z("a");
    make_threads();
    refused(recall(NULL, "", RECALL(.limit = 1)), PGC_INVALID, "thread_ids", "of nobody");
    refused(recall("", "", RECALL(.limit = 1)), PGC_INVALID, "thread_ids", "no thread");
    refused(recall("a b a", "", RECALL(.limit = 1)), PGC_INVALID, "thread_ids[2]", "one twice");
    refused(CALL(message_recall, RECALL(.thread_ids = &a, .thread_count = 100001)), PGC_INVALID,
            "thread_ids", "too many");
    refused(recall("a", "", RECALL(.metadata = z("[1]"))), PGC_INVALID, "metadata", "no object");
    refused(recall("a", "", RECALL(.offset = UINT64_MAX)), PGC_INVALID, "offset", "far too far");
    refused(recall("a", "", RECALL(.extent = PGC_EXTENT_NONE)), PGC_INVALID, "extent", "nothing");
    refused(recall("a", "", RECALL(.extent = (pgc_extent)3)), PGC_INVALID, "extent", "no extent");
    refused(recall("a", "", RECALL(.direction = (pgc_direction)2)), PGC_INVALID, "direction",
            "no direction");
    refused(recall("a", "", RECALL(.from = INT64_MAX)), PGC_INVALID, "from", "no time");
    refused(CALL(message_recall,
                 RECALL(.thread_ids = &a, .thread_count = 1, .anchors = &no_id, .anchor_count = 1)),
            PGC_INVALID, "anchors[0]", "an anchor without an id");
    refused(CALL(message_recall,
                 RECALL(.thread_ids = &a, .thread_count = 1, .anchors = &far, .anchor_count = 1)),
            PGC_INVALID, "anchors[0]", "too many neighbours");
    refused(CALL(message_recall, RECALL(.thread_ids = &a, .thread_count = 1, .anchor_count = 1)),
            PGC_INVALID, "anchors", "anchors that are not there");
}

static void tests(void) {
    test_pages();
    test_extents();
    test_totals();
    test_windows();
    test_windows_alone();
    test_metadata();
    test_rows();
    test_by_ids();
    test_refused();
}

int main(void) {
    return world_run("recall", tests);
}
