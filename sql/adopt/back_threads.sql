-- Threads into Mastra's table. U+0000 and lone surrogates, which the store keeps escaped, become U+FFFD.
INSERT INTO :target.mastra_threads (id, "resourceId", title, metadata, "createdAt", "updatedAt", "createdAtZ", "updatedAtZ")
SELECT t.id, coalesce(t.resource_id, ''),
    replace(regexp_replace(coalesce(t.title, ''), U&'\FDD0(0000|d[89a-f][0-9a-f]{2})', U&'\FFFD', 'g'), U&'\FDD0fdd0', U&'\FDD0'),
    (
        SELECT replace(regexp_replace(d.data::text, U&'\FDD0(0000|d[89a-f][0-9a-f]{2})', U&'\FFFD', 'g'), U&'\FDD0fdd0', U&'\FDD0')::jsonb
        FROM :store.metadata d
        WHERE d.thread_id = t.id AND d.message_id = ''
    ),
    t.created_at AT TIME ZONE 'UTC', t.updated_at AT TIME ZONE 'UTC', t.created_at, t.updated_at
FROM :store.threads t
ORDER BY t.created_at, t.id
ON CONFLICT DO NOTHING
