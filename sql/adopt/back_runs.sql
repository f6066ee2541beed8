-- Workflow runs into Mastra's table; escapes as for threads.
INSERT INTO :target.mastra_workflow_snapshot (workflow_name, run_id, "resourceId", snapshot, "createdAt", "updatedAt", "createdAtZ", "updatedAtZ")
SELECT r.workflow_name, r.run_id, r.resource_id,
    replace(regexp_replace(r.snapshot::text, U&'\FDD0(0000|d[89a-f][0-9a-f]{2})', U&'\FFFD', 'g'), U&'\FDD0fdd0', U&'\FDD0')::jsonb,
    r.created_at AT TIME ZONE 'UTC', r.updated_at AT TIME ZONE 'UTC', r.created_at, r.updated_at
FROM :store.workflow_runs r
ORDER BY r.created_at, r.run_id
ON CONFLICT DO NOTHING
