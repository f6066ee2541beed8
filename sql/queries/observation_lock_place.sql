-- Locks the first record of a generation, which keeps those apart who put further ones in.
-- $1 thread or resource, $2 generation
-- params: text int8
-- variant: thread scope="o.thread_id = $1"
-- variant: owner scope="o.resource_id = $1 AND o.thread_id IS NULL"
SELECT o.id FROM :"schema".observations o WHERE :scope AND o.generation = $2 AND o.revision = 0 FOR UPDATE
