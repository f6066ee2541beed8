'use strict';
/* Ids that can stand in the tables: for others there is nothing to look for. */

const BYTES_MAX = 255;

/* An owner's may be empty. */
function canExist(id) {
  return typeof id === 'string' && id.isWellFormed() && !id.includes('\0') && Buffer.byteLength(id) <= BYTES_MAX;
}

/* A thread's or a message's. */
function isId(id) {
  return id !== '' && canExist(id);
}

module.exports = { canExist, isId };
