-- Deletes all records of a scope; runs behind observation_lock_oldest, so that it meets a generation that
-- was made meanwhile. Locks them in the order of observation_lock_scope. Returns how many there were.
-- $1 thread or resource
-- params: text
-- variant: thread scope="o.thread_id = $1"
-- variant: owner scope="o.resource_id = $1 AND o.thread_id IS NULL"
WITH record AS MATERIALIZED (
    SELECT o.id FROM :"schema".observations o WHERE :scope ORDER BY o.generation, o.revision FOR UPDATE
), deleted AS (
    DELETE FROM :"schema".observations o WHERE o.id = ANY (ARRAY(SELECT r.id FROM record r)) RETURNING o.id
)
SELECT count(*) FROM deleted
