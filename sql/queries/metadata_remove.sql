-- Removes top-level keys from a metadata document. The locks keep the owner from being deleted
-- meanwhile and let appends and other writers of metadata pass.
-- $1 thread (null for a message: any), $2 message or null, $3 keys, $4 now
-- params: text text text[] timestamptz
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
), written AS (
    UPDATE :"schema".metadata d
    SET data = d.data - $3, updated_at = greatest(d.updated_at, $4)
    FROM owner o
    WHERE d.thread_id = o.thread_id AND d.message_id = o.message_id AND (SELECT count(*) FROM owner) = 1
    RETURNING d.data
)
SELECT (SELECT count(*) FROM owner) AS owners, (SELECT data FROM written) AS metadata
