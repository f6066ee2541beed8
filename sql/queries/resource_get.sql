-- A resource.
-- $1 id
-- params: text
SELECT r.id, r.working_memory, r.metadata, r.created_at, r.updated_at FROM :"schema".resources r WHERE r.id = $1
