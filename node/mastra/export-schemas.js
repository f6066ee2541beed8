'use strict';
const { schemaNameOf } = require('./config.js');
const { schemaSql } = require('../store.js');

/* The SQL that makes our tables and indexes in that schema, for psql; needs no connection. */
function exportSchemas(schemaName) {
  return schemaSql({ schemaName: schemaNameOf(schemaName) });
}

module.exports = { exportSchemas };
