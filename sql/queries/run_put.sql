-- Writes a run's snapshot. Of a run that is there, its time of creation stays, and its resource where
-- none is given.
-- $1 workflow, $2 run, $3 resource or null, $4 created, $5 updated, $6 snapshot
-- params: text text text timestamptz timestamptz jsonb
INSERT INTO :"schema".workflow_runs AS r (workflow_name, run_id, resource_id, created_at, updated_at, snapshot)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (workflow_name, run_id) DO UPDATE
SET resource_id = coalesce(excluded.resource_id, r.resource_id), updated_at = excluded.updated_at,
    snapshot = excluded.snapshot
RETURNING r.xmax = 0 AS inserted
