/* What waits for a person is stored, found again, and taken up by another process: tool calls and workflows. */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { application } from '../app.mjs';
import { fresh, open, schemaOf, test } from '../world.mjs';

const storage = await open();
const memory = await storage.getStore('memory');
const workflows = await storage.getStore('workflows');
const app = application(storage);
const here = () => ({ thread: fresh('t'), resource: fresh('r') });

/* What a second process gets. */
async function second(action, args) {
  const child = fork(fileURLToPath(new URL('../second.mjs', import.meta.url)), [schemaOf(storage), action, JSON.stringify(args)], { serialization: 'advanced', execArgv: [] });
  const [{ result, error }] = await once(child, 'message');
  if (error) throw new Error(error);
  return result;
}

const textIn = (messages) => JSON.stringify(messages.map((m) => m.content));

test('a tool call waits for approval and goes on in another process', async () => {
  const where = here();
  const result = await app.agent.generate('book a flight', { memory: where });
  assert.equal(result.finishReason, 'suspended');
  const { runs } = await second('suspended', { threadId: where.thread, resourceId: where.resource });
  assert.deepStrictEqual(runs.map((r) => r.runId), [result.runId]);
  assert.match(await second('approve', { runId: result.runId }), /ticket.*Lisbon/);
  const { messages } = await memory.listMessages({ threadId: where.thread, perPage: false });
  assert.match(textIn(messages), /to Lisbon/);
  assert.deepStrictEqual((await app.agent.listSuspendedRuns({ threadId: where.thread })).runs, []);
});

test('a tool call is declined in another process', async () => {
  const where = here();
  const { runId } = await app.agent.generate('book a flight', { memory: where });
  assert.doesNotMatch(await second('decline', { runId }), /ticket/);
});

test('a tool that asks is answered in another process', async () => {
  const where = here();
  const { runId } = await app.agent.generate('ask me', { memory: where });
  assert.match(await second('answer', { runId, data: { answer: 'Tomorrow' } }), /Tomorrow/);
});

test('approval in the same process', async () => {
  const where = here();
  const { runId } = await app.agent.generate('book a flight', { memory: where });
  const { text } = await app.agent.approveToolCallGenerate({ runId });
  assert.match(text, /Lisbon/);
});

test('suspended runs are those of a thread, of a resource, of the agent', async () => {
  const [one, other] = [here(), here()];
  const first = await app.agent.generate('book a flight', { memory: one });
  const second2 = await app.agent.generate('book a flight', { memory: other });
  const found = async (filter) => (await app.agent.listSuspendedRuns(filter)).runs.map((r) => r.runId);
  assert.deepStrictEqual(await found({ threadId: one.thread }), [first.runId]);
  assert.deepStrictEqual(await found({ resourceId: other.resource }), [second2.runId]);
  const all = await found({});
  assert.ok(all.includes(first.runId) && all.includes(second2.runId));
  assert.deepStrictEqual(await found({ threadId: fresh() }), []);
});

test('two processes talk in one thread', async () => {
  const where = here();
  await app.agent.generate('from the first', { memory: where });
  await second('say', { words: 'from the second', memory: where });
  await app.agent.generate('again', { memory: where });
  const seen = JSON.stringify(app.model.calls.at(-1).prompt);
  assert.match(seen, /from the first.*from the second.*again/);
  assert.equal((await memory.listMessages({ threadId: where.thread })).total, 6);
});

/* --- workflows */

test('a workflow waits and goes on in another process', async () => {
  const run = await app.mastra.getWorkflow('waiting').createRun();
  const waiting = await run.start({ inputData: { n: 5 } });
  assert.equal(waiting.status, 'suspended');
  assert.equal((await workflows.loadWorkflowSnapshot({ workflowName: 'waiting', runId: run.runId })).status, 'suspended');
  const done = await second('resume', { runId: run.runId, data: { n: 3 } });
  assert.deepStrictEqual([done.status, done.result], ['success', { n: 26 }]);
});

test('a workflow waits and goes on in the same process', async () => {
  const run = await app.mastra.getWorkflow('waiting').createRun();
  await run.start({ inputData: { n: 1 } });
  const done = await run.resume({ step: 'wait', resumeData: { n: 1 } });
  assert.deepStrictEqual(done.result, { n: 6 });
});

test('a run is listed with what it waits for', async () => {
  const run = await app.mastra.getWorkflow('waiting').createRun({ resourceId: 'me' });
  await run.start({ inputData: { n: 7 } });
  const { runs } = await app.mastra.getWorkflow('waiting').listWorkflowRuns({ status: 'suspended', resourceId: 'me' });
  assert.deepStrictEqual(runs.map((r) => r.runId), [run.runId]);
  assert.equal(runs[0].snapshot.context.wait.suspendPayload.reason, 'at 14');
});

test('parallel steps and loops are kept whole', async () => {
  const parallel = await (await app.mastra.getWorkflow('branched').createRun()).start({ inputData: { n: 4 } });
  assert.deepStrictEqual(parallel.result, { double: { n: 8 }, each: { n: 5 } });
  const loop = await (await app.mastra.getWorkflow('looped').createRun()).start({ inputData: Array.from({ length: 10 }, (_, n) => ({ n })) });
  assert.deepStrictEqual(loop.result, Array.from({ length: 10 }, (_, n) => ({ n: n + 1 })));
});
