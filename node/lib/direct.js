'use strict';
/*
 * Direct access to the database beside the store: a pg.Pool, and pg-promise on top of it. Both packages are loaded, and
 * the pool is made, when somebody asks for them first.
 *
 * pg-promise makes the pools of its database objects itself, by `new pgp.pg.Pool(...)`; `pgp.pg` may be replaced, so
 * here it gets the pool that there is. Thus `db.$pool` is that very pool, and one that the application gave serves both.
 * pg-promise ends its pool together with the object and hooks itself into pool.end(); both are prevented for a given
 * pool, which stays the application's.
 */
const net = require('node:net');
const { PgconvoError } = require('./error.js');
const { poolOptions } = require('./pool-options.js');

/* A connection that breaks is replaced at the next use; if nobody listened, the event would end the process. */
const ignore = () => {};

const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);
const YES = 'S'.charCodeAt(0);

/* Does the server there speak TLS? */
function offersTls({ host, port, connectionTimeoutMillis }) {
  const socket = net.connect({ host, port, timeout: connectionTimeoutMillis });
  const answer = new Promise((resolve, reject) => {
    socket.on('connect', () => socket.write(SSL_REQUEST));
    socket.on('data', ([letter]) => resolve(letter === YES));
    socket.on('timeout', () => reject(new Error(`no answer from ${host}:${port} in time`)));
    socket.on('error', reject);
    socket.on('close', () => reject(new Error(`${host}:${port} hung up`)));
  });
  return answer.finally(() => socket.destroy());
}

/* Before its first connection the pool finds out whether the server has TLS, as libpq does for each. */
function askFirst(pool, tls) {
  const { connect } = pool;
  let asked;
  const ask = async () => {
    try {
      if (await offersTls(pool.options)) pool.options.ssl = tls;
      delete pool.connect;
    } catch (error) {
      asked = undefined;
      throw error;
    }
  };
  pool.connect = function (callback) {
    asked ??= ask();
    if (callback === undefined) return asked.then(() => connect.call(pool));
    asked.then(() => connect.call(pool, callback), callback);
  };
}

function makePool(options) {
  const { config, whereOffered } = poolOptions(options);
  const { Pool } = require('pg');
  const pool = new Pool(config);
  pool.on('error', ignore);
  pool.on('connect', (client) => client.on('error', ignore));
  if (whereOffered !== undefined) askFirst(pool, whereOffered);
  return pool;
}

/* Calls `make` with a pool.end() that does nothing. */
function withoutEnd(pool, make) {
  const own = Object.getOwnPropertyDescriptor(pool, 'end');
  pool.end = () => Promise.resolve();
  try {
    return make();
  } finally {
    delete pool.end;
    if (own !== undefined) Object.defineProperty(pool, 'end', own);
  }
}

function databaseOver(pgp, pool) {
  const { pg } = pgp;
  function Pool() {
    return pool;
  }
  pgp.pg = Object.create(pg, { Pool: { value: Pool } });
  try {
    return pgp(pool.options);
  } finally {
    pgp.pg = pg;
  }
}

class Direct {
  #options;
  #given;
  #pool;
  #pgp;
  #db;
  #closed = false;

  /* Either { pool }, or { options }: a function that gives the options of a store. */
  constructor({ pool, options }) {
    this.#options = options;
    this.#given = pool !== undefined;
    this.#pool = pool;
    pool?.on('error', ignore);
  }

  #open(make) {
    if (this.#closed) throw new PgconvoError({ code: 'CLOSED', message: 'the store is closed' });
    return make();
  }

  get pool() {
    return (this.#pool ??= this.#open(() => makePool(this.#options())));
  }

  get pgp() {
    return (this.#pgp ??= this.#open(() => require('pg-promise')({ noWarnings: true })));
  }

  get db() {
    return (this.#db ??= this.#open(() => this.#database()));
  }

  #database() {
    const { pgp, pool } = this;
    return this.#given ? withoutEnd(pool, () => databaseOver(pgp, pool)) : databaseOver(pgp, pool);
  }

  async close() {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#given) {
      this.#db?.$destroy();
      this.#pool.removeListener('error', ignore);
    } else if (this.#pool !== undefined && !this.#pool.ending) {
      await this.#pool.end();
    }
  }
}

module.exports = { Direct };
