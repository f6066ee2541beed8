/*
 * Adopting row by row: what is missing or odd, what a store does not take, runs that are
 * interrupted, and the way back.
 */
#include "live/adopt_world.h"

/* The tables of 1.27, of which tests need a part. */
static void make_tables(void) {
    ask("CREATE TABLE mastra_threads (id text PRIMARY KEY, \"resourceId\" text, title text, "
        "metadata text, "
        "\"createdAt\" timestamp, \"updatedAt\" timestamp, \"createdAtZ\" timestamptz, "
        "\"updatedAtZ\" timestamptz)");
    ask("CREATE TABLE mastra_messages (id text PRIMARY KEY, thread_id text, content text, role "
        "text, type text, "
        "\"createdAt\" timestamp, \"resourceId\" text, \"createdAtZ\" timestamptz)");
}

static void add_thread(const char *id) {
    ask("INSERT INTO mastra_threads VALUES ('%s', 'r', 'title', NULL, '2025-01-01', '2025-01-02', "
        "NULL, NULL)",
        id);
}

static void add_message(const char *id, const char *thread, const char *type, const char *content) {
    ask("INSERT INTO mastra_messages VALUES ('%s', '%s', '%s', 'user', '%s', '2025-01-01', NULL, "
        "NULL)",
        id, thread, content, type);
}

static const char *repeated(char c, int count) {
    static char text[1024];
    memset(text, c, (size_t)count);
    text[count] = '\0';
    return text;
}

/* ---- Odd rows -------------------------------------------------------------------------------- */

static void test_orphans(pgc_store *store) {
    ask("INSERT INTO mastra_messages VALUES ('o2', 'lost', 'two', 'user', 'text', '2025-03-02', "
        "'eve', NULL), "
        "('o1', 'lost', 'one', 'user', 'text', '2025-03-01', 'eve', NULL), "
        "('o3', NULL, 'three', 'user', 'text', '2025-03-03', 'eve', NULL)");
    is_code(adopt(store, NULL, false), PGC_OK, &err, "messages without a thread");
    is_int(decided("mastra_threads", NULL, "made"), 1, "a thread is made for them");
    is_str(ask("SELECT resource_id || ' ' || (created_at = '2025-03-01Z') || ' ' || (updated_at = "
               "'2025-03-02Z') FROM %s.threads WHERE id = 'lost'",
               quoted(target)),
           "eve true true", "theirs, and from their time");
    is_str(counts("mastra_threads"), "0 0 0 0", "which is not counted as one of Mastra's");
    is_str(refusal("mastra_messages", "o3"), "thread_id: is missing", "one with no thread at all");
    is_str(counts("mastra_messages"), "3 2 0 1", "is counted as refused");
}

static void test_refused(pgc_store *store) {
    const char *long_id = repeated('x', 300);
    add_thread("fine");
    add_thread(long_id);
    add_message("m1", "fine", "text", "one");
    add_message(long_id, "fine", "text", "two");
    add_message("m3", "fine", "text", "three");
    add_message("m4", long_id, "text", "four");
    ask("INSERT INTO mastra_messages VALUES ('m5', 'fine', 'x', '', 'text', '2025-01-01', NULL, "
        "NULL), "
        "('m6', 'fine', NULL, 'user', 'text', '2025-01-01', NULL, NULL), "
        "('m7', 'fine', 'x', 'user', 'text', 'infinity', NULL, NULL)");
    const char *shown = form("%s...", repeated('x', 120));
    for (int dry = 1; dry >= 0; dry--) {
        is_code(adopt(store, NULL, dry == 1), PGC_OK, &err, "rows that a store does not take");
        is_str(counts("mastra_threads"), "2 1 0 1", "the others are taken (dry %d)", dry);
        is_str(counts("mastra_messages"), dry == 1 ? "7 2 0 5" : "7 2 0 5", "messages, too");
        ok(strstr(refusal("mastra_threads", shown), "300 bytes") != NULL, "an id too long: %s",
           refusal("mastra_threads", shown));
        ok(strstr(refusal("mastra_messages", shown), "300 bytes") != NULL, "a message's, too");
        ok(strstr(refusal("mastra_messages", "m4"), "its thread") != NULL,
           "a message of a thread that was refused");
        ok(strstr(refusal("mastra_messages", "m5"), "role") != NULL, "no role");
        ok(strstr(refusal("mastra_messages", "m6"), "content") != NULL, "no content");
        ok(strstr(refusal("mastra_messages", "m7"), "created_at") != NULL, "a date without end");
    }
}

static void test_elsewhere(pgc_store *store) {
    must_create(store, "other");
    if (append_one(store, "other", "taken", &err) != 0) bail("append: %s", err.message);
    add_thread("fine");
    add_message("taken", "fine", "text", "one");
    add_message("free", "fine", "text", "two");
    for (int dry = 1; dry >= 0; dry--) {
        is_code(adopt(store, NULL, dry == 1), PGC_OK, &err, "an id that another thread has");
        is_str(counts("mastra_messages"), "2 1 0 1", "is refused (dry %d)", dry);
        ok(strstr(refusal("mastra_messages", "taken"), "another thread") != NULL, "and told");
    }
}

static void test_documents(pgc_store *store) {
    ask("INSERT INTO mastra_threads (id, metadata, \"createdAt\") VALUES ('a', '{\"x\":\"\\u0000 "
        "\\ud800\"}', '2025-01-01'), "
        "('b', '\"{\\\"y\\\":1}\"', '2025-01-01'), ('c', '[1]', '2025-01-01'), ('d', 'null', "
        "'2025-01-01'), "
        "('e', 'no json', '2025-01-01')");
    is_code(adopt(store, NULL, false), PGC_OK, &err, "documents");
    is_str(ask("SELECT string_agg(thread_id || replace(data::text, U&'\\FDD0', '#'), ' ' ORDER BY "
               "thread_id) "
               "FROM %s.metadata",
               quoted(target)),
           "a{\"x\": \"#0000 #d800\"} b{\"y\": 1} c{\"value\": [1]} e{\"value\": \"no json\"}",
           "in whatever form, are kept");
    is_int(decided("mastra_threads", "metadata", "JSON string"), 1, "taken out of strings");
    is_int(decided("mastra_threads", "metadata", "no object"), 2, "made objects");
}

static void test_contents(pgc_store *store) {
    static const struct {
        const char *type, *content, *want;
    } rows[] = {
        {"v2", "{\"any\":1}", "{\"any\":1}"},
        {"v2", "42", "\"42\""},
        {"v2", "bare", "\"bare\""},
        {"text", "{\"format\":2,\"parts\":[]}", "{\"format\":2,\"parts\":[]}"},
        {"text", "{\"format\":2}", "\"{\\\"format\\\":2}\""},
        {"text", "[]", "\"[]\""},
        {"tool-result", "[]", "[]"},
        {"text", "[{\"type\":\"text\"},{\"type\":1}]",
         "\"[{\\\"type\\\":\\\"text\\\"},{\\\"type\\\":1}]\""},
        {"text", " [{\"type\":\"text\"}]", "\" [{\\\"type\\\":\\\"text\\\"}]\""},
        {"text", "", "\"\""},
        {"v2", "{\"cut", "\"{\\\"cut\""},
    };
    add_thread("t");
    for (size_t i = 0; i < COUNT(rows); i++) {
        add_message(form("m%zu", i), "t", rows[i].type, rows[i].content);
    }
    is_code(adopt(store, NULL, false), PGC_OK, &err, "contents");
    for (size_t i = 0; i < COUNT(rows); i++) {
        is_str(ask("SELECT content FROM %s.messages WHERE id = 'm%zu'", quoted(target), i),
               rows[i].want, "%s %s", rows[i].type, rows[i].content);
    }
}

/* ---- Dates ----------------------------------------------------------------------------------- */

static void test_dates(pgc_store *store) {
    ask("INSERT INTO mastra_threads (id, \"createdAt\", \"createdAtZ\", \"updatedAt\") VALUES "
        "('exact', '2025-07-01 06:00', '2025-07-01 10:00Z', '2025-07-01 06:00'), "
        "('near', '2025-07-01 06:00:00.100', '2025-07-01 10:00:00.105Z', NULL), "
        "('none', '2025-07-01 06:00', NULL, '2025-07-01 06:00'), "
        "('old1', '2025-07-01 05:00', '2026-02-03 04:05:06.789Z', '2025-07-01 09:30'), "
        "('old2', '2025-07-01 06:00', '2026-02-03 04:05:06.789Z', '2025-07-01 08:00'), "
        "('wrong', '2025-07-01 06:00', '2025-07-01 10:07Z', NULL)");
    is_code(adopt(store, "America/New_York", false), PGC_OK, &err, "dates");
    is_str(ask("SELECT string_agg(id || to_char(created_at AT TIME ZONE 'UTC', ' HH24:MI:SS.MS'), "
               "', ' ORDER BY id) "
               "FROM %s.threads",
               quoted(target)),
           "exact 10:00:00.000, near 10:00:00.100, none 10:00:00.000, old1 09:00:00.000, "
           "old2 10:00:00.000, wrong 10:00:00.000",
           "are the instants that were meant");
    is_int(decided("mastra_threads", "createdAt", "is believed"), 1, "believed");
    is_int(decided("mastra_threads", "createdAt", "a moment later"), 1, "nearly");
    is_int(decided("mastra_threads", "createdAt", "no instant"), 1, "not there");
    is_int(decided("mastra_threads", "createdAt", "from an upgrade"), 2, "from an upgrade");
    is_int(decided("mastra_threads", "createdAt", "in no zone"), 1, "of something else");
    is_str(ask("SELECT to_char(updated_at AT TIME ZONE 'UTC', 'HH24:MI') FROM %s.threads WHERE id "
               "= 'old1'",
               quoted(target)),
           "09:30", "updatedAt is UTC");
    is_str(ask("SELECT to_char(updated_at AT TIME ZONE 'UTC', 'HH24:MI') FROM %s.threads WHERE id "
               "= 'old2'",
               quoted(target)),
           "12:00", "unless that were before createdAt");
}

/* 0.17 and 1.0 did not keep a run's instants up to date. */
static void test_run_dates(pgc_store *store) {
    ask("CREATE TABLE mastra_workflow_snapshot (workflow_name text, run_id text, snapshot jsonb, "
        "\"createdAt\" timestamp, "
        "\"updatedAt\" timestamp, \"createdAtZ\" timestamptz, \"updatedAtZ\" timestamptz)");
    ask("INSERT INTO mastra_workflow_snapshot VALUES "
        "('w', 'utc', '{}', '2025-07-01 10:00:00.100', '2025-07-01 10:15:00.3', '2025-07-01 "
        "10:00:00.107Z', '2025-07-01 10:00:00.107Z'), "
        "('w', 'local', '{}', '2025-07-01 06:00:00.100', '2025-12-01 06:00', '2025-07-01 "
        "10:00:00.108Z', '2025-07-01 10:00:00.108Z'), "
        "('w', 'passed', '{}', '2025-01-01 05:00', '2025-01-01 06:00', '2025-07-01 10:00:00.201Z', "
        "'2025-07-01 10:00:00.201Z'), "
        "('w', 'exact', '{}', '2025-07-01 06:00', '2025-07-01 07:00', '2025-07-01 10:00Z', "
        "'2025-07-01 11:00Z')");
    is_code(adopt(store, "America/New_York", false), PGC_OK, &err, "dates of runs");
    is_str(
        ask("SELECT string_agg(run_id || to_char(created_at AT TIME ZONE 'UTC', ' HH24:MI:SS.MS') "
            "|| "
            "to_char(updated_at AT TIME ZONE 'UTC', ' HH24:MI:SS.MS'), ', ' ORDER BY run_id) FROM "
            "%s.workflow_runs",
            quoted(target)),
        "exact 10:00:00.000 11:00:00.000, local 10:00:00.100 11:00:00.000, "
        "passed 10:00:00.000 11:00:00.000, utc 10:00:00.100 10:15:00.300",
        "are right in each");
}

/* ---- Many rows, and interruptions ------------------------------------------------------------ */

static void test_interrupted(pgc_store *store) {
    const char *s = quoted(target);
    add_thread("a");
    add_thread("b");
    ask("INSERT INTO mastra_messages SELECT 'm' || n, CASE WHEN n %% 3 = 0 THEN 'a' ELSE 'b' END, "
        "'text ' || n, 'user', "
        "'text', timestamp '2025-01-01' + n / 10 * interval '1 s', NULL, NULL FROM "
        "generate_series(1, 3000) n");
    if (pgc_store_init(store, &err) != 0) bail("init: %s", err.message);
    ask("CREATE FUNCTION %s.stop() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN IF NEW.id = 'm2000' "
        "THEN RAISE "
        "EXCEPTION 'stopped' USING ERRCODE = '53100'; END IF; RETURN NEW; END$$",
        s);
    ask("CREATE TRIGGER stop BEFORE INSERT ON %s.messages FOR EACH ROW EXECUTE FUNCTION %s.stop()",
        s, s);
    is_code(adopt(store, NULL, false), PGC_SERVER, &err, "a run that fails half way");
    int64_t there = ask_number("SELECT count(*) FROM %s.messages", s);
    ok(there > 0 && there < 3000, "has written %lld", (long long)there);
    ask("DROP TRIGGER stop ON %s.messages", s);
    is_code(adopt(store, NULL, true), PGC_OK, &err, "a dry run in between");
    is_str(counts("mastra_messages"),
           form("3000 %lld %lld 0", (long long)(3000 - there), (long long)there),
           "knows what is there");
    is_code(adopt(store, NULL, false), PGC_OK, &err, "the next run");
    is_str(counts("mastra_messages"),
           form("3000 %lld %lld 0", (long long)(3000 - there), (long long)there), "completes it");
    is_int(ask_number("SELECT count(*) FROM (SELECT created_at, seq, substr(id, 2)::int AS n, "
                      "lag(substr(id, 2)::int) OVER "
                      "(PARTITION BY thread_id ORDER BY created_at, seq) AS before FROM "
                      "%s.messages) m WHERE before > n",
                      s),
           0, "in the order in which they were written");
    pgc_pool_status pool = pool_of(store);
    is_int(pool.leased, 0, "no connection stays lent");
}

/* ---- What is refused as a whole -------------------------------------------------------------- */

static void test_arguments(void) {
    pgc_store *store = adopt_store(PGC_SCHEMA_NONE);
    pgc_adopt_options options = PGC_ADOPT_OPTIONS_INIT;
    is_code(adopt_with(store, &options), PGC_INVALID, &err, "no schema");
    ok(tells(&err, "schema"), "is told");
    options.schema = z(source);
    options.time_zone = z("Nowhere/None");
    is_code(adopt_with(store, &options), PGC_INVALID, &err, "an unknown zone");
    ok(tells(&err, "time_zone"), "is told");
    options.time_zone = z("america/new_york");
    is_code(adopt_with(store, &options), PGC_NOT_FOUND, &err, "a schema without tables");
    options.schema = z("no such schema");
    is_code(adopt_with(store, &options), PGC_NOT_FOUND, &err, "no such schema");
    pgc_store_free(store);
    pgc_store_options one = options_for(target);
    one.max_connections = 1;
    store = open_with(one);
    is_code(adopt(store, NULL, false), PGC_INVALID, &err, "one connection");
    ok(tells(&err, "max_connections"), "is told");
    pgc_store_free(store);
    is_int(pgc_adopt_report_tables(NULL), 0, "no report has no tables");
    ok(pgc_adopt_report_json(NULL).data == NULL, "nor JSON");
}

/* ---- Back ------------------------------------------------------------------------------------ */

static int adopt_back(pgc_store *store, const char *to, bool dry_run) {
    pgc_adopt_options options = PGC_ADOPT_OPTIONS_INIT;
    options.schema = z(to);
    options.back = true;
    options.dry_run = dry_run;
    return adopt_with(store, &options);
}

static void add_more(pgc_store *store) {
    must_create(store, "u1");
    must_create(store, "u2");
    if (append_one(store, "u1", "same", &err) != 0) bail("append: %s", err.message);
    ask("INSERT INTO %s.messages SELECT 'u2', id, seq, created_at, resource_id, role, type, "
        "content FROM %s.messages WHERE id = 'same'; "
        "UPDATE %s.threads SET last_seq = 1 WHERE id = 'u2'",
        quoted(target), quoted(target), quoted(target));
    if (set_title(store, "u1", "bell", &err) != 0) bail("title: %s", err.message);
    ask("UPDATE %s.threads SET title = U&'nul \\FDD00000 end' WHERE id = 'u1'", quoted(target));
}

static void test_back(void) {
    begin_schemas("back");
    load_file("1.27.1");
    pgc_store *store = adopt_store(PGC_SCHEMA_AUTO);
    const char *to = schema_named("mastra back to");
    is_code(adopt(store, NULL, false), PGC_OK, &err, "forth");
    add_more(store);
    for (int dry = 1; dry >= 0; dry--) {
        is_code(adopt_back(store, to, dry == 1), PGC_OK, &err, "back (dry %d)", dry);
        is_str(counts("mastra_threads"), "6 6 0 0", "threads");
        is_str(counts("mastra_messages"), "21 20 0 1", "messages");
        is_str(counts("mastra_observational_memory"), "3 3 0 0", "observational memory");
        is_str(counts("mastra_workflow_snapshot"), "2 2 0 0", "runs");
        is_str(counts("mastra_scorers"), "2 2 0 0", "scores");
        ok(strstr(refusal("mastra_messages", "same"), "another thread") != NULL,
           "an id that two threads have");
        is_int(decided("mastra_threads", NULL, "U+FFFD"), 1, "a title that cannot be kept");
        is_str(ask("SELECT to_regnamespace('%s') IS NULL", quoted(to)), dry == 1 ? "t" : "f",
               "the schema");
    }
    is_str(ask("SELECT title FROM %s.mastra_threads WHERE id = 'u1'", quoted(to)),
           "nul \xef\xbf\xbd end", "what jsonb and text refuse");
    is_code(adopt_back(store, to, false), PGC_OK, &err, "back again");
    is_str(counts("mastra_messages"), "21 0 20 1", "adds nothing");
    is_str(ask("SELECT count(*) FROM (SELECT id, \"resourceId\", title, metadata, \"createdAtZ\", "
               "\"updatedAtZ\" FROM "
               "%s.mastra_threads EXCEPT SELECT id, \"resourceId\", title, metadata, "
               "\"createdAtZ\", \"updatedAtZ\" FROM "
               "mastra_threads) x",
               quoted(to)),
           "2", "threads are as they were");
    is_str(ask("SELECT count(*) FROM (SELECT id, thread_id, content, role, type, \"createdAt\", "
               "\"createdAtZ\", \"resourceId\" FROM "
               "mastra_messages WHERE content LIKE '{\"format%%' OR content LIKE '[{%%' EXCEPT "
               "SELECT id, thread_id, content, role, type, "
               "\"createdAt\", \"createdAtZ\", \"resourceId\" FROM %s.mastra_messages) x",
               quoted(to)),
           "0", "messages, too");
    is_str(ask("SELECT content FROM %s.mastra_messages WHERE id = 'b2'", quoted(to)),
           "{\"format\":2,\"parts\":[{\"type\":\"text\",\"text\":\"42\"}],\"content\":\"42\"}",
           "a text that looks like JSON cannot be taken for it");
    is_str(ask("SELECT count(*) FROM (SELECT workflow_name, run_id, snapshot, \"createdAtZ\", "
               "\"updatedAtZ\" FROM mastra_workflow_snapshot "
               "EXCEPT SELECT workflow_name, run_id, snapshot, \"createdAtZ\", \"updatedAtZ\" FROM "
               "%s.mastra_workflow_snapshot) x",
               quoted(to)),
           "0", "runs are as they were");
    pgc_store_free(store);
}

/* Each in schemas of its own. */
static void with_tables(const char *tag, void (*test)(pgc_store *store)) {
    begin_schemas(tag);
    make_tables();
    pgc_store *store = adopt_store(PGC_SCHEMA_AUTO);
    test(store);
    pgc_store_free(store);
}

int main(void) {
    world_begin();
    with_tables("orphans", test_orphans);
    with_tables("refused", test_refused);
    with_tables("elsewhere", test_elsewhere);
    with_tables("documents", test_documents);
    with_tables("contents", test_contents);
    with_tables("dates", test_dates);
    with_tables("runs", test_run_dates);
    with_tables("interrupted", test_interrupted);
    begin_schemas("arguments");
    test_arguments();
    test_back();
    free_report();
    return world_end();
}
