-- Creates a resource. Returns it, or no row if there is one of this id.
-- $1 id, $2 working memory, $3 metadata or null, $4 created, $5 updated
-- params: text text jsonb timestamptz timestamptz
INSERT INTO :"schema".resources (id, working_memory, metadata, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (id) DO NOTHING
RETURNING id, working_memory, metadata, created_at, updated_at
