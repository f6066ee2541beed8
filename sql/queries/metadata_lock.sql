-- Locks a metadata document, making an empty one if there is none, for the statement that changes it
-- next in the same transaction. The locks on its owner keep that from being deleted meanwhile and let
-- appends pass.
-- $1 thread (null for a message: any), $2 message or null, $3 now
-- params: text text timestamptz
WITH thread AS (
    SELECT t.id AS thread_id, ''::text AS message_id FROM :"schema".threads t
    WHERE t.id = $1 AND $2::text IS NULL
    FOR KEY SHARE
), message AS (
    SELECT m.thread_id, m.id AS message_id
    FROM :"schema".threads t
    JOIN :"schema".messages m ON m.thread_id = t.id
    WHERE m.id = $2 AND ($1::text IS NULL OR m.thread_id = $1)
    FOR KEY SHARE
), owner AS (
    SELECT * FROM thread UNION ALL SELECT * FROM message
)
INSERT INTO :"schema".metadata AS d (thread_id, message_id, data, updated_at)
SELECT o.thread_id, o.message_id, '{}', $3 FROM owner o WHERE (SELECT count(*) FROM owner) = 1
ON CONFLICT (thread_id, message_id) DO UPDATE SET updated_at = greatest(d.updated_at, excluded.updated_at)
