'use strict';
const check = require('./check.js');
const { newMessages } = require('./messages.js');
const { newThread, NEW_THREAD } = require('./threads.js');

class Conversations {
  #engine;

  constructor(engine) {
    this.#engine = engine;
  }

  async import(conversation) {
    check.object(conversation, ['thread', 'messages'], 'conversations.import');
    check.object(conversation.thread, NEW_THREAD, 'thread');
    const result = await this.#engine.run(
      'conversationImport',
      false,
      ...newThread(conversation.thread, 'thread.'),
      newMessages(conversation.messages),
    );
    return { thread: result.threads[0], inserted: result.inserted, messagesInserted: result.total };
  }
}

module.exports = { Conversations };
