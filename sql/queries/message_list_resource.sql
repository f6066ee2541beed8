-- Reads messages of all threads of a resource in the order (created_at, thread, seq), by keyset;
-- else as message_list.
-- $1 resource, $2 from, $3 until, $4 time, $5 seq and $9 thread to go on behind, $6 limit, $7
-- offset, $8 is the total wanted
-- params: text timestamptz timestamptz timestamptz int8 int8 int8 bool text
-- variant: asc dir=ASC cmp=>
-- variant: desc dir=DESC cmp=<
SELECT NULL::int8 AS last_seq,
    CASE WHEN $8 THEN (
        SELECT count(*) FROM :"schema".messages m
        WHERE m.resource_id = $1 AND m.created_at >= $2 AND m.created_at < $3
    ) END AS total,
    m.thread_id, m.id, m.seq, m.created_at, m.resource_id, m.role, m.type, m.content,
    (SELECT d.data FROM :"schema".metadata d WHERE d.thread_id = m.thread_id AND d.message_id = m.id) AS metadata
FROM (VALUES (1)) one
LEFT JOIN LATERAL (
    SELECT * FROM :"schema".messages m
    WHERE m.resource_id = $1 AND m.created_at >= $2 AND m.created_at < $3
        AND (m.created_at, m.thread_id, m.seq) :cmp ($4, $9, $5)
    ORDER BY m.created_at :dir, m.thread_id :dir, m.seq :dir
    LIMIT $6 OFFSET $7
) m ON true
ORDER BY m.created_at :dir, m.thread_id :dir, m.seq :dir
