-- The messages around some messages: each anchor with $3 neighbours before and $4 after it,
-- overlaps once. `bare` leaves out the metadata documents.
-- The times alone say nothing new in `near`; they have the planner, who thinks little of new tables, go by the
-- order of the index, where it would else read the whole thread to sort it.
-- $1 thread or null: any, $2 ids, $3 counts before, $4 counts after, $5 resource of the messages, anchors
-- and neighbours alike, or null: any
-- params: text text[] int8[] int8[] text
-- variant: full documents=true
-- variant: bare documents=false
WITH anchor AS (
    SELECT m.thread_id, m.created_at, m.seq, a.before, a.after
    FROM unnest($2, $3, $4) AS a (id, before, after)
    CROSS JOIN LATERAL (
        SELECT * FROM :"schema".messages m WHERE m.id = a.id AND ($1 IS NULL OR m.thread_id = $1)
            AND ($5 IS NULL OR m.resource_id = $5)
        OFFSET 0
    ) m
), near AS (
    SELECT DISTINCT w.thread_id, w.created_at, w.seq
    FROM anchor a
    CROSS JOIN LATERAL (
        (SELECT m.thread_id, m.created_at, m.seq FROM :"schema".messages m
         WHERE m.thread_id = a.thread_id AND m.created_at <= a.created_at
             AND (m.created_at, m.seq) <= (a.created_at, a.seq)
             AND ($5 IS NULL OR m.resource_id = $5)
         ORDER BY m.created_at DESC, m.seq DESC LIMIT a.before + 1)
        UNION ALL
        (SELECT m.thread_id, m.created_at, m.seq FROM :"schema".messages m
         WHERE m.thread_id = a.thread_id AND m.created_at >= a.created_at
             AND (m.created_at, m.seq) > (a.created_at, a.seq)
             AND ($5 IS NULL OR m.resource_id = $5)
         ORDER BY m.created_at, m.seq LIMIT a.after)
    ) w
)
SELECT NULL::int8 AS last_seq, NULL::int8 AS total,
    m.thread_id, m.id, m.seq, m.created_at, m.resource_id, m.role, m.type, m.content,
    CASE WHEN :documents THEN (
        SELECT d.data FROM :"schema".metadata d WHERE d.thread_id = m.thread_id AND d.message_id = m.id
    ) END AS metadata
FROM near n
CROSS JOIN LATERAL (
    SELECT * FROM :"schema".messages m
    WHERE m.thread_id = n.thread_id AND m.created_at = n.created_at AND m.seq = n.seq
    OFFSET 0
) m
ORDER BY m.thread_id, m.created_at, m.seq
