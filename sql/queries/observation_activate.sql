-- Moves the first chunks of what a record has buffered to what is active: as many as bring the messages
-- down to the floor, rather more than fewer unless that takes too many away. Runs behind observation_lock.
-- Returns these chunks, if there is such a record.
-- $1 record, $2 tokens of messages to keep (the floor), $3 tokens of messages there are, $4 take more
-- rather than fewer whatever it takes away, $5 the chunks as the caller knows them (with newer counts of
-- tokens; only these are taken) or null, $6 last observed or null: as the last chunk says, $7 now
-- params: text float8 float8 bool jsonb timestamptz timestamptz
WITH stored AS MATERIALIZED (
    SELECT c.place, c.chunk, g.chunk AS given
    FROM :"schema".observations o
    CROSS JOIN LATERAL jsonb_array_elements(o.chunks) WITH ORDINALITY AS c (chunk, place)
    LEFT JOIN LATERAL (
        SELECT g.chunk FROM jsonb_array_elements($5::jsonb) AS g (chunk)
        WHERE g.chunk -> 'id' = c.chunk -> 'id' OR g.chunk -> 'cycleId' = nullif(c.chunk -> 'cycleId', '""')
        LIMIT 1
    ) g ON true
    WHERE o.id = $1
), fresh AS MATERIALIZED (
    SELECT s.place, s.chunk || coalesce(s.given, '{}') AS chunk, $5::jsonb IS NULL OR s.given IS NOT NULL AS offered
    FROM stored s
), offer AS MATERIALIZED (
    SELECT f.place, f.chunk, row_number() OVER (ORDER BY f.place) AS boundary,
        CASE jsonb_typeof(f.chunk -> 'tokenCount') WHEN 'number' THEN (f.chunk -> 'tokenCount')::float8 ELSE 0 END AS tokens,
        CASE jsonb_typeof(f.chunk -> 'messageTokens') WHEN 'number' THEN (f.chunk -> 'messageTokens')::float8 ELSE 0 END AS weight
    FROM fresh f
    WHERE f.offered
), reach AS MATERIALIZED (
    SELECT c.boundary, sum(c.weight) OVER (ORDER BY c.boundary) AS weight, greatest(0, $3 - $2) AS target
    FROM offer c
), choice AS (
    SELECT CASE
        WHEN above.weight IS NOT NULL AND $3 - above.weight >= least(1000, $2)
            AND ($4 OR above.weight - above.target <= $2 * 0.95) THEN above.boundary
        WHEN below.weight IS NOT NULL AND $3 - below.weight >= least(1000, $2) THEN below.boundary
        ELSE coalesce(above.boundary, 1)
    END AS boundary
    FROM (VALUES (1)) one
    LEFT JOIN LATERAL (
        SELECT * FROM reach r WHERE r.weight >= r.target ORDER BY r.weight, r.boundary LIMIT 1
    ) above ON true
    LEFT JOIN LATERAL (
        SELECT * FROM reach r WHERE r.weight < r.target AND r.weight > 0 ORDER BY r.weight DESC, r.boundary LIMIT 1
    ) below ON true
), taken AS MATERIALIZED (
    SELECT c.* FROM offer c, choice WHERE c.boundary <= choice.boundary
), summary AS MATERIALIZED (
    SELECT count(*) AS count, sum(t.tokens) AS tokens, sum(t.weight) AS weight,
        string_agg(coalesce(t.chunk ->> 'observations', ''), E'\n\n' ORDER BY t.place) AS text,
        coalesce($6, substring((array_agg(t.chunk ->> 'lastObservedAt' ORDER BY t.place DESC))[1]
            FROM '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$')::timestamptz, $7) AS observed_at,
        coalesce(jsonb_agg(t.chunk ORDER BY t.place), '[]') AS chunks
    FROM taken t
), moved AS (
    UPDATE :"schema".observations o
    SET active = CASE WHEN o.active = '' THEN s.text ELSE o.active || E'\n\n--- message boundary ('
            || to_char(s.observed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') || E') ---\n\n' || s.text END,
        active_tokens = o.active_tokens + s.tokens::int8,
        pending_tokens = greatest(0, o.pending_tokens - s.weight::int8),
        chunks = (SELECT coalesce(jsonb_agg(f.chunk ORDER BY f.place), '[]') FROM fresh f
                  WHERE f.place NOT IN (SELECT t.place FROM taken t)),
        last_observed_at = s.observed_at,
        updated_at = greatest(o.updated_at, $7)
    FROM summary s
    WHERE o.id = $1 AND s.count > 0
)
SELECT s.count, s.chunks FROM summary s WHERE EXISTS (SELECT FROM :"schema".observations o WHERE o.id = $1)
