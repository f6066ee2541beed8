-- Threads with their messages, in the order in which these were written; a thread without messages, and
-- messages without a thread, too. $1: the zone of local digits; $2: instants of messages that are not
-- believed, as microseconds. A column that a table does not have is taken from the row `absent`.
SELECT t.id, t.resource_id, t.title, t.metadata,
    t.created_utc, t.created_local, t.created_at, t.updated_utc, t.updated_local, t.updated_at,
    m.thread_id, m.id, m.resource_id, m.role, m.type, m.content, m.created_utc, m.created_local, m.created_at
FROM (
    SELECT s.*
    FROM (
        SELECT NULL::text AS id, NULL::text AS "resourceId", NULL::text AS title, NULL::text AS metadata,
            NULL::timestamp AS "createdAt", NULL::timestamptz AS "createdAtZ",
            NULL::timestamp AS "updatedAt", NULL::timestamptz AS "updatedAtZ"
    ) absent,
    LATERAL (
        SELECT id::text AS id, "resourceId"::text AS resource_id, title::text AS title, metadata::text AS metadata,
            "createdAt"::timestamp AT TIME ZONE 'UTC' AS created_utc,
            "createdAt"::timestamp AT TIME ZONE $1 AS created_local, "createdAtZ"::timestamptz AS created_at,
            "updatedAt"::timestamp AT TIME ZONE 'UTC' AS updated_utc,
            "updatedAt"::timestamp AT TIME ZONE $1 AS updated_local, "updatedAtZ"::timestamptz AS updated_at
        FROM :threads AS x
    ) s
) t
FULL JOIN (
    SELECT s.*
    FROM (
        SELECT NULL::text AS id, NULL::text AS thread_id, NULL::text AS "resourceId", NULL::text AS role,
            NULL::text AS type, NULL::text AS content, NULL::timestamp AS "createdAt",
            NULL::timestamptz AS "createdAtZ", NULL::tid AS ctid
    ) absent,
    LATERAL (
        SELECT id::text AS id, thread_id::text AS thread_id, "resourceId"::text AS resource_id, role::text AS role,
            type::text AS type, content::text AS content,
            "createdAt"::timestamp AT TIME ZONE 'UTC' AS created_utc,
            "createdAt"::timestamp AT TIME ZONE $1 AS created_local, "createdAtZ"::timestamptz AS created_at,
            CASE
                WHEN (extract(epoch FROM "createdAtZ"::timestamptz) * 1000000)::int8 = ANY ($2::int8[]) THEN NULL
                ELSE "createdAtZ"::timestamptz
            END AS believed,
            ctid AS place
        FROM :messages AS x
    ) s
) m ON m.thread_id = t.id
ORDER BY coalesce(t.id, m.thread_id) COLLATE "C", coalesce(m.believed, m.created_local), m.place
