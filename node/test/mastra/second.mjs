/* A second process with the same application: takes up what the first one left. Used by the tests of agents. */
import process from 'node:process';
import { application } from './app.mjs';
import { make } from './world.mjs';

const [schemaName, action, argument] = process.argv.slice(2);
const storage = make({ schemaName });
const app = application(storage);
const args = JSON.parse(argument);

const ACTIONS = {
  say: async ({ words, memory }) => (await app.agent.generate(words, { memory })).text,
  suspended: async (filter) => app.agent.listSuspendedRuns(filter),
  approve: async ({ runId }) => (await app.agent.approveToolCallGenerate({ runId })).text,
  decline: async ({ runId }) => (await app.agent.declineToolCallGenerate({ runId })).text,
  answer: async ({ runId, data }) => (await app.agent.resumeGenerate(data, { runId })).text,
  resume: async ({ runId, data }) => {
    const run = await app.mastra.getWorkflow('waiting').createRun({ runId });
    return run.resume({ step: 'wait', resumeData: data });
  },
};

process.send(await ACTIONS[action](args).then((result) => ({ result }), (error) => ({ error: error.stack })));
await storage.close();
process.disconnect();
