-- Replaces what is active. Returns a row if there is such a record.
-- $1 record, $2 text, $3 its tokens, $4 last observed, $5 observed message ids or null: stay, $6 now
-- params: text text int8 timestamptz jsonb timestamptz
UPDATE :"schema".observations AS o
SET active = $2, active_tokens = $3, total_tokens = o.total_tokens + $3, pending_tokens = 0,
    last_observed_at = $4, observed_message_ids = coalesce($5, o.observed_message_ids),
    updated_at = greatest(o.updated_at, $6)
WHERE o.id = $1
RETURNING o.id
