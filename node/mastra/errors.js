'use strict';
/* Failures as Mastra has them: MastraError with an id of the operation and the kind. */

function makeErrors({ error: { MastraError }, storage: { createStorageErrorId } }) {
  function make(operation, kind, { category = 'THIRD_PARTY', text, details = {}, cause } = {}) {
    const about = { id: createStorageErrorId('PG', operation, kind), domain: 'STORAGE', category, details };
    return new MastraError(text === undefined ? about : { ...about, text }, cause);
  }

  /* A mistake of the caller. */
  function user(operation, kind, text, details, cause) {
    return make(operation, kind, { category: 'USER', text, details, cause });
  }

  /* Runs `work`; what it throws becomes OPERATION_FAILED, unless it is a MastraError already. */
  async function guard(operation, details, work) {
    try {
      return await work();
    } catch (cause) {
      if (cause instanceof MastraError) throw cause;
      throw make(operation, 'FAILED', { details, cause });
    }
  }

  /* What is read, or null if it is not there. */
  async function orNull(read) {
    try {
      return await read;
    } catch (error) {
      if (error.code === 'NOT_FOUND') return null;
      throw error;
    }
  }

  return { make, user, guard, orNull };
}

module.exports = { makeErrors };
