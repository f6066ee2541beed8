/*
 * pgconvo: what an agent remembers beside its conversations: resources (working memory) and
 * observations.
 *
 * The conventions are those of pgconvo.h. A struct of results may be given back where one of its
 * kind is to be made.
 *
 * Since 0.1 unless noted.
 */
#ifndef PGCONVO_MEMORY_H
#define PGCONVO_MEMORY_H

#include "pgconvo.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Resources ------------------------------------------------------------------------------- */

/* What is remembered of whoever an agent serves, a user or a project, in all their threads. */
typedef struct pgc_resource {
    size_t size;            /* set by PGC_RESOURCE_INIT */
    pgc_str id;             /* up to 255 bytes; may be empty */
    pgc_str working_memory; /* any text, up to 256 MiB; absent: none */
    pgc_str metadata;       /* a JSON object; absent: none */
    int64_t created_at;     /* to create one: PGC_NO_TIME: now */
    int64_t updated_at;     /* to create one: PGC_NO_TIME: as created_at */
} pgc_resource;

#define PGC_RESOURCE_INIT \
    { .size = sizeof(pgc_resource), .created_at = PGC_NO_TIME, .updated_at = PGC_NO_TIME }

/* Number of resources in a result; the i-th of them (NULL if there is none), borrowed from it. */
PGC_EXPORT size_t pgc_result_resources(const pgc_result *result);
PGC_EXPORT const pgc_resource *pgc_result_resource(const pgc_result *result, size_t i);

/* Reads a resource. Errors: NOT_FOUND. */
PGC_EXPORT PGC_MUST_CHECK int pgc_resource_get(pgc_store *store, pgc_str resource_id,
                                               pgc_result **result, pgc_error *err);
PGC_EXPORT PGC_MUST_CHECK int pgc_resource_get_start(pgc_store *store, pgc_str resource_id,
                                                     pgc_done_fn done, void *payload, pgc_op **op,
                                                     pgc_error *err);

/* Creates a resource. Result: the resource. Errors: EXISTS, INVALID. */
PGC_EXPORT PGC_MUST_CHECK int pgc_resource_create(pgc_store *store, const pgc_resource *resource,
                                                  pgc_result **result, pgc_error *err);
PGC_EXPORT PGC_MUST_CHECK int pgc_resource_create_start(pgc_store *store,
                                                        const pgc_resource *resource,
                                                        pgc_done_fn done, void *payload,
                                                        pgc_op **op, pgc_error *err);

typedef struct pgc_resource_change {
    size_t size;
    pgc_str id;
    pgc_str working_memory; /* absent: stays */
    /* a JSON object, whose members take the place of those of the same name; null is a value as
     * any; absent: stays */
    pgc_str metadata;
    bool clear_working_memory;
    /* the names of up to 10,000 top-level members of the metadata that go */
    const pgc_str *removed;
    size_t removed_count;
} pgc_resource_change;

#define PGC_RESOURCE_CHANGE_INIT \
    { .size = sizeof(pgc_resource_change) }

/*
 * Changes a resource, and creates it if it is not there. Concurrent changes lose nothing of each
 * other. Result: the resource as it is now; pgc_result_inserted tells if it is new. Errors:
 * INVALID.
 */
PGC_EXPORT PGC_MUST_CHECK int pgc_resource_update(pgc_store *store,
                                                  const pgc_resource_change *change,
                                                  pgc_result **result, pgc_error *err);
PGC_EXPORT PGC_MUST_CHECK int pgc_resource_update_start(pgc_store *store,
                                                        const pgc_resource_change *change,
                                                        pgc_done_fn done, void *payload,
                                                        pgc_op **op, pgc_error *err);

/* ---- Observations ---------------------------------------------------------------------------- */

/*
 * What an agent has noted of a conversation, so that it need not read all of it again: a text that
 * is active, chunks of text that are buffered until they are needed, and from time to time a
 * reflection, a shorter text that begins a new generation. Scopes are threads and resources; of a
 * scope the record of the newest generation counts, the others are its history.
 */

#define PGC_NO_COUNT INT64_MIN /* a number that is absent */

typedef enum pgc_observation_origin {
    PGC_ORIGIN_INITIAL = 0,
    PGC_ORIGIN_REFLECTION = 1,
} pgc_observation_origin;

/* A record: one generation of a scope. */
typedef struct pgc_observation {
    size_t size;         /* set by PGC_OBSERVATION_INIT */
    pgc_str id;          /* to insert one: absent: the library makes a UUIDv7 */
    pgc_str thread_id;   /* absent: the scope is the resource */
    pgc_str resource_id; /* up to 255 bytes; may be empty */
    int64_t generation;  /* from 0 on */
    pgc_observation_origin origin;
    int64_t created_at;       /* to insert one: PGC_NO_TIME: now */
    int64_t updated_at;       /* to insert one: PGC_NO_TIME: as created_at */
    int64_t last_observed_at; /* up to where messages were observed; PGC_NO_TIME: none were */
    pgc_str active;           /* the text that is active; empty: none (absent counts as that) */
    /* what pgc_observation_buffer appended, a JSON array of objects; "[]": nothing */
    pgc_str chunks;
    /* a buffer as older writers had it; absent: none */
    pgc_str buffered;
    int64_t buffered_tokens;      /* PGC_NO_COUNT: none */
    pgc_str buffered_message_ids; /* a JSON array; absent: none */
    pgc_str reflection;        /* what pgc_observation_buffer_reflection appended; absent: none */
    int64_t reflection_tokens; /* PGC_NO_COUNT: none, for these three */
    int64_t reflection_input_tokens;
    int64_t reflected_lines;
    pgc_str observed_message_ids; /* a JSON array; absent: none */
    pgc_str timezone;             /* in which the text writes dates; absent: unknown */
    int64_t total_tokens;         /* of all that was ever observed */
    int64_t active_tokens;
    int64_t pending_tokens; /* of messages that are not observed yet */
    bool is_reflecting;
    bool is_observing;
    bool is_buffering_observation;
    bool is_buffering_reflection;
    int64_t last_buffered_tokens;
    int64_t last_buffered_at; /* PGC_NO_TIME: nothing was buffered */
    pgc_str config;           /* a JSON object; absent counts as "{}" */
    pgc_str metadata;         /* a JSON object; absent: none */
} pgc_observation;

#define PGC_OBSERVATION_INIT                                                                   \
    {                                                                                          \
        .size = sizeof(pgc_observation), .created_at = PGC_NO_TIME, .updated_at = PGC_NO_TIME, \
        .last_observed_at = PGC_NO_TIME, .buffered_tokens = PGC_NO_COUNT,                      \
        .reflection_tokens = PGC_NO_COUNT, .reflection_input_tokens = PGC_NO_COUNT,            \
        .reflected_lines = PGC_NO_COUNT, .last_buffered_at = PGC_NO_TIME                       \
    }

/* Number of records in a result; the i-th of them (NULL if there is none), borrowed from it. */
PGC_EXPORT size_t pgc_result_observations(const pgc_result *result);
PGC_EXPORT const pgc_observation *pgc_result_observation(const pgc_result *result, size_t i);

/*
 * The newest record of a thread or, without a thread_id, of a resource (with one, the resource does
 * not matter). Errors: NOT_FOUND.
 */
PGC_EXPORT PGC_MUST_CHECK int pgc_observation_get(pgc_store *store, pgc_str thread_id,
                                                  pgc_str resource_id, pgc_result **result,
                                                  pgc_error *err);
PGC_EXPORT PGC_MUST_CHECK int pgc_observation_get_start(pgc_store *store, pgc_str thread_id,
                                                        pgc_str resource_id, pgc_done_fn done,
                                                        void *payload, pgc_op **op, pgc_error *err);

typedef struct pgc_observation_query {
    size_t size;
    pgc_str thread_id; /* the scope, as for pgc_observation_get */
    pgc_str resource_id;
    int64_t from;    /* only records created at or after; PGC_NO_TIME: no bound */
    int64_t until;   /* only records created before; PGC_NO_TIME: no bound */
    uint32_t limit;  /* rows; 0: PGC_LIMIT_DEFAULT */
    uint32_t offset; /* rows to leave out before */
} pgc_observation_query;

#define PGC_OBSERVATION_QUERY_INIT \
    { .size = sizeof(pgc_observation_query), .from = PGC_NO_TIME, .until = PGC_NO_TIME }

/* The records of a scope, newest generation first; there may be none. Errors: INVALID. */
PGC_EXPORT PGC_MUST_CHECK int pgc_observation_history(pgc_store *store,
                                                      const pgc_observation_query *query,
                                                      pgc_result **result, pgc_error *err);
PGC_EXPORT PGC_MUST_CHECK int pgc_observation_history_start(pgc_store *store,
                                                            const pgc_observation_query *query,
                                                            pgc_done_fn done, void *payload,
                                                            pgc_op **op, pgc_error *err);

typedef struct pgc_observation_new {
    size_t size;
    pgc_str thread_id; /* the scope, as for pgc_observation_get; the resource is kept, too */
    pgc_str resource_id;
    pgc_str config;   /* a JSON object; absent: {} */
    pgc_str timezone; /* absent: unknown */
} pgc_observation_new;

#define PGC_OBSERVATION_NEW_INIT \
    { .size = sizeof(pgc_observation_new) }

/*
 * The newest record of a scope, which is made if there is none: generation 0, with nothing in it.
 * Of concurrent calls one makes it, and all get it. Result: the record; pgc_result_inserted tells
 * if it is new. Errors: INVALID.
 */
PGC_EXPORT PGC_MUST_CHECK int pgc_observation_init(pgc_store *store,
                                                   const pgc_observation_new *observation,
                                                   pgc_result **result, pgc_error *err);
PGC_EXPORT PGC_MUST_CHECK int pgc_observation_init_start(pgc_store *store,
                                                         const pgc_observation_new *observation,
                                                         pgc_done_fn done, void *payload,
                                                         pgc_op **op, pgc_error *err);

/*
 * Puts a whole record in, as it is: a copy of another one, say. Where the scope has one of its
 * generation, it comes before that. Result: the record. Errors: EXISTS (the id), INVALID.
 */
PGC_EXPORT PGC_MUST_CHECK int pgc_observation_insert(pgc_store *store,
                                                     const pgc_observation *observation,
                                                     pgc_result **result, pgc_error *err);
PGC_EXPORT PGC_MUST_CHECK int pgc_observation_insert_start(pgc_store *store,
                                                           const pgc_observation *observation,
                                                           pgc_done_fn done, void *payload,
                                                           pgc_op **op, pgc_error *err);

/*
 * The calls below change one record, named by its id, under the lock of its row; concurrent ones
 * lose nothing of each other. Their results have no rows but where that is said. Errors of all:
 * NOT_FOUND (no such record), INVALID.
 */

typedef struct pgc_observation_change {
    size_t size;
    pgc_str id;
    pgc_str active; /* the text; may be empty */
    int64_t tokens; /* its tokens */
    int64_t last_observed_at;
    pgc_str observed_message_ids; /* a JSON array; absent: stays */
} pgc_observation_change;

#define PGC_OBSERVATION_CHANGE_INIT \
    { .size = sizeof(pgc_observation_change), .last_observed_at = PGC_NO_TIME }

/* Replaces the active text, adds its tokens to the total, and sets pending_tokens to 0. */
PGC_EXPORT PGC_MUST_CHECK int pgc_observation_update(pgc_store *store,
                                                     const pgc_observation_change *change,
                                                     pgc_result **result, pgc_error *err);
PGC_EXPORT PGC_MUST_CHECK int pgc_observation_update_start(pgc_store *store,
                                                           const pgc_observation_change *change,
                                                           pgc_done_fn done, void *payload,
                                                           pgc_op **op, pgc_error *err);

typedef enum pgc_flag {
    PGC_FLAG_STAYS = 0,
    PGC_FLAG_ON = 1,
    PGC_FLAG_OFF = 2,
} pgc_flag;

typedef struct pgc_observation_marks {
    size_t size;
    pgc_str id;
    pgc_flag is_reflecting;
    pgc_flag is_observing;
    pgc_flag is_buffering_observation;
    pgc_flag is_buffering_reflection;
    int64_t last_buffered_tokens; /* PGC_NO_COUNT: stays */
    int64_t pending_tokens;       /* PGC_NO_COUNT: stays */
} pgc_observation_marks;

#define PGC_OBSERVATION_MARKS_INIT                                                   \
    {                                                                                \
        .size = sizeof(pgc_observation_marks), .last_buffered_tokens = PGC_NO_COUNT, \
        .pending_tokens = PGC_NO_COUNT                                               \
    }

/* Sets flags and numbers that tell what is under way. */
PGC_EXPORT PGC_MUST_CHECK int pgc_observation_mark(pgc_store *store,
                                                   const pgc_observation_marks *marks,
                                                   pgc_result **result, pgc_error *err);
PGC_EXPORT PGC_MUST_CHECK int pgc_observation_mark_start(pgc_store *store,
                                                         const pgc_observation_marks *marks,
                                                         pgc_done_fn done, void *payload,
                                                         pgc_op **op, pgc_error *err);

/*
 * Merges `config`, a JSON object, into that of a record: objects merge in depth, all else replaces,
 * null too.
 */
PGC_EXPORT PGC_MUST_CHECK int pgc_observation_config(pgc_store *store, pgc_str id, pgc_str config,
                                                     pgc_result **result, pgc_error *err);
PGC_EXPORT PGC_MUST_CHECK int pgc_observation_config_start(pgc_store *store, pgc_str id,
                                                           pgc_str config, pgc_done_fn done,
                                                           void *payload, pgc_op **op,
                                                           pgc_error *err);

typedef struct pgc_observation_chunk {
    size_t size;
    pgc_str id;           /* of the record */
    pgc_str cycle_id;     /* any text that is not empty; a cycle has one chunk */
    pgc_str observations; /* the text */
    int64_t tokens;       /* its tokens */
    pgc_str message_ids;  /* of the messages observed, a JSON array; absent: [] */
    int64_t message_tokens;
    int64_t last_observed_at;
    /* a JSON object, whose members become members of the chunk beside those above; absent: none */
    pgc_str more;
    int64_t last_buffered_at; /* the record's; PGC_NO_TIME: stays */
} pgc_observation_chunk;

#define PGC_OBSERVATION_CHUNK_INIT                                              \
    {                                                                           \
        .size = sizeof(pgc_observation_chunk), .last_observed_at = PGC_NO_TIME, \
        .last_buffered_at = PGC_NO_TIME                                         \
    }

/*
 * Appends a chunk to what is buffered: an object with id (the library's), cycleId, observations,
 * tokenCount, messageIds, messageTokens, lastObservedAt, createdAt (moments as JavaScript writes
 * them, "2026-01-02T03:04:05.678Z") and what `more` has. The chunk of a cycle that is buffered
 * already changes nothing, which makes the call safe to repeat; pgc_result_inserted tells.
 */
PGC_EXPORT PGC_MUST_CHECK int pgc_observation_buffer(pgc_store *store,
                                                     const pgc_observation_chunk *chunk,
                                                     pgc_result **result, pgc_error *err);
PGC_EXPORT PGC_MUST_CHECK int pgc_observation_buffer_start(pgc_store *store,
                                                           const pgc_observation_chunk *chunk,
                                                           pgc_done_fn done, void *payload,
                                                           pgc_op **op, pgc_error *err);

typedef struct pgc_observation_activation {
    size_t size;
    pgc_str id;
    /*
     * How much to activate: chunks from the first on, until of `pending_tokens`, the tokens of the
     * messages at hand, a floor of threshold * (1 - ratio) is left. Where no number of chunks comes
     * to that, it is the next higher one, if that leaves 1000 tokens (or the floor, if that is
     * less) and a twentieth of the floor; else the next lower one; but at least one.
     */
    double ratio;
    double threshold;
    double pending_tokens;
    bool force; /* a twentieth need not be left */
    /*
     * The chunks as the caller has read them, with newer numbers (messageTokens), a JSON array:
     * only these are activated. Those that are buffered no more do not come back. Absent: all, as
     * they are stored.
     */
    pgc_str chunks;
    int64_t last_observed_at; /* PGC_NO_TIME: as the last chunk that is activated says */
} pgc_observation_activation;

#define PGC_OBSERVATION_ACTIVATION_INIT \
    { .size = sizeof(pgc_observation_activation), .last_observed_at = PGC_NO_TIME }

/*
 * Moves buffered chunks to the active text. Behind what is there comes a line
 * "--- message boundary (moment) ---". Nothing buffered changes nothing. Result: the chunks that
 * were activated (pgc_result_activated), how many these are (pgc_result_total).
 */
PGC_EXPORT PGC_MUST_CHECK int pgc_observation_activate(pgc_store *store,
                                                       const pgc_observation_activation *activation,
                                                       pgc_result **result, pgc_error *err);
PGC_EXPORT PGC_MUST_CHECK int
pgc_observation_activate_start(pgc_store *store, const pgc_observation_activation *activation,
                               pgc_done_fn done, void *payload, pgc_op **op, pgc_error *err);

/* The chunks that pgc_observation_activate moved, a JSON array; absent for other results. */
PGC_EXPORT pgc_str pgc_result_activated(const pgc_result *result);

/*
 * Makes the next generation of a record's scope, with `reflection` as its active text of so many
 * tokens, nothing buffered and nothing under way; the record stays as it is. Result: the new
 * record. Errors: CONFLICT (another one was put in at the same moment).
 */
PGC_EXPORT PGC_MUST_CHECK int pgc_observation_reflect(pgc_store *store, pgc_str id,
                                                      pgc_str reflection, int64_t tokens,
                                                      pgc_result **result, pgc_error *err);
PGC_EXPORT PGC_MUST_CHECK int pgc_observation_reflect_start(pgc_store *store, pgc_str id,
                                                            pgc_str reflection, int64_t tokens,
                                                            pgc_done_fn done, void *payload,
                                                            pgc_op **op, pgc_error *err);

typedef struct pgc_observation_reflection {
    size_t size;
    pgc_str id;
    pgc_str reflection;   /* the text */
    int64_t tokens;       /* its tokens */
    int64_t input_tokens; /* of the text that it was made of */
    int64_t lines;        /* how many lines of the active text it was made of */
} pgc_observation_reflection;

#define PGC_OBSERVATION_REFLECTION_INIT \
    { .size = sizeof(pgc_observation_reflection) }

/* Appends a reflection to what a record has buffered of them. */
PGC_EXPORT PGC_MUST_CHECK int
pgc_observation_buffer_reflection(pgc_store *store, const pgc_observation_reflection *reflection,
                                  pgc_result **result, pgc_error *err);
PGC_EXPORT PGC_MUST_CHECK int pgc_observation_buffer_reflection_start(
    pgc_store *store, const pgc_observation_reflection *reflection, pgc_done_fn done, void *payload,
    pgc_op **op, pgc_error *err);

/*
 * Makes the next generation of the buffered reflection and of those lines of the active text that
 * it was not made of; the record has no reflection buffered then. `tokens`: of the new text.
 * Result: the new record. Errors: CONFLICT (no reflection is buffered; or as
 * pgc_observation_reflect).
 */
PGC_EXPORT PGC_MUST_CHECK int pgc_observation_activate_reflection(pgc_store *store, pgc_str id,
                                                                  int64_t tokens,
                                                                  pgc_result **result,
                                                                  pgc_error *err);
PGC_EXPORT PGC_MUST_CHECK int pgc_observation_activate_reflection_start(pgc_store *store,
                                                                        pgc_str id, int64_t tokens,
                                                                        pgc_done_fn done,
                                                                        void *payload, pgc_op **op,
                                                                        pgc_error *err);

/*
 * Deletes all records of a scope (as for pgc_observation_get). Result: how many there were
 * (pgc_result_total). None is no error.
 */
PGC_EXPORT PGC_MUST_CHECK int pgc_observation_clear(pgc_store *store, pgc_str thread_id,
                                                    pgc_str resource_id, pgc_result **result,
                                                    pgc_error *err);
PGC_EXPORT PGC_MUST_CHECK int pgc_observation_clear_start(pgc_store *store, pgc_str thread_id,
                                                          pgc_str resource_id, pgc_done_fn done,
                                                          void *payload, pgc_op **op,
                                                          pgc_error *err);

#ifdef __cplusplus
}
#endif

#endif
