-- Instants of a date column that rows with different digits share: an upgrade put them there, or the
-- writer forgot them.
SELECT s.instant
FROM (SELECT NULL::timestamp AS :digits, NULL::timestamptz AS :instant) absent,
    LATERAL (SELECT x.* FROM (SELECT :digits::timestamp AS digits, :instant::timestamptz AS instant FROM :table AS y) x) s
WHERE s.instant IS NOT NULL
GROUP BY s.instant
HAVING count(DISTINCT s.digits) > 1
ORDER BY s.instant
