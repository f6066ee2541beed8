-- Reads messages of a thread, or of all threads of a resource, whose metadata contains a document, in the order
-- (created_at, thread, seq), by keyset; else as message_list. If the next messages have enough of them, these are
-- the page. Else, where few documents fit, they are looked up through the index of the metadata, which has the
-- thread as the first step of its paths, so each thread is looked up by itself; where many do, the messages are
-- gone through in order until there are enough.
-- $1 thread or resource, $2 from, $3 until, $4 time, $5 seq and $10 thread to go on behind, $6 limit, $7 offset,
-- $8 is the total wanted, $9 document
-- params: text timestamptz timestamptz timestamptz int8 int8 int8 bool jsonb text
-- variant: thread_asc own="m.thread_id = $1" threads="SELECT $1" head="thread t" dir=ASC cmp=>
-- variant: thread_desc own="m.thread_id = $1" threads="SELECT $1" head="thread t" dir=DESC cmp=<
-- variant: resource_asc own="m.resource_id = $1" threads="SELECT DISTINCT o.thread_id FROM own o" head="(VALUES (NULL::int8)) t (last_seq)" dir=ASC cmp=>
-- variant: resource_desc own="m.resource_id = $1" threads="SELECT DISTINCT o.thread_id FROM own o" head="(VALUES (NULL::int8)) t (last_seq)" dir=DESC cmp=<
WITH own AS NOT MATERIALIZED (
    SELECT m.thread_id FROM :"schema".messages m WHERE :own
), thread AS (
    SELECT t.last_seq FROM :"schema".threads t WHERE t.id = $1
), near AS MATERIALIZED (
    SELECT m.thread_id, m.created_at, m.seq
    FROM (
        SELECT * FROM :"schema".messages m
        WHERE NOT $8 AND :own AND m.created_at >= $2 AND m.created_at < $3
            AND (m.created_at, m.thread_id, m.seq) :cmp ($4, $10, $5)
        ORDER BY m.created_at :dir, m.thread_id :dir, m.seq :dir
        LIMIT 4 * ($6 + $7) + 100
    ) m
    WHERE (SELECT true FROM :"schema".metadata d
        WHERE d.thread_id = m.thread_id AND d.message_id = m.id AND d.data @> $9)
    ORDER BY m.created_at :dir, m.thread_id :dir, m.seq :dir
    LIMIT $6 OFFSET $7
), enough AS MATERIALIZED (
    SELECT count(*) = $6 AS near FROM near
), hit AS MATERIALIZED (
    SELECT d.thread_id, d.message_id
    FROM (:threads) o (thread_id)
    CROSS JOIN LATERAL (
        SELECT d.thread_id, d.message_id FROM :"schema".metadata d
        WHERE jsonb_set('{}', ARRAY[d.thread_id], d.data) @> jsonb_set('{}', ARRAY[o.thread_id], $9)
            AND d.message_id <> ''
        OFFSET 0
    ) d
    WHERE NOT (SELECT e.near FROM enough e)
    LIMIT 1001
), extent AS MATERIALIZED (
    SELECT count(*) <= 1000 AS known FROM hit
), found AS MATERIALIZED (
    SELECT m.thread_id, m.created_at, m.seq
    FROM hit h
    CROSS JOIN LATERAL (
        SELECT * FROM :"schema".messages m WHERE m.id = h.message_id AND m.thread_id = h.thread_id OFFSET 0
    ) m
    WHERE (SELECT e.known FROM extent e) AND :own AND m.created_at >= $2 AND m.created_at < $3
), page AS (
    SELECT * FROM near WHERE (SELECT e.near FROM enough e)
    UNION ALL
    (
        SELECT * FROM found m
        WHERE (m.created_at, m.thread_id, m.seq) :cmp ($4, $10, $5)
        ORDER BY m.created_at :dir, m.thread_id :dir, m.seq :dir
        LIMIT $6 OFFSET $7
    )
    UNION ALL
    (
        SELECT m.thread_id, m.created_at, m.seq FROM :"schema".messages m
        WHERE NOT (SELECT e.known FROM extent e) AND :own AND m.created_at >= $2 AND m.created_at < $3
            AND (m.created_at, m.thread_id, m.seq) :cmp ($4, $10, $5)
            AND (SELECT true FROM :"schema".metadata d
                WHERE d.thread_id = m.thread_id AND d.message_id = m.id AND d.data @> $9)
        ORDER BY m.created_at :dir, m.thread_id :dir, m.seq :dir
        LIMIT $6 OFFSET $7
    )
)
SELECT t.last_seq,
    CASE
        WHEN NOT $8 THEN NULL
        WHEN (SELECT e.known FROM extent e) THEN (SELECT count(*) FROM found)
        ELSE (
            SELECT count(*) FROM :"schema".messages m
            WHERE :own AND m.created_at >= $2 AND m.created_at < $3 AND EXISTS (
                SELECT FROM :"schema".metadata d
                WHERE d.thread_id = m.thread_id AND d.message_id = m.id AND d.data @> $9
            )
        )
    END AS total,
    m.thread_id, m.id, m.seq, m.created_at, m.resource_id, m.role, m.type, m.content,
    (SELECT d.data FROM :"schema".metadata d WHERE d.thread_id = m.thread_id AND d.message_id = m.id) AS metadata
FROM :head
LEFT JOIN LATERAL (
    SELECT m.*
    FROM page p
    CROSS JOIN LATERAL (
        SELECT * FROM :"schema".messages m
        WHERE m.thread_id = p.thread_id AND m.created_at = p.created_at AND m.seq = p.seq
        OFFSET 0
    ) m
) m ON true
ORDER BY m.created_at :dir, m.thread_id :dir, m.seq :dir
