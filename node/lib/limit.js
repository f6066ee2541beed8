'use strict';
/* What ends a call early: its time is up, or a signal is aborted. */
const check = require('./check.js');
const native = require('./native.js');
const { PgconvoError, invalid, toError } = require('./error.js');

function signalOf(value) {
  if (check.isAbsent(value)) return undefined;
  if (!(value instanceof AbortSignal)) throw invalid('signal: is not an AbortSignal');
  return value;
}

/* Only what is given, so that it can go over other limits. */
function readLimits(limits) {
  check.object(limits, ['signal', 'timeoutMillis'], 'with');
  const read = { signal: signalOf(limits.signal), timeoutMillis: check.whole(limits.timeoutMillis, 'timeoutMillis') };
  return Object.fromEntries(Object.entries(read).filter(([, value]) => value !== undefined));
}

function cancelled(signal) {
  return new PgconvoError(
    { code: 'CANCELLED', message: 'the operation was cancelled', retry: 'safe' },
    { cause: signal.reason },
  );
}

/* A promise that only ever fails, and how to make it. */
function failing() {
  let fail;
  const promise = new Promise((_, reject) => (fail = reject));
  promise.catch(() => {});
  return { promise, fail };
}

/* As if the reason had been there when the error was made: not enumerable. */
function because(error, reason) {
  return Object.defineProperty(error, 'cause', { value: reason, configurable: true, writable: true });
}

function tooLate() {
  return new PgconvoError({ code: 'TIMEOUT', message: 'the time limit of the call was reached', retry: 'safe' });
}

/*
 * One listener for all the calls that a signal may end: Node warns of many, as of a leak. Each is removed with its last
 * call, so that a signal that lives long keeps nothing.
 */
class Watch {
  static #watches = new WeakMap();
  #signal;
  #calls = new Set();
  #onAbort = () => {
    for (const end of [...this.#calls]) end();
  };

  constructor(signal) {
    this.#signal = signal;
  }

  static of(signal) {
    let watch = Watch.#watches.get(signal);
    if (watch === undefined) Watch.#watches.set(signal, (watch = new Watch(signal)));
    return watch;
  }

  add(end) {
    if (this.#calls.size === 0) this.#signal.addEventListener('abort', this.#onAbort);
    this.#calls.add(end);
  }

  remove(end) {
    this.#calls.delete(end);
    if (this.#calls.size === 0) this.#signal.removeEventListener('abort', this.#onAbort);
  }
}

/* What `work` gives; while it goes on, an abort calls `end`. */
async function watched(signal, end, work) {
  if (signal === undefined) return work();
  const watch = Watch.of(signal);
  watch.add(end);
  try {
    return await work();
  } finally {
    watch.remove(end);
  }
}

/* The limits of one call, from now on. */
class Limit {
  #signal;
  #due;

  constructor({ signal, timeoutMillis = Infinity }) {
    this.#signal = signal;
    this.#due = performance.now() + timeoutMillis;
  }

  /* Whole milliseconds that are left, at least one; Infinity: no limit. Nothing has been done when it throws. */
  #left() {
    if (this.#signal?.aborted) throw cancelled(this.#signal);
    const left = Math.ceil(this.#due - performance.now());
    if (left <= 0) throw tooLate();
    return left;
  }

  /* Waits no longer for what goes on by itself. */
  async until(promise) {
    const left = this.#left();
    const { promise: ended, fail } = failing();
    const timer = left === Infinity ? undefined : setTimeout(() => fail(tooLate()), left);
    const end = () => fail(cancelled(this.#signal));
    try {
      return await watched(this.#signal, end, () => Promise.race([promise, ended]));
    } finally {
      clearTimeout(timer);
    }
  }

  /* Runs a call of the addon, which gets a ticket. */
  async run(call) {
    const left = this.#left();
    const ticket = native.ticket(left === Infinity ? 0 : left);
    try {
      return await watched(this.#signal, () => native.cancel(ticket), () => call(ticket));
    } catch (thrown) {
      const error = toError(thrown);
      throw error.code === 'CANCELLED' && this.#signal?.aborted ? because(error, this.#signal.reason) : error;
    }
  }
}

module.exports = { Limit, failing, readLimits };
