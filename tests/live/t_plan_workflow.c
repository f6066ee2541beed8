/*
 * How the server runs the statements of runs, scores and prunes, as in t_plan. The data: 50,000
 * runs and as many scores, of which one workflow, owner and scorer have nearly all, and others few.
 */
#include "live/plan.h"

static void fill(void) {
    sql("INSERT INTO workflow_runs (workflow_name, run_id, resource_id, created_at, updated_at, "
        "snapshot) SELECT CASE n WHEN 5 THEN 'rare' ELSE 'common' END, 'r' || n, CASE n WHEN 6 "
        "THEN 'rare' ELSE 'common' END, '2024-01-01'::timestamptz + n * interval '1 s', "
        "'2024-02-01', jsonb_build_object('status', CASE n WHEN 7 THEN 'rare' ELSE 'common' END, "
        "'context', jsonb_build_object('input', repeat('x', 300))) FROM generate_series(1, 50000) "
        "n");
    sql("INSERT INTO scores SELECT 's' || n, CASE n WHEN 5 THEN 'rare' ELSE 'common' END, 'r' || "
        "n / 3, CASE n WHEN 6 THEN 'rare' ELSE 'common' END, 'AGENT', 'LIVE', 't' || n / 3, 'p' "
        "|| n, NULL, NULL, '2024-01-01'::timestamptz + n * interval '1 s', '2024-02-01', "
        "jsonb_build_object('text', repeat('x', 300)) FROM generate_series(1, 50000) n");
    sql("INSERT INTO threads (id, created_at, updated_at, last_seq) SELECT 't' || n, "
        "'2024-01-01'::timestamptz + n * interval '1 min', '2024-02-01', 10 FROM "
        "generate_series(1, 2000) n");
    sql("INSERT INTO messages SELECT 't' || t, 'm' || t || '-' || n, n, "
        "'2024-01-01'::timestamptz + (t * 60 + n) * interval '1 s', NULL, 'user', NULL, '1' FROM "
        "generate_series(1, 2000) t, generate_series(1, 10) n");
    sql("INSERT INTO metadata (thread_id, message_id, data, updated_at) SELECT thread_id, id, "
        "jsonb_build_object('id', id), created_at FROM messages");
}

static void analyze(void) {
    sql("VACUUM ANALYZE workflow_runs");
    sql("VACUUM ANALYZE scores");
    sql("VACUUM ANALYZE threads");
    sql("VACUUM ANALYZE messages");
    sql("VACUUM ANALYZE metadata");
    sql("DEALLOCATE ALL");
}

#define RUNS(name, status, resource, at)                                                        \
    name ", " status ", " resource ", null, '-infinity', 'infinity', '" at "', '', '', 21, 0, " \
         "false"
#define SCORES(scorer, run, entity, trace, at)                                             \
    scorer ", " run ", " entity ", null, null, " trace ", null, null, null, '-infinity', " \
           "'infinity', '" at "', '', 21, 0, false"

static const struct {
    enum stmt_id id;
    const char *parameters;
    const char *index;
    const char *name;
} plans[] = {
    {STMT_run_get, "'common', 'r9'", "workflow_runs_pkey", "a run"},
    {STMT_run_get, "null, 'r9'", "workflow_runs_pkey", "a run of any workflow"},
    {STMT_run_put, "'common', 'r9', null, '2024-01-01', '2024-01-01', '{}'", NULL, "a put"},
    {STMT_run_state, "'common', 'r9', '{}', '{}', '{x}', '2024-05-01'", "workflow_runs_pkey",
     "a state"},
    {STMT_run_step, "'common', 'r9', '{}', 's', '1', '{}', '{}', '{}', '2024-05-01'", NULL,
     "a step"},
    {STMT_run_delete, "'common', 'r9'", "workflow_runs_pkey", "a run's end"},
    {STMT_run_list_all_desc, RUNS("null", "null", "null", "infinity"),
     "Backward using workflow_runs_created_idx", "all runs"},
    {STMT_run_list_name_desc, RUNS("'common'", "null", "null", "infinity"),
     "Backward using workflow_runs_name_idx", "runs of a workflow"},
    {STMT_run_list_name_asc, RUNS("'rare'", "null", "null", "-infinity"),
     "Scan using workflow_runs_name_idx", "runs of a rare workflow"},
    {STMT_run_list_status_desc, RUNS("null", "'common'", "null", "infinity"),
     "Backward using workflow_runs_status_idx", "runs by status"},
    {STMT_run_list_status_asc, RUNS("'rare'", "'rare'", "null", "-infinity"),
     "Scan using workflow_runs_status_idx", "runs by a rare status"},
    {STMT_run_list_resource_desc, RUNS("null", "null", "'common'", "infinity"),
     "Backward using workflow_runs_resource_idx", "runs of a resource"},
    {STMT_run_list_resource_asc, RUNS("null", "null", "'rare'", "-infinity"),
     "Scan using workflow_runs_resource_idx", "runs of a rare resource"},
    {STMT_score_get, "'s9'", "scores_pkey", "a score"},
    {STMT_score_list_all_asc, SCORES("null", "null", "null", "null", "-infinity"),
     "Scan using scores_created_idx", "all scores"},
    {STMT_score_list_scorer_desc, SCORES("'common'", "null", "null", "null", "infinity"),
     "Backward using scores_scorer_idx", "scores of a scorer"},
    {STMT_score_list_scorer_asc, SCORES("'rare'", "null", "null", "null", "-infinity"),
     "Scan using scores_scorer_idx", "scores of a rare scorer"},
    {STMT_score_list_run_desc, SCORES("null", "'r9'", "null", "null", "infinity"), "scores_run_idx",
     "scores of a run"},
    {STMT_score_list_entity_desc, SCORES("null", "null", "'common'", "null", "infinity"),
     "Backward using scores_entity_idx", "scores of an entity"},
    {STMT_score_list_trace_desc, SCORES("null", "null", "null", "'t9'", "infinity"),
     "scores_span_idx", "scores of a trace"},
    {STMT_prune_row_score, "'2024-01-01 00:01', 10", "scores_created_idx", "old scores"},
    {STMT_prune_thread_lock, "'2024-01-01 00:10', 5", "threads_created_idx", "old threads"},
    {STMT_prune_thread, "", "messages_pkey", "their end"},
    {STMT_prune_message_lock, "'2024-01-02', 10, ''", "messages_pkey", "old messages"},
    {STMT_prune_message_lock, "'2024-01-02', 10, 't9'", "messages_pkey", "old messages, going on"},
    {STMT_prune_message, "'2024-01-02', 10", "messages_pkey", "old messages' end"},
};

#define PAGES_MOST 300

static void test_plans(const char *when) {
    for (size_t i = 0; i < ARRAY_LENGTH(plans); i++) {
        char *plan = explain(plans[i].id, plans[i].parameters, "COSTS OFF");
        bool held = ok(strstr(plan, "Seq Scan") == NULL, "%s, %s: no table is read as a whole",
                       when, plans[i].name);
        held &= plans[i].index == NULL || ok(strstr(plan, plans[i].index) != NULL, "%s, %s: %s",
                                             when, plans[i].name, plans[i].index);
        int64_t touched = buffers(plans[i].id, plans[i].parameters);
        held &= ok(touched < PAGES_MOST, "%s, %s: touches %" PRId64 " pages", when, plans[i].name,
                   touched);
        if (!held) show_plan(plan);
        free(plan);
    }
}

int main(void) {
    world_begin("plan", true);
    stmt_book_init(&book, z(schema));
    keep_statistics();
    set_session();
    sql("SET pgconvo.locked TO '{t1,t2}'");
    test_plans("empty tables");
    fill();
    test_plans("planned for empty tables");
    analyze();
    test_plans("full tables");
    world_end();
    return done_testing();
}
