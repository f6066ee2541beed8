'use strict';
/*
 * libpq looks names up with a blocking call. So that Node's loop does not stand still, the names of
 * hosts are looked up here, once, and libpq gets them together with their addresses (`hostaddr`;
 * `host` stays, since TLS checks the certificate against it).
 */
const dns = require('node:dns');
const net = require('node:net');
const { PgconvoError } = require('./error.js');

const URI = /^postgres(?:ql)?:\/\//;

function decode(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/* "a:1,[::1]:2": hosts and ports, each a list with commas as libpq has them */
function splitAuthority(authority) {
  const pairs = authority.split(',').map((part) => /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/.exec(part) ?? [part, part]);
  return {
    host: pairs.map(([, host]) => decode(host.replace(/^\[(.*)\]$/, '$1'))).join(','),
    port: pairs.map(([, , port = '']) => port).join(','),
  };
}

function parseUri(uri) {
  const [, before, query = ''] = /^[a-z]+:\/\/([^?]*)(?:\?(.*))?$/s.exec(uri) ?? [uri, ''];
  const found = splitAuthority(before.replace(/^[^/]*@/, '').replace(/\/.*$/s, ''));
  for (const pair of query.split('&')) {
    const [key, value = ''] = pair.split('=');
    if (key !== '') found[decode(key)] = decode(value);
  }
  return found;
}

/* "host=a port='1'"; in values, quoted or not, a backslash takes what follows literally */
function parseKeywords(conninfo) {
  const found = {};
  const pair = /\s*([^\s=]+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|((?:[^\s\\]|\\.)*))/gsy;
  for (let match = pair.exec(conninfo); match !== null; match = pair.exec(conninfo)) {
    found[match[1]] = (match[2] ?? match[3]).replace(/\\(.)/gs, '$1');
  }
  return found;
}

function parse(connectionString) {
  if (connectionString === undefined) return {};
  return URI.test(connectionString) ? parseUri(connectionString) : parseKeywords(connectionString);
}

/* Hosts and ports that libpq would use; nothing where addresses are given, or a file says more. */
function hostsOf({ connectionString, host, port }) {
  const given = parse(connectionString);
  const hosts = host || given.host || process.env.PGHOST;
  const knows = host ? undefined : given.hostaddr || process.env.PGHOSTADDR;
  if (!hosts || knows || given.service || process.env.PGSERVICE) return [];
  const names = hosts.split(',').map((name) => name.trim());
  const ports = port === undefined ? (given.port ?? '').split(',') : [''];
  if (ports.length > 1 && ports.length !== names.length) return []; // for libpq to refuse
  return names.map((name, i) => ({ host: name, port: ports[ports.length > 1 ? i : 0] }));
}

function isName(host) {
  return host !== '' && !host.startsWith('/') && !host.startsWith('@') && net.isIP(host) === 0;
}

async function addressesOf({ host, port }) {
  if (!isName(host)) return [{ host, port, address: net.isIP(host) === 0 ? '' : host }];
  const found = await dns.promises.lookup(host, { all: true });
  return found.map(({ address }) => ({ host, port, address }));
}

/* As libpq does: a name without an address counts only if no other host is left. */
async function lookUp(hosts) {
  const answers = await Promise.allSettled(hosts.map(addressesOf));
  const found = answers.flatMap((answer) => answer.value ?? []);
  if (found.length > 0) return found;
  const failed = answers.findIndex((answer) => answer.status === 'rejected');
  const { host } = hosts[failed];
  const cause = answers[failed].reason;
  const message = `the address of the host "${host}" could not be found`;
  throw new PgconvoError({ code: 'CONNECT', retry: 'safe', message, detail: cause.message }, { cause });
}

/* A connection string in libpq's other form: key='value' ... */
function toKeywords(parameters) {
  return Object.entries(parameters)
    .map(([key, value]) => `${key}='${value.replace(/[\\']/g, '\\$&')}'`)
    .join(' ');
}

function append(connectionString, parameters) {
  if (connectionString === undefined || !URI.test(connectionString)) {
    return `${connectionString ?? ''} ${toKeywords(parameters)}`.trim();
  }
  const query = Object.entries(parameters)
    .map(([key, value]) => `${key}=${encodeURIComponent(value)}`)
    .join('&');
  return `${connectionString}${connectionString.includes('?') ? '&' : '?'}${query}`;
}

async function withReaderAddresses(options) {
  if (options.readerConnectionString === undefined) return options;
  const { connectionString } = await ofWriter({ connectionString: options.readerConnectionString });
  return { ...options, readerConnectionString: connectionString };
}

/* The same options, with addresses where there were names. */
async function withAddresses(options) {
  return ofWriter(await withReaderAddresses(options));
}

async function ofWriter(options) {
  if (options.connectionString?.startsWith('local:')) return options;
  const hosts = hostsOf(options);
  if (!hosts.some(({ host }) => isName(host))) return options;
  const found = await lookUp(hosts);
  const parameters = {
    host: found.map(({ host }) => host).join(','),
    hostaddr: found.map(({ address }) => address).join(','),
  };
  const ports = found.map(({ port }) => port).join(',');
  if (/[0-9]/.test(ports)) parameters.port = ports;
  return { ...options, host: undefined, connectionString: append(options.connectionString, parameters) };
}

module.exports = { toKeywords, withAddresses };
