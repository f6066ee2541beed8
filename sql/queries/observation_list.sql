-- The records of a scope, the newest generation first; or the record of an id.
-- $1 thread, resource or record, $2 created from, $3 created before, $4 limit, $5 offset
-- params: text timestamptz timestamptz int8 int8
-- variant: thread scope="o.thread_id = $1"
-- variant: owner scope="o.resource_id = $1 AND o.thread_id IS NULL"
-- variant: one scope="o.id = $1"
SELECT o.id, o.thread_id, o.resource_id, o.generation, o.origin, o.created_at, o.updated_at, o.last_observed_at,
    o.active, o.chunks, o.buffered, o.buffered_tokens, o.buffered_message_ids,
    o.reflection, o.reflection_tokens, o.reflection_input_tokens, o.reflected_lines,
    o.observed_message_ids, o.timezone, o.total_tokens, o.active_tokens, o.pending_tokens,
    o.is_reflecting, o.is_observing, o.is_buffering_observation, o.is_buffering_reflection,
    o.last_buffered_tokens, o.last_buffered_at, o.config, o.metadata
FROM :"schema".observations o
WHERE :scope AND o.created_at >= $2 AND o.created_at < $3
ORDER BY o.generation DESC, o.revision DESC
LIMIT $4 OFFSET $5
