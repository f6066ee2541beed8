/* An application as its tests need it, the same in each process: an agent with tools, and a workflow that waits for a person. */
import { Agent } from '@mastra/core/agent';
import { Mastra } from '@mastra/core/mastra';
import { createTool } from '@mastra/core/tools';
import { createStep, createWorkflow } from '@mastra/core/workflows';
import { Memory } from '@mastra/memory';
import { z } from 'zod';
import { hasToolResult, lastUser, scripted } from './model.mjs';

const booked = createTool({
  id: 'book', description: 'Books a flight', inputSchema: z.object({ to: z.string() }), requireApproval: true,
  execute: async ({ to }) => ({ ticket: `to ${to}` }),
});

const asked = createTool({
  id: 'ask', description: 'Asks a person', inputSchema: z.object({ question: z.string() }), suspendSchema: z.object({ question: z.string() }), resumeSchema: z.object({ answer: z.string() }),
  execute: async ({ question }, context) => {
    const { resumeData, suspend } = context.agent ?? context;
    if (!resumeData) return suspend({ question });
    return { answer: resumeData.answer };
  },
});

function script(prompt, options) {
  const words = lastUser(prompt);
  if (hasToolResult(prompt)) return { text: `Done: ${JSON.stringify(prompt.at(-1).content)}` };
  if (/^book/.test(words)) return { tool: 'book', args: { to: 'Lisbon' } };
  if (/^ask/.test(words)) return { tool: 'ask', args: { question: 'When?' } };
  return { text: `You said: ${words}` };
}

const shape = z.object({ n: z.number() });

const double = createStep({ id: 'double', inputSchema: shape, outputSchema: shape, execute: async ({ inputData }) => ({ n: inputData.n * 2 }) });

const wait = createStep({
  id: 'wait', inputSchema: shape, outputSchema: shape, resumeSchema: shape, suspendSchema: z.object({ reason: z.string() }),
  execute: async ({ inputData, resumeData, suspend }) => (resumeData ? { n: inputData.n + resumeData.n } : suspend({ reason: `at ${inputData.n}` })),
});

const each = createStep({ id: 'each', inputSchema: shape, outputSchema: shape, execute: async ({ inputData }) => ({ n: inputData.n + 1 }) });

function flows() {
  const waiting = createWorkflow({ id: 'waiting', inputSchema: shape, outputSchema: shape }).then(double).then(wait).then(double).commit();
  const branched = createWorkflow({ id: 'branched', inputSchema: shape, outputSchema: z.any() }).parallel([double, each]).commit();
  const looped = createWorkflow({ id: 'looped', inputSchema: z.array(shape), outputSchema: z.array(shape) }).foreach(each, { concurrency: 3 }).commit();
  return { waiting, branched, looped };
}

export function application(storage, { options = { lastMessages: 10 }, model = scripted(script) } = {}) {
  const memory = new Memory({ storage, options });
  const agent = new Agent({ id: 'clerk', name: 'clerk', instructions: 'Help.', model, memory, tools: { book: booked, ask: asked } });
  const mastra = new Mastra({ agents: { clerk: agent }, workflows: flows(), storage, logger: false });
  return { agent: mastra.getAgent('clerk'), mastra, memory, model, storage };
}
