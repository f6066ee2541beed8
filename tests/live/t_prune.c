/*
 * Taking away what is old, and taking away all.
 */
#include "pgconvo_memory.h"
#include "pgconvo_workflow.h"

#include "live/world.h"

#define PRUNE(of, seconds, ...) \
    (&(pgc_prune_options){      \
        .size = sizeof(pgc_prune_options), .table = (of), .before = AT(seconds), __VA_ARGS__})

static void make_run(const char *id, int64_t created, int64_t updated) {
    pgc_run_new run = PGC_RUN_NEW_INIT;
    run.workflow_name = z("w");
    run.run_id = z(id);
    run.snapshot = z("{}");
    run.created_at = AT(created);
    run.updated_at = AT(updated);
    must(CALL(run_put, &run));
}

static void make_score(const char *id, int64_t at) {
    pgc_score_new score = PGC_SCORE_NEW_INIT;
    score.id = z(id);
    score.document = z("1");
    score.created_at = AT(at);
    must(CALL(score_put, &score));
}

static void make_old_thread(const char *id, int64_t at, const char *messages) {
    must(CALL(thread_create, NEW_THREAD(.id = z(id), .created_at = AT(at), .updated_at = AT(at),
                                        .metadata = z("{\"a\": 1}"))));
    put(id, messages);
}

static void clear_all(void) {
    clear_tables();
    sql("DELETE FROM workflow_runs; DELETE FROM scores; DELETE FROM resources; "
        "DELETE FROM observations");
}

/* Three of each at the seconds 1, 2 and 3. */
static void make_all(void) {
    clear_all();
    make_old_thread("t1", 1, "a@1 b@2");
    make_old_thread("t2", 2, "c@1 d@3");
    make_old_thread("t3", 3, "e@2 f@3");
    must(CALL(metadata_replace, z("t1"), z("a"), z("{\"m\": 1}")));
    must(CALL(metadata_replace, z("t3"), z("f"), z("{\"m\": 1}")));
    for (int i = 1; i <= 3; i++) {
        make_run(form("r%d", i), 4 - i, i);
        make_score(form("s%d", i), i);
        sql("INSERT INTO resources (id, created_at, updated_at) VALUES ('o%d', '%s', 'now')", i,
            sql("SELECT '2024-01-01'::timestamptz + %d * interval '1 s'", i));
    }
}

/* What is left: threads, messages, documents, resources, runs, scores. */
static const char *left(void) {
    return sql(
        "SELECT concat_ws('; ', (SELECT string_agg(id, ' ' ORDER BY id) FROM threads), "
        "(SELECT string_agg(id, ' ' ORDER BY id) FROM messages), (SELECT string_agg("
        "thread_id || '/' || message_id, ' ' ORDER BY thread_id, message_id) FROM metadata), "
        "(SELECT string_agg(id, ' ' ORDER BY id) FROM resources), (SELECT string_agg(run_id, "
        "' ' ORDER BY run_id) FROM workflow_runs), (SELECT string_agg(id, ' ' ORDER BY id) "
        "FROM scores))");
}

#define ALL_THREADS "t1 t2 t3; a b c d e f; t1/ t1/a t2/ t3/ t3/f"
#define OTHERS "o1 o2 o3; r1 r2 r3; s1 s2 s3"

static const struct {
    pgc_prune_table table;
    int64_t before;
    int64_t went;
    const char *left;
} prunes[] = {
    {PGC_PRUNE_THREADS, 1, 0, ALL_THREADS "; " OTHERS},
    {PGC_PRUNE_THREADS, 2, 1, "t2 t3; c d e f; t2/ t3/ t3/f; " OTHERS},
    {PGC_PRUNE_THREADS, 9, 3, OTHERS},
    {PGC_PRUNE_MESSAGES, 2, 2, "t1 t2 t3; b d e f; t1/ t2/ t3/ t3/f; " OTHERS},
    {PGC_PRUNE_MESSAGES, 9, 6, "t1 t2 t3; t1/ t2/ t3/; " OTHERS},
    {PGC_PRUNE_RESOURCES, 3, 2, ALL_THREADS "; o3; r1 r2 r3; s1 s2 s3"},
    {PGC_PRUNE_RUNS, 3, 2, ALL_THREADS "; o1 o2 o3; r3; s1 s2 s3"},
    {PGC_PRUNE_SCORES, 3, 2, ALL_THREADS "; o1 o2 o3; r1 r2 r3; s3"},
};

static void test_prune(void) {
    for (size_t i = 0; i < ARRAY_LENGTH(prunes); i++) {
        make_all();
        const char *updated = sql("SELECT max(updated_at) FROM threads");
        works(CALL(prune, PRUNE(prunes[i].table, prunes[i].before, .limit = 0)), "prune %zu", i);
        is_int(pgc_result_total(result), prunes[i].went, "so many went");
        is_str(left(), prunes[i].left, "and these are left");
        const char *now = sql("SELECT coalesce(max(updated_at)::text, '%s') FROM threads", updated);
        is_str(now, updated, "a prune is no change of a thread");
        must(CALL(prune, PRUNE(prunes[i].table, prunes[i].before, .limit = 0)));
        is_int(pgc_result_total(result), 0, "none is left to go");
    }
}

/* Of six messages in three threads. */
static const struct {
    const char *next, *left;
} steps[] = {
    {"t1", "b c d e f"}, {"t1", "c d e f"}, {"t2", "d e f"}, {"t2", "e f"},
    {"t3", "f"},         {"t3", ""},        {NULL, ""},
};

/* In batches, until one is not full. */
static void test_limits(void) {
    static const pgc_prune_table tables[] = {PGC_PRUNE_THREADS, PGC_PRUNE_MESSAGES,
                                             PGC_PRUNE_RESOURCES, PGC_PRUNE_RUNS, PGC_PRUNE_SCORES};
    for (size_t i = 0; i < ARRAY_LENGTH(tables); i++) {
        make_all();
        int64_t all = tables[i] == PGC_PRUNE_MESSAGES ? 6 : 3;
        for (int64_t gone = 0; gone < all; gone += 2) {
            must(CALL(prune, PRUNE(tables[i], 9, .limit = 2)));
            is_int(pgc_result_total(result), all - gone < 2 ? all - gone : 2, "at most two");
        }
    }
    /* Messages from where the call before has ended. */
    make_all();
    pgc_prune_options options = *PRUNE(PGC_PRUNE_MESSAGES, 9, .limit = 1);
    for (size_t i = 0; i < ARRAY_LENGTH(steps); i++) {
        must(CALL(prune, &options));
        is_int(pgc_result_total(result), steps[i].next != NULL, "one message, if there is one");
        is_mem(pgc_result_next(result), z(steps[i].next), "the thread in which it was");
        is_str(sql("SELECT coalesce(string_agg(id, ' ' ORDER BY id), '') FROM messages"),
               steps[i].left, "the others are left");
        options.cursor = z(steps[i].next);
    }
    /* A limit holds for runs of one id, too, which several workflows may have. */
    clear_all();
    make_run("r", 1, 1);
    sql("INSERT INTO workflow_runs (workflow_name, run_id, created_at, updated_at, snapshot) "
        "SELECT 'x', run_id, created_at, updated_at, snapshot FROM workflow_runs");
    must(CALL(prune, PRUNE(PGC_PRUNE_RUNS, 9, .limit = 1)));
    is_int(sql_number("SELECT count(*) FROM workflow_runs"), 1, "one of two runs of one id");
}

static void test_refusals(void) {
    make_all();
    refused(CALL(prune, PRUNE((pgc_prune_table)5, 1, .limit = 1)), PGC_INVALID, "table",
            "no such table");
    pgc_prune_options options = PGC_PRUNE_OPTIONS_INIT;
    refused(CALL(prune, &options), PGC_INVALID, "before: is missing", "no moment");
    options.before = INT64_MAX;
    refused(CALL(prune, &options), PGC_INVALID, "before", "a moment out of range");
    options.before = AT(1);
    options.limit = PGC_LIMIT_MAX + 1;
    refused(CALL(prune, &options), PGC_INVALID, "limit", "a limit");
    options.limit = 0;
    options.cursor = z("t1");
    refused(CALL(prune, &options), PGC_INVALID, "cursor: only messages", "a cursor of threads");
    options.table = PGC_PRUNE_MESSAGES;
    options.cursor = z("");
    refused(CALL(prune, &options), PGC_INVALID, "cursor", "an empty cursor");
    refused(CALL(clear, (pgc_clear_what)3), PGC_INVALID, "what", "no such thing");
    is_str(left(), ALL_THREADS "; " OTHERS, "nothing went");
}

static void test_clear(void) {
    make_all();
    works(CALL(clear, PGC_CLEAR_RUNS), "clear runs");
    is_int(pgc_result_total(result), 3, "three");
    is_str(left(), ALL_THREADS "; o1 o2 o3; s1 s2 s3", "runs only");
    works(CALL(clear, PGC_CLEAR_SCORES), "clear scores");
    is_int(pgc_result_total(result), 3, "three");
    is_str(left(), ALL_THREADS "; o1 o2 o3", "scores only");
    make_run("r1", 1, 1);
    make_score("s1", 1);
    pgc_observation_new observation = PGC_OBSERVATION_NEW_INIT;
    observation.thread_id = z("t1");
    must(CALL(observation_init, &observation));
    works(CALL(clear, PGC_CLEAR_MEMORY), "clear memory");
    is_int(sql_number("SELECT count(*) FROM observations"), 0, "observations, too");
    is_int(pgc_result_total(result), 3, "three threads");
    is_str(left(), "r1; s1", "memory only");
    must(CALL(clear, PGC_CLEAR_MEMORY));
    is_int(pgc_result_total(result), 0, "none");
}

/* ---- Embeddings ---- */

static void make_embeddings(const char *table) {
    sql("CREATE TABLE %s (id int, metadata jsonb); GRANT SELECT, DELETE ON %s TO PUBLIC; "
        "INSERT INTO %s SELECT row_number() OVER (), "
        "jsonb_build_object('message_id', id, 'thread_id', thread_id) FROM messages",
        table, table, table);
}

static const char *embedded(const char *table) {
    return sql(
        "SELECT coalesce(string_agg(metadata ->> 'message_id', ' ' ORDER BY id), '') FROM %s",
        table);
}

/* Embeddings go with what they are of, where they lie in the store's schema; no others do. */
static void test_embeddings(void) {
    static const char *const own[] = {"memory_messages", "memory_messages_384",
                                      "\"memory_messages_It's\""};
    const char *elsewhere = form("elsewhere_%d", (int)getpid());
    const char *const others[] = {"memory_messages384", "memory_observations",
                                  form("%s.memory_messages", elsewhere)};
    make_all();
    sql("CREATE SCHEMA %s", elsewhere);
    for (size_t i = 0; i < ARRAY_LENGTH(own); i++)
        make_embeddings(own[i]);
    for (size_t i = 0; i < ARRAY_LENGTH(others); i++)
        make_embeddings(others[i]);
    sql("CREATE TABLE memory_messages_text (metadata text); "
        "CREATE VIEW memory_messages_view AS SELECT * FROM memory_messages");
    const char *all = embedded("memory_messages");

    works(CALL(thread_delete, z("t1")), "delete a thread");
    is_int(pgc_result_total(result), 2, "its messages are counted, not their embeddings");
    must(CALL(prune, PRUNE(PGC_PRUNE_MESSAGES, 3, .limit = 2)));
    is_int(pgc_result_total(result), 2, "prune messages");
    for (size_t i = 0; i < ARRAY_LENGTH(own); i++)
        is_str(embedded(own[i]), "d f", "%s", own[i]);
    must(CALL(prune, PRUNE(PGC_PRUNE_THREADS, 3, .limit = 1)));
    is_int(pgc_result_total(result), 1, "prune a thread");
    for (size_t i = 0; i < ARRAY_LENGTH(own); i++)
        is_str(embedded(own[i]), "f", "%s", own[i]);
    for (size_t i = 0; i < ARRAY_LENGTH(others); i++)
        is_str(embedded(others[i]), all, "%s", others[i]);
    refused(CALL(thread_delete, z("t1")), PGC_NOT_FOUND, "no such thread", "none to delete");
    must(CALL(prune, PRUNE(PGC_PRUNE_MESSAGES, 0, .limit = 0)));
    is_str(embedded("memory_messages"), "f", "where nothing goes, nothing goes");
    sql("DROP SCHEMA %s CASCADE", elsewhere);
}

/* What cannot be taken away is an error, and then the thread stays, too. */
static void test_kept_embeddings(void) {
    make_all();
    sql("CREATE TABLE memory_messages_kept (metadata jsonb); "
        "GRANT SELECT, DELETE ON memory_messages_kept TO PUBLIC; "
        "INSERT INTO memory_messages_kept VALUES ('{\"thread_id\": \"t1\"}'); "
        "CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS "
        "'BEGIN RAISE ''it stays''; END'; CREATE TRIGGER keep BEFORE DELETE ON "
        "memory_messages_kept FOR EACH ROW EXECUTE FUNCTION keep()");
    refused(CALL(thread_delete, z("t1")), PGC_SERVER, "it stays", "an embedding that stays");
    is_str(left(), ALL_THREADS "; " OTHERS, "and all with it");
    works(CALL(thread_delete, z("t2")), "others go");
}

static void tests(void) {
    test_prune();
    test_limits();
    test_refusals();
    test_clear();
    test_embeddings();
    test_kept_embeddings();
}

int main(void) {
    return world_run("prune", tests);
}
