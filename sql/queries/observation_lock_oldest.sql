-- Locks the oldest record of a scope, as observation_lock_scope does.
-- $1 thread or resource
-- params: text
-- variant: thread scope="o.thread_id = $1"
-- variant: owner scope="o.resource_id = $1 AND o.thread_id IS NULL"
SELECT o.id FROM :"schema".observations o WHERE :scope ORDER BY o.generation, o.revision LIMIT 1 FOR UPDATE
