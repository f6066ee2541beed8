/* The other process of world.mjs's elsewhere(): makes the calls that it is sent and sends back what they gave. */
import process from 'node:process';
import { make } from './world.mjs';

process.once('message', async ({ schemaName, domain, calls }) => {
  const store = make({ schemaName });
  try {
    await store.init();
    const target = domain ? await store.getStore(domain) : store;
    const results = [];
    for (const [method, ...args] of calls) results.push(await target[method](...args));
    process.send({ results });
  } catch (error) {
    process.send({ error: error.stack });
  }
  await store.close();
  process.disconnect();
});
