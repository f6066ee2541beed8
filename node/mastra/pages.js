'use strict';
/* Pages by number, as Mastra asks for them, of any size; a list of Store gives 100,000 rows at most. */
const LIMIT_MAX = 100_000;
const PAGE_MAX = 0xffffffff;
const CHUNK = 1000; // rows that may be large are not to be in memory as texts all at once

/* Rows from `start` on and before `end`, chunk by chunk. */
async function readRange(name, read, query, { start, end }) {
  const rows = [];
  let seen = 0;
  let page = await read({ ...query, limit: CHUNK, withTotal: true });
  const { total } = page;
  for (;;) {
    for (const row of page[name]) {
      if (seen >= start && seen < end) rows.push(row);
      seen++;
    }
    if (!page.hasMore || seen >= end) return { rows, total };
    page = await read({ ...query, limit: CHUNK, cursor: page.next });
  }
}

/* The rows of a page and the total. `perPage` is a whole number, or Infinity for all that there are. */
async function readPage(name, read, query, { page, perPage }) {
  if (perPage === 0 || (page > PAGE_MAX && perPage < Infinity)) {
    const { total } = await read({ ...query, limit: 1, withTotal: true });
    return { rows: [], total };
  }
  if (perPage > LIMIT_MAX) {
    const start = perPage === Infinity ? 0 : page * perPage;
    return readRange(name, read, query, { start, end: start + perPage });
  }
  const found = await read({ ...query, limit: perPage, page, withTotal: true });
  return { rows: found[name], total: found.total };
}

module.exports = { readPage };
