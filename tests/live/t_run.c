/*
 * Workflow runs: put, get, list, delete, and what a snapshot may hold.
 */
#include "live/run_world.h"

/* ---- Put and get ----------------------------------------------------------------------------- */

static void test_put(void) {
    clear_runs();
    works(CALL(run_put, NEW_RUN(.workflow_name = z("w"), .run_id = z("r"), .resource_id = z("ada"),
                                .snapshot = z("{\"status\": \"running\", \"n\": 1.10}"),
                                .created_at = AT(1), .updated_at = AT(2))),
          "a new run");
    ok(pgc_result_inserted(result), "is new");
    is_int(pgc_result_runs(result), 0, "a put shows no run");
    works(CALL(run_get, z("w"), z("r")), "get");
    const pgc_run *run = only_run();
    is_mem(run->workflow_name, z("w"), "workflow");
    is_mem(run->run_id, z("r"), "run");
    is_mem(run->resource_id, z("ada"), "resource");
    is_mem(run->snapshot, z("{\"n\": 1.10, \"status\": \"running\"}"), "snapshot");
    ok(run->context.data == NULL, "no context of its own");
    is_int(run->created_at, AT(1), "created");
    is_int(run->updated_at, AT(2), "updated");
    ok(pgc_result_run(result, 1) == NULL && pgc_result_scores(result) == 0, "nothing else");
    is_int(pgc_result_total(result), -1, "nothing is counted");

    must(CALL(run_put,
              NEW_RUN(.workflow_name = z("w"), .run_id = z("r"), .snapshot = z("{\"a\": null}"),
                      .created_at = AT(5), .updated_at = AT(0))));
    ok(!pgc_result_inserted(result), "the second is not");
    must(CALL(run_get, z("w"), z("r")));
    is_mem(only_run()->snapshot, z("{\"a\": null}"), "the snapshot is replaced whole");
    is_mem(only_run()->resource_id, z("ada"), "the resource stays where none is given");
    is_int(only_run()->created_at, AT(1), "the time of creation stays");
    is_int(only_run()->updated_at, AT(0), "the other one is as given");
    must(CALL(run_put, NEW_RUN(.workflow_name = z("w"), .run_id = z("r"), .resource_id = z(""),
                               .snapshot = z("{}"))));
    must(CALL(run_get, z("w"), z("r")));
    ok(only_run()->resource_id.data != NULL && only_run()->resource_id.size == 0,
       "an empty resource is one");
    ok(only_run()->updated_at > AT(0), "without a time it is now");
}

static void test_get(void) {
    clear_runs();
    make_run("a", "same", 2, "{\"of\": \"a\"}");
    make_run("b", "same", 3, "{\"of\": \"b\"}");
    make_run("c", "same", 1, "{\"of\": \"c\"}");
    must(CALL(run_get, z("c"), z("same")));
    is_mem(only_run()->workflow_name, z("c"), "one id, three runs: by name");
    must(CALL(run_get, pgc_none(), z("same")));
    is_mem(only_run()->workflow_name, z("b"), "without a name: the newest");
    ok(only_run()->resource_id.data == NULL, "nobody's");
    refused(CALL(run_get, z("a"), z("other")), PGC_NOT_FOUND, "no such run", "no such id");
    refused(CALL(run_get, z("x"), z("same")), PGC_NOT_FOUND, "no such run", "no such name");
    refused(CALL(run_get, pgc_none(), z("x")), PGC_NOT_FOUND, "no such run", "no such run");
}

static void test_delete(void) {
    clear_runs();
    make_run("a", "r", 1, "{}");
    make_run("b", "r", 1, "{}");
    works(CALL(run_delete, z("a"), z("r")), "delete");
    is_int(pgc_result_total(result), 1, "one");
    must(CALL(run_delete, z("a"), z("r")));
    is_int(pgc_result_total(result), 0, "then none");
    must(CALL(run_get, z("b"), z("r")));
    is_mem(only_run()->workflow_name, z("b"), "the other one stays");
}

static void test_refusals(void) {
    clear_runs();
    make_run("w", "r", 1, "{\"context\": {}}");
    static char wide[300];
    memset(wide, 'x', 256);
    const pgc_str bad_ids[] = {pgc_none(), z(""), BYTES("a\0b"), BYTES("\xff"), z(wide)};
    for (size_t i = 0; i < ARRAY_LENGTH(bad_ids); i++) {
        pgc_str bad = bad_ids[i];
        refused(CALL(run_put, NEW_RUN(.workflow_name = bad, .run_id = z("r"), .snapshot = z("{}"))),
                PGC_INVALID, "workflow_name", "put: workflow %zu", i);
        refused(CALL(run_put, NEW_RUN(.workflow_name = z("w"), .run_id = bad, .snapshot = z("{}"))),
                PGC_INVALID, "run_id", "put: run %zu", i);
        refused(CALL(run_get, z("w"), bad), PGC_INVALID, "run_id", "get: run %zu", i);
        refused(CALL(run_delete, bad, z("r")), PGC_INVALID, "workflow_name", "delete %zu", i);
        refused(CALL(run_step, STEP(.workflow_name = z("w"), .run_id = bad, .step_id = z("s"),
                                    .result = z("1"))),
                PGC_INVALID, "run_id", "step: run %zu", i);
        refused(CALL(run_state, STATE(.workflow_name = bad, .run_id = z("r"), .members = z("{}"))),
                PGC_INVALID, "workflow_name", "state: workflow %zu", i);
        if (i > 0) {
            refused(CALL(run_get, bad, z("r")), PGC_INVALID, "workflow_name", "get %zu", i);
            refused(CALL(run_list, RUN_QUERY(.workflow_name = bad)), PGC_INVALID, "workflow_name",
                    "list %zu", i);
        }
    }
    const char *const bad_objects[] = {NULL, "", "[]", "1", "{\"a\"", "{} {}"};
    for (size_t i = 0; i < ARRAY_LENGTH(bad_objects); i++) {
        pgc_str bad = z(bad_objects[i]);
        refused(CALL(run_put, NEW_RUN(.workflow_name = z("w"), .run_id = z("r"), .snapshot = bad)),
                PGC_INVALID, "snapshot", "snapshot %zu", i);
        refused(CALL(run_state, STATE(.workflow_name = z("w"), .run_id = z("r"), .members = bad)),
                PGC_INVALID, "members", "members %zu", i);
        if (i == 0) continue;
        refused(CALL(run_step, STEP(.workflow_name = z("w"), .run_id = z("r"), .step_id = z("s"),
                                    .result = z("1"), .request_context = bad)),
                PGC_INVALID, "request_context", "request context %zu", i);
        refused(CALL(run_step, STEP(.workflow_name = z("w"), .run_id = z("r"), .step_id = z("s"),
                                    .result = z("1"), .initial = bad)),
                PGC_INVALID, "initial", "initial %zu", i);
    }
    is_str(snapshot_of("w", "r"), "{\"context\": {}}", "nothing was changed");
}

static void test_more_refusals(void) {
    const pgc_str strings[2] = {{"a", 1}, {NULL, 0}};
    refused(CALL(run_step, STEP(.workflow_name = z("w"), .run_id = z("r"), .result = z("1"))),
            PGC_INVALID, "step_id", "no step");
    refused(CALL(run_step, STEP(.workflow_name = z("w"), .run_id = z("r"), .step_id = z("s"))),
            PGC_INVALID, "result: is missing", "no result");
    refused(CALL(run_step, STEP(.workflow_name = z("w"), .run_id = z("r"), .step_id = z("s"),
                                .result = z("{"))),
            PGC_INVALID, "result", "half a result");
    refused(CALL(run_step,
                 STEP(.workflow_name = z("w"), .run_id = z("r"), .step_id = z("s"),
                      .result = z("1"), .result_without = strings, .result_without_count = 2)),
            PGC_INVALID, "result_without[1]", "an absent member");
    refused(CALL(run_state, STATE(.workflow_name = z("w"), .run_id = z("r"), .members = z("{}"),
                                  .without_count = 1)),
            PGC_INVALID, "without", "no members");
    refused(CALL(run_state, STATE(.workflow_name = z("w"), .run_id = z("r"), .members = z("{}"),
                                  .expected = strings, .expected_count = 10001)),
            PGC_INVALID, "expected", "too many of them");
    refused(CALL(run_list, RUN_QUERY(.from = INT64_MAX)), PGC_INVALID, "from", "a time");
    refused(CALL(run_list, RUN_QUERY(.direction = (pgc_direction)2)), PGC_INVALID, "direction",
            "a direction");
    refused(CALL(run_list, RUN_QUERY(.limit = PGC_LIMIT_MAX + 1)), PGC_INVALID, "limit", "a limit");
    refused(CALL(run_list, RUN_QUERY(.cursor = z("nonsense"))), PGC_INVALID, "cursor", "a cursor");
    refused(CALL(run_list, RUN_QUERY(.thread_id = BYTES("\xff"))), PGC_INVALID, "thread_id",
            "a thread that is not UTF-8");
}

/* ---- What a snapshot may hold ---------------------------------------------------------------- */

/* What a value is, and what comes back of it. */
static const struct {
    const char *json, *back;
} values[] = {
    {"\"\\u0000\"", NULL},
    {"\"\\ud83d\"", NULL},
    {"\"x\\udc00y\"", NULL},
    {"\"\xef\xb7\x90"
     "0000\"",
     NULL},
    {"\"\\ud83d\\ude00 \\u0041\"", "\"\xf0\x9f\x98\x80 A\""},
    {"{\"\\u0000\": {\"\\ud800\": [\"\\u0000\"]}}", NULL},
    {"123456789012345678901234567890.10", NULL},
};

/* All come back, through put and get, and through a step and a state. */
static void test_values(void) {
    clear_runs();
    for (size_t i = 0; i < ARRAY_LENGTH(values); i++) {
        const char *json = values[i].json, *back = values[i].back == NULL ? json : values[i].back;
        make_run("w", "r", 0, form("{\"context\": {}, \"v\": %s}", json));
        must(CALL(run_get, z("w"), z("r")));
        is_mem(only_run()->snapshot, z(form("{\"v\": %s, \"context\": {}}", back)), "a snapshot");
        must(CALL(run_step, STEP(.workflow_name = z("w"), .run_id = z("r"), .step_id = z("s"),
                                 .result = z(json))));
        is_mem(only_run()->context, z(form("{\"s\": %s}", back)), "a step's result");
        must(CALL(run_state, STATE(.workflow_name = z("w"), .run_id = z("r"),
                                   .members = z(form("{\"v\": 1, \"context\": %s}", json)))));
        is_mem(only_run()->snapshot,
               z(form("{\"v\": 1, \"context\": %s, \"requestContext\": {}}", back)), "a state");
    }
}

/* Names of steps and of members are escaped as values are. */
static void test_names(void) {
    clear_runs();
    make_run("w", "r", 0, "{\"context\": {}, \"\\u0000\": 1, \"b\": 2}");
    pgc_str names[] = {BYTES("\0"), BYTES("\xed\xa0\xbd")};
    must(CALL(run_step, STEP(.workflow_name = z("w"), .run_id = z("r"), .step_id = names[1],
                             .result = z("{\"output\": [1], \"\\u0000\": 1}"))));
    must(CALL(run_step, STEP(.workflow_name = z("w"), .run_id = z("r"), .step_id = names[1],
                             .result = z("{\"output\": [null, 2]}"), .result_without = names,
                             .result_without_count = 2)));
    is_mem(only_run()->context, z("{\"\\ud83d\": {\"output\": [1, 2]}}"), "a step's name");
    must(CALL(run_state, STATE(.workflow_name = z("w"), .run_id = z("r"), .members = z("{}"),
                               .without = names, .without_count = 1)));
    ok(strstr(only_run()->snapshot.data, "u0000") == NULL, "a member's name");
    must(CALL(run_step, STEP(.workflow_name = z("w"), .run_id = z("r"), .step_id = z("a.b"),
                             .result = z("1"))));
    is_mem(only_run()->context, z("{\"a.b\": 1, \"\\ud83d\": {\"output\": [1, 2]}}"),
           "a dot is a character");
}

static void test_sizes(void) {
    clear_runs();
    static char text[2000000];
    size_t size = (size_t)snprintf(text, sizeof text,
                                   "{\"context\": {\"input\": "
                                   "{\"messageListState\": {\"memoryInfo\": {\"threadId\": \"");
    memset(text + size, 't', 1000000);
    strcpy(text + size + 1000000, "\"}}}}}");
    works(CALL(run_put, NEW_RUN(.workflow_name = z("w"), .run_id = z("r"), .snapshot = z(text))),
          "a thread's id of a million bytes");
    memset(text, 's', 100000);
    text[100000] = '\0';
    static char long_status[100100];
    snprintf(long_status, sizeof long_status, "{\"status\": \"%.100000s\"}", text);
    works(CALL(run_put,
               NEW_RUN(.workflow_name = z("w"), .run_id = z("r"), .snapshot = z(long_status))),
          "a status of 100,000");
    size = 0;
    for (int i = 0; i < 511; i++)
        size += (size_t)snprintf(text + size, sizeof text - size, "{\"a\":");
    size += (size_t)snprintf(text + size, sizeof text - size, "{}");
    for (int i = 0; i < 511; i++)
        text[size++] = '}';
    text[size] = '\0';
    must(CALL(run_put, NEW_RUN(.workflow_name = z("w"), .run_id = z("r"), .snapshot = z(text))));
    must(CALL(run_get, z("w"), z("r")));
    is_int((int64_t)only_run()->snapshot.size, (int64_t)size + 511, "512 levels come back");
}

/* ---- Lists ----------------------------------------------------------------------------------- */

static void make_list(void) {
    clear_runs();
    must(CALL(run_put, NEW_RUN(.workflow_name = z("a"), .run_id = z("1"), .resource_id = z("ada"),
                               .snapshot = z("{\"status\": \"running\"}"), .created_at = AT(1))));
    must(CALL(run_put, NEW_RUN(.workflow_name = z("b"), .run_id = z("2"), .resource_id = z("ada"),
                               .snapshot = z("{\"status\": \"suspended\"}"), .created_at = AT(2))));
    must(CALL(run_put, NEW_RUN(.workflow_name = z("a"), .run_id = z("3"), .resource_id = z(""),
                               .snapshot = z("{\"status\": \"suspended\"}"), .created_at = AT(3))));
    must(CALL(run_put, NEW_RUN(.workflow_name = z("a"), .run_id = z("2"),
                               .snapshot = z("{\"status\": \"\\u0000\"}"), .created_at = AT(2))));
}

static void test_list(void) {
    make_list();
    LISTS("a/1 a/2 b/2 a/3", .limit = 10);
    LISTS("a/3 b/2 a/2 a/1", .direction = PGC_DESCENDING);
    LISTS("a/1 a/2 a/3", .workflow_name = z("a"));
    LISTS("", .workflow_name = z("x"));
    LISTS("b/2 a/3", .status = z("suspended"));
    LISTS("a/3", .status = z("suspended"), .workflow_name = z("a"));
    LISTS("a/2", .status = BYTES("\0"));
    LISTS("a/1 b/2", .resource_id = z("ada"));
    LISTS("b/2", .resource_id = z("ada"), .workflow_name = z("b"));
    LISTS("a/1", .resource_id = z("ada"), .status = z("running"));
    LISTS("a/3", .resource_id = z(""));
    LISTS("a/2 b/2 a/3", .from = AT(2));
    LISTS("a/1", .until = AT(2));
    LISTS("a/2 b/2", .from = AT(2), .until = AT(3));
    LISTS("a/2", .from = AT(2), .until = AT(3), .workflow_name = z("a"));
    LISTS("b/2", .from = AT(2), .until = AT(3), .status = z("suspended"));
    LISTS("b/2 a/2", .from = AT(2), .until = AT(3), .direction = PGC_DESCENDING);
    LISTS("b/2 a/3", .page = 1, .limit = 2);
    for (int d = 0; d < 2; d++) {
        pgc_run_query *query = RUN_QUERY(.from = AT(2), .until = AT(4), .limit = 2);
        query->direction = (pgc_direction)d;
        must(CALL(run_list, query));
        is_str(shown_runs(), d == 0 ? "a/2 b/2" : "a/3 b/2", "the first page of a range");
        char *next = strdup(pgc_result_next(result).data);
        query->cursor = z(next);
        must(CALL(run_list, query));
        is_str(shown_runs(), d == 0 ? "a/3" : "a/2", "the second one");
        char *prev = strdup(pgc_result_prev(result).data);
        query->cursor = z(prev);
        must(CALL(run_list, query));
        is_str(shown_runs(), d == 0 ? "a/2 b/2" : "a/3 b/2", "and back");
        char *first = strdup(pgc_result_prev(result).data);
        query->cursor = z(first);
        must(CALL(run_list, query));
        is_str(shown_runs(), "", "there is nothing before");
        free(next);
        free(prev);
        free(first);
    }
    must(CALL(run_list, RUN_QUERY(.workflow_name = z("a"), .limit = 2, .with_total = true)));
    is_int(pgc_result_total(result), 3, "all are counted");
    ok(pgc_result_has_more(result), "there are more");
    must(CALL(run_list, RUN_QUERY(.status = z("none"), .with_total = true)));
    is_int(pgc_result_total(result), 0, "none");
}

/* Ties of time: pages in both directions, while what they show is written anew. */
static void test_paging(void) {
    clear_runs();
    for (int i = 0; i < 60; i++)
        make_run(form("w%d", i % 3), form("r%d", i / 2), i < 50 ? 1 : 2, "{\"status\": \"x\"}");
    const pgc_run_query *queries[] = {RUN_QUERY(.limit = 7),
                                      RUN_QUERY(.limit = 7, .status = z("x"))};
    for (size_t q = 0; q < ARRAY_LENGTH(queries); q++) {
        for (int d = 0; d < 2; d++) {
            pgc_run_query query = *queries[q];
            query.direction = (pgc_direction)d;
            char *cursor = NULL, *seen = NULL;
            sql("CREATE TEMP TABLE seen (name text, id text)");
            do {
                query.cursor = z(cursor);
                must(CALL(run_list, &query));
                free(cursor);
                cursor = strdup(pgc_result_next(result).data);
                for (size_t i = 0; i < pgc_result_runs(result); i++) {
                    const pgc_run *run = pgc_result_run(result, i);
                    sql("INSERT INTO seen VALUES ('%s', '%s')", run->workflow_name.data,
                        run->run_id.data);
                    sql("UPDATE workflow_runs SET updated_at = now() WHERE run_id = '%s'",
                        run->run_id.data);
                }
                free(seen);
                seen = strdup(pgc_result_prev(result).data);
            } while (pgc_result_has_more(result));
            is_int(sql_number("SELECT count(DISTINCT (name, id)) FROM seen"), 60, "each once");
            is_int(sql_number("SELECT count(*) FROM seen"), 60, "none twice");
            query.cursor = z(seen);
            must(CALL(run_list, &query));
            is_int((int64_t)pgc_result_runs(result), 7, "and a page back");
            sql("DROP TABLE seen");
            free(seen);
            free(cursor);
        }
    }
    must(CALL(run_list, RUN_QUERY(.limit = 2)));
    char *cursor = strdup(pgc_result_next(result).data);
    refused(CALL(run_list, RUN_QUERY(.limit = 2, .cursor = z(cursor), .status = z("x"))),
            PGC_INVALID, "cursor", "a cursor of another query");
    free(cursor);
}

static const struct {
    const char *id, *context;
    bool found;
} threads[] = {
    {"loop",
     "{\"s\": {\"status\": \"suspended\", \"suspendPayload\": {\"__streamState\": "
     "{\"messageList\": {\"memoryInfo\": {\"threadId\": \"T\"}}}}}}",
     true},
    {"second",
     "{\"a\": {\"status\": \"suspended\"}, \"input\": 1, \"s\": {\"status\": "
     "\"suspended\", \"suspendPayload\": {\"__streamState\": {\"messageList\": "
     "{\"memoryInfo\": {\"threadId\": \"T\"}}}}}}",
     true},
    {"durable", "{\"input\": {\"messageListState\": {\"memoryInfo\": {\"threadId\": \"T\"}}}}",
     true},
    {"both",
     "{\"s\": {\"status\": \"suspended\", \"suspendPayload\": {\"__streamState\": "
     "{\"messageList\": {\"memoryInfo\": {\"threadId\": \"U\"}}}}}, \"input\": "
     "{\"messageListState\": {\"memoryInfo\": {\"threadId\": \"T\"}}}}",
     true},
    {"done",
     "{\"s\": {\"status\": \"success\", \"suspendPayload\": {\"__streamState\": "
     "{\"messageList\": {\"memoryInfo\": {\"threadId\": \"T\"}}}}}}",
     false},
    {"other", "{\"input\": {\"messageListState\": {\"memoryInfo\": {\"threadId\": \"U\"}}}}",
     false},
    {"nul", "{\"input\": {\"messageListState\": {\"memoryInfo\": {\"threadId\": \"T\\u0000\"}}}}",
     false},
    {"odd", "{\"s\": [1, null], \"input\": \"T\"}", false},
    {"none", "null", false},
};

static void test_threads(void) {
    clear_runs();
    int64_t found = 0;
    for (size_t i = 0; i < ARRAY_LENGTH(threads); i++) {
        make_run("w", threads[i].id, (int64_t)i, form("{\"context\": %s}", threads[i].context));
        found += threads[i].found;
    }
    LISTS("w/loop w/second w/durable w/both", .thread_id = z("T"));
    LISTS("w/loop w/second w/durable w/both", .thread_id = z("T"), .workflow_name = z("w"));
    LISTS("w/nul", .thread_id = BYTES("T\0"));
    LISTS("", .thread_id = z("$"));
    LISTS("", .thread_id = z(""));
    must(CALL(run_list, RUN_QUERY(.thread_id = z("T"), .limit = 1, .with_total = true)));
    is_int(pgc_result_total(result), found, "as many are counted");
}

static void tests(void) {
    test_put();
    test_get();
    test_delete();
    test_refusals();
    test_more_refusals();
    test_values();
    test_names();
    test_sizes();
    test_list();
    test_paging();
    test_threads();
}

int main(void) {
    return world_run("run", tests);
}
