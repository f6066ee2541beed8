-- Deletes the embeddings of what the statement before it, in the same transaction, has deleted. That one
-- tells in the setting pgconvo.deleted from which table, and by which key and values embeddings name it.
-- They are those of Mastra's semantic recall, which PgVector keeps in tables of their own. If these lie in the
-- schema of the store they are found by their names; which there are is not known before, hence a block.
-- Tables from which this role may not delete are left alone.
-- params:
DO $$
DECLARE
    deleted jsonb := nullif(current_setting('pgconvo.deleted', true), '');
    embeddings regclass;
BEGIN
    FOR embeddings IN
        SELECT e.oid
        FROM pg_class d
        JOIN pg_class e ON e.relnamespace = d.relnamespace
        WHERE d.oid = (deleted ->> 'table')::oid
            AND e.relname >= 'memory_messages' AND e.relname < 'memory_messaget'
            AND (e.relname = 'memory_messages' OR e.relname ^@ 'memory_messages_')
            AND e.relkind IN ('r', 'p')
            AND EXISTS (
                SELECT FROM pg_attribute a
                WHERE a.attrelid = e.oid AND a.attname = 'metadata' AND a.atttypid = 'jsonb'::regtype
            )
            AND has_table_privilege(e.oid, 'SELECT') AND has_table_privilege(e.oid, 'DELETE')
    LOOP
        EXECUTE format('DELETE FROM %s WHERE metadata ->> $1 = ANY ($2)', embeddings)
            USING deleted ->> 'key', ARRAY(SELECT jsonb_array_elements_text(deleted -> 'values'));
    END LOOP;
END $$
