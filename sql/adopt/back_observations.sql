-- Observational memory into Mastra's table; escapes as for threads.
INSERT INTO :target.mastra_observational_memory (id, "lookupKey", scope, "resourceId", "threadId", "activeObservations",
    "activeObservationsPendingUpdate", "originType", config, "generationCount", "lastObservedAt", "lastReflectionAt",
    "pendingMessageTokens", "totalTokensObserved", "observationTokenCount", "isObserving", "isReflecting",
    "observedMessageIds", "observedTimezone", "bufferedObservationTokens", "bufferedMessageIds", "bufferedReflection",
    "bufferedReflectionTokens", "bufferedReflectionInputTokens", "reflectedObservationLineCount",
    "bufferedObservationChunks", "isBufferingObservation", "isBufferingReflection", "lastBufferedAtTokens",
    "lastBufferedAtTime", metadata, "createdAt", "updatedAt", "lastObservedAtZ", "lastReflectionAtZ",
    "lastBufferedAtTimeZ", "createdAtZ", "updatedAtZ")
SELECT o.id, CASE WHEN o.thread_id IS NULL THEN 'resource:' || o.resource_id ELSE 'thread:' || o.thread_id END,
    CASE WHEN o.thread_id IS NULL THEN 'resource' ELSE 'thread' END, o.resource_id, o.thread_id,
    replace(regexp_replace(o.active, U&'\FDD0(0000|d[89a-f][0-9a-f]{2})', U&'\FFFD', 'g'), U&'\FDD0fdd0', U&'\FDD0'),
    replace(regexp_replace(o.buffered, U&'\FDD0(0000|d[89a-f][0-9a-f]{2})', U&'\FFFD', 'g'), U&'\FDD0fdd0', U&'\FDD0'),
    o.origin,
    replace(regexp_replace(o.config::text, U&'\FDD0(0000|d[89a-f][0-9a-f]{2})', U&'\FFFD', 'g'), U&'\FDD0fdd0', U&'\FDD0'),
    o.generation, o.last_observed_at AT TIME ZONE 'UTC',
    CASE WHEN o.origin = 'reflection' THEN o.created_at AT TIME ZONE 'UTC' END,
    o.pending_tokens, o.total_tokens, o.active_tokens, o.is_observing, o.is_reflecting,
    replace(regexp_replace(o.observed_message_ids::text, U&'\FDD0(0000|d[89a-f][0-9a-f]{2})', U&'\FFFD', 'g'), U&'\FDD0fdd0', U&'\FDD0')::jsonb,
    o.timezone, o.buffered_tokens,
    replace(regexp_replace(o.buffered_message_ids::text, U&'\FDD0(0000|d[89a-f][0-9a-f]{2})', U&'\FFFD', 'g'), U&'\FDD0fdd0', U&'\FDD0')::jsonb,
    replace(regexp_replace(o.reflection, U&'\FDD0(0000|d[89a-f][0-9a-f]{2})', U&'\FFFD', 'g'), U&'\FDD0fdd0', U&'\FDD0'),
    o.reflection_tokens, o.reflection_input_tokens, o.reflected_lines,
    replace(regexp_replace(nullif(o.chunks, '[]')::text, U&'\FDD0(0000|d[89a-f][0-9a-f]{2})', U&'\FFFD', 'g'), U&'\FDD0fdd0', U&'\FDD0')::jsonb,
    o.is_buffering_observation, o.is_buffering_reflection, o.last_buffered_tokens,
    o.last_buffered_at AT TIME ZONE 'UTC',
    replace(regexp_replace(o.metadata::text, U&'\FDD0(0000|d[89a-f][0-9a-f]{2})', U&'\FFFD', 'g'), U&'\FDD0fdd0', U&'\FDD0')::jsonb,
    o.created_at AT TIME ZONE 'UTC', o.updated_at AT TIME ZONE 'UTC', o.last_observed_at,
    CASE WHEN o.origin = 'reflection' THEN o.created_at END, o.last_buffered_at, o.created_at, o.updated_at
FROM :store.observations o
ORDER BY o.generation, o.revision, o.id
ON CONFLICT DO NOTHING
