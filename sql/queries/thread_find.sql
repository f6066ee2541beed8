-- Lists threads whose metadata contains a document; else as thread_list. There are three ways, each taken where
-- it is short: of a resource that has few threads each is looked at; where few documents of the store fit, they
-- are looked up through the index of the metadata; where both are many, the threads are gone through in order
-- until there are enough (`sorted`: there is no index by updated_at, so they are sorted first). So it does not
-- matter how many threads there are, or have the same in their metadata, but for the total, which is counted:
-- what fits, and whose it is by a hash (IS TRUE keeps it from becoming a join, which would be a nested loop).
-- $1 resource, $2 time and $3 id to go on behind, $4 limit, $5 offset, $6 is the total wanted, $7
-- document
-- params: text timestamptz text int8 int8 bool jsonb
-- variant: all_created_asc owner="true" few="false" theirs="true" sorted="" column=created_at dir=ASC cmp=>
-- variant: all_created_desc owner="true" few="false" theirs="true" sorted="" column=created_at dir=DESC cmp=<
-- variant: all_updated_asc owner="true" few="false" theirs="true" sorted="ORDER BY t.updated_at ASC, t.id ASC OFFSET 0" column=updated_at dir=ASC cmp=>
-- variant: all_updated_desc owner="true" few="false" theirs="true" sorted="ORDER BY t.updated_at DESC, t.id DESC OFFSET 0" column=updated_at dir=DESC cmp=<
-- variant: resource_created_asc owner="t.resource_id = $1" few="(SELECT count(*) FROM sample) <= 1000" theirs="(d.thread_id IN (SELECT o.id FROM own o)) IS TRUE" sorted="" column=created_at dir=ASC cmp=>
-- variant: resource_created_desc owner="t.resource_id = $1" few="(SELECT count(*) FROM sample) <= 1000" theirs="(d.thread_id IN (SELECT o.id FROM own o)) IS TRUE" sorted="" column=created_at dir=DESC cmp=<
-- variant: resource_updated_asc owner="t.resource_id = $1" few="(SELECT count(*) FROM sample) <= 1000" theirs="(d.thread_id IN (SELECT o.id FROM own o)) IS TRUE" sorted="ORDER BY t.updated_at ASC, t.id ASC OFFSET 0" column=updated_at dir=ASC cmp=>
-- variant: resource_updated_desc owner="t.resource_id = $1" few="(SELECT count(*) FROM sample) <= 1000" theirs="(d.thread_id IN (SELECT o.id FROM own o)) IS TRUE" sorted="ORDER BY t.updated_at DESC, t.id DESC OFFSET 0" column=updated_at dir=DESC cmp=<
WITH own AS NOT MATERIALIZED (
    SELECT t.id FROM :"schema".threads t WHERE :owner
), sample AS MATERIALIZED (
    SELECT o.id FROM own o LIMIT 1001
), hit AS MATERIALIZED (
    SELECT s.id
    FROM sample s
    CROSS JOIN LATERAL (
        SELECT FROM :"schema".metadata d WHERE d.thread_id = s.id AND d.message_id = '' AND d.data @> $7 OFFSET 0
    ) d
    WHERE :few
    UNION ALL
    (SELECT d.thread_id FROM :"schema".metadata d WHERE NOT (:few) AND d.message_id = '' AND d.data @> $7 LIMIT 1001)
), extent AS MATERIALIZED (
    SELECT count(*) <= 1000 AS known FROM hit
), found AS MATERIALIZED (
    SELECT t.*
    FROM hit h
    CROSS JOIN LATERAL (SELECT * FROM :"schema".threads t WHERE t.id = h.id AND :owner OFFSET 0) t
    WHERE (SELECT e.known FROM extent e)
)
SELECT CASE
        WHEN $6 AND (SELECT e.known FROM extent e) THEN (SELECT count(*) FROM found)
        WHEN $6 THEN (SELECT count(*) FROM :"schema".metadata d WHERE d.message_id = '' AND d.data @> $7 AND :theirs)
    END AS total,
    t.id, t.resource_id, t.title, t.created_at, t.updated_at, t.last_seq,
    (SELECT d.data FROM :"schema".metadata d WHERE d.thread_id = t.id AND d.message_id = '') AS metadata
FROM (VALUES (1)) one
LEFT JOIN LATERAL (
    (
        SELECT * FROM found t
        WHERE (t.:column, t.id) :cmp ($2, $3)
        ORDER BY t.:column :dir, t.id :dir
        LIMIT $4 OFFSET $5
    )
    UNION ALL
    (
        SELECT *
        FROM (
            SELECT * FROM :"schema".threads t
            WHERE NOT (SELECT e.known FROM extent e) AND :owner AND (t.:column, t.id) :cmp ($2, $3)
            :sorted
        ) t
        WHERE (SELECT true FROM :"schema".metadata d WHERE d.thread_id = t.id AND d.message_id = '' AND d.data @> $7)
        ORDER BY t.:column :dir, t.id :dir
        LIMIT $4 OFFSET $5
    )
) t ON true
ORDER BY t.:column :dir, t.id :dir
