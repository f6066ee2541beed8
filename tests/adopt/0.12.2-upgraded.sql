-- What was written by @mastra/pg 0.12.2 in New York, upgraded by 1.27.1: the same data in all of these files.
CREATE TABLE mastra_evals (
    input text NOT NULL,
    output text NOT NULL,
    result jsonb NOT NULL,
    agent_name text NOT NULL,
    metric_name text NOT NULL,
    instructions text NOT NULL,
    test_info jsonb,
    global_run_id text NOT NULL,
    run_id text NOT NULL,
    created_at timestamp NOT NULL,
    "createdAt" timestamp
);
CREATE TABLE mastra_messages (
    id text NOT NULL,
    thread_id text NOT NULL,
    content text NOT NULL,
    role text NOT NULL,
    type text NOT NULL,
    "createdAt" timestamp NOT NULL,
    "resourceId" text,
    "createdAtZ" timestamptz DEFAULT now()
);
CREATE TABLE mastra_observational_memory (
    id text NOT NULL,
    "lookupKey" text NOT NULL,
    scope text NOT NULL,
    "resourceId" text,
    "threadId" text,
    "activeObservations" text NOT NULL,
    "activeObservationsPendingUpdate" text,
    "originType" text NOT NULL,
    config text NOT NULL,
    "generationCount" integer NOT NULL,
    "lastObservedAt" timestamp,
    "lastReflectionAt" timestamp,
    "pendingMessageTokens" integer NOT NULL,
    "totalTokensObserved" integer NOT NULL,
    "observationTokenCount" integer NOT NULL,
    "isObserving" boolean NOT NULL,
    "isReflecting" boolean NOT NULL,
    "observedMessageIds" jsonb,
    "observedTimezone" text,
    "bufferedObservations" text,
    "bufferedObservationTokens" integer,
    "bufferedMessageIds" jsonb,
    "bufferedReflection" text,
    "bufferedReflectionTokens" integer,
    "bufferedReflectionInputTokens" integer,
    "reflectedObservationLineCount" integer,
    "bufferedObservationChunks" jsonb,
    "isBufferingObservation" boolean NOT NULL,
    "isBufferingReflection" boolean NOT NULL,
    "lastBufferedAtTokens" integer NOT NULL,
    "lastBufferedAtTime" timestamp,
    metadata jsonb,
    "createdAt" timestamp NOT NULL,
    "updatedAt" timestamp NOT NULL,
    "lastObservedAtZ" timestamptz DEFAULT now(),
    "lastReflectionAtZ" timestamptz DEFAULT now(),
    "lastBufferedAtTimeZ" timestamptz DEFAULT now(),
    "createdAtZ" timestamptz DEFAULT now(),
    "updatedAtZ" timestamptz DEFAULT now()
);
CREATE TABLE mastra_resources (
    id text NOT NULL,
    "workingMemory" text,
    metadata jsonb,
    "createdAt" timestamp NOT NULL,
    "updatedAt" timestamp NOT NULL,
    "createdAtZ" timestamptz DEFAULT now(),
    "updatedAtZ" timestamptz DEFAULT now()
);
CREATE TABLE mastra_scorers (
    id text NOT NULL,
    "scorerId" text NOT NULL,
    "traceId" text,
    "spanId" text,
    "runId" text NOT NULL,
    scorer jsonb NOT NULL,
    "preprocessStepResult" jsonb,
    "extractStepResult" jsonb,
    "analyzeStepResult" jsonb,
    score double precision NOT NULL,
    reason text,
    metadata jsonb,
    "preprocessPrompt" text,
    "extractPrompt" text,
    "generateScorePrompt" text,
    "generateReasonPrompt" text,
    "analyzePrompt" text,
    "reasonPrompt" text,
    input jsonb NOT NULL,
    output jsonb NOT NULL,
    "additionalContext" jsonb,
    "requestContext" jsonb,
    "entityType" text,
    entity jsonb,
    "entityId" text,
    source text NOT NULL,
    "resourceId" text,
    "threadId" text,
    "organizationId" text,
    "projectId" text,
    "batchId" text,
    "datasetId" text,
    "datasetItemId" text,
    "createdAt" timestamp NOT NULL,
    "updatedAt" timestamp NOT NULL,
    "createdAtZ" timestamptz DEFAULT now(),
    "updatedAtZ" timestamptz DEFAULT now()
);
CREATE TABLE mastra_threads (
    id text NOT NULL,
    "resourceId" text NOT NULL,
    title text NOT NULL,
    metadata text,
    "createdAt" timestamp NOT NULL,
    "updatedAt" timestamp NOT NULL,
    "createdAtZ" timestamptz DEFAULT now(),
    "updatedAtZ" timestamptz DEFAULT now()
);
CREATE TABLE mastra_traces (
    id text NOT NULL,
    "parentSpanId" text,
    name text NOT NULL,
    "traceId" text NOT NULL,
    scope text NOT NULL,
    kind integer NOT NULL,
    attributes jsonb,
    status jsonb,
    events jsonb,
    links jsonb,
    other text,
    "startTime" bigint NOT NULL,
    "endTime" bigint NOT NULL,
    "createdAt" timestamp NOT NULL
);
CREATE TABLE mastra_workflow_snapshot (
    workflow_name text NOT NULL,
    run_id text NOT NULL,
    "resourceId" text,
    snapshot text NOT NULL,
    "createdAt" timestamp NOT NULL,
    "updatedAt" timestamp NOT NULL,
    "createdAtZ" timestamptz DEFAULT now(),
    "updatedAtZ" timestamptz DEFAULT now()
);
INSERT INTO mastra_messages VALUES ('a1', 't-v2', '{"format":2,"parts":[{"type":"text","text":"hello"}],"content":"hello","metadata":{"mood":"fine"}}', 'user', 'v2', '2025-07-01 19:30:01', 'user-0', '2026-11-27 16:39:33.326801+00');
INSERT INTO mastra_messages VALUES ('a3', 't-v2', '{"format":2,"parts":[{"type":"text","text":"same time, written second"}],"content":"same time, written second"}', 'assistant', 'v2', '2025-07-01 19:30:02', 'user-0', '2026-11-27 16:39:33.326801+00');
INSERT INTO mastra_messages VALUES ('a2', 't-v2', '{"format":2,"parts":[{"type":"text","text":"same time, written third"}],"content":"same time, written third"}', 'user', 'v2', '2025-07-01 19:30:02', 'user-0', '2026-11-27 16:39:33.326801+00');
INSERT INTO mastra_messages VALUES ('a4', 't-v2', '{"format":2,"parts":[{"type":"tool-invocation","toolInvocation":{"state":"result","toolCallId":"c1","toolName":"look","args":{"q":1.5},"result":{"bad":"nul \u0000 and \ud800 lone"}}}]}', 'assistant', 'v2', '2025-07-02 00:00:00.25', 'user-0', '2026-11-27 16:39:33.326801+00');
INSERT INTO mastra_messages VALUES ('b1', 't-v1', 'plain words', 'user', 'text', '2025-01-14 21:20:01', 'USER-0', '2026-11-27 16:39:33.326801+00');
INSERT INTO mastra_messages VALUES ('b2', 't-v1', '42', 'user', 'text', '2025-01-14 21:20:02', 'USER-0', '2026-11-27 16:39:33.326801+00');
INSERT INTO mastra_messages VALUES ('b3', 't-v1', 'true', 'user', 'text', '2025-01-14 21:20:03', 'USER-0', '2026-11-27 16:39:33.326801+00');
INSERT INTO mastra_messages VALUES ('b4', 't-v1', 'null', 'user', 'text', '2025-01-14 21:20:04', 'USER-0', '2026-11-27 16:39:33.326801+00');
INSERT INTO mastra_messages VALUES ('b5', 't-v1', '{"looks":"like json"}', 'user', 'text', '2025-01-14 21:20:05', 'USER-0', '2026-11-27 16:39:33.326801+00');
INSERT INTO mastra_messages VALUES ('b6', 't-v1', '[1,2,3]', 'user', 'text', '2025-01-14 21:20:06', 'USER-0', '2026-11-27 16:39:33.326801+00');
INSERT INTO mastra_messages VALUES ('b7', 't-v1', '"quoted"', 'user', 'text', '2025-01-14 21:20:07', 'USER-0', '2026-11-27 16:39:33.326801+00');
INSERT INTO mastra_messages VALUES ('b8', 't-v1', '007', 'user', 'text', '2025-01-14 21:20:08', 'USER-0', '2026-11-27 16:39:33.326801+00');
INSERT INTO mastra_messages VALUES ('b9', 't-v1', '[{"type":"tool-call","toolCallId":"c2","toolName":"look","args":{"q":2}}]', 'assistant', 'tool-call', '2025-01-14 21:20:09', 'USER-0', '2026-11-27 16:39:33.326801+00');
INSERT INTO mastra_messages VALUES ('c0', 't-v1', '[{"type":"tool-result","toolCallId":"c2","toolName":"look","result":{"n":3}}]', 'tool', 'tool-result', '2025-01-14 21:20:10', 'USER-0', '2026-11-27 16:39:33.326801+00');
INSERT INTO mastra_messages VALUES ('c1', 't-v1', '[{"type":"text","text":"parts"}]', 'assistant', 'text', '2025-01-14 21:20:11', 'USER-0', '2026-11-27 16:39:33.326801+00');
INSERT INTO mastra_messages VALUES ('c2', 't-v1', 'be kind', 'system', 'text', '2025-01-14 21:20:12', 'USER-0', '2026-11-27 16:39:33.326801+00');
INSERT INTO mastra_messages VALUES ('d1', 't-dst', '{"format":2,"parts":[{"type":"text","text":"before the clock goes back"}],"content":"before the clock goes back"}', 'user', 'v2', '2025-11-02 01:10:00', 'o''neil', '2026-11-27 16:39:33.326801+00');
INSERT INTO mastra_messages VALUES ('d2', 't-dst', '{"format":2,"parts":[{"type":"text","text":"two hours later"}],"content":"two hours later"}', 'assistant', 'v2', '2025-11-02 02:10:00', 'o''neil', '2026-11-27 16:39:33.326801+00');
INSERT INTO mastra_messages VALUES ('d3', 't-dst', '{"format":2,"parts":[{"type":"text","text":"in summer"}],"content":"in summer"}', 'user', 'v2', '2025-08-02 03:10:00', 'o''neil', '2026-11-27 16:39:33.326801+00');
INSERT INTO mastra_resources VALUES ('user-0', '# Name: Ada', '{"a": 1}', '2025-06-01 08:00:00.005', '2025-06-02 09:00:00.006', '2026-11-27 16:39:33.357418+00', '2026-11-27 16:39:33.383393+00');
INSERT INTO mastra_resources VALUES ('ユーザー3', '', '{}', '2025-06-01 08:00:00.005', '2025-06-02 09:00:00.006', '2026-11-27 16:39:33.357418+00', '2026-11-27 16:39:33.383393+00');
INSERT INTO mastra_resources VALUES ('o''neil', NULL, NULL, '2025-06-01 08:00:00.005', '2025-06-02 09:00:00.006', '2026-11-27 16:39:33.357418+00', '2026-11-27 16:39:33.383393+00');
INSERT INTO mastra_threads VALUES ('t-empty', 'user-0', '', NULL, '2025-07-01 06:00:00.001', '2025-07-01 06:00:00.001', '2026-11-27 16:39:33.186961+00', '2026-11-27 16:39:33.267565+00');
INSERT INTO mastra_threads VALUES ('t-v2', 'user-0', 'tab	and "quotes" שלום 🦊', '{"a.b":1,"$x":{"deep":[null,true]},"note":"o''neil"}', '2025-07-01 19:30:00.12', '2026-11-27 16:39:29.235', '2026-11-27 16:39:33.186961+00', '2026-11-27 16:39:33.267565+00');
INSERT INTO mastra_threads VALUES ('t-v1', 'USER-0', 'line
end', '{}', '2025-01-14 21:15:30.999', '2026-11-27 16:39:29.336', '2026-11-27 16:39:33.186961+00', '2026-11-27 16:39:33.267565+00');
INSERT INTO mastra_threads VALUES ('t-dst', 'o''neil', 'dst', '{"k":"v"}', '2025-11-02 00:59:59.5', '2026-11-27 16:39:29.36', '2026-11-27 16:39:33.186961+00', '2026-11-27 16:39:33.267565+00');
INSERT INTO mastra_workflow_snapshot VALUES ('wf', 'r1', NULL, '{"runId":"r1","status":"suspended","value":{"s":"suspended"},"context":{"input":{"q":1},"s1":{"output":"nul \u0000 and \ud800 lone"}},"activePaths":[],"activeStepsPath":{},"serializedStepGraph":[],"suspendedPaths":{},"resumeLabels":{},"waitingPaths":{},"timestamp":1751370000000,"result":{"big":"12345678901234567890"}}', '2026-11-27 16:39:29.372', '2026-11-27 16:39:29.372', '2026-11-27 16:39:36.416328+00', '2026-11-27 16:39:36.4494+00');
INSERT INTO mastra_workflow_snapshot VALUES ('wf', 'r2', NULL, '{"runId":"r2","status":"success","value":{"s":"success"},"context":{"input":{"q":1}},"activePaths":[],"activeStepsPath":{},"serializedStepGraph":[],"suspendedPaths":{},"resumeLabels":{},"waitingPaths":{},"timestamp":1751370000000,"result":{"big":"12345678901234567890"}}', '2026-11-27 16:39:29.376', '2026-11-27 16:39:30.479', '2026-11-27 16:39:36.416328+00', '2026-11-27 16:39:36.4494+00');
ALTER TABLE mastra_messages ADD PRIMARY KEY (id);
ALTER TABLE mastra_observational_memory ADD PRIMARY KEY (id);
ALTER TABLE mastra_resources ADD PRIMARY KEY (id);
ALTER TABLE mastra_scorers ADD PRIMARY KEY (id);
ALTER TABLE mastra_threads ADD PRIMARY KEY (id);
ALTER TABLE mastra_traces ADD PRIMARY KEY (id);
ALTER TABLE mastra_workflow_snapshot ADD UNIQUE (workflow_name, run_id);
ALTER TABLE mastra_workflow_snapshot ADD UNIQUE (workflow_name, run_id);
