/* Agents that remember: turns, threads, working memory, titles, what the model sees. */
import assert from 'node:assert/strict';
import { application } from '../app.mjs';
import { hasToolResult, lastUser, scripted, textOf } from '../model.mjs';
import { fresh, odd, open, saveMessages, saveThread, test, together } from '../world.mjs';

const storage = await open();
const memory = await storage.getStore('memory');
const here = () => ({ thread: fresh('t'), resource: fresh('r') });
const said = (messages) => messages.map(({ role, content }) => [role, content.parts.filter((p) => p.type === 'text').map((p) => p.text).join('')]);
const stored = async (threadId) => (await memory.listMessages({ threadId, perPage: false })).messages;

test('a turn is stored in a thread of its owner', async () => {
  const { agent } = application(storage);
  const where = here();
  const { text } = await agent.generate('Hello', { memory: where });
  assert.equal(text, 'You said: Hello');
  const thread = await memory.getThreadById({ threadId: where.thread });
  assert.equal(thread.resourceId, where.resource);
  const messages = await stored(where.thread);
  assert.deepStrictEqual(said(messages), [['user', 'Hello'], ['assistant', 'You said: Hello']]);
  assert.deepStrictEqual([...new Set(messages.map((m) => m.resourceId))], [where.resource]);
});

test('the model sees the turns before, in order', async () => {
  const { agent, model } = application(storage);
  const where = here();
  for (const words of ['first', 'second', 'third']) await agent.generate(words, { memory: where });
  const seen = textOf(model.calls.at(-1).prompt);
  assert.match(seen, /first[\s\S]*You said: first[\s\S]*second[\s\S]*You said: second[\s\S]*third/);
  assert.equal((await stored(where.thread)).length, 6);
});

test('streamed turns are stored too', async () => {
  const { agent } = application(storage);
  const where = here();
  const stream = await agent.stream('Hello', { memory: where });
  assert.equal(await stream.text, 'You said: Hello');
  await stream.consumeStream();
  assert.deepStrictEqual(said(await stored(where.thread)), [['user', 'Hello'], ['assistant', 'You said: Hello']]);
});

test('lastMessages limits what the model sees, to the newest', async () => {
  const { agent, model } = application(storage, { options: { lastMessages: 2 } });
  const where = here();
  for (const words of ['one', 'two', 'three']) await agent.generate(`word ${words}`, { memory: where });
  const seen = textOf(model.calls.at(-1).prompt);
  assert.doesNotMatch(seen, /word one/);
  assert.match(seen, /word two[\s\S]*word three/);
});

test('threads do not see each other', async () => {
  const { agent, model } = application(storage);
  const resource = fresh('r');
  await agent.generate('secret', { memory: { thread: fresh('t'), resource } });
  await agent.generate('open', { memory: { thread: fresh('t'), resource } });
  assert.doesNotMatch(textOf(model.calls.at(-1).prompt), /secret/);
});

test('any text survives a turn', async () => {
  const { agent } = application(storage, { model: scripted(() => ({ text: `\u4e2d \ud83d\ude00 \u05e9 ${odd.replace(/[\ud800-\udfff]/g, '')}` })) });
  const where = here();
  await agent.generate('x \u0000 \u2028', { memory: where });
  const [[, asked], [, answered]] = said(await stored(where.thread));
  assert.equal(asked, 'x \u0000 \u2028');
  assert.match(answered, /^\u4e2d \ud83d\ude00 \u05e9 a\u0000b/);
});

test('20 turns of one thread at once are all stored', async () => {
  const { agent } = application(storage);
  const where = here();
  await agent.generate('begin', { memory: where });
  await together(20, (n) => agent.generate(`turn ${n}`, { memory: where }));
  const messages = await stored(where.thread);
  assert.equal(messages.length, 42);
});

test('recall gives the messages of a thread', async () => {
  const app = application(storage);
  const thread = await saveThread(memory);
  await saveMessages(memory, thread, 12);
  const { messages } = await app.memory.recall({ threadId: thread.id, resourceId: thread.resourceId, perPage: 5, page: 0 });
  assert.equal(messages.length, 5);
  const all = await app.memory.recall({ threadId: thread.id, perPage: false });
  assert.equal(all.messages.length, 12);
});

test('Memory makes, lists, changes, clones and deletes threads', async () => {
  const app = application(storage);
  const resourceId = fresh('r');
  const thread = await app.memory.createThread({ resourceId, title: 'T', metadata: { a: 1 } });
  assert.equal((await app.memory.getThreadById({ threadId: thread.id })).title, 'T');
  await app.memory.updateThread({ id: thread.id, title: 'U', metadata: { b: 2 } });
  assert.deepStrictEqual((await app.memory.getThreadById({ threadId: thread.id })).metadata, { a: 1, b: 2 });
  await saveMessages(memory, { ...thread, resourceId }, 3);
  const clone = await app.memory.cloneThread({ sourceThreadId: thread.id });
  assert.equal(clone.clonedMessages.length, 3);
  assert.equal((await app.memory.listThreads({ filter: { resourceId } })).total, 2);
  await app.memory.deleteThread(thread.id);
  assert.equal(await app.memory.getThreadById({ threadId: thread.id }), null);
  assert.equal((await app.memory.listThreads({ filter: { resourceId } })).total, 1);
});

test('Memory deletes messages', async () => {
  const app = application(storage);
  const thread = await saveThread(memory);
  await saveMessages(memory, thread, 3);
  await app.memory.deleteMessages([`${thread.id}/1`]);
  assert.equal((await stored(thread.id)).length, 2);
});

/* --- working memory */

const TOOL = /updateWorkingMemory|update-working-memory/;
const toolOf = ({ tools }) => tools?.find(({ name }) => TOOL.test(name))?.name;

/* A model that notes what it is told with "note: ...". */
const noting = () => scripted((prompt, options) => {
  const note = /^note: (.*)/.exec(lastUser(prompt));
  return note && !hasToolResult(prompt) ? { tool: toolOf(options), args: { memory: `# Notes\n- ${note[1]}` } } : { text: 'Noted.' };
});

for (const scope of ['thread', 'resource']) {
  test(`working memory by ${scope}`, async () => {
    const model = noting();
    const app = application(storage, { model, options: { lastMessages: 1, workingMemory: { enabled: true, scope, template: '# Notes\n- ' } } });
    const where = here();
    await app.agent.generate('note: likes tea', { memory: where });
    await app.agent.generate('What do I like?', { memory: where });
    assert.match(textOf(model.calls.at(-1).prompt), /likes tea/);
    await app.agent.generate('And here?', { memory: { thread: fresh('t'), resource: where.resource } });
    assert.equal(/likes tea/.test(textOf(model.calls.at(-1).prompt)), scope === 'resource');
    const resource = await memory.getResourceById({ resourceId: where.resource });
    if (scope === 'resource') assert.match(resource.workingMemory, /likes tea/);
    else assert.match((await memory.getThreadById({ threadId: where.thread })).metadata.workingMemory, /likes tea/);
  });

  test(`working memory by ${scope}, through Memory`, async () => {
    const app = application(storage, { options: { workingMemory: { enabled: true, scope } } });
    const where = here();
    const thread = await app.memory.createThread({ resourceId: where.resource, threadId: where.thread });
    const ids = { threadId: thread.id, resourceId: where.resource };
    for (const workingMemory of ['# one', '# two']) {
      await app.memory.updateWorkingMemory({ ...ids, workingMemory });
      assert.equal(await app.memory.getWorkingMemory(ids), workingMemory);
    }
  });
}

/* --- titles */

test('a title is made from the first words', async () => {
  const model = scripted((prompt) => ({ text: /title|Title/.test(textOf(prompt.filter(({ role }) => role === 'system'))) ? 'Flights to Lisbon' : 'Yes.' }));
  const { agent } = application(storage, { model, options: { lastMessages: 10, generateTitle: true } });
  const where = here();
  await agent.generate('I want to fly to Lisbon', { memory: where });
  let title = '';
  for (let n = 0; n < 200 && !title; n++) {
    ({ title } = await memory.getThreadById({ threadId: where.thread }));
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.equal(title, 'Flights to Lisbon');
  assert.equal((await stored(where.thread)).length, 2);
});
