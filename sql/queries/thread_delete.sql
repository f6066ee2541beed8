-- Deletes a thread with its messages and all metadata; runs behind thread_lock_delete. Done in one
-- statement instead, it would miss messages committed while it waits for the thread's lock. Leaves a setting
-- for embedding_find.
-- $1 thread
-- params: text
WITH gone AS (
    DELETE FROM :"schema".threads WHERE id = $1 RETURNING id, tableoid
), messages AS (
    DELETE FROM :"schema".messages WHERE thread_id = $1 RETURNING id
), documents AS (
    DELETE FROM :"schema".metadata WHERE thread_id = $1
)
SELECT (SELECT count(*) FROM messages) FROM gone g
WHERE set_config('pgconvo.deleted', jsonb_build_object('table', g.tableoid, 'key', 'thread_id', 'values', ARRAY[g.id])::text, true)
    IS NOT NULL
