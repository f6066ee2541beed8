-- Appends messages to a thread, all or none, in the order of the arrays: takes the next seqs under
-- the thread's lock. A message without a time gets the latest of now, the times before it in the
-- batch (both in its floor) and the thread's newest. An id that exists in the thread violates
-- messages_id_key; one that exists elsewhere is refused here. No seq in the single row: nothing was
-- appended, for the reason in the first two columns: is there such a thread, which id stands elsewhere.
-- `even` is for batches in which all messages have a time, or none: then the thread's newest time after
-- the update serves as well as the one before, and the row need not be read first.
-- variant: mixed lock="FOR NO KEY UPDATE" from="FROM owner o" join="o.id = t.id" newest=o.last_at
-- variant: even lock="" from="" join=true newest=t.last_at
-- $1 thread, $2 ids, $3 roles, $4 types, $5 contents, $6 metadata, $7 times or null, $8 floors, $9
-- now, $10 newest of the batch, $11 those ids that the caller gave, $12 resources (null: the thread's)
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
), added AS (
    INSERT INTO :"schema".messages (thread_id, id, seq, created_at, resource_id, role, type, content)
    SELECT o.id, g.id, o.last_seq + g.place, coalesce(g.created_at, greatest(g.floor, o.last_at)),
        coalesce(g.resource_id, o.resource_id), g.role, g.type, g.content
    FROM touched o, given g
    ORDER BY g.place
    RETURNING seq, created_at, resource_id
), documents AS (
    INSERT INTO :"schema".metadata (thread_id, message_id, data, updated_at)
    SELECT o.id, g.id, g.metadata, $9 FROM touched o, given g WHERE g.metadata IS NOT NULL
    ON CONFLICT (thread_id, message_id) DO UPDATE SET data = excluded.data, updated_at = excluded.updated_at
)
SELECT EXISTS (SELECT FROM touched) OR EXISTS (SELECT FROM owner) AS known, (SELECT id FROM elsewhere) AS elsewhere,
    a.resource_id, a.seq, a.created_at, true AS inserted
FROM (VALUES (1)) one
LEFT JOIN added a ON true
ORDER BY a.seq
