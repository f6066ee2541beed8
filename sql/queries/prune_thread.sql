-- Deletes the threads that prune_thread_lock has locked, with their messages and all metadata. Returns the
-- number of threads, and leaves a setting for embedding_find.
-- params:
WITH gone AS (
    DELETE FROM :"schema".threads t WHERE t.id = ANY (current_setting('pgconvo.locked')::text[]) RETURNING t.id, t.tableoid
), messages AS (
    DELETE FROM :"schema".messages m WHERE m.thread_id = ANY (current_setting('pgconvo.locked')::text[])
), documents AS (
    DELETE FROM :"schema".metadata d WHERE d.thread_id = ANY (current_setting('pgconvo.locked')::text[])
)
SELECT told.count
FROM (
    SELECT count(*),
        set_config('pgconvo.deleted', jsonb_build_object('table', min(g.tableoid), 'key', 'thread_id', 'values', array_agg(g.id))::text, true) AS deleted
    FROM gone g
) told
WHERE told.deleted IS NOT NULL
