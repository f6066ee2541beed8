-- Makes way for messages that are to move to a thread: removes them where they stand and takes
-- their metadata along. Does nothing if one of them may not move (its thread has another resource)
-- or if there is no thread to move to; the append that follows in the same transaction then
-- refuses.
-- $1 thread, $2 ids, $3 may they come from threads of other resources
-- params: text text[] bool
WITH target AS (
    SELECT t.id, t.resource_id FROM :"schema".threads t WHERE t.id = $1
), source AS MATERIALIZED (
    SELECT m.thread_id, m.id, $3 OR t.resource_id IS NOT DISTINCT FROM target.resource_id AS allowed
    FROM target, :"schema".messages m
    JOIN :"schema".threads t ON t.id = m.thread_id
    WHERE m.id = ANY ($2) AND m.thread_id <> $1
), moved AS (
    DELETE FROM :"schema".messages m
    USING source s
    WHERE m.thread_id = s.thread_id AND m.id = s.id AND (SELECT bool_and(allowed) FROM source)
    RETURNING m.thread_id, m.id
)
UPDATE :"schema".metadata d
SET thread_id = $1
FROM moved
WHERE d.thread_id = moved.thread_id AND d.message_id = moved.id
