-- Lets the messages of a thread follow its resource. Runs behind a statement of the same
-- transaction that locked the thread, so it sees every message there is.
-- $1 thread
-- params: text
UPDATE :"schema".messages AS m
SET resource_id = t.resource_id
FROM :"schema".threads t
WHERE t.id = $1 AND m.thread_id = $1 AND m.resource_id IS DISTINCT FROM t.resource_id
