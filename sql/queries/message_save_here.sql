-- Saves messages of one thread, all or none, in the order of the arrays: as message_append, but an id
-- that exists in the thread is overwritten, and keeps its time and seq. Where the insert meets such a
-- row it sees what was committed last, so no lock need come before. The seqs of those that existed are
-- left out. Metadata that is to go is taken away by message_save_clear behind this. The rows come in
-- any order.
-- variant: mixed lock="FOR NO KEY UPDATE" from="FROM owner o" join="o.id = t.id" newest=o.last_at
-- variant: even lock="" from="" join=true newest=t.last_at
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
    SELECT t.id, t.last_at FROM :"schema".threads t
    WHERE t.id = $1
    :lock
), touched AS (
    UPDATE :"schema".threads t
    SET last_seq = t.last_seq + cardinality($2),
        last_at = greatest(t.last_at, $10),
        updated_at = greatest(t.updated_at, $9)
    :from
    WHERE t.id = $1 AND :join AND NOT EXISTS (SELECT FROM elsewhere)
    RETURNING t.id, t.last_seq - cardinality($2) AS last_seq, :newest AS last_at, t.resource_id
), given AS MATERIALIZED (
    SELECT * FROM unnest($2, $3, $4, $5, $6, $7, $8, $12) WITH ORDINALITY
        AS g (id, role, type, content, metadata, created_at, floor, resource_id, place)
), saved AS (
    INSERT INTO :"schema".messages AS m (thread_id, id, seq, created_at, resource_id, role, type, content)
    SELECT o.id, g.id, o.last_seq + g.place, coalesce(g.created_at, greatest(g.floor, o.last_at)),
        coalesce(g.resource_id, o.resource_id), g.role, g.type, g.content
    FROM touched o, given g
    ON CONFLICT (id, thread_id) DO UPDATE
    SET resource_id = excluded.resource_id, role = excluded.role, type = excluded.type, content = excluded.content
    RETURNING m.id, m.seq, m.created_at, m.resource_id, m.xmax = 0 AS inserted
), documents AS (
    INSERT INTO :"schema".metadata (thread_id, message_id, data, updated_at)
    SELECT o.id, g.id, g.metadata, $9 FROM touched o, given g WHERE g.metadata IS NOT NULL
    ON CONFLICT (thread_id, message_id) DO UPDATE SET data = excluded.data, updated_at = excluded.updated_at
)
SELECT EXISTS (SELECT FROM touched) OR EXISTS (SELECT FROM owner) AS known, (SELECT id FROM elsewhere) AS elsewhere,
    s.resource_id, s.seq, s.created_at, s.inserted, s.id
FROM (VALUES (1)) one
LEFT JOIN saved s ON true
