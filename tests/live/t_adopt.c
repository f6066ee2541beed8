/*
 * Adopting what versions of @mastra/pg wrote: the same threads, messages, resources, runs and
 * scores, with the same contents at the same instants, whatever the version and its upgrades made
 * of them.
 */
#include "live/adopt_world.h"

static const struct version {
    const char *file;
    const char *zone;
    const char *tag;
    int resources, observations, scores;
    bool unsure;      /* there are digits of the hour that came twice, and nothing else */
    bool touches;     /* saving messages changed the thread's updatedAt */
    bool keeps_bytes; /* snapshots are text: what jsonb refuses is in them */
} versions[] = {
    {"0.10.1", "America/New_York", "0.10", 0, 0, 0, true, false, true},
    {"0.11.0", "America/New_York", "0.11", 0, 0, 0, true, true, true},
    {"0.12.2", "America/New_York", "0.12", 3, 0, 0, true, true, true},
    {"0.12.2-utc", NULL, "0.12u", 3, 0, 0, false, true, true},
    {"0.17.10", NULL, "0.17", 3, 0, 2, false, true, true},
    {"1.0.0", "America/New_York", "1.0", 3, 0, 2, false, true, false},
    {"1.27.1", NULL, "1.27", 3, 3, 2, false, true, false},
    {"0.10.1-upgraded", "America/New_York", "0.10+", 0, 0, 0, true, false, true},
    {"0.12.2-upgraded", "America/New_York", "0.12+", 3, 0, 0, true, true, true},
    {"0.17.10-upgraded", NULL, "0.17+", 3, 0, 2, false, true, true},
};

static void has_counts(const struct version *v, bool copied, const char *what) {
    const struct {
        const char *table;
        int rows;
    } tables[] = {
        {"mastra_threads", 4},
        {"mastra_messages", 19},
        {"mastra_resources", v->resources},
        {"mastra_observational_memory", v->observations},
        {"mastra_workflow_snapshot", 2},
        {"mastra_scorers", v->scores},
    };
    for (size_t i = 0; i < COUNT(tables); i++) {
        is_str(counts(tables[i].table),
               form("%d %d %d 0", tables[i].rows, copied ? tables[i].rows : 0,
                    copied ? 0 : tables[i].rows),
               "%s: %s: %s", v->file, what, tables[i].table);
    }
}

/* ---- What must be there ---------------------------------------------------------------------- */

static const char *list(const char *text) {
    return ask("SELECT string_agg(line, ' ' ORDER BY place) FROM (%s) l (line, place)", text);
}

static void test_threads(const struct version *v) {
    const char *s = quoted(target);
    is_str(list(form("SELECT id || '@' || to_char(created_at AT TIME ZONE 'UTC', "
                     "'YYYY-MM-DD\"T\"HH24:MI:SS.MS'), "
                     "id FROM %s.threads",
                     s)),
           "t-dst@2025-11-02T04:59:59.500 t-empty@2025-07-01T10:00:00.001 "
           "t-v1@2025-01-15T02:15:30.999 t-v2@2025-07-01T23:30:00.120",
           "%s: threads at their instants", v->file);
    is_str(
        ask("SELECT id || '|' || resource_id || '|' || title FROM %s.threads WHERE id = 't-v2'", s),
        "t-v2|user-0|tab\tand \"quotes\" שלום 🦊", "%s: a thread", v->file);
    is_str(ask("SELECT data FROM %s.metadata WHERE thread_id = 't-v2' AND message_id = ''", s),
           "{\"$x\": {\"deep\": [null, true]}, \"a.b\": 1, \"note\": \"o'neil\"}",
           "%s: its metadata", v->file);
    is_str(ask("SELECT string_agg(thread_id, ' ' ORDER BY thread_id) FROM %s.metadata WHERE "
               "message_id = ''",
               s),
           "t-dst t-v1 t-v2", "%s: no metadata are not an empty object", v->file);
    is_str(ask("SELECT resource_id FROM %s.threads WHERE id = 't-dst'", s), "o'neil",
           "%s: a resource with a quote", v->file);
    is_str(ask("SELECT updated_at = created_at FROM %s.threads WHERE id = 't-empty'", s), "t",
           "%s: updatedAt of a thread that was not touched", v->file);
    is_str(ask("SELECT updated_at BETWEEN '2026-11-27T16:00Z' AND '2026-11-27T17:00Z' FROM "
               "%s.threads WHERE id = 't-v2'",
               s),
           v->touches ? "t" : "f", "%s: updatedAt of one that was", v->file);
}

static void test_messages(const struct version *v) {
    const char *s = quoted(target);
    const char *instant =
        "id || '@' || to_char(created_at AT TIME ZONE 'UTC', 'MM-DD\"T\"HH24:MI:SS.MS')";
    is_str(
        list(form("SELECT %s, row_number() OVER (ORDER BY created_at, seq) FROM %s.messages WHERE "
                  "thread_id = "
                  "'t-v2'",
                  instant, s)),
        "a1@07-01T23:30:01.000 a3@07-01T23:30:02.000 a2@07-01T23:30:02.000 a4@07-02T04:00:00.250",
        "%s: messages at their instants, ties as they were written", v->file);
    is_str(list(form("SELECT %s, row_number() OVER (ORDER BY created_at, seq) FROM %s.messages "
                     "WHERE thread_id = "
                     "'t-dst' AND (id <> 'd1' OR NOT %s)",
                     instant, s, v->unsure ? "true" : "false")),
           v->unsure ? "d3@08-02T07:10:00.000 d2@11-02T07:10:00.000"
                     : "d3@08-02T07:10:00.000 d1@11-02T05:10:00.000 d2@11-02T07:10:00.000",
           "%s: around the end of summer time", v->file);
    is_int(
        ask_number("SELECT count(*) FROM %s.messages WHERE created_at = "
                   "timestamptz '2025-01-15T02:20Z' + seq * interval '1 s' AND thread_id = 't-v1'",
                   s),
        12, "%s: messages of the old kind, in order", v->file);
    is_int(ask_number(
               "SELECT count(*) FROM %s.messages m JOIN %s.threads t ON t.id = m.thread_id WHERE "
               "m.resource_id IS NOT DISTINCT FROM t.resource_id",
               s, s),
           19, "%s: whose they are", v->file);
}

static void test_contents(const struct version *v) {
    static const struct {
        const char *id, *content;
    } contents[] = {
        {"b1", "\"plain words\""},
        {"b2", "\"42\""},
        {"b3", "\"true\""},
        {"b4", "\"null\""},
        {"b5", "\"{\\\"looks\\\":\\\"like json\\\"}\""},
        {"b6", "\"[1,2,3]\""},
        {"b7", "\"\\\"quoted\\\"\""},
        {"b8", "\"007\""},
        {"b9", "[{\"type\":\"tool-call\",\"toolCallId\":\"c2\",\"toolName\":\"look\",\"args\":{"
               "\"q\":2}}]"},
        {"c1", "[{\"type\":\"text\",\"text\":\"parts\"}]"},
        {"c2", "\"be kind\""},
        {"a1",
         "{\"format\":2,\"parts\":[{\"type\":\"text\",\"text\":\"hello\"}],\"content\":\"hello\","
         "\"metadata\":{\"mood\":\"fine\"}}"},
    };
    const char *s = quoted(target);
    for (size_t i = 0; i < COUNT(contents); i++) {
        is_str(ask("SELECT content FROM %s.messages WHERE id = '%s'", s, contents[i].id),
               contents[i].content, "%s: content of %s", v->file, contents[i].id);
    }
    is_str(ask("SELECT role || ' ' || type FROM %s.messages WHERE id = 'c0'", s),
           "tool tool-result", "%s: role and type", v->file);
    is_str(ask("SELECT data FROM %s.metadata WHERE message_id = 'a1'", s), "{\"mood\": \"fine\"}",
           "%s: the content's metadata are the message's", v->file);
    is_str(ask("SELECT content LIKE '%%nul %%lone%%' FROM %s.messages WHERE id = 'a4'", s), "t",
           "%s: a content with what jsonb refuses", v->file);
}

static void test_records(const struct version *v) {
    const char *s = quoted(target);
    is_int(ask_number(
               "SELECT count(*) FROM %s.resources WHERE created_at = '2025-06-01T08:00:00.005Z' "
               "AND updated_at = '2025-06-02T09:00:00.006Z'",
               s),
           v->resources, "%s: resources at their instants", v->file);
    if (v->resources > 0) {
        is_str(
            ask("SELECT working_memory || metadata::text FROM %s.resources WHERE id = 'user-0'", s),
            "# Name: Ada{\"a\": 1}", "%s: a resource", v->file);
    }
    is_str(ask("SELECT snapshot #>> '{context,s1,output}' LIKE 'nul %%lone' FROM %s.workflow_runs "
               "WHERE "
               "run_id = 'r1' AND status = 'suspended'",
               s),
           "t", "%s: a run", v->file);
    is_str(ask("SELECT position(U&'\\FDD00000' IN snapshot::text) > 0 FROM %s.workflow_runs WHERE "
               "run_id = 'r1'",
               s),
           v->keeps_bytes ? "t" : "f", "%s: what jsonb refuses is kept escaped", v->file);
    is_str(
        ask("SELECT updated_at - created_at BETWEEN '1 s' AND '2 s' AND created_at BETWEEN "
            "'2026-11-27T16:00Z' AND '2026-11-27T17:00Z' FROM %s.workflow_runs WHERE run_id = 'r2'",
            s),
        "t", "%s: the instants of a run, also where updatedAtZ is stale", v->file);
    is_int(
        ask_number(
            "SELECT count(*) FROM %s.scores WHERE scorer_id = 'sc' AND entity_id = 'agent-1' AND "
            "document::json #>> '{input,q}' = 'x' AND document::json #>> '{requestContext,rc}' = "
            "'1' "
            "AND created_at BETWEEN '2026-11-27T16:00Z' AND '2026-11-27T17:00Z'",
            s),
        v->scores, "%s: scores, with their JSON as JSON", v->file);
    is_int(ask_number("SELECT count(*) FROM %s.observations", s), v->observations,
           "%s: observational memory", v->file);
}

/* ---- The way there --------------------------------------------------------------------------- */

static void test_dry_run(const struct version *v) {
    pgc_store *store = adopt_store(PGC_SCHEMA_NONE);
    is_code(adopt(store, v->zone, true), PGC_OK, &err, "%s: a dry run", v->file);
    has_counts(v, true, "dry run");
    is_str(ask("SELECT to_regnamespace('%s') IS NULL", quoted(target)), "t", "%s: it made nothing",
           v->file);
    pgc_store_free(store);
}

/* What is missing is added, what is there is not. */
static void test_again(const struct version *v, pgc_store *store) {
    const char *s = quoted(target);
    is_code(adopt(store, v->zone, false), PGC_OK, &err, "%s: again", v->file);
    has_counts(v, false, "again");
    ask("WITH gone AS (DELETE FROM %s.messages WHERE id IN ('a3', 'a4', 'c2') RETURNING thread_id) "
        "UPDATE %s.threads t SET holes = holes + c.count FROM (SELECT thread_id, count(*) FROM "
        "gone GROUP BY thread_id) c WHERE t.id = c.thread_id; "
        "DELETE FROM %s.threads WHERE id = 't-empty'; "
        "UPDATE %s.threads SET title = 'changed since' WHERE id = 't-v2'; DELETE FROM "
        "%s.workflow_runs "
        "WHERE run_id = 'r2'",
        s, s, s, s, s);
    is_code(adopt(store, v->zone, true), PGC_OK, &err, "%s: a dry run on a part", v->file);
    is_str(counts("mastra_messages"), "19 3 16 0", "%s: counts what is missing", v->file);
    is_code(adopt(store, v->zone, false), PGC_OK, &err, "%s: after a part of it", v->file);
    is_str(counts("mastra_threads"), "4 1 3 0", "%s: the missing thread is added", v->file);
    is_str(counts("mastra_messages"), "19 3 16 0", "%s: the missing messages are added", v->file);
    is_str(counts("mastra_workflow_snapshot"), "2 1 1 0", "%s: the missing run is added", v->file);
    is_str(ask("SELECT title FROM %s.threads WHERE id = 't-v2'", s), "changed since",
           "%s: what was changed since stays", v->file);
}

/* What it sends is nothing that only a pooler would refuse, for which it would be taken then. */
static void test_session(const struct version *v, pgc_store *store) {
    pgc_lease *lease = NULL, *other = NULL;
    pgc_store *fresh = adopt_store(PGC_SCHEMA_AUTO);
    is_code(pgc_lease_acquire(store, &lease, &err), PGC_OK, &err, "%s: a lease", v->file);
    is_code(pgc_lease_acquire(fresh, &other, &err), PGC_OK, &err, "%s: one of a new store",
            v->file);
    is_int(pgc_lease_check_session(lease, &err), pgc_lease_check_session(other, &err),
           "%s: have a session, or both have none", v->file);
    pgc_lease_release(lease);
    pgc_lease_release(other);
    pgc_store_free(fresh);
}

static void test_version(const struct version *v) {
    begin_schemas(v->tag);
    load_file(v->file);
    const char *before = checksum();
    test_dry_run(v);
    pgc_store *store = adopt_store(PGC_SCHEMA_AUTO);
    is_code(adopt(store, v->zone, false), PGC_OK, &err, "%s: adopted", v->file);
    has_counts(v, true, "adopted");
    is_int(pgc_adopt_report_refusals(report), 0, "%s: nothing is refused", v->file);
    test_threads(v);
    test_messages(v);
    test_contents(v);
    test_records(v);
    test_session(v, store);
    test_again(v, store);
    is_str(checksum(), before, "%s: nothing was changed there", v->file);
    pgc_store_free(store);
}

/* What a version's dates are read by, and what is left, stands in the report. */
static void test_decisions(void) {
    begin_schemas("decisions");
    load_file("0.12.2-upgraded");
    ask("INSERT INTO mastra_traces (id, name, \"traceId\", scope, kind, \"startTime\", "
        "\"endTime\", \"createdAt\") "
        "SELECT n, 'n', 't', 's', 1, 1, 2, '2025-01-01' FROM generate_series(1, 3) n");
    pgc_store *store = adopt_store(PGC_SCHEMA_AUTO);
    is_code(adopt(store, "America/New_York", false), PGC_OK, &err, "decisions");
    is_int(decided("mastra_messages", "createdAt", "read as local time of America/New_York"), 19,
           "instants from an upgrade are not believed");
    is_int(decided("mastra_threads", "updatedAt", "read as UTC"), 3,
           "updatedAt was touched in UTC");
    is_int(decided("mastra_resources", "createdAt", "fits the digits in no zone"), 3,
           "also where all rows have the same date");
    is_int(decided("mastra_messages", "content", "look like JSON"), 6, "texts that look like JSON");
    is_int(decided("mastra_traces", NULL, "left where they are"), 3, "tables that stay");
    pgc_str json = pgc_adopt_report_json(report);
    is_code(pgc_json_check(json, &err), PGC_OK, &err, "the report as JSON");
    ok(strstr(json.data, "\"timeZone\":\"America/New_York\"") != NULL, "with the zone");
    pgc_store_free(store);
}

int main(void) {
    world_begin();
    for (size_t i = 0; i < COUNT(versions); i++) {
        test_version(&versions[i]);
    }
    test_decisions();
    free_report();
    return world_end();
}
