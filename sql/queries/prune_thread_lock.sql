-- Locks old threads in the order of their ids, and leaves the set in a setting for prune_thread, behind it
-- in the same transaction, which then sees every message that was appended to them.
-- $1 created before, $2 how many at most
-- params: timestamptz int8
WITH locked AS (
    SELECT t.id FROM :"schema".threads t
    WHERE t.id = ANY (ARRAY(
        SELECT o.id FROM :"schema".threads o WHERE o.created_at < $1 ORDER BY o.created_at, o.id LIMIT $2
    )) AND t.created_at < $1
    ORDER BY t.id
    FOR UPDATE
)
SELECT set_config('pgconvo.locked', coalesce((SELECT array_agg(l.id) FROM locked l), '{}')::text, true)
