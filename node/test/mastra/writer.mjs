/* A process of its own, for races: WHAT SCHEMA ID NAME, does to a thread or a message what others do at the same time. */
import process from 'node:process';
import { content, message, openPlainDomain } from './domain.mjs';

const [, , what, schema, ids, name] = process.argv;
const domain = openPlainDomain(schema);

const works = {
  metadata: (i) => domain.updateMessages({ messages: [{ id: ids, content: { metadata: { [`${name}${i}`]: i } } }] }),
  thread: (i) => domain.updateThread({ id: ids, metadata: { [`${name}${i}`]: i } }),
  counter: () =>
    domain.updateThreadMetadata({ id: ids, update: ({ metadata }) => ({ count: (metadata?.count ?? 0) + 1 }) }),
  save: (i) => {
    const threads = ids.split(',');
    const batch = threads.map((threadId) => message(threadId, { id: `${threadId}-${i}`, content: content(name) }));
    return domain.saveMessages({ messages: name === 'a' ? batch : batch.reverse() });
  },
};

await Promise.all(Array.from({ length: 10 }, (_, i) => works[what](i)));
await domain.store.close();
