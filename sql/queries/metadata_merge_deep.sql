-- Merges a patch that has objects among its values into a metadata document, as RFC 7396 says. The
-- patch becomes a list of changes, each with its path, parents first: an object makes sure that
-- there is one, null removes, all else is set. The locks keep the owner from being deleted
-- meanwhile and let appends and other writers of metadata pass.
-- $1 thread (null for a message: any), $2 message or null, $3 patch, $4 now
-- params: text text jsonb timestamptz
WITH RECURSIVE thread AS (
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
), step (path, value, depth) AS (
    SELECT ARRAY[e.key], e.value, 1 FROM jsonb_each($3::jsonb) e
    UNION ALL
    SELECT s.path || e.key, e.value, s.depth + 1
    FROM step s
    CROSS JOIN LATERAL jsonb_each(CASE WHEN jsonb_typeof(s.value) = 'object' THEN s.value ELSE '{}' END) e
), change AS MATERIALIZED (
    SELECT row_number() OVER (ORDER BY depth) AS n, path, value, jsonb_typeof(value) AS kind FROM step
), written AS (
    INSERT INTO :"schema".metadata AS d (thread_id, message_id, data, updated_at)
    SELECT o.thread_id, o.message_id, (
        WITH RECURSIVE fold (n, doc) AS (
            SELECT 0::int8, '{}'::jsonb
            UNION ALL
            SELECT c.n, CASE
                WHEN c.kind = 'null' THEN f.doc #- c.path
                WHEN c.kind <> 'object' THEN jsonb_set(f.doc, c.path, c.value)
                WHEN jsonb_typeof(f.doc #> c.path) = 'object' THEN f.doc
                ELSE jsonb_set(f.doc, c.path, '{}')
            END
            FROM fold f
            JOIN change c ON c.n = f.n + 1
        )
        SELECT doc FROM fold ORDER BY n DESC LIMIT 1
    ), $4
    FROM owner o
    WHERE (SELECT count(*) FROM owner) = 1
    ON CONFLICT (thread_id, message_id) DO UPDATE
    SET data = (
        WITH RECURSIVE fold (n, doc) AS (
            SELECT 0::int8, d.data
            UNION ALL
            SELECT c.n, CASE
                WHEN c.kind = 'null' THEN f.doc #- c.path
                WHEN c.kind <> 'object' THEN jsonb_set(f.doc, c.path, c.value)
                WHEN jsonb_typeof(f.doc #> c.path) = 'object' THEN f.doc
                ELSE jsonb_set(f.doc, c.path, '{}')
            END
            FROM fold f
            JOIN change c ON c.n = f.n + 1
        )
        SELECT doc FROM fold ORDER BY n DESC LIMIT 1
    ),
        updated_at = greatest(d.updated_at, excluded.updated_at)
    RETURNING d.data
)
SELECT (SELECT count(*) FROM owner) AS owners, (SELECT data FROM written) AS metadata
