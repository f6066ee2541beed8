'use strict';
/* What to say where @mastra/core is missing; anything else that goes wrong while it is loaded is its own affair. */

function explain(error) {
  const missing = error.code === 'ERR_MODULE_NOT_FOUND' || error.code === 'MODULE_NOT_FOUND';
  if (!missing || !/@mastra[\\/]core/.test(error.message)) return error;
  const message =
    "pgconvo's PostgresStore needs @mastra/core, which is not installed: npm install @mastra/core. " +
    "Without Mastra, use the Store of 'pgconvo/store'.";
  return Object.assign(new Error(message, { cause: error }), { code: 'MASTRA_CORE_MISSING' });
}

module.exports = { explain };
