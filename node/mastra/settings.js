'use strict';
/* From the configuration of a PostgresStore, or the options of a given pg.Pool, to the options of our Store. */
const connectionString = require('./connection-string.js');
const tls = require('./tls.js');
const { toKeywords } = require('../lib/address.js');

const MAX = 20;
const IDLE = 30_000;
const NEVER = 0xffffffff;

function isGiven(value) {
  return value !== undefined && value !== null && value !== false && value !== '';
}

function milliseconds(value) {
  return isGiven(value) && Number(value) > 0 ? Number(value) : undefined;
}

function fieldsOf({ host, port, database, user, options, ...more }) {
  const fields = { host, port, dbname: database, user, options };
  for (const name of ['application_name', 'fallback_application_name']) fields[name] = more[name];
  if (more.keepAliveInitialDelayMillis > 0) fields.keepalives_idle = Math.ceil(more.keepAliveInitialDelayMillis / 1000);
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => isGiven(value)).map(([k, v]) => [k, `${v}`]));
}

/* A string goes over fields, as in pg, but for names that only the fields have. */
function readString(given) {
  if (!isGiven(given.connectionString)) return { parameters: fieldsOf(given) };
  const { parameters, statementTimeout } = connectionString.parse(given.connectionString);
  const { application_name, fallback_application_name, options } = given;
  return { parameters: { ...fieldsOf({ application_name, fallback_application_name, options }), ...parameters }, statementTimeout };
}

function withTls(given, parameters, files, stringWins) {
  const said = connectionString.saysTls(parameters);
  if (given.ssl !== undefined && given.ssl !== null && !(said && stringWins)) {
    const others = connectionString.withoutTls(parameters);
    return { ...others, ...tls.parametersOf(given.ssl, others, files) };
  }
  const fromEnvironment = !said && process.env.PGSSLMODE === 'no-verify';
  return fromEnvironment ? { ...parameters, sslmode: 'require' } : tls.withRoots(parameters, files);
}

function limits(given, statementTimeout) {
  const patience = milliseconds(given.connectionTimeoutMillis);
  return {
    max: given.max || MAX,
    idleTimeoutMillis: given.idleTimeoutMillis === 0 ? NEVER : (given.idleTimeoutMillis ?? IDLE),
    connectTimeoutMillis: patience,
    acquireTimeoutMillis: patience,
    statementTimeoutMillis: milliseconds(given.statement_timeout ?? statementTimeout ?? given.query_timeout),
  };
}

/* `stringWins`: what a connection string says about TLS goes over `ssl`, as it does for a pg.Pool. */
function storeOptions(given, files, { stringWins = false } = {}) {
  if (given.stream !== undefined) {
    throw new Error('stream: libpq opens its sockets itself; give host and port of a proxy (as cloud-sql-proxy) instead');
  }
  if (`${given.connectionString ?? ''}`.startsWith('local:')) {
    return { connectionString: given.connectionString, ...limits(given) };
  }
  const { parameters, statementTimeout } = readString(given);
  const { password: own, ...others } = connectionString.withSettings(withTls(given, parameters, files, stringWins), given);
  const password = own ?? (isGiven(given.password) ? given.password : undefined);
  return { connectionString: toKeywords(others), password, ...limits(given, statementTimeout) };
}

/* pg's defaults, which are not libpq's. */
function poolSettings({ options }) {
  const { PGHOST, PGUSER, USER } = process.env;
  const whole = { ...options, password: options.password };
  if (isGiven(options.connectionString)) return whole;
  return { ...whole, host: options.host || PGHOST || 'localhost', user: options.user || PGUSER || USER };
}

function poolOptions(pool, files) {
  return storeOptions(poolSettings(pool), files, { stringWins: true });
}

module.exports = { storeOptions, poolOptions };
