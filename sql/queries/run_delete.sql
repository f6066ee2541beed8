-- Deletes a run. Returns the number.
-- $1 workflow, $2 run
-- params: text text
WITH gone AS (
    DELETE FROM :"schema".workflow_runs WHERE workflow_name = $1 AND run_id = $2 RETURNING run_id
)
SELECT count(*) FROM gone
