-- What agent frameworks keep beside conversations, and the indexes for their way of reading. As in the
-- first schema: no foreign keys, triggers, sequences, functions or clock defaults.

-- ---- Filters by metadata ---------------------------------------------------------------------------

-- A message's filter is asked for within a thread, so the thread is the first step of each path in the
-- index: `jsonb_set('{}', ARRAY[thread_id], data) @> jsonb_set('{}', ARRAY['t'], filter)` finds what
-- the thread has, however common the same value is elsewhere.
CREATE INDEX metadata_message_idx ON :"schema".metadata
    USING gin (jsonb_set('{}', ARRAY[thread_id], data) jsonb_path_ops) WHERE message_id <> '';
CREATE INDEX metadata_thread_idx ON :"schema".metadata USING gin (data jsonb_path_ops) WHERE message_id = '';

-- ---- Resources -------------------------------------------------------------------------------------

-- ---- Observations ----------------------------------------------------------------------------------

-- ---- Workflow runs ---------------------------------------------------------------------------------

-- ---- Scores ----------------------------------------------------------------------------------------
