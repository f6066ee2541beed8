-- Resources. $1: the zone of local digits.
SELECT s.*
FROM (
    SELECT NULL::text AS id, NULL::text AS "workingMemory", NULL::text AS metadata,
        NULL::timestamp AS "createdAt", NULL::timestamptz AS "createdAtZ",
        NULL::timestamp AS "updatedAt", NULL::timestamptz AS "updatedAtZ", NULL::tid AS ctid
) absent,
LATERAL (
    SELECT id::text AS id, "workingMemory"::text AS working_memory, metadata::text AS metadata,
        "createdAt"::timestamp AT TIME ZONE 'UTC' AS created_utc,
        "createdAt"::timestamp AT TIME ZONE $1 AS created_local, "createdAtZ"::timestamptz AS created_at,
        "updatedAt"::timestamp AT TIME ZONE 'UTC' AS updated_utc,
        "updatedAt"::timestamp AT TIME ZONE $1 AS updated_local, "updatedAtZ"::timestamptz AS updated_at
    FROM :table AS x
    ORDER BY ctid
) s
