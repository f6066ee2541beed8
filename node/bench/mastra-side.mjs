/*
 * One side of mastra.mjs, a process of its own, as an application that has this store and no other: does what it is told by
 * messages, and answers each with { result } or { error }.
 *
 *   node mastra-side.mjs pgconvo|@mastra/pg SCHEMA
 */
import process from 'node:process';
import { INIT, READS, WRITES, fill, persistRun } from './mastra-calls.mjs';
import { measure } from './measure.mjs';

const [name, schemaName] = process.argv.slice(2);
const { PostgresStore } = await import(name === 'pgconvo' ? '../index.mjs' : name);
const calls = { ...READS, ...WRITES, ...INIT };
let side;

const plain = (result) => JSON.parse(JSON.stringify(result, (key, value) => (key === 'updatedAt' ? 0 : value)));

const commands = {
  async open({ host }) {
    const options = { id: 'bench', host, port: Number(process.env.PGPORT), database: 'postgres', user: 'postgres', password: 'none', schemaName, max: 4 };
    const open = () => new PostgresStore(options);
    const store = open();
    await store.init();
    side = { open, store, memory: await store.getStore('memory'), workflows: await store.getStore('workflows') };
    await persistRun(side);
  },
  fill: () => fill(side),
  call: async ({ what }) => plain(await calls[what][2](side)),
  measure: ({ what, count }) => measure(count, () => calls[what][2](side)),
  close: () => side.store.close(),
};

process.on('message', async ({ command, ...told }) => {
  try {
    process.send({ result: await commands[command](told) });
  } catch (error) {
    process.send({ error: error.stack });
  }
});
