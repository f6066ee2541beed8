-- Counts messages of a thread. No row: no such thread.
-- $1 thread, $2 from, $3 until
-- params: text timestamptz timestamptz
SELECT (
    SELECT count(*) FROM :"schema".messages m WHERE m.thread_id = $1 AND m.created_at >= $2 AND m.created_at < $3
)
FROM :"schema".threads t
WHERE t.id = $1
