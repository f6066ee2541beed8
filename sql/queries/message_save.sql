-- Saves messages of one or many threads, all or none: those that are new are appended, those that exist
-- are overwritten and keep their time, and those that stand in another thread move to the given one,
-- with a new seq. Runs behind message_lock_add, so that its snapshot holds all that was ever committed
-- to the threads. Of several messages of one id the one in the given thread counts, then one of the
-- same owner. Without a row for each message nothing was written, for the reason in the columns: a
-- message that may not come (`elsewhere`), a thread that is not there (`missing`), or a message in a
-- thread that is not locked (`disturbed`).
-- $1 all threads that were named, $2 ids, $3 the thread of each, $4 roles, $5 types, $6 contents, $7
-- metadata (null: none), $8 times or null, $9 floors, $10 resources (null: the thread's), $11 now, $12
-- may messages come from other threads, $13 of other owners, too
-- params: text[] text[] text[] text[] text[] text[] jsonb[] timestamptz[] timestamptz[] text[] timestamptz bool bool
WITH locked AS MATERIALIZED (
    SELECT current_setting('pgconvo.locked')::text[] AS ids
), given AS MATERIALIZED (
    SELECT g.*, coalesce(g.resource, t.resource_id) AS resource_id, t.resource_id AS owner,
        m.thread_id AS old_thread, m.created_at AS old_time, m.seq AS old_seq, m.owner AS old_owner,
        m.thread_id IS DISTINCT FROM g.thread_id AS arrives,
        coalesce(m.created_at, g.time, greatest(g.floor, t.last_at)) AS created_at,
        CASE
            WHEN m.thread_id = g.thread_id THEN m.seq
            ELSE t.last_seq + row_number() OVER (
                PARTITION BY g.thread_id, m.thread_id IS DISTINCT FROM g.thread_id ORDER BY g.place)
        END AS seq
    FROM unnest($2, $3, $4, $5, $6, $7, $8, $9, $10) WITH ORDINALITY
        AS g (id, thread_id, role, type, content, metadata, time, floor, resource, place)
    LEFT JOIN LATERAL (
        SELECT t.resource_id, t.last_seq, t.last_at FROM :"schema".threads t WHERE t.id = g.thread_id OFFSET 0
    ) t ON true
    LEFT JOIN LATERAL (
        SELECT m.thread_id, m.created_at, m.seq, o.resource_id AS owner
        FROM :"schema".messages m
        CROSS JOIN LATERAL (SELECT o.resource_id FROM :"schema".threads o WHERE o.id = m.thread_id OFFSET 0) o
        WHERE m.id = g.id
        ORDER BY m.thread_id <> g.thread_id, o.resource_id IS DISTINCT FROM t.resource_id, m.created_at, m.thread_id
        LIMIT 1
    ) m ON true
), reason AS MATERIALIZED (
    SELECT
        (SELECT n.id
         FROM unnest($1) AS n (id)
         LEFT JOIN LATERAL (SELECT true AS known FROM :"schema".threads t WHERE t.id = n.id OFFSET 0) t ON true
         WHERE t.known IS NULL
         LIMIT 1) AS missing,
        (SELECT g.id
         FROM given g
         WHERE NOT ($12 AND $13) AND g.old_thread <> g.thread_id AND NOT ($12 AND g.old_owner IS NOT DISTINCT FROM g.owner)
         ORDER BY g.place
         LIMIT 1) AS elsewhere,
        EXISTS (SELECT FROM given g WHERE NOT g.old_thread = ANY ((SELECT ids FROM locked)::text[])) AS disturbed
), verdict AS MATERIALIZED (
    SELECT r.*, r.missing IS NULL AND r.elsewhere IS NULL AND NOT r.disturbed AS good FROM reason r
), added AS (
    INSERT INTO :"schema".messages (thread_id, id, seq, created_at, resource_id, role, type, content)
    SELECT g.thread_id, g.id, g.seq, g.created_at, g.resource_id, g.role, g.type, g.content
    FROM verdict v, given g
    WHERE v.good AND g.old_thread IS NULL
), changed AS (
    UPDATE :"schema".messages m
    SET thread_id = g.thread_id, seq = g.seq, resource_id = g.resource_id, role = g.role, type = g.type,
        content = g.content
    FROM verdict v, given g
    WHERE v.good AND m.thread_id = g.old_thread AND m.created_at = g.old_time AND m.seq = g.old_seq
), cleared AS (
    DELETE FROM :"schema".metadata d
    USING verdict v, given g
    WHERE v.good AND (g.arrives OR g.metadata IS NULL) AND d.thread_id = g.old_thread AND d.message_id = g.id
), documents AS (
    INSERT INTO :"schema".metadata (thread_id, message_id, data, updated_at)
    SELECT g.thread_id, g.id, g.metadata, $11 FROM verdict v, given g WHERE v.good AND g.metadata IS NOT NULL
    ON CONFLICT (thread_id, message_id) DO UPDATE SET data = excluded.data, updated_at = excluded.updated_at
), touched AS (
    UPDATE :"schema".threads t
    SET last_seq = t.last_seq + c.arrivals, holes = t.holes + c.departures, last_at = greatest(t.last_at, c.newest),
        updated_at = greatest(t.updated_at, c.changed)
    FROM verdict v, (
        SELECT e.thread_id, count(e.arrived) AS arrivals, count(e.departed) AS departures, max(e.arrived) AS newest,
            max(e.changed) AS changed
        FROM (
            SELECT g.thread_id, CASE WHEN g.arrives THEN g.created_at END AS arrived, NULL::int8 AS departed,
                NULL::timestamptz AS changed
            FROM given g
            UNION ALL
            SELECT g.old_thread, NULL, g.old_seq, NULL FROM given g WHERE g.arrives
            UNION ALL
            SELECT n.id, NULL, NULL, $11 FROM unnest($1) AS n (id)
        ) e
        GROUP BY e.thread_id
    ) c
    WHERE v.good AND t.id = c.thread_id
)
SELECT v.missing IS NULL AS known, v.elsewhere, g.resource_id, g.seq, g.created_at,
    g.old_thread IS NULL AS inserted, v.missing, v.disturbed
FROM verdict v
LEFT JOIN given g ON v.good
ORDER BY g.place
