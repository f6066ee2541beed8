/*
 * Every operation there is, each with a call that does something to a store whose tables hold a
 * little of everything, and what the tables hold before and after. For tests that make each of
 * them fail.
 */
#ifndef EVERY_OPERATION_H
#define EVERY_OPERATION_H

#include "live/memory_world.h"
#include "live/run_world.h"

struct every_operation {
    const char *name;
    int (*call)(void);
};

static const pgc_message_new every_messages[] = {
    {.id = {"new", 3},
     .role = {"user", 4},
     .text = {"\"words\"\n", 8},
     .metadata = {"{\"k\":[1,{\"l\":\"\\u0000\"}]}", 24},
     .created_at = PGC_NO_TIME},
    {.id = {"newer", 5},
     .role = {"tool", 4},
     .type = {"v2", 2},
     .content = {"{\"a\":[1,2]}", 11},
     .created_at = AT(90),
     .resource_id = {"other", 5}},
};
static const pgc_message_new every_moved[] = {
    {.id = {"b", 1}, .role = {"user", 4}, .text = {"b", 1}, .created_at = PGC_NO_TIME},
    {.id = {"e", 1},
     .role = {"user", 4},
     .text = {"e", 1},
     .metadata = {"{}", 2},
     .thread_id = {"other", 5},
     .created_at = PGC_NO_TIME},
};
static const pgc_str every_ids[] = {{"a", 1}, {"c", 1}, {"none", 4}};
static const pgc_str every_threads[] = {{"t", 1}, {"other", 5}};
static const pgc_anchor every_anchors[] = {{{"b", 1}, 2, 2}, {{"c", 1}, 1, 0}};
static const pgc_revision every_revisions[] = {
    {.id = {"a", 1}, .content = {"[1]", 3}, .metadata = {"{\"n\":1}", 7}},
    {.id = {"b", 1}, .expected = {"\"b\"", 3}, .new_thread_id = {"other", 5}},
};

/* ---- Threads ---- */

static int every_thread_create(void) {
    return CALL(thread_create, NEW_THREAD(.id = z("made"), .resource_id = z("r"), .title = z("T"),
                                          .metadata = z("{\"a\":\"\\u0000\"}")));
}
static int every_thread_replace(void) {
    return CALL(thread_create, NEW_THREAD(.id = z("t"), .title = z("T"), .metadata = z("{}"),
                                          .existing = PGC_EXISTING_REPLACE));
}
static int every_thread_get(void) {
    return CALL(thread_get, z("t"));
}
static int every_thread_update(void) {
    return CALL(thread_update, THREAD_CHANGE(.id = z("t"), .title = z("T"), .resource_id = z("q"),
                                             .metadata = z("{\"a\":{\"b\":null}}")));
}
static int every_thread_swap(void) {
    return CALL(thread_update,
                THREAD_CHANGE(.id = z("t"), .metadata = z("{\"a\":2}"), .merge = PGC_MERGE_SHALLOW,
                              .expected = z("{\"a\":{\"b\":1}}")));
}
static int every_thread_delete(void) {
    return CALL(thread_delete, z("t"));
}
static int every_thread_copy(void) {
    pgc_copy copy = PGC_COPY_INIT;
    copy.source_id = z("t");
    copy.id = z("copy");
    copy.metadata = z("{\"m\":1}");
    copy.ids = every_ids;
    copy.count = 3;
    return CALL(thread_copy, &copy);
}
static int every_thread_list(void) {
    return CALL(thread_list, THREAD_QUERY(.resource_id = z("r"), .metadata = z("{\"a\":{}}"),
                                          .limit = 1, .with_total = true));
}

/* ---- Messages ---- */

static int every_append(void) {
    return CALL(message_append,
                APPEND(.thread_id = z("t"), .messages = every_messages, .count = 2));
}
static int every_append_move(void) {
    return CALL(message_append,
                APPEND(.thread_id = z("other"), .messages = every_moved, .count = 1,
                       .existing = PGC_EXISTING_REPLACE, .elsewhere = PGC_ELSEWHERE_MOVE_ANY));
}
static int every_save(void) {
    pgc_save save = PGC_SAVE_INIT;
    save.thread_id = z("t");
    save.messages = every_messages;
    save.count = 2;
    save.elsewhere = PGC_ELSEWHERE_REFUSE;
    return CALL(message_save, &save);
}
static int every_save_move(void) {
    pgc_save save = PGC_SAVE_INIT;
    save.thread_id = z("other");
    save.messages = every_moved;
    save.count = 2;
    save.elsewhere = PGC_ELSEWHERE_MOVE_ANY;
    return CALL(message_save, &save);
}
static int every_import(void) {
    return CALL(conversation_import, NEW_THREAD(.id = z("made"), .metadata = z("{\"a\":1}")),
                APPEND(.messages = every_messages, .count = 2));
}
static int every_last(void) {
    return CALL(message_last, z("t"), 2);
}
static int every_list(void) {
    return CALL(message_list,
                MESSAGE_QUERY(.thread_id = z("t"), .metadata = z("{\"m\":\"a\"}"), .limit = 1));
}
static int every_list_resource(void) {
    return CALL(message_list, MESSAGE_QUERY(.resource_id = z("r"), .limit = 2, .with_total = true));
}
static int every_tail(void) {
    return CALL(message_tail, z("t"), 1, 1);
}
static int every_window(void) {
    return CALL(message_window, WINDOW(.anchors = every_anchors, .count = 2));
}
static int every_recall(void) {
    pgc_recall recall = PGC_RECALL_INIT;
    recall.thread_ids = every_threads;
    recall.thread_count = 2;
    recall.limit = 1;
    recall.with_total = true;
    recall.anchors = every_anchors;
    recall.anchor_count = 2;
    return CALL(message_recall, &recall);
}
static int every_recall_all(void) {
    pgc_recall recall = PGC_RECALL_INIT;
    recall.resource_id = z("r");
    recall.extent = PGC_EXTENT_ALL;
    recall.metadata = z("{\"m\":\"a\"}");
    return CALL(message_recall, &recall);
}
static int every_get(void) {
    return CALL(message_get, IDS("t", "a b b none"));
}
static int every_find(void) {
    return CALL(message_find, z("{\"m\":\"a\"}"), 1, pgc_none());
}
static int every_count(void) {
    return CALL(message_count, z("t"), AT(0), PGC_NO_TIME);
}
static int every_message_update(void) {
    return CALL(message_update, MESSAGE_CHANGE(.id = z("a"), .role = z("tool"), .text = z("new"),
                                               .metadata = z("{\"n\":{}}")));
}
static int every_rewrite(void) {
    pgc_rewrite rewrite = PGC_REWRITE_INIT;
    rewrite.revisions = every_revisions;
    rewrite.count = 2;
    return CALL(message_rewrite, &rewrite);
}
static int every_message_delete(void) {
    return CALL(message_delete, IDS(NULL, "a c none"));
}

/* ---- Metadata, resources ---- */

static int every_metadata_get(void) {
    return CALL(metadata_get, z("t"), z("a"));
}
static int every_metadata_merge(void) {
    return CALL(metadata_merge, z("t"), z("a"), z("{\"n\":{\"o\":1}}"));
}
static int every_metadata_replace(void) {
    return CALL(metadata_replace, z("t"), pgc_none(), z("{\"n\":\"\\u0000\"}"));
}
static int every_metadata_remove(void) {
    return CALL(metadata_remove, z("t"), pgc_none(), every_ids, 3);
}
static int every_resource_get(void) {
    return CALL(resource_get, z("r"));
}
static int every_resource_create(void) {
    return CALL(resource_create,
                RESOURCE(.id = z("new"), .working_memory = z("w"), .metadata = z("{\"a\":1}")));
}
static int every_resource_update(void) {
    return CALL(resource_update, RESOURCE_CHANGE(.id = z("r"), .working_memory = z("\"w\""),
                                                 .metadata = z("{\"a\":1}")));
}

/* ---- Observations ---- */

static int every_observation_get(void) {
    return CALL(observation_get, z("o"), pgc_none());
}
static int every_observation_history(void) {
    return CALL(observation_history, OBSERVATION_QUERY(.thread_id = z("o")));
}
static int every_observation_clear(void) {
    return CALL(observation_clear, z("o"), pgc_none());
}
static int every_observation_init(void) {
    return CALL(observation_init, OBSERVATION_NEW(.thread_id = z("t"), .resource_id = z("r"),
                                                  .config = z("{\"c\":1}"), .timezone = z("UTC")));
}
static int every_observation_insert(void) {
    return CALL(observation_insert,
                OBSERVATION(.id = z("p"), .thread_id = z("p"), .active = z("A"),
                            .observed_message_ids = z("[\"a\"]"), .metadata = z("{}")));
}
static int every_observation_update(void) {
    return CALL(observation_update, CHANGE(.id = z("o"), .active = z("text"), .tokens = 3,
                                           .observed_message_ids = z("[\"a\"]")));
}
static int every_observation_mark(void) {
    return CALL(observation_mark, MARKS(.id = z("o"), .is_observing = PGC_FLAG_ON));
}
static int every_observation_config(void) {
    return CALL(observation_config, z("o"), z("{\"c\":{\"d\":1}}"));
}
static int every_observation_buffer(void) {
    return CALL(observation_buffer, CHUNK(.id = z("o"), .cycle_id = z("z"), .observations = z("O"),
                                          .message_ids = z("[\"a\"]"), .more = z("{\"x\":1}")));
}
static int every_observation_activate(void) {
    return CALL(observation_activate, ACTIVATION(.id = z("o"), .ratio = 1, .threshold = 10));
}
static int every_observation_reflect(void) {
    return CALL(observation_reflect, z("o"), z("shorter"), 5);
}
static int every_observation_buffer_reflection(void) {
    return CALL(observation_buffer_reflection,
                REFLECTION(.id = z("o"), .reflection = z("R"), .tokens = 5));
}
static int every_observation_activate_reflection(void) {
    return CALL(observation_activate_reflection, z("q"), 5);
}

/* ---- Runs, scores, housekeeping ---- */

static int every_run_put(void) {
    return CALL(run_put, NEW_RUN(.workflow_name = z("w"), .run_id = z("new"),
                                 .snapshot = z("{\"s\":\"\\u0000\"}")));
}
static int every_run_get(void) {
    return CALL(run_get, z("w"), z("r"));
}
static int every_run_list(void) {
    return CALL(run_list, RUN_QUERY(.limit = 1, .with_total = true));
}
static int every_run_delete(void) {
    return CALL(run_delete, z("w"), z("r"));
}
static int every_run_step(void) {
    return CALL(run_step, STEP(.workflow_name = z("w"), .run_id = z("r"), .step_id = z("s"),
                               .result = z("{\"output\":[1]}"), .request_context = z("{\"q\":1}"),
                               .result_without = every_ids, .result_without_count = 2));
}
static int every_run_state(void) {
    return CALL(run_state,
                STATE(.workflow_name = z("w"), .run_id = z("r"), .members = z("{\"status\":\"d\"}"),
                      .without = every_ids, .without_count = 2));
}
static int every_score_put(void) {
    pgc_score_new score = PGC_SCORE_NEW_INIT;
    score.id = z("new");
    score.scorer_id = z("x");
    score.document = z("{\"score\":1}");
    return CALL(score_put, &score);
}
static int every_score_get(void) {
    return CALL(score_get, z("s"));
}
static int every_score_list(void) {
    pgc_score_query query = PGC_SCORE_QUERY_INIT;
    query.limit = 1;
    query.with_total = true;
    return CALL(score_list, &query);
}
static int every_prune(void) {
    pgc_prune_options options = PGC_PRUNE_OPTIONS_INIT;
    options.before = AT(1000000000);
    options.limit = 1;
    return CALL(prune, &options);
}
static int every_clear(void) {
    return CALL(clear, PGC_CLEAR_MEMORY);
}

static const struct every_operation every_operation[] = {
    {"thread_create", every_thread_create},
    {"thread_create, replacing", every_thread_replace},
    {"thread_get", every_thread_get},
    {"thread_update", every_thread_update},
    {"thread_update, expecting", every_thread_swap},
    {"thread_delete", every_thread_delete},
    {"thread_copy", every_thread_copy},
    {"thread_list", every_thread_list},
    {"message_append", every_append},
    {"message_append, moving", every_append_move},
    {"message_save", every_save},
    {"message_save, moving", every_save_move},
    {"conversation_import", every_import},
    {"message_last", every_last},
    {"message_list", every_list},
    {"message_list of a resource", every_list_resource},
    {"message_tail", every_tail},
    {"message_window", every_window},
    {"message_recall", every_recall},
    {"message_recall of all", every_recall_all},
    {"message_get", every_get},
    {"message_find", every_find},
    {"message_count", every_count},
    {"message_update", every_message_update},
    {"message_rewrite", every_rewrite},
    {"message_delete", every_message_delete},
    {"metadata_get", every_metadata_get},
    {"metadata_merge", every_metadata_merge},
    {"metadata_replace", every_metadata_replace},
    {"metadata_remove", every_metadata_remove},
    {"resource_get", every_resource_get},
    {"resource_create", every_resource_create},
    {"resource_update", every_resource_update},
    {"observation_get", every_observation_get},
    {"observation_history", every_observation_history},
    {"observation_clear", every_observation_clear},
    {"observation_init", every_observation_init},
    {"observation_insert", every_observation_insert},
    {"observation_update", every_observation_update},
    {"observation_mark", every_observation_mark},
    {"observation_config", every_observation_config},
    {"observation_buffer", every_observation_buffer},
    {"observation_activate", every_observation_activate},
    {"observation_reflect", every_observation_reflect},
    {"observation_buffer_reflection", every_observation_buffer_reflection},
    {"observation_activate_reflection", every_observation_activate_reflection},
    {"run_put", every_run_put},
    {"run_get", every_run_get},
    {"run_list", every_run_list},
    {"run_delete", every_run_delete},
    {"run_step", every_run_step},
    {"run_state", every_run_state},
    {"score_put", every_score_put},
    {"score_get", every_score_get},
    {"score_list", every_score_list},
    {"prune", every_prune},
    {"clear", every_clear},
};

/* ---- The tables ---- */

#define EVERY_TABLES "threads messages metadata resources observations workflow_runs scores"

/* A little of everything, once, and copies of the tables to put back. */
WORLD_USED static void every_begin(void) {
    make_thread("t", "r");
    make_thread("other", "r");
    put("t", "a@1 b@2 c@3");
    put("other", "d@4 e@5");
    must(CALL(metadata_merge, z("t"), pgc_none(), z("{\"a\":{\"b\":1}}")));
    must(CALL(metadata_merge, z("t"), z("a"), z("{\"m\":\"a\",\"x\":\"\\u0000\"}")));
    must(CALL(resource_create, RESOURCE(.id = z("r"), .metadata = z("{\"k\":1}"))));
    make_record("o");
    must(put_chunk("o", "one", 10));
    make_record("q");
    must(CALL(observation_buffer_reflection,
              REFLECTION(.id = z("q"), .reflection = z("R"), .tokens = 5)));
    make_run("w", "r", 1, "{\"status\":\"s\",\"context\":{\"s\":{\"output\":[0]}}}");
    pgc_score_new score = PGC_SCORE_NEW_INIT;
    score.id = z("s");
    score.document = z("{}");
    must(CALL(score_put, &score));
    const pgc_str *tables;
    size_t count = split(EVERY_TABLES, &tables);
    for (size_t i = 0; i < count; i++) {
        sql("CREATE TEMP TABLE \"was %s\" AS TABLE %s", tables[i].data, tables[i].data);
    }
}

/* The tables are as every_begin left them. */
WORLD_USED static void every_restore(void) {
    const pgc_str *tables;
    size_t count = split("threads messages metadata resources observations scores", &tables);
    char text[4096] =
        "DELETE FROM workflow_runs; INSERT INTO workflow_runs (workflow_name, run_id, "
        "resource_id, created_at, updated_at, snapshot) SELECT workflow_name, run_id, "
        "resource_id, created_at, updated_at, snapshot FROM \"was workflow_runs\"";
    for (size_t i = 0; i < count; i++) {
        size_t size = strlen(text);
        snprintf(text + size, sizeof text - size,
                 "; DELETE FROM %s; INSERT INTO %s SELECT * FROM \"was %s\"", tables[i].data,
                 tables[i].data, tables[i].data);
    }
    sql("%s", text);
}

/* What the store calls itself, to be told from those of other tests. */
WORLD_USED static const char *every_application(void) {
    static char name[32];
    snprintf(name, sizeof name, "every %d", (int)getpid());
    return name;
}

/* Until sessions whose connections were closed in the middle of a call have ended. */
static void every_settle(void) {
    const struct timespec pause = {.tv_nsec = 2000000};
    pgc_pool_status pool;
    for (int i = 0; i < 30000; i++) {
        pgc_store_pool_status(store, &pool);
        if (sql_number("SELECT count(*) FROM pg_stat_activity WHERE application_name = '%s'",
                       world_application) <= (int64_t)pool.open) {
            return;
        }
        nanosleep(&pause, NULL);
    }
    bail("a session without a connection does not end");
}

/* All that is in the tables but times and ids that are made anew each time, as a checksum. */
WORLD_USED static const char *every_state(void) {
    every_settle();
    return sql(
        "SELECT md5(string_agg(line, E'\\n' ORDER BY line)) FROM ("
        "SELECT 't' || (to_jsonb(t) - '{created_at,updated_at,last_at}'::text[])::text AS line "
        "FROM threads t UNION ALL "
        "SELECT 'm' || (to_jsonb(m) - (CASE thread_id WHEN 'copy' THEN '{id,created_at}' ELSE "
        "'{created_at}' END)::text[])::text FROM messages m UNION ALL "
        "SELECT 'd' || thread_id || CASE thread_id WHEN 'copy' THEN '' ELSE message_id END "
        "|| (data - 'clone')::text FROM metadata UNION ALL "
        "SELECT 'r' || (to_jsonb(r) - '{created_at,updated_at}'::text[])::text FROM resources r "
        "UNION ALL SELECT 'o' || (to_jsonb(o) - (CASE WHEN id IN ('o', 'p', 'q') THEN "
        "'{created_at,updated_at,last_observed_at,chunks}' ELSE "
        "'{id,created_at,updated_at,last_observed_at,chunks}' END)::text[])::text || "
        "jsonb_array_length(chunks) FROM observations o UNION ALL "
        "SELECT 'w' || (to_jsonb(w) - '{created_at,updated_at}'::text[])::text "
        "FROM workflow_runs w UNION ALL "
        "SELECT 's' || (to_jsonb(s) - '{created_at,updated_at}'::text[])::text "
        "FROM scores s) lines");
}

#endif
