-- Messages of a thread behind a seq, lowest first. The inner limit ends the backward scan as soon
-- as all new messages are found, which on a thread that is only appended to is at once.
-- $1 thread, $2 seq, $3 limit
-- params: text int8 int8
SELECT t.last_seq, NULL::int8 AS total,
    m.thread_id, m.id, m.seq, m.created_at, m.resource_id, m.role, m.type, m.content,
    (SELECT d.data FROM :"schema".metadata d WHERE d.thread_id = m.thread_id AND d.message_id = m.id) AS metadata
FROM :"schema".threads t
LEFT JOIN LATERAL (
    SELECT * FROM :"schema".messages m
    WHERE m.thread_id = $1 AND m.seq > $2
    ORDER BY m.created_at DESC, m.seq DESC
    LIMIT greatest(t.last_seq - $2, 0)
) m ON true
WHERE t.id = $1
ORDER BY m.seq
LIMIT $3
