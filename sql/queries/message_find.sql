-- Messages of all threads whose metadata contains a document, in the order (thread, id). The
-- documents are looked up first, through the index of the metadata where there is one.
-- $1 document, $2 thread and $3 id to go on behind, $4 limit
-- params: jsonb text text int8
-- variant: asc dir=ASC cmp=>
-- variant: desc dir=DESC cmp=<
WITH hit AS MATERIALIZED (
    SELECT d.thread_id, d.message_id FROM :"schema".metadata d WHERE d.message_id <> '' AND d.data @> $1
), page AS (
    SELECT * FROM hit
    WHERE (hit.thread_id, hit.message_id) :cmp ($2, $3)
    ORDER BY hit.thread_id :dir, hit.message_id :dir
    LIMIT $4
)
SELECT NULL::int8 AS last_seq, NULL::int8 AS total,
    m.thread_id, m.id, m.seq, m.created_at, m.resource_id, m.role, m.type, m.content,
    (SELECT d.data FROM :"schema".metadata d WHERE d.thread_id = m.thread_id AND d.message_id = m.id) AS metadata
FROM page p
CROSS JOIN LATERAL (
    SELECT * FROM :"schema".messages m WHERE m.id = p.message_id AND m.thread_id = p.thread_id OFFSET 0
) m
ORDER BY m.thread_id :dir, m.id :dir
