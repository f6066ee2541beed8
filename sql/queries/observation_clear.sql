-- Deletes all records of a scope; runs behind observation_lock_oldest, so that it meets a generation that
-- was made meanwhile. Returns how many there were.
-- $1 thread or resource
-- params: text
-- variant: thread scope="o.thread_id = $1"
-- variant: owner scope="o.resource_id = $1 AND o.thread_id IS NULL"
WITH deleted AS (
    DELETE FROM :"schema".observations o WHERE :scope RETURNING o.id
)
SELECT count(*) FROM deleted
