-- Puts a whole record in: as the `first` one of its generation, or before those that there are. The latter
-- runs behind the former and observation_lock_place, for those who found or met another one. Returns a row
-- if it did: not if there is a record of this id.
-- $1 id, $2 thread or null, $3 resource, $4 origin, $5 active, $6 chunks, $7 buffered, $8 buffered
-- message ids, $9 reflection, $10 observed message ids, $11 time zone, $12 config, $13 metadata; $14
-- times: created, updated, last observed, last buffered; $15 numbers, of which the least stands for
-- null: generation, tokens (buffered, reflection, reflection input), reflected lines, tokens (total,
-- active, pending, last buffered), flags (reflecting, observing, buffering observation, buffering reflection)
-- params: text text text text text jsonb text jsonb text jsonb text jsonb jsonb timestamptz[] int8[]
-- variant: first scope="false"
-- variant: thread scope="o.thread_id = $2"
-- variant: owner scope="o.resource_id = $3 AND o.thread_id IS NULL"
WITH number AS (
    SELECT array_agg(nullif(n.value, -9223372036854775808) ORDER BY n.place) AS n
    FROM unnest($15::int8[]) WITH ORDINALITY AS n (value, place)
)
INSERT INTO :"schema".observations (
    id, thread_id, resource_id, generation, revision, origin, created_at, updated_at, last_observed_at,
    active, chunks, buffered, buffered_tokens, buffered_message_ids,
    reflection, reflection_tokens, reflection_input_tokens, reflected_lines,
    observed_message_ids, timezone, total_tokens, active_tokens, pending_tokens,
    is_reflecting, is_observing, is_buffering_observation, is_buffering_reflection,
    last_buffered_tokens, last_buffered_at, config, metadata
)
SELECT $1, $2, $3, n[1], (
        SELECT coalesce(max(o.revision) + 1, 0) FROM :"schema".observations o WHERE :scope AND o.generation = n[1]
    ), $4, ($14::timestamptz[])[1], ($14::timestamptz[])[2], ($14::timestamptz[])[3],
    $5, $6, $7, n[2], $8,
    $9, n[3], n[4], n[5],
    $10, $11, n[6], n[7], n[8],
    n[10] <> 0, n[11] <> 0, n[12] <> 0, n[13] <> 0,
    n[9], ($14::timestamptz[])[4], $12, $13
FROM number
WHERE NOT EXISTS (SELECT FROM :"schema".observations o WHERE o.id = $1)
ON CONFLICT DO NOTHING
RETURNING true AS inserted
