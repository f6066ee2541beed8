-- The store's tables, largest first: rows as the server's statistics have them, which costs nothing and
-- is nearly right, and bytes of table and indexes. $1 is the schema's name.
SELECT c.relname, pg_stat_get_live_tuples(c.oid), pg_table_size(c.oid), pg_indexes_size(c.oid)
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND c.relkind = 'r' AND c.relname IN (
    'threads', 'messages', 'metadata', 'resources', 'observations', 'workflow_runs', 'scores',
    'store_meta')
ORDER BY pg_total_relation_size(c.oid) DESC, c.relname
