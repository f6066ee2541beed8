'use strict';
const check = require('./check.js');
const rows = require('./rows.js');
const { followed } = require('./cursor.js');

const EXISTING = ['refuse', 'keep', 'replace'];
const THREAD_EXISTING = [...EXISTING, 'rewrite'];
const MERGES = ['deep', 'shallow'];
const ORDERS = ['created', 'updated'];
const DIRECTIONS = ['ascending', 'descending'];
/* A thread that was read may be given as it is: its other fields are for the store to say. */
const TIMES = ['createdAt', 'createdAtMicros', 'updatedAt', 'updatedAtMicros'];
const NEW = ['id', 'resourceId', 'title', 'metadata', 'metadataJson', ...TIMES, 'lastSeq', 'hasMetadata', 'inserted'];
const CHANGE = ['id', 'resourceId', 'title', 'metadata', 'metadataJson', 'merge', 'expectedJson', 'removed', 'raw'];
const COPY = ['sourceId', 'from', 'until', 'limit', 'ids', 'id', 'resourceId', 'title', 'metadata', 'metadataJson', 'raw'];
const EACH = ['resourceId', 'metadata', 'metadataJson', 'order', 'direction', 'limit', 'cursor', 'raw'];
const QUERY = [...EACH, 'page', 'withTotal'];

/* A new thread's fields in the addon's order. */
function newThread(thread, where = '') {
  return [
    check.text(thread.id, `${where}id`),
    check.text(thread.resourceId, `${where}resourceId`),
    check.text(thread.title, `${where}title`),
    check.document(thread, 'metadata', where),
    check.time(thread.createdAtMicros ?? thread.createdAt, `${where}createdAt`),
    check.time(thread.updatedAtMicros ?? thread.updatedAt, `${where}updatedAt`),
  ];
}

class Threads {
  #engine;

  constructor(engine) {
    this.#engine = engine;
  }

  async create(thread = {}) {
    check.object(thread, [...NEW, 'existing', 'raw'], 'threads.create');
    const existing = check.choice(thread.existing, THREAD_EXISTING, 'existing');
    const raw = check.flag(thread.raw, 'raw');
    const result = await this.#engine.run('threadCreate', raw, ...newThread(thread), existing);
    return { ...result.threads[0], inserted: result.inserted };
  }

  async get(id, options = {}) {
    check.object(options, ['raw'], 'threads.get');
    const result = await this.#engine.run('threadGet', check.flag(options.raw, 'raw'), check.needed(id, 'id'));
    return result.threads[0];
  }

  async update(change) {
    check.object(change, CHANGE, 'threads.update');
    const result = await this.#engine.run(
      'threadUpdate',
      check.flag(change.raw, 'raw'),
      check.needed(change.id, 'id'),
      check.text(change.title, 'title'),
      check.text(change.resourceId, 'resourceId'),
      check.document(change, 'metadata'),
      change.title === null,
      change.resourceId === null,
      check.choice(change.merge, MERGES, 'merge'),
      check.text(change.expectedJson, 'expectedJson'),
      check.optionalTexts(change.removed, 'removed'),
    );
    return result.threads[0];
  }

  async delete(id) {
    return (await this.#engine.run('threadDelete', false, check.needed(id, 'id'))).total;
  }

  async copy(copy) {
    check.object(copy, COPY, 'threads.copy');
    const result = await this.#engine.run(
      'threadCopy',
      check.flag(copy.raw, 'raw'),
      check.needed(copy.sourceId, 'sourceId'),
      check.text(copy.id, 'id'),
      check.text(copy.resourceId, 'resourceId'),
      check.text(copy.title, 'title'),
      check.document(copy, 'metadata'),
      check.time(copy.from, 'from'),
      check.time(copy.until, 'until'),
      check.whole(copy.limit, 'limit'),
      check.optionalTexts(copy.ids, 'ids'),
    );
    return { thread: result.threads[0], messages: result.messages };
  }

  async list(query = {}) {
    check.object(query, QUERY, 'threads.list');
    const result = await this.#engine.run(
      'threadList',
      check.flag(query.raw, 'raw'),
      check.text(query.resourceId, 'resourceId'),
      check.document(query, 'metadata'),
      check.choice(query.order, ORDERS, 'order'),
      check.choice(query.direction, DIRECTIONS, 'direction'),
      check.whole(query.limit, 'limit'),
      check.text(query.cursor, 'cursor'),
      check.whole(query.page, 'page', { least: 0 }),
      check.flag(query.withTotal, 'withTotal'),
    );
    return rows.page('threads', result);
  }

  async *iterate(query = {}) {
    check.object(query, EACH, 'threads.iterate');
    yield* followed('threads', query, (page) => this.list(page));
  }
}

module.exports = { Threads, newThread, NEW_THREAD: NEW, EXISTING, DIRECTIONS };
