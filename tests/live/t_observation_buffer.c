/*
 * Observations that are buffered and activated, and generations.
 */
#include "live/memory_world.h"

#define LONE "\xed\xa0\xbd" /* a lone surrogate */

/* ---- Buffer ---- */

static void test_buffer(void) {
    pgc_str id = make_record("buffer");
    works(CALL(observation_buffer,
               CHUNK(.id = id, .cycle_id = BYTES("c\0"), .observations = BYTES("x\0" LONE),
                     .tokens = 3, .message_ids = z("[\"m\\u0000\"]"), .message_tokens = 40,
                     .last_observed_at = AT(1) + 234567, .more = z("{\"currentTask\":\"\\ud83d\"}"),
                     .last_buffered_at = AT(5))),
          "buffer");
    ok(pgc_result_inserted(result), "it is new");
    must(CALL(observation_get, id, pgc_none()));
    is_int(record(0)->last_buffered_at, AT(5), "buffered up to");
    sql("UPDATE observations SET chunks = jsonb_set(jsonb_set(chunks, '{0,id}', '\"ID\"'), "
        "'{0,createdAt}', '\"NOW\"') WHERE id = 'buffer' AND chunks -> 0 ->> 'createdAt' "
        "~ '^20\\d\\d-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$' AND length(chunks -> 0 ->> "
        "'id') = 36");
    must(CALL(observation_get, id, pgc_none()));
    is_mem(record(0)->chunks,
           z("[{\"id\": \"ID\", \"cycleId\": \"c\\u0000\", \"createdAt\": \"NOW\", \"messageIds\": "
             "[\"m\\u0000\"], \"tokenCount\": 3, \"currentTask\": \"\\ud83d\", \"observations\": "
             "\"x\\u0000\\ud83d\", \"messageTokens\": 40, \"lastObservedAt\": "
             "\"2024-01-01T00:00:01.234Z\"}]"),
           "the chunk");

    must(put_chunk("buffer", "c", 1));
    ok(pgc_result_inserted(result), "another cycle");
    must(CALL(observation_buffer, CHUNK(.id = id, .cycle_id = z("c"), .observations = z("other"),
                                        .last_buffered_at = AT(9))));
    ok(!pgc_result_inserted(result), "the same cycle");
    is_str(column("buffer", "jsonb_array_length(chunks) || ' ' || (chunks -> 1 ->> "
                            "'observations')"),
           "2 c", "the first chunk of the cycle stays");
    must(CALL(observation_get, id, pgc_none()));
    is_int(record(0)->last_buffered_at, AT(5), "and with it how far it was buffered");
    must(CALL(observation_buffer, CHUNK(.id = id, .cycle_id = z("d"), .observations = z(""),
                                        .more = z("{\"cycleId\":\"c\",\"id\":1}"))));
    is_str(column("buffer", "chunks -> 2 ->> 'cycleId'"), "d",
           "further members do not hide others");
}

/* ---- Activate ---- */

/* One record for each, with chunks "a", "b", ... of these tokens of messages. */
static const struct {
    const char *name, *weights, *taken;
    double ratio, threshold, pending;
    bool force;
} activations[] = {
    {"all", "100 100 100", "a b c", 1, 1000, 300, false},
    {"as many as it takes", "100 100 100", "a b", 0.5, 200, 300, false},
    {"one at least", "100 100 100", "a", 0, 1000, 300, false},
    {"rather one more", "1000 1000 1000", "a b", 0.5, 8000, 5500, false},
    {"not one more, if too little is left", "100 600 100", "a", 0.5, 2000, 1500, false},
    {"one more where there are none below", "600 100", "a", 0.5, 2000, 1500, false},
    {"the nearest above", "0 0 100", "a b c", 0.5, 200, 200, false},
    {"less than a twentieth is left", "500 39000", "a", 0, 40000, 41000, false},
    {"and so it should", "500 39000", "a b", 0, 40000, 41000, true},
    {"but for the least", "500 39000", "a", 0, 40000, 40400, true},
    {"weightless chunks", "0 0 0", "a", 1, 100, 100, false},
    {"nothing is needed", "100 100", "a", 1, 100, 0, false},
};

static const char *taken_cycles(void) {
    char *text =
        PQescapeLiteral(raw, pgc_result_activated(result).data, pgc_result_activated(result).size);
    const char *found = sql("SELECT coalesce(string_agg(c ->> 'cycleId', ' '), '') "
                            "FROM jsonb_array_elements(%s::jsonb) c",
                            text);
    PQfreemem(text);
    return found;
}

static void test_choice(void) {
    for (size_t i = 0; i < ARRAY_LENGTH(activations); i++) {
        const char *id = form("choice %zu", i), *name = activations[i].name;
        const pgc_str *weights;
        size_t count = split(activations[i].weights, &weights);
        make_record(id);
        for (size_t n = 0; n < count; n++) {
            must(put_chunk(id, form("%c", 'a' + (int)n), strtoll(weights[n].data, NULL, 10)));
        }
        const char *before = cycles(id);
        must(CALL(observation_activate, ACTIVATION(.id = z(id), .ratio = activations[i].ratio,
                                                   .threshold = activations[i].threshold,
                                                   .pending_tokens = activations[i].pending,
                                                   .force = activations[i].force)));
        const char *taken = taken_cycles();
        is_str(taken, activations[i].taken, "%s", name);
        is_int(pgc_result_total(result), (int64_t)(strlen(taken) + 1) / 2, "%s: how many", name);
        size_t rest = strlen(taken) + (strlen(taken) < strlen(before));
        is_str(cycles(id), before + rest, "%s: the others stay", name);
    }
}

static void test_activate(void) {
    pgc_str id = make_record("activate");
    works(CALL(observation_activate, ACTIVATION(.id = id)), "nothing to activate");
    is_mem(pgc_result_activated(result), z("[]"), "no chunks");
    is_int(pgc_result_total(result), 0, "none");
    must(CALL(observation_mark, MARKS(.id = id, .pending_tokens = 150)));
    must(CALL(observation_buffer,
              CHUNK(.id = id, .cycle_id = z("one"), .observations = BYTES("x\0" LONE), .tokens = 3,
                    .message_tokens = 100, .last_observed_at = AT(1))));
    must(put_chunk("activate", "two", 100));
    pgc_observation_activation *small = ACTIVATION(.id = id, .threshold = 100, .ratio = 1);
    must(CALL(observation_activate, small));
    must(CALL(observation_get, id, pgc_none()));
    is_mem(record(0)->active, BYTES("x\0" LONE), "text");
    is_int(record(0)->active_tokens, 3, "tokens");
    is_int(record(0)->total_tokens, 0, "the total stays");
    is_int(record(0)->pending_tokens, 50, "less pends");
    is_int(record(0)->last_observed_at, AT(1), "observed as the chunk says");
    must(CALL(observation_activate, small));
    must(CALL(observation_get, id, pgc_none()));
    is_mem(record(0)->active,
           BYTES("x\0" LONE "\n\n--- message boundary (2024-01-01T00:00:00.000Z) ---\n\ntwo"),
           "text behind text");
    is_int(record(0)->pending_tokens, 0, "pending tokens end at 0");
    is_mem(record(0)->chunks, z("[]"), "nothing is buffered");

    must(put_chunk("activate", "three", 1));
    must(put_chunk("activate", "four", 1));
    pgc_observation_activation *known =
        ACTIVATION(.id = id, .threshold = 900, .ratio = 1, .pending_tokens = 900,
                   .last_observed_at = AT(77),
                   .chunks = z("[{\"cycleId\":\"three\",\"messageTokens\":5},"
                               "{\"cycleId\":\"gone\",\"observations\":\"never\"}]"));
    must(CALL(observation_activate, known));
    is_str(taken_cycles(), "three", "only those that are known and there");
    is_str(cycles("activate"), "four", "the other one stays");
    must(CALL(observation_activate, known));
    is_int(pgc_result_total(result), 0, "what was activated does not come back");
    must(CALL(observation_get, id, pgc_none()));
    is_int(record(0)->last_observed_at, AT(77), "observed as the caller says");
}

static void test_strange_chunks(void) {
    must(CALL(observation_insert,
              OBSERVATION(.id = z("strange"), .thread_id = z("strange"),
                          .chunks = z("[{}, {\"observations\": 1, \"tokenCount\": \"many\", "
                                      "\"lastObservedAt\": \"yesterday\"}]"))));
    works(CALL(observation_activate, ACTIVATION(.id = z("strange"), .pending_tokens = 9)),
          "chunks of other writers");
    is_int(pgc_result_total(result), 1, "one");
    must(CALL(observation_activate, ACTIVATION(.id = z("strange"), .pending_tokens = 9)));
    must(CALL(observation_get, z("strange"), pgc_none()));
    ok(record(0)->last_observed_at > AT(0), "observed now");
}

/* ---- Reflections ---- */

static void test_reflect(void) {
    must(CALL(observation_insert,
              OBSERVATION(.id = z("old"), .thread_id = z("reflect"), .resource_id = z("r"),
                          .generation = 4, .active = z("long"), .chunks = z("[{}]"),
                          .reflection = z("waiting"), .total_tokens = 9, .pending_tokens = 8,
                          .is_observing = true, .last_buffered_tokens = 7,
                          .last_buffered_at = AT(1), .timezone = z("UTC"),
                          .config = z("{\"a\": 1}"), .metadata = z("{\"m\": 1}"))));
    works(CALL(observation_reflect, z("old"), BYTES("s\0" LONE), 5), "reflect");
    is_int(record(0)->generation, 5, "generation");
    is_int((int64_t)record(0)->origin, PGC_ORIGIN_REFLECTION, "origin");
    is_mem(record(0)->active, BYTES("s\0" LONE), "text");
    is_int(record(0)->active_tokens, 5, "tokens");
    is_int(record(0)->total_tokens, 9, "the total stays");
    is_mem(record(0)->config, z("{\"a\": 1}"), "so does the config");
    is_mem(record(0)->timezone, z("UTC"), "and the time zone");
    ok(record(0)->metadata.data == NULL, "metadata does not");
    is_mem(record(0)->chunks, z("[]"), "nothing is buffered");
    ok(record(0)->reflection.data == NULL && record(0)->last_buffered_at == PGC_NO_TIME &&
           record(0)->pending_tokens == 0 && record(0)->last_buffered_tokens == 0 &&
           !record(0)->is_observing,
       "nothing is under way");
    is_int(record(0)->last_observed_at, record(0)->created_at, "observed now");
    is_str(column("old", "active || ' ' || reflection || ' ' || jsonb_array_length(chunks)"),
           "long waiting 1", "the old record is as it was");
    must(CALL(observation_reflect, z("old"), z(""), 0));
    is_int(record(0)->generation, 6, "the next one, from an old record");
    must(CALL(observation_init, OBSERVATION_NEW(.resource_id = z("reflect"))));
    must(CALL(observation_reflect, record(0)->id, z("x"), 0));
    is_int(record(0)->generation, 1, "resources count for themselves");
}

static const struct {
    const char *active;
    int64_t lines;
    const char *want;
} rests[] = {
    {"", 0, "R"},
    {"a\nb\nc", 0, "R\n\na\nb\nc"},
    {"a\nb\nc", 1, "R\n\nb\nc"},
    {"a\nb\nc", 3, "R"},
    {"a\nb\nc", 99, "R"},
    {"a\n\n \t b \n\n", 1, "R\n\nb"},
    {"a\n\xc2\xa0\xe2\x80\xa8\xef\xbb\xbf\n", 1, "R"},
};

static void test_activate_reflection(void) {
    for (size_t i = 0; i < ARRAY_LENGTH(rests); i++) {
        const char *id = form("rest %zu", i);
        must(CALL(observation_insert,
                  OBSERVATION(.id = z(id), .thread_id = z(id), .active = z(rests[i].active))));
        must(CALL(observation_buffer_reflection,
                  REFLECTION(.id = z(id), .reflection = z("R"), .lines = rests[i].lines)));
        must(CALL(observation_activate_reflection, z(id), 1));
        is_mem(record(0)->active, z(rests[i].want), "rest %zu", i);
    }
    pgc_str id = make_record("buffered");
    refused(CALL(observation_activate_reflection, id, 7), PGC_CONFLICT, "no reflection",
            "nothing is buffered");
    is_int((int64_t)err.retry, PGC_RETRY_NO, "nor would it be the next time");
    must(CALL(observation_update, CHANGE(.id = id, .active = BYTES("a\nb\0"))));
    for (int i = 1; i < 3; i++) {
        must(CALL(observation_buffer_reflection,
                  REFLECTION(.id = id, .reflection = i == 1 ? z("R1") : BYTES("R2" LONE),
                             .tokens = 3, .input_tokens = 10, .lines = i == 1 ? 2 : 1)));
    }
    must(CALL(observation_get, id, pgc_none()));
    is_mem(record(0)->reflection, BYTES("R1\n\nR2" LONE), "one behind the other");
    is_int(record(0)->reflection_tokens, 6, "tokens add up");
    is_int(record(0)->reflection_input_tokens, 20, "those of the input, too");
    is_int(record(0)->reflected_lines, 1, "the last count of lines holds");
    works(CALL(observation_activate_reflection, id, 7), "activate");
    is_mem(record(0)->active, BYTES("R1\n\nR2" LONE "\n\nb\0"), "with what came after");
    is_int(record(0)->active_tokens, 7, "tokens");
    is_str(column("buffered", "num_nonnulls(reflection, reflection_tokens, "
                              "reflection_input_tokens, reflected_lines)"),
           "0", "the old record has none left");
    refused(CALL(observation_activate_reflection, id, 7), PGC_CONFLICT, "no reflection", "again");
}

static void tests(void) {
    test_buffer();
    test_choice();
    test_activate();
    test_strange_chunks();
    test_reflect();
    test_activate_reflection();
}

int main(void) {
    return world_run("observation buffer", tests);
}
