'use strict';
/* The options of a store: their names, and the order in which the addon takes them. */
const check = require('./check.js');

const MODES = ['auto', 'verify', 'none'];

const limit = (value, name) => check.whole(value, name);

const CHECKS = {
  connectionString: check.text,
  host: check.text,
  port: (value, name) => check.whole(value, name, { most: 65535 }),
  database: check.text,
  user: check.text,
  password: check.text,
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
};
const NAMES = Object.keys(CHECKS);

function read(given) {
  check.object(given, NAMES, 'a store');
  return Object.fromEntries(NAMES.map((name) => [name, CHECKS[name](given[name], name)]));
}

function inOrder(options) {
  return NAMES.map((name) => options[name]);
}

module.exports = { read, inOrder };
