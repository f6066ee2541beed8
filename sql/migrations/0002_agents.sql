-- What agent frameworks keep beside conversations, and the indexes for their way of reading. As in the
-- first schema: no foreign keys, triggers, sequences, functions or clock defaults.

-- ---- How many messages -----------------------------------------------------------------------------

-- The seqs up to last_seq that no message of the thread has (any more): last_seq - holes is how many messages
-- there are. Who takes one away without knowing this would spoil it, so libraries of the first schema must
-- not use the store any more.
ALTER TABLE :"schema".threads ADD COLUMN holes bigint NOT NULL DEFAULT 0;
UPDATE :"schema".threads t
SET holes = t.last_seq - c.count
FROM (
    SELECT o.id, (SELECT count(*) FROM :"schema".messages m WHERE m.thread_id = o.id) AS count
    FROM :"schema".threads o
) c
WHERE t.id = c.id AND t.last_seq <> c.count;
UPDATE :"schema".store_meta SET v = '2' WHERE k = 'min_client';

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

-- A run's state is one document, which the workflow engine writes anew with each step. Nothing that is in
-- it is in an index but its status, which has a column of its own so that lists need not open the
-- documents. updated_at changes with each write and is in no index either: writes that leave the status
-- as it is are HOT.
CREATE TABLE :"schema".workflow_runs (
    workflow_name text COLLATE "C" NOT NULL,
    run_id text COLLATE "C" NOT NULL,
    resource_id text COLLATE "C",
    status text COLLATE "C" GENERATED ALWAYS AS (
        CASE WHEN octet_length(snapshot ->> 'status') <= 255 THEN snapshot ->> 'status' END
    ) STORED,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    snapshot jsonb NOT NULL,
    CONSTRAINT workflow_runs_pkey PRIMARY KEY (run_id, workflow_name),
    CONSTRAINT workflow_runs_name_check CHECK (octet_length(workflow_name) BETWEEN 1 AND 255),
    CONSTRAINT workflow_runs_id_check CHECK (octet_length(run_id) BETWEEN 1 AND 255),
    CONSTRAINT workflow_runs_resource_check CHECK (octet_length(resource_id) <= 255),
    CONSTRAINT workflow_runs_snapshot_check CHECK (jsonb_typeof(snapshot) = 'object')
) WITH (fillfactor = 80);
-- Holds all rows, and serves only statements that say so: those that look for one workflow are to take that
-- one's index, however many runs the planner thinks it has.
CREATE INDEX workflow_runs_created_idx ON :"schema".workflow_runs (created_at, run_id, workflow_name)
    WHERE octet_length(run_id) > 0;
CREATE INDEX workflow_runs_name_idx ON :"schema".workflow_runs (workflow_name, created_at, run_id);
CREATE INDEX workflow_runs_status_idx ON :"schema".workflow_runs (status, created_at, run_id, workflow_name);
CREATE INDEX workflow_runs_resource_idx ON :"schema".workflow_runs (resource_id, created_at, run_id, workflow_name);

-- ---- Scores ----------------------------------------------------------------------------------------

-- A score is the caller's document, byte for byte; the columns are what lists choose and order by.
CREATE TABLE :"schema".scores (
    id text COLLATE "C" NOT NULL,
    scorer_id text COLLATE "C",
    run_id text COLLATE "C",
    entity_id text COLLATE "C",
    entity_type text COLLATE "C",
    source text COLLATE "C",
    trace_id text COLLATE "C",
    span_id text COLLATE "C",
    organization_id text COLLATE "C",
    project_id text COLLATE "C",
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    document text COLLATE "C" NOT NULL,
    CONSTRAINT scores_pkey PRIMARY KEY (id),
    CONSTRAINT scores_id_check CHECK (octet_length(id) BETWEEN 1 AND 255)
);
-- As workflow_runs_created_idx.
CREATE INDEX scores_created_idx ON :"schema".scores (created_at, id) WHERE octet_length(id) > 0;
CREATE INDEX scores_scorer_idx ON :"schema".scores (scorer_id, created_at, id) WHERE scorer_id IS NOT NULL;
CREATE INDEX scores_run_idx ON :"schema".scores (run_id, created_at, id) WHERE run_id IS NOT NULL;
CREATE INDEX scores_entity_idx ON :"schema".scores (entity_id, created_at, id) WHERE entity_id IS NOT NULL;
CREATE INDEX scores_span_idx ON :"schema".scores (trace_id, created_at, id) WHERE trace_id IS NOT NULL;
