-- Is a record that would be adopted there already? $1 and $2: its keys; '' where it has but one.
-- variant: resource table=resources key="r.id = $1 AND $2 = ''"
-- variant: observation table=observations key="r.id = $1 AND $2 = ''"
-- variant: run table=workflow_runs key="r.workflow_name = $1 AND r.run_id = $2"
-- variant: score table=scores key="r.id = $1 AND $2 = ''"
-- params: text text
SELECT EXISTS (SELECT FROM :"schema".:table r WHERE :key) AS there
