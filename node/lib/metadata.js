'use strict';
const check = require('./check.js');
const { invalid } = require('./error.js');

const OWNER = ['threadId', 'messageId', 'raw'];

function documentOf(given, key) {
  const json = check.document(given, key);
  if (json === undefined) throw invalid(`${key}: is missing`);
  return json;
}

class Metadata {
  #engine;

  constructor(engine) {
    this.#engine = engine;
  }

  async #run(name, given, ...args) {
    const raw = check.flag(given.raw, 'raw');
    const threadId = check.needed(given.threadId, 'threadId');
    const messageId = check.text(given.messageId, 'messageId');
    const result = await this.#engine.run(name, raw, threadId, messageId, ...args);
    return raw ? result.metadataJson : result.metadata;
  }

  async get(owner) {
    check.object(owner, OWNER, 'metadata.get');
    return this.#run('metadataGet', owner);
  }

  async merge(given) {
    check.object(given, [...OWNER, 'patch', 'patchJson'], 'metadata.merge');
    return this.#run('metadataMerge', given, documentOf(given, 'patch'));
  }

  async replace(given) {
    check.object(given, [...OWNER, 'document', 'documentJson'], 'metadata.replace');
    return this.#run('metadataReplace', given, documentOf(given, 'document'));
  }

  async remove(given) {
    check.object(given, [...OWNER, 'keys'], 'metadata.remove');
    return this.#run('metadataRemove', given, check.texts(given.keys, 'keys'));
  }
}

module.exports = { Metadata };
