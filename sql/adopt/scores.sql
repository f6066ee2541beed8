-- Scores: the whole row as a document, and its dates. $1: the zone of local digits.
SELECT s.*
FROM (
    SELECT NULL::text AS id, NULL::timestamp AS "createdAt", NULL::timestamptz AS "createdAtZ",
        NULL::timestamp AS "updatedAt", NULL::timestamptz AS "updatedAtZ", NULL::tid AS ctid
) absent,
LATERAL (
    SELECT id::text AS id,
        (to_jsonb(x) - ARRAY['id', 'createdAt', 'createdAtZ', 'updatedAt', 'updatedAtZ'])::text AS document,
        "createdAt"::timestamp AT TIME ZONE 'UTC' AS created_utc,
        "createdAt"::timestamp AT TIME ZONE $1 AS created_local, "createdAtZ"::timestamptz AS created_at,
        "updatedAt"::timestamp AT TIME ZONE 'UTC' AS updated_utc,
        "updatedAt"::timestamp AT TIME ZONE $1 AS updated_local, "updatedAtZ"::timestamptz AS updated_at
    FROM :table AS x
    ORDER BY ctid
) s
