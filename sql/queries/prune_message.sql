-- Deletes old messages of the threads that prune_message_lock has locked, one thread after the other, with
-- their metadata. Returns the number and the last of these threads, and leaves a setting for embedding_find.
-- $1 created before, $2 how many at most
-- params: timestamptz int8
WITH target AS MATERIALIZED (
    SELECT m.thread_id, m.created_at, m.seq
    FROM unnest(current_setting('pgconvo.locked')::text[]) AS l (id)
    CROSS JOIN LATERAL (
        SELECT * FROM :"schema".messages m WHERE m.thread_id = l.id AND m.created_at < $1 OFFSET 0
    ) m
    LIMIT $2
), gone AS (
    DELETE FROM :"schema".messages m
    USING target
    WHERE m.thread_id = target.thread_id AND m.created_at = target.created_at AND m.seq = target.seq
    RETURNING m.thread_id, m.id, m.tableoid
), documents AS (
    DELETE FROM :"schema".metadata d USING gone WHERE d.thread_id = gone.thread_id AND d.message_id = gone.id
), touched AS (
    UPDATE :"schema".threads t
    SET holes = t.holes + c.departures
    FROM (SELECT g.thread_id, count(*) AS departures FROM gone g GROUP BY g.thread_id) c
    WHERE t.id = c.thread_id
)
SELECT told.count, told.last
FROM (
    SELECT count(*), max(g.thread_id) AS last,
        set_config('pgconvo.deleted', jsonb_build_object('table', min(g.tableoid), 'key', 'message_id', 'values', array_agg(g.id))::text, true) AS deleted
    FROM gone g
) told
WHERE told.deleted IS NOT NULL
