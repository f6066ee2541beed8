-- Merges a patch into the config of a record, objects into objects in depth; all else replaces, null too.
-- Runs behind observation_lock. As in metadata_merge_deep each object of the patch is a change of its own,
-- parents first. Returns a row if there is such a record.
-- $1 record, $2 patch, $3 now
-- params: text jsonb timestamptz
WITH RECURSIVE node (path, value, depth) AS (
    SELECT '{}'::text[], $2::jsonb, 0
    UNION ALL
    SELECT n.path || e.key, e.value, n.depth + 1
    FROM node n
    CROSS JOIN LATERAL jsonb_each(n.value) e
    WHERE jsonb_typeof(e.value) = 'object'
), change AS MATERIALIZED (
    SELECT row_number() OVER (ORDER BY n.depth) AS step, n.path,
        (SELECT coalesce(jsonb_object_agg(e.key, e.value), '{}') FROM jsonb_each(n.value) e
         WHERE jsonb_typeof(e.value) <> 'object') AS given
    FROM node n
), fold (step, doc) AS (
    SELECT 1::int8, o.config || c.given
    FROM :"schema".observations o
    CROSS JOIN change c
    WHERE o.id = $1 AND c.step = 1
    UNION ALL
    SELECT c.step, jsonb_set(f.doc, c.path,
        CASE WHEN jsonb_typeof(f.doc #> c.path) = 'object' THEN f.doc #> c.path ELSE '{}' END || c.given)
    FROM fold f
    JOIN change c ON c.step = f.step + 1
)
UPDATE :"schema".observations AS o
SET config = (SELECT f.doc FROM fold f ORDER BY f.step DESC LIMIT 1), updated_at = greatest(o.updated_at, $3)
WHERE o.id = $1
RETURNING o.id
