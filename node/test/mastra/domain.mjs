/* What the tests of threads and of writing messages share: these two parts of the memory domain, on a store. */
import { createRequire } from 'node:module';
import path from 'node:path';
import * as agent from '@mastra/core/agent';
import * as error from '@mastra/core/error';
import * as storage from '@mastra/core/storage';
import { folder, open, Store, url } from '../world.mjs';

export { failure, freshSchema, odd } from '../world.mjs';

const require = createRequire(import.meta.url);
const part = (name) => require(path.join(folder, 'mastra', name));
const core = { storage, error, agent };
const errors = part('errors.js').makeErrors(core);

class Base extends storage.MemoryStorage {
  constructor({ store, reader = store, allowForeignMessages = false }) {
    super();
    Object.assign(this, { store, reader, allowForeignMessages });
  }
}

const Memory = [part('threads.js').makeThreads, part('message-writes.js').makeMessageWrites].reduce(
  (Whole, make) => make(Whole, core, errors),
  Base,
);

/* In a new schema, or in one that another has. */
export function openDomain({ allowForeignMessages, ...options } = {}) {
  return new Memory({ store: open(options), allowForeignMessages });
}

/* The same outside of tests, for processes that the caller ends. */
export function openPlainDomain(schemaName) {
  return new Memory({ store: new Store({ connectionString: url, schemaName }) });
}

export const day = (n, ms = 0) => new Date(Date.UTC(2024, 0, n) + ms);

let made = 0;
export const fresh = (name) => `${name}-${++made}`;

export function thread(more = {}) {
  return { id: fresh('thread'), resourceId: 'owner', title: 'title', metadata: { a: 1 }, createdAt: day(1), updatedAt: day(2), ...more };
}

export function content(text, more = {}) {
  return { format: 2, parts: [{ type: 'text', text }], ...more };
}

export function message(threadId, more = {}) {
  const id = fresh('message');
  return { id, threadId, resourceId: 'owner', role: 'user', createdAt: day(3), content: content(id), ...more };
}

/* What is stored of a thread, in the order of reading. */
export async function stored(domain, threadId) {
  return (await domain.store.messages.list({ threadId, limit: 100_000 })).messages;
}
