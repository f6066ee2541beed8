-- Adds a workflow run unless it is there; returns a row if it was added. $1 workflow, $2 run, $3 resource,
-- $4 created, $5 changed, $6 snapshot.
-- params: text text text timestamptz timestamptz jsonb
INSERT INTO :"schema".workflow_runs (workflow_name, run_id, resource_id, created_at, updated_at, snapshot)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT DO NOTHING
RETURNING true AS added
