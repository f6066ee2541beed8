-- Lists threads whose metadata contains a document; else as thread_list. The owners of such
-- documents are looked up first, once (ARRAY), through the index of the metadata where there is
-- one.
-- $1 resource, $2 time and $3 id to go on behind, $4 limit, $5 offset, $6 is the total wanted, $7
-- document
-- params: text timestamptz text int8 int8 bool jsonb
-- variant: all_created_asc owner="true" column=created_at dir=ASC cmp=>
-- variant: all_created_desc owner="true" column=created_at dir=DESC cmp=<
-- variant: all_updated_asc owner="true" column=updated_at dir=ASC cmp=>
-- variant: all_updated_desc owner="true" column=updated_at dir=DESC cmp=<
-- variant: resource_created_asc owner="t.resource_id = $1" column=created_at dir=ASC cmp=>
-- variant: resource_created_desc owner="t.resource_id = $1" column=created_at dir=DESC cmp=<
-- variant: resource_updated_asc owner="t.resource_id = $1" column=updated_at dir=ASC cmp=>
-- variant: resource_updated_desc owner="t.resource_id = $1" column=updated_at dir=DESC cmp=<
WITH hit AS MATERIALIZED (
    SELECT d.thread_id FROM :"schema".metadata d WHERE d.message_id = '' AND d.data @> $7
)
SELECT CASE WHEN $6 THEN (SELECT count(*) FROM :"schema".threads t WHERE :owner
        AND t.id = ANY (ARRAY(SELECT thread_id FROM hit))) END AS total,
    t.id, t.resource_id, t.title, t.created_at, t.updated_at, t.last_seq,
    (SELECT d.data FROM :"schema".metadata d WHERE d.thread_id = t.id AND d.message_id = '') AS metadata
FROM (VALUES (1)) one
LEFT JOIN LATERAL (
    SELECT * FROM :"schema".threads t
    WHERE :owner
        AND t.id = ANY (ARRAY(SELECT thread_id FROM hit)) AND (t.:column, t.id) :cmp ($2, $3)
    ORDER BY t.:column :dir, t.id :dir
    LIMIT $4 OFFSET $5
) t ON true
ORDER BY t.:column :dir, t.id :dir
