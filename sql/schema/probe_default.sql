-- probe.sql for the default schema, where names are left to the search path: the table found must be that of the
-- default schema.
SELECT m.k, m.v
FROM :"schema".store_meta m
WHERE m.tableoid = to_regclass(format('%I.store_meta', current_schema()))
