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

/* pg takes 0 for none, and texts for numbers. */
function positive(value) {
  return isGiven(value) && Number(value) > 0 ? Number(value) : undefined;
}

function fieldsOf({ host, port, database, user, options, ...more }) {
  const fields = { host, port, dbname: database, user, options };
  for (const name of ['application_name', 'fallback_application_name']) fields[name] = more[name];
  if (more.keepAliveInitialDelayMillis > 0) fields.keepalives_idle = Math.ceil(more.keepAliveInitialDelayMillis / 1000);
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([, value]) => isGiven(value))
      .map(([k, v]) => [k, `${v}`]),
  );
}

/* A string goes over fields, as in pg. */
function read(given) {
  const settings = Object.fromEntries(connectionString.SETTINGS.map((name) => [name, given[name]]));
  if (!isGiven(given.connectionString)) return { parameters: fieldsOf(given), settings };
  const { application_name, fallback_application_name, options } = given;
  const said = connectionString.parse(given.connectionString);
  return {
    parameters: { ...fieldsOf({ application_name, fallback_application_name, options }), ...said.parameters },
    settings: { ...settings, ...said.settings },
  };
}

/* pg sends these when a session starts, libpq within `options`. */
function withSettings(parameters, settings) {
  const words = ['lock_timeout', 'idle_in_transaction_session_timeout']
    .filter((name) => isGiven(settings[name]))
    .map((name) => `-c ${name}=${settings[name]}`);
  if (words.length === 0) return parameters;
  return { ...parameters, options: [parameters.options ?? '', ...words].join(' ').trim() };
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

function limits(given, { statement_timeout, query_timeout } = given) {
  const patience = positive(given.connectionTimeoutMillis);
  const idle = Number(given.idleTimeoutMillis ?? IDLE);
  return {
    max: Number(given.max || MAX),
    min: positive(given.min),
    maxLifetimeMillis: positive(1000 * given.maxLifetimeSeconds),
    idleTimeoutMillis: idle === 0 ? NEVER : idle,
    connectTimeoutMillis: patience,
    acquireTimeoutMillis: patience,
    statementTimeoutMillis: positive(statement_timeout),
    callTimeoutMillis: positive(query_timeout),
  };
}

/* `stringWins`: what a connection string says about TLS goes over `ssl`, as it does for a pg.Pool. */
function storeOptions(given, files, { stringWins = false } = {}) {
  if (given.stream !== undefined) {
    throw new Error(
      'stream: libpq opens its sockets itself; give host and port of a proxy (as cloud-sql-proxy) instead',
    );
  }
  if (`${given.connectionString ?? ''}`.startsWith('local:')) {
    return { connectionString: given.connectionString, ...limits(given) };
  }
  const { parameters, settings } = read(given);
  const { password: own, ...others } = withSettings(withTls(given, parameters, files, stringWins), settings);
  const password = own ?? (isGiven(given.password) ? given.password : undefined);
  return { connectionString: toKeywords(others), password, ...limits(given, settings) };
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
