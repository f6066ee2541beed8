'use strict';
/* Calls are told of on Node's own tracing channel, which costs nothing while nobody listens. */
const { tracingChannel } = require('node:diagnostics_channel');

const channel = tracingChannel('pgconvo:operation');
const parts = [channel.start, channel.end, channel.asyncStart, channel.asyncEnd, channel.error];

/* The promise of `run`, which does `operation` on a store. */
function traced(operation, store, run) {
  if (!parts.some((part) => part.hasSubscribers)) return run();
  return channel.tracePromise(run, { operation, ...store() });
}

module.exports = { traced };
