-- Scores into Mastra's table. Documents are JSON texts: in them, what jsonb refuses becomes U+FFFD.
INSERT INTO :target.mastra_scorers (id, "scorerId", "traceId", "spanId", "runId", scorer, "preprocessStepResult",
    "extractStepResult", "analyzeStepResult", score, reason, metadata, "preprocessPrompt", "extractPrompt",
    "generateScorePrompt", "generateReasonPrompt", "analyzePrompt", "reasonPrompt", input, output, "additionalContext",
    "requestContext", "entityType", entity, "entityId", source, "resourceId", "threadId", "organizationId", "projectId",
    "batchId", "datasetId", "datasetItemId", "createdAt", "updatedAt", "createdAtZ", "updatedAtZ")
SELECT s.id, coalesce(s.scorer_id, ''), s.trace_id, s.span_id, coalesce(s.run_id, ''), coalesce(d -> 'scorer', '{}'),
    d -> 'preprocessStepResult', d -> 'extractStepResult', d -> 'analyzeStepResult',
    CASE WHEN jsonb_typeof(d -> 'score') = 'number' THEN (d ->> 'score')::float8 ELSE 0 END,
    d ->> 'reason', d -> 'metadata', d ->> 'preprocessPrompt', d ->> 'extractPrompt', d ->> 'generateScorePrompt',
    d ->> 'generateReasonPrompt', d ->> 'analyzePrompt', d ->> 'reasonPrompt', coalesce(d -> 'input', 'null'),
    coalesce(d -> 'output', 'null'), d -> 'additionalContext', d -> 'requestContext', s.entity_type, d -> 'entity',
    s.entity_id, coalesce(s.source, ''), d ->> 'resourceId', d ->> 'threadId', s.organization_id, s.project_id,
    d ->> 'batchId', d ->> 'datasetId', d ->> 'datasetItemId',
    s.created_at AT TIME ZONE 'UTC', s.updated_at AT TIME ZONE 'UTC', s.created_at, s.updated_at
FROM :store.scores s
CROSS JOIN LATERAL (
    SELECT regexp_replace(
        s.document,
        '(?<!\\)((?:\\\\)*)(?:\\u0000'
        '|\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])'
        '|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2})',
        '\1\\ufffd', 'g')::jsonb AS d
) document
ORDER BY s.created_at, s.id
ON CONFLICT DO NOTHING
