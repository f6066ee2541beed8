-- Snapshots of workflow runs. $1: the zone of local digits. The type of the column says which versions
-- wrote it first: text to 0.17, jsonb from 1.0 on.
SELECT s.*
FROM (
    SELECT NULL::text AS workflow_name, NULL::text AS run_id, NULL::text AS "resourceId", NULL::text AS snapshot,
        NULL::timestamp AS "createdAt", NULL::timestamptz AS "createdAtZ",
        NULL::timestamp AS "updatedAt", NULL::timestamptz AS "updatedAtZ", NULL::tid AS ctid
) absent,
LATERAL (
    SELECT workflow_name::text AS workflow_name, run_id::text AS run_id, "resourceId"::text AS resource_id,
        snapshot::text AS snapshot, pg_typeof(snapshot)::text = 'jsonb' AS is_jsonb,
        "createdAt"::timestamp AT TIME ZONE 'UTC' AS created_utc,
        "createdAt"::timestamp AT TIME ZONE $1 AS created_local, "createdAtZ"::timestamptz AS created_at,
        "updatedAt"::timestamp AT TIME ZONE 'UTC' AS updated_utc,
        "updatedAt"::timestamp AT TIME ZONE $1 AS updated_local, "updatedAtZ"::timestamptz AS updated_at
    FROM :table AS x
    ORDER BY ctid
) s
