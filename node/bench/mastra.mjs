/*
 * PostgresStore beside the one of @mastra/pg, on one server and the same data: what a call takes, and how much processor time
 * of this process. Rounds are interleaved and their order alternates; medians of all rounds, ratios by round.
 *
 *   node mastra.mjs [ROUNDS]      the server is that of PGHOST and PGPORT, by unix socket and by TCP
 */
import assert from 'node:assert/strict';
import process from 'node:process';
import pg from 'pg';
import { PostgresStore as Theirs } from '@mastra/pg';
import { PostgresStore as Ours } from '../index.mjs';

const most = Number(process.argv[2] ?? 15);
const { PGHOST, PGPORT } = process.env;
const schemas = [`ours_${process.pid}`, `theirs_${process.pid}`];
const HOUR = 3600000;
const START = Date.UTC(2026, 0, 1);

const hosts = { 'unix socket': PGHOST, TCP: '127.0.0.1' };
const make = [Ours, Theirs].map((Store, side) => (host) => new Store({
  id: 'bench', host, port: Number(PGPORT), database: 'postgres', user: 'postgres', password: 'none', schemaName: schemas[side], max: 4,
}));
const admin = new pg.Client({ host: PGHOST, port: Number(PGPORT), database: 'postgres', user: 'postgres' });
await admin.connect();

/* --- the data */

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

async function fill(memory, id, resourceId, count) {
  const thread = { id, resourceId, title: 'A thread', metadata: { a: 1 }, createdAt: new Date(START - HOUR), updatedAt: new Date(START - HOUR) };
  await memory.saveThread({ thread });
  for (let from = 0; from < count; from += 1000) await memory.saveMessages({ messages: messagesOf(id, resourceId, Math.min(1000, count - from), from) });
}

const THREADS = { small: 1000, whole: 8000, marked: 50000, copied: 5000, target: 0 };

/* 300,000 messages, by our store; the other's tables are filled from ours. */
async function fillAll(stores) {
  const memory = await stores[0].getStore('memory');
  for (const [name, count] of Object.entries(THREADS)) await fill(memory, name, `owner of ${name}`, count);
  for (let n = 0; n < 236; n++) await fill(memory, `other-${n}`, `owner-${n % 100}`, 1000);
  const [ours, theirs] = schemas;
  const utc = (column) => `${column} AT TIME ZONE 'UTC', ${column}`;
  await admin.query(`INSERT INTO "${theirs}".mastra_threads (id, "resourceId", title, metadata, "createdAt", "createdAtZ", "updatedAt", "updatedAtZ")
    SELECT id, resource_id, title, '{"a": 1}', ${utc('created_at')}, ${utc('updated_at')} FROM "${ours}".threads`);
  await admin.query(`INSERT INTO "${theirs}".mastra_messages (id, thread_id, content, role, type, "createdAt", "createdAtZ", "resourceId")
    SELECT id, thread_id, content, role, 'v2', ${utc('created_at')}, resource_id FROM "${ours}".messages ORDER BY created_at, thread_id`);
  await admin.query('VACUUM ANALYZE');
}

/* --- what is measured */

/* Calls that are short are made for a while before they count: V8 has compiled either side's code then. */
const WARM_FROM = 10;
const WARM_ROUNDS = 5;

const RUN = { workflowName: 'bench', runId: 'run' };
const snapshot = { runId: 'run', status: 'running', value: {}, activePaths: [], activeStepsPath: {}, serializedStepGraph: [], suspendedPaths: {}, waitingPaths: {}, resumeLabels: {}, timestamp: 1,
  context: { input: {}, ...Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`step${n}`, { status: 'success', output: { text: words.repeat(9) } }])) } };

let unique = 0;
const some = (count) => messagesOf('target', 'owner of target', count).map((one) => ({ ...one, id: `new-${++unique}` }));
const last = (perPage) => ({ threadId: 'small', perPage, orderBy: { field: 'createdAt', direction: 'DESC' } });

/* Name, calls in a round, most rounds, the call. What a call gives is compared once. */
const READS = [
  ['getThreadById', 300, most, ({ memory }) => memory.getThreadById({ threadId: 'small' })],
  ['listMessages(20)', 50, most, ({ memory }) => memory.listMessages(last(20))],
  ['listMessages(200)', 10, most, ({ memory }) => memory.listMessages(last(200))],
  ['listMessages, all of 8,000', 1, 3, ({ memory }) => memory.listMessages({ threadId: 'whole', perPage: false })],
  ['listMessagesByResourceId(20)', 3, 7, ({ memory }) => memory.listMessagesByResourceId({ resourceId: 'owner-5', perPage: 20, orderBy: { field: 'createdAt', direction: 'DESC' } })],
  ['metadata filter in 50,000', 1, 5, ({ memory }) => memory.listMessages({ threadId: 'marked', perPage: 20, filter: { metadata: { mark: true } } })],
];
const WRITES = [
  ['saveMessages(2)', 20, most, ({ memory }) => memory.saveMessages({ messages: some(2) })],
  ['saveMessages(1000)', 1, 7, ({ memory }) => memory.saveMessages({ messages: some(1000) })],
  ['copyThread of 5,000', 1, 3, ({ memory }) => memory.copyThread({ sourceThreadId: 'copied' })],
  ['updateWorkflowResults in 100 kB', 10, most, ({ workflows }) => workflows.updateWorkflowResults({ ...RUN, stepId: 'step7', result: { status: 'success', output: { n: ++unique } }, requestContext: {} })],
];

async function measure(calls, call) {
  const cpu = process.cpuUsage();
  const start = process.hrtime.bigint();
  for (let n = 0; n < calls; n++) await call();
  const wall = Number(process.hrtime.bigint() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { wall: wall / calls, cpu: (user + system) / calls };
}

function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

const print = (name, cells) => console.log(name.padEnd(44) + cells.map((cell) => String(cell).padStart(11)).join(''));

async function compare(name, calls, rounds, sides) {
  const taken = [[], []];
  for (const call of sides) await call();
  for (let round = 0; calls >= WARM_FROM && round < WARM_ROUNDS; round++) {
    for (const side of [0, 1]) await measure(calls, sides[side]);
  }
  for (let round = 0; round < rounds; round++) {
    for (const side of round % 2 ? [0, 1] : [1, 0]) taken[side].push(await measure(calls, sides[side]));
  }
  const of = (side, what) => Math.round(median(taken[side].map((one) => one[what])));
  const ratio = (what) => median(taken[0].map((one, i) => taken[1][i][what] / one[what])).toFixed(1);
  print(name, [of(0, 'wall'), of(1, 'wall'), ratio('wall'), of(0, 'cpu'), of(1, 'cpu'), ratio('cpu')]);
}

const plain = (result) => JSON.parse(JSON.stringify(result, (key, value) => (key === 'updatedAt' ? 0 : value)));

async function compareAll(how, stores, host) {
  const sides = await Promise.all(stores.map(async (store) => ({ memory: await store.getStore('memory'), workflows: await store.getStore('workflows') })));
  for (const [name, , , call] of READS) assert.deepEqual(plain(await call(sides[0])), plain(await call(sides[1])), name);
  for (const { workflows } of sides) await workflows.persistWorkflowSnapshot({ ...RUN, snapshot });
  const run = ([name, calls, rounds, call], more = '') => compare(`${how}: ${name}${more}`, calls, rounds, sides.map((side) => () => call(side)));
  for (const one of READS) await run(one);
  for (const one of WRITES) await run(one);
  await admin.query('ALTER SYSTEM SET synchronous_commit = off');
  await admin.query('SELECT pg_reload_conf()');
  await run(WRITES[0], ', not waiting');
  await admin.query('ALTER SYSTEM RESET synchronous_commit');
  await admin.query('SELECT pg_reload_conf()');
  await compare(`${how}: warm init`, 1, 7, make.map((store) => async () => {
    const one = store(host);
    await one.init();
    await one.close();
  }));
}

print('microseconds a call', ['pgconvo', '@mastra/pg', 'x', 'cpu', 'their cpu', 'cpu x']);
for (const [how, host] of Object.entries(hosts)) {
  const stores = make.map((store) => store(host));
  for (const store of stores) await store.init();
  if (how === 'unix socket') await fillAll(stores);
  await compareAll(how, stores, host);
  for (const store of stores) await store.close();
}
for (const schema of schemas) await admin.query(`DROP SCHEMA "${schema}" CASCADE`);
await admin.end();
