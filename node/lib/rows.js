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

function agentMessage(row) {
  row.createdAt = new Date(row.createdAt);
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
  if (typeof outcome === 'string') outcome = [outcome];
  const result = JSON.parse(outcome[0]);
  for (let i = 1; i < outcome.length; i++) result.messages.push(...JSON.parse(outcome[i]));
  result.messages.forEach(format === AGENT ? agentMessage : message);
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
