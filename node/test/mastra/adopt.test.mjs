/* Schemas of the real @mastra/pg: adopted, read by both, and written back. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after } from 'node:test';
import { PostgresStore as Peer } from '@mastra/pg';
import { at, connectionString, freshSchema, open, peer, product, test } from './world.mjs';

const parts = (text, more = {}) => ({ format: 2, parts: [{ type: 'text', text }], content: text, ...more });
const plain = (value) => JSON.parse(JSON.stringify(value));

async function openPeer(schemaName) {
  const store = new Peer({ id: 'peer', connectionString, schemaName });
  after(() => store.close());
  await store.init();
  return store;
}

async function writeMemory(store) {
  const memory = await store.getStore('memory');
  const dates = { createdAt: at(0), updatedAt: at(0) };
  const thread = { id: 't', resourceId: 'ada', title: 'Ünï 🦊', metadata: { 'a.b': [1, null] }, ...dates };
  await memory.saveThread({ thread });
  const messages = [
    { id: 'z', role: 'user', content: parts('first', { metadata: { mood: 'fine' } }), createdAt: at(1) },
    { id: 'y', role: 'assistant', content: parts('second'), createdAt: at(2) },
    { id: 'x', role: 'user', type: 'text', content: 'an old text', createdAt: at(3) },
  ].map((message) => ({ threadId: 't', resourceId: 'ada', ...message }));
  await memory.saveMessages({ messages });
  await memory.saveResource({
    resource: { id: 'ada', workingMemory: '# Ada', metadata: { n: 1 }, createdAt: at(4), updatedAt: at(5) },
  });
  const scope = { threadId: 't', resourceId: 'ada', scope: 'thread' };
  const { id } = await memory.initializeObservationalMemory({ ...scope, config: { c: 1 } });
  const observed = { observations: '* saw', tokenCount: 3, lastObservedAt: at(6), observedMessageIds: ['z'] };
  await memory.updateActiveObservations({ id, ...observed });
}

async function writeRest(store) {
  const workflows = await store.getStore('workflows');
  const snapshot = { runId: 'r', status: 'suspended', context: { input: { q: 'ü' } }, activePaths: [], timestamp: 1 };
  const dates = { createdAt: at(7), updatedAt: at(8) };
  await workflows.persistWorkflowSnapshot({ workflowName: 'w', runId: 'r', resourceId: 'ada', snapshot, ...dates });
  const scores = await store.getStore('scores');
  await scores.saveScore({
    scorerId: 's',
    scorer: { id: 's', name: 'S', description: '' },
    runId: 'r',
    entityId: 'e',
    entityType: 'AGENT',
    entity: { id: 'e' },
    score: 0.25,
    reason: 'because',
    source: 'LIVE',
    input: { q: 1 },
    output: { a: 2 },
  });
}

/* What a store answers, in a form that can be compared. */
async function read(store) {
  const memory = await store.getStore('memory');
  const workflows = await store.getStore('workflows');
  const scores = await store.getStore('scores');
  const { messages } = await memory.listMessages({ threadId: 't', perPage: false });
  const listed = await scores.listScoresByRunId({ runId: 'r', pagination: { page: 0, perPage: 10 } });
  return plain({
    thread: await memory.getThreadById({ threadId: 't' }),
    messages: messages.map(({ type, ...message }) => message),
    resource: await memory.getResourceById({ resourceId: 'ada' }),
    observations: await memory.getObservationalMemory('t', 'ada'),
    run: await workflows.getWorkflowRunById({ runId: 'r', workflowName: 'w' }),
    scores: listed.scores,
  });
}

const countsOf = (report, what) => Object.fromEntries(report.tables.map((table) => [table.name, table[what]]));
const WANTED = {
  mastra_threads: 1,
  mastra_messages: 3,
  mastra_resources: 1,
  mastra_observational_memory: 1,
  mastra_workflow_snapshot: 1,
  mastra_scorers: 1,
};
const NONE = Object.fromEntries(Object.keys(WANTED).map((name) => [name, 0]));

if (!peer) {
  test('a schema of @mastra/pg is adopted, read like there, and written back', async () => {
    const fromSchema = freshSchema();
    const toSchema = freshSchema();
    const theirs = await openPeer(fromSchema);
    await writeMemory(theirs);
    await writeRest(theirs);
    const ours = await open();
    const dry = await ours.adopt({ fromSchema, dryRun: true });
    assert.deepEqual(countsOf(dry, 'copied'), WANTED);
    const report = await ours.adopt({ fromSchema });
    assert.deepEqual(countsOf(report, 'copied'), WANTED);
    assert.deepEqual(report.refusals, []);
    assert.deepEqual(await read(ours), await read(theirs));
    const again = await ours.adopt({ fromSchema });
    assert.deepEqual([countsOf(again, 'copied'), countsOf(again, 'existing')], [NONE, WANTED]);
    const back = await ours.adopt({ back: true, toSchema });
    assert.deepEqual(countsOf(back, 'copied'), WANTED);
    assert.deepEqual(await read(await openPeer(toSchema)), await read(ours));
  });

  test('what 0.12 wrote in New York is read as it was meant', async () => {
    const fromSchema = freshSchema();
    const ours = await open();
    const client = await ours.pool.connect();
    try {
      await client.query(`CREATE SCHEMA ${fromSchema}; SET search_path TO ${fromSchema}`);
      await client.query(fs.readFileSync(new URL('../../../tests/adopt/0.12.2.sql', import.meta.url), 'utf8'));
    } finally {
      client.release(true);
    }
    await ours.adopt({ fromSchema, timeZone: 'America/New_York' });
    const { memory, workflows } = ours.stores;
    const { messages } = await memory.listMessages({ threadId: 't-v1', perPage: false });
    const texts = messages.filter(({ role }) => role === 'user').map(({ content }) => content.parts[0].text);
    const wanted = ['plain words', '42', 'true', 'null', '{"looks":"like json"}', '[1,2,3]', '"quoted"', '007'];
    assert.deepEqual(texts, wanted);
    assert.deepEqual(messages[0].createdAt, new Date('2025-01-15T02:20:01Z'));
    const { snapshot } = await workflows.getWorkflowRunById({ runId: 'r1', workflowName: 'wf' });
    assert.equal(snapshot.context.s1.output, 'nul \u0000 and \ud800 lone');
    const resource = await memory.getResourceById({ resourceId: 'ユーザー3' });
    assert.deepEqual(resource.createdAt, new Date('2025-06-01T08:00:00.005Z'));
  });

  test('a dry run makes no tables', async () => {
    const fromSchema = freshSchema();
    await openPeer(fromSchema);
    const schemaName = freshSchema();
    const store = new product.Store({ connectionString, schemaName });
    after(() => store.close());
    assert.deepEqual(countsOf(await store.adopt({ fromSchema, dryRun: true }), 'found'), NONE);
    const { rows } = await store.pool.query('SELECT to_regnamespace($1) AS found', [schemaName]);
    assert.equal(rows[0].found, null);
  });

  test('what cannot be adopted is told by name', async () => {
    const store = new product.Store({ connectionString, schemaName: freshSchema() });
    after(() => store.close());
    await assert.rejects(store.adopt({}), { code: 'INVALID', message: /fromSchema/ });
    await assert.rejects(store.adopt({ back: true, fromSchema: 'x' }), { code: 'INVALID' });
    await assert.rejects(store.adopt({ fromSchema: 'x', nonsense: 1 }), { code: 'INVALID', message: /nonsense/ });
    await assert.rejects(store.adopt({ fromSchema: freshSchema(), dryRun: true }), { code: 'NOT_FOUND' });
    const zone = { fromSchema: 'public', timeZone: 'Nowhere/None', dryRun: true };
    await assert.rejects(store.adopt(zone), { code: 'INVALID', message: /time_zone/ });
    await store.close();
    await assert.rejects(store.adopt({ fromSchema: 'x' }), { code: 'CLOSED' });
  });
}
