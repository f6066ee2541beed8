-- One run; if several workflows have runs of this id, the one that was created last.
-- $1 workflow or null: any, $2 run
-- params: text text
SELECT r.workflow_name, r.run_id, r.resource_id, r.created_at, r.updated_at, r.snapshot
FROM :"schema".workflow_runs r
WHERE r.run_id = $2 AND ($1 IS NULL OR r.workflow_name = $1)
ORDER BY r.created_at DESC, r.workflow_name DESC
LIMIT 1
