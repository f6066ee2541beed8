-- Changes a message and touches its thread; runs behind message_lock_here. Returns how many messages
-- the id fits (with more than one nothing is changed), and how many of them have come to a thread that
-- is not locked.
-- $1 thread or null: any, $2 id, $3 role, $4 type, $5 content (null: stays), $6 now
-- params: text text text text text timestamptz
WITH target AS MATERIALIZED (
    SELECT m.thread_id, m.created_at, m.seq, m.thread_id = ANY (current_setting('pgconvo.locked')::text[]) AS locked
    FROM :"schema".messages m
    WHERE m.id = $2 AND ($1 IS NULL OR m.thread_id = $1)
), changed AS (
    UPDATE :"schema".messages m
    SET role = coalesce($3, m.role), type = coalesce($4, m.type), content = coalesce($5, m.content)
    FROM target
    WHERE m.thread_id = target.thread_id AND m.created_at = target.created_at AND m.seq = target.seq
        AND target.locked AND (SELECT count(*) FROM target) = 1
    RETURNING m.thread_id
), touched AS (
    UPDATE :"schema".threads t
    SET updated_at = greatest(t.updated_at, $6)
    FROM changed
    WHERE t.id = changed.thread_id
)
SELECT count(*), count(*) FILTER (WHERE NOT target.locked) FROM target
