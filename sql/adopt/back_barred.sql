-- Which rows of the store's table cannot be in Mastra's because of another row there.
SELECT o.id
FROM :rows o
WHERE NOT EXISTS (SELECT FROM :target t WHERE :same) AND (EXISTS (SELECT FROM :target t WHERE :key) OR :rival)
ORDER BY o.id
