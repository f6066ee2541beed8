-- Counts messages of a thread; all of them without a look at any. No row: no such thread.
-- $1 thread, $2 from, $3 until
-- params: text timestamptz timestamptz
SELECT CASE
    WHEN $2 = '-infinity' AND $3 = 'infinity' THEN t.last_seq - t.holes
    ELSE (SELECT count(*) FROM :"schema".messages m WHERE m.thread_id = $1 AND m.created_at >= $2 AND m.created_at < $3)
END
FROM :"schema".threads t
WHERE t.id = $1
