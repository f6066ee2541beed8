'use strict';
/*
 * From the options of a store to those of a pg.Pool: the same server, database, user and TLS, with libpq's rules and
 * defaults. What pg cannot do is refused, since it would talk to another server or trust it for less.
 */
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const parameters = require('./parameters.js');
const { invalid } = require('./error.js');

const FIELDS = {
  host: 'host',
  port: 'port',
  database: 'dbname',
  user: 'user',
  password: 'password',
  sslMode: 'sslmode',
  sslRootCert: 'sslrootcert',
  sslCert: 'sslcert',
  sslKey: 'sslkey',
  applicationName: 'application_name',
};

/* Where libpq looks for the socket when nobody names a host, as Debian builds it and as PostgreSQL does. */
const SOCKET_FOLDERS = ['/var/run/postgresql', '/tmp'];

/* libpq's parameters by its names: fields go over the string, and that over the environment. */
function parametersOf(options) {
  const given = parameters.ofString(options.connectionString);
  if (options.host !== undefined) delete given.hostaddr;
  const fields = {};
  for (const [field, name] of Object.entries(FIELDS)) {
    if (options[field] !== undefined) fields[name] = options[field];
  }
  return { ...parameters.ofEnvironment(), ...given, ...fields };
}

function refuse(found) {
  const { host = '', hostaddr = '', port = '', service } = found;
  if ([host, hostaddr, `${port}`].some((list) => list.includes(','))) {
    throw invalid('host: is a list, and pg connects to one host only; make a pg.Pool of your own for direct access');
  }
  if (service) throw invalid('service: pg reads no service file; make a pg.Pool of your own for direct access');
  if (found.sslcrl || found.sslcrldir) {
    throw invalid('sslcrl: pg takes no file of revoked certificates; make a pg.Pool of your own for direct access');
  }
}

function socketFolder(port) {
  return SOCKET_FOLDERS.find((folder) => fs.existsSync(path.join(folder, `.s.PGSQL.${port}`))) ?? SOCKET_FOLDERS[0];
}

function isSocket(host) {
  return host.startsWith('/') || host.startsWith('@');
}

/* A file of libpq: the one that is named, or else its own in the home folder, if that exists. */
function fileOf(name, standard) {
  const file = name || path.join(os.homedir(), '.postgresql', standard);
  return fs.existsSync(file) ? fs.readFileSync(file) : undefined;
}

/* Without a root.crt libpq verifies nothing by itself, but refuses where it was asked to. */
function certificates({ sslmode = '', sslrootcert, sslcert, sslkey, sslpassword }) {
  const ssl = {};
  const ca = sslrootcert === 'system' ? undefined : fileOf(sslrootcert, 'root.crt');
  if (!ca && sslmode.startsWith('verify') && sslrootcert !== 'system')
    throw invalid('sslrootcert: there is no such file');
  const cert = fileOf(sslcert, 'postgresql.crt');
  const key = cert && fileOf(sslkey, 'postgresql.key');
  if (ca) ssl.ca = ca;
  if (cert) ssl.cert = cert;
  if (key) ssl.key = key;
  if (key && sslpassword) ssl.passphrase = sslpassword;
  return ssl;
}

const anyName = () => undefined;

/* 'ask': TLS if the server has it, as libpq does by itself. */
function tlsOf(found, host) {
  const mode = found.sslmode ?? 'prefer';
  if (isSocket(host) || mode === 'disable') return { ssl: false };
  const ssl = certificates(found);
  if (found.hostaddr && found.host && net.isIP(found.host) === 0) ssl.servername = found.host;
  if (mode === 'verify-full') return { ssl };
  if (mode === 'verify-ca' || (mode === 'require' && ssl.ca)) return { ssl: { ...ssl, checkServerIdentity: anyName } };
  const unverified = { ...ssl, rejectUnauthorized: false };
  return mode === 'require' ? { ssl: unverified } : { ssl: false, whereOffered: unverified };
}

const SECOND = 1000;

/* What pg calls otherwise or counts in other units, where it was given. */
function extras(options, { options: settings, connect_timeout: seconds, keepalives, application_name: name }) {
  const found = { application_name: name ?? 'pgconvo', keepAlive: keepalives !== '0' };
  const patience = options.connectTimeoutMillis ?? (seconds > 0 ? seconds * SECOND : 10 * SECOND);
  found.connectionTimeoutMillis = patience;
  if (settings) found.options = settings;
  if (options.statementTimeoutMillis !== undefined) found.statement_timeout = options.statementTimeoutMillis;
  return found;
}

/* { config, whereOffered }: the pool's options, and the TLS to use instead if the server has it. */
function poolOptions(options) {
  const found = parametersOf(options);
  refuse(found);
  const { dbname, user, password } = found;
  const port = Number(found.port ?? 5432);
  const host = found.hostaddr || found.host || socketFolder(port);
  const { ssl, whereOffered } = tlsOf(found, host);
  const config = {
    host,
    port,
    user,
    database: dbname || user,
    ...(password === undefined ? {} : { password }),
    ssl,
    max: options.max ?? 10,
    idleTimeoutMillis: options.idleTimeoutMillis ?? 30_000,
    allowExitOnIdle: true,
    ...extras(options, found),
  };
  return { config, whereOffered };
}

module.exports = { poolOptions };
