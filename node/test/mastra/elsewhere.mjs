/* The other process of world.mjs's elsewhere(): makes the calls that it is sent and sends back what they gave. */
import process from 'node:process';
import { make } from './world.mjs';

const store = make({ schemaName: process.argv[2] });

async function run({ domain, calls }) {
  await store.init();
  const target = await store.getStore(domain);
  const results = [];
  for (const [method, ...args] of calls) results.push(await target[method](...args));
  return results;
}

process.on('message', (job) => run(job).then(
  (results) => process.send({ results }),
  (error) => process.send({ error: error.stack }),
));
process.once('disconnect', () => store.close());
