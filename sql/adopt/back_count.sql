-- How many rows the store's table has, how many of them are in Mastra's, how many are written there (all others but
-- those that another row there bars), and how many of these changed.
SELECT count(*) AS found, count(*) FILTER (WHERE s.same) AS there, count(*) FILTER (WHERE NOT s.same AND NOT s.barred) AS copied,
    count(*) FILTER (WHERE s.changed AND NOT s.same AND NOT s.barred) AS changed
FROM (
    SELECT EXISTS (SELECT FROM :target t WHERE :same) AS same,
        EXISTS (SELECT FROM :target t WHERE :key) OR :rival AS barred,
        :changed AS changed
    FROM :rows o
) s
