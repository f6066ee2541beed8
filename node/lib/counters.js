'use strict';
/* What the addon has counted, as callers see it: names as methods have them, times in milliseconds. */

const NONE = {
  operations: [],
  errors: {},
  connections: { made: 0, remade: 0, failed: 0, lost: 0, expiredIdle: 0, expiredAge: 0 },
  retries: { connect: 0, lost: 0, conflict: 0 },
  waits: { count: 0, failed: 0, refused: 0, sum: 0, max: 0 },
};
const SUMMED = ['started', 'succeeded', 'failed', 'retried', 'rows', 'bytesSent', 'bytesReceived'];

const camelCase = (name) => name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase());
const millis = (micros) => micros / 1000;

function operation({ name, count, sum, max, p50, p90, p99, buckets = [], ...numbers }) {
  const latency = {
    count,
    sumMillis: millis(sum),
    maxMillis: millis(max),
    p50Millis: millis(p50),
    p90Millis: millis(p90),
    p99Millis: millis(p99),
    buckets: buckets.map(([from, times]) => [millis(from), times]),
  };
  return [camelCase(name), { ...numbers, latency }];
}

/* `text` is absent for a store that is not open: it has only its `pool` to tell of. */
function read(text, pool) {
  const { operations, waits, ...counted } = text === undefined ? { ...NONE, pool } : JSON.parse(text);
  const { sum, max, ...numbers } = waits;
  const total = (field) => operations.reduce((before, one) => before + one[field], 0);
  return {
    ...Object.fromEntries(SUMMED.map((field) => [field, total(field)])),
    ...counted,
    waits: { ...numbers, sumMillis: millis(sum), maxMillis: millis(max) },
    operations: Object.fromEntries(operations.map(operation)),
  };
}

module.exports = { read };
