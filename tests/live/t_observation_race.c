/*
 * Resources and observations written by many threads at once: every first write succeeds, nothing
 * is lost, and nothing comes twice.
 */
#include "engine_world.h"

#include <pgconvo_memory.h>

static const char *schema;
static pgc_store *store;

enum { RACERS = 16, ROUNDS = 10 };

struct racer {
    const char *id; /* of what they race for */
    int number;
    int done;    /* calls that succeeded */
    int refused; /* calls that failed as they may */
    int wrong;   /* all else */
    pgc_error err;
};

static struct racer racers[RACERS];

/* Sorts the outcome of a call and frees its result. */
static bool note(struct racer *racer, int status, pgc_result *result, const pgc_error *err,
                 pgc_code allowed) {
    pgc_result_free(result);
    if (status == 0) {
        racer->done++;
    } else if (status == -(int)allowed) {
        racer->refused++;
    } else if (racer->wrong++ == 0) {
        racer->err = *err;
    }
    return status == 0;
}

/* Lets them race; returns how many calls succeeded. */
static int race(const char *id, void *(*run)(void *), const char *name) {
    int done = 0, wrong = 0;
    for (int i = 0; i < RACERS; i++) {
        racers[i] = (struct racer){.id = id, .number = i};
    }
    run_threads(RACERS, run, racers, sizeof racers[0]);
    for (int i = 0; i < RACERS; i++) {
        done += racers[i].done;
        wrong += racers[i].wrong;
        if (racers[i].wrong > 0) {
            diag("racer %d: %s %s %s", i, pgc_code_name((int)racers[i].err.code),
                 racers[i].err.message, racers[i].err.detail);
        }
    }
    is_int(wrong, 0, "%s: no other error", name);
    return done;
}

static int64_t count_of(const char *what, const char *where) {
    return ask_number("SELECT %s FROM %s.observations WHERE %s", what, quoted(schema), where);
}

/* A record of a thread that is named as the record. */
static void make_record(const char *id) {
    pgc_observation record = PGC_OBSERVATION_INIT;
    pgc_error err;
    record.id = record.thread_id = z(id);
    if (pgc_observation_insert(store, &record, NULL, &err) != 0) bail("insert: %s", err.message);
}

/* ---- First writes ---- */

static void *init(void *payload) {
    struct racer *racer = payload;
    pgc_observation_new new = PGC_OBSERVATION_NEW_INIT;
    pgc_result *result = NULL;
    pgc_error err;
    *(racer->id[0] == 't' ? &new.thread_id : &new.resource_id) = z(racer->id);
    int status = pgc_observation_init(store, &new, &result, &err);
    bool inserted = status == 0 && pgc_result_inserted(result);
    if (note(racer, status, result, &err, PGC_OK)) racer->refused = inserted ? 0 : 1;
    return NULL;
}

static void check_init(const char *id, const char *where) {
    is_int(race(id, init, "inits at once"), RACERS, "all get a record");
    int found = 0;
    for (int i = 0; i < RACERS; i++) {
        found += racers[i].refused;
    }
    is_int(found, RACERS - 1, "one of them made it");
    is_int(count_of("count(*)", where), 1, "there is one");
}

static void *insert(void *payload) {
    struct racer *racer = payload;
    for (int i = 0; i < 3; i++) {
        char id[32];
        pgc_observation record = PGC_OBSERVATION_INIT;
        pgc_error err;
        snprintf(id, sizeof id, "in %d %d", i == 2 ? 0 : racer->number, i);
        record.id = z(id);
        record.resource_id = z(racer->id);
        record.generation = i;
        note(racer, pgc_observation_insert(store, &record, NULL, &err), NULL, &err, PGC_EXISTS);
    }
    return NULL;
}

static void check_insert(void) {
    is_int(race("inserts", insert, "inserts of one generation at once"), 2 * RACERS + 1,
           "all of them, but one of an id");
    is_int(count_of("count(DISTINCT (generation, revision))", "resource_id = 'inserts'"),
           2 * RACERS + 1, "each has a place of its own");
    is_int(count_of("max(revision)", "resource_id = 'inserts'"), RACERS - 1, "without a gap");
}

static void *update_resource(void *payload) {
    struct racer *racer = payload;
    for (int round = 0; round < ROUNDS; round++) {
        char patch[64];
        pgc_resource_change change = PGC_RESOURCE_CHANGE_INIT;
        pgc_error err;
        snprintf(patch, sizeof patch, "{\"key%d.%d\": 1}", racer->number, round);
        change.id = z(racer->id);
        change.metadata = z(patch);
        note(racer, pgc_resource_update(store, &change, NULL, &err), NULL, &err, PGC_OK);
    }
    return NULL;
}

static void check_resources(void) {
    race("shared", update_resource, "updates of a new resource at once");
    is_int(ask_number("SELECT count(*) FROM %s.resources r, jsonb_object_keys(r.metadata) "
                      "WHERE r.id = 'shared'",
                      quoted(schema)),
           RACERS * ROUNDS, "all members are there");
}

/* ---- Chunks ---- */

static int put_chunk(const char *id, const char *cycle, pgc_error *err) {
    pgc_observation_chunk chunk = PGC_OBSERVATION_CHUNK_INIT;
    chunk.id = z(id);
    chunk.cycle_id = chunk.observations = z(cycle);
    chunk.message_tokens = 100;
    chunk.tokens = 1;
    chunk.last_observed_at = 0;
    return pgc_observation_buffer(store, &chunk, NULL, err);
}

/* Every cycle is buffered by two of them; every fourth of them activates instead. */
static void *buffer_and_activate(void *payload) {
    struct racer *racer = payload;
    for (int round = 0; round < ROUNDS; round++) {
        pgc_observation_activation activation = PGC_OBSERVATION_ACTIVATION_INIT;
        char cycle[32];
        pgc_error err;
        snprintf(cycle, sizeof cycle, "<%d.%d>", racer->number / 8 * 4 + racer->number % 4, round);
        activation.id = z(racer->id);
        activation.ratio = 0.5;
        activation.threshold = activation.pending_tokens = 200;
        note(racer,
             racer->number % 4 == 3 ? pgc_observation_activate(store, &activation, NULL, &err)
                                    : put_chunk(racer->id, cycle, &err),
             NULL, &err, PGC_OK);
    }
    return NULL;
}

static void check_chunks(void) {
    make_record("chunks");
    race("chunks", buffer_and_activate, "chunks buffered and activated at once");
    is_int(ask_number("SELECT count(*) FROM %s.observations o, regexp_matches(o.active, '<', 'g') "
                      "WHERE id = 'chunks'",
                      quoted(schema)),
           count_of("active_tokens", "id = 'chunks'"), "tokens are those of the chunks");
    /* A cycle that was activated before its second chunk came may come again, but none is lost. */
    is_int(ask_number("SELECT count(DISTINCT m[1]) FROM %s.observations o, "
                      "regexp_matches(o.active || o.chunks::text, '<(\\d+\\.\\d+)>', 'g') m "
                      "WHERE id = 'chunks'",
                      quoted(schema)),
           6 * ROUNDS, "all cycles are there");
}

static void *buffer_same(void *payload) {
    struct racer *racer = payload;
    for (int round = 0; round < ROUNDS; round++) {
        char cycle[16];
        pgc_error err;
        snprintf(cycle, sizeof cycle, "%d", round);
        note(racer, put_chunk(racer->id, cycle, &err), NULL, &err, PGC_OK);
    }
    return NULL;
}

static void check_same_cycles(void) {
    make_record("cycles");
    race("cycles", buffer_same, "the same cycles buffered at once");
    is_int(count_of("jsonb_array_length(chunks)", "id = 'cycles'"), ROUNDS, "each cycle once");
}

/* ---- Generations ---- */

/* From the newest record, from the first one, or from what is buffered. */
static void *reflect(void *payload) {
    struct racer *racer = payload;
    for (int round = 0; round < ROUNDS; round++) {
        pgc_observation_reflection reflection = PGC_OBSERVATION_REFLECTION_INIT;
        pgc_result *newest = NULL;
        pgc_error err;
        reflection.id = z(racer->id);
        reflection.reflection = z("[R]");
        note(racer, pgc_observation_buffer_reflection(store, &reflection, NULL, &err), NULL, &err,
             PGC_OK);
        note(racer, pgc_observation_activate_reflection(store, z(racer->id), 1, NULL, &err), NULL,
             &err, PGC_CONFLICT);
        int status = pgc_observation_get(store, z(racer->id), pgc_none(), &newest, &err);
        if (status == 0) {
            pgc_str id = pgc_result_observation(newest, 0)->id;
            status = pgc_observation_reflect(store, id, z("-"), 1, NULL, &err);
        }
        note(racer, status, newest, &err, PGC_OK);
    }
    return NULL;
}

static void check_generations(void) {
    make_record("generations");
    race("generations", reflect, "generations made at once");
    const char *where = "thread_id = 'generations'";
    is_int(count_of("max(generation) + 1 - count(*)", where), 0, "numbers without a gap");
    is_int(count_of("max(revision)", where), 0, "and once each");
    is_int(ask_number("SELECT count(*) FROM %s.observations o, regexp_matches(o.active || "
                      "coalesce(o.reflection, ''), '\\[R\\]', 'g') WHERE o.thread_id = "
                      "'generations'",
                      quoted(schema)),
           RACERS * ROUNDS, "every buffered reflection is there once");
}

/* ---- Config, clear ---- */

static void *merge_config(void *payload) {
    struct racer *racer = payload;
    for (int round = 0; round < ROUNDS; round++) {
        char patch[96];
        pgc_error err;
        snprintf(patch, sizeof patch, "{\"deep\": {\"key%d\": {\"round%d\": null}}}", racer->number,
                 round);
        note(racer, pgc_observation_config(store, z(racer->id), z(patch), NULL, &err), NULL, &err,
             PGC_OK);
    }
    return NULL;
}

static void check_config(void) {
    make_record("config");
    race("config", merge_config, "configs merged at once");
    is_int(ask_number("SELECT count(*) FROM %s.observations o, jsonb_each(o.config -> 'deep') k, "
                      "jsonb_object_keys(k.value) WHERE o.id = 'config'",
                      quoted(schema)),
           RACERS * ROUNDS, "all keys are there");
}

/* Makes, fills, reflects and, every fourth of them, clears. */
static void *live_and_die(void *payload) {
    struct racer *racer = payload;
    for (int round = 0; round < ROUNDS; round++) {
        pgc_observation_new new = PGC_OBSERVATION_NEW_INIT;
        pgc_result *made = NULL;
        pgc_error err;
        new.thread_id = z(racer->id);
        int status = pgc_observation_init(store, &new, &made, &err);
        if (status == 0) {
            pgc_str id = pgc_result_observation(made, 0)->id;
            note(racer, put_chunk(id.data, "c", &err), NULL, &err, PGC_NOT_FOUND);
            status = pgc_observation_reflect(store, id, z("r"), 1, NULL, &err);
        }
        note(racer, status == -PGC_CONFLICT ? -PGC_NOT_FOUND : status, made, &err, PGC_NOT_FOUND);
        if (racer->number % 4 == 0) {
            status = pgc_observation_clear(store, z(racer->id), pgc_none(), NULL, &err);
            note(racer, status, NULL, &err, PGC_OK);
        }
    }
    return NULL;
}

static void check_clear(void) {
    pgc_error err;
    race("cleared", live_and_die, "a scope cleared while it is written");
    if (pgc_observation_clear(store, z("cleared"), pgc_none(), NULL, &err) != 0) {
        bail("clear: %s", err.message);
    }
    is_int(count_of("count(*)", "thread_id = 'cleared'"), 0, "in the end it is empty");
}

int main(void) {
    world_begin();
    schema = schema_named("observation race");
    store = store_in(schema);
    for (int i = 0; i < 5; i++) {
        const char *id = form("t%d", i), *resource = form("r%d", i);
        check_init(id, form("thread_id = '%s'", id));
        check_init(resource, form("resource_id = '%s'", resource));
    }
    check_insert();
    check_resources();
    check_chunks();
    check_same_cycles();
    check_generations();
    check_config();
    check_clear();
    pgc_store_free(store);
    return world_end();
}
