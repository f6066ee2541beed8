'use strict';
/* Moments as callers of Mastra give them: Dates, or what they became as JSON. */

function toDate(value) {
  return value === undefined || value === null || value instanceof Date ? value : new Date(value);
}

module.exports = { toDate };
