'use strict';
/* Moments as callers of Mastra give them: Dates, or what they became as JSON. */

function toDate(value) {
  return value === undefined || value === null || value instanceof Date ? value : new Date(value);
}

/* Of all moments that a store holds: the years 1 to 9999. */
const FIRST = Date.parse('0001-01-01T00:00:00Z');
const LAST = Date.parse('9999-12-31T23:59:59.999Z');

/* Where a range begins that begins with `value`. */
function rangeFrom(value) {
  const at = value ? toDate(value).getTime() : FIRST;
  return at <= FIRST ? undefined : new Date(Math.min(at, LAST));
}

/* What a range ends before that ends with `value`, a whole millisecond, which is all that a Date can say. */
function rangeUntil(value) {
  const at = value ? toDate(value).getTime() : LAST;
  return at >= LAST ? undefined : new Date(Math.max(at + 1, FIRST));
}

module.exports = { FIRST, LAST, toDate, rangeFrom, rangeUntil };
