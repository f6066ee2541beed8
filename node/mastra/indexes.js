'use strict';
/*
 * The option `indexes`: indexes of the application on our tables, made at init beside our own. They may be asked for by
 * the peer's names of tables and columns. Many processes may start at once: an advisory lock lets one of them build.
 * CREATE INDEX CONCURRENTLY waits for everybody who holds a lock, so nobody waits inside the server for that one.
 */
const { setTimeout: pause } = require('node:timers/promises');

const TABLES = new Map([
  ['mastra_threads', 'threads'],
  ['mastra_messages', 'messages'],
  ['mastra_resources', 'resources'],
  ['mastra_observational_memory', 'observations'],
  ['mastra_workflow_snapshot', 'workflow_runs'],
  ['mastra_scorers', 'scores'],
]);
const OURS = [...TABLES.values(), 'metadata'];
const METHODS = ['btree', 'hash', 'gin', 'gist', 'spgist', 'brin'];

const COLUMN = /^([A-Za-z_][A-Za-z0-9_]*)((?: (?:ASC|DESC))?(?: NULLS (?:FIRST|LAST))?)$/i;
const WORD = /^[A-Za-z_][A-Za-z0-9_]*$/;

const POLL_MS = 100;

function fail(name, text) {
  throw new Error(`index ${JSON.stringify(name)}: ${text}`);
}

function quoted(name) {
  return `"${name.replaceAll('"', '""')}"`;
}

/* Absent: a table that we do not have. */
function tableOf(table) {
  const ours = TABLES.get(table) ?? table;
  return OURS.includes(ours) ? ours : undefined;
}

/* An application that comes from the peer may have indexes on tables of domains that are not here, which is no reason to stop it. */
function isHere({ name, table }) {
  const here = tableOf(table) !== undefined;
  if (!here) {
    const text = `index ${JSON.stringify(name)} is not made: there is no table ${JSON.stringify(table)} here; there are ${OURS.join(', ')}`;
    process.emitWarning(text, { code: 'PGCONVO_INDEX' });
  }
  return here;
}

/* resourceId is resource_id here, and so on. */
function columnOf(name, column) {
  const [, identifier, order] =
    COLUMN.exec(column) ?? fail(name, `${JSON.stringify(column)} is no column, with ASC or DESC if need be`);
  return quoted(identifier.replace(/Z$/, '').replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)) + order;
}

function word(name, value, what) {
  return WORD.test(value) ? value : fail(name, `${what} ${JSON.stringify(value)} is no plain name`);
}

function setting(name, [key, value]) {
  if (!/^[A-Za-z0-9_.]+$/.test(`${value}`)) fail(name, `storage ${key} is no plain value`);
  return `${word(name, key, 'storage')} = ${value}`;
}

/* `where` is SQL, as it is in the peer: it comes from whoever wrote the application. */
function definition(options) {
  const { name, columns, unique = false, where, method = 'btree', opclass, storage = {}, tablespace } = options;
  if (!Array.isArray(columns) || columns.length === 0) fail(name, 'has no columns');
  if (!METHODS.includes(method)) fail(name, `method is none of ${METHODS.join(', ')}`);
  const suffix = opclass === undefined ? '' : ` ${word(name, opclass, 'opclass')}`;
  const settings = Object.entries(storage).map((entry) => setting(name, entry));
  return {
    unique: unique ? 'UNIQUE ' : '',
    tail: [
      `USING ${method} (${columns.map((column) => columnOf(name, column) + suffix).join(', ')})`,
      settings.length > 0 ? `WITH (${settings.join(', ')})` : '',
      tablespace === undefined ? '' : `TABLESPACE ${quoted(tablespace)}`,
      where === undefined ? '' : `WHERE ${where}`,
    ]
      .filter((part) => part !== '')
      .join(' '),
  };
}

function readOne(options) {
  const { name, concurrent = true } = options;
  if (typeof name !== 'string' || name === '' || Buffer.byteLength(name) > 63)
    fail(name, 'its name must have 1 to 63 bytes');
  return { name, concurrent, table: tableOf(options.table), ...definition(options) };
}

function read(given = []) {
  if (!Array.isArray(given)) throw new Error('indexes: is not an array');
  return given.filter(isHere).map(readOne);
}

const STATE = `SELECT i.indisvalid AS valid FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid WHERE n.nspname = $1 AND c.relname = $2`;

/* Is it there? What a broken build left behind is not. */
async function state(client, schema, name) {
  const { rows } = await client.query(STATE, [schema, name]);
  return rows.length === 0 ? 'absent' : rows[0].valid ? 'there' : 'invalid';
}

async function make(client, schema, { name, concurrent, table, unique, tail }) {
  const found = await state(client, schema, name);
  if (found === 'there') return;
  if (found === 'invalid') await client.query(`DROP INDEX ${quoted(schema)}.${quoted(name)}`);
  const how = concurrent ? 'CONCURRENTLY ' : '';
  await client.query(`CREATE ${unique}INDEX ${how}${quoted(name)} ON ${quoted(schema)}.${quoted(table)} ${tail}`);
}

async function locked(client, key, work) {
  const take = 'SELECT pg_catalog.pg_try_advisory_lock(pg_catalog.hashtextextended($1, 0)) AS taken';
  while (!(await client.query(take, [key])).rows[0].taken) await pause(POLL_MS);
  try {
    await work();
  } finally {
    await client.query('SELECT pg_catalog.pg_advisory_unlock(pg_catalog.hashtextextended($1, 0))', [key]);
  }
}

async function missing(client, schema, wanted) {
  const states = [];
  for (const { name } of wanted) states.push(await state(client, schema, name));
  return wanted.filter((_, i) => states[i] !== 'there');
}

async function create(pool, schema, wanted) {
  const client = await pool.connect();
  let broken;
  try {
    const left = await missing(client, schema, wanted);
    if (left.length === 0) return;
    await locked(client, `pgconvo indexes ${schema}`, async () => {
      for (const one of left) await make(client, schema, one);
    });
  } catch (error) {
    broken = error;
    throw error;
  } finally {
    client.release(broken);
  }
}

module.exports = { read, create };
