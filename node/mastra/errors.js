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

  /* OPERATION_FAILED, unless the cause is a MastraError already. */
  function failed(operation, details, cause) {
    return cause instanceof MastraError ? cause : make(operation, 'FAILED', { details, cause });
  }

  /* Runs `work` and gives what it throws the form of `failed`. */
  async function guard(operation, details, work) {
    try {
      return await work();
    } catch (cause) {
      throw failed(operation, details, cause);
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

  return { make, user, failed, guard, orNull };
}

module.exports = { makeErrors };
