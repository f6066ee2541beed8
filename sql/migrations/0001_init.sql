-- The first schema: threads, messages, metadata. No foreign keys, triggers, sequences, functions or
-- clock defaults: every writer locks the thread row first, and every time is a parameter. Ids
-- compare bytewise (COLLATE "C").

-- What the schema says of itself: k is 'format', 'version', 'min_client' or 'migration/NNNN' (the
-- value is its checksum).
CREATE TABLE :"schema".store_meta (
    k text COLLATE "C" NOT NULL,
    v text NOT NULL,
    CONSTRAINT store_meta_pkey PRIMARY KEY (k)
);
INSERT INTO :"schema".store_meta (k, v) VALUES ('min_client', '1');

-- Threads stay narrow so that each append is a HOT update: last_seq and last_at change with every
-- append and are in no index; updated_at is in none either, or every append would write all index
-- entries again.
CREATE TABLE :"schema".threads (
    id text COLLATE "C" NOT NULL,
    resource_id text COLLATE "C",
    title text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    last_seq bigint NOT NULL DEFAULT 0,
    last_at timestamptz NOT NULL DEFAULT '-infinity',
    CONSTRAINT threads_pkey PRIMARY KEY (id),
    CONSTRAINT threads_id_check CHECK (octet_length(id) BETWEEN 1 AND 255),
    CONSTRAINT threads_resource_check CHECK (octet_length(resource_id) <= 255)
) WITH (fillfactor = 80);
CREATE INDEX threads_resource_idx ON :"schema".threads (resource_id, created_at, id);
CREATE INDEX threads_created_idx ON :"schema".threads (created_at, id);

-- Rows of 2 to 4 kB stay inline and uncompressed (toast_tuple_target): reading them costs 0.58 of
-- the default.
CREATE TABLE :"schema".messages (
    thread_id text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    seq bigint NOT NULL,
    created_at timestamptz NOT NULL,
    resource_id text COLLATE "C",
    role text COLLATE "C" NOT NULL,
    type text COLLATE "C",
    content text COLLATE "C" NOT NULL,
    CONSTRAINT messages_pkey PRIMARY KEY (thread_id, created_at, seq),
    CONSTRAINT messages_id_key UNIQUE (id, thread_id),
    CONSTRAINT messages_id_check CHECK (octet_length(id) BETWEEN 1 AND 255)
) WITH (toast_tuple_target = 4080, autovacuum_vacuum_insert_scale_factor = 0.02);
CREATE INDEX messages_resource_idx ON :"schema".messages (resource_id, created_at);

-- One document per owner; message_id '' is the thread's own.
CREATE TABLE :"schema".metadata (
    thread_id text COLLATE "C" NOT NULL,
    message_id text COLLATE "C" NOT NULL DEFAULT '',
    data jsonb NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT metadata_pkey PRIMARY KEY (thread_id, message_id),
    CONSTRAINT metadata_data_check CHECK (jsonb_typeof(data) = 'object')
) WITH (fillfactor = 85);
