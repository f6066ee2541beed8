-- Makes the next generation of the scope of a record, from what is stored of that: with a given text, or
-- with the reflection that it has buffered, behind which come the lines that were not reflected on. Runs
-- behind observation_lock_scope. Returns whether there was a text, and whether the generation was made
-- (not, if somebody put one in meanwhile), if there is such a record.
-- $1 record, $2 id of the new one, $3 the text or null: what is buffered, $4 its tokens, $5 now
-- params: text text text int8 timestamptz
WITH record AS MATERIALIZED (
    SELECT o.*, coalesce($3, nullif(o.reflection, '') || coalesce(E'\n\n' || nullif(rest.text, ''), '')) AS text
    FROM :"schema".observations o
    CROSS JOIN LATERAL (
        -- Cut as JavaScript's trim() does it.
        SELECT btrim(
            array_to_string((string_to_array(o.active, E'\n'))[coalesce(o.reflected_lines, 0)::int4 + 1:], E'\n'),
            U&' \0009\000A\000B\000C\000D\00A0\1680\2000\2001\2002\2003\2004\2005\2006\2007\2008\2009\200A'
            '\2028\2029\202F\205F\3000\FEFF'
        ) AS text
    ) rest
    WHERE o.id = $1
), made AS (
    INSERT INTO :"schema".observations (
        id, thread_id, resource_id, generation, revision, origin, created_at, updated_at, last_observed_at, active, chunks,
        timezone, total_tokens, active_tokens, pending_tokens,
        is_reflecting, is_observing, is_buffering_observation, is_buffering_reflection,
        last_buffered_tokens, config
    )
    SELECT $2, r.thread_id, r.resource_id, 1 + greatest(
            (SELECT max(o.generation) FROM :"schema".observations o WHERE o.thread_id = r.thread_id),
            (SELECT max(o.generation) FROM :"schema".observations o
             WHERE r.thread_id IS NULL AND o.thread_id IS NULL AND o.resource_id = r.resource_id)
        ), 0, 'reflection', $5, $5, coalesce(r.last_observed_at, $5), r.text, '[]',
        r.timezone, r.total_tokens, $4, 0, false, false, false, false, 0, r.config
    FROM record r
    WHERE r.text IS NOT NULL
    ON CONFLICT DO NOTHING
    RETURNING id
), cleared AS (
    UPDATE :"schema".observations o
    SET reflection = NULL, reflection_tokens = NULL, reflection_input_tokens = NULL, reflected_lines = NULL,
        updated_at = greatest(o.updated_at, $5)
    WHERE $3 IS NULL AND o.id = $1 AND EXISTS (SELECT FROM made)
)
SELECT r.text IS NOT NULL AS known, EXISTS (SELECT FROM made) AS made FROM record r
