-- One thread with its metadata.
-- $1 id
-- params: text
SELECT t.id, t.resource_id, t.title, t.created_at, t.updated_at, t.last_seq,
    (SELECT d.data FROM :"schema".metadata d WHERE d.thread_id = t.id AND d.message_id = '') AS metadata
FROM :"schema".threads t
WHERE t.id = $1
