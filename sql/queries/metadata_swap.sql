-- Sets members of a thread's metadata document as they are, and removes those that another document names
-- with null, if it is still the expected one; else fails, which undoes the whole transaction: the cast is
-- made to fail. Runs behind thread_update, which holds the thread's lock, so that no document comes or goes
-- meanwhile.
-- $1 thread, $2 members, $3 the expected document (a JSON null: none), $4 now, $5 what is
-- to go, or null
-- params: text jsonb jsonb timestamptz jsonb
WITH gone AS (
    SELECT ARRAY(SELECT jsonb_object_keys($5)) AS keys
), written AS (
    INSERT INTO :"schema".metadata AS d (thread_id, message_id, data, updated_at)
    SELECT t.id, '', $2 - (SELECT keys FROM gone), $4
    FROM :"schema".threads t
    WHERE t.id = $1
        AND ($3 = 'null' OR EXISTS (SELECT FROM :"schema".metadata o WHERE o.thread_id = t.id AND o.message_id = ''))
    ON CONFLICT (thread_id, message_id) DO UPDATE
    SET data = (d.data || excluded.data) - (SELECT keys FROM gone), updated_at = greatest(d.updated_at, excluded.updated_at)
    WHERE d.data = $3
    RETURNING 1::int8 AS done
)
SELECT CASE WHEN EXISTS (SELECT FROM written) THEN 1 ELSE ('differs <' || t.id || '>')::int8 END
FROM :"schema".threads t
WHERE t.id = $1
