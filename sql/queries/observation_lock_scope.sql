-- Locks a record and the oldest one of its scope, which keeps the makers of generations apart. In the
-- order of generations, so that they cannot wait for each other.
-- $1 record
-- params: text
WITH record AS MATERIALIZED (
    SELECT o.thread_id, o.resource_id FROM :"schema".observations o WHERE o.id = $1
), oldest AS (
    SELECT f.id FROM record r
    CROSS JOIN LATERAL (
        SELECT o.id FROM :"schema".observations o WHERE o.thread_id = r.thread_id
        ORDER BY o.generation, o.revision LIMIT 1
    ) f
    UNION ALL
    SELECT f.id FROM record r
    CROSS JOIN LATERAL (
        SELECT o.id FROM :"schema".observations o
        WHERE r.thread_id IS NULL AND o.resource_id = r.resource_id AND o.thread_id IS NULL
        ORDER BY o.generation, o.revision LIMIT 1
    ) f
)
SELECT o.id FROM :"schema".observations o
WHERE o.id = ANY (ARRAY(SELECT $1 UNION ALL SELECT id FROM oldest))
ORDER BY o.generation, o.revision
FOR UPDATE
