-- Which tables have embeddings of what the statement before it, in the same transaction, has deleted? They are
-- those of Mastra's semantic recall, which PgVector keeps in tables of their own; if these lie in the schema of
-- the store they are found by their names. Tables from which this role may not delete are left alone. Adds
-- them to the setting pgconvo.deleted for embedding_delete, and empties it if there are none: to find that out
-- there, in a block, which is planned each time anew, took twice as long as all else that a deletion is.
-- params:
SELECT set_config('pgconvo.deleted', coalesce((
        SELECT (d.told || jsonb_build_object('embeddings', jsonb_agg(e.oid)))::text
        FROM (SELECT nullif(current_setting('pgconvo.deleted', true), '')::jsonb AS told) d
        JOIN pg_class own ON own.oid = (d.told ->> 'table')::oid
        JOIN pg_class e ON e.relnamespace = own.relnamespace
        WHERE e.relname >= 'memory_messages' AND e.relname < 'memory_messaget'
            AND (e.relname = 'memory_messages' OR e.relname ^@ 'memory_messages_')
            AND e.relkind IN ('r', 'p')
            AND EXISTS (
                SELECT FROM pg_attribute a
                WHERE a.attrelid = e.oid AND a.attname = 'metadata' AND a.atttypid = 'jsonb'::regtype
            )
            AND has_table_privilege(e.oid, 'SELECT') AND has_table_privilege(e.oid, 'DELETE')
        GROUP BY d.told
    ), ''), true)
