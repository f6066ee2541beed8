-- Deletes the embeddings of what this transaction has deleted, where embedding_find has found any: from which
-- tables, and by which key and values embeddings name it, is in the setting pgconvo.deleted. Which tables there
-- are is not known before, hence a block.
-- params:
DO $$
DECLARE
    deleted jsonb := nullif(current_setting('pgconvo.deleted', true), '');
    embeddings regclass;
BEGIN
    IF deleted IS NULL THEN
        RETURN;
    END IF;
    FOR embeddings IN SELECT e.id::oid FROM jsonb_array_elements_text(deleted -> 'embeddings') AS e (id) LOOP
        EXECUTE format('DELETE FROM %s WHERE metadata ->> $1 = ANY ($2)', embeddings)
            USING deleted ->> 'key', ARRAY(SELECT jsonb_array_elements_text(deleted -> 'values'));
    END LOOP;
END $$
