-- Changes title and resource of a thread and touches it. Returns a row if there is such a thread.
-- $1 id, $2 title or null: stays, $3 resource or null: stays, $4 remove the title, $5 remove the
-- resource, $6 now
-- params: text text text bool bool timestamptz
UPDATE :"schema".threads AS t
SET title = CASE WHEN $4 THEN NULL ELSE coalesce($2, t.title) END,
    resource_id = CASE WHEN $5 THEN NULL ELSE coalesce($3, t.resource_id) END,
    updated_at = greatest(t.updated_at, $6)
WHERE t.id = $1
RETURNING t.id
