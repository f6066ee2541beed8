/*
 * Many calls at a constant size: prints the resident size as they go on, then opens and closes 1,000 stores and counts
 * descriptors. Fails if the size in the last half grew by more than a tenth, or if descriptors were left.
 *
 *   node soak.mjs [CALLS]      1,000,000 by default; the server is that of PGHOST
 */
import { readdirSync } from 'node:fs';
import process from 'node:process';
import { PostgresStore } from '../index.mjs';

const total = Number(process.argv[2] ?? 1000000);
const AT_ONCE = 32;
const options = { id: 'soak', host: process.env.PGHOST, port: Number(process.env.PGPORT), database: 'postgres', user: 'postgres', password: 'none', schemaName: `soak_${process.pid}`, max: 4 };
const store = new PostgresStore(options);
await store.init();
const [memory, workflows] = await Promise.all(['memory', 'workflows'].map((name) => store.getStore(name)));

const date = new Date(Date.UTC(2026, 0, 1));
const content = { format: 2, parts: [{ type: 'text', text: 'words '.repeat(100) }], metadata: { n: 1 } };
const thread = (n) => ({ id: `thread-${n % 100}`, resourceId: `owner-${n % 10}`, title: 'T', metadata: { n }, createdAt: date, updatedAt: date });
const message = (n) => ({ id: `message-${n % 5000}`, threadId: `thread-${n % 100}`, resourceId: `owner-${n % 10}`, role: 'user', createdAt: date, content });
const run = (n) => ({ workflowName: 'soak', runId: `run-${n % 100}` });
const snapshot = { status: 'running', context: { input: {} }, value: {}, activePaths: [], activeStepsPath: {}, serializedStepGraph: [], suspendedPaths: {}, waitingPaths: {}, resumeLabels: {}, timestamp: 1 };

/* What is written is written again and again, so that the tables keep their size too. */
const CALLS = [
  (n) => memory.getThreadById({ threadId: `thread-${n % 100}` }),
  (n) => memory.listMessages({ threadId: `thread-${n % 100}`, perPage: 20 }),
  (n) => memory.saveMessages({ messages: [message(n), message(n + 100)] }),
  (n) => memory.updateThread({ id: `thread-${n % 100}`, title: 'U', metadata: { n } }),
  (n) => memory.updateMessages({ messages: [{ id: message(n).id, content: { metadata: { n } } }] }),
  (n) => memory.listMessagesByResourceId({ resourceId: `owner-${n % 10}`, perPage: 5 }),
  (n) => memory.listMessagesByResourceId({ resourceId: `owner-${n % 10}`, perPage: 150 }), // longer than one text
  (n) => memory.updateResource({ resourceId: `owner-${n % 10}`, workingMemory: `W${n}`, metadata: { n } }),
  (n) => memory.listThreads({ filter: { resourceId: `owner-${n % 10}` }, perPage: 5 }),
  (n) => workflows.persistWorkflowSnapshot({ ...run(n), snapshot: { ...snapshot, runId: `run-${n}` } }),
  (n) => workflows.updateWorkflowResults({ ...run(n), stepId: 'step', result: { status: 'success', output: n }, requestContext: {} }),
  (n) => memory.saveMessages({ messages: [{ ...message(n), threadId: 'nowhere' }] }).catch(() => {}),
];

for (let n = 0; n < 100; n++) await memory.saveThread({ thread: thread(n) });
for (let n = 0; n < 100; n++) await workflows.persistWorkflowSnapshot({ ...run(n), snapshot });

const mebibytes = () => process.memoryUsage().rss / 1048576;

/* Some workers take the numbers of calls one after the other. */
async function calls(from, count) {
  let next = from;
  const worker = async () => {
    while (next < from + count) {
      const n = next++;
      await CALLS[n % CALLS.length](Math.floor(n / CALLS.length));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

const sizes = [];
for (let part = 0; part < 20; part++) {
  await calls(part * Math.ceil(total / 20), Math.ceil(total / 20));
  globalThis.gc?.();
  sizes.push(mebibytes());
  console.log(`${(part + 1) * Math.ceil(total / 20)} calls: ${sizes.at(-1).toFixed(1)} MiB`);
}

const descriptors = () => readdirSync('/proc/self/fd').length;
async function live() {
  const one = new PostgresStore(options);
  await one.init();
  await (await one.getStore('memory')).listThreads({ perPage: 1 });
  await one.close();
}
await live();
const before = descriptors();
for (let n = 0; n < 1000; n++) await live();
const left = descriptors() - before;
const growth = sizes.at(-1) / sizes[9] - 1;
console.log(`1000 stores opened and closed: ${mebibytes().toFixed(1)} MiB, ${left} descriptors left`);
console.log(`the last half of the calls grew by ${(growth * 100).toFixed(1)} %`);
await store.pool.query(`DROP SCHEMA "${options.schemaName}" CASCADE`);
await store.close();
process.exitCode = growth > 0.1 || left > 0 ? 1 : 0;
