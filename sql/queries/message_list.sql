-- Reads messages of a thread in the order (created_at, seq), by keyset. First the thread's last_seq
-- and the total, if it is asked for; no row: no such thread; a single row with a null id: an empty
-- page.
-- $1 thread, $2 from, $3 until, $4 time and $5 seq to go on behind, $6 limit, $7 offset, $8 is the
-- total wanted
-- params: text timestamptz timestamptz timestamptz int8 int8 int8 bool
-- variant: asc dir=ASC cmp=>
-- variant: desc dir=DESC cmp=<
SELECT t.last_seq,
    CASE WHEN NOT $8 THEN NULL WHEN $2 = '-infinity' AND $3 = 'infinity' THEN t.last_seq - t.holes ELSE (
        SELECT count(*) FROM :"schema".messages m
        WHERE m.thread_id = $1 AND m.created_at >= $2 AND m.created_at < $3
    ) END AS total,
    m.thread_id, m.id, m.seq, m.created_at, m.resource_id, m.role, m.type, m.content,
    (SELECT d.data FROM :"schema".metadata d WHERE d.thread_id = m.thread_id AND d.message_id = m.id) AS metadata
FROM :"schema".threads t
LEFT JOIN LATERAL (
    SELECT * FROM :"schema".messages m
    WHERE m.thread_id = $1 AND m.created_at >= $2 AND m.created_at < $3 AND (m.created_at, m.seq) :cmp ($4, $5)
    ORDER BY m.created_at :dir, m.seq :dir
    LIMIT $6 OFFSET $7
) m ON true
WHERE t.id = $1
ORDER BY m.created_at :dir, m.seq :dir
