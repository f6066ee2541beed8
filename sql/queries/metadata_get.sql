-- The metadata document of a thread or of a message, and how many owners fit.
-- $1 thread (null for a message: any), $2 message or null
-- params: text text
WITH owner AS (
    SELECT t.id AS thread_id, ''::text AS message_id FROM :"schema".threads t WHERE t.id = $1 AND $2::text IS NULL
    UNION ALL
    SELECT m.thread_id, m.id FROM :"schema".messages m WHERE m.id = $2 AND ($1::text IS NULL OR m.thread_id = $1)
)
SELECT (SELECT count(*) FROM owner) AS owners,
    (SELECT d.data FROM :"schema".metadata d JOIN owner o ON d.thread_id = o.thread_id AND d.message_id = o.message_id
     WHERE (SELECT count(*) FROM owner) = 1) AS metadata
