-- Deletes what no thread has any more, behind clear_thread. A thread that was made meanwhile keeps what it has.
-- params:
-- variant: message table=messages
-- variant: metadata table=metadata
DELETE FROM :"schema".:table o WHERE NOT EXISTS (SELECT FROM :"schema".threads t WHERE t.id = o.thread_id)
