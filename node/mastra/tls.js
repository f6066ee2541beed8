'use strict';
/* The option `ssl`, as pg takes it, in the terms of libpq. */
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const tls = require('node:tls');

/* Where systems keep the authorities they trust: Debian, Fedora, older RHEL, SUSE, Alpine. */
const BUNDLES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

/* With `require`, libpq verifies after all where the user has a root.crt at home; this file never exists. */
const NO_ROOTS = '/dev/null/none';

const NAMES = { 'no-verify': { rejectUnauthorized: false }, true: true, false: false };

/* What libpq can do, and what makes no difference to it. */
const KNOWN = new Set([
  'rejectUnauthorized',
  'ca',
  'cert',
  'key',
  'passphrase',
  'servername',
  'checkServerIdentity',
  'minVersion',
  'maxVersion',
  'requestCert',
  'ALPNProtocols',
]);

function refuse(name, why) {
  throw new Error(`ssl.${name}: ${why}`);
}

function readText(value, name) {
  if (Array.isArray(value)) return value.map((one) => readText(one, name)).join('\n');
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1');
  return refuse(name, 'is no text of a certificate or key (PEM), nor a list of such');
}

/* The system's authorities, or else Node's own; with those that NODE_EXTRA_CA_CERTS adds, as everywhere in Node. */
function systemRoots(files) {
  const bundle = [process.env.SSL_CERT_FILE, ...BUNDLES].find((file) => file && fs.existsSync(file));
  const extra = process.env.NODE_EXTRA_CA_CERTS;
  if (bundle !== undefined && !extra) return bundle;
  const texts = [bundle === undefined ? tls.rootCertificates.join('\n') : fs.readFileSync(bundle, 'latin1')];
  if (extra) texts.push(fs.readFileSync(extra, 'latin1'));
  return files.write(texts.join('\n'));
}

/* A function cannot be handed to libpq; but one that is content with no certificate for no host looks at nothing. */
function acceptsAnyName(checkServerIdentity) {
  try {
    return checkServerIdentity('', {}) === undefined;
  } catch {
    return false;
  }
}

function modeOf({ rejectUnauthorized, checkServerIdentity }) {
  if (rejectUnauthorized === false) return 'require';
  if (checkServerIdentity === undefined) return 'verify-full';
  if (acceptsAnyName(checkServerIdentity)) return 'verify-ca';
  return refuse('checkServerIdentity', 'cannot be called by libpq; leave it away, and the name of the host is checked');
}

function identity(ssl, files) {
  const found = {};
  if (ssl.cert) found.sslcert = files.write(readText(ssl.cert, 'cert'));
  if (ssl.key) found.sslkey = files.write(readText(ssl.key, 'key'));
  if (ssl.passphrase) found.sslpassword = ssl.passphrase;
  if (ssl.minVersion) found.ssl_min_protocol_version = ssl.minVersion;
  if (ssl.maxVersion) found.ssl_max_protocol_version = ssl.maxVersion;
  return found;
}

/* libpq checks the certificate for the name in `host` while it connects to `hostaddr`. */
function otherName({ servername }, { host, hostaddr }) {
  if (!servername || servername === host) return {};
  const address = hostaddr || host;
  if (!address || net.isIP(address) === 0) refuse('servername', 'can differ from `host` only if that is an IP address');
  return { host: servername, hostaddr: address };
}

function fromObject(ssl, parameters, files) {
  for (const [key, value] of Object.entries(ssl)) {
    if (value !== undefined && value !== null && !KNOWN.has(key)) refuse(key, 'is nothing that libpq can do');
  }
  const sslmode = modeOf(ssl);
  const roots = () => (ssl.ca ? files.write(readText(ssl.ca, 'ca')) : systemRoots(files));
  const sslrootcert = sslmode === 'require' ? NO_ROOTS : roots();
  return { sslmode, sslrootcert, ...identity(ssl, files), ...otherName(ssl, parameters) };
}

/* libpq's parameters for `ssl`; `parameters` are those of the connection otherwise. */
function parametersOf(ssl, parameters, files) {
  const meant = typeof ssl === 'string' ? (NAMES[ssl] ?? { sslmode: ssl }) : ssl;
  if (meant === false) return { sslmode: 'disable' };
  if (meant === true) return fromObject({}, parameters, files);
  if (typeof meant !== 'object' || meant === null) throw new Error('ssl: is neither true nor false nor an object');
  return typeof ssl === 'string' ? meant : fromObject(meant, parameters, files);
}

function hasRoots({ sslrootcert = process.env.PGSSLROOTCERT }) {
  if (sslrootcert) return sslrootcert !== 'system';
  return fs.existsSync(path.join(os.homedir(), '.postgresql', 'root.crt'));
}

/* To verify, libpq wants a file of authorities; the system's are known to it only since version 16. */
function withRoots(parameters, files) {
  const { sslmode = process.env.PGSSLMODE } = parameters;
  if (!parameters.sslrootcert && sslmode !== 'verify-full') return parameters;
  return hasRoots(parameters) ? parameters : { ...parameters, sslrootcert: systemRoots(files) };
}

module.exports = { parametersOf, withRoots };
