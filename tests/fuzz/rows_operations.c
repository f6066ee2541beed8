#include "rows_operations.h"

#include "domain/operations.h"
#include "domain/operations_memory.h"
#include "domain/workflow_operations.h"

#define THREAD "tttiiij"
#define MESSAGE "iittiittttj"
#define OBSERVATION "tttitiiitjtijtiiijtiiibbbbiijj"
#define RUN "tttiij"
#define SCORE "ttttttttttiit"
#define WRITTEN "b-tiib"

static const pgc_message_new two[] = {
    {.id = {"a", 1}, .role = {"user", 4}, .content = {"\"x\"", 3}, .created_at = PGC_NO_TIME},
    {.id = {"b", 1}, .role = {"tool", 4}, .content = {"[1]", 3}, .created_at = 1000000},
};
static const pgc_str ids[] = {{"a", 1}, {"b", 1}};
static const pgc_anchor anchors[] = {{{"a", 1}, 2, 2}};

/* ---- Threads ---- */

static int begin_create(pgc_op *op, pgc_error *err) {
    pgc_thread_new thread = PGC_THREAD_NEW_INIT;
    thread.id = pgc_z("t");
    return thread_create(op, &thread, err);
}

static int begin_create_replace(pgc_op *op, pgc_error *err) {
    pgc_thread_new thread = PGC_THREAD_NEW_INIT;
    thread.id = pgc_z("t");
    thread.existing = PGC_EXISTING_REPLACE;
    return thread_create(op, &thread, err);
}

static int begin_thread_get(pgc_op *op, pgc_error *err) {
    return thread_get(op, pgc_z("t"), err);
}

static int begin_thread_update(pgc_op *op, pgc_error *err) {
    pgc_thread_change change = PGC_THREAD_CHANGE_INIT;
    change.id = pgc_z("t");
    change.metadata = pgc_z("{\"a\":{\"b\":1}}");
    return thread_update(op, &change, err);
}

static int begin_thread_replace(pgc_op *op, pgc_error *err) {
    pgc_thread_change change = PGC_THREAD_CHANGE_INIT;
    change.id = pgc_z("t");
    change.merge = PGC_MERGE_SHALLOW;
    change.metadata = pgc_z("{}");
    change.expected = pgc_z("null");
    return thread_update(op, &change, err);
}

static int begin_thread_delete(pgc_op *op, pgc_error *err) {
    return thread_delete(op, pgc_z("t"), err);
}

static int begin_copy(pgc_op *op, pgc_error *err) {
    pgc_copy copy = PGC_COPY_INIT;
    copy.source_id = pgc_z("t");
    return thread_copy(op, &copy, err);
}

static int begin_thread_list(pgc_op *op, pgc_error *err) {
    pgc_thread_query query = PGC_THREAD_QUERY_INIT;
    query.limit = 3;
    return thread_list(op, &query, err);
}

/* ---- Messages ---- */

static int append(pgc_op *op, pgc_elsewhere elsewhere, pgc_error *err) {
    pgc_append append = PGC_APPEND_INIT;
    append.thread_id = pgc_z("t");
    append.messages = two;
    append.count = 2;
    append.elsewhere = elsewhere;
    return message_append(op, &append, err);
}

static int begin_append(pgc_op *op, pgc_error *err) {
    return append(op, PGC_ELSEWHERE_REFUSE, err);
}

static int begin_append_move(pgc_op *op, pgc_error *err) {
    return append(op, PGC_ELSEWHERE_MOVE, err);
}

static int save(pgc_op *op, pgc_elsewhere elsewhere, pgc_error *err) {
    pgc_save save = PGC_SAVE_INIT;
    save.thread_id = pgc_z("t");
    save.messages = two;
    save.count = 2;
    save.elsewhere = elsewhere;
    return message_save(op, &save, err);
}

static int begin_save_here(pgc_op *op, pgc_error *err) {
    return save(op, PGC_ELSEWHERE_REFUSE, err);
}

static int begin_save_anywhere(pgc_op *op, pgc_error *err) {
    return save(op, PGC_ELSEWHERE_MOVE_ANY, err);
}

static int begin_import(pgc_op *op, pgc_error *err) {
    pgc_thread_new thread = PGC_THREAD_NEW_INIT;
    pgc_append append = PGC_APPEND_INIT;
    thread.existing = PGC_EXISTING_KEEP;
    append.existing = PGC_EXISTING_KEEP;
    append.messages = two;
    append.count = 2;
    return conversation_import(op, &thread, &append, err);
}

static int begin_last(pgc_op *op, pgc_error *err) {
    return message_last(op, pgc_z("t"), 3, err);
}

static int begin_message_list(pgc_op *op, pgc_error *err) {
    pgc_message_query query = PGC_MESSAGE_QUERY_INIT;
    query.resource_id = pgc_z("r");
    return message_list(op, &query, err);
}

static int begin_tail(pgc_op *op, pgc_error *err) {
    return message_tail(op, pgc_z("t"), 0, 2, err);
}

static int begin_window(pgc_op *op, pgc_error *err) {
    pgc_window window = PGC_WINDOW_INIT;
    window.anchors = anchors;
    window.count = 1;
    return message_window(op, &window, err);
}

static int begin_recall(pgc_op *op, pgc_error *err) {
    pgc_recall recall = PGC_RECALL_INIT;
    recall.thread_ids = ids;
    recall.thread_count = 2;
    recall.limit = 3;
    recall.with_total = true;
    recall.anchors = anchors;
    recall.anchor_count = 1;
    return message_recall(op, &recall, err);
}

static int begin_recall_all(pgc_op *op, pgc_error *err) {
    pgc_recall recall = PGC_RECALL_INIT;
    recall.resource_id = pgc_z("r");
    recall.extent = PGC_EXTENT_ALL;
    recall.direction = PGC_DESCENDING;
    return message_recall(op, &recall, err);
}

static int begin_message_get(pgc_op *op, pgc_error *err) {
    pgc_ids given = PGC_IDS_INIT;
    given.ids = ids;
    given.count = 2;
    return message_get(op, &given, err);
}

static int begin_message_get_bare(pgc_op *op, pgc_error *err) {
    pgc_ids given = PGC_IDS_INIT;
    given.ids = ids;
    given.count = 2;
    given.without_metadata = true;
    given.by_time = true;
    return message_get(op, &given, err);
}

static int begin_find(pgc_op *op, pgc_error *err) {
    return message_find(op, pgc_z("{\"a\":1}"), 3, pgc_none(), err);
}

static int begin_count(pgc_op *op, pgc_error *err) {
    return message_count(op, pgc_z("t"), PGC_NO_TIME, PGC_NO_TIME, err);
}

static int begin_message_update(pgc_op *op, pgc_error *err) {
    pgc_message_change change = PGC_MESSAGE_CHANGE_INIT;
    change.id = pgc_z("a");
    change.metadata = pgc_z("{\"a\":1}");
    return message_update(op, &change, err);
}

static int begin_rewrite(pgc_op *op, pgc_error *err) {
    static const pgc_revision revisions[] = {{.id = {"a", 1}}, {.id = {"b", 1}}};
    pgc_rewrite rewrite = PGC_REWRITE_INIT;
    rewrite.revisions = revisions;
    rewrite.count = 2;
    return message_rewrite(op, &rewrite, err);
}

static int begin_message_delete(pgc_op *op, pgc_error *err) {
    pgc_ids given = PGC_IDS_INIT;
    given.ids = ids;
    given.count = 2;
    return message_delete(op, &given, err);
}

/* ---- Metadata, resources --------------------------------------------------------------------- */

static int begin_metadata_get(pgc_op *op, pgc_error *err) {
    return metadata_get(op, pgc_z("t"), pgc_z("a"), err);
}

static int begin_metadata_merge(pgc_op *op, pgc_error *err) {
    return metadata_merge(op, pgc_z("t"), pgc_none(), pgc_z("{\"a\":{}}"), err);
}

static int begin_metadata_remove(pgc_op *op, pgc_error *err) {
    return metadata_remove(op, pgc_z("t"), pgc_none(), ids, 2, err);
}

static int begin_resource_get(pgc_op *op, pgc_error *err) {
    return resource_get(op, pgc_z("r"), err);
}

static int begin_resource_create(pgc_op *op, pgc_error *err) {
    pgc_resource resource = PGC_RESOURCE_INIT;
    resource.id = pgc_z("r");
    return resource_create(op, &resource, err);
}

static int begin_resource_update(pgc_op *op, pgc_error *err) {
    pgc_resource_change change = PGC_RESOURCE_CHANGE_INIT;
    change.id = pgc_z("r");
    return resource_update(op, &change, err);
}

/* ---- Observations ---- */

static int begin_observation_get(pgc_op *op, pgc_error *err) {
    return observation_get(op, pgc_z("t"), pgc_z("r"), err);
}

static int begin_observation_history(pgc_op *op, pgc_error *err) {
    pgc_observation_query query = PGC_OBSERVATION_QUERY_INIT;
    query.resource_id = pgc_z("r");
    return observation_history(op, &query, err);
}

static int begin_observation_clear(pgc_op *op, pgc_error *err) {
    return observation_clear(op, pgc_z("t"), pgc_none(), err);
}

static int begin_observation_init(pgc_op *op, pgc_error *err) {
    pgc_observation_new new = PGC_OBSERVATION_NEW_INIT;
    new.thread_id = pgc_z("t");
    return observation_init(op, &new, err);
}

static int begin_observation_insert(pgc_op *op, pgc_error *err) {
    pgc_observation new = PGC_OBSERVATION_INIT;
    new.thread_id = pgc_z("t");
    return observation_insert(op, &new, err);
}

static int begin_observation_reflect(pgc_op *op, pgc_error *err) {
    return observation_activate_reflection(op, pgc_z("o"), 5, err);
}

static int begin_observation_config(pgc_op *op, pgc_error *err) {
    return observation_config(op, pgc_z("o"), pgc_z("{}"), err);
}

static int begin_observation_activate(pgc_op *op, pgc_error *err) {
    pgc_observation_activation activation = PGC_OBSERVATION_ACTIVATION_INIT;
    activation.id = pgc_z("o");
    activation.ratio = 0.5;
    activation.threshold = 100;
    return observation_activate(op, &activation, err);
}

/* ---- Runs, scores, housekeeping -------------------------------------------------------------- */

static int begin_run_put(pgc_op *op, pgc_error *err) {
    pgc_run_new run = PGC_RUN_NEW_INIT;
    run.workflow_name = pgc_z("w");
    run.run_id = pgc_z("r");
    run.snapshot = pgc_z("{}");
    return run_put(op, &run, err);
}

static int begin_run_get(pgc_op *op, pgc_error *err) {
    return run_get(op, pgc_z("w"), pgc_z("r"), err);
}

static int begin_run_list(pgc_op *op, pgc_error *err) {
    pgc_run_query query = PGC_RUN_QUERY_INIT;
    query.limit = 3;
    return run_list(op, &query, err);
}

static int begin_run_delete(pgc_op *op, pgc_error *err) {
    return run_delete(op, pgc_z("w"), pgc_z("r"), err);
}

static int begin_run_step(pgc_op *op, pgc_error *err) {
    pgc_step step = PGC_STEP_INIT;
    step.workflow_name = pgc_z("w");
    step.run_id = pgc_z("r");
    step.step_id = pgc_z("s");
    step.result = pgc_z("1");
    return run_step(op, &step, err);
}

static int begin_run_state(pgc_op *op, pgc_error *err) {
    pgc_state state = PGC_STATE_INIT;
    state.workflow_name = pgc_z("w");
    state.run_id = pgc_z("r");
    state.members = pgc_z("{}");
    return run_state(op, &state, err);
}

static int begin_score_put(pgc_op *op, pgc_error *err) {
    pgc_score_new score = PGC_SCORE_NEW_INIT;
    score.document = pgc_z("{}");
    return score_put(op, &score, err);
}

static int begin_score_get(pgc_op *op, pgc_error *err) {
    return score_get(op, pgc_z("s"), err);
}

static int begin_score_list(pgc_op *op, pgc_error *err) {
    pgc_score_query query = PGC_SCORE_QUERY_INIT;
    query.limit = 3;
    return score_list(op, &query, err);
}

static int begin_prune(pgc_op *op, pgc_error *err) {
    pgc_prune_options options = PGC_PRUNE_OPTIONS_INIT;
    options.before = 0;
    return prune(op, &options, err);
}

static int begin_clear(pgc_op *op, pgc_error *err) {
    return clear(op, PGC_CLEAR_MEMORY, err);
}

/* The number of an operation here stands in the corpus: new ones go to the end. */
const struct rows_operation rows_operations[] = {
    {begin_create, "b", "", THREAD},
    {begin_create_replace, "b", "t", THREAD},
    {begin_thread_get, "", "", THREAD},
    {begin_thread_update, "ij", "ij", THREAD},
    {begin_thread_replace, "ij", "ij", THREAD},
    {begin_thread_delete, "i", "i", "i"},
    {begin_copy, "bbtii", "", THREAD},
    {begin_thread_list, "", "", "i" THREAD},
    {begin_append, "", "i", WRITTEN},
    {begin_append_move, "i", "i", WRITTEN},
    {begin_save_here, WRITTEN "t", "", ""},
    {begin_save_anywhere, "", WRITTEN "-b", WRITTEN "-b"},
    {begin_import, "b", WRITTEN, THREAD},
    {begin_last, "", "", MESSAGE},
    {begin_message_list, "", "", MESSAGE},
    {begin_tail, "", "", MESSAGE},
    {begin_window, "", "", MESSAGE},
    {begin_recall, MESSAGE, "", MESSAGE},
    {begin_recall_all, "", "", MESSAGE},
    {begin_message_get, "", "", MESSAGE},
    {begin_message_get_bare, "", "", MESSAGE},
    {begin_find, "", "", MESSAGE},
    {begin_count, "", "", "i"},
    {begin_message_update, "ij", "ij", MESSAGE},
    {begin_rewrite, "", "-b-ttiittt", "-b-ttiittt"},
    {begin_message_delete, "i", "i", "i"},
    {begin_metadata_get, "", "", "ij"},
    {begin_metadata_merge, "ij", "", "ij"},
    {begin_metadata_remove, "ij", "", "ij"},
    {begin_resource_get, "", "", "ttjii"},
    {begin_resource_create, "", "", "ttjii"},
    {begin_resource_update, "", "", "ttjiib"},
    {begin_observation_get, "", "", OBSERVATION},
    {begin_observation_history, "", "", OBSERVATION},
    {begin_observation_clear, "i", "", "i"},
    {begin_observation_init, "b", "", OBSERVATION},
    {begin_observation_insert, "t", "t", OBSERVATION},
    {begin_observation_reflect, "t", "bb", OBSERVATION},
    {begin_observation_config, "t", "t", "t"},
    {begin_observation_activate, "t", "ij", "ij"},
    {begin_run_put, "", "", "b"},
    {begin_run_get, "", "", RUN},
    {begin_run_list, "", "", "i" RUN},
    {begin_run_delete, "", "", "i"},
    {begin_run_step, "", "", RUN},
    {begin_run_state, "", "", "b" RUN},
    {begin_score_put, "", "", "b" SCORE},
    {begin_score_get, "", "", SCORE},
    {begin_score_list, "", "", "i" SCORE},
    {begin_prune, "i", "i", "i"},
    {begin_clear, "i", "i", "i"},
};
const size_t rows_operation_count = sizeof rows_operations / sizeof rows_operations[0];

size_t rows_operation_messages(const struct rows_operation *operation) {
    int (*const writers[])(pgc_op *, pgc_error *) = {
        begin_append, begin_append_move, begin_save_here, begin_save_anywhere, begin_rewrite,
    };
    for (size_t i = 0; i < sizeof writers / sizeof writers[0]; i++) {
        if (operation->begin == writers[i]) {
            return sizeof two / sizeof two[0];
        }
    }
    return SIZE_MAX;
}
