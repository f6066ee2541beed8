/*
 * Scores: put, get, list.
 */
#include "pgconvo_workflow.h"

#include "live/world.h"

#define NEW_SCORE(...)                               \
    (&(pgc_score_new){.size = sizeof(pgc_score_new), \
                      .created_at = PGC_NO_TIME,     \
                      .updated_at = PGC_NO_TIME,     \
                      __VA_ARGS__})
#define SCORE_QUERY(...) \
    (&(pgc_score_query){ \
        .size = sizeof(pgc_score_query), .from = PGC_NO_TIME, .until = PGC_NO_TIME, __VA_ARGS__})

static void clear_scores(void) {
    sql("DELETE FROM scores");
}

static const pgc_score *only_score(void) {
    if (pgc_result_scores(result) != 1) bail("there are %zu scores", pgc_result_scores(result));
    return pgc_result_score(result, 0);
}

/* ---- Put and get ----------------------------------------------------------------------------- */

static void test_put(void) {
    clear_scores();
    works(CALL(score_put,
               NEW_SCORE(.id = z("s"), .scorer_id = z("scorer"), .run_id = z("run"),
                         .entity_id = z("entity"), .entity_type = z("AGENT"), .source = z("LIVE"),
                         .trace_id = z("trace"), .span_id = z("span"), .organization_id = z("org"),
                         .project_id = z(""), .created_at = AT(1), .updated_at = AT(2),
                         .document = z("{\"score\": 0.5}"))),
          "a new score");
    ok(pgc_result_inserted(result), "is new");
    is_mem(only_score()->id, z("s"), "its id");
    ok(only_score()->document.data == NULL, "a put does not repeat the document");
    works(CALL(score_get, z("s")), "get");
    const pgc_score *score = only_score();
    is_mem(score->id, z("s"), "id");
    is_mem(score->scorer_id, z("scorer"), "scorer");
    is_mem(score->run_id, z("run"), "run");
    is_mem(score->entity_id, z("entity"), "entity");
    is_mem(score->entity_type, z("AGENT"), "type of the entity");
    is_mem(score->source, z("LIVE"), "source");
    is_mem(score->trace_id, z("trace"), "trace");
    is_mem(score->span_id, z("span"), "span");
    is_mem(score->organization_id, z("org"), "organization");
    ok(score->project_id.data != NULL && score->project_id.size == 0, "an empty project is one");
    is_int(score->created_at, AT(1), "created");
    is_int(score->updated_at, AT(2), "updated");
    is_mem(score->document, z("{\"score\": 0.5}"), "document");
    ok(pgc_result_score(result, 1) == NULL && pgc_result_runs(result) == 0, "nothing else");
    refused(CALL(score_get, z("none")), PGC_NOT_FOUND, "no such score", "no such score");
}

static void test_replace(void) {
    clear_scores();
    must(CALL(score_put, NEW_SCORE(.id = z("s"), .run_id = z("run"), .source = z("LIVE"),
                                   .created_at = AT(1), .document = z("1"))));
    is_int(only_score()->updated_at, AT(1), "updated when it was created");
    must(CALL(score_put, NEW_SCORE(.id = z("s"), .run_id = z("other"), .document = z("2"))));
    ok(!pgc_result_inserted(result), "the second one is not new");
    must(CALL(score_get, z("s")));
    is_mem(only_score()->run_id, z("other"), "it takes the place of the first");
    ok(only_score()->source.data == NULL, "wholly");
    ok(only_score()->created_at > AT(1), "its times, too");
    is_int(only_score()->created_at, only_score()->updated_at, "both are now");
    is_mem(only_score()->document, z("2"), "and the document");
    is_int(sql_number("SELECT count(*) FROM scores"), 1, "one score");
    must(CALL(score_put, NEW_SCORE(.document = z("3"))));
    is_int((int64_t)only_score()->id.size, 36, "an id is made");
    const char *id = form("%s", only_score()->id.data);
    must(CALL(score_get, z(id)));
    is_mem(only_score()->document, z("3"), "by which it is found");
}

/* Byte for byte. */
static void test_documents(void) {
    static const char *const documents[] = {
        "null",
        "\"\\u0000\\ud83d\"",
        " {\"b\" : 1,\"a\":1.10, \"a\": 1e400 }\n",
        "\"\xef\xb7\x90\"",
    };
    clear_scores();
    for (size_t i = 0; i < ARRAY_LENGTH(documents); i++) {
        must(CALL(score_put, NEW_SCORE(.id = z("s"), .document = z(documents[i]))));
        must(CALL(score_get, z("s")));
        is_mem(only_score()->document, z(documents[i]), "document %zu", i);
    }
}

static void test_refusals(void) {
    clear_scores();
    static char wide[300];
    memset(wide, 'x', 256);
    const pgc_str bad_ids[] = {BYTES("a\0b"), BYTES("\xff"), z(wide)};
    for (size_t i = 0; i < ARRAY_LENGTH(bad_ids); i++) {
        pgc_str bad = bad_ids[i];
#define REFUSED(field)                                                                         \
    refused(CALL(score_put, NEW_SCORE(.field = bad, .document = z("1"))), PGC_INVALID, #field, \
            "put: " #field " %zu", i)
        REFUSED(id);
        REFUSED(scorer_id);
        REFUSED(run_id);
        REFUSED(entity_id);
        REFUSED(entity_type);
        REFUSED(source);
        REFUSED(trace_id);
        REFUSED(span_id);
        REFUSED(organization_id);
        REFUSED(project_id);
#undef REFUSED
        refused(CALL(score_list, SCORE_QUERY(.span_id = bad)), PGC_INVALID, "span_id", "list %zu",
                i);
        refused(CALL(score_get, bad), PGC_INVALID, "id", "get %zu", i);
    }
    refused(CALL(score_put, NEW_SCORE(.id = z(""), .document = z("1"))), PGC_INVALID, "id",
            "an empty id");
    refused(CALL(score_put, NEW_SCORE(.id = z("s"))), PGC_INVALID, "document: is missing",
            "no document");
    refused(CALL(score_put, NEW_SCORE(.id = z("s"), .document = z("{"))), PGC_INVALID, "document",
            "half a document");
    refused(CALL(score_put, NEW_SCORE(.created_at = INT64_MAX, .document = z("1"))), PGC_INVALID,
            "created_at", "a time");
    refused(CALL(score_put, NEW_SCORE(.updated_at = INT64_MAX, .document = z("1"))), PGC_INVALID,
            "updated_at", "another one");
    refused(CALL(score_list, SCORE_QUERY(.direction = (pgc_direction)2)), PGC_INVALID, "direction",
            "a direction");
    refused(CALL(score_list, SCORE_QUERY(.limit = PGC_LIMIT_MAX + 1)), PGC_INVALID, "limit",
            "a limit");
    refused(CALL(score_list, SCORE_QUERY(.cursor = z("nonsense"))), PGC_INVALID, "cursor",
            "a cursor");
    is_int(sql_number("SELECT count(*) FROM scores"), 0, "nothing was written");
}

/* ---- Lists ----------------------------------------------------------------------------------- */

static const char *shown_scores(void) {
    char text[4096] = "";
    size_t size = 0;
    for (size_t i = 0; i < pgc_result_scores(result); i++) {
        size += (size_t)snprintf(text + size, sizeof text - size, "%s%s", i == 0 ? "" : " ",
                                 pgc_result_score(result, i)->id.data);
    }
    return form("%s", text);
}

#define LISTS(want, ...)                               \
    (must(CALL(score_list, SCORE_QUERY(__VA_ARGS__))), \
     is_str(shown_scores(), (want), "list: %s", #__VA_ARGS__))

static void put_score(const char *id, int64_t at, pgc_score_new *score) {
    score->id = z(id);
    score->created_at = AT(at);
    score->document = z("1");
    must(CALL(score_put, score));
}

static void test_list(void) {
    clear_scores();
    put_score("a", 1, NEW_SCORE(.scorer_id = z("S"), .run_id = z("R"), .source = z("LIVE")));
    put_score("b", 2, NEW_SCORE(.scorer_id = z("S"), .entity_id = z("E"), .entity_type = z("A")));
    put_score("c", 2,
              NEW_SCORE(.scorer_id = z("T"), .entity_id = z("E"), .entity_type = z("B"),
                        .organization_id = z("O"), .project_id = z("P")));
    put_score("d", 3, NEW_SCORE(.trace_id = z("X"), .span_id = z("1"), .organization_id = z("O")));
    put_score("e", 4, NEW_SCORE(.trace_id = z("X"), .span_id = z("2"), .scorer_id = z("")));
    LISTS("a b c d e", .limit = 10);
    LISTS("e d c b a", .direction = PGC_DESCENDING);
    LISTS("a b", .scorer_id = z("S"));
    LISTS("b a", .scorer_id = z("S"), .direction = PGC_DESCENDING);
    LISTS("e", .scorer_id = z(""));
    LISTS("a", .scorer_id = z("S"), .source = z("LIVE"));
    LISTS("", .scorer_id = z("S"), .source = z("TEST"));
    LISTS("b", .scorer_id = z("S"), .entity_id = z("E"));
    LISTS("a", .run_id = z("R"));
    LISTS("", .run_id = z("R"), .scorer_id = z("T"));
    LISTS("b c", .entity_id = z("E"));
    LISTS("c", .entity_id = z("E"), .entity_type = z("B"));
    LISTS("c", .entity_type = z("B"));
    LISTS("d e", .trace_id = z("X"));
    LISTS("e", .trace_id = z("X"), .span_id = z("2"));
    LISTS("c d", .organization_id = z("O"));
    LISTS("c", .organization_id = z("O"), .project_id = z("P"));
    LISTS("", .organization_id = z(""));
    LISTS("c d", .limit = 2, .page = 1);
    LISTS("b c d", .from = AT(2), .until = AT(4));
    LISTS("d c b", .from = AT(2), .until = AT(4), .direction = PGC_DESCENDING);
    LISTS("b", .from = AT(2), .until = AT(4), .scorer_id = z("S"));
    LISTS("d c", .from = AT(2), .until = AT(4), .direction = PGC_DESCENDING, .limit = 2);
    must(CALL(score_list, SCORE_QUERY(.from = AT(2), .until = AT(4), .with_total = true)));
    is_int(pgc_result_total(result), 3, "a range is counted");
    refused(CALL(score_list, SCORE_QUERY(.from = INT64_MAX)), PGC_INVALID, "from", "a time");
    refused(CALL(score_list, SCORE_QUERY(.until = INT64_MAX)), PGC_INVALID, "until", "another");
    must(CALL(score_list, SCORE_QUERY(.entity_id = z("E"), .limit = 1, .with_total = true)));
    is_int(pgc_result_total(result), 2, "all are counted");
    ok(pgc_result_has_more(result), "there is another one");
    is_mem(pgc_result_score(result, 0)->document, z("1"), "with its document");
    must(CALL(score_list, SCORE_QUERY(.run_id = z("none"), .with_total = true)));
    is_int(pgc_result_total(result), 0, "none");
    is_int((int64_t)pgc_result_scores(result), 0, "an empty page");
}

/* Ties of time, both ways; and the page before. */
static void test_paging(void) {
    clear_scores();
    for (int i = 0; i < 25; i++)
        put_score(form("s%02d", i), i < 20 ? 1 : 2, NEW_SCORE(.run_id = z("R")));
    for (int d = 0; d < 2; d++) {
        pgc_score_query *query = SCORE_QUERY(.run_id = z("R"), .limit = 10);
        query->direction = (pgc_direction)d;
        must(CALL(score_list, query));
        is_mem(pgc_result_score(result, 0)->id, z(d == 0 ? "s00" : "s24"), "the first page");
        char *next = strdup(pgc_result_next(result).data);
        query->cursor = z(next);
        must(CALL(score_list, query));
        is_mem(pgc_result_score(result, 0)->id, z(d == 0 ? "s10" : "s14"), "the second");
        char *prev = strdup(pgc_result_prev(result).data);
        query->cursor = z(prev);
        must(CALL(score_list, query));
        is_mem(pgc_result_score(result, 0)->id, z(d == 0 ? "s00" : "s24"), "and back");
        query->run_id = z("Q");
        refused(CALL(score_list, query), PGC_INVALID, "cursor", "a cursor of another query");
        free(next);
        free(prev);
    }
}

static void tests(void) {
    test_put();
    test_replace();
    test_documents();
    test_refusals();
    test_list();
    test_paging();
}

int main(void) {
    return world_run("score", tests);
}
