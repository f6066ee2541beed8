/*
 * Two parts of a program share a conversation: one writes, the other follows what is new, and neither misses a message.
 *
 *   npm install pgconvo && node follow.mjs 'postgresql://user@host/database'     (or local: for a private server)
 */
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { PgconvoError, Store } from 'pgconvo/store';

const store = new Store({ connectionString: process.argv[2] ?? 'local:' });

async function write(threadId) {
  for (const text of ['Is there a table for two tonight?', 'At eight or at nine?', 'At eight, please.']) {
    await store.messages.append({ threadId, messages: [{ role: 'user', text, metadata: { channel: 'web' } }] });
    await pause(100);
  }
  await store.messages.append({ threadId, messages: [{ role: 'assistant', content: { booked: '20:00' } }] });
}

/* Starts at any seq it has seen, even in another process, and goes on from there. */
async function follow(threadId, isLast) {
  for (let seq = 0; ; ) {
    const { messages, hasMore, lastSeq } = await store.messages.tail({ threadId, seq });
    for (const { role, content } of messages) console.log(`${role}: ${JSON.stringify(content)}`);
    if (messages.some(isLast)) return;
    seq = lastSeq;
    if (!hasMore) await pause(50);
  }
}

try {
  const thread = await store.threads.create({ resourceId: 'guest-7', title: 'A table for two' });
  await Promise.all([write(thread.id), follow(thread.id, ({ role }) => role === 'assistant')]);
  const { threads } = await store.threads.list({ resourceId: 'guest-7', direction: 'descending', limit: 3 });
  console.log(threads.map(({ title, lastSeq }) => `${title}: ${lastSeq} messages`).join('\n'));
} catch (error) {
  if (!(error instanceof PgconvoError)) throw error;
  console.error(`${error.code}: ${error.message}${error.hint === undefined ? '' : `\n${error.hint}`}`);
  process.exitCode = 1;
} finally {
  await store.close();
}
