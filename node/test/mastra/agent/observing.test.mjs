/* Observational memory at work: a scripted observer and reflector, records that two processes would share. */
import assert from 'node:assert/strict';
import { application } from '../app.mjs';
import { lastUser, scripted, textOf } from '../model.mjs';
import { fresh, open, test } from '../world.mjs';

const storage = await open();
const memory = await storage.getStore('memory');

/* Observer and reflector: one line for each thread that is shown, and for none that is named. */
function watcher() {
  const line = '* \ud83d\udd34 (09:15) the user likes tea';
  return scripted((prompt) => {
    const threads = [...new Set([...textOf(prompt).matchAll(/<thread id=\\?"(t-[^"\\]+)/g)].map(([, id]) => id))];
    const observed = threads.map((id) => `<thread id="${id}">\nDate: Jan 2, 2026\n${line}\n</thread>`).join('\n');
    return { text: `<observations>\n${observed || `Date: Jan 2, 2026\n${line}`}\n</observations>\n<current-task>Talk</current-task>\n<suggested-response>Go on</suggested-response>` };
  });
}

function observing(scope, settings = {}) {
  const model = scripted((prompt) => ({ text: `Answer to ${lastUser(prompt).slice(0, 20)}. ${'More words follow here. '.repeat(30)}` }));
  const observer = watcher();
  const observationalMemory = { model: observer, scope, observation: { messageTokens: 300, bufferTokens: false }, reflection: { observationTokens: 100000 }, ...settings };
  return { ...application(storage, { model, options: { lastMessages: 10, observationalMemory } }), observer };
}

for (const scope of ['thread', 'resource']) {
  test(`what was said is observed, by ${scope}`, async () => {
    const { agent, observer, model } = observing(scope);
    const where = { thread: fresh('t'), resource: fresh('r') };
    for (let n = 0; n < 4; n++) await agent.generate(`turn ${n}: ${'I like tea. '.repeat(40)}`, { memory: where });
    assert.ok(observer.calls.length > 0, 'the observer was not asked');
    const record = await memory.getObservationalMemory(scope === 'thread' ? where.thread : null, where.resource);
    assert.match(record.activeObservations, /the user likes tea/);
    assert.ok(record.lastObservedAt instanceof Date && record.totalTokensObserved > 0);
    assert.equal(record.scope, scope);
    assert.match(textOf(model.calls.at(-1).prompt), /the user likes tea/);
  });
}

test('observations are reflected on, and a generation follows', async () => {
  const { agent } = observing('thread', { reflection: { observationTokens: 20 } });
  const where = { thread: fresh('t'), resource: fresh('r') };
  for (let n = 0; n < 4; n++) await agent.generate(`turn ${n}: ${'I like tea. '.repeat(40)}`, { memory: where });
  const history = await memory.getObservationalMemoryHistory(where.thread, where.resource);
  assert.ok(history.length > 1, 'there was no reflection');
  assert.equal(history[0].originType, 'reflection');
  assert.equal(history[0].generationCount, history.length - 1);
});

test('observations are buffered and become active', async () => {
  const { agent, observer } = observing('thread', { observation: { messageTokens: 600, bufferTokens: 0.3, bufferActivation: 0.8 } });
  const where = { thread: fresh('t'), resource: fresh('r') };
  for (let n = 0; n < 6; n++) {
    await agent.generate(`turn ${n}: ${'I like tea. '.repeat(25)}`, { memory: where });
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.ok(observer.calls.length > 0, 'the observer was not asked');
  const record = await memory.getObservationalMemory(where.thread, where.resource);
  assert.match(record.activeObservations + JSON.stringify(record.bufferedObservationChunks ?? []), /the user likes tea/);
});
