'use strict';
/* From the JSON texts of the addon to what callers get. */

const check = require('./check.js');
const { invalid } = require('./error.js');

/* The addon's formats: false and true are the first two. */
const RAW = 1;
const AGENT = 2;
const TIMES = 3;

/* How the caller wants messages: as values, as texts, or as agents know them. */
function format({ raw, agent }) {
  const asText = check.flag(raw, 'raw');
  if (!check.flag(agent, 'agent')) return asText ? RAW : 0;
  if (asText) throw invalid('raw: cannot go with agent');
  return AGENT;
}

/* How many values a message has in the addon's formats; see outcome.h. */
const VALUES = [11, 11, 7];

/* Two literals, since V8 keeps outside of an object what is added to it. */
function agentMessage(v, i, threadId, resourceId) {
  const createdAt = new Date(v[i + 2]);
  if (v[i + 5] === null) return { id: v[i], role: v[i + 1], createdAt, threadId, resourceId, content: v[i + 6] };
  return { id: v[i], role: v[i + 1], createdAt, threadId, resourceId, type: v[i + 5], content: v[i + 6] };
}

/* The last value tells of what was written: whether it was inserted, or the id that it was copied from. */
function message(v, i, threadId, resourceId, format) {
  if (typeof v[i + 10] === 'string') return { id: v[i], sourceId: v[i + 10] };
  const made = {
    id: v[i],
    threadId,
    resourceId,
    seq: v[i + 8],
    createdAt: new Date(v[i + 2]),
    createdAtMicros: v[i + 9],
    role: v[i + 1],
    type: v[i + 5],
  };
  const content = v[i + 6];
  const metadata = v[i + 7];
  if (v[i + 10] !== null) {
    made.inserted = v[i + 10];
  } else if (format === RAW) {
    made.contentJson = content;
    if (metadata !== null) made.metadataJson = metadata;
  } else {
    made.content = content;
    if (metadata !== null) made.metadata = metadata;
    if (typeof content === 'string') made.text = content;
  }
  return made;
}

/* From the values of messages, one after the other; 0: as in the message before. */
function messagesOf(pieces, format) {
  const make = format === AGENT ? agentMessage : message;
  const step = VALUES[format];
  const messages = [];
  let threadId;
  let resourceId;
  for (const values of pieces) {
    for (let i = 0; i < values.length; i += step) {
      if (values[i + 3] !== 0) threadId = values[i + 3];
      if (values[i + 4] !== 0) resourceId = values[i + 4];
      messages.push(make(values, i, threadId, resourceId, format));
    }
  }
  return messages;
}

/* One piece after the other, each made when it is asked for. */
function* piecesOf(first, rest, more) {
  yield first;
  if (rest === undefined) return;
  for (let text = more(rest); text !== undefined; text = more(rest)) yield JSON.parse(text);
}

/* Where there is no document the addon says null. */
function thread(row) {
  const key = 'metadataJson' in row ? 'metadataJson' : 'metadata';
  row.hasMetadata = row[key] !== null;
  row[key] ??= key === 'metadata' ? {} : '{}';
  row.createdAt = new Date(row.createdAt);
  row.updatedAt = new Date(row.updatedAt);
  return row;
}

/* All that an operation brought; `more` gives the texts behind the first. Of messages that were saved, the times alone. */
function parse(outcome, format, more) {
  if (format === TIMES) return JSON.parse(outcome).map((time) => new Date(time));
  const [first, rest] = typeof outcome === 'string' ? [outcome] : outcome;
  const result = JSON.parse(first);
  result.messages = messagesOf(piecesOf(result.messages, rest, more), Number(format));
  result.threads.forEach(thread);
  return result;
}

/* Gives dates to the rows of a kind that results list only if there are some. */
function withRecords(name, result) {
  result[name] ??= [];
  for (const row of result[name]) {
    row.createdAt = new Date(row.createdAt);
    row.updatedAt = new Date(row.updatedAt);
  }
  return result;
}

/* A page of `rows` under `name`, with what leads to those around it. */
function page(name, result) {
  const found = { [name]: result[name], hasMore: result.hasMore, next: result.next, prev: result.prev };
  if (result.total !== -1) found.total = result.total;
  if (result.lastSeq !== -1) found.lastSeq = result.lastSeq;
  return found;
}

module.exports = { AGENT, TIMES, format, parse, withRecords, page };
