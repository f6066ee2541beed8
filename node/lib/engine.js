'use strict';
/* The store of the addon behind the methods of Store: opened at first use, closed once. */
const counters = require('./counters.js');
const native = require('./native.js');
const options = require('./options.js');
const rows = require('./rows.js');
const { withAddresses } = require('./address.js');
const { Limit, failing } = require('./limit.js');
const { PgconvoError, toError } = require('./error.js');
const { traced } = require('./tracing.js');

function translated(run) {
  try {
    return run();
  } catch (thrown) {
    throw toError(thrown);
  }
}

function open(found) {
  return translated(() => native.open(...options.inOrder(found)));
}

function closed() {
  return new PgconvoError({ code: 'CLOSED', message: 'the store is closed' });
}

class Engine {
  #options;
  #handle;
  #opening;
  #cancelled = failing();
  #retired = new Set();
  #closed = false;

  constructor(given) {
    this.#options = options.read(given);
    if (!options.isLocal(this.#options)) {
      translated(() => native.check(...options.inOrder(options.withoutFunctions(this.#options))));
    }
  }

  async #open() {
    try {
      this.#handle = open(await Promise.race([this.#found(), this.#cancelled.promise]));
      return this.#handle;
    } finally {
      this.#opening = undefined;
    }
  }

  #ready() {
    if (this.#closed) throw closed();
    if (options.isLocal(this.#options)) this.#handle ??= open(this.#options);
    return this.#handle ?? (this.#opening ??= this.#open());
  }

  /* Starts at once if the store is open, so that calls start in the order in which they are made. */
  async #start(name, format, args, limit, again) {
    const ready = this.#ready();
    const handle = ready === this.#handle ? ready : await (limit?.until(ready) ?? ready);
    const call = (ticket) => native[name](handle, Number(format), ticket, ...args);
    let outcome;
    try {
      outcome = await (limit === undefined ? call() : limit.run(call));
    } catch (thrown) {
      const error = toError(thrown);
      if (again || error.code !== 'AUTH' || !this.#retire(handle)) throw error;
      return this.#start(name, format, args, limit, true);
    }
    return outcome === undefined ? undefined : translated(() => rows.parse(outcome, format, native.more));
  }

  /* Has the password expired, and is there somebody to ask for a new one? */
  #retire(handle) {
    if (typeof this.#options.password !== 'function' || this.#closed) return false;
    if (this.#handle === handle) {
      this.#handle = undefined;
      this.#retired.add(handle);
      native.close(handle, false).then(() => this.#retired.delete(handle));
    }
    return true;
  }

  /* What the operation brought, if it brings anything. */
  run(name, format, ...args) {
    return this.#run(name, format, args);
  }

  /* The same engine for calls that `limits` end: { signal, timeoutMillis }. */
  within(limits) {
    return {
      run: async (name, format, ...args) => this.#run(name, format, args, new Limit(limits)),
      within: (others) => this.within({ ...limits, ...others }),
    };
  }

  #run(name, format, args, limit) {
    const start = () => this.#start(name, format, args, limit, false);
    return traced(name, () => ({ schemaName: this.schemaName() }), start);
  }

  async #found() {
    if (options.isLocal(this.#options)) return this.#options;
    return options.withPassword(await withAddresses(this.#options));
  }

  /* A long administrative call with a store of its own, beside the loop. A dry run must not make the schema. */
  async adopt(schema, timeZone, back, dryRun) {
    if (this.#closed) throw closed();
    const found = options.forAdopt(await this.#found(), dryRun);
    try {
      return JSON.parse(await native.adopt(...options.inOrder(found), schema, timeZone, back, dryRun));
    } catch (thrown) {
      throw toError(thrown);
    }
  }

  async close(cancel) {
    this.#closed = true;
    if (cancel) this.#cancelled.fail(closed());
    await this.#opening?.catch(() => {});
    const handles = [...this.#retired, this.#handle].filter((handle) => handle !== undefined);
    await Promise.all(handles.map((handle) => native.close(handle, cancel)));
  }

  status() {
    const numbers = this.#handle === undefined ? undefined : native.status(this.#handle);
    const [open, idle, leased, waiting, max] = numbers ?? [0, 0, 0, 0, options.maxOf(this.#options)];
    return { open, idle, leased, waiting, max };
  }

  counters() {
    return counters.read(this.#handle && native.counters(this.#handle), this.status());
  }

  schemaName() {
    const name = this.#handle === undefined ? '' : native.schemaName(this.#handle);
    return name || this.#options.schemaName;
  }

  /* For others that are to connect to the same server; a private one is started. */
  address() {
    const local = options.isLocal(this.#options);
    if (!local) return this.#options;
    this.#ready();
    const path = this.#options.connectionString.slice('local:'.length);
    return { ...this.#options, connectionString: translated(() => native.localUrl(path)) };
  }
}

module.exports = { Engine, translated };
