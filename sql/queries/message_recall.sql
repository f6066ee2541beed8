-- A page of the messages of a thread, or of a resource, without metadata documents. First the total, if
-- it is asked for; a single row with a null id: an empty page. The order among the rows is seen to in C,
-- since sorting wide rows once more only to be sure is dear.
-- Without a resource to look for, the index alone can count. IS NOT DISTINCT FROM keeps the planner to
-- the thread's index, since the resource may have any number of other threads.
-- $1 thread or resource, $2 from, $3 until, $4 resource or null: any, $5 limit or null: all, $6 offset,
-- $7 is the total wanted
-- params: text timestamptz timestamptz text int8 int8 bool
-- variant: thread_asc owner=thread_id mine="$4 IS NULL" order="m.created_at, m.seq"
-- variant: thread_desc owner=thread_id mine="$4 IS NULL" order="m.created_at DESC, m.seq DESC"
-- variant: mine_asc owner=thread_id mine="m.resource_id IS NOT DISTINCT FROM $4" order="m.created_at, m.seq"
-- variant: mine_desc owner=thread_id mine="m.resource_id IS NOT DISTINCT FROM $4" order="m.created_at DESC, m.seq DESC"
-- variant: resource_asc owner=resource_id mine="$4 IS NULL" order="m.created_at, m.thread_id, m.seq"
-- variant: resource_desc owner=resource_id mine="$4 IS NULL" order="m.created_at DESC, m.thread_id DESC, m.seq DESC"
SELECT NULL::int8 AS last_seq,
    CASE WHEN $7 THEN (
        SELECT count(*) FROM :"schema".messages m
        WHERE m.:owner = $1 AND m.created_at >= $2 AND m.created_at < $3 AND :mine
    ) END AS total,
    m.thread_id, m.id, m.seq, m.created_at, m.resource_id, m.role, m.type, m.content
FROM (VALUES (1)) one
LEFT JOIN LATERAL (
    SELECT * FROM :"schema".messages m
    WHERE m.:owner = $1 AND m.created_at >= $2 AND m.created_at < $3 AND :mine
    ORDER BY :order
    LIMIT $5 OFFSET $6
) m ON true
