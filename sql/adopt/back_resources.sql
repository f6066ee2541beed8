-- Resources into Mastra's table; escapes as for threads.
INSERT INTO :target.mastra_resources (id, "workingMemory", metadata, "createdAt", "updatedAt", "createdAtZ", "updatedAtZ")
SELECT r.id,
    replace(regexp_replace(r.working_memory, U&'\FDD0(0000|d[89a-f][0-9a-f]{2})', U&'\FFFD', 'g'), U&'\FDD0fdd0', U&'\FDD0'),
    replace(regexp_replace(r.metadata::text, U&'\FDD0(0000|d[89a-f][0-9a-f]{2})', U&'\FFFD', 'g'), U&'\FDD0fdd0', U&'\FDD0')::jsonb,
    r.created_at AT TIME ZONE 'UTC', r.updated_at AT TIME ZONE 'UTC', r.created_at, r.updated_at
FROM :store.resources r
ORDER BY r.created_at, r.id
ON CONFLICT DO NOTHING
