/* The wire of runs, scores, prunes and clears, as in t_trace. */
#include "pgconvo_workflow.h"

#include "live/reader.h"
#include "live/trace.h"

static int run_put(int round) {
    pgc_run_new run = PGC_RUN_NEW_INIT;
    (void)round;
    run.workflow_name = z("w");
    run.run_id = z("r");
    run.resource_id = z("ada");
    run.snapshot = z("{\"status\":\"running\",\"context\":{}}");
    run.created_at = AT(1);
    return CALL(run_put, &run);
}
static int run_get(int round) {
    (void)round;
    return CALL(run_get, z("w"), z("r"));
}
static int run_list(int round) {
    pgc_run_query query = PGC_RUN_QUERY_INIT;
    (void)round;
    query.workflow_name = z("w");
    query.thread_id = z("t");
    query.from = AT(0);
    query.with_total = true;
    return CALL(run_list, &query);
}
static int run_delete(int round) {
    (void)round;
    return CALL(run_delete, z("w"), z("r"));
}
static int run_step(int round) {
    static const pgc_str without = {"k", 1};
    pgc_step step = PGC_STEP_INIT;
    (void)round;
    step.workflow_name = z("w");
    step.run_id = z("r");
    step.step_id = z("s");
    step.result = z("{\"output\":[1]}");
    step.result_without = &without;
    step.result_without_count = 1;
    step.request_context = z("{\"a\":1}");
    step.initial = z("{\"context\":{}}");
    return CALL(run_step, &step);
}
static int run_state(int round) {
    static const pgc_str expected = {"running", 7};
    pgc_state state = PGC_STATE_INIT;
    (void)round;
    state.workflow_name = z("w");
    state.run_id = z("r");
    state.members = z("{\"a\":1}");
    state.expected = &expected;
    state.expected_count = 1;
    return CALL(run_state, &state);
}
static int score_put(int round) {
    pgc_score_new score = PGC_SCORE_NEW_INIT;
    score.id = z(round == 0 ? "new 1" : "new 2");
    score.scorer_id = z("S");
    score.document = z("{\"score\":1}");
    score.created_at = AT(1);
    return CALL(score_put, &score);
}
static int score_get(int round) {
    (void)round;
    return CALL(score_get, z("s"));
}
static int score_list(int round) {
    pgc_score_query query = PGC_SCORE_QUERY_INIT;
    (void)round;
    query.scorer_id = z("S");
    query.limit = 2;
    return CALL(score_list, &query);
}
static int prune_table(pgc_prune_table table) {
    pgc_prune_options options = PGC_PRUNE_OPTIONS_INIT;
    options.table = table;
    options.before = AT(2);
    return CALL(prune, &options);
}
static int prune_threads(int round) {
    (void)round;
    return prune_table(PGC_PRUNE_THREADS);
}
static int prune_messages(int round) {
    (void)round;
    return prune_table(PGC_PRUNE_MESSAGES);
}
static int prune_runs(int round) {
    (void)round;
    return prune_table(PGC_PRUNE_RUNS);
}
static int clear_memory(int round) {
    (void)round;
    return CALL(clear, PGC_CLEAR_MEMORY);
}

static const struct operation operations[] = {
    OPERATION(run_put),       OPERATION(run_get),        OPERATION(run_list),
    OPERATION(run_delete),    OPERATION(run_step),       OPERATION(run_state),
    OPERATION(score_put),     OPERATION(score_get),      OPERATION(score_list),
    OPERATION(prune_threads), OPERATION(prune_messages), OPERATION(prune_runs),
    OPERATION(clear_memory),
};

static void make_material(void) {
    clear_tables();
    sql("DELETE FROM workflow_runs; DELETE FROM scores");
    must(CALL(thread_create, NEW_THREAD(.id = z("t"), .metadata = z("{\"k\":1}"),
                                        .created_at = AT(0), .updated_at = AT(0))));
    put("t", "m1@1 m2@2 m3@3");
    must(run_put(0));
    must(score_put(0));
    pgc_score_new score = PGC_SCORE_NEW_INIT;
    score.id = z("s");
    score.document = z("1");
    score.created_at = AT(1);
    must(CALL(score_put, &score));
}

static void tests(void) {
    trace_operations(operations, ARRAY_LENGTH(operations), make_material);
    reader_operations(operations, ARRAY_LENGTH(operations), make_material);
}

int main(void) {
    return world_run("trace", tests);
}
