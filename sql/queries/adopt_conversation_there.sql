-- What of a conversation that would be adopted is there already. $1: the thread; $2: ids of messages.
-- A row for each id, in their order: 0 new, 1 there, 2 in another thread; and whether the thread is there,
-- of which there is always one row.
-- params: text text[]
SELECT EXISTS (SELECT FROM :"schema".threads t WHERE t.id = $1) AS known, g.n,
    (
        SELECT CASE WHEN bool_or(m.thread_id = $1) THEN 1 WHEN count(*) > 0 THEN 2 ELSE 0 END::int8
        FROM :"schema".messages m
        WHERE m.id = g.id
    ) AS state
FROM (VALUES (1)) one
LEFT JOIN unnest($2) WITH ORDINALITY AS g (id, n) ON true
ORDER BY g.n
