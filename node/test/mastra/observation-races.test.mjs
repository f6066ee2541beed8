/* Observational memory written at once, through two stores of one schema: nothing is lost and nothing comes twice. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { again, all, buffer, fresh, freshSchema, init, openMemory, times } from './memory.mjs';

const schemaName = freshSchema();
const memories = [openMemory({ schemaName }), openMemory({ schemaName })];
const [memory] = memories;
const any = (i) => memories[i % 2];
const cycles = (chunks = []) => chunks.map(({ cycleId }) => cycleId);

test('twenty records of a thread are one', async () => {
  const threadId = fresh('thread');
  const made = await times(20, (i) => init(any(i), { threadId }));
  assert.equal(new Set(made.map(({ id }) => id)).size, 1);
  assert.equal((await memory.getObservationalMemoryHistory(threadId, 'resource')).length, 1);
});

test('twenty records of a resource are one', async () => {
  const resourceId = fresh('resource');
  const made = await times(20, (i) => init(any(i), { threadId: null, resourceId, scope: 'resource' }));
  assert.equal(new Set(made.map(({ id }) => id)).size, 1);
});

test('records put in at the same place all come', async () => {
  const record = await init(memory);
  const threadId = fresh('thread');
  await times(10, (i) => any(i).insertObservationalMemoryRecord({ ...record, threadId, id: `${threadId} ${i}` }));
  assert.equal((await memory.getObservationalMemoryHistory(threadId, 'resource', 100)).length, 10);
});

test('chunks appended at once are all kept, those of a cycle once', async () => {
  const record = await init(memory);
  await times(40, (i) => buffer(any(i), record.id, `cycle ${i >> 1}`));
  const { bufferedObservationChunks } = await again(memory, record);
  assert.deepEqual(cycles(bufferedObservationChunks).sort(), Array.from({ length: 20 }, (_, i) => `cycle ${i}`).sort());
});

test('activations and appends at once: each chunk ends up once', async () => {
  const record = await init(memory);
  const { id } = record;
  const part = { activationRatio: 0.5, messageTokensThreshold: 100, currentPendingTokens: 150 };
  const results = [];
  await times(60, async (i) => {
    if (i % 3 !== 0) return buffer(any(i), id, `cycle ${i}`);
    const known = i % 2 ? (await again(any(i), record)).bufferedObservationChunks : undefined;
    results.push(await any(i).swapBufferedToActive({ ...all(id), ...(i % 6 ? part : {}), bufferedChunks: known }));
  });
  const { activeObservations, bufferedObservationChunks, observationTokenCount } = await again(memory, record);
  const active = activeObservations.match(/seen in cycle \d+/g) ?? [];
  const buffered = cycles(bufferedObservationChunks);
  const wanted = Array.from({ length: 60 }, (_, i) => i).filter((i) => i % 3 !== 0).map((i) => `cycle ${i}`);
  assert.deepEqual([...active.map((text) => text.slice(8)), ...buffered].sort(), wanted.sort());
  const told = results.flatMap((result) => result.activatedCycleIds);
  assert.deepEqual(told.sort(), active.map((text) => text.slice(8)).sort());
  assert.equal(observationTokenCount, 10 * active.length);
});

test('generations made at once have numbers of their own', async () => {
  for (const where of [{}, { threadId: null, resourceId: fresh('resource'), scope: 'resource' }]) {
    const record = await init(memory, where);
    const next = await memory.createReflectionGeneration({ currentRecord: record, reflection: 'next', tokenCount: 1 });
    await times(20, (i) =>
      any(i).createReflectionGeneration({ currentRecord: i % 3 ? record : next, reflection: `r${i}`, tokenCount: i }),
    );
    const history = await memory.getObservationalMemoryHistory(record.threadId, record.resourceId, 100);
    assert.deepEqual(history.map(({ generationCount }) => generationCount), Array.from({ length: 22 }, (_, i) => 21 - i));
  }
});

test('a buffered reflection activated at once makes one generation', async () => {
  const record = await init(memory);
  await memory.updateBufferedReflection({
    id: record.id, reflection: 'R', tokenCount: 1, inputTokenCount: 2, reflectedObservationLineCount: 0,
  });
  const results = await Promise.allSettled(
    Array.from({ length: 20 }, (_, i) => any(i).swapBufferedReflectionToActive({ currentRecord: record, tokenCount: 5 })),
  );
  assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
  assert.ok(results.every(({ reason }) => reason === undefined || reason.id.endsWith('_NO_CONTENT')));
  assert.equal((await memory.getObservationalMemoryHistory(record.threadId, 'resource')).length, 2);
});

test('reflections appended at once, and activated meanwhile, are all kept', async () => {
  const record = await init(memory);
  await times(30, async (i) => {
    if (i % 5 === 4) {
      await any(i).swapBufferedReflectionToActive({ currentRecord: record, tokenCount: 5 }).catch((error) => {
        if (!error.id.endsWith('_NO_CONTENT')) throw error;
      });
      return;
    }
    await any(i).updateBufferedReflection({
      id: record.id, reflection: `[${i}]`, tokenCount: 1, inputTokenCount: 2, reflectedObservationLineCount: 0,
    });
  });
  const history = await memory.getObservationalMemoryHistory(record.threadId, 'resource', 100);
  const texts = history.map((one) => one.activeObservations + (one.bufferedReflection ?? '')).join('\n');
  assert.deepEqual(texts.match(/\[\d+\]/g).sort(), Array.from({ length: 30 }, (_, i) => i).filter((i) => i % 5 !== 4).map((i) => `[${i}]`).sort());
});

test('config merged at once is all kept', async () => {
  const record = await init(memory, { config: { deep: { list: [1] } } });
  await times(20, (i) =>
    any(i).updateObservationalMemoryConfig({ id: record.id, config: { [`k${i}`]: i, deep: { [`d${i}`]: { i } } } }),
  );
  const { config } = await again(memory, record);
  assert.equal(Object.keys(config).length, 21);
  assert.equal(Object.keys(config.deep).length, 21);
});

test('totals of updates at once add up', async () => {
  const record = await init(memory);
  await times(20, (i) =>
    any(i).updateActiveObservations({ id: record.id, observations: `text ${i}`, tokenCount: 1 + i, lastObservedAt: new Date() }),
  );
  assert.equal((await again(memory, record)).totalTokensObserved, 210);
});

test('whoever clears meanwhile leaves no wreck', async () => {
  const threadId = fresh('thread');
  const tolerated = /_(NOT_FOUND|NO_CONTENT)$/;
  const results = await Promise.allSettled(
    Array.from({ length: 60 }, async (_, i) => {
      const own = any(i);
      const record = await init(own, { threadId });
      await buffer(own, record.id, `cycle ${i}`);
      await own.createReflectionGeneration({ currentRecord: record, reflection: 'r', tokenCount: 1 });
      if (i % 10 === 9) await own.clearObservationalMemory(threadId, 'resource');
    }),
  );
  for (const { reason } of results) {
    assert.ok(reason === undefined || tolerated.test(reason.id) || reason.cause?.code === 'CONFLICT', String(reason?.stack));
  }
  await memory.clearObservationalMemory(threadId, 'resource');
  assert.deepEqual(await memory.getObservationalMemoryHistory(threadId, 'resource'), []);
});
