'use strict';
const check = require('./check.js');
const rows = require('./rows.js');
const { followed } = require('./cursor.js');
const { invalid } = require('./error.js');
const { anchorFields, recallFields } = require('./recall.js');
const { EXISTING, DIRECTIONS } = require('./threads.js');

const ELSEWHERE = ['refuse', 'move', 'moveAny'];
const SAVE = ['threadId', 'messages', 'elsewhere', 'agent'];
const CHANGE = ['threadId', 'id', 'role', 'type', 'content', 'text', 'contentJson', 'metadata', 'metadataJson', 'raw'];
const EACH = ['threadId', 'resourceId', 'from', 'until', 'metadata', 'metadataJson', 'direction', 'limit', 'cursor', 'raw'];
const QUERY = [...EACH, 'page', 'withTotal'];
const FIND = ['metadata', 'metadataJson', 'limit', 'cursor', 'raw'];
const REVISION = [
  ...['threadId', 'id', 'expectedJson', 'role', 'type', 'content', 'text', 'contentJson', 'metadata', 'metadataJson'],
  ...['resourceId', 'newThreadId'],
];

/*
 * The content of a message: as JSON, and as plain text; one of them at most. `text` beside an equal
 * `content` is fine, since messages that are read have both.
 */
function contentOf(message, where, position) {
  const { content, text, contentJson } = message;
  const twice = content !== undefined && !check.isAbsent(text) && content !== text;
  if (twice || (!check.isAbsent(contentJson) && (content !== undefined || !check.isAbsent(text)))) {
    throw invalid(`${where}content: is given twice`, { position });
  }
  if (!check.isAbsent(contentJson)) return [check.text(contentJson, 'contentJson', where), undefined];
  if (content !== undefined) return [check.toJson(content, 'content', where, position), undefined];
  return [undefined, check.text(text, 'text', where)];
}

/* `threads`: the thread of those that name none; without it all go to one thread, whatever they name. */
function addMessage(into, message, i, threads) {
  if (typeof message !== 'object' || message === null) throw invalid(`messages[${i}]: is not an object`, { position: i });
  const where = `messages[${i}].`;
  const [content, text] = contentOf(message, where, i);
  if (content === undefined && text === undefined) throw invalid(`${where}content: is undefined`, { position: i });
  into.push(
    check.text(message.id, 'id', where),
    check.text(message.role, 'role', where),
    check.text(message.type, 'type', where),
    content,
    text,
    check.document(message, 'metadata', where),
    check.time(message.createdAtMicros ?? message.createdAt, 'createdAt', where),
    check.text(message.resourceId, 'resourceId', where),
    threads && (check.text(message.threadId, 'threadId', where) ?? threads.fallback),
  );
}

/* New messages' fields in the addon's order, one after the other. */
function newMessages(messages) {
  const fields = [];
  check.list(messages, 'messages').forEach((message, i) => addMessage(fields, message, i));
  return fields;
}

/* The same with the thread of each. */
function savedMessages(messages, threadId) {
  const fields = [];
  const threads = { fallback: threadId };
  check.list(messages, 'messages').forEach((message, i) => addMessage(fields, message, i, threads));
  return fields;
}

/* Metadata of null takes the document away. */
function addRevision(into, revision, i) {
  const where = `revisions[${i}].`;
  check.object(revision, REVISION, `revisions[${i}]`);
  const [content, text] = contentOf(revision, where, i);
  into.push(
    check.text(revision.threadId, `${where}threadId`),
    check.needed(revision.id, `${where}id`),
    check.text(revision.expectedJson, `${where}expectedJson`),
    check.text(revision.role, `${where}role`),
    check.text(revision.type, `${where}type`),
    content,
    text,
    check.document(revision, 'metadata', where),
    revision.metadata === null,
    check.text(revision.resourceId, `${where}resourceId`),
    check.text(revision.newThreadId, `${where}newThreadId`),
  );
}

class Messages {
  #engine;

  constructor(engine) {
    this.#engine = engine;
  }

  async append(given) {
    check.object(given, ['threadId', 'messages', 'existing', 'elsewhere'], 'messages.append');
    const { messages, inserted, lastSeq } = await this.#engine.run(
      'messageAppend',
      false,
      check.needed(given.threadId, 'threadId'),
      newMessages(given.messages),
      check.choice(given.existing, EXISTING, 'existing'),
      check.choice(given.elsewhere, ELSEWHERE, 'elsewhere'),
    );
    return { messages, inserted, lastSeq };
  }

  /* As if nothing were to be moved, first: that is what nearly all calls are, and costs less than half. */
  async save(given) {
    check.object(given, SAVE, 'messages.save');
    const fields = savedMessages(given.messages, check.text(given.threadId, 'threadId'));
    const elsewhere = check.choice(given.elsewhere ?? 'move', ELSEWHERE, 'elsewhere');
    const format = check.flag(given.agent, 'agent') ? rows.TIMES : 0;
    const saved = await this.#engine.run('messageSave', format, fields, 0).catch((error) => {
      if (error.code !== 'EXISTS' || elsewhere === 0) throw error;
      return this.#engine.run('messageSave', format, fields, elsewhere);
    });
    return format === rows.TIMES ? saved : { messages: saved.messages, inserted: saved.inserted };
  }

  async rewrite(given) {
    check.object(given, ['revisions'], 'messages.rewrite');
    const fields = [];
    check.list(given.revisions, 'revisions').forEach((revision, i) => addRevision(fields, revision, i));
    const { messages } = await this.#engine.run('messageRewrite', false, fields);
    messages.forEach((message) => delete message.inserted);
    return messages;
  }

  async last(query) {
    check.object(query, ['threadId', 'limit', 'raw'], 'messages.last');
    const result = await this.#engine.run(
      'messageLast',
      check.flag(query.raw, 'raw'),
      check.needed(query.threadId, 'threadId'),
      check.whole(query.limit, 'limit'),
    );
    return rows.page('messages', result);
  }

  async list(query) {
    check.object(query, QUERY, 'messages.list');
    const result = await this.#engine.run(
      'messageList',
      check.flag(query.raw, 'raw'),
      check.text(query.threadId, 'threadId'),
      check.text(query.resourceId, 'resourceId'),
      check.time(query.from, 'from'),
      check.time(query.until, 'until'),
      check.document(query, 'metadata'),
      check.choice(query.direction, DIRECTIONS, 'direction'),
      check.whole(query.limit, 'limit'),
      check.text(query.cursor, 'cursor'),
      check.whole(query.page, 'page', { least: 0 }),
      check.flag(query.withTotal, 'withTotal'),
    );
    return rows.page('messages', result);
  }

  async *iterate(query) {
    check.object(query, EACH, 'messages.iterate');
    yield* followed('messages', query, (page) => this.list(page));
  }

  async tail(query) {
    check.object(query, ['threadId', 'seq', 'limit', 'raw'], 'messages.tail');
    const { messages, hasMore, lastSeq } = await this.#engine.run(
      'messageTail',
      check.flag(query.raw, 'raw'),
      check.needed(query.threadId, 'threadId'),
      check.whole(query.seq, 'seq', { least: 0, most: Number.MAX_SAFE_INTEGER }) ?? 0,
      check.whole(query.limit, 'limit'),
    );
    return { messages, hasMore, lastSeq };
  }

  async window(query) {
    check.object(query, ['threadId', 'anchors', 'raw'], 'messages.window');
    const raw = check.flag(query.raw, 'raw');
    const threadId = check.text(query.threadId, 'threadId');
    return (await this.#engine.run('messageWindow', raw, threadId, anchorFields(query.anchors))).messages;
  }

  async recall(query) {
    const fields = recallFields(query);
    const result = await this.#engine.run('messageRecall', rows.format(query), ...fields);
    const { messages, hasMore, pageRows } = result;
    return result.total === -1 ? { messages, hasMore, pageRows } : { messages, hasMore, pageRows, total: result.total };
  }

  async get(query) {
    check.object(query, ['threadId', 'ids', 'byTime', 'raw', 'agent'], 'messages.get');
    const format = rows.format(query);
    const threadId = check.text(query.threadId, 'threadId');
    const ids = check.texts(query.ids, 'ids');
    const byTime = check.flag(query.byTime, 'byTime');
    if (ids.length === 0) return [];
    return (await this.#engine.run('messageGet', format, threadId, ids, format === rows.AGENT, byTime)).messages;
  }

  async find(query) {
    check.object(query, FIND, 'messages.find');
    const result = await this.#engine.run(
      'messageFind',
      check.flag(query.raw, 'raw'),
      check.document(query, 'metadata'),
      check.whole(query.limit, 'limit'),
      check.text(query.cursor, 'cursor'),
    );
    return rows.page('messages', result);
  }

  async *iterateFound(query) {
    check.object(query, FIND, 'messages.iterateFound');
    yield* followed('messages', query, (page) => this.find(page));
  }

  async count(query) {
    check.object(query, ['threadId', 'from', 'until'], 'messages.count');
    const threadId = check.needed(query.threadId, 'threadId');
    const from = check.time(query.from, 'from');
    return (await this.#engine.run('messageCount', false, threadId, from, check.time(query.until, 'until'))).total;
  }

  async update(change) {
    check.object(change, CHANGE, 'messages.update');
    const [content, text] = contentOf(change, '');
    const result = await this.#engine.run(
      'messageUpdate',
      check.flag(change.raw, 'raw'),
      check.text(change.threadId, 'threadId'),
      check.needed(change.id, 'id'),
      check.text(change.role, 'role'),
      check.text(change.type, 'type'),
      content,
      text,
      check.document(change, 'metadata'),
    );
    return result.messages[0];
  }

  async delete(query) {
    check.object(query, ['threadId', 'ids'], 'messages.delete');
    const threadId = check.text(query.threadId, 'threadId');
    const ids = check.texts(query.ids, 'ids');
    return ids.length === 0 ? 0 : (await this.#engine.run('messageDelete', false, threadId, ids)).total;
  }
}

module.exports = { Messages, newMessages };
