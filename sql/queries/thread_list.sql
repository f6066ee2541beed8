-- Lists threads with their metadata, by keyset. The first column is the total, if it is asked for;
-- a single row with a null id stands for an empty page.
-- $1 resource, $2 time and $3 id to go on behind, $4 limit, $5 offset, $6 is the total wanted
-- params: text timestamptz text int8 int8 bool
-- variant: all_created_asc owner="true" column=created_at dir=ASC cmp=>
-- variant: all_created_desc owner="true" column=created_at dir=DESC cmp=<
-- variant: all_updated_asc owner="true" column=updated_at dir=ASC cmp=>
-- variant: all_updated_desc owner="true" column=updated_at dir=DESC cmp=<
-- variant: resource_created_asc owner="t.resource_id = $1" column=created_at dir=ASC cmp=>
-- variant: resource_created_desc owner="t.resource_id = $1" column=created_at dir=DESC cmp=<
-- variant: resource_updated_asc owner="t.resource_id = $1" column=updated_at dir=ASC cmp=>
-- variant: resource_updated_desc owner="t.resource_id = $1" column=updated_at dir=DESC cmp=<
SELECT CASE WHEN $6 THEN (SELECT count(*) FROM :"schema".threads t WHERE :owner) END AS total,
    t.id, t.resource_id, t.title, t.created_at, t.updated_at, t.last_seq,
    (SELECT d.data FROM :"schema".metadata d WHERE d.thread_id = t.id AND d.message_id = '') AS metadata
FROM (VALUES (1)) one
LEFT JOIN LATERAL (
    SELECT * FROM :"schema".threads t
    WHERE :owner AND (t.:column, t.id) :cmp ($2, $3)
    ORDER BY t.:column :dir, t.id :dir
    LIMIT $4 OFFSET $5
) t ON true
ORDER BY t.:column :dir, t.id :dir
