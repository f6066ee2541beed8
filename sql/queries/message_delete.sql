-- Deletes messages by id with their metadata, and touches their threads; runs behind
-- message_lock_here. Returns the number.
-- $1 thread or null: any, $2 ids, $3 now
-- params: text text[] timestamptz
WITH target AS MATERIALIZED (
    SELECT m.thread_id, m.created_at, m.seq
    FROM unnest($2) AS g (id)
    CROSS JOIN LATERAL (
        SELECT * FROM :"schema".messages m WHERE m.id = g.id AND ($1 IS NULL OR m.thread_id = $1) OFFSET 0
    ) m
    WHERE m.thread_id = ANY (current_setting('pgconvo.locked')::text[])
), gone AS (
    DELETE FROM :"schema".messages m
    USING target
    WHERE m.thread_id = target.thread_id AND m.created_at = target.created_at AND m.seq = target.seq
    RETURNING m.thread_id, m.id
), documents AS (
    DELETE FROM :"schema".metadata d USING gone WHERE d.thread_id = gone.thread_id AND d.message_id = gone.id
), touched AS (
    UPDATE :"schema".threads t
    SET holes = t.holes + c.departures, updated_at = greatest(t.updated_at, $3)
    FROM (SELECT g.thread_id, count(*) AS departures FROM gone g GROUP BY g.thread_id) c
    WHERE t.id = c.thread_id
)
SELECT count(*) FROM gone
