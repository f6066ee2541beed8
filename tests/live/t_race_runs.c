/* Workflow runs, prunes and clears by many threads at once: nothing is lost, torn or orphaned. */
#include "engine_world.h"
#include "pgconvo_memory.h"
#include "pgconvo_workflow.h"

enum { RACERS = 20, ROUNDS = 10 };

static const char *schema;
static pgc_store *store;

struct racer {
    int number;
    int done;
    int refused;
    int wrong;
    pgc_error err;
};

static struct racer racers[RACERS];

static void note(struct racer *racer, int status, const pgc_error *err, pgc_code allowed) {
    racer->done += status == 0;
    racer->refused += status != 0 && status == -(int)allowed;
    if (status != 0 && status != -(int)allowed && racer->wrong++ == 0) racer->err = *err;
}

static void race(void *(*run)(void *), const char *name) {
    int wrong = 0;
    for (int i = 0; i < RACERS; i++)
        racers[i] = (struct racer){.number = i};
    run_threads(RACERS, run, racers, sizeof racers[0]);
    for (int i = 0; i < RACERS; i++) {
        wrong += racers[i].wrong;
        if (racers[i].wrong > 0) diag("%d: %s", i, racers[i].err.message);
    }
    is_int(wrong, 0, "%s: no other error", name);
}

static int done(void) {
    int sum = 0;
    for (int i = 0; i < RACERS; i++)
        sum += racers[i].done;
    return sum;
}

/* ---- Steps ----------------------------------------------------------------------------------- */

/* Each time another run, which none of them has made: its first results, in one moment. */
static void *put_steps(void *payload) {
    struct racer *racer = payload;
    for (int round = 0; round < ROUNDS; round++) {
        char run[16], id[16], context[32];
        pgc_step step = PGC_STEP_INIT;
        pgc_result *result = NULL;
        pgc_error err;
        snprintf(run, sizeof run, "first %d", round);
        snprintf(id, sizeof id, "step %d", racer->number);
        snprintf(context, sizeof context, "{\"k%d\": %d}", racer->number, round);
        step.workflow_name = z("w");
        step.run_id = z(run);
        step.step_id = z(id);
        step.result = z("{\"status\": \"success\"}");
        step.request_context = z(context);
        step.initial = z("{\"status\": \"pending\", \"context\": {}}");
        note(racer, pgc_run_step(store, &step, &result, &err), &err, PGC_OK);
        pgc_result_free(result);
    }
    return NULL;
}

static void check_first_steps(void) {
    race(put_steps, "first results");
    is_int(ask_number("SELECT sum((SELECT count(*) FROM jsonb_object_keys(snapshot -> 'context'))) "
                      "FROM %s.workflow_runs WHERE run_id LIKE 'first%%'",
                      quoted(schema)),
           RACERS * ROUNDS, "every result is there");
    is_int(ask_number("SELECT sum((SELECT count(*) FROM jsonb_object_keys(snapshot -> "
                      "'requestContext'))) FROM %s.workflow_runs WHERE run_id LIKE 'first%%'",
                      quoted(schema)),
           RACERS * ROUNDS, "and every member of the request context");
}

/* One step whose output has a place for each. */
static void *put_places(void *payload) {
    struct racer *racer = payload;
    char result_text[512];
    size_t size = (size_t)snprintf(result_text, sizeof result_text, "{\"output\": [");
    for (int i = 0; i < RACERS; i++) {
        size += (size_t)snprintf(result_text + size, sizeof result_text - size, "%s%s",
                                 i == 0 ? "" : ",", i == racer->number ? "1" : "null");
    }
    snprintf(result_text + size, sizeof result_text - size, "]}");
    pgc_step step = PGC_STEP_INIT;
    pgc_result *result = NULL;
    pgc_error err;
    step.workflow_name = z("w");
    step.run_id = z("places");
    step.step_id = z("each");
    step.result = z(result_text);
    note(racer, pgc_run_step(store, &step, &result, &err), &err, PGC_OK);
    pgc_result_free(result);
    return NULL;
}

static void check_places(void) {
    race(put_places, "places");
    is_int(ask_number("SELECT count(*) FROM %s.workflow_runs, jsonb_array_elements(snapshot -> "
                      "'context' -> 'each' -> 'output') e WHERE run_id = 'places' AND e = '1'",
                      quoted(schema)),
           RACERS, "every place is filled");
}

/* ---- The state ------------------------------------------------------------------------------- */

static void put_run(const char *id, const char *snapshot) {
    pgc_run_new run = PGC_RUN_NEW_INIT;
    pgc_result *result = NULL;
    pgc_error err;
    run.workflow_name = z("w");
    run.run_id = z(id);
    run.snapshot = z(snapshot);
    if (pgc_run_put(store, &run, &result, &err) != 0) bail("put: %s", err.message);
    pgc_result_free(result);
}

/* All expect the status that the last winner left. */
static void *claim(void *payload) {
    struct racer *racer = payload;
    for (int round = 0; round < ROUNDS; round++) {
        char members[64], expected[16];
        pgc_state state = PGC_STATE_INIT;
        pgc_result *result = NULL;
        pgc_error err;
        snprintf(expected, sizeof expected, "%d", round);
        snprintf(members, sizeof members, "{\"status\": \"%d\", \"w%d\": %d}", round + 1, round,
                 racer->number);
        pgc_str wanted = z(expected);
        state.workflow_name = z("w");
        state.run_id = z("claimed");
        state.members = z(members);
        state.expected = &wanted;
        state.expected_count = 1;
        int status = pgc_run_state(store, &state, &result, &err);
        note(racer, status, &err, PGC_OK);
        if (status == 0 && pgc_result_runs(result) == 0) racer->done--;
        pgc_result_free(result);
    }
    return NULL;
}

static void check_claims(void) {
    put_run("claimed", "{\"context\": {}, \"status\": \"0\"}");
    race(claim, "claims");
    is_int(
        done(),
        ask_number("SELECT status FROM %s.workflow_runs WHERE run_id = 'claimed'", quoted(schema)),
        "each claim has one winner");
    ok(done() > 0, "somebody won (%d)", done());
}

/* ---- Prunes and clears beside writers -------------------------------------------------------- */

static int call_prune(pgc_prune_table table, pgc_error *err) {
    pgc_prune_options options = PGC_PRUNE_OPTIONS_INIT;
    pgc_result *result = NULL;
    options.table = table;
    options.before = INT64_C(4102444800000000); /* 2100: all that is there is old */
    options.limit = 3;
    int status = pgc_prune(store, &options, &result, err);
    pgc_result_free(result);
    return status;
}

static int call_clear(pgc_clear_what what, pgc_error *err) {
    pgc_result *result = NULL;
    int status = pgc_clear(store, what, &result, err);
    pgc_result_free(result);
    return status;
}

static int merge(const char *thread, const char *message, pgc_error *err) {
    pgc_result *result = NULL;
    int status = pgc_metadata_merge(store, z(thread), z(message), z("{\"a\": 1}"), &result, err);
    pgc_result_free(result);
    return status;
}

/* The next generation of what is noted of a thread. */
static int observe(const char *thread, pgc_error *err) {
    pgc_observation_new observation = PGC_OBSERVATION_NEW_INIT;
    pgc_result *result = NULL, *next = NULL;
    observation.thread_id = z(thread);
    observation.resource_id = z("somebody");
    int status = pgc_observation_init(store, &observation, &result, err);
    if (status == 0) {
        pgc_str id = pgc_result_observation(result, 0)->id;
        status = pgc_observation_reflect(store, id, z("reflected"), 1, &next, err);
        pgc_result_free(next);
    }
    pgc_result_free(result);
    return status == -PGC_CONFLICT && err->retry == PGC_RETRY_SAFE && err->sqlstate[0] == '\0'
               ? -PGC_NOT_FOUND /* another one was put in */
               : status;
}

/* A conversation in threads that all share; what a prune or a clear took is made again. */
static void *write_or_take(void *payload) {
    struct racer *racer = payload;
    for (int round = 0; round < ROUNDS * 3; round++) {
        char thread[16], id[32];
        pgc_error err;
        snprintf(thread, sizeof thread, "t%d", (racer->number + round) % 4);
        snprintf(id, sizeof id, "m%d.%d", racer->number, round);
        switch (racer->number % 8) {
        case 0:
            note(racer, call_prune(PGC_PRUNE_THREADS, &err), &err, PGC_OK);
            break;
        case 1:
            note(racer, call_prune(PGC_PRUNE_MESSAGES, &err), &err, PGC_OK);
            break;
        case 2:
            note(racer, call_clear(PGC_CLEAR_MEMORY, &err), &err, PGC_OK);
            break;
        case 3:
            note(racer, create_thread(store, thread, &err), &err, PGC_EXISTS);
            break;
        case 4:
            note(racer, merge(thread, NULL, &err), &err, PGC_NOT_FOUND);
            break;
        case 5:
            note(racer, observe(thread, &err), &err, PGC_NOT_FOUND);
            break;
        default:
            note(racer, append_one(store, thread, id, &err), &err, PGC_NOT_FOUND);
            note(racer, merge(thread, id, &err), &err, PGC_NOT_FOUND);
        }
    }
    return NULL;
}

static void check_memory(void) {
    race(write_or_take, "writers, prunes and clears");
    is_int(orphans(schema), 0, "nothing is orphaned");
}

static void *put_or_take(void *payload) {
    struct racer *racer = payload;
    for (int round = 0; round < ROUNDS; round++) {
        pgc_error err;
        if (racer->number % 4 == 0) {
            note(racer, call_prune(PGC_PRUNE_RUNS, &err), &err, PGC_OK);
        } else if (racer->number % 4 == 1) {
            note(racer, call_clear(PGC_CLEAR_RUNS, &err), &err, PGC_OK);
        } else {
            put_steps(racer);
        }
    }
    return NULL;
}

static void check_runs(void) {
    race(put_or_take, "steps, prunes and clears");
}

int main(void) {
    world_begin();
    schema = schema_named("runs");
    pgc_store_options options = options_for(schema);
    options.max_connections = RACERS;
    store = store_with(options);
    check_first_steps();
    check_places();
    check_claims();
    check_memory();
    check_runs();
    pgc_store_free(store);
    return world_end();
}
