-- Makes way for messages that are to move to a thread: removes them where they stand and takes their
-- metadata along. Does nothing unless all of them may move (their thread has the same resource, or $3)
-- and stand in locked threads; runs behind message_lock_add, and the append that follows then
-- refuses. Returns how many may not move, and how many have come to a thread that is not locked.
-- $1 thread, $2 ids, $3 may they come from threads of other resources
-- params: text text[] bool
WITH target AS (
    SELECT t.id, t.resource_id FROM :"schema".threads t WHERE t.id = $1
), source AS MATERIALIZED (
    SELECT m.thread_id, m.created_at, m.seq,
        $3 OR t.resource_id IS NOT DISTINCT FROM target.resource_id AS allowed,
        m.thread_id = ANY (current_setting('pgconvo.locked')::text[]) AS locked
    FROM target
    CROSS JOIN unnest($2) AS g (id)
    CROSS JOIN LATERAL (
        SELECT * FROM :"schema".messages m WHERE m.id = g.id AND m.thread_id <> $1 OFFSET 0
    ) m
    JOIN :"schema".threads t ON t.id = m.thread_id
), moved AS (
    DELETE FROM :"schema".messages m
    USING source s
    WHERE m.thread_id = s.thread_id AND m.created_at = s.created_at AND m.seq = s.seq
        AND (SELECT bool_and(allowed AND locked) FROM source)
    RETURNING m.thread_id, m.id
), documents AS (
    DELETE FROM :"schema".metadata d
    USING moved
    WHERE d.thread_id = moved.thread_id AND d.message_id = moved.id
    RETURNING d.message_id, d.data, d.updated_at
), kept AS (
    INSERT INTO :"schema".metadata (thread_id, message_id, data, updated_at)
    SELECT $1, d.message_id, d.data, d.updated_at FROM documents d
    ON CONFLICT DO NOTHING
), touched AS (
    UPDATE :"schema".threads t
    SET holes = t.holes + c.departures
    FROM (SELECT m.thread_id, count(*) AS departures FROM moved m GROUP BY m.thread_id) c
    WHERE t.id = c.thread_id
)
SELECT count(*) FILTER (WHERE NOT s.allowed), count(*) FILTER (WHERE NOT s.locked) FROM source s
