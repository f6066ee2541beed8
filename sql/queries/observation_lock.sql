-- Locks a record, so that the statement behind this one sees it as it is.
-- $1 record
-- params: text
SELECT o.id FROM :"schema".observations o WHERE o.id = $1 FOR UPDATE
