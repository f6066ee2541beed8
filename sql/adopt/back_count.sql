-- How many rows the store's table has, how many of them are in Mastra's, how many cannot be because of
-- another row there, and how many are written changed.
SELECT count(*) AS found, count(*) FILTER (WHERE s.same) AS there, count(*) FILTER (WHERE s.barred AND NOT s.same) AS barred,
    count(*) FILTER (WHERE s.changed AND NOT s.same AND NOT s.barred) AS changed
FROM (
    SELECT EXISTS (SELECT FROM :target t WHERE :same) AS same,
        EXISTS (SELECT FROM :target t WHERE :key) OR :rival AS barred,
        :changed AS changed
    FROM :rows o
) s
