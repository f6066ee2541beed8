'use strict';
/*
 * Connection strings as applications of pg have them, which libpq refuses or takes otherwise: raw characters in a
 * password, parameters that only pg, ORMs or hosting services know. What comes out are libpq's parameters by its names.
 */
const native = require('../lib/native.js');
const { Engine } = require('../lib/engine.js');

const URI = /^postgres(?:ql)?:\/\/(.*)$/s;

/* Said to other programs, or about what our own connections do anyway. */
const FOR_OTHERS = new Set([
  'uselibpqcompat', 'pgbouncer', 'connection_limit', 'pool_timeout', 'socket_timeout', 'schema', 'statement_cache_size',
  'sslaccept', 'supa', 'workaround', 'pool_mode', 'encoding', 'client_encoding', 'binary',
  'max', 'min', 'idleTimeoutMillis', 'connectionTimeoutMillis', 'keepAlive', 'allowExitOnIdle',
]);

const TLS = new Set([
  'ssl', 'sslmode', 'sslrootcert', 'sslcert', 'sslkey', 'sslpassword', 'sslcrl', 'sslcrldir', 'requiressl', 'sslnegotiation',
  'ssl_min_protocol_version', 'ssl_max_protocol_version',
]);

/* Settings of the session, which pg sends with its start and libpq within `options`. */
const SETTINGS = ['lock_timeout', 'idle_in_transaction_session_timeout'];

function decode(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function split(text, at) {
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

/* "a:1,[::1]:2" as libpq's two lists */
function hostsOf(text) {
  const pairs = text.split(',').map((part) => /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/s.exec(part) ?? [part, part, '']);
  const hosts = pairs.map(([, host]) => decode(host.replace(/^\[(.*)\]$/s, '$1'))).join(',');
  const ports = pairs.map(([, , port = '']) => port).join(',');
  return { host: hosts, port: /[^,]/.test(ports) ? ports : '' };
}

function queryOf(text) {
  const pairs = text.split('&').filter((pair) => pair !== '').map((pair) => split(pair, pair.indexOf('=')));
  return Object.fromEntries(pairs.map(([key, value]) => [decode(key), decode(value)]));
}

/* Passwords may hold any character but "/" and "?" as it is: the last "@" before these ends them. */
function parseUri(rest) {
  const [place, query] = split(rest, rest.indexOf('?'));
  const [authority, database] = split(place, place.indexOf('/'));
  const at = authority.lastIndexOf('@');
  const [user, password] = split(authority.slice(0, Math.max(at, 0)), authority.slice(0, Math.max(at, 0)).indexOf(':'));
  const found = { ...hostsOf(authority.slice(at + 1)), dbname: decode(database), user: decode(user), password: decode(password) };
  const named = queryOf(query.replace(/#.*$/s, ''));
  if (named.options) named.options = named.options.replaceAll('+', ' ');
  return Object.fromEntries(Object.entries({ ...found, ...named }).filter(([, value]) => value !== ''));
}

/* "/folder database", one of pg's forms */
function parseSocket(text) {
  const [host, dbname] = text.split(' ');
  return dbname ? { host, dbname } : { host };
}

/* libpq's own form; the store checks it, and says what is wrong without saying secrets. */
function parseKeywords(text) {
  new Engine({ connectionString: text });
  return native.parameters(text);
}

function read(text) {
  const uri = URI.exec(text);
  if (uri !== null) return parseUri(uri[1]);
  return text.startsWith('/') ? parseSocket(text) : parseKeywords(text);
}

const MODES = { true: 'verify-full', 1: 'verify-full', false: 'disable', 0: 'disable', 'no-verify': 'require' };

function translateTls(found) {
  const said = found.sslmode ?? found.ssl;
  if (said !== undefined) found.sslmode = MODES[said] ?? said;
  delete found.ssl;
  if (found.sslnegotiation === 'postgres') delete found.sslnegotiation;
}

function withSettings(found, settings) {
  for (const name of SETTINGS) {
    const value = settings[name] ?? found[name];
    delete found[name];
    if (value) found.options = `${found.options ?? ''} -c ${name}=${value}`.trim();
  }
  return found;
}

/* { parameters, statementTimeout }: libpq's, and what the store takes by itself. */
function parse(text) {
  const found = read(text);
  for (const key of Object.keys(found)) {
    if (FOR_OTHERS.has(key)) delete found[key];
  }
  const statementTimeout = found.statement_timeout ?? found.query_timeout;
  delete found.statement_timeout;
  delete found.query_timeout;
  translateTls(found);
  return { parameters: found, statementTimeout };
}

function withoutTls(parameters) {
  return Object.fromEntries(Object.entries(parameters).filter(([key]) => !TLS.has(key)));
}

function saysTls(parameters) {
  return Object.keys(parameters).some((key) => TLS.has(key));
}

module.exports = { parse, withoutTls, saysTls, withSettings };
