-- As message_recall, for the messages of some threads, or of a resource, whose metadata contains a
-- document. The index on metadata has the thread as the first step of its paths, so each thread is
-- looked up by itself.
-- $1 threads, each once, or null: all of the resource, $2 from, $3 until, $4 resource or null: any,
-- $5 limit or null: all, $6 offset, $7 is the total wanted, $8 document
-- params: text[] timestamptz timestamptz text int8 int8 bool jsonb
-- variant: asc dir=ASC
-- variant: desc dir=DESC
WITH thread AS MATERIALIZED (
    SELECT g.thread_id FROM unnest($1) AS g (thread_id)
    UNION ALL
    SELECT DISTINCT m.thread_id FROM :"schema".messages m WHERE $1 IS NULL AND m.resource_id = $4
), hit AS MATERIALIZED (
    SELECT m.thread_id, m.created_at, m.seq
    FROM thread t
    CROSS JOIN LATERAL (
        SELECT d.thread_id, d.message_id FROM :"schema".metadata d
        WHERE jsonb_set('{}', ARRAY[d.thread_id], d.data) @> jsonb_set('{}', ARRAY[t.thread_id], $8)
            AND d.message_id <> ''
        OFFSET 0
    ) d
    CROSS JOIN LATERAL (
        SELECT * FROM :"schema".messages m WHERE m.id = d.message_id AND m.thread_id = d.thread_id OFFSET 0
    ) m
    WHERE m.created_at >= $2 AND m.created_at < $3 AND ($4 IS NULL OR m.resource_id = $4)
), page AS (
    SELECT * FROM hit h ORDER BY h.created_at :dir, h.thread_id :dir, h.seq :dir LIMIT $5 OFFSET $6
)
SELECT NULL::int8 AS last_seq, CASE WHEN $7 THEN (SELECT count(*) FROM hit) END AS total,
    m.thread_id, m.id, m.seq, m.created_at, m.resource_id, m.role, m.type, m.content
FROM (VALUES (1)) one
LEFT JOIN LATERAL (
    SELECT m.*
    FROM page p
    CROSS JOIN LATERAL (
        SELECT * FROM :"schema".messages m
        WHERE m.thread_id = p.thread_id AND m.created_at = p.created_at AND m.seq = p.seq
        OFFSET 0
    ) m
) m ON true
