-- Merges a patch that has objects among its values into a metadata document, as RFC 7396 says; runs
-- behind metadata_write_lock. Each object of the patch is a change of its own, parents first: the object in
-- its place (an empty one, if something else or nothing is there) gets its plain values and loses the
-- keys that are null.
-- $1 thread (null for a message: any), $2 message or null, $3 patch
-- params: text text jsonb
WITH RECURSIVE owner AS (
    SELECT t.id AS thread_id, ''::text AS message_id FROM :"schema".threads t WHERE t.id = $1 AND $2::text IS NULL
    UNION ALL
    SELECT m.thread_id, m.id FROM :"schema".messages m WHERE m.id = $2 AND ($1::text IS NULL OR m.thread_id = $1)
), node (path, value, depth) AS (
    SELECT '{}'::text[], $3::jsonb, 0
    UNION ALL
    SELECT n.path || e.key, e.value, n.depth + 1
    FROM node n
    CROSS JOIN LATERAL jsonb_each(n.value) e
    WHERE jsonb_typeof(e.value) = 'object'
), change AS MATERIALIZED (
    SELECT row_number() OVER (ORDER BY n.depth) AS step, n.path,
        (SELECT coalesce(jsonb_object_agg(e.key, e.value), '{}') FROM jsonb_each(n.value) e
         WHERE jsonb_typeof(e.value) NOT IN ('object', 'null')) AS given,
        ARRAY(SELECT e.key FROM jsonb_each(n.value) e WHERE jsonb_typeof(e.value) = 'null') AS removed
    FROM node n
), written AS (
    UPDATE :"schema".metadata d
    SET data = (
        WITH RECURSIVE fold (step, doc) AS (
            SELECT 1::int8, (d.data || c.given) - c.removed FROM change c WHERE c.step = 1
            UNION ALL
            SELECT c.step, jsonb_set(f.doc, c.path, (
                CASE WHEN jsonb_typeof(f.doc #> c.path) = 'object' THEN f.doc #> c.path ELSE '{}' END || c.given
            ) - c.removed)
            FROM fold f
            JOIN change c ON c.step = f.step + 1
        )
        SELECT doc FROM fold ORDER BY step DESC LIMIT 1
    )
    FROM owner o
    WHERE d.thread_id = o.thread_id AND d.message_id = o.message_id AND (SELECT count(*) FROM owner) = 1
    RETURNING d.data
)
SELECT (SELECT count(*) FROM owner) AS owners, (SELECT data FROM written) AS metadata
