-- Appends a chunk to what a record has buffered, unless there is one of its cycle. Runs behind
-- observation_lock. Returns whether it was appended, if there is such a record. Moments within a chunk are
-- as JavaScript writes them.
-- $1 record, $2 cycle, $3 observations, $4 their tokens, $5 ids of the messages observed, $6 tokens of
-- these, $7 last observed, $8 further members or null, $9 id of the chunk, $10 buffered up to or null:
-- stays, $11 now
-- params: text text text int8 jsonb int8 timestamptz jsonb text timestamptz timestamptz
WITH record AS MATERIALIZED (
    SELECT o.id, o.chunks @> jsonb_build_array(jsonb_build_object('cycleId', $2)) AS known
    FROM :"schema".observations o
    WHERE o.id = $1
), added AS (
    UPDATE :"schema".observations o
    SET chunks = o.chunks || jsonb_build_array(coalesce($8, '{}') || jsonb_build_object(
            'id', $9, 'cycleId', $2, 'observations', $3, 'tokenCount', $4, 'messageIds', $5, 'messageTokens', $6,
            'lastObservedAt', to_char($7 AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
            'createdAt', to_char($11 AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))),
        last_buffered_at = coalesce($10, o.last_buffered_at),
        updated_at = greatest(o.updated_at, $11)
    FROM record r
    WHERE o.id = r.id AND NOT r.known
)
SELECT NOT r.known AS inserted FROM record r
