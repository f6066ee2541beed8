-- Writes a score, in place of one that has its id. Returns it without its document.
-- $1 id, $2 scorer, $3 run, $4 entity, $5 type of the entity, $6 source, $7 trace, $8 span,
-- $9 organization, $10 project, $11 created, $12 updated, $13 document
-- params: text text text text text text text text text text timestamptz timestamptz text
INSERT INTO :"schema".scores AS s (id, scorer_id, run_id, entity_id, entity_type, source, trace_id, span_id,
    organization_id, project_id, created_at, updated_at, document)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
ON CONFLICT (id) DO UPDATE
SET scorer_id = excluded.scorer_id, run_id = excluded.run_id, entity_id = excluded.entity_id,
    entity_type = excluded.entity_type, source = excluded.source, trace_id = excluded.trace_id,
    span_id = excluded.span_id, organization_id = excluded.organization_id, project_id = excluded.project_id,
    created_at = excluded.created_at, updated_at = excluded.updated_at, document = excluded.document
RETURNING s.xmax = 0 AS inserted, s.id, s.scorer_id, s.run_id, s.entity_id, s.entity_type, s.source, s.trace_id,
    s.span_id, s.organization_id, s.project_id, s.created_at, s.updated_at, NULL::text AS document
