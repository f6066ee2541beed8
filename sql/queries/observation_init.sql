-- Makes the first record of a scope, unless there is one; of racing calls one makes it, and the others
-- wait for that. Returns a row if it was made.
-- $1 id, $2 thread or null, $3 resource, $4 config, $5 time zone, $6 now
-- params: text text text jsonb text timestamptz
-- variant: thread scope="o.thread_id = $2"
-- variant: owner scope="o.resource_id = $3 AND o.thread_id IS NULL"
INSERT INTO :"schema".observations (
    id, thread_id, resource_id, generation, revision, origin, created_at, updated_at, active, chunks,
    timezone, total_tokens, active_tokens, pending_tokens,
    is_reflecting, is_observing, is_buffering_observation, is_buffering_reflection,
    last_buffered_tokens, config
)
SELECT $1, $2, $3, 0, 0, 'initial', $6, $6, '', '[]', $5, 0, 0, 0, false, false, false, false, 0, $4
WHERE NOT EXISTS (SELECT FROM :"schema".observations o WHERE :scope)
ON CONFLICT DO NOTHING
RETURNING true AS inserted
