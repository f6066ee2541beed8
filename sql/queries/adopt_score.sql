-- Adds a score unless it is there; returns a row if it was added. $1 id, $2 scorer, $3 run, $4 entity, $5 its
-- type, $6 source, $7 trace, $8 span, $9 organization, $10 project, $11 created, $12 changed, $13 document.
-- params: text text text text text text text text text text timestamptz timestamptz text
INSERT INTO :"schema".scores (id, scorer_id, run_id, entity_id, entity_type, source, trace_id, span_id,
    organization_id, project_id, created_at, updated_at, document)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
ON CONFLICT DO NOTHING
RETURNING true AS added
