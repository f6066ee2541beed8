#include "outcome_memory.h"

#include "outcome_fields.h"

#include <pgconvo_memory.h>

static void field_count(struct text *text, const char *name, int64_t count) {
    if (count == PGC_NO_COUNT) {
        field_text(text, name, pgc_none());
    } else {
        field_number(text, name, count);
    }
}

static void add_resource(struct text *text, const pgc_resource *resource) {
    field_text(text, "{\"id\":", resource->id);
    field_text(text, ",\"workingMemory\":", resource->working_memory);
    field_json(text, false, "metadata", resource->metadata);
    field_time(text, "createdAt", resource->created_at);
    field_time(text, "updatedAt", resource->updated_at);
    text_literal(text, "}");
}

static void add_numbers(struct text *text, const pgc_observation *record) {
    field_number(text, ",\"generation\":", record->generation);
    field_count(text, ",\"bufferedTokens\":", record->buffered_tokens);
    field_count(text, ",\"reflectionTokens\":", record->reflection_tokens);
    field_count(text, ",\"reflectionInputTokens\":", record->reflection_input_tokens);
    field_count(text, ",\"reflectedLines\":", record->reflected_lines);
    field_number(text, ",\"totalTokens\":", record->total_tokens);
    field_number(text, ",\"activeTokens\":", record->active_tokens);
    field_number(text, ",\"pendingTokens\":", record->pending_tokens);
    field_number(text, ",\"lastBufferedTokens\":", record->last_buffered_tokens);
    field_bool(text, ",\"isReflecting\":", record->is_reflecting);
    field_bool(text, ",\"isObserving\":", record->is_observing);
    field_bool(text, ",\"isBufferingObservation\":", record->is_buffering_observation);
    field_bool(text, ",\"isBufferingReflection\":", record->is_buffering_reflection);
}

static void add_observation(struct text *text, const pgc_observation *record) {
    bool reflection = record->origin == PGC_ORIGIN_REFLECTION;
    field_text(text, "{\"id\":", record->id);
    field_text(text, ",\"threadId\":", record->thread_id);
    field_text(text, ",\"resourceId\":", record->resource_id);
    field_text(text, ",\"origin\":", pgc_z(reflection ? "reflection" : "initial"));
    field_time(text, "createdAt", record->created_at);
    field_time(text, "updatedAt", record->updated_at);
    field_time(text, "lastObservedAt", record->last_observed_at);
    field_time(text, "lastBufferedAt", record->last_buffered_at);
    field_text(text, ",\"active\":", record->active);
    field_json(text, false, "chunks", record->chunks);
    field_text(text, ",\"buffered\":", record->buffered);
    field_json(text, false, "bufferedMessageIds", record->buffered_message_ids);
    field_text(text, ",\"reflection\":", record->reflection);
    field_json(text, false, "observedMessageIds", record->observed_message_ids);
    field_text(text, ",\"timezone\":", record->timezone);
    field_json(text, false, "config", record->config);
    field_json(text, false, "metadata", record->metadata);
    add_numbers(text, record);
    text_literal(text, "}");
}

void outcome_add_memory(struct text *text, const pgc_result *result) {
    size_t resources = pgc_result_resources(result);
    size_t observations = pgc_result_observations(result);
    for (size_t i = 0; i < resources; i++) {
        text_literal(text, i == 0 ? ",\"resources\":[" : ",");
        add_resource(text, pgc_result_resource(result, i));
    }
    for (size_t i = 0; i < observations; i++) {
        text_literal(text, i == 0 ? ",\"observations\":[" : ",");
        add_observation(text, pgc_result_observation(result, i));
    }
    text_literal(text, resources + observations > 0 ? "]" : "");
    if (pgc_result_activated(result).data != NULL) {
        field_json(text, false, "activated", pgc_result_activated(result));
    }
}
