-- Deletes all observations, locked as their other writers lock them: those of a scope in the order of their
-- generations, and all before the first is deleted. One that is made meanwhile stays, as if it came after: to
-- look for it again would be to wait, with rows deleted, for writers who wait for what becomes of those.
-- params:
WITH locked AS MATERIALIZED (
    SELECT o.id FROM :"schema".observations o
    ORDER BY o.thread_id, o.resource_id, o.generation, o.revision
    FOR UPDATE
)
DELETE FROM :"schema".observations o USING locked l WHERE o.id = l.id
