-- Sets those flags and numbers of a record that are not null. Returns a row if there is such a record.
-- $1 record, $2 reflecting, $3 observing, $4 buffering an observation, $5 buffering a reflection,
-- $6 tokens at the last buffering, $7 pending tokens, $8 now
-- params: text bool bool bool bool int8 int8 timestamptz
UPDATE :"schema".observations AS o
SET is_reflecting = coalesce($2, o.is_reflecting),
    is_observing = coalesce($3, o.is_observing),
    is_buffering_observation = coalesce($4, o.is_buffering_observation),
    is_buffering_reflection = coalesce($5, o.is_buffering_reflection),
    last_buffered_tokens = coalesce($6, o.last_buffered_tokens),
    pending_tokens = coalesce($7, o.pending_tokens),
    updated_at = greatest(o.updated_at, $8)
WHERE o.id = $1
RETURNING o.id
