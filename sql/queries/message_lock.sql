-- Locks the threads in which some messages stand against every other writer, in the order of their
-- ids, for what the next statements of the same transaction do to messages by id. A message may come
-- to another thread before they run; so the set of locked threads goes with the transaction, in a
-- setting, and they leave alone what stands elsewhere. `add` locks the threads that they are to come to
-- as well.
-- $1 threads (`here`: of these only; null: any), $2 ids
-- params: text[] text[]
-- variant: here scope="($1 IS NULL OR m.thread_id = ANY ($1))" also=""
-- variant: add scope="true" also="UNION ALL SELECT unnest($1)"
WITH locked AS (
    SELECT t.id FROM :"schema".threads t
    WHERE t.id = ANY (ARRAY(
        SELECT m.thread_id FROM :"schema".messages m WHERE m.id = ANY ($2) AND :scope :also
    ))
    ORDER BY t.id
    FOR UPDATE
)
SELECT set_config('pgconvo.locked', coalesce((SELECT array_agg(l.id) FROM locked l), '{}')::text, true)
