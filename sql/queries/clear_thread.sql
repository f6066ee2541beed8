-- Deletes all threads, locked in the order of their ids. What belonged to them goes by clear_row, behind it in
-- the same transaction. Returns the number.
-- params:
WITH locked AS MATERIALIZED (
    SELECT t.id FROM :"schema".threads t ORDER BY t.id FOR UPDATE
), gone AS (
    DELETE FROM :"schema".threads t USING locked l WHERE t.id = l.id RETURNING t.id
)
SELECT count(*) FROM gone
