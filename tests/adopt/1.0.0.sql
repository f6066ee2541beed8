-- What was written by @mastra/pg 1.0.0 in New York: the same data in all of these files.
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
    "createdAt" timestamp NOT NULL,
    "updatedAt" timestamp NOT NULL,
    "createdAtZ" timestamptz DEFAULT now(),
    "updatedAtZ" timestamptz DEFAULT now()
);
CREATE TABLE mastra_threads (
    id text NOT NULL,
    "resourceId" text NOT NULL,
    title text NOT NULL,
    metadata jsonb,
    "createdAt" timestamp NOT NULL,
    "updatedAt" timestamp NOT NULL,
    "createdAtZ" timestamptz DEFAULT now(),
    "updatedAtZ" timestamptz DEFAULT now()
);
CREATE TABLE mastra_workflow_snapshot (
    workflow_name text NOT NULL,
    run_id text NOT NULL,
    "resourceId" text,
    snapshot jsonb NOT NULL,
    "createdAt" timestamp NOT NULL,
    "updatedAt" timestamp NOT NULL,
    "createdAtZ" timestamptz DEFAULT now(),
    "updatedAtZ" timestamptz DEFAULT now()
);
INSERT INTO mastra_messages VALUES ('a1', 't-v2', '{"format":2,"parts":[{"type":"text","text":"hello"}],"content":"hello","metadata":{"mood":"fine"}}', 'user', 'v2', '2025-07-01 19:30:01', 'user-0', '2025-07-01 23:30:01+00');
INSERT INTO mastra_messages VALUES ('a3', 't-v2', '{"format":2,"parts":[{"type":"text","text":"same time, written second"}],"content":"same time, written second"}', 'assistant', 'v2', '2025-07-01 19:30:02', 'user-0', '2025-07-01 23:30:02+00');
INSERT INTO mastra_messages VALUES ('a2', 't-v2', '{"format":2,"parts":[{"type":"text","text":"same time, written third"}],"content":"same time, written third"}', 'user', 'v2', '2025-07-01 19:30:02', 'user-0', '2025-07-01 23:30:02+00');
INSERT INTO mastra_messages VALUES ('a4', 't-v2', '{"format":2,"parts":[{"type":"tool-invocation","toolInvocation":{"state":"result","toolCallId":"c1","toolName":"look","args":{"q":1.5},"result":{"bad":"nul \u0000 and \ud800 lone"}}}]}', 'assistant', 'v2', '2025-07-02 00:00:00.25', 'user-0', '2025-07-02 04:00:00.25+00');
INSERT INTO mastra_messages VALUES ('b1', 't-v1', 'plain words', 'user', 'text', '2025-01-14 21:20:01', 'USER-0', '2025-01-15 02:20:01+00');
INSERT INTO mastra_messages VALUES ('b2', 't-v1', '42', 'user', 'text', '2025-01-14 21:20:02', 'USER-0', '2025-01-15 02:20:02+00');
INSERT INTO mastra_messages VALUES ('b3', 't-v1', 'true', 'user', 'text', '2025-01-14 21:20:03', 'USER-0', '2025-01-15 02:20:03+00');
INSERT INTO mastra_messages VALUES ('b4', 't-v1', 'null', 'user', 'text', '2025-01-14 21:20:04', 'USER-0', '2025-01-15 02:20:04+00');
INSERT INTO mastra_messages VALUES ('b5', 't-v1', '{"looks":"like json"}', 'user', 'text', '2025-01-14 21:20:05', 'USER-0', '2025-01-15 02:20:05+00');
INSERT INTO mastra_messages VALUES ('b6', 't-v1', '[1,2,3]', 'user', 'text', '2025-01-14 21:20:06', 'USER-0', '2025-01-15 02:20:06+00');
INSERT INTO mastra_messages VALUES ('b7', 't-v1', '"quoted"', 'user', 'text', '2025-01-14 21:20:07', 'USER-0', '2025-01-15 02:20:07+00');
INSERT INTO mastra_messages VALUES ('b8', 't-v1', '007', 'user', 'text', '2025-01-14 21:20:08', 'USER-0', '2025-01-15 02:20:08+00');
INSERT INTO mastra_messages VALUES ('b9', 't-v1', '[{"type":"tool-call","toolCallId":"c2","toolName":"look","args":{"q":2}}]', 'assistant', 'tool-call', '2025-01-14 21:20:09', 'USER-0', '2025-01-15 02:20:09+00');
INSERT INTO mastra_messages VALUES ('c0', 't-v1', '[{"type":"tool-result","toolCallId":"c2","toolName":"look","result":{"n":3}}]', 'tool', 'tool-result', '2025-01-14 21:20:10', 'USER-0', '2025-01-15 02:20:10+00');
INSERT INTO mastra_messages VALUES ('c1', 't-v1', '[{"type":"text","text":"parts"}]', 'assistant', 'text', '2025-01-14 21:20:11', 'USER-0', '2025-01-15 02:20:11+00');
INSERT INTO mastra_messages VALUES ('c2', 't-v1', 'be kind', 'system', 'text', '2025-01-14 21:20:12', 'USER-0', '2025-01-15 02:20:12+00');
INSERT INTO mastra_messages VALUES ('d1', 't-dst', '{"format":2,"parts":[{"type":"text","text":"before the clock goes back"}],"content":"before the clock goes back"}', 'user', 'v2', '2025-11-02 01:10:00', 'o''neil', '2025-11-02 05:10:00+00');
INSERT INTO mastra_messages VALUES ('d2', 't-dst', '{"format":2,"parts":[{"type":"text","text":"two hours later"}],"content":"two hours later"}', 'assistant', 'v2', '2025-11-02 02:10:00', 'o''neil', '2025-11-02 07:10:00+00');
INSERT INTO mastra_messages VALUES ('d3', 't-dst', '{"format":2,"parts":[{"type":"text","text":"in summer"}],"content":"in summer"}', 'user', 'v2', '2025-08-02 03:10:00', 'o''neil', '2025-08-02 07:10:00+00');
INSERT INTO mastra_resources VALUES ('user-0', '# Name: Ada', '"{\"a\":1}"', '2025-06-01 04:00:00.005', '2025-06-02 05:00:00.006', '2025-06-01 08:00:00.005+00', '2025-06-02 09:00:00.006+00');
INSERT INTO mastra_resources VALUES ('ユーザー3', '', '"{}"', '2025-06-01 04:00:00.005', '2025-06-02 05:00:00.006', '2025-06-01 08:00:00.005+00', '2025-06-02 09:00:00.006+00');
INSERT INTO mastra_resources VALUES ('o''neil', NULL, NULL, '2025-06-01 04:00:00.005', '2025-06-02 05:00:00.006', '2025-06-01 08:00:00.005+00', '2025-06-02 09:00:00.006+00');
INSERT INTO mastra_scorers VALUES ('450047d9-7c0c-4aea-8ced-9badb7131af5', 'sc', 'tr', 'sp', 'r1', '"{\"id\":\"sc\",\"name\":\"Sc\",\"description\":\"d\"}"', NULL, NULL, '"{\"z\":1}"', 0.3333333333333333, 'because', '"{\"m\":1}"', NULL, NULL, NULL, NULL, 'p', NULL, '"{\"q\":\"x\"}"', '"{\"a\":\"y\"}"', '"{\"c\":1}"', '"{\"rc\":1}"', 'AGENT', '"{\"id\":\"agent-1\",\"name\":\"A\"}"', 'agent-1', 'LIVE', 'user-0', 't-v2', '2026-11-27 16:39:15.982', '2026-11-27 16:39:15.982', '2026-11-27 16:39:15.982+00', '2026-11-27 16:39:15.982+00');
INSERT INTO mastra_scorers VALUES ('4305b787-a478-4347-9cba-7c3e2302fdad', 'sc', 'tr', 'sp', 'r2', '"{\"id\":\"sc\",\"name\":\"Sc\",\"description\":\"d\"}"', NULL, NULL, '"{\"z\":1}"', 0.6666666666666666, 'because', '"{\"m\":2}"', NULL, NULL, NULL, NULL, 'p', NULL, '"{\"q\":\"x\"}"', '"{\"a\":\"y\"}"', '"{\"c\":1}"', '"{\"rc\":1}"', 'AGENT', '"{\"id\":\"agent-1\",\"name\":\"A\"}"', 'agent-1', 'LIVE', 'user-0', 't-v2', '2026-11-27 16:39:15.986', '2026-11-27 16:39:15.986', '2026-11-27 16:39:15.986+00', '2026-11-27 16:39:15.986+00');
INSERT INTO mastra_threads VALUES ('t-empty', 'user-0', '', NULL, '2025-07-01 06:00:00.001', '2025-07-01 06:00:00.001', '2025-07-01 10:00:00.001+00', '2025-07-01 10:00:00.001+00');
INSERT INTO mastra_threads VALUES ('t-v2', 'user-0', 'tab	and "quotes" שלום 🦊', '{"$x": {"deep": [null, true]}, "a.b": 1, "note": "o''neil"}', '2025-07-01 19:30:00.12', '2026-11-27 16:39:14.845', '2025-07-01 23:30:00.12+00', '2026-11-27 16:39:14.845+00');
INSERT INTO mastra_threads VALUES ('t-v1', 'USER-0', 'line
end', '{}', '2025-01-14 21:15:30.999', '2026-11-27 16:39:14.866', '2025-01-15 02:15:30.999+00', '2026-11-27 16:39:14.866+00');
INSERT INTO mastra_threads VALUES ('t-dst', 'o''neil', 'dst', '{"k": "v"}', '2025-11-02 00:59:59.5', '2026-11-27 16:39:14.867', '2025-11-02 04:59:59.5+00', '2026-11-27 16:39:14.867+00');
INSERT INTO mastra_workflow_snapshot VALUES ('wf', 'r1', 'user-0', '{"runId": "r1", "value": {"s": "suspended"}, "result": {"big": "12345678901234567890"}, "status": "suspended", "context": {"s1": {"output": "nul  and  lone"}, "input": {"q": 1}}, "timestamp": 1751370000000, "activePaths": [], "resumeLabels": {}, "waitingPaths": {}, "suspendedPaths": {}, "activeStepsPath": {}, "serializedStepGraph": []}', '2025-05-05 01:05:05.05', '2025-05-06 01:05:05.06', '2026-11-27 16:39:14.871412+00', '2026-11-27 16:39:14.871412+00');
INSERT INTO mastra_workflow_snapshot VALUES ('wf', 'r2', NULL, '{"runId": "r2", "value": {"s": "success"}, "result": {"big": "12345678901234567890"}, "status": "success", "context": {"input": {"q": 1}}, "timestamp": 1751370000000, "activePaths": [], "resumeLabels": {}, "waitingPaths": {}, "suspendedPaths": {}, "activeStepsPath": {}, "serializedStepGraph": []}', '2026-11-27 11:39:14.871', '2026-11-27 11:39:15.974', '2026-11-27 16:39:14.872087+00', '2026-11-27 16:39:14.872087+00');
ALTER TABLE mastra_messages ADD PRIMARY KEY (id);
ALTER TABLE mastra_resources ADD PRIMARY KEY (id);
ALTER TABLE mastra_scorers ADD PRIMARY KEY (id);
ALTER TABLE mastra_threads ADD PRIMARY KEY (id);
ALTER TABLE mastra_workflow_snapshot ADD UNIQUE (workflow_name, run_id);
