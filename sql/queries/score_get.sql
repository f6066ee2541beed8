-- One score.
-- $1 id
-- params: text
SELECT s.id, s.scorer_id, s.run_id, s.entity_id, s.entity_type, s.source, s.trace_id, s.span_id, s.organization_id,
    s.project_id, s.created_at, s.updated_at, s.document
FROM :"schema".scores s
WHERE s.id = $1
