-- Locks the threads in which some old messages stand, in the order of their ids, and leaves the set in a
-- setting for prune_message, as message_lock does.
-- $1 created before, $2 how many messages at most
-- params: timestamptz int8
WITH locked AS (
    SELECT t.id FROM :"schema".threads t
    WHERE t.id = ANY (ARRAY(SELECT m.thread_id FROM :"schema".messages m WHERE m.created_at < $1 LIMIT $2))
    ORDER BY t.id
    FOR UPDATE
)
SELECT set_config('pgconvo.locked', coalesce((SELECT array_agg(l.id) FROM locked l), '{}')::text, true)
