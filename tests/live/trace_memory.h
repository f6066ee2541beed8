/*
 * The operations on resources and observations for the traces; `round` is 0 and then 1.
 */
#ifndef TRACE_MEMORY_H
#define TRACE_MEMORY_H

#include "live/memory_world.h"

static int resource_get(int round) {
    (void)round;
    return CALL(resource_get, z("ada"));
}
static int resource_create(int round) {
    return CALL(resource_create,
                RESOURCE(.id = z(round == 0 ? "new 1" : "new 2"), .working_memory = z("notes"),
                         .metadata = z("{\"a\":1}"), .created_at = AT(1)));
}
static int resource_update(int round) {
    return CALL(resource_update,
                RESOURCE_CHANGE(.id = z(round == 0 ? "new" : "ada"), .metadata = z("{\"b\":2}")));
}
static int observation_get(int round) {
    (void)round;
    return CALL(observation_get, z("t"), pgc_none());
}
static int observation_history(int round) {
    (void)round;
    return CALL(observation_history,
                OBSERVATION_QUERY(.resource_id = z("ada"), .from = AT(0), .limit = 2));
}
static int observation_init(int round) {
    return CALL(observation_init, OBSERVATION_NEW(.thread_id = z(round == 0 ? "new" : "t"),
                                                  .resource_id = z("ada"), .timezone = z("UTC")));
}
static int observation_insert(int round) {
    return CALL(observation_insert,
                OBSERVATION(.id = z(round == 0 ? "i1" : "i2"), .resource_id = z("ada"),
                            .active = z("text"), .created_at = AT(2)));
}
static int observation_update(int round) {
    (void)round;
    return CALL(observation_update, CHANGE(.id = z("o"), .active = z("text"), .tokens = 9));
}
static int observation_mark(int round) {
    (void)round;
    return CALL(observation_mark,
                MARKS(.id = z("o"), .is_observing = PGC_FLAG_ON, .pending_tokens = 9));
}
static int observation_config(int round) {
    (void)round;
    return CALL(observation_config, z("o"), z("{\"a\":{\"b\":2}}"));
}
static int observation_buffer(int round) {
    return put_chunk("o", round == 0 ? "one" : "two", 100);
}
static int observation_activate(int round) {
    return CALL(observation_activate,
                ACTIVATION(.id = z("o"), .pending_tokens = 100, .ratio = 1, .threshold = 50,
                           .force = round == 1, .last_observed_at = AT(7)));
}
static int observation_reflect(int round) {
    (void)round;
    return CALL(observation_reflect, z("o"), z("shorter"), 3);
}
static int observation_buffer_reflection(int round) {
    (void)round;
    return CALL(observation_buffer_reflection,
                REFLECTION(.id = z("o"), .reflection = z("shorter"), .tokens = 3, .lines = 1));
}
static int observation_activate_reflection(int round) {
    return CALL(observation_activate_reflection, z(round == 0 ? "o" : "p"), 3);
}
static int observation_clear(int round) {
    return CALL(observation_clear, z(round == 0 ? "t" : "none"), pgc_none());
}

/* What they work on; all moments are given, since those of the clock could not be compared. */
static void make_memory_material(void) {
    sql("DELETE FROM resources; DELETE FROM observations");
    must(CALL(resource_create, RESOURCE(.id = z("ada"), .created_at = AT(1))));
    must(CALL(observation_insert,
              OBSERVATION(.id = z("o"), .thread_id = z("t"), .resource_id = z("ada"),
                          .created_at = AT(1), .reflection = z("short"), .config = z("{\"a\":1}"),
                          .chunks = z("[{\"id\":\"c\",\"observations\":\"seen\"},{}]"))));
    must(CALL(observation_insert, OBSERVATION(.id = z("p"), .resource_id = z("ada"),
                                              .created_at = AT(1), .reflection = z("short"))));
}

#endif
