'use strict';
const check = require('./check.js');

const FIELDS = ['id', 'workingMemory', 'metadata', 'metadataJson'];
/* A resource that was read may be given as it is. */
const NEW = [...FIELDS, 'createdAt', 'createdAtMicros', 'updatedAt', 'updatedAtMicros'];

/* Id, working memory and metadata, in the addon's order. */
function fields(resource) {
  return [
    check.needed(resource.id, 'id'),
    check.text(resource.workingMemory, 'workingMemory'),
    check.document(resource, 'metadata'),
  ];
}

class Resources {
  #engine;

  constructor(engine) {
    this.#engine = engine;
  }

  async #run(name, ...args) {
    const { resources, inserted } = await this.#engine.run(name, false, ...args);
    const [resource] = resources;
    resource.createdAt = new Date(resource.createdAt);
    resource.updatedAt = new Date(resource.updatedAt);
    return { resource, inserted };
  }

  async get(id) {
    return (await this.#run('resourceGet', check.needed(id, 'id'))).resource;
  }

  async create(resource) {
    check.object(resource, NEW, 'resources.create');
    const made = await this.#run(
      'resourceCreate',
      ...fields(resource),
      check.time(resource.createdAtMicros ?? resource.createdAt, 'createdAt'),
      check.time(resource.updatedAtMicros ?? resource.updatedAt, 'updatedAt'),
    );
    return made.resource;
  }

  async update(change) {
    check.object(change, [...FIELDS, 'removed'], 'resources.update');
    const { resource, inserted } = await this.#run(
      'resourceUpdate',
      ...fields(change),
      change.workingMemory === null,
      check.optionalTexts(change.removed, 'removed'),
    );
    return { ...resource, inserted };
  }
}

module.exports = { Resources };
