-- Changes a resource, and makes it if it is not there. The members of the patch take the place of those
-- of the same name in the metadata. Returns the resource, and whether it is new (a row that ON CONFLICT
-- updated carries the updating transaction in xmax).
-- $1 id, $2 working memory or null: stays, $3 patch or null, $4 now
-- params: text text jsonb timestamptz
INSERT INTO :"schema".resources AS r (id, working_memory, metadata, created_at, updated_at)
VALUES ($1, $2, coalesce($3, '{}'), $4, $4)
ON CONFLICT (id) DO UPDATE
SET working_memory = coalesce(excluded.working_memory, r.working_memory),
    metadata = coalesce(r.metadata, '{}') || excluded.metadata,
    updated_at = greatest(r.updated_at, excluded.updated_at)
RETURNING r.id, r.working_memory, r.metadata, r.created_at, r.updated_at, r.xmax = 0 AS inserted
