-- Lists runs, by keyset. The first column is the total, if it is asked for; a single row with a null id
-- stands for an empty page. All filters hold; the variant says which of them leads the way to the rows. The
-- others hide from the planner in a CASE: they would make it think that few rows are left, which need no
-- order of an index. A run's thread stands in its snapshot, at one of two places; snapshots are opened for it
-- last. If the leading one is the only one, the total is counted from its index alone.
-- $1 workflow, $2 status, $3 resource and $4 thread, or null: any; $5 from, $6 until, $7 time, $8 run and
-- $9 workflow to go on behind, $10 limit, $11 offset, $12 is the total wanted
-- params: text text text text timestamptz timestamptz timestamptz text text int8 int8 bool
-- variant: all_asc alone="coalesce($1, $2, $3, $4) IS NULL" lead="octet_length(r.run_id) > 0" dir=ASC cmp=> other="r.created_at < $6"
-- variant: all_desc alone="coalesce($1, $2, $3, $4) IS NULL" lead="octet_length(r.run_id) > 0" dir=DESC cmp=< other="r.created_at >= $5"
-- variant: name_asc alone="coalesce($2, $3, $4) IS NULL" lead="r.workflow_name = $1" dir=ASC cmp=> other="r.created_at < $6"
-- variant: name_desc alone="coalesce($2, $3, $4) IS NULL" lead="r.workflow_name = $1" dir=DESC cmp=< other="r.created_at >= $5"
-- variant: status_asc alone="coalesce($1, $3, $4) IS NULL" lead="r.status = $2" dir=ASC cmp=> other="r.created_at < $6"
-- variant: status_desc alone="coalesce($1, $3, $4) IS NULL" lead="r.status = $2" dir=DESC cmp=< other="r.created_at >= $5"
-- variant: resource_asc alone="coalesce($1, $2, $4) IS NULL" lead="r.resource_id = $3" dir=ASC cmp=> other="r.created_at < $6"
-- variant: resource_desc alone="coalesce($1, $2, $4) IS NULL" lead="r.resource_id = $3" dir=DESC cmp=< other="r.created_at >= $5"
SELECT CASE
        WHEN NOT $12 THEN NULL
        WHEN :alone THEN (
            SELECT count(*) FROM :"schema".workflow_runs r WHERE :lead AND r.created_at >= $5 AND r.created_at < $6
        )
        ELSE (
            SELECT count(*) FROM :"schema".workflow_runs r
            WHERE :lead AND r.created_at >= $5 AND r.created_at < $6
                AND ($1 IS NULL OR r.workflow_name = $1) AND ($2 IS NULL OR r.status = $2)
                AND ($3 IS NULL OR r.resource_id = $3)
                AND ($4 IS NULL OR jsonb_path_exists(r.snapshot,
                    '$.context.* ? (@.status == "suspended").suspendPayload.__streamState.messageList.memoryInfo ? (@.threadId == $thread)',
                    jsonb_build_object('thread', $4)) OR jsonb_path_exists(r.snapshot,
                    '$.context.input.messageListState.memoryInfo ? (@.threadId == $thread)',
                    jsonb_build_object('thread', $4)))
        )
    END AS total,
    r.workflow_name, r.run_id, r.resource_id, r.created_at, r.updated_at, r.snapshot
FROM (VALUES (1)) one
LEFT JOIN LATERAL (
    SELECT * FROM :"schema".workflow_runs r
    WHERE :lead AND (r.created_at, r.run_id, r.workflow_name) :cmp ($7, $8, $9) AND :other
        AND CASE WHEN ($1 IS NULL OR r.workflow_name = $1) AND ($2 IS NULL OR r.status = $2)
            AND ($3 IS NULL OR r.resource_id = $3)
            THEN $4 IS NULL OR jsonb_path_exists(r.snapshot,
                '$.context.* ? (@.status == "suspended").suspendPayload.__streamState.messageList.memoryInfo ? (@.threadId == $thread)',
                jsonb_build_object('thread', $4)) OR jsonb_path_exists(r.snapshot,
                '$.context.input.messageListState.memoryInfo ? (@.threadId == $thread)',
                jsonb_build_object('thread', $4))
            ELSE false END
    ORDER BY r.created_at :dir, r.run_id :dir, r.workflow_name :dir
    LIMIT $10 OFFSET $11
) r ON true
ORDER BY r.created_at :dir, r.run_id :dir, r.workflow_name :dir
