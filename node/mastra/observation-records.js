'use strict';
/* Records of observational memory, as Mastra has them and as Store has them, under other names. */
const { toDate } = require('./dates.js');

/* Mastra's name, Store's name: those that are the same on both sides but for the name. */
const SAME = [
  ['generationCount', 'generation'],
  ['originType', 'origin'],
  ['activeObservations', 'active'],
  ['totalTokensObserved', 'totalTokens'],
  ['observationTokenCount', 'activeTokens'],
  ['pendingMessageTokens', 'pendingTokens'],
  ['lastBufferedAtTokens', 'lastBufferedTokens'],
  ['isReflecting', 'isReflecting'],
  ['isObserving', 'isObserving'],
  ['isBufferingObservation', 'isBufferingObservation'],
  ['isBufferingReflection', 'isBufferingReflection'],
  ['config', 'config'],
];

/* Those that are null in Store and undefined in Mastra where there is nothing. */
const MAYBE = [
  ['bufferedObservations', 'buffered'],
  ['bufferedObservationTokens', 'bufferedTokens'],
  ['bufferedMessageIds', 'bufferedMessageIds'],
  ['bufferedReflection', 'reflection'],
  ['bufferedReflectionTokens', 'reflectionTokens'],
  ['bufferedReflectionInputTokens', 'reflectionInputTokens'],
  ['reflectedObservationLineCount', 'reflectedLines'],
  ['observedMessageIds', 'observedMessageIds'],
  ['observedTimezone', 'timezone'],
  ['metadata', 'metadata'],
];

/* A thread of its own, or the resource as a whole. */
function toScope(threadId, resourceId) {
  return threadId ? { threadId, resourceId } : { resourceId };
}

function fromStore(row) {
  const record = {
    id: row.id,
    scope: row.threadId === null ? 'resource' : 'thread',
    threadId: row.threadId,
    resourceId: row.resourceId,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
    lastObservedAt: row.lastObservedAt ?? undefined,
    lastBufferedAtTime: row.lastBufferedAt,
    bufferedObservationChunks: row.chunks.length > 0 ? row.chunks : undefined,
  };
  for (const [name, own] of SAME) record[name] = row[own];
  for (const [name, own] of MAYBE) record[name] = row[own] ?? undefined;
  return record;
}

/* The library counts in whole tokens. */
function toCount(tokens) {
  return Math.round(tokens);
}

function toValue(value) {
  return typeof value === 'number' ? toCount(value) : value;
}

function toStore(record) {
  const row = {
    id: record.id,
    ...toScope(record.threadId, record.resourceId),
    createdAt: toDate(record.createdAt),
    updatedAt: toDate(record.updatedAt),
    lastObservedAt: toDate(record.lastObservedAt),
    lastBufferedAt: toDate(record.lastBufferedAtTime),
    chunks: record.bufferedObservationChunks,
  };
  for (const [name, own] of [...SAME, ...MAYBE]) row[own] = toValue(record[name]);
  return row;
}

/* What a buffered chunk has beside what Store knows it by. */
function chunkToStore(id, chunk, lastBufferedAtTime) {
  const { cycleId, observations, tokenCount, messageIds, messageTokens, lastObservedAt } = chunk;
  const { suggestedContinuation, currentTask, threadTitle, extractedValues, extractionFailures } = chunk;
  return {
    id,
    cycleId,
    observations,
    tokens: toCount(tokenCount),
    messageIds,
    messageTokens: toCount(messageTokens ?? 0),
    lastObservedAt: toDate(lastObservedAt),
    more: { suggestedContinuation, currentTask, threadTitle, extractedValues, extractionFailures },
    lastBufferedAt: toDate(lastBufferedAtTime),
  };
}

function sum(chunks, read) {
  return chunks.reduce((total, chunk) => total + (read(chunk) ?? 0), 0);
}

const NOTHING_ACTIVATED = {
  chunksActivated: 0,
  messageTokensActivated: 0,
  observationTokensActivated: 0,
  messagesActivated: 0,
};

/* The account of the chunks that were activated. Hints are those of the newest one. */
function accountOf(chunks) {
  if (chunks.length === 0) return { ...NOTHING_ACTIVATED, activatedCycleIds: [], activatedMessageIds: [] };
  const newest = chunks[chunks.length - 1];
  return {
    chunksActivated: chunks.length,
    messageTokensActivated: sum(chunks, (chunk) => chunk.messageTokens),
    observationTokensActivated: sum(chunks, (chunk) => chunk.tokenCount),
    messagesActivated: sum(chunks, (chunk) => chunk.messageIds?.length),
    activatedCycleIds: chunks.map((chunk) => chunk.cycleId).filter(Boolean),
    activatedMessageIds: chunks.flatMap((chunk) => chunk.messageIds ?? []),
    observations: chunks.map((chunk) => chunk.observations).join('\n\n'),
    perChunk: chunks.map((chunk) => ({
      cycleId: chunk.cycleId ?? '',
      messageTokens: chunk.messageTokens ?? 0,
      observationTokens: chunk.tokenCount ?? 0,
      messageCount: chunk.messageIds?.length ?? 0,
      observations: chunk.observations,
    })),
    suggestedContinuation: newest.suggestedContinuation ?? undefined,
    currentTask: newest.currentTask ?? undefined,
  };
}

module.exports = { toScope, fromStore, toStore, chunkToStore, accountOf, toCount };
