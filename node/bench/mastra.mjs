/*
 * PostgresStore beside the one of @mastra/pg, on one server and the same data: what a call takes, and how much processor time.
 * Either side is a process of its own, as it is in an application, where the other one's garbage is not collected at its cost; they take
 * turns, round after round in alternating order. Medians of all rounds, ratios by round. Beside them the floor (floor.mjs), and how
 * many times faster than @mastra/pg a store could be that takes no time itself and keeps no more than messages by id.
 *
 *   node mastra.mjs [ROUNDS]      the server is that of PGHOST and PGPORT, by unix socket and by TCP
 */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import pg from 'pg';
import { Floor } from './floor.mjs';
import { INIT, READS, WRITES } from './mastra-calls.mjs';
import { byTurns, printHead, printTaken } from './measure.mjs';

const rounds = Number(process.argv[2] ?? 15);
const { PGHOST, PGPORT } = process.env;
const hosts = { 'unix socket': PGHOST, TCP: '127.0.0.1' };
const names = ['pgconvo', '@mastra/pg'];
const schemas = ['ours', 'theirs'].map((name) => `${name}_${process.pid}`);
const sides = names.map((name, side) => fork(new URL('mastra-side.mjs', import.meta.url), [name, schemas[side]]));
const admin = new pg.Client({ host: PGHOST, port: Number(PGPORT), database: 'postgres', user: 'postgres' });
await admin.connect();
const floor = new Floor(admin, schemas[0]);

async function tell(side, command, told = {}) {
  sides[side].send({ command, ...told });
  const [{ result, error }] = await once(sides[side], 'message');
  if (error) throw new Error(error);
  return result;
}

async function tellBoth(command, told) {
  return [await tell(0, command, told), await tell(1, command, told)];
}

/* The messages are saved by our store; the other's tables are filled from ours. */
async function fillBoth() {
  await tell(0, 'fill');
  const [ours, theirs] = schemas;
  const utc = (column) => `${column} AT TIME ZONE 'UTC', ${column}`;
  await admin.query(`INSERT INTO "${theirs}".mastra_threads (id, "resourceId", title, metadata, "createdAt", "createdAtZ", "updatedAt", "updatedAtZ")
    SELECT id, resource_id, title, '{"a": 1}', ${utc('created_at')}, ${utc('updated_at')} FROM "${ours}".threads`);
  await admin.query(`INSERT INTO "${theirs}".mastra_messages (id, thread_id, content, role, type, "createdAt", "createdAtZ", "resourceId")
    SELECT id, thread_id, content, role, 'v2', ${utc('created_at')}, resource_id FROM "${ours}".messages ORDER BY created_at, thread_id`);
  await admin.query('VACUUM ANALYZE');
}

/* Calls that are short are made for some milliseconds before they count: V8 has compiled either side's code then. */
const WARM_FROM = 10;
const WARM_MS = 2000;

async function warm(what, count) {
  for (const side of [0, 1]) {
    const until = Date.now() + WARM_MS;
    do await tell(side, 'measure', { what, count });
    while (Date.now() < until);
  }
}

async function compare(how, what, [count, most], named = what) {
  await (count >= WARM_FROM ? warm(what, count) : tellBoth('measure', { what, count: 1 }));
  const take = (side) => (side < 2 ? tell(side, 'measure', { what, count }) : floor.measure(hosts[how], what, count));
  printTaken(`${how}: ${named}`, await byTurns(Math.min(rounds, most), floor.has(what) ? 3 : 2, take));
}

async function set(setting) {
  await admin.query(`ALTER SYSTEM ${setting}`);
  await admin.query('SELECT pg_reload_conf()');
}

async function compareAll(how) {
  for (const what of Object.keys(READS)) assert.deepEqual(...(await tellBoth('call', { what })), what);
  for (const [what, one] of Object.entries({ ...READS, ...WRITES })) await compare(how, what, one);
  await set('SET synchronous_commit = off');
  await compare(how, 'saveMessages(2)', WRITES['saveMessages(2)'], 'saveMessages(2), not waiting');
  await set('RESET synchronous_commit');
  for (const [what, one] of Object.entries(INIT)) await compare(how, what, one);
}

printHead(names[1], 'floor', 'floor x');
for (const [how, host] of Object.entries(hosts)) {
  await tellBoth('open', { host });
  if (how === 'unix socket') {
    await fillBoth();
    await floor.open();
  }
  await compareAll(how);
  await tellBoth('close');
}
for (const side of sides) side.disconnect();
await floor.close();
for (const schema of schemas) await admin.query(`DROP SCHEMA "${schema}" CASCADE`);
await admin.end();
