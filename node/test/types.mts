/* Compiled, not run: what the types allow, what they refuse, and what they make of answers. */
import { PgconvoError, schemaGrants, schemaSql, Store } from 'pgconvo/store';
import type {
  AgentMessage, AppendedMessage, Message, MessagePage, RawMessage, RawRun, Run, Score, StoreOptions, Thread,
} from 'pgconvo/store';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(_: Same<A, B>): void {}

const options: StoreOptions = { connectionString: 'local:', max: 4, schemaMode: 'verify' };

export async function use(): Promise<void> {
  const store = new Store(options);
  await store.init();
  const created = await store.threads.create({ title: 'x', metadata: { a: 1 }, createdAt: 5n });
  same<typeof created.inserted, boolean>(true);
  const thread = await store.threads.get(created.id);
  same<typeof thread, Thread>(true);
  same<typeof thread.resourceId, string | null>(true);
  await store.threads.update({ id: thread.id, title: null });

  const appended = await store.messages.append({
    threadId: thread.id,
    messages: [{ role: 'user', content: { any: ['thing'] } }, { role: 'user', text: 'x', createdAt: new Date() }],
    existing: 'keep',
    elsewhere: 'move',
  });
  same<typeof appended.lastSeq, number>(true);
  const saved = await store.messages.save({ messages: [{ threadId: thread.id, role: 'user', text: 'x' }], elsewhere: 'move' });
  same<(typeof saved.messages)[number], AppendedMessage>(true);
  const times = await store.messages.save({ messages: [{ threadId: thread.id, role: 'user', text: 'x' }], agent: true });
  same<(typeof times)[number], Date>(true);
  const copy = await store.threads.copy({ sourceId: thread.id, limit: 3 });
  same<typeof copy.messages, { id: string; sourceId: string }[]>(true);
  await store.messages.rewrite({ revisions: [{ id: 'x', expectedJson: '1', content: 2, metadata: null }] });
  await store.threads.create({ id: 'x', existing: 'rewrite' });
  const page = await store.messages.list({ threadId: thread.id, withTotal: true });
  same<typeof page, MessagePage<false>>(true);
  same<typeof page.total, number | undefined>(true);
  const raw = await store.messages.list({ threadId: thread.id, raw: true });
  same<(typeof raw.messages)[number], RawMessage>(true);
  for await (const message of store.messages.iterate({ resourceId: 'r' })) same<typeof message, Message>(true);
  const recalled = await store.messages.recall({ threadIds: ['a'], extent: 'all', agent: true });
  same<(typeof recalled.messages)[number], AgentMessage>(true);
  same<typeof recalled.total, number | undefined>(true);
  const bare = await store.messages.recall({ resourceId: 'r', anchors: [{ messageId: 'm', before: 1 }] });
  same<(typeof bare.messages)[number]['content'], any>(true);
  // @ts-expect-error: what is recalled has no metadata
  bare.messages[0]?.metadata;
  const texts = await store.messages.recall({ resourceId: 'r', raw: true });
  same<(typeof texts.messages)[number]['contentJson'], string>(true);
  const known = await store.messages.get({ ids: ['a'], byTime: true, agent: true });
  same<typeof known, AgentMessage[]>(true);
  const json = await store.metadata.get({ threadId: thread.id, raw: true });
  same<typeof json, string>(true);
  const run = { workflowName: 'w', runId: 'r' };
  await store.runs.put({ ...run, snapshot: { status: 'running' } });
  const state = await store.runs.state({ ...run, members: {}, expected: ['running'] });
  same<typeof state, Run | null>(true);
  const context = await store.runs.step({ ...run, stepId: 's', result: [1], raw: true });
  same<typeof context, string>(true);
  for await (const each of store.runs.iterate({ status: 'running', raw: true })) same<typeof each, RawRun>(true);
  const scored = await store.scores.put({ runId: 'r', document: { any: ['thing'] } });
  same<typeof scored.inserted, boolean>(true);
  same<(typeof scored)['spanId'], string | null>(true);
  const scores = await store.scores.list({ scorerId: 's', withTotal: true });
  same<(typeof scores.scores)[number], Score>(true);
  same<number, Awaited<ReturnType<typeof store.clear>>>(true);
  await store.prune({ table: 'messages', before: new Date(), limit: 10 });
  // @ts-expect-error: no such table
  await store.prune({ table: 'metadata', before: new Date() });
  // @ts-expect-error: both ids are needed
  await store.runs.delete({ runId: 'r' });
  await store.conversations.import({ thread, messages: page.messages });
  const resource = await store.resources.update({ id: 'r', workingMemory: 'notes', metadata: { a: 1 } });
  same<typeof resource.inserted, boolean>(true);
  await store.resources.create(await store.resources.get('r'));
  const observation = await store.observations.init({ threadId: thread.id });
  same<typeof observation.lastObservedAt, Date | null>(true);
  const { inserted, ...record } = observation;
  await store.observations.insert({ ...record, threadId: thread.id });
  const [chunk] = await store.observations.activate({ id: record.id, ratio: 1, threshold: 1, pendingTokens: 1 });
  same<NonNullable<typeof chunk>['cycleId'], string>(true);
  // @ts-expect-error: whose?
  await store.observations.get({});
  // @ts-expect-error: a number of what?
  await store.threads.create({ createdAt: 1 });
  // @ts-expect-error: a message has a role
  await store.messages.append({ threadId: thread.id, messages: [{ content: 1 }] });
  // @ts-expect-error: no such choice
  await store.threads.create({ existing: 'skip' });
  // @ts-expect-error: the contents of an append are not in its answer
  appended.messages[0]?.content;
  const { operations, errors, waits } = store.counters();
  same<(typeof operations)[string]['latency']['buckets'], [number, number][]>(true);
  same<typeof errors.NOT_FOUND, number | undefined>(true);
  same<typeof waits.sumMillis, number>(true);
  await store.close({ cancel: true });
  same<typeof store.schemaName, string | undefined>(true);
}

export function tell(error: unknown): string {
  if (error instanceof PgconvoError && error.code === 'NOT_FOUND') return error.retry;
  return schemaSql({ metadataIndex: true }) + schemaGrants({ kind: 'reader', role: 'r' });
}
