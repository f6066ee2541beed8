/* The store itself: its constructor, domains, init and close, and how core holds it. */
import assert from 'node:assert/strict';
import process from 'node:process';
import { Agent } from '@mastra/core/agent';
import { Mastra } from '@mastra/core/mastra';
import { MastraCompositeStore, InMemoryStore, MemoryStorage, ScoresStorage, WorkflowsStorage } from '@mastra/core/storage';
import { connectionString, elsewhere, failure, fresh, freshSchema, make, message, open, product, saveThread, schemaOf, test, together } from '../world.mjs';
import { persist, scoreOf } from '../flows.mjs';

const { PostgresStore } = product;
const store = await open();
const memory = await store.getStore('memory');
const DOMAINS = { memory: MemoryStorage, workflows: WorkflowsStorage, scores: ScoresStorage };

test('it is a composite store with its name', () => {
  assert.ok(store instanceof MastraCompositeStore);
  assert.deepStrictEqual([store.constructor.name, store.name, store.id], ['PostgresStore', 'PostgresStore', 'proof']);
});

for (const [name, Domain] of Object.entries(DOMAINS)) {
  test(`the domain ${name} is core's, and the same each time`, async () => {
    const domain = await store.getStore(name);
    assert.ok(domain instanceof Domain);
    assert.equal(domain, store.stores[name]);
    assert.equal(await store.getStore(name), domain);
  });
}

test('an unknown domain is undefined', async () => {
  assert.equal(await store.getStore('nonsense'), undefined);
});

for (const [name, options] of [
  ['no options', undefined], ['null', null], ['{}', {}], ['an id only', { id: 'x' }], ['an empty connection string', { id: 'x', connectionString: '' }], ['a blank connection string', { id: 'x', connectionString: '  ' }],
  ['a blank id', { id: ' ', connectionString }], ['an id that is a number', { id: 5, connectionString }], ['an empty host', { id: 'x', host: '', port: 5432, database: 'd', user: 'u', password: 'p' }],
  ['a host without a database', { id: 'x', host: 'h', port: 5432, user: 'u', password: 'p' }], ['a schema with a quote', { id: 'x', connectionString, schemaName: 'a"b' }], ['a schema with an apostrophe', { id: 'x', connectionString, schemaName: "a'b" }],
  ['a schema with a backslash', { id: 'x', connectionString, schemaName: 'a\\b' }], ['a schema with a dollar', { id: 'x', connectionString, schemaName: 'a$b' }], ['a schema with a line end', { id: 'x', connectionString, schemaName: 'a\nb' }],
  ['a schema of 64 bytes', { id: 'x', connectionString, schemaName: 'x'.repeat(64) }], ['a schema of 64 bytes in 32 letters', { id: 'x', connectionString, schemaName: 'é'.repeat(32) }],
]) {
  test(`the constructor refuses ${name}`, () => {
    assert.throws(() => new PostgresStore(options), { id: 'MASTRA_STORAGE_PG_INITIALIZATION_FAILED', domain: 'STORAGE', category: 'USER' });
  });
}

test('what is wrong with the configuration is said', async () => {
  const error = await failure((async () => new PostgresStore({ id: 'x', connectionString: '' }))());
  assert.match(`${error.message} ${error.cause?.message}`, /connectionString/);
});

for (const schemaName of ['with space', 'with-dash', 'with.dot', 'select', '1st', 'Übung \u4e2d', 'semi;colon', 'x'.repeat(63 - 40)]) {
  test(`the schema "${schemaName}"`, async () => {
    const other = await open({ schemaName: `${schemaName}${freshSchema()}`.slice(0, 60) });
    const domain = await other.getStore('memory');
    const thread = await saveThread(domain);
    assert.deepStrictEqual(await domain.getThreadById({ threadId: thread.id }), thread);
  });
}

test('two schemas are two stores', async () => {
  const thread = await saveThread(memory);
  const other = await (await open()).getStore('memory');
  assert.equal(await other.getThreadById({ threadId: thread.id }), null);
});

test('init twice, and at once, is one', async () => {
  const other = make();
  await together(10, () => other.init());
  await other.init();
  await saveThread(await other.getStore('memory'));
  await other.close();
});

test('init of a schema that is there keeps what it holds', async () => {
  const thread = await saveThread(memory);
  const other = await open({ schemaName: schemaOf(store) });
  assert.deepStrictEqual(await (await other.getStore('memory')).getThreadById({ threadId: thread.id }), thread);
});

test('init by four processes at once', async () => {
  const schemaName = freshSchema();
  const threads = await together(4, () => elsewhere(schemaName)('memory', ['listThreads', {}]));
  for (const [{ total }] of threads) assert.equal(total, 0);
});

test('disableInit: init makes nothing', async () => {
  const other = make({ disableInit: true });
  assert.equal(other.disableInit, true);
  await other.init();
  await assert.rejects((await other.getStore('memory')).listThreads({}));
  await other.close();
});

test('MASTRA_DISABLE_STORAGE_INIT: init makes nothing', async () => {
  process.env.MASTRA_DISABLE_STORAGE_INIT = 'true';
  const other = make();
  try {
    await other.init();
    await assert.rejects((await other.getStore('memory')).listThreads({}));
  } finally {
    delete process.env.MASTRA_DISABLE_STORAGE_INIT;
    await other.close();
  }
});

test('disableInit works on a schema that is there', async () => {
  const other = make({ disableInit: true, schemaName: schemaOf(store) });
  await saveThread(await other.getStore('memory'));
  await other.close();
});

test('close twice is fine, and calls afterwards are refused', async () => {
  const other = make();
  await other.init();
  const domain = await other.getStore('memory');
  await other.close();
  await other.close();
  await assert.rejects(domain.listThreads({}));
});

test('a server that is not there: init and calls are refused, close is fine', async () => {
  const other = new PostgresStore({ id: 'x', host: '127.0.0.1', port: 1, database: 'd', user: 'u', password: 'p' });
  await assert.rejects(other.init(), { domain: 'STORAGE' });
  await assert.rejects((await other.getStore('memory')).getThreadById({ threadId: 'x' }), { domain: 'STORAGE' });
  await other.close();
});

test('init that failed may be tried again', async () => {
  const other = make();
  await other.init();
  await other.close();
  const third = make({ schemaName: schemaOf(other) });
  await third.init();
  await third.close();
});

test('prune without retention has nothing to do', async () => {
  assert.deepStrictEqual(await store.prune(), []);
});

test('behind Mastra a method waits for init, and properties do not', async () => {
  const mastra = new Mastra({ storage: make(), logger: false });
  const storage = mastra.getStorage();
  assert.ok(storage.stores.memory);
  const domain = await storage.getStore('memory');
  const thread = await saveThread(domain);
  assert.deepStrictEqual(await domain.getThreadById({ threadId: thread.id }), thread);
  await storage.close();
});

test('in a composite store beside another', async () => {
  const other = new InMemoryStore({ id: 'other' });
  const composite = new MastraCompositeStore({ id: 'c', default: other, domains: { memory: memory } });
  await composite.init();
  assert.equal(await composite.getStore('memory'), memory);
  assert.notEqual(await composite.getStore('workflows'), await store.getStore('workflows'));
  assert.ok(await composite.getStore('workflows'));
});

test('it can be given to an agent\'s Mastra', () => {
  const agent = new Agent({ id: 'a', name: 'a', instructions: 'x', model: 'openai/none' });
  const mastra = new Mastra({ agents: { agent }, storage: store, logger: false });
  assert.equal(mastra.getStorage().id, store.id);
});

/* --- direct access */

test('store.db reads and writes', async () => {
  const { db } = store;
  assert.deepStrictEqual(await db.one('SELECT $1::int AS n', [5]), { n: 5 });
  assert.equal(await db.oneOrNone('SELECT 1 WHERE false'), null);
  assert.deepStrictEqual(await db.any('SELECT 1 AS n WHERE false'), []);
  assert.deepStrictEqual(await db.manyOrNone('SELECT g AS n FROM generate_series(1, 2) g'), [{ n: 1 }, { n: 2 }]);
  assert.deepStrictEqual(await db.many('SELECT 1 AS n'), [{ n: 1 }]);
  assert.equal(await db.none('SELECT 1 WHERE false'), null);
  await assert.rejects(db.one('SELECT 1 WHERE false'));
  await assert.rejects(db.many('SELECT 1 WHERE false'));
});

test('store.db.tx is a transaction', async () => {
  const table = `"${schemaOf(store)}"."own"`;
  await store.db.none(`CREATE TABLE ${table} (n int)`);
  await store.db.tx((t) => t.none(`INSERT INTO ${table} VALUES (1)`));
  await assert.rejects(store.db.tx(async (t) => {
    await t.none(`INSERT INTO ${table} VALUES (2)`);
    throw new Error('no');
  }), /no/);
  assert.deepStrictEqual(await store.db.any(`SELECT n FROM ${table}`), [{ n: 1 }]);
});

test('store.pool is a pg.Pool', async () => {
  const { rows } = await store.pool.query('SELECT 1 AS n');
  assert.deepStrictEqual(rows, [{ n: 1 }]);
  const client = await store.pool.connect();
  client.release();
});

test('exportSchemas prints DDL without a connection', () => {
  const ddl = product.exportSchemas('my_schema');
  assert.match(ddl, /CREATE TABLE/i);
  assert.match(ddl, /my_schema/);
});

/* --- dangerouslyClearAll */

test('dangerouslyClearAll clears its domain, observational memory included', async () => {
  const other = await open();
  const domains = Object.fromEntries(await Promise.all(Object.keys(DOMAINS).map(async (name) => [name, await other.getStore(name)])));
  const thread = await saveThread(domains.memory);
  await domains.memory.saveMessages({ messages: [message(thread)] });
  await domains.memory.updateResource({ resourceId: 'r', workingMemory: 'x' });
  await domains.memory.initializeObservationalMemory({ threadId: thread.id, resourceId: 'r', scope: 'thread', config: {} });
  const run = await persist(domains.workflows);
  const { score } = await domains.scores.saveScore(scoreOf());
  await domains.memory.dangerouslyClearAll();
  assert.equal((await domains.memory.listThreads({})).total, 0);
  assert.equal((await domains.memory.listMessages({ threadId: thread.id })).total, 0);
  assert.equal(await domains.memory.getResourceById({ resourceId: 'r' }), null);
  assert.ok(await domains.workflows.getWorkflowRunById(run));
  await domains.workflows.dangerouslyClearAll();
  assert.equal(await domains.workflows.getWorkflowRunById(run), null);
  assert.ok(await domains.scores.getScoreById({ id: score.id }));
  await domains.scores.dangerouslyClearAll();
  assert.equal(await domains.scores.getScoreById({ id: score.id }), null);
  assert.equal(await domains.memory.getObservationalMemory(thread.id, 'r'), null);
});

test('what one store writes another reads', async () => {
  const thread = await saveThread(memory);
  await memory.saveMessages({ messages: [message(thread)] });
  const [read, { total }] = await elsewhere(schemaOf(store))('memory', ['getThreadById', { threadId: thread.id }], ['listMessages', { threadId: thread.id }]);
  assert.deepStrictEqual([read.id, read.createdAt, total], [thread.id, thread.createdAt, 1]);
});

test('an unused store is closed without having connected', async () => {
  await make({ id: fresh() }).close();
});
