'use strict';
const { schemaNameOf } = require('./config.js');
const { schemaGrants, schemaSql } = require('../store.js');

/* The SQL that makes our tables and indexes in that schema, for psql; needs no connection. */
function exportSchemas(schemaName) {
  return schemaSql({ schemaName: schemaNameOf(schemaName) });
}

/* The SQL that gives a role of the database what it needs in that schema as an owner, a writer or a reader, and no more. */
function exportGrants(kind, role, schemaName) {
  return schemaGrants({ kind, role, schemaName: schemaNameOf(schemaName) });
}

module.exports = { exportGrants, exportSchemas };
