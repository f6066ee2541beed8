-- Changes members of a run's snapshot, if its status is one of those expected. The row is changed and
-- compared under its lock; of several that expect the same status one wins. A single row: the run as it is
-- then, or nulls; and whether a run is there that has no context, which is never changed.
-- $1 workflow, $2 run, $3 members to set, $4 members to drop, $5 statuses or null: any, $6 now
-- params: text text jsonb text[] text[] timestamptz
WITH changed AS (
    UPDATE :"schema".workflow_runs AS r
    SET snapshot = (r.snapshot - $4) || $3, updated_at = greatest(r.updated_at, $6)
    WHERE r.workflow_name = $1 AND r.run_id = $2 AND jsonb_typeof(r.snapshot -> 'context') = 'object'
        AND ($5 IS NULL OR r.snapshot ->> 'status' = ANY ($5))
    RETURNING r.workflow_name, r.run_id, r.resource_id, r.created_at, r.updated_at, r.snapshot
)
SELECT EXISTS (
        SELECT FROM :"schema".workflow_runs r
        WHERE r.workflow_name = $1 AND r.run_id = $2
            AND jsonb_typeof(r.snapshot -> 'context') IS DISTINCT FROM 'object'
    ) AS broken,
    c.workflow_name, c.run_id, c.resource_id, c.created_at, c.updated_at, c.snapshot
FROM (VALUES (1)) one
LEFT JOIN changed c ON true
