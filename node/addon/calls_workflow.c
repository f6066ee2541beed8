/* Workflow runs, scores, and taking away what is old. */
#include "calls.h"

#include <pgconvo_workflow.h>

/* ---- Runs: workflowName, runId, and what each needs ------------------------------------------ */

/* resourceId, snapshot, createdAt, updatedAt */
static int run_put(struct start *start) {
    pgc_run_new run = PGC_RUN_NEW_INIT;
    run.workflow_name = args_str(start->args);
    run.run_id = args_str(start->args);
    run.resource_id = args_str(start->args);
    run.snapshot = args_str(start->args);
    run.created_at = args_time(start->args);
    run.updated_at = args_time(start->args);
    return CALL(start, pgc_run_put, &run);
}

static int run_get(struct start *start) {
    pgc_str workflow_name = args_str(start->args);
    pgc_str run_id = args_str(start->args);
    return CALL(start, pgc_run_get, workflow_name, run_id);
}

static int run_delete(struct start *start) {
    pgc_str workflow_name = args_str(start->args);
    pgc_str run_id = args_str(start->args);
    return CALL(start, pgc_run_delete, workflow_name, run_id);
}

/* stepId, result, resultWithout, requestContext, requestContextWithout, initial */
static int run_step(struct start *start) {
    pgc_step step = PGC_STEP_INIT;
    step.workflow_name = args_str(start->args);
    step.run_id = args_str(start->args);
    step.step_id = args_str(start->args);
    step.result = args_str(start->args);
    step.result_without = args_strs(start->args, &step.result_without_count);
    step.request_context = args_str(start->args);
    step.request_context_without = args_strs(start->args, &step.request_context_without_count);
    step.initial = args_str(start->args);
    return CALL(start, pgc_run_step, &step);
}

/* members, without, any: is any status fine, expected */
static int run_state(struct start *start) {
    pgc_state state = PGC_STATE_INIT;
    state.workflow_name = args_str(start->args);
    state.run_id = args_str(start->args);
    state.members = args_str(start->args);
    state.without = args_strs(start->args, &state.without_count);
    bool any = args_bool(start->args);
    state.expected = args_strs(start->args, &state.expected_count);
    if (any) {
        state.expected = NULL;
    }
    return CALL(start, pgc_run_state, &state);
}

/*
 * workflowName, status, resourceId, threadId, from, until, direction, limit, cursor, page,
 * withTotal
 */
static int run_list(struct start *start) {
    pgc_run_query query = PGC_RUN_QUERY_INIT;
    query.workflow_name = args_str(start->args);
    query.status = args_str(start->args);
    query.resource_id = args_str(start->args);
    query.thread_id = args_str(start->args);
    query.from = args_time(start->args);
    query.until = args_time(start->args);
    query.direction = (pgc_direction)args_u32(start->args);
    query.limit = args_u32(start->args);
    query.cursor = args_str(start->args);
    query.page = args_u32(start->args);
    query.with_total = args_bool(start->args);
    return CALL(start, pgc_run_list, &query);
}

/* ---- Scores ---------------------------------------------------------------------------------- */

/*
 * id, scorerId, runId, entityId, entityType, source, traceId, spanId, organizationId, projectId,
 * createdAt, updatedAt, document
 */
static int score_put(struct start *start) {
    pgc_score_new score = PGC_SCORE_NEW_INIT;
    score.id = args_str(start->args);
    score.scorer_id = args_str(start->args);
    score.run_id = args_str(start->args);
    score.entity_id = args_str(start->args);
    score.entity_type = args_str(start->args);
    score.source = args_str(start->args);
    score.trace_id = args_str(start->args);
    score.span_id = args_str(start->args);
    score.organization_id = args_str(start->args);
    score.project_id = args_str(start->args);
    score.created_at = args_time(start->args);
    score.updated_at = args_time(start->args);
    score.document = args_str(start->args);
    return CALL(start, pgc_score_put, &score);
}

/* id */
static int score_get(struct start *start) {
    pgc_str id = args_str(start->args);
    return CALL(start, pgc_score_get, id);
}

/* the filters in the order of score_put, from, until, direction, limit, cursor, page, withTotal */
static int score_list(struct start *start) {
    pgc_score_query query = PGC_SCORE_QUERY_INIT;
    query.scorer_id = args_str(start->args);
    query.run_id = args_str(start->args);
    query.entity_id = args_str(start->args);
    query.entity_type = args_str(start->args);
    query.source = args_str(start->args);
    query.trace_id = args_str(start->args);
    query.span_id = args_str(start->args);
    query.organization_id = args_str(start->args);
    query.project_id = args_str(start->args);
    query.from = args_time(start->args);
    query.until = args_time(start->args);
    query.direction = (pgc_direction)args_u32(start->args);
    query.limit = args_u32(start->args);
    query.cursor = args_str(start->args);
    query.page = args_u32(start->args);
    query.with_total = args_bool(start->args);
    return CALL(start, pgc_score_list, &query);
}

/* ---- Taking away ----------------------------------------------------------------------------- */

/* table, before, limit, cursor */
static int prune(struct start *start) {
    pgc_prune_options options = PGC_PRUNE_OPTIONS_INIT;
    options.table = (pgc_prune_table)args_u32(start->args);
    options.before = args_time(start->args);
    options.limit = args_u32(start->args);
    options.cursor = args_str(start->args);
    return CALL(start, pgc_prune, &options);
}

/* what */
static int clear(struct start *start) {
    pgc_clear_what what = (pgc_clear_what)args_u32(start->args);
    return CALL(start, pgc_clear, what);
}

static const struct operation operations[] = {
    {"runPut", run_put},     {"runGet", run_get},     {"runDelete", run_delete},
    {"runStep", run_step},   {"runState", run_state}, {"runList", run_list},
    {"scorePut", score_put}, {"scoreGet", score_get}, {"scoreList", score_list},
    {"prune", prune},        {"clear", clear},
};

const struct operation_group calls_workflow = {operations, sizeof operations / sizeof *operations};
