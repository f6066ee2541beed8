-- As message_recall, for a page of all messages of a thread with the total, which the thread's row tells.
-- The range of all times stays in it, since it has the planner, who thinks little of new tables, go by time.
-- $1 to $6 as there, where $2 to $4 choose nothing, $7 true
-- params: text timestamptz timestamptz text int8 int8 bool
-- variant: asc dir=ASC
-- variant: desc dir=DESC
SELECT NULL::int8 AS last_seq,
    coalesce((SELECT t.last_seq - t.holes FROM :"schema".threads t WHERE t.id = $1), 0) AS total,
    m.thread_id, m.id, m.seq, m.created_at, m.resource_id, m.role, m.type, m.content
FROM (VALUES (1)) one
LEFT JOIN LATERAL (
    SELECT * FROM :"schema".messages m
    WHERE m.thread_id = $1 AND m.created_at >= $2 AND m.created_at < $3
    ORDER BY m.created_at :dir, m.seq :dir
    LIMIT $5 OFFSET $6
) m ON true
