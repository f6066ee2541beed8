-- Deletes all observations, locked as their other writers lock them: those of a scope in the order of their
-- generations. Runs twice, so that a generation goes, too, that was made while the first waited for a lock;
-- under two names, since a segment prepares a statement once.
-- params:
-- variant: first
-- variant: again
WITH locked AS MATERIALIZED (
    SELECT o.id FROM :"schema".observations o
    ORDER BY o.thread_id, o.resource_id, o.generation, o.revision
    FOR UPDATE
)
DELETE FROM :"schema".observations o USING locked l WHERE o.id = l.id
