/*
 * How the server runs the statements that are used most: by which indexes, and that what they
 * touch does not grow with the thread or the store. Counts of buffers, no times. The data is that
 * of a store in use: one thread of 50,000 messages, 2,000 of ten.
 */
#include "live/plan.h"

static void fill(void) {
    sql("INSERT INTO threads (id, resource_id, created_at, updated_at, last_seq, last_at) "
        "SELECT 't' || n, 'r' || n %% 200, '2024-01-01'::timestamptz + n * interval '1 min', "
        "'2024-02-01', CASE n WHEN 0 THEN 50000 ELSE 10 END, '2024-03-01' "
        "FROM generate_series(0, 2000) n");
    sql("INSERT INTO messages SELECT 't0', 'long' || n, n, "
        "'2024-01-01'::timestamptz + n * interval '1 s', 'r0', 'user', NULL, "
        "'\"' || repeat('x', 200) || '\"' FROM generate_series(1, 50000) n");
    sql("INSERT INTO messages SELECT 't' || t, 'm' || t || '-' || n, n, "
        "'2024-01-01'::timestamptz + (t * 60 + n) * interval '1 s', 'r' || t %% 200, 'user', NULL, "
        "'\"' || repeat('x', 200) || '\"' FROM generate_series(1, 2000) t, generate_series(1, 10) "
        "n");
    sql("INSERT INTO metadata SELECT 't' || n, '', jsonb_build_object('n', n, 'half', n / 2), "
        "now() "
        "FROM generate_series(0, 2000) n");
    sql("INSERT INTO metadata SELECT 't0', 'long' || n, jsonb_build_object('n', n), now() "
        "FROM generate_series(1, 50000, 5) n");
    sql("INSERT INTO resources SELECT 'r' || n, 'notes', '{}', now(), now() "
        "FROM generate_series(0, 20000) n");
    sql("INSERT INTO observations SELECT 'o' || n, CASE WHEN n %% 2 = 0 THEN 't' || n / 20 END, "
        "'r' || n / 20, n %% 20, 0, 'initial', '2024-01-01', '2024-01-01', NULL, 'text', '[{}]', "
        "NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, 0, false, false, false, "
        "false, 0, NULL, '{}', NULL FROM generate_series(0, 40000) n");
}

static void analyze(void) {
    sql("VACUUM ANALYZE threads");
    sql("VACUUM ANALYZE messages");
    sql("VACUUM ANALYZE metadata");
    sql("VACUUM ANALYZE resources");
    sql("VACUUM ANALYZE observations");
    sql("DEALLOCATE ALL");
}

/* ---- Which indexes ---- */

#define LATEST "'infinity', 9223372036854775807"
#define BATCH                                                                              \
    "'{new1,new2}', '{user,user}', '{null,null}', '{1,2}', '{null,null}', '{null,null}', " \
    "'{2024-05-01,2024-05-01}', '2024-05-01', '2024-05-01', '{new1}', "                    \
    "'{null,null}'"

static const struct {
    enum stmt_id id;
    const char *parameters;
    const char *indexes[4]; /* all of these are used */
    const char *name;
} plans[] = {
    {STMT_message_list_desc,
     "'t0', '-infinity', 'infinity', " LATEST ", 21, 0, false",
     {"threads_pkey", "messages_pkey", "metadata_pkey"},
     "the last 20"},
    {STMT_message_list_asc,
     "'t0', '-infinity', 'infinity', '2024-01-01 10:00', 36000, 21, 0, false",
     {"threads_pkey", "messages_pkey", "metadata_pkey"},
     "a page at a cursor"},
    {STMT_message_list_desc,
     "'t0', '2024-01-01 05:00', '2024-01-01 06:00', " LATEST ", 21, 0, false",
     {"messages_pkey"},
     "a range of time"},
    {STMT_message_list_resource_desc,
     "'r7', '-infinity', 'infinity', " LATEST ", 21, 0, false, ''",
     {"messages_resource_idx", "metadata_pkey"},
     "messages of a resource"},
    {STMT_message_tail, "'t0', 49990, 100", {"threads_pkey", "messages_pkey"}, "a tail"},
    {STMT_message_window_full,
     "'t0', '{long25000,long30000}', '{5,5}', '{5,5}', null",
     {"messages_id_key", "messages_pkey", "metadata_pkey"},
     "a window"},
    {STMT_message_recall_thread_desc,
     "'t0', '-infinity', 'infinity', null, 21, 0, false",
     {"messages_pkey"},
     "what an agent recalls"},
    {STMT_message_recall_whole_desc,
     "'t0', '-infinity', 'infinity', null, 20, 0, true",
     {"threads_pkey", "messages_pkey"},
     "the same, counted"},
    {STMT_message_recall_mine_desc,
     "'t0', '-infinity', 'infinity', 'r0', 21, 0, false",
     {"messages_pkey"},
     "the same for a resource"},
    {STMT_message_recall_threads_desc,
     "'{t0,t5,t6}', '-infinity', 'infinity', null, 21, 0, false",
     {"messages_pkey"},
     "the same of three threads"},
    {STMT_message_recall_resource_desc,
     "'r7', '-infinity', 'infinity', null, 20, 0, true",
     {"messages_resource_idx"},
     "the same of a resource's threads, counted"},
    {STMT_message_recall_metadata_desc,
     "'{t0}', '-infinity', 'infinity', null, 20, 0, true, '{\"n\": 101}'",
     {"metadata_message_idx", "messages_id_key", "messages_pkey"},
     "the same by metadata in a long thread"},
    {STMT_message_recall_metadata_asc,
     "null, '-infinity', 'infinity', 'r7', 20, 0, true, '{\"n\": 101}'",
     {"messages_resource_idx", "metadata_message_idx"},
     "the same by metadata in a resource's threads"},
    {STMT_message_get_full, "null, '{long1,m5-5}'", {"messages_id_key", "metadata_pkey"}, "by id"},
    {STMT_message_update,
     "'t0', 'long5', null, null, '1', '2024-05-01'",
     {"messages_id_key", "threads_pkey"},
     "an update"},
    {STMT_message_delete, "'t0', '{long7}', '2024-05-01'", {"messages_id_key"}, "a delete"},
    {STMT_thread_get, "'t7'", {"threads_pkey", "metadata_pkey"}, "a thread"},
    {STMT_thread_list_resource_created_desc,
     "'r7', 'infinity', '', 21, 0, false",
     {"threads_resource_idx", "metadata_pkey"},
     "threads of a resource"},
    {STMT_thread_list_all_created_asc,
     "null, '-infinity', '', 21, 0, false",
     {"threads_created_idx", "metadata_pkey"},
     "all threads"},
    {STMT_metadata_get, "'t0', 'long6'", {"metadata_pkey", "messages_id_key"}, "a document"},
    {STMT_message_append_even, "'t0', " BATCH, {"threads_pkey", "messages_id_key"}, "an append"},
    {STMT_message_append_mixed,
     "'t0', " BATCH,
     {"threads_pkey", "messages_id_key"},
     "an append of messages with and without times"},
    {STMT_message_put_refuse,
     "'t0', " BATCH ", true, '2024-05-01'",
     {"threads_pkey", "messages_id_key"},
     "an append that replaces"},
    {STMT_message_put_abort,
     "'t0', " BATCH ", false, '2024-05-01'",
     {"threads_pkey", "messages_id_key"},
     "an import"},
    {STMT_message_lock_here, "null, '{long5}'", {"threads_pkey", "messages_id_key"}, "a lock"},
    {STMT_message_lock_add,
     "'{t1}', '{long5}'",
     {"threads_pkey", "messages_id_key"},
     "a lock for a move"},
    {STMT_message_save_here, "'t0', " BATCH, {"threads_pkey", "messages_id_key"}, "a save"},
    {STMT_message_save_clear,
     "'t0', '{long6}'",
     {"metadata_pkey", "messages_id_key"},
     "what a save takes away"},
    {STMT_message_save,
     "'{t0,t1}', '{new1,long5}', '{t0,t1}', '{user,user}', '{null,null}', '{1,2}', '{null,null}', "
     "'{null,null}', '{2024-05-01,2024-05-01}', '{null,null}', '2024-05-01', true, true",
     {"threads_pkey", "messages_id_key", "messages_pkey", "metadata_pkey"},
     "a save to many threads"},
    {STMT_message_rewrite,
     "'{long5}', '{null}', '{null}', '{null}', '{null}', '{1}', '{null}', '{null}', '{t1}', "
     "'2024-05-01'",
     {"threads_pkey", "messages_id_key", "messages_pkey", "metadata_pkey"},
     "a rewrite"},
    {STMT_thread_copy_messages,
     "'t1', 'copy', null, null, null, '{}', '-infinity', 'infinity', 10, null, "
     "'01a21dfe-e030-7d0e-bdee-000000000001', '2024-05-01'",
     {"threads_pkey", "messages_pkey", "metadata_pkey"},
     "a copy"},
    {STMT_metadata_swap,
     "'t0', '{}', '{\"n\": 0, \"half\": 0}', '2024-05-01', '{\"b\": null}'",
     {"threads_pkey", "metadata_pkey"},
     "a swap"},
    {STMT_message_move,
     "'t1', '{long5}', true",
     {"threads_pkey", "messages_id_key", "metadata_pkey"},
     "a move"},
    {STMT_thread_create_replace,
     "'x', null, null, '2024-05-01', '2024-05-01', null",
     {NULL},
     "a new thread"},
    {STMT_thread_update,
     "'t0', 'x', 'r', false, false, '2024-05-01'",
     {"threads_pkey"},
     "a change"},
    {STMT_thread_owner, "'t5'", {"threads_pkey", "messages_pkey"}, "a new owner"},
    {STMT_thread_lock_write, "'t0'", {"threads_pkey"}, "a thread's lock"},
    {STMT_thread_delete,
     "'t5'",
     {"threads_pkey", "messages_pkey", "metadata_pkey"},
     "a thread's end"},
    {STMT_metadata_write_lock,
     "null, 'long5', null, '2024-05-01', null",
     {"messages_id_key"},
     "a document's lock"},
    {STMT_metadata_write_merge,
     "'t0', null, '{\"a\": 1}', '2024-05-01', null",
     {"threads_pkey"},
     "a merge"},
    {STMT_metadata_merge_deep,
     "null, 'long5', '{\"a\": {}}'",
     {"messages_id_key", "metadata_pkey"},
     "a merge in depth"},
    {STMT_metadata_write_replace,
     "'t0', 'long5', '{}', '2024-05-01', null",
     {"threads_pkey", "messages_id_key"},
     "a document replaced"},
    {STMT_message_count,
     "'t0', '-infinity', 'infinity'",
     {"threads_pkey", "messages_pkey"},
     "a count"},
    {STMT_message_list_metadata_thread_asc,
     "'t0', '-infinity', 'infinity', '-infinity', 0, 21, 0, false, '{\"n\": 1}', 't0'",
     {"metadata_message_idx", "messages_id_key"},
     "a thread's messages by metadata"},
    {STMT_message_list_metadata_thread_asc,
     "'t0', '-infinity', 'infinity', '-infinity', 0, 21, 0, false, '{}', 't0'",
     {"messages_pkey", "metadata_pkey"},
     "a thread's messages by metadata that many have"},
    {STMT_message_list_metadata_resource_desc,
     "'r7', '-infinity', 'infinity', " LATEST ", 21, 0, true, '{\"n\": 1}', ''",
     {"messages_resource_idx", "metadata_message_idx"},
     "a resource's messages by metadata"},
    {STMT_resource_get, "'r7'", {"resources_pkey"}, "a resource"},
    {STMT_resource_update,
     "'r7', 'x', null, '2024-05-01', false, null",
     {NULL},
     "a resource's change"},
    {STMT_observation_list_thread,
     "'t7', '-infinity', 'infinity', 1, 0",
     {"observations_thread_key"},
     "a thread's newest record"},
    {STMT_observation_list_owner,
     "'r7', '-infinity', 'infinity', 10, 0",
     {"observations_owner_key"},
     "a resource's records"},
    {STMT_observation_list_one,
     "'o7', '-infinity', 'infinity', 1, 0",
     {"observations_pkey"},
     "a record"},
    {STMT_observation_init_thread,
     "'x', 't7', 'r7', '{}', null, '2024-05-01'",
     {"observations_thread_key"},
     "a thread's first record"},
    {STMT_observation_init_owner,
     "'x', null, 'r7', '{}', null, '2024-05-01'",
     {"observations_owner_key"},
     "a resource's first record"},
    {STMT_observation_insert_thread,
     "'x', 't7', 'r7', 'initial', '', '[]', null, null, null, null, null, '{}', null, "
     "'{2024-05-01,2024-05-01,null,null}', '{4,0,0,0,0,0,0,0,0,0,0,0,0}'",
     {"observations_thread_key", "observations_pkey"},
     "a record put in"},
    {STMT_observation_lock_place_owner, "'r7', 3", {"observations_owner_key"}, "a place's lock"},
    {STMT_observation_lock_scope,
     "'o7'",
     {"observations_pkey", "observations_thread_key", "observations_owner_key"},
     "a scope's lock"},
    {STMT_observation_mark,
     "'o7', true, null, null, null, null, 1, '2024-05-01'",
     {"observations_pkey"},
     "marks"},
    {STMT_observation_config,
     "'o7', '{\"a\": {}}', '2024-05-01'",
     {"observations_pkey"},
     "a config"},
    {STMT_observation_buffer,
     "'o7', 'c', 'x', 1, '[]', 1, '2024-05-01', null, 'id', null, '2024-05-01'",
     {"observations_pkey"},
     "a chunk"},
    {STMT_observation_activate,
     "'o7', 1, 1, false, null, null, '2024-05-01'",
     {"observations_pkey"},
     "an activation"},
    {STMT_observation_reflect,
     "'o7', 'x', 'text', 1, '2024-05-01'",
     {"observations_pkey", "observations_thread_key", "observations_owner_key"},
     "a generation"},
    {STMT_observation_clear_thread,
     "'t7'",
     {"observations_thread_key", "observations_pkey"},
     "a scope cleared"},
};

/* Does the plan read all of a table that may be big? The count of all threads (t_1) has to. */
static bool reads_all(const char *plan) {
    return strstr(plan, "Seq Scan on threads t\n") != NULL ||
           strstr(plan, "Seq Scan on messages") != NULL ||
           strstr(plan, "Seq Scan on metadata") != NULL ||
           strstr(plan, "Seq Scan on resources") != NULL ||
           strstr(plan, "Seq Scan on observations") != NULL;
}

static void test_plans(const char *when) {
    for (size_t i = 0; i < ARRAY_LENGTH(plans); i++) {
        char *plan = explain(plans[i].id, plans[i].parameters, "COSTS OFF");
        bool held =
            ok(!reads_all(plan), "%s, %s: no table is read as a whole", when, plans[i].name);
        for (size_t k = 0; k < ARRAY_LENGTH(plans[i].indexes) && plans[i].indexes[k] != NULL; k++) {
            held &= ok(strstr(plan, plans[i].indexes[k]) != NULL, "%s, %s: by %s", when,
                       plans[i].name, plans[i].indexes[k]);
        }
        if (!held) show_plan(plan);
        free(plan);
    }
}

/* ---- How much is touched ---- */

#define LAST_10(thread) "'" thread "', '-infinity', 'infinity', " LATEST ", 11, 0, false"
#define COUNTED_10(thread) "'" thread "', '-infinity', 'infinity', null, 10, 0, true"

/* A statement that read the long thread as a whole would touch more than 2,000 pages. */
#define PAGES_MOST 300

static void test_touched(const char *when) {
    for (size_t i = 0; i < ARRAY_LENGTH(plans); i++) {
        /* Looking for a document among the messages of a thread takes them all. */
        if (strstr(plans[i].name, "by metadata") != NULL) continue;
        int64_t touched = buffers(plans[i].id, plans[i].parameters);
        if (!ok(touched > 0 && touched < PAGES_MOST, "%s: %s touches %" PRId64 " pages", when,
                plans[i].name, touched)) {
            char *plan = explain(plans[i].id, plans[i].parameters, "COSTS OFF");
            show_plan(plan);
            free(plan);
        }
    }
}

static void test_growth(void) {
    int64_t of_short = buffers(STMT_message_list_desc, LAST_10("t7"));
    int64_t of_long = buffers(STMT_message_list_desc, LAST_10("t0"));
    ok(of_long > 0 && of_long <= of_short + 10,
       "the last messages of a thread of 50,000 touch %" PRId64 " pages, of one of ten %" PRId64,
       of_long, of_short);
    of_short = buffers(STMT_message_recall_whole_desc, COUNTED_10("t7"));
    of_long = buffers(STMT_message_recall_whole_desc, COUNTED_10("t0"));
    ok(of_long > 0 && of_long <= of_short + 10,
       "the same with the total touch %" PRId64 " pages, of one of ten %" PRId64, of_long,
       of_short);
    static const char page[] = "'t0', '-infinity', 'infinity', '%s', %d, 21, 0, false";
    int64_t first = buffers(STMT_message_list_asc, form(page, "2024-01-01 00:01", 60));
    int64_t late = buffers(STMT_message_list_asc, form(page, "2024-01-01 13:20", 48000));
    ok(late > 0 && late <= first + 10,
       "a page at the end touches %" PRId64 " pages, one at the beginning %" PRId64, late, first);
    int64_t nothing = buffers(STMT_message_tail, "'t0', 50000, 100");
    ok(nothing > 0 && nothing < 20, "a tail of nothing touches %" PRId64 " pages", nothing);
}

/* ---- Metadata ---- */

static void test_metadata_index(void) {
    static const struct {
        enum stmt_id id;
        const char *parameters, *index, *name;
    } finds[] = {
        {STMT_message_find_asc, "'{\"n\": 501}', '', '', 21", "metadata_data_idx", "messages"},
        {STMT_thread_find_all_created_asc, "null, '-infinity', '', 21, 0, false, '{\"n\": 500}'",
         "metadata_thread_idx", "threads"},
        {STMT_thread_find_resource_updated_desc,
         "'r100', 'infinity', '', 21, 0, false, '{\"n\": 500}'", "metadata_thread_idx",
         "threads of a resource"},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(finds); i++) {
        char *plan = explain(finds[i].id, finds[i].parameters, "COSTS OFF");
        bool held =
            ok(strstr(plan, finds[i].index) != NULL, "%s by metadata: by the index", finds[i].name);
        held &= ok(!reads_all(plan), "%s by metadata: no table is read as a whole", finds[i].name);
        if (!held) show_plan(plan);
        free(plan);
        int64_t touched = buffers(finds[i].id, finds[i].parameters);
        ok(touched > 0 && touched < 60, "%s by metadata touch %" PRId64 " pages", finds[i].name,
           touched);
    }
}

int main(void) {
    world_begin("plan", true);
    stmt_book_init(&book, z(schema));
    keep_statistics();
    set_session();
    test_plans("empty tables");
    fill();
    test_touched("planned for empty tables");
    analyze();
    test_plans("full tables");
    test_touched("planned for full tables");
    test_growth();
    test_metadata_index();
    sql("DEALLOCATE ALL");
    sql("SET enable_seqscan TO on");
    test_plans("full tables, planner free to choose");
    world_end();
    return done_testing();
}
