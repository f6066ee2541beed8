-- As message_recall, for several threads together: no more keys than the page can need come from each,
-- and only the page's rows are fetched.
-- $1 threads, each once, $2 from, $3 until, $4 resource or null: any, $5 limit or null: all, $6 offset,
-- $7 is the total wanted
-- params: text[] timestamptz timestamptz text int8 int8 bool
-- variant: asc dir=ASC mine="$4 IS NULL"
-- variant: desc dir=DESC mine="$4 IS NULL"
-- variant: mine_asc dir=ASC mine="m.resource_id IS NOT DISTINCT FROM $4"
-- variant: mine_desc dir=DESC mine="m.resource_id IS NOT DISTINCT FROM $4"
WITH page AS (
    SELECT k.thread_id, k.created_at, k.seq
    FROM unnest($1) AS g (thread_id)
    CROSS JOIN LATERAL (
        SELECT m.thread_id, m.created_at, m.seq FROM :"schema".messages m
        WHERE m.thread_id = g.thread_id AND m.created_at >= $2 AND m.created_at < $3
            AND :mine
        ORDER BY m.created_at :dir, m.seq :dir
        LIMIT $5 + $6
    ) k
    ORDER BY k.created_at :dir, k.thread_id :dir, k.seq :dir
    LIMIT $5 OFFSET $6
)
SELECT NULL::int8 AS last_seq,
    CASE WHEN NOT $7 THEN NULL WHEN $2 = '-infinity' AND $3 = 'infinity' AND $4 IS NULL THEN (
        SELECT coalesce(sum(t.count), 0)::int8
        FROM unnest($1) AS g (thread_id)
        CROSS JOIN LATERAL (
            SELECT t.last_seq - t.holes AS count FROM :"schema".threads t WHERE t.id = g.thread_id OFFSET 0
        ) t
    ) ELSE (
        SELECT sum(c.count)::int8
        FROM unnest($1) AS g (thread_id)
        CROSS JOIN LATERAL (
            SELECT count(*) FROM :"schema".messages m
            WHERE m.thread_id = g.thread_id AND m.created_at >= $2 AND m.created_at < $3
                AND :mine
        ) c
    ) END AS total,
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
