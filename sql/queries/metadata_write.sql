-- Writes a metadata document: `merge` merges a patch without objects among its values (null removes,
-- all else is set), `shallow` sets its members as they are and removes those that another document names with
-- null, `replace` replaces it, `lock` only locks it, making an empty one if there is none, for
-- metadata_merge_deep behind it. The locks on the owner keep that from being deleted meanwhile and
-- let appends and other writers of metadata pass.
-- $1 thread (null for a message: any), $2 message or null, $3 patch or document, $4 now, $5 what `shallow`
-- removes, or null
-- params: text text jsonb timestamptz jsonb
-- variant: merge gone="coalesce($5::jsonb, $3::jsonb)" first="$3::jsonb - ARRAY(SELECT key FROM nothing)" next="(d.data || $3::jsonb) - ARRAY(SELECT key FROM nothing)"
-- variant: shallow gone="$5::jsonb" first="$3::jsonb - ARRAY(SELECT key FROM nothing)" next="(d.data || $3::jsonb) - ARRAY(SELECT key FROM nothing)"
-- variant: replace gone="$5::jsonb" first="$3::jsonb" next="$3::jsonb"
-- variant: lock gone="$5::jsonb" first="'{}'::jsonb" next="d.data"
WITH thread AS (
    SELECT t.id AS thread_id, ''::text AS message_id FROM :"schema".threads t
    WHERE t.id = $1 AND $2::text IS NULL
    FOR KEY SHARE
), message AS (
    SELECT m.thread_id, m.id AS message_id
    FROM :"schema".threads t
    JOIN :"schema".messages m ON m.thread_id = t.id
    WHERE m.id = $2 AND ($1::text IS NULL OR m.thread_id = $1)
    FOR KEY SHARE
), owner AS (
    SELECT * FROM thread UNION ALL SELECT * FROM message
), nothing AS (
    SELECT e.key FROM jsonb_each(:gone) e WHERE jsonb_typeof(e.value) = 'null'
), written AS (
    INSERT INTO :"schema".metadata AS d (thread_id, message_id, data, updated_at)
    SELECT o.thread_id, o.message_id, :first, $4 FROM owner o WHERE (SELECT count(*) FROM owner) = 1
    ON CONFLICT (thread_id, message_id) DO UPDATE
    SET data = :next, updated_at = greatest(d.updated_at, excluded.updated_at)
    RETURNING d.data
)
SELECT (SELECT count(*) FROM owner) AS owners, (SELECT data FROM written) AS metadata
