-- Locks the threads in which some messages stand against every other writer, in the order of their
-- ids, for what the next statements of the same transaction do to messages by id. A message may come
-- to another thread before they run; so the set of locked threads goes with the transaction, in a
-- setting, and they leave alone what stands elsewhere. `move` locks the thread to move to as well.
-- $1 thread (`here`: or null: any), $2 ids
-- params: text text[]
-- variant: here scope="($1 IS NULL OR m.thread_id = $1)" also=""
-- variant: move scope="true" also="UNION ALL SELECT $1"
WITH locked AS (
    SELECT t.id FROM :"schema".threads t
    WHERE t.id = ANY (ARRAY(
        SELECT m.thread_id FROM :"schema".messages m WHERE m.id = ANY ($2) AND :scope :also
    ))
    ORDER BY t.id
    FOR UPDATE
)
SELECT set_config('pgconvo.locked', coalesce((SELECT array_agg(l.id) FROM locked l), '{}')::text, true)
