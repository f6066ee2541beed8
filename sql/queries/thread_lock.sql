-- Locks a thread, so that the next statement of the same transaction, with a snapshot of its own,
-- sees all that was committed to it. `write` is what an append needs; `delete` also keeps writers
-- of metadata out (they hold KEY SHARE).
-- $1 thread
-- params: text
-- variant: write strength="NO KEY UPDATE"
-- variant: delete strength="UPDATE"
SELECT t.id FROM :"schema".threads t WHERE t.id = $1 FOR :strength
