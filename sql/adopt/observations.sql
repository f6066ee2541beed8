-- Observational memory, the generations of a scope one after the other. $1: the zone of local digits.
SELECT s.*
FROM (
    SELECT NULL::text AS id, NULL::text AS scope, NULL::text AS "resourceId", NULL::text AS "threadId",
        NULL::text AS "activeObservations", NULL::text AS "activeObservationsPendingUpdate",
        NULL::text AS "originType", NULL::text AS config, NULL::int8 AS "generationCount",
        NULL::int8 AS "pendingMessageTokens", NULL::int8 AS "totalTokensObserved",
        NULL::int8 AS "observationTokenCount", NULL::text AS "isObserving", NULL::text AS "isReflecting",
        NULL::text AS "observedMessageIds", NULL::text AS "observedTimezone",
        NULL::text AS "bufferedObservations", NULL::int8 AS "bufferedObservationTokens",
        NULL::text AS "bufferedMessageIds", NULL::text AS "bufferedReflection",
        NULL::int8 AS "bufferedReflectionTokens", NULL::int8 AS "bufferedReflectionInputTokens",
        NULL::int8 AS "reflectedObservationLineCount", NULL::text AS "bufferedObservationChunks",
        NULL::text AS "isBufferingObservation", NULL::text AS "isBufferingReflection",
        NULL::int8 AS "lastBufferedAtTokens", NULL::timestamp AS "lastBufferedAtTime", NULL::text AS metadata,
        NULL::timestamp AS "createdAt", NULL::timestamptz AS "createdAtZ",
        NULL::timestamp AS "updatedAt", NULL::timestamptz AS "updatedAtZ",
        NULL::timestamp AS "lastObservedAt", NULL::timestamptz AS "lastObservedAtZ", NULL::tid AS ctid
) absent,
LATERAL (
    SELECT id::text AS id,
        CASE WHEN scope::text = 'resource' THEN NULL ELSE "threadId"::text END AS thread_id,
        "resourceId"::text AS resource_id, "generationCount"::int8 AS generation,
        "originType"::text = 'reflection' AS reflected,
        "activeObservations"::text AS active, "bufferedObservationChunks"::text AS chunks,
        coalesce("activeObservationsPendingUpdate"::text, "bufferedObservations"::text) AS buffered,
        "bufferedObservationTokens"::int8 AS buffered_tokens, "bufferedMessageIds"::text AS buffered_message_ids,
        "bufferedReflection"::text AS reflection, "bufferedReflectionTokens"::int8 AS reflection_tokens,
        "bufferedReflectionInputTokens"::int8 AS reflection_input_tokens,
        "reflectedObservationLineCount"::int8 AS reflected_lines,
        "observedMessageIds"::text AS observed_message_ids, "observedTimezone"::text AS timezone,
        "totalTokensObserved"::int8 AS total_tokens, "observationTokenCount"::int8 AS active_tokens,
        "pendingMessageTokens"::int8 AS pending_tokens, "isReflecting"::text::bool AS is_reflecting,
        "isObserving"::text::bool AS is_observing,
        "isBufferingObservation"::text::bool AS is_buffering_observation,
        "isBufferingReflection"::text::bool AS is_buffering_reflection,
        "lastBufferedAtTokens"::int8 AS last_buffered_tokens,
        "lastBufferedAtTime"::timestamp AT TIME ZONE 'UTC' AS last_buffered_at, config::text AS config,
        metadata::text AS metadata,
        "createdAt"::timestamp AT TIME ZONE 'UTC' AS created_utc,
        "createdAt"::timestamp AT TIME ZONE $1 AS created_local, "createdAtZ"::timestamptz AS created_at,
        "updatedAt"::timestamp AT TIME ZONE 'UTC' AS updated_utc,
        "updatedAt"::timestamp AT TIME ZONE $1 AS updated_local, "updatedAtZ"::timestamptz AS updated_at,
        "lastObservedAt"::timestamp AT TIME ZONE 'UTC' AS observed_utc,
        "lastObservedAt"::timestamp AT TIME ZONE $1 AS observed_local, "lastObservedAtZ"::timestamptz AS observed_at
    FROM :table AS x
    ORDER BY "generationCount", coalesce("createdAtZ", "createdAt" AT TIME ZONE 'UTC'), ctid
) s
