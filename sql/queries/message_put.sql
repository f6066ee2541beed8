-- Appends those messages of a batch that the thread does not have, and leaves or overwrites the
-- others. Runs behind thread_lock_write, so that its snapshot holds all that was ever committed to
-- the thread. Else as message_append. If an id stands in another thread, `refuse` returns it and
-- writes nothing; `abort` fails, which undoes the whole transaction: the cast is made to fail, and
-- the id can be read from the message.
-- variant: refuse found="e.id"
-- variant: abort found="('elsewhere <' || e.id || '>')::int8::text"
-- $1 to $12 as in message_append, $13 overwrite those that exist, $14 time of change for the thread
-- params: text text[] text[] text[] text[] jsonb[] timestamptz[] timestamptz[] timestamptz timestamptz text[] text[] bool timestamptz
WITH elsewhere AS (
    SELECT m.id
    FROM unnest($11) AS g (id)
    CROSS JOIN LATERAL (
        SELECT m.id FROM :"schema".messages m WHERE m.id = g.id AND m.thread_id <> $1 OFFSET 0
    ) m
    LIMIT 1
), owner AS (
    SELECT t.id, t.last_seq, t.last_at, t.resource_id FROM :"schema".threads t WHERE t.id = $1
), target AS (
    SELECT * FROM owner WHERE NOT EXISTS (SELECT FROM elsewhere)
), given AS MATERIALIZED (
    SELECT * FROM unnest($2, $3, $4, $5, $6, $7, $8, $12) WITH ORDINALITY
        AS g (id, role, type, content, metadata, created_at, floor, resource_id, place)
), old AS MATERIALIZED (
    SELECT g.place, m.id, m.seq, m.created_at, m.resource_id
    FROM given g
    CROSS JOIN LATERAL (
        SELECT * FROM :"schema".messages m WHERE m.id = g.id AND m.thread_id = $1 OFFSET 0
    ) m
), fresh AS MATERIALIZED (
    SELECT g.*, row_number() OVER (ORDER BY g.place) AS step
    FROM given g
    WHERE NOT EXISTS (SELECT FROM old o WHERE o.place = g.place)
), added AS (
    INSERT INTO :"schema".messages (thread_id, id, seq, created_at, resource_id, role, type, content)
    SELECT o.id, f.id, o.last_seq + f.step, coalesce(f.created_at, greatest(f.floor, o.last_at)),
        coalesce(f.resource_id, o.resource_id), f.role, f.type, f.content
    FROM target o, fresh f
    ORDER BY f.place
    RETURNING id, seq, created_at
), changed AS (
    UPDATE :"schema".messages m
    SET role = g.role, type = g.type, content = g.content, resource_id = coalesce(g.resource_id, o.resource_id)
    FROM given g, old, target o
    WHERE $13 AND g.place = old.place AND m.thread_id = o.id AND m.created_at = old.created_at AND m.seq = old.seq
), documents AS (
    INSERT INTO :"schema".metadata AS d (thread_id, message_id, data, updated_at)
    SELECT o.id, g.id, g.metadata, $9
    FROM target o, given g
    WHERE g.metadata IS NOT NULL AND ($13 OR g.place IN (SELECT place FROM fresh))
    ON CONFLICT (thread_id, message_id) DO UPDATE SET data = excluded.data, updated_at = excluded.updated_at
), cleared AS (
    DELETE FROM :"schema".metadata d
    USING given g, old, target o
    WHERE $13 AND g.place = old.place AND g.metadata IS NULL AND d.thread_id = o.id AND d.message_id = old.id
), touched AS (
    UPDATE :"schema".threads t
    SET last_seq = o.last_seq + (SELECT count(*) FROM fresh),
        last_at = greatest(o.last_at, (SELECT max(a.created_at) FROM added a)),
        updated_at = greatest(t.updated_at, $14)
    FROM target o
    WHERE t.id = o.id AND ($13 OR EXISTS (SELECT FROM fresh))
)
SELECT true AS known, NULL AS elsewhere,
    CASE WHEN $13 OR a.seq IS NOT NULL THEN coalesce(g.resource_id, o.resource_id) ELSE old.resource_id END AS resource_id,
    coalesce(a.seq, old.seq) AS seq,
    coalesce(a.created_at, old.created_at) AS created_at, a.seq IS NOT NULL AS inserted, g.place
FROM target o
CROSS JOIN given g
LEFT JOIN old ON old.place = g.place
LEFT JOIN added a ON a.id = g.id
UNION ALL
SELECT EXISTS (SELECT FROM owner), :found, NULL, NULL, NULL, NULL, NULL FROM elsewhere e
ORDER BY place
