-- Creates a thread with its metadata document. Returns a row if something was written: `inserted`
-- tells a new thread from an overwritten one (a row that ON CONFLICT updated carries the updating
-- transaction in xmax). `rewrite` takes the document away if none is given.
-- $1 id, $2 resource, $3 title, $4 created, $5 updated, $6 metadata or null
-- params: text text text timestamptz timestamptz jsonb
-- variant: new conflict="DO NOTHING" document="DO NOTHING" wanted="$6::jsonb IS NOT NULL" gone="false"
-- variant: replace conflict="DO UPDATE SET resource_id = excluded.resource_id, title = excluded.title, updated_at = greatest(t.updated_at, excluded.updated_at)" document="(thread_id, message_id) DO UPDATE SET data = excluded.data, updated_at = excluded.updated_at" wanted="true" gone="false"
-- variant: rewrite conflict="DO UPDATE SET resource_id = excluded.resource_id, title = excluded.title, created_at = excluded.created_at, updated_at = excluded.updated_at" document="(thread_id, message_id) DO UPDATE SET data = excluded.data, updated_at = excluded.updated_at" wanted="$6::jsonb IS NOT NULL" gone="$6::jsonb IS NULL"
WITH made AS (
    INSERT INTO :"schema".threads AS t (id, resource_id, title, created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (id) :conflict
    RETURNING t.id, t.xmax = 0 AS inserted
), document AS (
    INSERT INTO :"schema".metadata (thread_id, message_id, data, updated_at)
    SELECT made.id, '', coalesce($6::jsonb, '{}'), $5 FROM made WHERE :wanted
    ON CONFLICT :document
), cleared AS (
    DELETE FROM :"schema".metadata d USING made WHERE :gone AND d.thread_id = made.id AND d.message_id = ''
)
SELECT made.inserted FROM made
