/* The data and the calls by which PostgresStore and that of @mastra/pg are compared. */

const HOUR = 3600000;
const START = Date.UTC(2026, 0, 1);

const words = 'the flight leaves in the morning and arrives at noon, which leaves time to eat before the meeting begins ';

/* About 0.6 kB, as an agent's message has it; one in 500 is marked. */
function content(n) {
  const text = `Message ${n}: `.padEnd(300, words);
  const toolInvocation = { state: 'result', toolCallId: `call-${n}`, toolName: 'search', args: { q: words }, result: { n } };
  return { format: 2, parts: [{ type: 'text', text }, { type: 'tool-invocation', toolInvocation }], metadata: { n, mark: n % 500 === 0 } };
}

function messagesOf(threadId, resourceId, count, from = 0) {
  return Array.from({ length: count }, (_, i) => ({
    id: `${threadId}/${from + i}`, threadId, resourceId, role: i % 2 ? 'assistant' : 'user', createdAt: new Date(START + (from + i) * 1000), content: content(from + i),
  }));
}

async function fillThread(memory, id, resourceId, count) {
  const thread = { id, resourceId, title: 'A thread', metadata: { a: 1 }, createdAt: new Date(START - HOUR), updatedAt: new Date(START - HOUR) };
  await memory.saveThread({ thread });
  for (let from = 0; from < count; from += 1000) await memory.saveMessages({ messages: messagesOf(id, resourceId, Math.min(1000, count - from), from) });
}

const THREADS = { small: 1000, whole: 8000, marked: 50000, copied: 5000, target: 0 };

/* 300,000 messages. */
export async function fill({ memory }) {
  for (const [name, count] of Object.entries(THREADS)) await fillThread(memory, name, `owner of ${name}`, count);
  for (let n = 0; n < 236; n++) await fillThread(memory, `other-${n}`, `owner-${n % 100}`, 1000);
}

const RUN = { workflowName: 'bench', runId: 'run' };
const snapshot = {
  runId: 'run', status: 'running', value: {}, activePaths: [], activeStepsPath: {}, serializedStepGraph: [], suspendedPaths: {}, waitingPaths: {}, resumeLabels: {}, timestamp: 1,
  context: { input: {}, ...Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`step${n}`, { status: 'success', output: { text: words.repeat(9) } }])) },
};

export const persistRun = ({ workflows }) => workflows.persistWorkflowSnapshot({ ...RUN, snapshot });

let unique = 0;
const some = (count) => messagesOf('target', 'owner of target', count).map((one) => ({ ...one, id: `new-${++unique}` }));
const last = (perPage) => ({ threadId: 'small', perPage, orderBy: { field: 'createdAt', direction: 'DESC' } });
const newest = { perPage: 20, orderBy: { field: 'createdAt', direction: 'DESC' } };

/* By name: calls in a round, most rounds, the call. */
export const READS = {
  'getThreadById': [300, Infinity, ({ memory }) => memory.getThreadById({ threadId: 'small' })],
  'listMessages(20)': [50, Infinity, ({ memory }) => memory.listMessages(last(20))],
  'listMessages(200)': [10, Infinity, ({ memory }) => memory.listMessages(last(200))],
  'listMessages, all of 8,000': [1, 3, ({ memory }) => memory.listMessages({ threadId: 'whole', perPage: false })],
  'listMessagesByResourceId(20)': [3, 7, ({ memory }) => memory.listMessagesByResourceId({ resourceId: 'owner-5', ...newest })],
  'metadata filter in 50,000': [1, 5, ({ memory }) => memory.listMessages({ threadId: 'marked', perPage: 20, filter: { metadata: { mark: true } } })],
};

const result = () => ({ status: 'success', output: { n: ++unique } });

export const WRITES = {
  'saveMessages(2)': [20, Infinity, ({ memory }) => memory.saveMessages({ messages: some(2) })],
  'saveMessages(1000)': [1, 7, ({ memory }) => memory.saveMessages({ messages: some(1000) })],
  'copyThread of 5,000': [1, 3, ({ memory }) => memory.copyThread({ sourceThreadId: 'copied' })],
  'updateWorkflowResults in 100 kB': [10, Infinity, ({ workflows }) => workflows.updateWorkflowResults({ ...RUN, stepId: 'step7', result: result(), requestContext: {} })],
};

export const INIT = {
  'warm init': [1, 7, async ({ open }) => {
    const store = open();
    await store.init();
    await store.close();
  }],
};
