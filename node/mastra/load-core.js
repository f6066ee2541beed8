'use strict';
/* What to say where @mastra/core is missing or too old; whatever else goes wrong while it is loaded is its own affair. */

function missing(cause) {
  const message =
    "pgconvo's PostgresStore needs @mastra/core 1.68 or newer, which is not installed: npm install @mastra/core@latest. " +
    "Without Mastra, use the Store of 'pgconvo/store'.";
  return Object.assign(new Error(message, { cause }), { code: 'MASTRA_CORE_MISSING' });
}

function explain(error) {
  const notFound = error.code === 'ERR_MODULE_NOT_FOUND' || error.code === 'MODULE_NOT_FOUND';
  return notFound && /@mastra[\\/]core/.test(error.message) ? missing(error) : error;
}

/* The modules, if they are new enough. */
function checked(core) {
  if (typeof core.storage.MastraCompositeStore !== 'function') throw missing();
  return core;
}

module.exports = { explain, checked };
