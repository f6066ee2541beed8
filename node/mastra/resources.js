'use strict';
/* Working memory of resources: a part of the memory domain. */
const { toDate } = require('./dates.js');
const { canExist } = require('./ids.js');
const { toMerged } = require('./merge.js');

/* What is not there is null. */
function toResource({ id, workingMemory, metadata, createdAt, updatedAt }) {
  return { id, workingMemory, metadata, createdAt, updatedAt };
}

function makeResources(Base, core, errors) {
  return class extends Base {
    async getResourceById({ resourceId }) {
      if (!canExist(resourceId)) return null;
      return errors.guard('GET_RESOURCE_BY_ID', { resourceId }, async () => {
        try {
          return toResource(await this.reader.resources.get(resourceId));
        } catch (error) {
          if (error.code === 'NOT_FOUND') return null;
          throw error;
        }
      });
    }

    /* A resource is saved once; what is there already is for updateResource. */
    async saveResource({ resource }) {
      return errors.guard('INSERT', { resourceId: resource.id }, async () => {
        const saved = await this.store.resources.create({
          id: resource.id,
          workingMemory: resource.workingMemory,
          metadata: resource.metadata,
          createdAt: toDate(resource.createdAt),
          updatedAt: toDate(resource.updatedAt),
        });
        return { ...resource, ...(saved.metadata === null ? {} : { metadata: saved.metadata }) };
      });
    }

    async updateResource({ resourceId, workingMemory, metadata }) {
      return errors.guard('UPDATE_RESOURCE', { resourceId }, async () =>
        toResource(await this.store.resources.update({ id: resourceId, workingMemory, ...toMerged(metadata) })),
      );
    }
  };
}

module.exports = { makeResources };
