'use strict';

/* What the library or this package refuses or fails to do. store.d.ts describes the fields. */
class PgconvoError extends Error {
  constructor({ code, message, retry = 'no', position = -1, ...more }, options) {
    super(message, options);
    this.code = code;
    this.retry = retry;
    for (const field of ['sqlstate', 'detail', 'hint', 'constraint']) {
      if (more[field]) this[field] = more[field];
    }
    if (position >= 0) this.position = position;
  }
}

Object.defineProperty(PgconvoError.prototype, 'name', { value: 'PgconvoError', configurable: true, writable: true });

/* The addon throws errors of the library as JSON texts; here, so that the stack is the caller's. */
function toError(thrown) {
  return typeof thrown === 'string' ? new PgconvoError(JSON.parse(thrown)) : thrown;
}

function invalid(message, { position, cause } = {}) {
  return new PgconvoError({ code: 'INVALID', message, position }, cause === undefined ? undefined : { cause });
}

module.exports = { PgconvoError, toError, invalid };
