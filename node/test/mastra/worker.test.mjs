/* A PostgresStore in worker threads. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import path from 'node:path';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { connectionString, entry, folder, freshSchema, open } from './entry.mjs';

const work = (load) => `
  const { parentPort, workerData } = require('node:worker_threads');
  (async () => {
    const { PostgresStore } = await ${load};
    const store = new PostgresStore(workerData.options);
    const memory = await store.getStore('memory');
    const now = new Date();
    const { id, options: { schemaName } } = workerData;
    const thread = { id, title: 'from a worker', resourceId: 'r', metadata: {}, createdAt: now, updatedAt: now };
    await memory.saveThread({ thread });
    const { title } = await store.db.one('SELECT title FROM $1:name.threads WHERE id = $2', [schemaName, id]);
    if (workerData.close) await store.close();
    parentPort.postMessage(title);
  })();`;

const loads = {
  imported: `import(${JSON.stringify(entry)})`,
  required: `require(${JSON.stringify(path.join(folder, 'index.js'))})`,
};
for (const [how, load] of Object.entries(loads)) {
  for (const close of [true, false]) {
    test(`a worker uses a store, ${how}, and ${close ? 'closes it' : 'forgets to close it'}`, async () => {
      const schemaName = freshSchema();
      const store = open({ schemaName });
      const options = { connectionString, schemaName };
      const workers = ['a', 'b'].map(
        (id) => new Worker(work(load), { eval: true, workerData: { options, id, close } }),
      );
      const said = await Promise.all(
        workers.map(async (worker) => {
          const [[title], [code]] = await Promise.all([once(worker, 'message'), once(worker, 'exit')]);
          return [title, code];
        }),
      );
      assert.deepEqual(said, [
        ['from a worker', 0],
        ['from a worker', 0],
      ]);
      assert.equal((await store.stores.memory.getThreadById({ threadId: 'b' })).title, 'from a worker');
    });
  }
}
