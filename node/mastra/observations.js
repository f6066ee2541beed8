'use strict';
/* Observational memory: a part of the memory domain. */
const { toDate, rangeFrom, rangeUntil } = require('./dates.js');
const { toScope, fromStore, toStore, chunkToStore, accountOf, toCount } = require('./observation-records.js');
const { untilUndisturbed } = require('./retry.js');

const HISTORY_DEFAULT = 10;
const HISTORY_MAX = 100000;

/* Neither a thread nor a resource. */
function isNobody(threadId, resourceId) {
  return !threadId && (resourceId === undefined || resourceId === null);
}

function makeObservations(Base, core, errors) {
  function toFailure(operation, id, error) {
    if (error.code === 'NOT_FOUND') {
      const text = `Observational memory record not found: ${id}`;
      return errors.make(operation, 'NOT_FOUND', { text, details: { id }, cause: error });
    }
    if (error.code === 'CONFLICT' && error.retry === 'no') {
      return errors.user(operation, 'NO_CONTENT', 'No buffered reflection to swap', { id }, error);
    }
    return error;
  }

  /* Runs a call about the record `id`. */
  const about = (operation, id, call, details = { id }) =>
    errors.guard(operation, details, async () => {
      try {
        return await untilUndisturbed(call);
      } catch (error) {
        throw toFailure(operation, id, error);
      }
    });

  const mark = (store, operation, marks, details) =>
    about(operation, marks.id, () => store.observations.mark(marks), { id: marks.id, ...details });

  return class extends Base {
    /* The newest record decides what is observed next, so a replica that lags behind will not do. */
    async getObservationalMemory(threadId, resourceId) {
      if (isNobody(threadId, resourceId)) return null;
      return errors.guard('GET_OBSERVATIONAL_MEMORY', { threadId, resourceId }, async () => {
        const [record] = await this.store.observations.history({ ...toScope(threadId, resourceId), limit: 1 });
        return record === undefined ? null : fromStore(record);
      });
    }

    async getObservationalMemoryHistory(threadId, resourceId, limit = HISTORY_DEFAULT, options) {
      return errors.guard('GET_OBSERVATIONAL_MEMORY_HISTORY', { threadId, resourceId, limit }, async () => {
        if (limit === 0 || isNobody(threadId, resourceId)) return [];
        const { from, to, offset } = options ?? {};
        const records = await this.reader.observations.history({
          ...toScope(threadId, resourceId),
          from: rangeFrom(from),
          until: rangeUntil(to),
          limit: Math.min(limit ?? HISTORY_MAX, HISTORY_MAX),
          offset,
        });
        return records.map(fromStore);
      });
    }

    async initializeObservationalMemory({ threadId, resourceId, config, observedTimezone }) {
      return errors.guard('INITIALIZE_OBSERVATIONAL_MEMORY', { threadId, resourceId }, () =>
        untilUndisturbed(async () =>
          fromStore(
            await this.store.observations.init({ ...toScope(threadId, resourceId), config, timezone: observedTimezone }),
          ),
        ),
      );
    }

    async insertObservationalMemoryRecord(record) {
      const { id, threadId, resourceId } = record;
      await errors.guard('INSERT_OBSERVATIONAL_MEMORY_RECORD', { id, threadId, resourceId }, () =>
        this.store.observations.insert(toStore(record)),
      );
    }

    async updateActiveObservations({ id, observations, tokenCount, lastObservedAt, observedMessageIds }) {
      await about('UPDATE_ACTIVE_OBSERVATIONS', id, () =>
        this.store.observations.update({
          id,
          active: observations,
          tokens: toCount(tokenCount),
          lastObservedAt: toDate(lastObservedAt),
          observedMessageIds,
        }),
      );
    }

    async updateBufferedObservations({ id, chunk, lastBufferedAtTime }) {
      await about('UPDATE_BUFFERED_OBSERVATIONS', id, () =>
        this.store.observations.buffer(chunkToStore(id, chunk, lastBufferedAtTime)),
      );
    }

    async swapBufferedToActive(input) {
      return about('SWAP_BUFFERED_TO_ACTIVE', input.id, async () =>
        accountOf(
          await this.store.observations.activate({
            id: input.id,
            ratio: input.activationRatio,
            threshold: input.messageTokensThreshold,
            pendingTokens: input.currentPendingTokens,
            force: input.forceMaxActivation,
            lastObservedAt: toDate(input.lastObservedAt),
            chunks: input.bufferedChunks,
          }),
        ),
      );
    }

    async createReflectionGeneration({ currentRecord: { id }, reflection, tokenCount }) {
      const tokens = toCount(tokenCount);
      return about(
        'CREATE_REFLECTION_GENERATION',
        id,
        async () => fromStore(await this.store.observations.reflect({ id, reflection, tokens })),
        { currentRecordId: id },
      );
    }

    async updateBufferedReflection({ id, reflection, tokenCount, inputTokenCount, reflectedObservationLineCount }) {
      await about('UPDATE_BUFFERED_REFLECTION', id, () =>
        this.store.observations.bufferReflection({
          id,
          reflection,
          tokens: toCount(tokenCount),
          inputTokens: toCount(inputTokenCount),
          lines: reflectedObservationLineCount,
        }),
      );
    }

    async swapBufferedReflectionToActive({ currentRecord: { id }, tokenCount }) {
      return about('SWAP_BUFFERED_REFLECTION_TO_ACTIVE', id, async () =>
        fromStore(await this.store.observations.activateReflection({ id, tokens: toCount(tokenCount) })),
      );
    }

    async setReflectingFlag(id, isReflecting) {
      await mark(this.store, 'SET_REFLECTING_FLAG', { id, isReflecting }, { isReflecting });
    }

    async setObservingFlag(id, isObserving) {
      await mark(this.store, 'SET_OBSERVING_FLAG', { id, isObserving }, { isObserving });
    }

    async setBufferingObservationFlag(id, isBuffering, lastBufferedAtTokens) {
      const lastBufferedTokens = lastBufferedAtTokens === undefined ? undefined : toCount(lastBufferedAtTokens);
      const marks = { id, isBufferingObservation: isBuffering, lastBufferedTokens };
      const details = { isBuffering, lastBufferedAtTokens: lastBufferedAtTokens ?? null };
      await mark(this.store, 'SET_BUFFERING_OBSERVATION_FLAG', marks, details);
    }

    async setBufferingReflectionFlag(id, isBuffering) {
      const marks = { id, isBufferingReflection: isBuffering };
      await mark(this.store, 'SET_BUFFERING_REFLECTION_FLAG', marks, { isBuffering });
    }

    async setPendingMessageTokens(id, tokenCount) {
      const marks = { id, pendingTokens: toCount(tokenCount) };
      await mark(this.store, 'SET_PENDING_MESSAGE_TOKENS', marks, { tokenCount });
    }

    async updateObservationalMemoryConfig({ id, config }) {
      await about('UPDATE_OM_CONFIG', id, () => this.store.observations.mergeConfig({ id, config }));
    }

    async clearObservationalMemory(threadId, resourceId) {
      if (isNobody(threadId, resourceId)) return;
      await errors.guard('CLEAR_OBSERVATIONAL_MEMORY', { threadId, resourceId }, () =>
        this.store.observations.clear(toScope(threadId, resourceId)),
      );
    }
  };
}

module.exports = { makeObservations };
