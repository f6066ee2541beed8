'use strict';
/* What a PostgresStore is made with: what is wrong about it is told here, before anything is made. */

const NAME = 'PostgresStore';
const SCHEMA_BYTES = 63;
const NOT_IN_SCHEMA = /["'\\$\u0000-\u001f\u007f]/;
const NO_FALLBACK = 'must be provided and cannot be empty (nothing is connected to by default)';
const WAYS =
  'provide either { pool } or { writePool }, a pg.Pool, or { connectionString }, or { host, port, database, user, password }';

function fail(text) {
  throw new Error(`${NAME}: ${text}`);
}

function isText(value) {
  return typeof value === 'string' && value.trim() !== '';
}

function isGiven(value) {
  return value !== undefined && value !== null;
}

function checkPool(pool, name) {
  if (!isGiven(pool)) return;
  const usable =
    typeof pool?.connect === 'function' && typeof pool.query === 'function' && typeof pool.options === 'object';
  if (!usable) fail(`${name} is not a pg.Pool`);
}

function checkPools({ pool, writePool, readPool }) {
  if (isGiven(pool) && isGiven(writePool)) fail('provide either pool or writePool, not both');
  checkPool(pool, 'pool');
  checkPool(writePool, 'writePool');
  checkPool(readPool, 'readPool');
}

function checkHost(config) {
  const asked = typeof config.password === 'function';
  for (const key of ['host', 'database', 'user', 'password']) {
    if (key === 'password' && asked) continue;
    if (!(key in config) || config[key] === undefined) fail(`invalid config: ${key} ${NO_FALLBACK}; ${WAYS}`);
    if (!isText(config[key])) fail(`${key} ${NO_FALLBACK}`);
  }
}

function checkPlace(config) {
  if (isGiven(config.pool ?? config.writePool) || config.stream !== undefined) return;
  if (typeof config.connectionString === 'string') {
    if (!isText(config.connectionString)) fail(`connectionString ${NO_FALLBACK}`);
  } else if ('host' in config || typeof config.password === 'function') {
    checkHost(config);
  } else if ('connectionString' in config) {
    fail(`invalid config: connectionString ${NO_FALLBACK}; ${WAYS}`);
  } else {
    fail(`invalid config: ${WAYS}`);
  }
}

/* The peer's rule; any of these names is quoted in SQL. '' is the schema `public`. */
function schemaNameOf(name = '') {
  if (name === '' || name === null) return 'public';
  const legal = typeof name === 'string' && !NOT_IN_SCHEMA.test(name) && Buffer.byteLength(name) <= SCHEMA_BYTES;
  if (legal) return name;
  throw new Error(
    `Invalid schema name: ${JSON.stringify(name)}. It must have 1 to ${SCHEMA_BYTES} bytes, ` +
      'and no quotes, backslashes, "$" or control characters.',
  );
}

function check(config) {
  if (typeof config !== 'object' || config === null) fail(`invalid config: ${WAYS}`);
  if (config.id !== undefined && !isText(config.id)) fail('id must be provided and cannot be empty, or be absent');
  checkPools(config);
  checkPlace(config);
}

module.exports = { check, schemaNameOf };
