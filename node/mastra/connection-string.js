'use strict';
/*
 * Connection strings as applications of pg have them, which libpq refuses or takes otherwise: raw characters in a
 * password, parameters that only pg, ORMs or hosting services know. What comes out are libpq's parameters by its names.
 */
const { Engine } = require('../lib/engine.js');
const libpq = require('../lib/parameters.js');

const URI = /^postgres(?:ql)?:\/\/(.*)$/s;

/* Said to other programs, or about what our own connections do anyway. */
const FOR_OTHERS = [
  'uselibpqcompat',
  'pgbouncer',
  'connection_limit',
  'pool_timeout',
  'socket_timeout',
  'schema',
  'statement_cache_size',
  'sslaccept',
  'supa',
  'workaround',
  'pool_mode',
  'encoding',
  'client_encoding',
  'binary',
  'max',
  'min',
  'idleTimeoutMillis',
  'connectionTimeoutMillis',
  'keepAlive',
  'allowExitOnIdle',
];

const TLS = new Set([
  'ssl',
  'sslmode',
  'sslrootcert',
  'sslcert',
  'sslkey',
  'sslpassword',
  'sslcrl',
  'sslcrldir',
  'requiressl',
  'sslnegotiation',
  'ssl_min_protocol_version',
  'ssl_max_protocol_version',
]);

/* What pg knows and libpq does not: limits of a session's statements. */
const SETTINGS = ['statement_timeout', 'query_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout'];

/* Says nothing of the string that might be part of a password. */
function invalid(text) {
  return new Error(`connectionString: ${text}`);
}

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
  if (!/^[0-9,]*$/.test(ports))
    throw invalid('a port is no number; in user and password, "/", "?" and ":" are written %2F, %3F and %3A');
  return { host: hosts, port: /[^,]/.test(ports) ? ports : '' };
}

function queryOf(text) {
  const given = text.split('&').filter((pair) => pair !== '');
  if (!given.every((pair) => pair.includes('='))) throw invalid('what stands behind "?" is no list of parameters');
  const pairs = given.map((pair) => split(pair, pair.indexOf('=')));
  return Object.fromEntries(pairs.map(([key, value]) => [decode(key), decode(value)]));
}

/* Passwords may hold any character but "/" and "?" as it is: the last "@" before these ends them. */
function parseUri(rest) {
  const [place, query] = split(rest, rest.indexOf('?'));
  const [authority, database] = split(place, place.indexOf('/'));
  const at = authority.lastIndexOf('@');
  const [user, password] = split(authority.slice(0, Math.max(at, 0)), authority.slice(0, Math.max(at, 0)).indexOf(':'));
  const found = {
    ...hostsOf(authority.slice(at + 1)),
    dbname: decode(database),
    user: decode(user),
    password: decode(password),
  };
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
  return libpq.ofString(text);
}

function read(text) {
  const uri = URI.exec(text);
  if (uri !== null) return parseUri(uri[1]);
  return text.startsWith('/') ? parseSocket(text) : parseKeywords(text);
}

const SSL_MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'];
const MODES = { true: 'verify-full', 1: 'verify-full', false: 'disable', 0: 'disable', 'no-verify': 'require' };

function translateTls(found) {
  const said = found.sslmode ?? found.ssl;
  if (said !== undefined) found.sslmode = MODES[said] ?? said;
  delete found.ssl;
  if ('sslmode' in found && !SSL_MODES.includes(found.sslmode))
    throw invalid(`sslmode is none of ${SSL_MODES.join(', ')}`);
  if (found.sslnegotiation === 'postgres') delete found.sslnegotiation;
}

function checkNames(found) {
  const names = libpq.names();
  const unknown = Object.keys(found).find((key) => !names.includes(key));
  if (unknown !== undefined)
    throw invalid(`${/^\w+$/.test(unknown) ? unknown : 'something in it'} is no parameter that libpq knows`);
}

function taken(found, names) {
  const values = names.filter((name) => name in found).map((name) => [name, found[name]]);
  for (const name of names) delete found[name];
  return Object.fromEntries(values);
}

/* { parameters, settings }: libpq's, and SETTINGS. */
function parse(text) {
  const found = read(text);
  taken(found, FOR_OTHERS);
  const settings = taken(found, SETTINGS);
  translateTls(found);
  checkNames(found);
  return { parameters: found, settings };
}

function withoutTls(parameters) {
  return Object.fromEntries(Object.entries(parameters).filter(([key]) => !TLS.has(key)));
}

function saysTls(parameters) {
  return Object.keys(parameters).some((key) => TLS.has(key));
}

module.exports = { SETTINGS, parse, withoutTls, saysTls };
