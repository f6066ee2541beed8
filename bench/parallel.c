/* Eight threads at once, each appending two messages at a time to a conversation of its own. */
#include <pthread.h>
#include <stdlib.h>

#include "bench.h"
#include "measure.h"

#define TURN 2 /* messages: a question and its answer */

struct crowd {
    pgc_store *store; /* NULL: plain */
    struct plain *plain[BENCH_JOBS];
    const pgc_message_new *messages;
    size_t turns; /* of each thread in a run */
};

struct member {
    pthread_t thread;
    const struct crowd *crowd;
    size_t number;
    char id[32]; /* of its conversation */
};

static void *append_ours(void *payload) {
    const struct member *member = payload;
    for (size_t i = 0; i < member->crowd->turns; i++) {
        world_append(member->crowd->store, member->id, member->crowd->messages, TURN);
    }
    return NULL;
}

static void *append_plain(void *payload) {
    const struct member *member = payload;
    struct plain *plain = member->crowd->plain[member->number];
    for (size_t i = 0; i < member->crowd->turns; i++) {
        plain_begin(plain);
        plain_batch(plain, pgc_z(member->id), member->crowd->messages, TURN);
        plain_run(plain, "message_append_even", TURN);
    }
    return NULL;
}

static void run(void *context) {
    const struct crowd *crowd = context;
    struct member members[BENCH_JOBS];
    for (size_t i = 0; i < BENCH_JOBS; i++) {
        members[i] = (struct member){.crowd = crowd, .number = i};
        snprintf(members[i].id, sizeof members[i].id, "%s-%zu",
                 crowd->store != NULL ? "ours" : "plain", i);
        if (pthread_create(&members[i].thread, NULL,
                           crowd->store != NULL ? append_ours : append_plain, &members[i]) != 0) {
            bench_fail("no thread could be started");
        }
    }
    for (size_t i = 0; i < BENCH_JOBS; i++) {
        pthread_join(members[i].thread, NULL);
    }
}

static void measure_crowd(struct world *world, const char *label, bool relaxed,
                          const pgc_message_new *messages) {
    const struct settings *settings = world->settings;
    size_t turns = settings->quick ? 5 : relaxed ? 100 : 20;
    struct crowd ours = {
        .store = world_store(settings, BENCH_JOBS, relaxed), .messages = messages, .turns = turns};
    struct crowd plain = {.messages = messages, .turns = turns};
    for (size_t i = 0; i < BENCH_JOBS; i++) {
        plain.plain[i] = world_plain(world, relaxed);
    }
    struct figures figures;
    struct side sides[2] = {{run, NULL, &ours, BENCH_JOBS * turns},
                            {run, NULL, &plain, BENCH_JOBS * turns}};
    measure(sides, 1, settings->rounds, &figures);
    measure_row(label, &figures);
    for (size_t i = 0; i < BENCH_JOBS; i++) {
        plain_close(plain.plain[i]);
    }
    pgc_store_free(ours.store);
}

void bench_parallel(struct world *world) {
    pgc_message_new *messages = world_messages(TURN, false);
    for (size_t i = 0; i < BENCH_JOBS; i++) {
        char id[32];
        snprintf(id, sizeof id, "ours-%zu", i);
        world_thread(world->relaxed_store, id);
        snprintf(id, sizeof id, "plain-%zu", i);
        world_thread(world->relaxed_store, id);
    }
    measure_head("8 threads at once, per operation", "pgconvo, us", "libpq, us");
    measure_crowd(world, "append 2", false, messages);
    measure_crowd(world, "append 2, commit in memory", true, messages);
    free(messages);
}
