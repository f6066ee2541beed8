-- Changes a resource, and makes it if it is not there. The members of the patch take the place of those
-- of the same name in the metadata, and those that another document names with null go. Returns the resource,
-- and whether it is new (a row that ON CONFLICT updated carries the updating transaction in xmax).
-- $1 id, $2 working memory or null: stays, $3 patch or null, $4 now, $5 remove the working memory, $6 the
-- members to go, or null
-- params: text text jsonb timestamptz bool jsonb
INSERT INTO :"schema".resources AS r (id, working_memory, metadata, created_at, updated_at)
VALUES ($1, $2, coalesce($3, '{}') - ARRAY(SELECT jsonb_object_keys($6)), $4, $4)
ON CONFLICT (id) DO UPDATE
SET working_memory = CASE WHEN NOT $5 THEN coalesce(excluded.working_memory, r.working_memory) END,
    metadata = (coalesce(r.metadata, '{}') || excluded.metadata) - ARRAY(SELECT jsonb_object_keys($6)),
    updated_at = greatest(r.updated_at, excluded.updated_at)
RETURNING r.id, r.working_memory, r.metadata, r.created_at, r.updated_at, r.xmax = 0 AS inserted
