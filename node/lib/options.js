'use strict';
/* The options of a store: their names, and the order in which the addon takes them. */
const check = require('./check.js');

const MODES = ['auto', 'verify', 'none'];
const STATEMENTS = ['auto', 'named', 'unnamed'];
const READS = ['primary', 'stale', 'own-writes'];

const limit = (value, name) => check.whole(value, name);

/* A text, or a function that gives one or the promise of one: then it is asked whenever the store is (re)opened. */
function secret(value, name) {
  return typeof value === 'function' ? value : check.text(value, name);
}

const CHECKS = {
  connectionString: check.text,
  host: check.text,
  port: (value, name) => check.whole(value, name, { most: 65535 }),
  database: check.text,
  user: check.text,
  password: secret,
  schemaName: check.text,
  schemaMode: (value, name) => check.choice(value, MODES, name),
  sslMode: check.text,
  sslRootCert: check.text,
  sslCert: check.text,
  sslKey: check.text,
  applicationName: check.text,
  max: limit,
  idleTimeoutMillis: limit,
  acquireTimeoutMillis: limit,
  connectTimeoutMillis: limit,
  statementTimeoutMillis: limit,
  metadataIndex: check.flag,
  statementMode: (value, name) => check.choice(value, STATEMENTS, name),
  callTimeoutMillis: limit,
  maxResultBytes: limit,
  maxMessageBytes: limit,
  readerConnectionString: check.text,
  readStandbys: check.flag,
  readerMax: limit,
  reads: (value, name) => check.choice(value, READS, name),
  min: limit,
  maxWaiting: limit,
  maxLifetimeMillis: limit,
  noRetry: check.flag,
};
const NAMES = Object.keys(CHECKS);

function read(given) {
  check.object(given, NAMES, 'a store');
  return Object.fromEntries(NAMES.map((name) => [name, CHECKS[name](given[name], name)]));
}

function inOrder(options) {
  return NAMES.map((name) => options[name]);
}

/* The same options with the password at hand. */
async function withPassword(options) {
  if (typeof options.password !== 'function') return options;
  return { ...options, password: check.needed(await options.password(), 'password') };
}

/* What can be checked before it is asked for. */
function withoutFunctions(options) {
  return typeof options.password === 'function' ? { ...options, password: undefined } : options;
}

function isLocal({ connectionString }) {
  return connectionString?.startsWith('local:') === true;
}

/* Most connections of both pools. */
function maxOf({ max, readerConnectionString, readStandbys, readerMax }) {
  const writers = max || 10;
  return readerConnectionString !== undefined || readStandbys ? writers + (readerMax || writers) : writers;
}

/* The ceiling of the pool, and of that for reads where there is one. */
function mostConnections({ max = 10, readerConnectionString, readStandbys, readerMax = max }) {
  return readerConnectionString !== undefined || readStandbys ? max + readerMax : max;
}

/* One connection reads and one writes, for as long as it takes. */
function forAdopt(options, dryRun) {
  const schemaMode = dryRun ? MODES.indexOf('none') : options.schemaMode;
  const primaryOnly = { readerConnectionString: undefined, readStandbys: undefined, reads: undefined };
  return { ...options, ...primaryOnly, max: 2, schemaMode, callTimeoutMillis: undefined };
}

module.exports = { forAdopt, mostConnections, read, inOrder, isLocal, maxOf, withPassword, withoutFunctions };
