-- Changes messages by id, all or none, as long as each is what it was taken for: there, in one thread
-- only, in a locked one, and of the expected content where one is given. Runs behind message_lock_add.
-- A message that moves to another thread gets a new seq and takes its metadata along; all threads are
-- touched. Without a row for each message nothing was written, for the reason in the columns: a thread
-- to move to that is not there, an id that stands in several threads, the place of a message that
-- differs.
-- $1 ids, $2 threads (null: any), $3 expected contents, $4 roles, $5 types, $6 contents, $7 metadata
-- (a JSON null: none), $8 resources, $9 threads to move to (null in all: stays), $10 now
-- params: text[] text[] text[] text[] text[] text[] jsonb[] text[] text[] timestamptz
WITH locked AS MATERIALIZED (
    SELECT current_setting('pgconvo.locked')::text[] AS ids
), given AS MATERIALIZED (
    SELECT g.id, g.role, g.type, g.content, g.metadata, g.resource_id, g.place,
        m.thread_id AS old_thread, m.created_at, m.seq AS old_seq, coalesce(g.target, m.thread_id) AS thread_id,
        g.target <> m.thread_id IS TRUE AS moves,
        m.content = coalesce(g.expected, m.content) AND m.thread_id = ANY ((SELECT ids FROM locked)::text[]) AS fits,
        CASE WHEN g.target <> m.thread_id
            THEN t.last_seq + row_number() OVER (PARTITION BY g.target, g.target <> m.thread_id ORDER BY g.place)
            ELSE m.seq
        END AS seq,
        g.target IS NULL OR t.last_seq IS NOT NULL AS known, g.target
    FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9) WITH ORDINALITY
        AS g (id, thread_id, expected, role, type, content, metadata, resource_id, target, place)
    LEFT JOIN LATERAL (
        SELECT m.thread_id, m.created_at, m.seq, m.content FROM :"schema".messages m
        WHERE m.id = g.id AND (g.thread_id IS NULL OR m.thread_id = g.thread_id)
        OFFSET 0
    ) m ON true
    LEFT JOIN LATERAL (SELECT t.last_seq FROM :"schema".threads t WHERE t.id = g.target OFFSET 0) t ON true
), reason AS MATERIALIZED (
    SELECT (SELECT g.target FROM given g WHERE NOT g.known LIMIT 1) AS missing,
        (SELECT count(*) FROM given) > cardinality($1) AS doubled,
        (SELECT min(g.place) FROM given g WHERE g.fits IS NOT TRUE) AS differs
), verdict AS MATERIALIZED (
    SELECT r.*, r.missing IS NULL AND NOT r.doubled AND r.differs IS NULL AS good FROM reason r
), changed AS (
    UPDATE :"schema".messages m
    SET thread_id = g.thread_id, seq = g.seq, role = coalesce(g.role, m.role), type = coalesce(g.type, m.type),
        content = coalesce(g.content, m.content), resource_id = coalesce(g.resource_id, m.resource_id)
    FROM verdict v, given g
    WHERE v.good AND m.thread_id = g.old_thread AND m.created_at = g.created_at AND m.seq = g.old_seq
    RETURNING g.place, m.thread_id, m.id, m.seq, m.created_at, m.resource_id, m.role, m.type
), cleared AS (
    DELETE FROM :"schema".metadata d
    USING verdict v, given g
    WHERE v.good AND (g.metadata = 'null' OR g.moves AND g.metadata IS NOT NULL)
        AND d.thread_id = g.old_thread AND d.message_id = g.id
), carried AS (
    UPDATE :"schema".metadata d
    SET thread_id = g.thread_id
    FROM verdict v, given g
    WHERE v.good AND g.moves AND g.metadata IS NULL AND d.thread_id = g.old_thread AND d.message_id = g.id
), documents AS (
    INSERT INTO :"schema".metadata (thread_id, message_id, data, updated_at)
    SELECT g.thread_id, g.id, g.metadata, $10 FROM verdict v, given g WHERE v.good AND g.metadata <> 'null'
    ON CONFLICT (thread_id, message_id) DO UPDATE SET data = excluded.data, updated_at = excluded.updated_at
), touched AS (
    UPDATE :"schema".threads t
    SET last_seq = t.last_seq + c.arrivals, holes = t.holes + c.departures, last_at = greatest(t.last_at, c.newest),
        updated_at = greatest(t.updated_at, $10)
    FROM verdict v, (
        SELECT e.thread_id, count(e.arrived) AS arrivals, count(e.departed) AS departures, max(e.arrived) AS newest
        FROM (
            SELECT g.thread_id, CASE WHEN g.moves THEN g.created_at END AS arrived, NULL::int8 AS departed FROM given g
            UNION ALL
            SELECT g.old_thread, NULL, CASE WHEN g.moves THEN g.old_seq END FROM given g
        ) e
        GROUP BY e.thread_id
    ) c
    WHERE v.good AND t.id = c.thread_id
)
SELECT v.missing, v.doubled, v.differs, c.thread_id, c.id, c.seq, c.created_at, c.resource_id, c.role, c.type
FROM verdict v
LEFT JOIN changed c ON true
ORDER BY c.place
