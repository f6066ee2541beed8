-- Deletes old rows of a table whose rows stand alone, locked in the order of their keys. IS TRUE keeps the
-- planner from looking at all old rows once more. Returns the number.
-- $1 older than, $2 how many at most
-- params: timestamptz int8
-- variant: resource table=resources key=id all="true" at=created_at
-- variant: run table=workflow_runs key="run_id, workflow_name" all="true" at=updated_at
-- variant: score table=scores key=id all="octet_length(id) > 0" at=created_at
WITH old AS MATERIALIZED (
    SELECT :key FROM :"schema".:table WHERE :all AND :at < $1 LIMIT $2
), locked AS MATERIALIZED (
    SELECT :key FROM :"schema".:table
    WHERE (:key) IN (SELECT :key FROM old) AND (:at < $1) IS TRUE
    ORDER BY :key
    FOR UPDATE
), gone AS (
    DELETE FROM :"schema".:table WHERE (:key) IN (SELECT :key FROM locked) RETURNING 1
)
SELECT count(*) FROM gone
