-- Locks the threads in which some messages stand against every other writer, in the order of their
-- ids; for what changes or removes messages by id in the next statement of the same transaction.
-- $1 thread or null: any, $2 ids
-- params: text text[]
-- variant: here op="="
-- variant: elsewhere op="<>"
SELECT t.id FROM :"schema".threads t
WHERE t.id IN (
    SELECT m.thread_id FROM :"schema".messages m WHERE m.id = ANY ($2) AND ($1 IS NULL OR m.thread_id :op $1)
)
ORDER BY t.id
FOR UPDATE
