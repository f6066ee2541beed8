'use strict';
/*
 * Messages as @mastra/core's MessageList gives them back from memory, in linear time: adding to a MessageList compares
 * each message with all before it. A message in the present form passes as it is. What needs a conversion gets it from
 * a MessageList of its own, with those earlier messages only that the conversion looks at: the calls of its tool results.
 */

function isObject(value) {
  return typeof value === 'object' && value !== null;
}

function isPresentForm(content) {
  return isObject(content) && !Array.isArray(content) && content.format === 2;
}

/* Invocations without arguments are looked up in the parts. */
function hasArguments(invocation) {
  return isObject(invocation) && isObject(invocation.args) && Object.keys(invocation.args).length > 0;
}

function needsNothing({ id, createdAt, content }) {
  if (!isPresentForm(content) || !id || !(createdAt instanceof Date)) return false;
  const { parts, toolInvocations } = content;
  if (!Array.isArray(parts) || !parts.every(isObject)) return false;
  return !toolInvocations || (Array.isArray(toolInvocations) && toolInvocations.every(hasArguments));
}

function textOf(content) {
  if (typeof content === 'string') return content;
  return content === undefined || content === null ? '' : JSON.stringify(content);
}

/*
 * A message that MessageList would throw at, and its whole thread with it, becomes one that can be read: what it says
 * stands in it as text.
 */
function rescued({ id, role, createdAt, threadId, resourceId, content }) {
  if (isPresentForm(content)) {
    const parts = Array.isArray(content.parts) ? content.parts.filter(isObject) : [];
    return { id, role, createdAt, threadId, resourceId, content: { ...content, parts } };
  }
  const text = textOf(content);
  const kept = { format: 2, parts: [{ type: 'text', text }], content: text };
  return { id, role: role === 'tool' ? 'assistant' : role, createdAt, threadId, resourceId, content: kept };
}

function callsIn({ role, content }) {
  if (role !== 'assistant') return [];
  const invocations = Array.isArray(content.toolInvocations) ? content.toolInvocations : [];
  return [...content.parts.map((part) => part.toolInvocation), ...invocations].filter(isObject).map((call) => call.toolCallId);
}

function resultsIn(content) {
  if (!Array.isArray(content)) return [];
  return content.filter((part) => part?.type === 'tool-result').map((part) => part.toolCallId);
}

/*
 * The messages so far. Among equal times each has a place, which is the one that MessageList would have given it: a new
 * message comes last; one that takes another's place comes before all later ones when it is sorted in.
 */
class Earlier {
  #places = new Map();
  #first = 0;
  #last = 0;
  #calls = new Map();
  #unseen = [];

  #put(message, place) {
    this.#places.set(message, place);
    this.#unseen.push(message);
  }

  push(message) {
    this.#put(message, ++this.#last);
  }

  replace(old, message) {
    const moved = message.createdAt - old.createdAt;
    this.#put(message, moved > 0 ? --this.#first : moved < 0 ? ++this.#last : this.#places.get(old));
    this.#places.delete(old);
  }

  #inOrder(messages) {
    return messages.sort((a, b) => a.createdAt - b.createdAt || this.#places.get(a) - this.#places.get(b));
  }

  #index(message) {
    for (const call of callsIn(message)) {
      if (!this.#calls.has(call)) this.#calls.set(call, new Set());
      this.#calls.get(call).add(message);
    }
  }

  /* Those that speak of these tool calls; nothing is looked through before somebody asks. */
  about(calls) {
    if (calls.length === 0) return [];
    this.#unseen.splice(0).forEach((message) => this.#index(message));
    const found = new Set(calls.flatMap((call) => [...(this.#calls.get(call) ?? [])]));
    return this.#inOrder([...found].filter((message) => this.#places.has(message)));
  }

  all() {
    return this.#inOrder([...this.#places.keys()]);
  }
}

/* Sorting what is sorted costs more than a look. */
function isInOrder(messages) {
  return messages.every(({ createdAt }, i) => i === 0 || messages[i - 1].createdAt.getTime() <= createdAt.getTime());
}

function isSealed({ content }) {
  return content?.metadata?.mastra?.sealed === true;
}

function ownContent({ content }) {
  return content;
}

/* All but the system messages, to be changed at will. */
function copied(messages, contentOf) {
  const now = new Date();
  const copies = [];
  messages.forEach((message, i) => {
    if (message.role === 'system') return;
    const copy = { ...message };
    const content = contentOf(message, i);
    copy.createdAt = new Date(message.createdAt ?? now);
    copy.content = isPresentForm(content) ? { ...content } : content;
    copies.push(copy);
  });
  return copies;
}

function makeMessageList({ agent: { MessageList } }) {
  function listed(messages) {
    return new MessageList().add(messages, 'memory').get.all.db();
  }

  function converted(message, earlier) {
    if (needsNothing(message)) return message;
    const before = earlier.about(resultsIn(message.content));
    try {
      return listed([...before, message]).find((one) => !before.includes(one)) ?? rescued(message);
    } catch {
      return rescued(message);
    }
  }

  /* Does MessageList let the second of two messages with one id take the first one's place? */
  function replaces(first, second) {
    try {
      return listed([first, second])[0] !== first;
    } catch {
      return true;
    }
  }

  /* Rows as they were read: distinct, in order of time, and ours to change. Those of system messages are left out. */
  function fromRows(rows) {
    if (rows.every((row) => needsNothing(row) && row.role !== 'system')) return rows;
    const earlier = new Earlier();
    for (const row of rows) {
      if (row.role !== 'system') earlier.push(converted(row, earlier));
    }
    return earlier.all();
  }

  function merged(messages) {
    const earlier = new Earlier();
    const byId = new Map();
    for (const given of messages) {
      const message = converted(given, earlier);
      const first = byId.get(message.id);
      if (first === undefined) earlier.push(message);
      else if (replaces(first, message)) earlier.replace(first, message);
      else continue;
      byId.set(message.id, message);
    }
    return earlier.all();
  }

  /* To a sealed message MessageList adds what is new, as another one; so rare that it may take its time. */
  function withSealed(messages) {
    try {
      return listed(messages);
    } catch {
      return merged(messages);
    }
  }

  /* What callers give: copies of it, each id once, in order of time; a message without a time gets the present one. */
  function normalise(messages, contentOf = ownContent) {
    const copies = copied(messages, contentOf);
    const twice = new Set(copies.map(({ id }) => id)).size < copies.length;
    if (!twice && copies.every(needsNothing) && isInOrder(copies)) return copies;
    return twice && copies.some(isSealed) ? withSealed(copies) : merged(copies);
  }

  return { fromRows, normalise };
}

module.exports = { makeMessageList, isInOrder };
