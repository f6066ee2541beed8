-- Makes a thread as a copy of another one, with its messages (all, or those of a range of time, the
-- newest of them, or chosen ids) and their metadata. The copies keep time and seq, and so their order.
-- Their ids are UUIDs that differ in the last group only, which is a random number plus the seq; so
-- nothing need be remembered from one step to the next, nor be told. The thread's metadata is the given document
-- with `clone`: where it comes from, to which the id of the last message is added. Returns the ids of the
-- sources in the order of reading; a single row without an id tells that there is no source, that
-- nothing was made because the id exists, or that no messages were copied.
-- The join of the documents of a whole thread is a full one, and stays one behind OFFSET 0, since that is never a
-- nested loop, however few rows the planner takes there to be. Of a part of it each is looked up.
-- $1 source, $2 id, $3 resource (null: the source's), $4 title (null: made of the source's), $5
-- metadata, $6 the document `clone`, $7 from, $8 until, $9 how many of the newest (null: all), $10 ids
-- (null: all), $11 a UUID, the front and the random number of the new ids, $12 now
-- params: text text text text jsonb jsonb timestamptz timestamptz int8 text[] text timestamptz
-- variant: messages whole="$7 = '-infinity' AND $8 = 'infinity' AND $9 IS NULL AND $10 IS NULL" those="m.thread_id = $1 AND m.created_at >= $7 AND m.created_at < $8 AND ($10 IS NULL OR m.id IN (SELECT unnest($10)))" newest="(m.created_at, m.seq) >= ((SELECT e.created_at FROM edge e), (SELECT e.seq FROM edge e))" copy="left($11, 24) || lpad(to_hex((SELECT n.number FROM number n) + m.seq), 12, '0')"
WITH number AS MATERIALIZED (
    SELECT ('x' || right($11, 12))::bit(48)::int8 AS number
), source AS MATERIALIZED (
    SELECT t.resource_id, t.title, t.last_seq FROM :"schema".threads t WHERE t.id = $1
), edge AS MATERIALIZED (
    SELECT coalesce(m.created_at, '-infinity') AS created_at, coalesce(m.seq, 0) AS seq
    FROM (VALUES (1)) one
    LEFT JOIN LATERAL (
        SELECT m.created_at, m.seq FROM :"schema".messages m
        WHERE $9 IS NOT NULL AND :those
        ORDER BY m.created_at DESC, m.seq DESC
        LIMIT 1 OFFSET coalesce($9, 1) - 1
    ) m ON true
), last AS MATERIALIZED (
    SELECT m.id, m.created_at FROM :"schema".messages m
    WHERE :those AND :newest
    ORDER BY m.created_at DESC, m.seq DESC
    LIMIT 1
), chosen AS MATERIALIZED (
    SELECT m.id, m.created_at, m.seq FROM :"schema".messages m
    WHERE :those AND :newest
    ORDER BY m.created_at, m.seq
), made AS (
    INSERT INTO :"schema".threads (id, resource_id, title, created_at, updated_at, last_seq, holes, last_at)
    SELECT $2, coalesce($3, s.resource_id), coalesce($4, 'Clone of ' || nullif(s.title, ''), ''), $12, $12,
        CASE WHEN EXISTS (SELECT FROM last) THEN s.last_seq ELSE 0 END,
        CASE WHEN EXISTS (SELECT FROM last) THEN s.last_seq - (SELECT count(*) FROM chosen) ELSE 0 END,
        coalesce((SELECT l.created_at FROM last l), '-infinity')
    FROM source s
    ON CONFLICT (id) DO NOTHING
    RETURNING id, resource_id
), document AS (
    INSERT INTO :"schema".metadata (thread_id, message_id, data, updated_at)
    SELECT t.id, '', coalesce($5, '{}') || jsonb_build_object('clone', $6 || coalesce((
            SELECT jsonb_build_object('lastMessageId', replace(l.id, U&'\FDD0', U&'\FDD0fdd0')) FROM last l
        ), '{}')), $12
    FROM made t
), messages AS (
    INSERT INTO :"schema".messages (thread_id, id, seq, created_at, resource_id, role, type, content)
    SELECT t.id, :copy, m.seq, m.created_at, t.resource_id, m.role, m.type, m.content
    FROM made t, :"schema".messages m
    WHERE :those AND :newest
), documents AS (
    INSERT INTO :"schema".metadata (thread_id, message_id, data, updated_at)
    SELECT t.id, :copy, m.data, m.updated_at
    FROM made t, (
        SELECT c.seq, d.data, d.updated_at
        FROM chosen c
        FULL JOIN (
            SELECT d.message_id, d.data, d.updated_at
            FROM :"schema".metadata d
            WHERE d.thread_id = $1 AND d.message_id <> '' AND :whole
        ) d ON d.message_id = c.id
        WHERE :whole
        UNION ALL
        SELECT c.seq, d.data, d.updated_at
        FROM chosen c
        CROSS JOIN LATERAL (
            SELECT d.data, d.updated_at FROM :"schema".metadata d WHERE d.thread_id = $1 AND d.message_id = c.id OFFSET 0
        ) d
        WHERE NOT (:whole)
        OFFSET 0
    ) m
    WHERE m.seq IS NOT NULL AND m.data IS NOT NULL
)
SELECT EXISTS (SELECT FROM source) AS known, EXISTS (SELECT FROM made) AS made, c.id, c.created_at, c.seq
FROM (VALUES (1)) one
LEFT JOIN chosen c ON EXISTS (SELECT FROM made)
ORDER BY c.created_at, c.seq
