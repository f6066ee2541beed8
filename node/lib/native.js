'use strict';
/*
 * Loads the addon. On glibc its libraries are bound to each other first (RTLD_DEEPBIND): libpq must
 * not take the OpenSSL inside the node binary for its own.
 */
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const target = `${process.platform}-${process.arch}`;
const file = path.join(__dirname, '..', 'prebuilds', target, 'pgconvo.node');

const LIBPQ_MISSING =
  'pgconvo needs libpq.so.5, the client library of PostgreSQL (14 or newer), and the system has none. Install it: ' +
  'Debian and Ubuntu: apt-get install libpq5; Fedora and RHEL: dnf install libpq; Arch: pacman -S postgresql-libs';

function explain(error) {
  if (/libpq\.so\.5: cannot open shared object/.test(error.message)) {
    return Object.assign(new Error(LIBPQ_MISSING, { cause: error }), { code: 'LIBPQ_MISSING' });
  }
  return error;
}

function load() {
  if (!fs.existsSync(file)) {
    const message = `pgconvo has no binary for ${target} (${file})`;
    throw Object.assign(new Error(message), { code: 'ADDON_MISSING' });
  }
  const { RTLD_NOW, RTLD_DEEPBIND = 0 } = os.constants.dlopen;
  const loaded = { exports: {} };
  try {
    process.dlopen(loaded, file, RTLD_NOW | RTLD_DEEPBIND);
  } catch (error) {
    throw explain(error);
  }
  return loaded.exports;
}

module.exports = load();
