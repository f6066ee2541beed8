/* Stores that are opened and closed leave no descriptor, whatever they did in between. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { freshSchema, make, saveThread, test } from '../world.mjs';

const count = () => readdirSync('/proc/self/fd').length;

/* The number of descriptors once it is at most `expected`, or stays above: sockets go a moment after close() says so. */
async function countedDown(expected) {
  for (let n = 0; n < 200 && count() > expected; n++) await new Promise((resolve) => setTimeout(resolve, 10));
  return count();
}
const schemaName = freshSchema();

const LIVES = {
  'that were never used': async () => {},
  'that called init': (store) => store.init(),
  'that were used': async (store) => {
    await store.init();
    await saveThread(await store.getStore('memory'));
  },
  'with direct access': async (store) => store.db.one('SELECT 1 AS n'),
  'whose pool was used': async (store) => store.pool.query('SELECT 1'),
};

async function live(use, options) {
  const store = make({ schemaName, ...options });
  await use(store);
  await store.close();
}

await live(LIVES['that were used']);
await live(LIVES['with direct access']);

for (const [name, use] of Object.entries(LIVES)) {
  test(`20 stores ${name}`, async () => {
    await live(use);
    const before = count();
    for (let n = 0; n < 20; n++) await live(use);
    assert.ok((await countedDown(before)) <= before, `${count()} descriptors, ${before} before`);
  });
}
