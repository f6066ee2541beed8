-- Deletes the threads that prune_thread_lock has locked, with their messages and all metadata. Returns the
-- number of threads.
-- params:
WITH gone AS (
    DELETE FROM :"schema".threads t WHERE t.id = ANY (current_setting('pgconvo.locked')::text[]) RETURNING t.id
), messages AS (
    DELETE FROM :"schema".messages m WHERE m.thread_id = ANY (current_setting('pgconvo.locked')::text[])
), documents AS (
    DELETE FROM :"schema".metadata d WHERE d.thread_id = ANY (current_setting('pgconvo.locked')::text[])
)
SELECT count(*) FROM gone
