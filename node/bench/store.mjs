/*
 * The store beside `pg` with named prepared statements on the store's own tables, on one server: what one call takes, and how
 * much processor time of this process. Rounds are interleaved and their order alternates; medians of all rounds.
 *
 *   node store.mjs [ROUNDS]      the server is that of PGCONVO_TEST_URL
 */
import process from 'node:process';
import pg from 'pg';
import { Store } from '../store.mjs';
import { byTurns, measure, printHead, printTaken } from './measure.mjs';

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

const together = (count, call) => () => Promise.all(Array.from({ length: count }, call));

const { id: ours } = await store.threads.create();
const { id: theirs } = await store.threads.create();

/* Name, calls in a round, the call on either side. */
const cases = [
  ['thread by id', 200, () => store.threads.get(threadId), () => named('thread', THREAD, [threadId])],
  ['64 threads by id, all at once', 3, together(64, () => store.threads.get(threadId)), together(64, () => named('thread', THREAD, [threadId]))],
  ['last 20 messages', 50, () => store.messages.last({ threadId, limit: 20 }), () => pgLast(20)],
  ['last 200 messages', 10, () => store.messages.last({ threadId, limit: 200 }), () => pgLast(200)],
  ['append 2 messages', 20, () => store.messages.append({ threadId: ours, messages: messages.slice(0, 2) }), () => pgAppend(theirs, 2)],
  ['append 1000 messages', 1, () => store.messages.append({ threadId: ours, messages }), () => pgAppend(theirs, 1000)],
];

printHead('pg');
for (const [name, count, ...sides] of cases) {
  for (const call of sides) await call();
  printTaken(name, await byTurns(rounds, sides.length, (side) => measure(count, sides[side])));
}

await store.close();
await pool.query(`DROP SCHEMA "${schema}" CASCADE`);
await pool.end();
