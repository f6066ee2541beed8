-- Messages into Mastra's table. Contents go as they are, but plain text (a JSON string) as the message of
-- one text part that 1.27 would make of it: as bare text, what looks like JSON would be read as JSON.
INSERT INTO :target.mastra_messages (id, thread_id, content, role, type, "createdAt", "resourceId", "createdAtZ")
SELECT m.id, m.thread_id,
    CASE
        WHEN ltrim(m.content, E' \t\r\n') LIKE '"%' THEN
            '{"format":2,"parts":[{"type":"text","text":' || m.content || '}],"content":' || m.content || '}'
        ELSE m.content
    END,
    m.role, coalesce(m.type, 'v2'), m.created_at AT TIME ZONE 'UTC', m.resource_id, m.created_at
FROM :store.messages m
ORDER BY m.thread_id, m.created_at, m.seq
ON CONFLICT DO NOTHING
