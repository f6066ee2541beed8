'use strict';

const isLeftOut = (value) => value === undefined || typeof value === 'function' || typeof value === 'symbol';

/*
 * A change of metadata that is merged, as Store takes it. A member that JSON does not have takes the place of the stored one as
 * others do, and so that one goes; there is no other way to remove one.
 */
function toMerged(metadata) {
  if (typeof metadata !== 'object' || metadata === null) return { metadata: metadata ?? undefined };
  return { metadata, removed: Object.keys(metadata).filter((name) => isLeftOut(metadata[name])) };
}

module.exports = { toMerged };
