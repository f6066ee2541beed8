'use strict';
/*
 * Messages on their way in, as the memory domain has them. The content is kept as its JSON text; the metadata in it is
 * written to the message's metadata document as well, which is what filters look at.
 */
const { isId } = require('./ids.js');
const { makeMessageList, isInOrder } = require('./message-list.js');
const { untilUndisturbed } = require('./retry.js');

const ROWS_MAX = 100_000; // messages of one call of the store

function isObject(value) {
  return typeof value === 'object' && value !== null;
}

function isPlainObject(value) {
  return isObject(value) && !Array.isArray(value);
}

function inParts(list) {
  const parts = [];
  for (let i = 0; i < list.length; i += ROWS_MAX) parts.push(list.slice(i, i + ROWS_MAX));
  return parts;
}

/* ---- Contents ---- */

function parsedObject(text) {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/*
 * A content as its value and its JSON: an object, or the JSON text of one, which stays byte for byte; any other string is
 * plain text. What could never be read again (null, a number) is refused.
 */
function readContent(content) {
  if (typeof content === 'string') {
    const value = parsedObject(content);
    return value === undefined ? { value: content, json: JSON.stringify(content) } : { value, json: content };
  }
  if (!isObject(content)) throw new Error(`a message's content is ${content === null ? 'null' : `of type ${typeof content}`}`);
  return { value: content, json: JSON.stringify(content) };
}

function metadataOf(value) {
  return isPlainObject(value) && isPlainObject(value.metadata) ? JSON.stringify(value.metadata) : undefined;
}

/* One level deep, and one level deep in the metadata. `old` is an object. */
function mergedContent(old, change) {
  if (!isPlainObject(change)) return readContent(change).value;
  const content = { ...old, ...change };
  if (isPlainObject(old.metadata) && isPlainObject(change.metadata)) {
    content.metadata = { ...old.metadata, ...change.metadata };
  }
  return content;
}

/* ---- Saving ---- */

function toDate(value) {
  const date = new Date(value);
  if (Number.isNaN(date.getTime())) throw new Error("a message's createdAt is no date");
  return date;
}

function checkOwners(messages) {
  for (const { id, threadId, resourceId } of messages) {
    if (!id) throw new Error('a message has no id');
    if (!threadId) throw new Error('a message has no threadId');
    if (resourceId === undefined || resourceId === null) throw new Error('a message has no resourceId');
  }
}

function toSaved(message, { value, json }) {
  return {
    id: message.id,
    threadId: message.threadId,
    resourceId: message.resourceId,
    role: message.role,
    type: message.type || 'v2',
    contentJson: json,
    metadataJson: metadataOf(value),
    createdAt: message.createdAt ? toDate(message.createdAt) : undefined,
  };
}

/* The times that are stored, one of each message that was saved, are those that count, and decide on the order. */
function withStoredTimes(messages, saved, times) {
  const stored = new Map();
  saved.forEach(({ id }, i) => stored.set(id, times[i]));
  for (const message of messages) message.createdAt = stored.get(message.id) ?? message.createdAt;
  return isInOrder(messages) ? messages : messages.sort((a, b) => a.createdAt - b.createdAt);
}

/* ---- Changing ---- */

/* Columns that a change may name; of others nothing is written. */
const COLUMNS = { role: 'role', type: 'type', resourceId: 'resourceId', threadId: 'newThreadId' };

/* What a message will be, and the revision that makes it so. `asObject` gives old forms of contents the present one. */
class Draft {
  #asObject;

  constructor(row, asObject) {
    this.#asObject = asObject;
    this.row = row;
    this.content = JSON.parse(row.contentJson);
    this.revision = { threadId: row.threadId, id: row.id };
    this.changed = false;
  }

  apply({ content, ...change }) {
    for (const [key, column] of Object.entries(COLUMNS)) {
      if (change[key] === undefined || change[key] === null) continue;
      this.revision[column] = change[key];
      this.changed = true;
    }
    if (content) this.#applyContent(content);
  }

  #applyContent(content) {
    const contentJson = JSON.stringify(mergedContent(this.#asObject(this.content, this.row), content));
    this.content = JSON.parse(contentJson); // as it will be read, and not shared with the caller
    this.changed = true;
    this.revision.expectedJson = this.row.contentJson;
    this.revision.contentJson = contentJson;
    const metadataJson = metadataOf(this.content);
    this.revision.metadataJson = metadataJson;
    this.revision.metadata = metadataJson === undefined ? null : undefined;
  }

  /* `written`: the row without its content, as it is now. */
  toMessage({ id, role, type, createdAt, threadId, resourceId } = this.row) {
    return { id, content: this.content, role, type, createdAt, threadId, resourceId };
  }
}

function makeMessageWrites(Base, core, errors) {
  const { normalise } = makeMessageList(core);

  /* Plain text and lists of parts in the form of objects, as they are read, for what is to be merged into it. */
  function asObject(content, { id, role, createdAt, threadId, resourceId }) {
    if (isPlainObject(content)) return content;
    const shown = role === 'system' ? 'user' : role; // system messages are not read
    return normalise([{ id, role: shown, createdAt, threadId, resourceId, content }])[0].content;
  }

  function saveFailed(text, details, cause) {
    return errors.make('SAVE_MESSAGES', 'FAILED', { text, details, cause });
  }

  /* In words that say which thread or message it is. */
  function explained(error, messages) {
    if (error.code === 'NOT_FOUND') {
      const threadId = messages.map((message) => message.threadId).find((id) => error.message.includes(`"${id}"`));
      return saveFailed(`Thread ${threadId} not found`, { threadId }, error);
    }
    if (error.code === 'EXISTS') {
      const messageId = messages[error.position]?.id;
      const text = `Message ${messageId} belongs to a thread of another resource`;
      return saveFailed(text, { messageId, threadId: messages[error.position]?.threadId }, error);
    }
    return error;
  }

  return class extends Base {
    async #save(messages) {
      checkOwners(messages);
      const contents = messages.map(({ content }) => readContent(content));
      // before anything is written: what cannot be read is not saved
      const answer = normalise(messages, (message, i) => contents[i].value);
      const elsewhere = this.allowForeignMessages ? 'moveAny' : 'move';
      const given = { messages: messages.map((message, i) => toSaved(message, contents[i])), elsewhere, agent: true };
      const times = await untilUndisturbed(() => this.store.messages.save(given)).catch((error) => {
        throw explained(error, messages);
      });
      return { messages: withStoredTimes(answer, messages, times) };
    }

    async saveMessages({ messages }) {
      if (messages.length === 0) return { messages: [] };
      const threadId = messages[0]?.threadId;
      if (!threadId) throw saveFailed('Thread ID is required');
      return errors.guard('SAVE_MESSAGES', { threadId }, () => this.#save(messages));
    }

    async #drafts(changes) {
      const ids = [...new Set(changes.map(({ id }) => id))].filter(isId);
      const drafts = new Map();
      for (const part of inParts(ids)) {
        for (const row of await this.store.messages.get({ ids: part, raw: true })) {
          if (!drafts.has(row.id)) drafts.set(row.id, new Draft(row, asObject));
        }
      }
      for (const { id, ...change } of changes) drafts.get(id)?.apply(change);
      return [...drafts.values()];
    }

    /* Read, merged and written, if nobody has written meanwhile. */
    async #update(changes) {
      const drafts = await this.#drafts(changes);
      const revisions = drafts.filter(({ changed }) => changed).map(({ revision }) => revision);
      if (revisions.length === 0) return drafts.map((draft) => draft.toMessage());
      const written = new Map((await this.store.messages.rewrite({ revisions })).map((row) => [row.id, row]));
      return drafts.map((draft) => draft.toMessage(written.get(draft.row.id)));
    }

    async updateMessages({ messages }) {
      if (messages.length === 0) return [];
      return errors.guard('UPDATE_MESSAGES', { count: messages.length }, () =>
        untilUndisturbed(() => this.#update(messages)),
      );
    }

    async deleteMessages(messageIds) {
      if (!messageIds) return;
      const ids = [...new Set(messageIds)].filter(isId);
      await errors.guard('DELETE_MESSAGES', { count: ids.length }, async () => {
        for (const part of inParts(ids)) await this.store.messages.delete({ ids: part });
      });
    }
  };
}

module.exports = { makeMessageWrites };
