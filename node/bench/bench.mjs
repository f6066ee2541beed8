/*
 * The store beside `pg` with named prepared statements on the store's own tables, on one server: what one call takes, and how
 * much processor time of this process. Rounds are interleaved and their order alternates; medians of all rounds.
 *
 *   node bench.mjs [ROUNDS]      the server is that of PGCONVO_TEST_URL
 */
import process from 'node:process';
import pg from 'pg';
import { Store } from '../store.mjs';

const rounds = Number(process.argv[2] ?? 15);
const url = process.env.PGCONVO_TEST_URL;
const schema = `bench_${process.pid}`;
const parts = Object.fromEntries(url.split(' ').map((part) => part.split('=')));

const store = new Store({ connectionString: url, schemaName: schema, max: 4 });
const pool = new pg.Pool({ host: parts.host, user: parts.user, database: parts.dbname, max: 4 });
await store.init();
const tables = Object.fromEntries(['threads', 'messages', 'metadata'].map((name) => [name, `"${schema}".${name}`]));

/* About 1.2 kB of JSON, as an agent's message has it. */
function content(n) {
  const text = `Message ${n}: `.padEnd(900, 'the flight leaves in the morning and arrives at noon ');
  return { format: 2, parts: [{ type: 'text', text }, { type: 'tool-invocation', toolInvocation: { step: n, args: { q: text.slice(0, 150) } } }] };
}

const { id: threadId } = await store.threads.create({ resourceId: 'bench', title: 'bench', metadata: { a: 1 } });
const messages = Array.from({ length: 1000 }, (_, n) => ({ role: n % 2 ? 'assistant' : 'user', content: content(n) }));
await store.messages.append({ threadId, messages });

const named = (name, text, values) => pool.query({ name, text, values });
const THREAD = `SELECT t.*, d.data FROM ${tables.threads} t LEFT JOIN ${tables.metadata} d ON d.thread_id = t.id AND d.message_id = ''
  WHERE t.id = $1`;
const LAST = `SELECT m.*, d.data FROM ${tables.messages} m
  LEFT JOIN ${tables.metadata} d ON d.thread_id = m.thread_id AND d.message_id = m.id
  WHERE m.thread_id = $1 ORDER BY m.created_at DESC, m.seq DESC LIMIT $2`;

async function pgLast(limit) {
  const { rows } = await named('last', LAST, [threadId, limit]);
  for (const row of rows) row.content = JSON.parse(row.content);
  return rows.reverse();
}

/* What a careful writer does: lock the thread and count up, insert, in a transaction. */
async function pgAppend(thread, count) {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    const sql = `UPDATE ${tables.threads} SET last_seq = last_seq + $2, updated_at = now() WHERE id = $1 RETURNING last_seq`;
    const { rows } = await client.query({ name: 'touch', text: sql, values: [thread, count] });
    const first = Number(rows[0].last_seq) - count + 1;
    const values = [];
    const places = Array.from({ length: count }, (_, i) => {
      values.push(thread, crypto.randomUUID(), first + i, 'user', JSON.stringify(messages[i % 1000].content));
      const at = i * 5;
      return `($${at + 1}, $${at + 2}, $${at + 3}, now(), $${at + 4}, $${at + 5})`;
    });
    const insert = `INSERT INTO ${tables.messages} (thread_id, id, seq, created_at, role, content) VALUES ${places.join()}`;
    await client.query({ name: `insert${count}`, text: insert, values });
    await client.query('COMMIT');
  } finally {
    client.release();
  }
}

const times = (count, call) => async () => {
  for (let i = 0; i < count; i++) await call(i);
  return count;
};
const together = (count, call) => async () => {
  await Promise.all(Array.from({ length: count }, (_, i) => call(i)));
  return count;
};

const { id: ours } = await store.threads.create();
const { id: theirs } = await store.threads.create();
const cases = [
  ['thread by id', times(200, () => store.threads.get(threadId)), times(200, () => named('thread', THREAD, [threadId]))],
  [
    'thread by id, 64 at once',
    together(64, () => store.threads.get(threadId)),
    together(64, () => named('thread', THREAD, [threadId])),
  ],
  ['last 20 messages', times(50, () => store.messages.last({ threadId, limit: 20 })), times(50, () => pgLast(20))],
  ['last 200 messages', times(10, () => store.messages.last({ threadId, limit: 200 })), times(10, () => pgLast(200))],
  [
    'append 2 messages',
    times(20, () => store.messages.append({ threadId: ours, messages: messages.slice(0, 2) })),
    times(20, () => pgAppend(theirs, 2)),
  ],
  [
    'append 1000 messages',
    times(1, () => store.messages.append({ threadId: ours, messages })),
    times(1, () => pgAppend(theirs, 1000)),
  ],
];

async function measure(run) {
  const cpu = process.cpuUsage();
  const start = process.hrtime.bigint();
  const calls = await run();
  const wall = Number(process.hrtime.bigint() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { wall: wall / calls, cpu: (user + system) / calls };
}

function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

const columns = ['microseconds a call', 'pgconvo', 'pg', 'x', 'cpu', 'pg cpu', 'cpu x'];
const print = ([name, ...cells]) => console.log(name.padEnd(28) + cells.map((cell) => String(cell).padStart(9)).join(''));
print(columns);
for (const [name, ...sides] of cases) {
  const taken = [[], []];
  for (const run of sides) await run();
  for (let round = 0; round < rounds; round++) {
    for (const side of round % 2 ? [0, 1] : [1, 0]) taken[side].push(await measure(sides[side]));
  }
  const of = (side, what) => median(taken[side].map((one) => one[what]));
  const ratio = (what) => median(taken[0].map((one, i) => taken[1][i][what] / one[what])).toFixed(2);
  const number = (side, what) => Math.round(of(side, what));
  print([name, number(0, 'wall'), number(1, 'wall'), ratio('wall'), number(0, 'cpu'), number(1, 'cpu'), ratio('cpu')]);
}

await store.close();
await pool.query(`DROP SCHEMA "${schema}" CASCADE`);
await pool.end();
