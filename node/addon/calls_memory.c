/* Resources and observations. */
#include "calls.h"

/* ---- Resources ------------------------------------------------------------------------------- */

/* id */
static int resource_get(struct start *start) {
    pgc_str id = args_str(start->args);
    return CALL(start, pgc_resource_get, id);
}

/* id, workingMemory, metadata, createdAt, updatedAt */
static int resource_create(struct start *start) {
    pgc_resource resource = PGC_RESOURCE_INIT;
    resource.id = args_str(start->args);
    resource.working_memory = args_str(start->args);
    resource.metadata = args_str(start->args);
    resource.created_at = args_time(start->args);
    resource.updated_at = args_time(start->args);
    return CALL(start, pgc_resource_create, &resource);
}

/* id, workingMemory, metadata, clearWorkingMemory, removed */
static int resource_update(struct start *start) {
    pgc_resource_change change = PGC_RESOURCE_CHANGE_INIT;
    change.id = args_str(start->args);
    change.working_memory = args_str(start->args);
    change.metadata = args_str(start->args);
    change.clear_working_memory = args_bool(start->args);
    change.removed = args_optional_strs(start->args, &change.removed_count);
    return CALL(start, pgc_resource_update, &change);
}

/* ---- Observations: a scope is threadId, resourceId ------------------------------------------- */

/* a scope */
static int observation_get(struct start *start) {
    pgc_str thread_id = args_str(start->args);
    pgc_str resource_id = args_str(start->args);
    return CALL(start, pgc_observation_get, thread_id, resource_id);
}

/* a scope, from, until, limit, offset */
static int observation_history(struct start *start) {
    pgc_observation_query query = PGC_OBSERVATION_QUERY_INIT;
    query.thread_id = args_str(start->args);
    query.resource_id = args_str(start->args);
    query.from = args_time(start->args);
    query.until = args_time(start->args);
    query.limit = args_u32(start->args);
    query.offset = args_u32(start->args);
    return CALL(start, pgc_observation_history, &query);
}

/* a scope */
static int observation_clear(struct start *start) {
    pgc_str thread_id = args_str(start->args);
    pgc_str resource_id = args_str(start->args);
    return CALL(start, pgc_observation_clear, thread_id, resource_id);
}

/* a scope, config, timezone */
static int observation_init(struct start *start) {
    pgc_observation_new observation = PGC_OBSERVATION_NEW_INIT;
    observation.thread_id = args_str(start->args);
    observation.resource_id = args_str(start->args);
    observation.config = args_str(start->args);
    observation.timezone = args_str(start->args);
    return CALL(start, pgc_observation_init, &observation);
}

/*
 * bufferedTokens, reflectionTokens, reflectionInputTokens, reflectedLines, totalTokens,
 * activeTokens, pendingTokens, lastBufferedTokens, isReflecting, isObserving,
 * isBufferingObservation, isBufferingReflection
 */
static void read_numbers(struct args *args, pgc_observation *record) {
    record->buffered_tokens = args_count(args);
    record->reflection_tokens = args_count(args);
    record->reflection_input_tokens = args_count(args);
    record->reflected_lines = args_count(args);
    record->total_tokens = args_i64(args);
    record->active_tokens = args_i64(args);
    record->pending_tokens = args_i64(args);
    record->last_buffered_tokens = args_i64(args);
    record->is_reflecting = args_bool(args);
    record->is_observing = args_bool(args);
    record->is_buffering_observation = args_bool(args);
    record->is_buffering_reflection = args_bool(args);
}

/*
 * id, a scope, generation, origin, createdAt, updatedAt, lastObservedAt, lastBufferedAt, active,
 * chunks, buffered, bufferedMessageIds, reflection, observedMessageIds, timezone, config, metadata,
 * numbers
 */
static int observation_insert(struct start *start) {
    struct args *args = start->args;
    pgc_observation record = PGC_OBSERVATION_INIT;
    record.id = args_str(args);
    record.thread_id = args_str(args);
    record.resource_id = args_str(args);
    record.generation = args_i64(args);
    record.origin = (pgc_observation_origin)args_u32(args);
    record.created_at = args_time(args);
    record.updated_at = args_time(args);
    record.last_observed_at = args_time(args);
    record.last_buffered_at = args_time(args);
    record.active = args_str(args);
    record.chunks = args_str(args);
    record.buffered = args_str(args);
    record.buffered_message_ids = args_str(args);
    record.reflection = args_str(args);
    record.observed_message_ids = args_str(args);
    record.timezone = args_str(args);
    record.config = args_str(args);
    record.metadata = args_str(args);
    read_numbers(args, &record);
    return CALL(start, pgc_observation_insert, &record);
}

/* id, reflection, tokens */
static int observation_reflect(struct start *start) {
    pgc_str id = args_str(start->args);
    pgc_str reflection = args_str(start->args);
    int64_t tokens = args_i64(start->args);
    return CALL(start, pgc_observation_reflect, id, reflection, tokens);
}

/* id, tokens */
static int observation_activate_reflection(struct start *start) {
    pgc_str id = args_str(start->args);
    int64_t tokens = args_i64(start->args);
    return CALL(start, pgc_observation_activate_reflection, id, tokens);
}

/* id, active, tokens, lastObservedAt, observedMessageIds */
static int observation_update(struct start *start) {
    pgc_observation_change change = PGC_OBSERVATION_CHANGE_INIT;
    change.id = args_str(start->args);
    change.active = args_str(start->args);
    change.tokens = args_i64(start->args);
    change.last_observed_at = args_time(start->args);
    change.observed_message_ids = args_str(start->args);
    return CALL(start, pgc_observation_update, &change);
}

/*
 * id, isReflecting, isObserving, isBufferingObservation, isBufferingReflection, lastBufferedTokens,
 * pendingTokens
 */
static int observation_mark(struct start *start) {
    pgc_observation_marks marks = PGC_OBSERVATION_MARKS_INIT;
    marks.id = args_str(start->args);
    marks.is_reflecting = (pgc_flag)args_u32(start->args);
    marks.is_observing = (pgc_flag)args_u32(start->args);
    marks.is_buffering_observation = (pgc_flag)args_u32(start->args);
    marks.is_buffering_reflection = (pgc_flag)args_u32(start->args);
    marks.last_buffered_tokens = args_count(start->args);
    marks.pending_tokens = args_count(start->args);
    return CALL(start, pgc_observation_mark, &marks);
}

/* id, config */
static int observation_config(struct start *start) {
    pgc_str id = args_str(start->args);
    pgc_str config = args_str(start->args);
    return CALL(start, pgc_observation_config, id, config);
}

/*
 * id, cycleId, observations, tokens, messageIds, messageTokens, lastObservedAt, more,
 * lastBufferedAt
 */
static int observation_buffer(struct start *start) {
    pgc_observation_chunk chunk = PGC_OBSERVATION_CHUNK_INIT;
    chunk.id = args_str(start->args);
    chunk.cycle_id = args_str(start->args);
    chunk.observations = args_str(start->args);
    chunk.tokens = args_i64(start->args);
    chunk.message_ids = args_str(start->args);
    chunk.message_tokens = args_i64(start->args);
    chunk.last_observed_at = args_time(start->args);
    chunk.more = args_str(start->args);
    chunk.last_buffered_at = args_time(start->args);
    return CALL(start, pgc_observation_buffer, &chunk);
}

/* id, reflection, tokens, inputTokens, lines */
static int observation_buffer_reflection(struct start *start) {
    pgc_observation_reflection reflection = PGC_OBSERVATION_REFLECTION_INIT;
    reflection.id = args_str(start->args);
    reflection.reflection = args_str(start->args);
    reflection.tokens = args_i64(start->args);
    reflection.input_tokens = args_i64(start->args);
    reflection.lines = args_i64(start->args);
    return CALL(start, pgc_observation_buffer_reflection, &reflection);
}

/* id, ratio, threshold, pendingTokens, force, chunks, lastObservedAt */
static int observation_activate(struct start *start) {
    pgc_observation_activation activation = PGC_OBSERVATION_ACTIVATION_INIT;
    activation.id = args_str(start->args);
    activation.ratio = args_double(start->args);
    activation.threshold = args_double(start->args);
    activation.pending_tokens = args_double(start->args);
    activation.force = args_bool(start->args);
    activation.chunks = args_str(start->args);
    activation.last_observed_at = args_time(start->args);
    return CALL(start, pgc_observation_activate, &activation);
}

static const struct operation operations[] = {
    {"resourceGet", resource_get},
    {"resourceCreate", resource_create},
    {"resourceUpdate", resource_update},
    {"observationGet", observation_get},
    {"observationHistory", observation_history},
    {"observationClear", observation_clear},
    {"observationInit", observation_init},
    {"observationInsert", observation_insert},
    {"observationReflect", observation_reflect},
    {"observationActivateReflection", observation_activate_reflection},
    {"observationUpdate", observation_update},
    {"observationMark", observation_mark},
    {"observationConfig", observation_config},
    {"observationBuffer", observation_buffer},
    {"observationBufferReflection", observation_buffer_reflection},
    {"observationActivate", observation_activate},
};

const struct operation_group calls_memory = {operations, sizeof operations / sizeof *operations};
