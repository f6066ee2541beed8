'use strict';
/* Reading messages: of threads, of a resource, by id. */
const { FIRST, LAST } = require('./dates.js');
const { canExist, isId } = require('./ids.js');
const { makeMessageList } = require('./message-list.js');

const PER_PAGE = 40;
const IDS_MAX = 100000; /* the library's limit of ids in one call */
const NEIGHBOURS_MAX = 100000;
const LIMIT_MAX = 0xffffffff;

function millis(time, name) {
  const at = new Date(time).getTime();
  if (Number.isNaN(at)) throw new RangeError(`${name}: is an invalid Date`);
  return Math.min(Math.max(at, FIRST), LAST + 1);
}

/*
 * Callers know whole milliseconds, the tables microseconds: a range takes all of its last millisecond, or nothing of it.
 * Infinite: no bound.
 */
function rangeOf(range) {
  if (!range) return { from: -Infinity, until: Infinity };
  const { start, end, startExclusive, endExclusive } = range;
  return {
    from: start ? millis(start, 'dateRange.start') + (startExclusive ? 1 : 0) : -Infinity,
    until: end ? millis(end, 'dateRange.end') + (endExclusive ? 0 : 1) : Infinity,
  };
}

/* Windows bring what is outside of the range, too. */
function isWithin({ from, until }, { createdAt }) {
  return createdAt >= from && createdAt < until;
}

function neighbours(count) {
  return Math.min(Math.max(Math.trunc(count) || 0, 0), NEIGHBOURS_MAX);
}

function anchorsOf(include) {
  return include
    .filter(({ id }) => isId(id))
    .map(({ id, withPreviousMessages, withNextMessages }) => ({
      messageId: id,
      before: neighbours(withPreviousMessages),
      after: neighbours(withNextMessages),
    }));
}

/* An error tells of one thread, but not a long list of them. */
function shownThreads(given) {
  return Array.isArray(given) && given.length !== 1 ? `${given.length} threads` : String(given);
}

/* What the library is asked. No page is asked for that must be empty; without threads it is the resource's. */
function queryOf({ resourceId, include, filter, orderBy, includeTotal }, { perPage, offset, all, metadata }, threadIds) {
  const { from, until } = rangeOf(filter?.dateRange);
  const isEmpty = perPage === 0 || from >= until || from > LAST || threadIds?.length === 0;
  return {
    threadIds,
    resourceId,
    from: from === -Infinity || isEmpty ? undefined : new Date(from), // windows have no range
    until: until > LAST || isEmpty ? undefined : new Date(until),
    metadata,
    direction: orderBy?.direction === 'DESC' ? 'descending' : 'ascending',
    extent: isEmpty ? 'none' : all ? 'all' : 'page',
    limit: perPage === 0 ? undefined : Math.min(perPage, LIMIT_MAX),
    offset: Math.min(offset, Number.MAX_SAFE_INTEGER),
    withTotal: includeTotal ?? true,
    anchors: include ? anchorsOf(include) : [],
    agent: true,
  };
}

function makeMessageReads(Base, core, errors) {
  const { calculatePagination, normalizePerPage, validateStorageMetadataFilter } = core.storage;
  const { fromRows } = makeMessageList(core);

  /* Conversions look back, so they are made in the order of time. */
  function toMessages(rows, direction) {
    if (direction === 'ascending') return fromRows(rows);
    return fromRows(rows.reverse()).reverse();
  }

  /* What callers get wrong about pages and filters is thrown before anything is asked. */
  function pagingOf(operation, { page = 0, perPage: given, filter }, details) {
    if (page < 0) throw errors.user(operation, 'INVALID_PAGE', 'Page number must be non-negative', { ...details, page });
    const perPage = normalizePerPage(given, PER_PAGE);
    const { offset, perPage: shown } = calculatePagination(page, given, perPage);
    const metadata = validateStorageMetadataFilter(filter?.metadata);
    return { page, shown, perPage, offset, all: given === false, metadata };
  }

  function threadsOf(given) {
    const ids = (Array.isArray(given) ? given : [given]).filter((id) => typeof id === 'string');
    if (ids.length === 0 || ids.some((id) => id.trim() === '')) {
      const text = 'threadId must be a non-empty string or array of non-empty strings';
      throw errors.make('LIST_MESSAGES', 'INVALID_THREAD_ID', { text, details: { threadId: shownThreads(given) } });
    }
    return [...new Set(ids)];
  }

  return class MessageReads extends Base {
    /* A page and windows. `isCovered` tells, from all rows, whether the page has nothing behind it after all. */
    async #recall(query, paging, isCovered) {
      const isAsked = canExist(query.resourceId ?? '') && (query.extent !== 'none' || query.anchors.length > 0);
      const found = isAsked ? await this.reader.messages.recall(query) : { messages: [], pageRows: 0, hasMore: false };
      const { messages: rows, pageRows, hasMore, total } = found;
      return {
        total: !isAsked || query.extent === 'none' ? 0 : (total ?? paging.offset + pageRows),
        page: paging.page,
        perPage: paging.shown,
        hasMore: hasMore && !isCovered?.(rows, total),
        messages: toMessages(rows, query.direction),
      };
    }

    async listMessages(args) {
      const { threadId, resourceId, include } = args;
      const threads = threadsOf(threadId);
      const details = { threadId: shownThreads(threadId), resourceId: resourceId ?? '' };
      const paging = pagingOf('LIST_MESSAGES', args, { threadId: details.threadId });
      return errors.guard('LIST_MESSAGES', details, () => {
        const query = queryOf(args, paging, threads.filter(canExist));
        const asked = new Set(threads);
        const range = rangeOf(args.filter?.dateRange);
        const counts = (row) => asked.has(row.threadId) && isWithin(range, row);
        const isCovered = (rows, total) => rows.filter(counts).length >= total;
        return this.#recall(query, paging, include?.length > 0 && paging.metadata === undefined ? isCovered : undefined);
      });
    }

    async listMessagesByResourceId(args) {
      const { resourceId } = args;
      const operation = 'LIST_MESSAGES_BY_RESOURCE_ID';
      const details = { resourceId: resourceId ?? '' };
      if (typeof resourceId !== 'string' || resourceId.trim() === '') {
        throw errors.user(operation, 'INVALID_QUERY', 'resourceId is required', details);
      }
      const paging = pagingOf(operation, args, details);
      return errors.guard(operation, details, () => this.#recall(queryOf(args, paging), paging));
    }

    async listMessagesById({ messageIds }) {
      return errors.guard('LIST_MESSAGES_BY_ID', { messageIds: `${messageIds?.length} ids` }, async () => {
        const ids = [...new Set(messageIds)].filter(isId);
        const parts = [];
        for (let i = 0; i < ids.length; i += IDS_MAX) {
          parts.push(await this.reader.messages.get({ ids: ids.slice(i, i + IDS_MAX), byTime: true, agent: true }));
        }
        const rows = parts.length === 1 ? parts[0] : parts.flat().sort((a, b) => a.createdAt - b.createdAt);
        return { messages: fromRows(rows) };
      });
    }
  };
}

module.exports = { makeMessageReads };
