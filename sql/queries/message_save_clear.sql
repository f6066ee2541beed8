-- Takes away the metadata of messages that this transaction has written without any (so nothing is
-- done if it wrote none). Runs behind message_save_here, which holds the thread's lock, with a snapshot
-- of its own.
-- $1 thread, $2 ids
-- params: text text[]
DELETE FROM :"schema".metadata d
WHERE d.thread_id = $1 AND d.message_id = ANY ($2)
    AND (SELECT m.xmin FROM :"schema".messages m WHERE m.id = d.message_id AND m.thread_id = d.thread_id)
        = pg_current_xact_id_if_assigned()::xid
