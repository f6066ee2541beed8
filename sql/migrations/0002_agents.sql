-- What agent frameworks keep beside conversations, and the indexes for their way of reading. As in the
-- first schema: no foreign keys, triggers, sequences, functions or clock defaults.

-- ---- Filters by metadata ---------------------------------------------------------------------------

-- A message's filter is asked for within a thread, so the thread is the first step of each path in the
-- index: `jsonb_set('{}', ARRAY[thread_id], data) @> jsonb_set('{}', ARRAY['t'], filter)` finds what
-- the thread has, however common the same value is elsewhere.
CREATE INDEX metadata_message_idx ON :"schema".metadata
    USING gin (jsonb_set('{}', ARRAY[thread_id], data) jsonb_path_ops) WHERE message_id <> '';
CREATE INDEX metadata_thread_idx ON :"schema".metadata USING gin (data jsonb_path_ops) WHERE message_id = '';

-- ---- Messages of a resource -------------------------------------------------------------------------

-- In full order, so that a page needs no sort among messages of one moment, and the threads of a
-- resource's messages can be told from the index alone.
DROP INDEX :"schema".messages_resource_idx;
CREATE INDEX messages_resource_idx ON :"schema".messages (resource_id, created_at, thread_id, seq);

-- ---- Resources -------------------------------------------------------------------------------------

-- What an agent remembers of whoever it serves, across conversations.
CREATE TABLE :"schema".resources (
    id text COLLATE "C" NOT NULL,
    working_memory text,
    metadata jsonb,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT resources_pkey PRIMARY KEY (id),
    CONSTRAINT resources_id_check CHECK (octet_length(id) <= 255),
    CONSTRAINT resources_metadata_check CHECK (jsonb_typeof(metadata) = 'object')
) WITH (fillfactor = 80);

-- ---- Observations ----------------------------------------------------------------------------------

-- What an agent has noted of a thread or (thread_id null) of a resource: a row for each generation, of
-- which the newest is in use; its two unique indexes let racing writers make one of a generation. A record
-- that is put in where there is one of its generation gets the next revision and comes before it. No index
-- has a column that changes, so that updates are HOT.
CREATE TABLE :"schema".observations (
    id text COLLATE "C" NOT NULL,
    thread_id text COLLATE "C",
    resource_id text COLLATE "C" NOT NULL,
    generation bigint NOT NULL,
    revision bigint NOT NULL,
    origin text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    last_observed_at timestamptz,
    active text COLLATE "C" NOT NULL,
    chunks jsonb NOT NULL,
    buffered text COLLATE "C",
    buffered_tokens bigint,
    buffered_message_ids jsonb,
    reflection text COLLATE "C",
    reflection_tokens bigint,
    reflection_input_tokens bigint,
    reflected_lines bigint,
    observed_message_ids jsonb,
    timezone text COLLATE "C",
    total_tokens bigint NOT NULL,
    active_tokens bigint NOT NULL,
    pending_tokens bigint NOT NULL,
    is_reflecting boolean NOT NULL,
    is_observing boolean NOT NULL,
    is_buffering_observation boolean NOT NULL,
    is_buffering_reflection boolean NOT NULL,
    last_buffered_tokens bigint NOT NULL,
    last_buffered_at timestamptz,
    config jsonb NOT NULL,
    metadata jsonb,
    CONSTRAINT observations_pkey PRIMARY KEY (id),
    CONSTRAINT observations_id_check CHECK (octet_length(id) BETWEEN 1 AND 255),
    CONSTRAINT observations_thread_check CHECK (octet_length(thread_id) BETWEEN 1 AND 255),
    CONSTRAINT observations_resource_check CHECK (octet_length(resource_id) <= 255),
    CONSTRAINT observations_origin_check CHECK (origin IN ('initial', 'reflection')),
    CONSTRAINT observations_chunks_check CHECK (jsonb_typeof(chunks) = 'array'),
    CONSTRAINT observations_config_check CHECK (jsonb_typeof(config) = 'object')
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX observations_thread_key ON :"schema".observations (thread_id, generation, revision)
    WHERE thread_id IS NOT NULL;
CREATE UNIQUE INDEX observations_owner_key ON :"schema".observations (resource_id, generation, revision)
    WHERE thread_id IS NULL;

-- ---- Workflow runs ---------------------------------------------------------------------------------

-- ---- Scores ----------------------------------------------------------------------------------------
