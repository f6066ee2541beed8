/*
 * What the tests of resources and observations share: arguments, and what is in the tables.
 */
#ifndef MEMORY_WORLD_H
#define MEMORY_WORLD_H

#include "live/world.h"

#include <pgconvo_memory.h>

#define RESOURCE(...)                              \
    (&(pgc_resource){.size = sizeof(pgc_resource), \
                     .created_at = PGC_NO_TIME,    \
                     .updated_at = PGC_NO_TIME,    \
                     __VA_ARGS__})
#define RESOURCE_CHANGE(...) \
    (&(pgc_resource_change){.size = sizeof(pgc_resource_change), __VA_ARGS__})
#define OBSERVATION(...)                                         \
    (&(pgc_observation){.size = sizeof(pgc_observation),         \
                        .created_at = PGC_NO_TIME,               \
                        .updated_at = PGC_NO_TIME,               \
                        .last_observed_at = PGC_NO_TIME,         \
                        .buffered_tokens = PGC_NO_COUNT,         \
                        .reflection_tokens = PGC_NO_COUNT,       \
                        .reflection_input_tokens = PGC_NO_COUNT, \
                        .reflected_lines = PGC_NO_COUNT,         \
                        .last_buffered_at = PGC_NO_TIME,         \
                        __VA_ARGS__})
#define OBSERVATION_NEW(...) \
    (&(pgc_observation_new){.size = sizeof(pgc_observation_new), __VA_ARGS__})
#define OBSERVATION_QUERY(...)                                       \
    (&(pgc_observation_query){.size = sizeof(pgc_observation_query), \
                              .from = PGC_NO_TIME,                   \
                              .until = PGC_NO_TIME,                  \
                              __VA_ARGS__})
#define CHANGE(...)             \
    (&(pgc_observation_change){ \
        .size = sizeof(pgc_observation_change), .last_observed_at = AT(0), __VA_ARGS__})
#define MARKS(...)                                                   \
    (&(pgc_observation_marks){.size = sizeof(pgc_observation_marks), \
                              .last_buffered_tokens = PGC_NO_COUNT,  \
                              .pending_tokens = PGC_NO_COUNT,        \
                              __VA_ARGS__})
#define CHUNK(...)                                                   \
    (&(pgc_observation_chunk){.size = sizeof(pgc_observation_chunk), \
                              .last_observed_at = AT(0),             \
                              .last_buffered_at = PGC_NO_TIME,       \
                              __VA_ARGS__})
#define ACTIVATION(...)             \
    (&(pgc_observation_activation){ \
        .size = sizeof(pgc_observation_activation), .last_observed_at = PGC_NO_TIME, __VA_ARGS__})
#define REFLECTION(...) \
    (&(pgc_observation_reflection){.size = sizeof(pgc_observation_reflection), __VA_ARGS__})

WORLD_USED static const pgc_resource *resource(void) {
    return pgc_result_resource(result, 0);
}

WORLD_USED static const pgc_observation *record(size_t i) {
    const pgc_observation *found = pgc_result_observation(result, i);
    if (found == NULL) bail("there is no observation %zu", i);
    return found;
}

/* A record of a thread that is named as the record; returns that name. */
WORLD_USED static pgc_str make_record(const char *id) {
    must(CALL(observation_insert, OBSERVATION(.id = z(id), .thread_id = z(id))));
    return z(id);
}

/* A chunk of the cycle, whose text is the cycle's name, of so many tokens of messages. */
WORLD_USED static int put_chunk(const char *id, const char *cycle, int64_t message_tokens) {
    return CALL(observation_buffer,
                CHUNK(.id = z(id), .cycle_id = z(cycle), .observations = z(cycle), .tokens = 10,
                      .message_tokens = message_tokens));
}

/* A column of a record as text, "" for null. */
WORLD_USED static const char *column(const char *id, const char *expression) {
    const char *text = sql("SELECT %s FROM observations WHERE id = '%s'", expression, id);
    return text == NULL ? "" : text;
}

/* The cycles of a record's chunks: "a b c". */
WORLD_USED static const char *cycles(const char *id) {
    return column(id,
                  "(SELECT string_agg(c ->> 'cycleId', ' ') FROM jsonb_array_elements(chunks) c)");
}

#endif
