-- Messages by id, in the order of the ids. OFFSET 0 keeps the planner to one look-up per id.
-- `bare` leaves out the metadata documents.
-- $1 thread or null: any, $2 ids
-- params: text text[]
-- variant: full documents=true
-- variant: bare documents=false
SELECT NULL::int8 AS last_seq, NULL::int8 AS total,
    m.thread_id, m.id, m.seq, m.created_at, m.resource_id, m.role, m.type, m.content,
    CASE WHEN :documents THEN (
        SELECT d.data FROM :"schema".metadata d WHERE d.thread_id = m.thread_id AND d.message_id = m.id
    ) END AS metadata
FROM unnest($2) WITH ORDINALITY AS g (id, place)
CROSS JOIN LATERAL (
    SELECT * FROM :"schema".messages m WHERE m.id = g.id AND ($1 IS NULL OR m.thread_id = $1) OFFSET 0
) m
ORDER BY g.place, m.thread_id
