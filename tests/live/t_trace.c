/*
 * The wire is a contract: what every operation sends and gets, twice, since the first time a
 * connection prepares its statements; and that each call is one round trip, whatever its size.
 */
#include "live/reader.h"
#include "live/trace.h"
#include "live/trace_memory.h"

/* ---- The operations; `round` is 0 and then 1 ---- */

static int thread_create(int round) {
    return CALL(thread_create, NEW_THREAD(.id = z(round == 0 ? "new 1" : "new 2"), .title = z("A"),
                                          .metadata = z("{\"a\":1}"), .created_at = AT(1)));
}
static int thread_create_replace(int round) {
    return CALL(thread_create, NEW_THREAD(.id = z("t"), .title = z(round == 0 ? "A" : "B"),
                                          .created_at = AT(1), .existing = PGC_EXISTING_REPLACE));
}
static int thread_create_rewrite(int round) {
    return CALL(thread_create, NEW_THREAD(.id = z("t"), .title = z(round == 0 ? "A" : "B"),
                                          .created_at = AT(1), .existing = PGC_EXISTING_REWRITE));
}
static int thread_copy(int round) {
    return CALL(thread_copy, (&(pgc_copy){.size = sizeof(pgc_copy),
                                          .source_id = z("t"),
                                          .id = z(round == 0 ? "copy 1" : "copy 2"),
                                          .from = PGC_NO_TIME,
                                          .until = AT(3)}));
}
static int thread_get(int round) {
    (void)round;
    return CALL(thread_get, z("t"));
}
static int thread_update(int round) {
    (void)round;
    return CALL(thread_update, THREAD_CHANGE(.id = z("t"), .title = z("A"), .resource_id = z("bob"),
                                             .metadata = z("{\"b\":2}")));
}
static int thread_update_shallow(int round) {
    (void)round;
    return CALL(thread_update, THREAD_CHANGE(.id = z("t"), .metadata = z("{\"b\":null}"),
                                             .merge = PGC_MERGE_SHALLOW));
}
static int thread_update_expected(int round) {
    return CALL(thread_update,
                THREAD_CHANGE(.id = z("t"), .metadata = z("{\"k\":2}"), .merge = PGC_MERGE_SHALLOW,
                              .expected = z(round == 0 ? "{\"k\":1}" : "{\"k\":2}")));
}
static int thread_delete(int round) {
    return CALL(thread_delete, z(round == 0 ? "t" : "u"));
}
static int thread_list(int round) {
    (void)round;
    return CALL(thread_list, THREAD_QUERY(.resource_id = z("ada"), .limit = 2));
}
static int thread_list_metadata(int round) {
    (void)round;
    return CALL(thread_list, THREAD_QUERY(.metadata = z("{\"k\":1}"), .with_total = true,
                                          .order = PGC_BY_UPDATED, .direction = PGC_DESCENDING));
}
static int append_one(int round, pgc_existing existing, pgc_elsewhere elsewhere) {
    pgc_message_new message =
        MESSAGE(.id = z(round == 0 ? "a1" : "a2"), .text = z("hello"), .metadata = z("{\"a\":1}"));
    return CALL(message_append, APPEND(.thread_id = z("t"), .messages = &message, .count = 1,
                                       .existing = existing, .elsewhere = elsewhere));
}
static int message_append(int round) {
    return append_one(round, PGC_EXISTING_REFUSE, PGC_ELSEWHERE_REFUSE);
}
static int message_append_keep(int round) {
    return append_one(round, PGC_EXISTING_KEEP, PGC_ELSEWHERE_REFUSE);
}
static int message_append_move(int round) {
    return append_one(round, PGC_EXISTING_REFUSE, PGC_ELSEWHERE_MOVE);
}
static int save_one(int round, pgc_elsewhere elsewhere) {
    pgc_message_new messages[] = {MESSAGE(.id = z(round == 0 ? "s1" : "s2"), .text = z("hello")),
                                  MESSAGE(.id = z("m1"), .text = z("again"))};
    return CALL(message_save, (&(pgc_save){.size = sizeof(pgc_save),
                                           .message_size = sizeof(pgc_message_new),
                                           .thread_id = z("t"),
                                           .messages = messages,
                                           .count = 2,
                                           .elsewhere = elsewhere}));
}
static int message_save(int round) {
    return save_one(round, PGC_ELSEWHERE_MOVE);
}
static int message_save_here(int round) {
    return save_one(round, PGC_ELSEWHERE_REFUSE);
}
static int message_rewrite(int round) {
    const pgc_revision revision = {.id = z("m1"),
                                   .expected = z(round == 0 ? "\"m1\"" : "[1]"),
                                   .content = z("[1]"),
                                   .metadata = z("{\"b\":2}")};
    return CALL(message_rewrite, (&(pgc_rewrite){.size = sizeof(pgc_rewrite),
                                                 .revisions = &revision,
                                                 .count = 1,
                                                 .revision_size = sizeof revision}));
}
static int conversation_import(int round) {
    pgc_message_new messages[] = {MESSAGE(.id = z("i1"), .text = z("hello"), .created_at = AT(5)),
                                  MESSAGE(.id = z("i2"), .text = z("bye"), .created_at = AT(6))};
    (void)round;
    return CALL(conversation_import,
                NEW_THREAD(.id = z("i"), .created_at = AT(5), .updated_at = AT(6)),
                APPEND(.messages = messages, .count = 2));
}
static int message_last(int round) {
    (void)round;
    return CALL(message_last, z("t"), 2);
}
static int message_list(int round) {
    (void)round;
    return CALL(message_list, MESSAGE_QUERY(.thread_id = z("t"), .limit = 2, .from = AT(2)));
}
static int message_list_resource(int round) {
    (void)round;
    return CALL(message_list, MESSAGE_QUERY(.resource_id = z("ada"), .limit = 2));
}
static int message_tail(int round) {
    (void)round;
    return CALL(message_tail, z("t"), 1, 10);
}
static int message_window(int round) {
    static const pgc_anchor anchor = {.message_id = {"m2", 2}, .before = 1, .after = 1};
    (void)round;
    return CALL(message_window, WINDOW(.thread_id = z("t"), .anchors = &anchor, .count = 1));
}
static int message_get(int round) {
    (void)round;
    return CALL(message_get, IDS(NULL, "m3 m1"));
}
static int recall(uint64_t threads, const char *metadata, bool around) {
    static const pgc_str ids[] = {{"t", 1}, {"u", 1}};
    static const pgc_anchor anchor = {.message_id = {"m2", 2}, .before = 1, .after = 1};
    pgc_recall query = PGC_RECALL_INIT;
    query.thread_ids = threads == 0 ? NULL : ids;
    query.thread_count = threads;
    query.resource_id = threads == 0 ? z("ada") : pgc_none();
    query.metadata = z(metadata);
    query.limit = 2;
    query.with_total = true;
    query.anchors = around ? &anchor : NULL;
    query.anchor_count = around;
    return CALL(message_recall, &query);
}
static int message_recall(int round) {
    (void)round;
    return recall(1, NULL, false);
}
static int message_recall_around(int round) {
    (void)round;
    return recall(1, NULL, true);
}
static int message_recall_threads(int round) {
    (void)round;
    return recall(2, NULL, false);
}
static int message_recall_resource(int round) {
    (void)round;
    return recall(0, NULL, false);
}
static int message_recall_metadata(int round) {
    (void)round;
    return recall(1, "{\"k\":1}", false);
}
static int message_find(int round) {
    (void)round;
    return CALL(message_find, z("{\"k\":1}"), 10, pgc_none());
}
static int message_count(int round) {
    (void)round;
    return CALL(message_count, z("t"), PGC_NO_TIME, AT(3));
}
static int message_update(int round) {
    (void)round;
    return CALL(message_update, MESSAGE_CHANGE(.thread_id = z("t"), .id = z("m1"),
                                               .content = z("[1]"), .metadata = z("{\"b\":2}")));
}
static int message_delete(int round) {
    return CALL(message_delete, IDS("t", round == 0 ? "m1 m2" : "m3"));
}
static int metadata_get(int round) {
    (void)round;
    return CALL(metadata_get, z("t"), z("m1"));
}
static int metadata_merge(int round) {
    (void)round;
    return CALL(metadata_merge, z("t"), pgc_none(), z("{\"b\":2,\"k\":null}"));
}
static int metadata_merge_deep(int round) {
    (void)round;
    return CALL(metadata_merge, z("t"), pgc_none(), z("{\"b\":{\"c\":2}}"));
}
static int metadata_replace(int round) {
    (void)round;
    return CALL(metadata_replace, z("t"), z("m1"), z("{\"b\":2}"));
}
static int metadata_remove(int round) {
    static const pgc_str key = {"k", 1};
    (void)round;
    return CALL(metadata_remove, z("t"), pgc_none(), &key, 1);
}

static const struct operation operations[] = {
    OPERATION(thread_create),
    OPERATION(thread_create_replace),
    OPERATION(thread_get),
    OPERATION(thread_update),
    OPERATION(thread_delete),
    OPERATION(thread_list),
    OPERATION(thread_list_metadata),
    OPERATION(message_append),
    OPERATION(message_append_keep),
    OPERATION(message_append_move),
    OPERATION(conversation_import),
    OPERATION(message_last),
    OPERATION(message_list),
    OPERATION(message_list_resource),
    OPERATION(message_tail),
    OPERATION(message_window),
    OPERATION(message_get),
    OPERATION(message_recall),
    OPERATION(message_recall_around),
    OPERATION(message_recall_threads),
    OPERATION(message_recall_resource),
    OPERATION(message_recall_metadata),
    OPERATION(message_find),
    OPERATION(message_count),
    OPERATION(message_update),
    OPERATION(message_delete),
    OPERATION(metadata_get),
    OPERATION(metadata_merge),
    OPERATION(metadata_merge_deep),
    OPERATION(metadata_replace),
    OPERATION(metadata_remove),
    OPERATION(resource_get),
    OPERATION(resource_create),
    OPERATION(resource_update),
    OPERATION(observation_get),
    OPERATION(observation_history),
    OPERATION(observation_init),
    OPERATION(observation_insert),
    OPERATION(observation_update),
    OPERATION(observation_mark),
    OPERATION(observation_config),
    OPERATION(observation_buffer),
    OPERATION(observation_activate),
    OPERATION(observation_reflect),
    OPERATION(observation_buffer_reflection),
    OPERATION(observation_activate_reflection),
    OPERATION(observation_clear),
    OPERATION(thread_create_rewrite),
    OPERATION(thread_copy),
    OPERATION(thread_update_shallow),
    OPERATION(thread_update_expected),
    OPERATION(message_save),
    OPERATION(message_save_here),
    OPERATION(message_rewrite),
};

static void make_material(void) {
    clear_tables();
    must(CALL(thread_create, NEW_THREAD(.id = z("t"), .resource_id = z("ada"),
                                        .metadata = z("{\"k\":1}"), .created_at = AT(0))));
    must(CALL(thread_create,
              NEW_THREAD(.id = z("u"), .resource_id = z("ada"), .created_at = AT(1))));
    put("t", "m1@1 m2@2 m3@3");
    must(CALL(metadata_replace, z("t"), z("m1"), z("{\"k\":1}")));
    make_memory_material();
}

/* ---- One round trip, whatever the size ---- */

/* What one call costs: exactly one Sync, the given number of statements, and none prepared. */
static void is_one_trip(int status, int statements, const char *name) {
    char *trace = trace_end(store);
    ok(status == 0, "%s", name);
    if (status != 0) diag("%.255s", err.message);
    is_int(trace_count(trace, 'F', "Sync"), 1, "%s: one Sync", name);
    is_int(trace_count(trace, 'B', "ReadyForQuery"), 1, "%s: one answer", name);
    is_int(trace_count(trace, 'F', "Execute"), statements, "%s: statements", name);
    is_int(trace_count(trace, 'F', "Parse"), 0, "%s: nothing prepared", name);
    is_int(trace_count(trace, 'F', "Query"), 0, "%s: nothing else", name);
    free(trace);
}

static pgc_message_new many[1000];
static char many_ids[1000][8];

static int append_many(size_t count, pgc_existing existing) {
    clear_tables();
    make_thread("t", NULL);
    return CALL(message_append, APPEND(.thread_id = z("t"), .messages = many, .count = count,
                                       .existing = existing));
}

static int import_many(size_t count) {
    clear_tables();
    return CALL(conversation_import, NEW_THREAD(.id = z("t")),
                APPEND(.messages = many, .count = count));
}

static void test_sizes(void) {
    static const size_t counts[] = {1, 2, 16, 17, 64, 65, 100, 1000};
    for (size_t i = 0; i < ARRAY_LENGTH(many); i++) {
        snprintf(many_ids[i], sizeof many_ids[i], "m%zu", i);
        many[i] = MESSAGE(.id = z(many_ids[i]), .text = z(many_ids[i]), .metadata = z("{\"a\":1}"));
    }
    must(append_many(1, PGC_EXISTING_REFUSE));
    must(append_many(1, PGC_EXISTING_KEEP));
    must(import_many(1));
    for (size_t i = 0; i < ARRAY_LENGTH(counts); i++) {
        size_t n = counts[i];
        clear_tables();
        make_thread("t", NULL);
        trace_begin(store);
        is_one_trip(CALL(message_append, APPEND(.thread_id = z("t"), .messages = many, .count = n)),
                    1, form("append %zu", n));
        clear_tables();
        make_thread("t", NULL);
        trace_begin(store);
        is_one_trip(CALL(message_append, APPEND(.thread_id = z("t"), .messages = many, .count = n,
                                                .existing = PGC_EXISTING_KEEP)),
                    2, form("append %zu, keep", n));
        clear_tables();
        trace_begin(store);
        is_one_trip(CALL(conversation_import, NEW_THREAD(.id = z("t")),
                         APPEND(.messages = many, .count = n)),
                    4, form("import %zu", n));
    }
}

static void test_reads(void) {
    must(import_many(1000));
    static pgc_anchor anchors[1000];
    static pgc_str ids[1000];
    for (size_t i = 0; i < 1000; i++) {
        ids[i] = z(many_ids[i]);
        anchors[i] = (pgc_anchor){.message_id = ids[i], .before = 5, .after = 5};
    }
    pgc_ids get = {.size = sizeof get, .ids = ids, .count = 1000};
    pgc_window *window = WINDOW(.anchors = anchors, .count = 1000);
    must(CALL(message_last, z("t"), 1));
    trace_begin(store);
    is_one_trip(CALL(message_last, z("t"), 1000), 1, "last 1000");
    must(CALL(message_window, window));
    trace_begin(store);
    is_one_trip(CALL(message_window, window), 1, "a window of 1000 anchors");
    must(CALL(message_get, &get));
    trace_begin(store);
    is_one_trip(CALL(message_get, &get), 1, "1000 messages by id");
    must(CALL(message_tail, z("t"), 0, 1000));
    trace_begin(store);
    is_one_trip(CALL(message_tail, z("t"), 0, 1000), 1, "a tail of 1000");
}

/* A refusal by the server is one round trip, too, and leaves the connection as it was. */
static void test_failures(void) {
    make_material();
    pgc_message_new again = MESSAGE(.id = z("m1"), .text = z("x"));
    pgc_append *append = APPEND(.thread_id = z("t"), .messages = &again, .count = 1);
    refused(CALL(message_append, append), PGC_EXISTS, "exists", "an id that exists");
    trace_begin(store);
    refused(CALL(message_append, append), PGC_EXISTS, "exists", "and again");
    char *trace = trace_end(store);
    is_int(trace_count(trace, 'F', "Sync"), 1, "one Sync");
    is_int(trace_count(trace, 'B', "ErrorResponse"), 1, "one error");
    is_int(trace_count(trace, 'B', "ReadyForQuery"), 1, "one answer");
    free(trace);
}

static void tests(void) {
    trace_operations(operations, ARRAY_LENGTH(operations), make_material);
    reader_operations(operations, ARRAY_LENGTH(operations), make_material);
    test_sizes();
    test_reads();
    test_failures();
}

int main(void) {
    return world_run("trace", tests);
}
