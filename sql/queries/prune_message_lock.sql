-- Locks the threads in which some old messages stand, in the order of their ids, and leaves the set in a
-- setting for prune_message, as message_lock does. Goes through the threads in order from a given one on, so
-- that of many calls each begins where the one before it ended, not at what that has left.
-- $1 created before, $2 how many messages at most, $3 the first thread that may be taken from
-- params: timestamptz int8 text
WITH locked AS (
    SELECT t.id FROM :"schema".threads t
    WHERE t.id = ANY (ARRAY(
        SELECT m.thread_id FROM :"schema".messages m
        WHERE m.thread_id >= $3 AND m.created_at < $1
        ORDER BY m.thread_id, m.created_at, m.seq
        LIMIT $2
    ))
    ORDER BY t.id
    FOR UPDATE
)
SELECT set_config('pgconvo.locked', coalesce((SELECT array_agg(l.id) FROM locked l), '{}')::text, true)
