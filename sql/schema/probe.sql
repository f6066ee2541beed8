-- What the schema says of itself: format, version, the oldest client that may use it, and the
-- checksums of its migrations. Without a table store_meta this fails. $1 is the schema's name, ''
-- for the default one, in which case the name in FROM is not qualified and the table found must be
-- that of the default schema.
SELECT m.k, m.v
FROM :"schema".store_meta m
WHERE m.tableoid = to_regclass(format('%I.store_meta', coalesce(nullif($1, ''), current_schema())))
