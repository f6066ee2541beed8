/*
 * Records of observations: init, insert, get, history, clear; update, marks, config.
 */
#include "live/memory_world.h"

#define LONE "\xed\xa0\xbd" /* a lone surrogate */

/* ---- Init ---- */

static void test_init(void) {
    works(CALL(observation_init,
               OBSERVATION_NEW(.thread_id = z("t"), .resource_id = z("r"),
                               .config = z("{\"a\":\"\\ud83d\"}"), .timezone = z("Europe/Berlin"))),
          "init");
    ok(pgc_result_inserted(result), "it is new");
    is_int(pgc_result_observations(result), 1, "one record");
    is_mem(record(0)->thread_id, z("t"), "thread");
    is_mem(record(0)->resource_id, z("r"), "resource");
    is_mem(record(0)->config, z("{\"a\": \"\\ud83d\"}"), "config");
    is_mem(record(0)->timezone, z("Europe/Berlin"), "time zone");
    is_mem(record(0)->active, z(""), "nothing is active");
    is_mem(record(0)->chunks, z("[]"), "nothing is buffered");
    ok(record(0)->metadata.data == NULL, "no metadata");
    is_int(record(0)->generation, 0, "generation");
    is_int((int64_t)record(0)->origin, PGC_ORIGIN_INITIAL, "origin");
    is_int(record(0)->created_at, record(0)->updated_at, "times");
    ok(record(0)->last_observed_at == PGC_NO_TIME && record(0)->last_buffered_at == PGC_NO_TIME,
       "no other times");
    ok(record(0)->reflection.data == NULL && record(0)->reflection_tokens == PGC_NO_COUNT &&
           record(0)->buffered.data == NULL && record(0)->observed_message_ids.data == NULL,
       "nothing else");
    pgc_str first = z(form("%s", record(0)->id.data));

    must(CALL(observation_init, OBSERVATION_NEW(.thread_id = z("t"), .resource_id = z("other"))));
    ok(!pgc_result_inserted(result), "the second time it is not new");
    is_mem(record(0)->id, first, "and the same");
    must(CALL(observation_init, OBSERVATION_NEW(.resource_id = z("t"))));
    ok(pgc_result_inserted(result), "a resource of the same name is another scope");
    ok(record(0)->thread_id.data == NULL, "without a thread");
    must(CALL(observation_init, OBSERVATION_NEW(.thread_id = z("alone"))));
    is_mem(record(0)->resource_id, z(""), "a thread needs no resource");
    must(CALL(observation_get, z("t"), z("whatever")));
    is_mem(record(0)->id, first, "get, by the thread");
    must(CALL(observation_get, pgc_none(), z("t")));
    ok(!same(record(0)->id, first), "get, by the resource");
    refused(CALL(observation_get, z("unknown"), z("t")), PGC_NOT_FOUND, "observation",
            "an unknown scope");
}

/* ---- Insert ---- */

/* A record with something in every field. */
static pgc_observation full(const char *id) {
    return *OBSERVATION(.id = z(id), .thread_id = z("full"), .resource_id = z("r"), .generation = 7,
                        .origin = PGC_ORIGIN_REFLECTION, .created_at = AT(1), .updated_at = AT(2),
                        .last_observed_at = AT(3), .active = BYTES("a\0" LONE),
                        .chunks = z("[{\"a\": [1]}]"), .buffered = BYTES("b\0"),
                        .buffered_tokens = 1, .buffered_message_ids = z("[\"x\"]"),
                        .reflection = BYTES("c\0"), .reflection_tokens = 2,
                        .reflection_input_tokens = 3, .reflected_lines = 4,
                        .observed_message_ids = z("[\"\\u0000\"]"), .timezone = z("UTC"),
                        .total_tokens = 5, .active_tokens = 6, .pending_tokens = 7,
                        .is_reflecting = true, .is_buffering_observation = true,
                        .last_buffered_tokens = 8, .last_buffered_at = AT(4),
                        .config = z("{\"b\": 1}"), .metadata = z("{\"c\": 1}"));
}

static void is_same_record(const pgc_observation *got, const pgc_observation *want,
                           const char *name) {
    const pgc_str *texts[][2] = {
        {&got->id, &want->id},
        {&got->thread_id, &want->thread_id},
        {&got->resource_id, &want->resource_id},
        {&got->active, &want->active},
        {&got->chunks, &want->chunks},
        {&got->buffered, &want->buffered},
        {&got->buffered_message_ids, &want->buffered_message_ids},
        {&got->reflection, &want->reflection},
        {&got->observed_message_ids, &want->observed_message_ids},
        {&got->timezone, &want->timezone},
        {&got->config, &want->config},
        {&got->metadata, &want->metadata},
    };
    const int64_t numbers[][2] = {
        {got->generation, want->generation},
        {(int64_t)got->origin, (int64_t)want->origin},
        {got->created_at, want->created_at},
        {got->updated_at, want->updated_at},
        {got->last_observed_at, want->last_observed_at},
        {got->last_buffered_at, want->last_buffered_at},
        {got->buffered_tokens, want->buffered_tokens},
        {got->reflection_tokens, want->reflection_tokens},
        {got->reflection_input_tokens, want->reflection_input_tokens},
        {got->reflected_lines, want->reflected_lines},
        {got->total_tokens, want->total_tokens},
        {got->active_tokens, want->active_tokens},
        {got->pending_tokens, want->pending_tokens},
        {got->last_buffered_tokens, want->last_buffered_tokens},
        {got->is_reflecting, want->is_reflecting},
        {got->is_observing, want->is_observing},
        {got->is_buffering_observation, want->is_buffering_observation},
        {got->is_buffering_reflection, want->is_buffering_reflection},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(texts); i++) {
        is_mem(*texts[i][0], *texts[i][1], "%s: text %zu", name, i);
    }
    for (size_t i = 0; i < ARRAY_LENGTH(numbers); i++) {
        is_int(numbers[i][0], numbers[i][1], "%s: number %zu", name, i);
    }
}

static void test_insert(void) {
    pgc_observation given = full("full");
    works(CALL(observation_insert, &given), "insert");
    is_same_record(record(0), &given, "inserted");
    must(CALL(observation_get, z("full"), pgc_none()));
    is_same_record(record(0), &given, "read");
    refused(CALL(observation_insert, record(0)), PGC_EXISTS, "observation", "what was read, again");

    given.id = z("full again");
    given.is_reflecting = given.is_buffering_observation = false;
    given.is_observing = given.is_buffering_reflection = true;
    must(CALL(observation_insert, &given));
    must(CALL(observation_get, z("full"), pgc_none()));
    is_same_record(record(0), &given, "of a generation the later one comes first");
    given.id = z("third");
    must(CALL(observation_insert, &given));
    must(CALL(observation_history, OBSERVATION_QUERY(.thread_id = z("full"))));
    is_int(pgc_result_observations(result), 3, "all three are there");
    is_mem(record(0)->id, z("third"), "the third");
    is_mem(record(2)->id, z("full"), "the first");

    works(CALL(observation_insert, OBSERVATION(.resource_id = z("bare"))), "with nothing");
    is_int((int64_t)record(0)->id.size, 36, "it got an id");
    is_mem(record(0)->active, z(""), "an empty text");
    is_mem(record(0)->config, z("{}"), "an empty config");
    ok(record(0)->metadata.data == NULL && record(0)->timezone.data == NULL, "nothing else");
}

/* ---- History, clear ---- */

static const char *generations(void) {
    char text[256] = "";
    for (size_t i = 0; i < pgc_result_observations(result); i++) {
        size_t size = strlen(text);
        snprintf(text + size, sizeof text - size, "%s%d", i == 0 ? "" : " ",
                 (int)record(i)->generation);
    }
    return form("%s", text);
}

static void test_history(void) {
    for (int i = 0; i < 5; i++) {
        must(CALL(observation_insert,
                  OBSERVATION(.thread_id = z("h"), .generation = i, .created_at = AT(i))));
        must(CALL(observation_insert,
                  OBSERVATION(.resource_id = z("h"), .generation = i + 10, .created_at = AT(i))));
    }
    must(CALL(observation_history, OBSERVATION_QUERY(.thread_id = z("h"))));
    is_str(generations(), "4 3 2 1 0", "of a thread");
    must(CALL(observation_history, OBSERVATION_QUERY(.resource_id = z("h"))));
    is_str(generations(), "14 13 12 11 10", "of a resource");
    must(
        CALL(observation_history, OBSERVATION_QUERY(.thread_id = z("h"), .limit = 2, .offset = 1)));
    is_str(generations(), "3 2", "a page");
    must(CALL(observation_history,
              OBSERVATION_QUERY(.thread_id = z("h"), .from = AT(1), .until = AT(3))));
    is_str(generations(), "2 1", "from a time until before another");
    must(CALL(observation_history, OBSERVATION_QUERY(.thread_id = z("nobody"))));
    is_str(generations(), "", "none");

    works(CALL(observation_clear, z("h"), pgc_none()), "clear");
    is_int(pgc_result_total(result), 5, "five were deleted");
    must(CALL(observation_clear, z("h"), z("h")));
    is_int(pgc_result_total(result), 0, "and then none");
    must(CALL(observation_history, OBSERVATION_QUERY(.resource_id = z("h"))));
    is_str(generations(), "14 13 12 11 10", "the resource's are there");
    must(CALL(observation_clear, pgc_none(), z("h")));
    is_int(pgc_result_total(result), 5, "they are cleared, too");
}

/* ---- Update, marks ---- */

static void test_update(void) {
    pgc_str id = make_record("up");
    must(CALL(observation_mark, MARKS(.id = id, .pending_tokens = 50)));
    sql("UPDATE observations SET updated_at = '2024-01-01' WHERE id = 'up'");
    works(CALL(observation_update,
               CHANGE(.id = id, .active = BYTES("x\0y"), .tokens = 30, .last_observed_at = AT(9),
                      .observed_message_ids = z("[\"m\"]"))),
          "update");
    is_int(pgc_result_observations(result), 0, "no rows");
    must(CALL(observation_get, id, pgc_none()));
    is_mem(record(0)->active, BYTES("x\0y"), "text");
    is_mem(record(0)->observed_message_ids, z("[\"m\"]"), "message ids");
    is_int(record(0)->active_tokens, 30, "tokens");
    is_int(record(0)->total_tokens, 30, "total");
    is_int(record(0)->pending_tokens, 0, "nothing pends");
    is_int(record(0)->last_observed_at, AT(9), "observed");
    ok(record(0)->updated_at > AT(0), "it was changed");
    must(CALL(observation_update,
              CHANGE(.id = id, .active = z(""), .tokens = 12, .last_observed_at = AT(-9))));
    must(CALL(observation_get, id, pgc_none()));
    is_mem(record(0)->active, z(""), "an empty text");
    is_mem(record(0)->observed_message_ids, z("[\"m\"]"), "message ids stay");
    is_int(record(0)->total_tokens, 42, "total");
    is_int(record(0)->last_observed_at, AT(-9), "time may go back");
}

static void test_marks(void) {
    static const char flags[] = "is_reflecting::int || '' || is_observing::int || "
                                "is_buffering_observation::int || is_buffering_reflection::int || "
                                "' ' || last_buffered_tokens || ' ' || pending_tokens";
    pgc_str id = make_record("marks");
    works(CALL(observation_mark, MARKS(.id = id, .is_reflecting = PGC_FLAG_ON)), "mark");
    is_str(column("marks", flags), "1000 0 0", "reflecting");
    must(CALL(observation_mark,
              MARKS(.id = id, .is_observing = PGC_FLAG_ON, .is_buffering_observation = PGC_FLAG_ON,
                    .last_buffered_tokens = 7)));
    is_str(column("marks", flags), "1110 7 0", "observing, buffering");
    must(
        CALL(observation_mark, MARKS(.id = id, .is_reflecting = PGC_FLAG_OFF,
                                     .is_buffering_reflection = PGC_FLAG_ON, .pending_tokens = 5)));
    is_str(column("marks", flags), "0111 7 5", "no more reflecting");
    must(
        CALL(observation_mark,
             MARKS(.id = id, .is_observing = PGC_FLAG_OFF, .is_buffering_observation = PGC_FLAG_OFF,
                   .is_buffering_reflection = PGC_FLAG_OFF, .last_buffered_tokens = 0)));
    is_str(column("marks", flags), "0000 0 5", "nothing");
}

/* ---- Config ---- */

static const struct {
    const char *config, *patch, *want;
} merges[] = {
    {"{}", "{}", "{}"},
    {"{\"a\": 1}", "{\"b\": 2}", "{\"a\": 1, \"b\": 2}"},
    {"{\"a\": 1}", "{\"a\": null}", "{\"a\": null}"},
    {"{\"a\": {\"b\": 1}}", "{\"a\": {\"c\": null}}", "{\"a\": {\"b\": 1, \"c\": null}}"},
    {"{\"a\": {\"b\": 1}}", "{\"a\": null}", "{\"a\": null}"},
    {"{\"a\": {\"b\": 1}}", "{\"a\": [1]}", "{\"a\": [1]}"},
    {"{\"a\": {\"b\": 1}}", "{\"a\": {}}", "{\"a\": {\"b\": 1}}"},
    {"{\"a\": [1, 2]}", "{\"a\": [3]}", "{\"a\": [3]}"},
    {"{\"a\": [1, 2]}", "{\"a\": {\"0\": 1}}", "{\"a\": {\"0\": 1}}"},
    {"{\"a\": 1}", "{\"a\": {\"b\": {\"c\": null}}}", "{\"a\": {\"b\": {\"c\": null}}}"},
    {"{\"a\": {\"b\": {\"c\": 1, \"d\": {\"e\": 2}}, \"f\": 3}}",
     "{\"a\": {\"b\": {\"c\": {}, \"d\": {\"g\": 4}}}, \"h\": {\"i\": {}}}",
     "{\"a\": {\"b\": {\"c\": {}, \"d\": {\"e\": 2, \"g\": 4}}, \"f\": 3}, \"h\": {\"i\": {}}}"},
    {"{\"0\": {\"1\": 2}}", "{\"0\": {\"-1\": 3}}", "{\"0\": {\"1\": 2, \"-1\": 3}}"},
};

static void test_config(void) {
    for (size_t i = 0; i < ARRAY_LENGTH(merges); i++) {
        const char *name = form("config %zu", i);
        must(CALL(observation_insert,
                  OBSERVATION(.id = z(name), .thread_id = z(name), .config = z(merges[i].config))));
        must(CALL(observation_config, z(name), z(merges[i].patch)));
        is_str(sql("SELECT config = '%s' FROM observations WHERE id = '%s'", merges[i].want, name),
               "t", "%s, %s", merges[i].config, merges[i].patch);
    }
}

/* ---- Refusals ---- */

static void test_unknown(void) {
    refused(CALL(observation_update, CHANGE(.id = z("no"), .active = z("secret"))), PGC_NOT_FOUND,
            "observation", "update");
    refused(CALL(observation_mark, MARKS(.id = z("no"))), PGC_NOT_FOUND, "observation", "mark");
    refused(CALL(observation_config, z("no"), z("{}")), PGC_NOT_FOUND, "observation", "config");
    refused(put_chunk("no", "c", 1), PGC_NOT_FOUND, "observation", "buffer");
    refused(CALL(observation_activate, ACTIVATION(.id = z("no"))), PGC_NOT_FOUND, "observation",
            "activate");
    refused(CALL(observation_reflect, z("no"), z("x"), 1), PGC_NOT_FOUND, "observation", "reflect");
    refused(CALL(observation_buffer_reflection, REFLECTION(.id = z("no"), .reflection = z("x"))),
            PGC_NOT_FOUND, "observation", "buffer a reflection");
    refused(CALL(observation_activate_reflection, z("no"), 1), PGC_NOT_FOUND, "observation",
            "activate a reflection");
}

static void test_refusals(void) {
    pgc_str id = make_record("refusals");
    refused(CALL(observation_get, pgc_none(), pgc_none()), PGC_INVALID, "resource_id", "no scope");
    refused(CALL(observation_get, z(""), z("r")), PGC_INVALID, "thread_id", "an empty thread");
    refused(CALL(observation_history, OBSERVATION_QUERY(.thread_id = id, .limit = 100001)),
            PGC_INVALID, "limit", "too many rows");
    refused(CALL(observation_init, OBSERVATION_NEW(.thread_id = id, .config = z("1"))), PGC_INVALID,
            "config", "a config that is no object");
    refused(CALL(observation_insert, OBSERVATION(.thread_id = id, .chunks = z("{}"))), PGC_INVALID,
            "chunks", "chunks that are no array");
    refused(CALL(observation_insert, OBSERVATION(.thread_id = id, .generation = -1)), PGC_INVALID,
            "generation", "a generation below 0");
    refused(CALL(observation_update, CHANGE(.id = id)), PGC_INVALID, "active", "no text");
    refused(CALL(observation_update,
                 CHANGE(.id = id, .active = z("x"), .last_observed_at = PGC_NO_TIME)),
            PGC_INVALID, "last_observed_at", "no time");
    refused(CALL(observation_mark, MARKS(.id = id, .is_observing = (pgc_flag)3)), PGC_INVALID,
            "is_observing", "a flag of no kind");
    refused(CALL(observation_config, id, z("[]")), PGC_INVALID, "config", "a patch of no kind");
    refused(CALL(observation_buffer, CHUNK(.id = id, .cycle_id = z(""), .observations = z("x"))),
            PGC_INVALID, "cycle_id", "an empty cycle");
    refused(CALL(observation_buffer, CHUNK(.id = id, .cycle_id = z("c"))), PGC_INVALID,
            "observations", "a chunk without a text");
    refused(CALL(observation_activate, ACTIVATION(.id = id, .ratio = 0.0 / 0.0)), PGC_INVALID,
            "ratio", "not a number");
    refused(CALL(observation_activate, ACTIVATION(.id = id, .chunks = z("{}"))), PGC_INVALID,
            "chunks", "chunks of no kind");
    refused(CALL(observation_buffer_reflection,
                 REFLECTION(.id = id, .reflection = z("x"), .lines = -1)),
            PGC_INVALID, "lines", "lines below 0");
    refused(CALL(observation_reflect, id, pgc_none(), 1), PGC_INVALID, "reflection", "no text");
    refused(CALL(observation_clear, pgc_none(), pgc_none()), PGC_INVALID, "resource_id",
            "clear of nothing");
    is_int(sql_number("SELECT count(*) FROM observations WHERE thread_id = 'refusals'"), 1,
           "nothing was written");
}

static void tests(void) {
    test_init();
    test_insert();
    test_history();
    test_update();
    test_marks();
    test_config();
    test_unknown();
    test_refusals();
}

int main(void) {
    return world_run("observation", tests);
}
