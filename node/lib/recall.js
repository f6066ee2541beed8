'use strict';
/* What messages.recall is asked, in the addon's order. */
const check = require('./check.js');
const { DIRECTIONS } = require('./threads.js');

const QUERY = [
  'threadIds',
  'resourceId',
  'from',
  'until',
  'metadata',
  'metadataJson',
  'direction',
  'extent',
  'limit',
  'offset',
  'withTotal',
  'anchors',
  'raw',
  'agent',
];
const EXTENTS = ['page', 'all', 'none'];

/* The anchors' fields one after the other. */
function anchorFields(anchors) {
  return check.list(anchors, 'anchors').flatMap((anchor, i) => {
    const where = `anchors[${i}]`;
    check.object(anchor, ['messageId', 'before', 'after'], where);
    return [
      check.needed(anchor.messageId, `${where}.messageId`),
      check.whole(anchor.before, `${where}.before`, { least: 0 }) ?? 0,
      check.whole(anchor.after, `${where}.after`, { least: 0 }) ?? 0,
    ];
  });
}

function recallFields(query) {
  check.object(query, QUERY, 'messages.recall');
  return [
    check.texts(query.threadIds ?? [], 'threadIds'),
    check.text(query.resourceId, 'resourceId'),
    check.time(query.from, 'from'),
    check.time(query.until, 'until'),
    check.document(query, 'metadata'),
    check.choice(query.direction, DIRECTIONS, 'direction'),
    check.choice(query.extent, EXTENTS, 'extent'),
    check.whole(query.limit, 'limit'),
    check.whole(query.offset, 'offset', { least: 0, most: Number.MAX_SAFE_INTEGER }),
    check.flag(query.withTotal, 'withTotal'),
    anchorFields(query.anchors ?? []),
  ];
}

module.exports = { anchorFields, recallFields };
