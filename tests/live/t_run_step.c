/*
 * Workflow runs: a step's result, and the state.
 */
#include "live/run_world.h"

/* ---- A step's result ------------------------------------------------------------------------- */

#define P "{\"__mastra_pending__\": true}"
#define S "{\"status\": \"suspended\", \"suspendPayload\": 1}"

static const struct {
    const char *old, *new, *want;
} steps[] = {
    {NULL, "{\"status\": \"success\"}", "{\"status\": \"success\"}"},
    {"{\"status\": \"running\", \"x\": 1}", "{\"status\": \"success\"}",
     "{\"status\": \"success\"}"},
    {"1", "null", "null"},
    {"[1]", "[2]", "[2]"},
    {"{\"output\": [1]}", "7", "7"},
    {"{\"output\": [1]}", "[\"output\"]", "[\"output\"]"},
    {"[\"output\"]", "{\"output\": [1]}", "{\"output\": [1]}"},
    {"{\"output\": 1}", "{\"output\": [1]}", "{\"output\": [1]}"},
    {"{\"output\": [1]}", "{\"output\": {\"0\": 2}}", "{\"output\": {\"0\": 2}}"},
    {"{\"output\": [1]}", "{\"status\": \"success\"}", "{\"status\": \"success\"}"},
    {"{\"output\": [1], \"a\": 1, \"b\": 1}", "{\"output\": [2], \"b\": 2, \"c\": 2}",
     "{\"output\": [2], \"a\": 1, \"b\": 2, \"c\": 2}"},
    {"{\"output\": []}", "{\"output\": []}", "{\"output\": []}"},
    {"{\"output\": [1, null, 3]}", "{\"output\": [null, 2, null]}", "{\"output\": [1, 2, 3]}"},
    {"{\"output\": [1]}", "{\"output\": [null, null, 3]}", "{\"output\": [1, null, 3]}"},
    {"{\"output\": [1, 2, 3]}", "{\"output\": [9]}", "{\"output\": [9, 2, 3]}"},
    {"{\"output\": [false, 0, \"\"]}", "{\"output\": [null, false, 0]}",
     "{\"output\": [false, false, 0]}"},
    /* Markers: nothing else counts beside one. */
    {"{\"output\": [1, null, " P ", " S "], \"a\": 1}",
     "{\"output\": [" P ", " P ", " P ", " P "], \"a\": 2, \"b\": 2}",
     "{\"output\": [1, null, null, null], \"a\": 1}"},
    {"{\"output\": [1, 2], \"a\": 1}", "{\"output\": [7, 8, 9, " P ", 10], \"a\": 2}",
     "{\"output\": [1, 2, null, null, null], \"a\": 1}"},
    {"{\"output\": [{\"status\": \"suspended\", \"suspendedAt\": 1}, {\"status\": \"suspended\"}, "
     "{\"status\": \"success\", \"suspendPayload\": 1}, [\"suspended\"]]}",
     "{\"output\": [" P ", " P ", " P ", " P "]}",
     "{\"output\": [null, {\"status\": \"suspended\"}, {\"status\": \"success\", "
     "\"suspendPayload\": 1}, [\"suspended\"]]}"},
    /* Almost markers are values. */
    {"{\"output\": [1, 1, 1]}",
     "{\"output\": [{\"__mastra_pending__\": true, \"x\": 1}, {\"__mastra_pending__\": 1}, "
     "[" P "]]}",
     "{\"output\": [{\"__mastra_pending__\": true, \"x\": 1}, {\"__mastra_pending__\": 1}, "
     "[" P "]]}"},
    {NULL, "{\"output\": [" P "]}", "{\"output\": [" P "]}"},
};

static void test_steps(void) {
    for (size_t i = 0; i < ARRAY_LENGTH(steps); i++) {
        clear_runs();
        const char *old = steps[i].old;
        make_run("w", "r", 1,
                 form("{\"status\": \"running\", \"context\": {\"input\": {}%s%s}}",
                      old == NULL ? "" : ", \"s\": ", old == NULL ? "" : old));
        works(CALL(run_step, STEP(.workflow_name = z("w"), .run_id = z("r"), .step_id = z("s"),
                                  .result = z(steps[i].new))),
              "step %zu", i);
        const char *want = form("{\"input\": {}, \"s\": %s}", steps[i].want);
        is_json(only_run()->context, want, "the whole context");
        ok(only_run()->snapshot.data == NULL, "without a snapshot");
        is_json(z(snapshot_of("w", "r")),
                form("{\"status\": \"running\", \"requestContext\": {}, \"context\": %s}", want),
                "and that is stored");
        is_int(only_run()->created_at, AT(1), "made when it was");
        ok(only_run()->updated_at > AT(1), "written now");
    }
}

static void test_step_makes(void) {
    clear_runs();
    works(CALL(run_step,
               STEP(.workflow_name = z("w"), .run_id = z("r"), .step_id = z("s"),
                    .result = z("{\"a\": 1}"), .request_context = z("{\"k\": 1}"),
                    .initial = z("{\"status\": \"pending\", \"requestContext\": {\"j\": 0}}"))),
          "a step of a run that is not there");
    is_json(only_run()->context, "{\"s\": {\"a\": 1}}", "its context");
    is_json(z(snapshot_of("w", "r")),
            "{\"status\": \"pending\", \"context\": {\"s\": {\"a\": 1}}, \"requestContext\": "
            "{\"j\": 0, \"k\": 1}}",
            "is put into the snapshot that is given");
    must(CALL(run_step, STEP(.workflow_name = z("w"), .run_id = z("r2"), .step_id = z("s"),
                             .result = z("1"))));
    is_json(z(snapshot_of("w", "r2")), "{\"context\": {\"s\": 1}, \"requestContext\": {}}",
            "or into an empty one");
    const char *const bad[] = {"{}", "{\"context\": null}", "{\"context\": []}",
                               "{\"context\": 1}"};
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
        make_run("w", "bad", 1, bad[i]);
        refused(CALL(run_step, STEP(.workflow_name = z("w"), .run_id = z("bad"), .step_id = z("s"),
                                    .result = z("1"), .initial = z("{\"context\": {}}"))),
                PGC_NOT_FOUND, "context", "no context in %s", bad[i]);
        refused(
            CALL(run_state, STATE(.workflow_name = z("w"), .run_id = z("bad"), .members = z("{}"))),
            PGC_NOT_FOUND, "context", "nor for a state");
        is_str(snapshot_of("w", "bad"), bad[i], "nothing was written");
    }
}

static void test_request_context(void) {
    clear_runs();
    make_run("w", "r", 1, "{\"context\": {}, \"requestContext\": {\"a\": 1, \"b\": {\"x\": 1}}}");
    const pgc_str gone = {"a", 1};
    must(CALL(run_step,
              STEP(.workflow_name = z("w"), .run_id = z("r"), .step_id = z("s"), .result = z("1"),
                   .request_context = z("{\"b\": {\"y\": 2}, \"c\": null}"),
                   .request_context_without = &gone, .request_context_without_count = 1)));
    is_str(sql("SELECT snapshot -> 'requestContext' FROM workflow_runs"),
           "{\"b\": {\"y\": 2}, \"c\": null}", "one level is merged");
    make_run("w", "r", 1, "{\"context\": {}, \"requestContext\": [1]}");
    must(CALL(run_step, STEP(.workflow_name = z("w"), .run_id = z("r"), .step_id = z("s"),
                             .result = z("1"), .request_context = z("{\"c\": 1}"))));
    is_str(sql("SELECT snapshot -> 'requestContext' FROM workflow_runs"), "{\"c\": 1}",
           "what is no object gives way");
    make_run("w", "r", 1, "{\"context\": {\"s\": {\"output\": [1], \"gone\": 1, \"b\": 1}}}");
    const pgc_str names[] = {{"gone", 4}, {"nothing", 7}};
    must(CALL(run_step, STEP(.workflow_name = z("w"), .run_id = z("r"), .step_id = z("s"),
                             .result = z("{\"output\": [" P "]}"), .result_without = names,
                             .result_without_count = 2)));
    is_str(sql("SELECT snapshot -> 'context' -> 's' ->> 'gone' FROM workflow_runs"), "1",
           "beside a marker nothing goes");
    must(CALL(run_step, STEP(.workflow_name = z("w"), .run_id = z("r"), .step_id = z("s"),
                             .result = z("{\"output\": [2]}"), .result_without = names,
                             .result_without_count = 2)));
    is_json(only_run()->context, "{\"s\": {\"output\": [2], \"b\": 1}}", "else it does");
}

/* ---- The state ------------------------------------------------------------------------------- */

static void test_state(void) {
    clear_runs();
    make_run("w", "r", 1,
             "{\"context\": {}, \"status\": \"running\", \"a\": {\"x\": 1}, \"e\": 1}");
    const pgc_str running = {"running", 7}, gone = {"e", 1};
    works(CALL(run_state, STATE(.workflow_name = z("w"), .run_id = z("r"),
                                .members = z("{\"status\": \"paused\", \"a\": {\"y\": null}}"),
                                .without = &gone, .without_count = 1, .expected = &running,
                                .expected_count = 1)),
          "a change");
    is_json(only_run()->snapshot, "{\"context\": {}, \"status\": \"paused\", \"a\": {\"y\": null}}",
            "members replace");
    is_mem(only_run()->workflow_name, z("w"), "the whole run");
    is_int(only_run()->created_at, AT(1), "made when it was");
    ok(only_run()->updated_at > AT(1), "written now");
    const char *before = sql("SELECT r::text || xmin FROM workflow_runs r");
    works(CALL(run_state, STATE(.workflow_name = z("w"), .run_id = z("r"),
                                .members = z("{\"status\": \"failed\"}"), .expected = &running,
                                .expected_count = 1)),
          "another status");
    is_int((int64_t)pgc_result_runs(result), 0, "nothing is shown");
    must(CALL(run_state, STATE(.workflow_name = z("w"), .run_id = z("r"), .members = z("{}"),
                               .expected = &running, .expected_count = 0)));
    is_int((int64_t)pgc_result_runs(result), 0, "none is expected");
    must(CALL(run_state,
              STATE(.workflow_name = z("w"), .run_id = z("other"), .members = z("{\"a\": 1}"))));
    is_int((int64_t)pgc_result_runs(result), 0, "no such run");
    is_str(sql("SELECT r::text || xmin FROM workflow_runs r"), before, "nothing was written");
    is_int(sql_number("SELECT count(*) FROM workflow_runs"), 1, "nothing was made");
    const pgc_str either[] = {{"x", 1}, {"paused", 6}};
    must(
        CALL(run_state, STATE(.workflow_name = z("w"), .run_id = z("r"), .members = z("{\"b\": 1}"),
                              .expected = either, .expected_count = 2)));
    is_int((int64_t)pgc_result_runs(result), 1, "one of several");
    must(CALL(run_state, STATE(.workflow_name = z("w"), .run_id = z("r"), .members = z("{}"))));
    is_int((int64_t)pgc_result_runs(result), 1, "whatever it is");
    LISTS("w/r", .status = z("paused"));
}

static void tests(void) {
    test_steps();
    test_step_makes();
    test_request_context();
    test_state();
}

int main(void) {
    return world_run("run step", tests);
}
