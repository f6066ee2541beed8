'use strict';
/* From the JSON texts of the addon to what callers get. */

const check = require('./check.js');
const { invalid } = require('./error.js');

/* The addon's formats: false and true are the first two. */
const RAW = 1;
const AGENT = 2;

/* How the caller wants messages: as values, as texts, or as agents know them. */
function format({ raw, agent }) {
  const asText = check.flag(raw, 'raw');
  if (!check.flag(agent, 'agent')) return asText ? RAW : 0;
  if (asText) throw invalid('raw: cannot go with agent');
  return AGENT;
}

/* From the values of messages, one after the other; 0: as in the message before. */
function agentMessages(pieces) {
  const messages = [];
  let threadId;
  let resourceId;
  for (const values of pieces) {
    for (let i = 0; i < values.length; i += 7) {
      if (values[i + 3] !== 0) threadId = values[i + 3];
      if (values[i + 4] !== 0) resourceId = values[i + 4];
      const message = { id: values[i], role: values[i + 1], createdAt: new Date(values[i + 2]), threadId, resourceId };
      if (values[i + 5] !== null) message.type = values[i + 5];
      message.content = values[i + 6];
      messages.push(message);
    }
  }
  return messages;
}

/* Of a copied message there are the ids only. */
function message(row) {
  if (row.sourceId !== undefined) return row;
  row.createdAt = new Date(row.createdAt);
  if (typeof row.content === 'string') row.text = row.content;
  return row;
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

/* All that an operation brought; long results come in several texts. */
function parse(outcome, format) {
  const [first, ...more] = typeof outcome === 'string' ? [outcome] : outcome;
  const result = JSON.parse(first);
  const pieces = [result.messages, ...more.map((piece) => JSON.parse(piece))];
  result.messages = format === AGENT ? agentMessages(pieces) : pieces.flat();
  if (format !== AGENT) result.messages.forEach(message);
  result.threads.forEach(thread);
  return result;
}

/* A page of `rows` under `name`, with what leads to those around it. */
function page(name, result) {
  const found = { [name]: result[name], hasMore: result.hasMore, next: result.next, prev: result.prev };
  if (result.total !== -1) found.total = result.total;
  if (result.lastSeq !== -1) found.lastSeq = result.lastSeq;
  return found;
}

module.exports = { AGENT, format, parse, page };
