-- Deletes a thread with its messages and all metadata; runs behind thread_lock_delete. Done in one
-- statement instead, it would miss messages committed while it waits for the thread's lock.
-- $1 thread
-- params: text
WITH gone AS (
    DELETE FROM :"schema".threads WHERE id = $1 RETURNING id
), messages AS (
    DELETE FROM :"schema".messages WHERE thread_id = $1 RETURNING id
), documents AS (
    DELETE FROM :"schema".metadata WHERE thread_id = $1
)
SELECT (SELECT count(*) FROM messages) FROM gone
