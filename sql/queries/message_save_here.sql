-- Saves messages of one thread, all or none, in the order of the arrays: as message_append, but an id
-- that exists in the thread is overwritten, and keeps its time and seq. Where the insert meets such a
-- row it sees what was committed last, so it need not run behind a lock; the thread's row is locked and read
-- first, and changed when it is known how many existed, whose seqs become holes. Metadata that is to go is
-- taken away by message_save_clear behind this. The rows come in any order.
-- $1 to $12 as in message_append
-- params: text text[] text[] text[] text[] jsonb[] timestamptz[] timestamptz[] timestamptz timestamptz text[] text[]
WITH elsewhere AS (
    SELECT m.id
    FROM unnest($11) AS g (id)
    CROSS JOIN LATERAL (
        SELECT m.id FROM :"schema".messages m WHERE m.id = g.id AND m.thread_id <> $1 OFFSET 0
    ) m
    LIMIT 1
), owner AS (
    SELECT t.id, t.last_seq, t.last_at, t.resource_id FROM :"schema".threads t
    WHERE t.id = $1
    FOR NO KEY UPDATE
), target AS (
    SELECT * FROM owner WHERE NOT EXISTS (SELECT FROM elsewhere)
), given AS MATERIALIZED (
    SELECT * FROM unnest($2, $3, $4, $5, $6, $7, $8, $12) WITH ORDINALITY
        AS g (id, role, type, content, metadata, created_at, floor, resource_id, place)
), saved AS (
    INSERT INTO :"schema".messages AS m (thread_id, id, seq, created_at, resource_id, role, type, content)
    SELECT o.id, g.id, o.last_seq + g.place, coalesce(g.created_at, greatest(g.floor, o.last_at)),
        coalesce(g.resource_id, o.resource_id), g.role, g.type, g.content
    FROM target o, given g
    ON CONFLICT (id, thread_id) DO UPDATE
    SET resource_id = excluded.resource_id, role = excluded.role, type = excluded.type, content = excluded.content
    RETURNING m.id, m.seq, m.created_at, m.resource_id, m.xmax = 0 AS inserted
), documents AS (
    INSERT INTO :"schema".metadata (thread_id, message_id, data, updated_at)
    SELECT o.id, g.id, g.metadata, $9 FROM target o, given g WHERE g.metadata IS NOT NULL
    ON CONFLICT (thread_id, message_id) DO UPDATE SET data = excluded.data, updated_at = excluded.updated_at
), touched AS (
    UPDATE :"schema".threads t
    SET last_seq = t.last_seq + c.places,
        holes = t.holes + c.holes,
        last_at = greatest(t.last_at, $10),
        updated_at = greatest(t.updated_at, $9)
    FROM target o, (SELECT count(*) AS places, count(*) FILTER (WHERE NOT s.inserted) AS holes FROM saved s) c
    WHERE t.id = o.id
)
SELECT EXISTS (SELECT FROM owner) AS known, (SELECT id FROM elsewhere) AS elsewhere,
    s.resource_id, s.seq, s.created_at, s.inserted, s.id
FROM (VALUES (1)) one
LEFT JOIN saved s ON true
