-- What was written by @mastra/pg 0.10.1 in New York: the same data in all of these files.
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
    "createdAt" timestamp NOT NULL
);
CREATE TABLE mastra_threads (
    id text NOT NULL,
    "resourceId" text NOT NULL,
    title text NOT NULL,
    metadata text,
    "createdAt" timestamp NOT NULL,
    "updatedAt" timestamp NOT NULL
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
    "updatedAt" timestamp NOT NULL
);
INSERT INTO mastra_messages VALUES ('a1', 't-v2', '{"format":2,"parts":[{"type":"text","text":"hello"}],"content":"hello","metadata":{"mood":"fine"}}', 'user', 'v2', '2025-07-01 19:30:01');
INSERT INTO mastra_messages VALUES ('a3', 't-v2', '{"format":2,"parts":[{"type":"text","text":"same time, written second"}],"content":"same time, written second"}', 'assistant', 'v2', '2025-07-01 19:30:02');
INSERT INTO mastra_messages VALUES ('a2', 't-v2', '{"format":2,"parts":[{"type":"text","text":"same time, written third"}],"content":"same time, written third"}', 'user', 'v2', '2025-07-01 19:30:02');
INSERT INTO mastra_messages VALUES ('a4', 't-v2', '{"format":2,"parts":[{"type":"tool-invocation","toolInvocation":{"state":"result","toolCallId":"c1","toolName":"look","args":{"q":1.5},"result":{"bad":"nul \u0000 and \ud800 lone"}}}]}', 'assistant', 'v2', '2025-07-02 00:00:00.25');
INSERT INTO mastra_messages VALUES ('b1', 't-v1', 'plain words', 'user', 'text', '2025-01-14 21:20:01');
INSERT INTO mastra_messages VALUES ('b2', 't-v1', '42', 'user', 'text', '2025-01-14 21:20:02');
INSERT INTO mastra_messages VALUES ('b3', 't-v1', 'true', 'user', 'text', '2025-01-14 21:20:03');
INSERT INTO mastra_messages VALUES ('b4', 't-v1', 'null', 'user', 'text', '2025-01-14 21:20:04');
INSERT INTO mastra_messages VALUES ('b5', 't-v1', '{"looks":"like json"}', 'user', 'text', '2025-01-14 21:20:05');
INSERT INTO mastra_messages VALUES ('b6', 't-v1', '[1,2,3]', 'user', 'text', '2025-01-14 21:20:06');
INSERT INTO mastra_messages VALUES ('b7', 't-v1', '"quoted"', 'user', 'text', '2025-01-14 21:20:07');
INSERT INTO mastra_messages VALUES ('b8', 't-v1', '007', 'user', 'text', '2025-01-14 21:20:08');
INSERT INTO mastra_messages VALUES ('b9', 't-v1', '[{"type":"tool-call","toolCallId":"c2","toolName":"look","args":{"q":2}}]', 'assistant', 'tool-call', '2025-01-14 21:20:09');
INSERT INTO mastra_messages VALUES ('c0', 't-v1', '[{"type":"tool-result","toolCallId":"c2","toolName":"look","result":{"n":3}}]', 'tool', 'tool-result', '2025-01-14 21:20:10');
INSERT INTO mastra_messages VALUES ('c1', 't-v1', '[{"type":"text","text":"parts"}]', 'assistant', 'text', '2025-01-14 21:20:11');
INSERT INTO mastra_messages VALUES ('c2', 't-v1', 'be kind', 'system', 'text', '2025-01-14 21:20:12');
INSERT INTO mastra_messages VALUES ('d1', 't-dst', '{"format":2,"parts":[{"type":"text","text":"before the clock goes back"}],"content":"before the clock goes back"}', 'user', 'v2', '2025-11-02 01:10:00');
INSERT INTO mastra_messages VALUES ('d2', 't-dst', '{"format":2,"parts":[{"type":"text","text":"two hours later"}],"content":"two hours later"}', 'assistant', 'v2', '2025-11-02 02:10:00');
INSERT INTO mastra_messages VALUES ('d3', 't-dst', '{"format":2,"parts":[{"type":"text","text":"in summer"}],"content":"in summer"}', 'user', 'v2', '2025-08-02 03:10:00');
INSERT INTO mastra_threads VALUES ('t-empty', 'user-0', '', NULL, '2025-07-01 06:00:00.001', '2025-07-01 06:00:00.001');
INSERT INTO mastra_threads VALUES ('t-v2', 'user-0', 'tab	and "quotes" שלום 🦊', '{"a.b":1,"$x":{"deep":[null,true]},"note":"o''neil"}', '2025-07-01 19:30:00.12', '2025-07-01 19:30:00.12');
INSERT INTO mastra_threads VALUES ('t-v1', 'USER-0', 'line
end', '{}', '2025-01-14 21:15:30.999', '2025-01-14 21:15:30.999');
INSERT INTO mastra_threads VALUES ('t-dst', 'o''neil', 'dst', '{"k":"v"}', '2025-11-02 00:59:59.5', '2025-11-02 00:59:59.5');
INSERT INTO mastra_workflow_snapshot VALUES ('wf', 'r1', NULL, '{"runId":"r1","status":"suspended","value":{"s":"suspended"},"context":{"input":{"q":1},"s1":{"output":"nul \u0000 and \ud800 lone"}},"activePaths":[],"activeStepsPath":{},"serializedStepGraph":[],"suspendedPaths":{},"resumeLabels":{},"waitingPaths":{},"timestamp":1751370000000,"result":{"big":"12345678901234567890"}}', '2026-11-27 16:39:04.015', '2026-11-27 16:39:04.015');
INSERT INTO mastra_workflow_snapshot VALUES ('wf', 'r2', NULL, '{"runId":"r2","status":"success","value":{"s":"success"},"context":{"input":{"q":1}},"activePaths":[],"activeStepsPath":{},"serializedStepGraph":[],"suspendedPaths":{},"resumeLabels":{},"waitingPaths":{},"timestamp":1751370000000,"result":{"big":"12345678901234567890"}}', '2026-11-27 16:39:04.016', '2026-11-27 16:39:05.119');
ALTER TABLE mastra_messages ADD PRIMARY KEY (id);
ALTER TABLE mastra_threads ADD PRIMARY KEY (id);
ALTER TABLE mastra_traces ADD PRIMARY KEY (id);
ALTER TABLE mastra_workflow_snapshot ADD UNIQUE (workflow_name, run_id);
