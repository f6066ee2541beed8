'use strict';
/* The store of the addon behind the methods of Store: opened at first use, closed once. */
const native = require('./native.js');
const options = require('./options.js');
const rows = require('./rows.js');
const { withAddresses } = require('./address.js');
const { PgconvoError, toError } = require('./error.js');

function translated(run) {
  try {
    return run();
  } catch (thrown) {
    throw toError(thrown);
  }
}

class Engine {
  #options;
  #handle;
  #opening;
  #closed = false;

  constructor(given) {
    this.#options = options.read(given);
    if (this.#options.connectionString?.startsWith('local:') !== true) {
      translated(() => native.check(...options.inOrder(this.#options)));
    }
  }

  async #open() {
    try {
      const found = await withAddresses(this.#options);
      this.#handle = translated(() => native.open(...options.inOrder(found)));
      return this.#handle;
    } finally {
      this.#opening = undefined;
    }
  }

  #ready() {
    if (this.#closed) throw new PgconvoError({ code: 'CLOSED', message: 'the store is closed' });
    return this.#handle ?? (this.#opening ??= this.#open());
  }

  /* Starts at once if the store is open, so that calls start in the order in which they are made. */
  async call(name, format, ...args) {
    const ready = this.#ready();
    const handle = ready === this.#handle ? ready : await ready;
    try {
      return await native[name](handle, Number(format), ...args);
    } catch (thrown) {
      throw toError(thrown);
    }
  }

  async run(name, format, ...args) {
    return rows.parse(await this.call(name, format, ...args), format);
  }

  async close(cancel) {
    this.#closed = true;
    await this.#opening?.catch(() => {});
    if (this.#handle !== undefined) await native.close(this.#handle, cancel);
  }

  status() {
    const numbers = this.#handle === undefined ? undefined : native.status(this.#handle);
    const [open, idle, leased, waiting, max] = numbers ?? [0, 0, 0, 0, this.#options.max ?? 10];
    return { open, idle, leased, waiting, max };
  }

  schemaName() {
    const name = this.#handle === undefined ? '' : native.schemaName(this.#handle);
    return name || this.#options.schemaName;
  }
}

module.exports = { Engine, translated };
