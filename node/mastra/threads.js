'use strict';
/* Threads, as the memory domain has them. */
const { FIRST, rangeFrom, rangeUntil } = require('./dates.js');
const { canExist, isId } = require('./ids.js');
const { toMerged } = require('./merge.js');
const { untilUndisturbed } = require('./retry.js');

const PAGE_DEFAULT = 100;
const ROWS_MAX = 100_000; // rows of one page of the store
const PAGE_MAX = 0xffffffff;
const LIMIT_MAX = 0xffffffff;

function isMissing(error) {
  return error.code === 'NOT_FOUND';
}

/* An id that cannot exist is refused by the store; to those who ask for it there is simply no such thread. */
function isNobody(error) {
  return isMissing(error) || error.code === 'INVALID';
}

function toThread({ id, resourceId, title, metadata, hasMetadata, createdAt, updatedAt }) {
  return { id, resourceId, title: title ?? '', metadata: hasMetadata ? metadata : null, createdAt, updatedAt };
}

function toDate(value, name) {
  const date = new Date(value);
  if (value === undefined || value === null || Number.isNaN(date.getTime())) throw new Error(`${name} is no date`);
  return date;
}

function isPlainObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/* All rows of a query from `skip` on, `count` at most; more than the store gives at once are taken in turns. */
async function take(store, query, skip, count) {
  const threads = [];
  let cursor;
  let page;
  do {
    page = await store.threads.list({ ...query, limit: Math.min(ROWS_MAX, skip + count - threads.length), cursor });
    threads.push(...page.threads);
    cursor = page.next;
  } while (page.hasMore && threads.length < skip + count);
  return threads.slice(skip);
}

/* One page, and how many there are in all. */
async function readPage(store, query, page, perPage) {
  if (perPage > 0 && perPage <= ROWS_MAX) {
    const found = await store.threads.list({ ...query, limit: perPage, page: Math.min(page, PAGE_MAX), withTotal: true });
    return { threads: found.threads, total: found.total };
  }
  const { total } = await store.threads.list({ ...query, limit: 1, withTotal: true });
  const threads = perPage === 0 || page * perPage >= total ? [] : await take(store, query, page * perPage, perPage);
  return { threads, total };
}

async function readAll(store, query) {
  const threads = await take(store, query, 0, Infinity);
  return { threads, total: threads.length };
}

/* As Object.fromEntries, which takes twice as long. An own `__proto__` lets an id of this name be one like others. */
function toIdMap(copies) {
  const map = { ['__proto__']: undefined };
  for (const { sourceId, id } of copies) map[sourceId] = id;
  if (map.__proto__ === undefined) delete map.__proto__;
  return map;
}

function isBlank(value) {
  return value === undefined || value === null;
}

function makeThreads(Base, core, errors) {
  function checkedThread(thread) {
    if (isBlank(thread.id)) throw new Error('a thread has an id');
    if (isBlank(thread.title) || isBlank(thread.resourceId)) throw new Error('a thread has a title and a resourceId');
    return {
      id: thread.id,
      resourceId: thread.resourceId,
      title: thread.title,
      metadata: thread.metadata || undefined,
      createdAt: toDate(thread.createdAt, 'createdAt'),
      updatedAt: toDate(thread.updatedAt, 'updatedAt'),
    };
  }

  /* A copy's own words for what can be wrong with it. */
  function copyError(error, { sourceThreadId, newThreadId }) {
    if (isMissing(error) || !isId(sourceThreadId)) {
      const text = `Source thread with id ${sourceThreadId} not found`;
      return errors.user('CLONE_THREAD', 'SOURCE_NOT_FOUND', text, { sourceThreadId }, error);
    }
    if (error.code === 'EXISTS') {
      const text = `Thread with id ${newThreadId} already exists`;
      return errors.user('CLONE_THREAD', 'THREAD_EXISTS', text, { newThreadId }, error);
    }
    return error;
  }

  /* No ids are all of them; where none of those given can exist, the copy ends before the first message. */
  function toRange({ startDate, endDate, messageIds }) {
    const ids = messageIds?.filter(isId) ?? [];
    const isNone = messageIds?.length > 0 && ids.length === 0;
    return {
      from: rangeFrom(startDate),
      until: isNone ? new Date(FIRST) : rangeUntil(endDate),
      ids: ids.length > 0 ? ids : undefined,
    };
  }

  function toCopy({ sourceThreadId, newThreadId, resourceId, title, metadata, options }) {
    const { messageLimit, messageFilter } = options ?? {};
    return {
      sourceId: sourceThreadId,
      id: newThreadId || undefined,
      resourceId,
      title: title || undefined,
      metadata,
      limit: messageLimit > 0 ? Math.min(messageLimit, LIMIT_MAX) : undefined,
      ...toRange(messageFilter ?? {}),
    };
  }

  return class extends Base {
    /* What is read for a decision is read where it is written. */
    async #find(threadId) {
      try {
        return toThread(await this.store.threads.get(threadId));
      } catch (error) {
        if (isNobody(error)) return null;
        throw error;
      }
    }

    /* What every turn of an agent begins with, so as little as can be is between it and the store. */
    async getThreadById({ threadId, resourceId }) {
      try {
        const thread = toThread(await this.reader.threads.get(threadId));
        return resourceId === undefined || thread.resourceId === resourceId ? thread : null;
      } catch (error) {
        if (isNobody(error)) return null;
        throw errors.failed('GET_THREAD_BY_ID', { threadId }, error);
      }
    }

    async saveThread({ thread }) {
      return errors.guard('SAVE_THREAD', { threadId: thread.id }, async () => {
        const stored = await this.store.threads.create({ ...checkedThread(thread), existing: 'rewrite' });
        return { ...thread, metadata: stored.hasMetadata ? stored.metadata : thread.metadata };
      });
    }

    async updateThread({ id, title, metadata }) {
      const details = { threadId: id, title: title ?? null };
      return errors.guard('UPDATE_THREAD', details, async () => {
        try {
          const change = { id, title: title ?? undefined, ...toMerged(metadata), merge: 'shallow' };
          return toThread(await this.store.threads.update(change));
        } catch (error) {
          if (isMissing(error) || !isId(id)) throw errors.user('UPDATE_THREAD', 'FAILED', `Thread ${id} not found`, details, error);
          throw error;
        }
      });
    }

    /* Reads, lets `update` decide, and writes if nobody has written meanwhile. */
    async #updateMetadata({ id, resourceId, update }) {
      const row = await this.store.threads.get(id, { raw: true });
      const metadata = JSON.parse(row.metadataJson);
      const thread = toThread({ ...row, metadata });
      if (resourceId !== undefined && thread.resourceId !== resourceId) return null;
      const members = update(thread);
      if (!members) return thread;
      const expectedJson = row.hasMetadata ? row.metadataJson : 'null';
      return toThread(await this.store.threads.update({ id, ...toMerged(members), merge: 'shallow', expectedJson }));
    }

    /* Safe among processes as well; so `update` may be called more than once. What it throws is its own affair. */
    async updateThreadMetadata({ id, resourceId, update }) {
      if (!isId(id)) return null;
      let thrown;
      const own = (thread) => {
        try {
          return update(thread);
        } catch (error) {
          thrown = { error };
          throw error;
        }
      };
      const work = () => untilUndisturbed(() => this.#updateMetadata({ id, resourceId, update: own }));
      try {
        return await errors.guard('UPDATE_THREAD', { threadId: id }, work);
      } catch (error) {
        if (thrown) throw thrown.error;
        if (error.cause?.code === 'NOT_FOUND') return null;
        throw error;
      }
    }

    async deleteThread({ threadId }) {
      return errors.guard('DELETE_THREAD', { threadId }, async () => {
        try {
          await this.store.threads.delete(threadId);
        } catch (error) {
          if (!isNobody(error)) throw error;
        }
      });
    }

    #checkListing(page, perPage, metadata) {
      try {
        this.validatePaginationInput(page, perPage ?? PAGE_DEFAULT);
      } catch (error) {
        const details = { page, ...(perPage === undefined ? {} : { perPage }) };
        throw errors.user('LIST_THREADS', 'INVALID_PAGE', error.message, details);
      }
      try {
        this.validateMetadataKeys(metadata);
      } catch (error) {
        throw errors.user('LIST_THREADS', 'INVALID_METADATA_KEY', error.message, { metadataKeys: Object.keys(metadata).join(', ') });
      }
    }

    async listThreads({ page = 0, perPage: asked, orderBy, filter } = {}) {
      this.#checkListing(page, asked, filter?.metadata);
      const { field, direction } = this.parseOrderBy(orderBy);
      const query = {
        resourceId: filter?.resourceId,
        metadata: isPlainObject(filter?.metadata) && Object.keys(filter.metadata).length > 0 ? filter.metadata : undefined,
        order: field === 'updatedAt' ? 'updated' : 'created',
        direction: direction === 'ASC' ? 'ascending' : 'descending',
      };
      const perPage = asked ?? PAGE_DEFAULT;
      const owner = query.resourceId === undefined ? {} : { resourceId: query.resourceId };
      return errors.guard('LIST_THREADS', { ...owner, page, hasMetadataFilter: query.metadata !== undefined }, async () => {
        const all = perPage === false;
        if (!canExist(query.resourceId ?? '')) return { threads: [], total: 0, page, perPage, hasMore: false };
        const found = all ? await readAll(this.reader, query) : await readPage(this.reader, query, page, perPage);
        const hasMore = !all && page * perPage + perPage < found.total;
        return { threads: found.threads.map(toThread), total: found.total, page, perPage, hasMore };
      });
    }

    async copyThread(args) {
      const { sourceThreadId, newThreadId } = args;
      const details = { sourceThreadId, ...(newThreadId ? { newThreadId } : {}) };
      return errors.guard('CLONE_THREAD', details, async () => {
        const copy = await this.store.threads.copy(toCopy(args)).catch((error) => {
          throw copyError(error, args);
        });
        const thread = toThread(copy.thread);
        thread.metadata.clone.clonedAt = new Date(thread.metadata.clone.clonedAt);
        return { thread, messageIdMap: toIdMap(copy.messages) };
      });
    }

    async updateThreadResourceId({ threadId, resourceId }) {
      return errors.guard('UPDATE_THREAD_RESOURCE_ID', { threadId, resourceId }, async () => {
        if (typeof resourceId !== 'string') throw new Error('resourceId is no string');
        const thread = await this.#find(threadId);
        if (thread === null) throw new Error(`Thread "${threadId}" not found`);
        if (thread.resourceId === resourceId) return thread;
        return toThread(await this.store.threads.update({ id: threadId, resourceId }));
      });
    }
  };
}

module.exports = { makeThreads };
