/* A server that falls over under load and comes back. It is a server of its own: this file runs itself beside one. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { failure, make, saveThread, test, together } from '../world.mjs';
import { domainsOf, everyMethod } from '../methods.mjs';

const here = fileURLToPath(import.meta.url);

/* One backend that is killed hard makes the server end all others and recover. */
async function fell(store) {
  const { pid } = await store.db.one('SELECT pg_backend_pid() AS pid');
  process.kill(pid, 'SIGKILL');
}

async function untilBack(memory) {
  for (;;) {
    try {
      return await saveThread(memory);
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

async function scenario() {
  const store = make({ max: 4 });
  await store.init();
  const domains = await domainsOf(store);
  const kept = await saveThread(domains.memory);
  const methods = Object.values(await everyMethod(domains));
  const calls = Promise.allSettled(Array.from({ length: 400 }, (_, n) => methods[n % methods.length]()));
  await fell(store);
  for (const { status, reason } of await calls) if (status === 'rejected') assert.ok(reason instanceof Error);
  await untilBack(domains.memory);
  assert.deepStrictEqual(await domains.memory.getThreadById({ threadId: kept.id }), kept);
  await together(20, () => saveThread(domains.memory));
  await store.close();
  assert.ok((await failure(saveThread(domains.memory))) instanceof Error);
  process.send('survived');
  process.disconnect();
}

if (process.argv[2] === 'scenario') await scenario();
else {
  test('a server that falls over under load and comes back', async () => {
    const { PGCONVO_TEST_URL, NODE_TEST_CONTEXT, ...env } = process.env;
    const child = spawn(fileURLToPath(new URL('../../../../tests/pg.sh', import.meta.url)), [process.execPath, here, 'scenario'], { env, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    const [message] = await Promise.race([once(child, 'message'), once(child, 'exit')]);
    assert.equal(message, 'survived');
    await once(child, 'exit');
  });
}
