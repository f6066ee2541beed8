'use strict';

/* The rows of all pages from the query's cursor on, one page in memory at a time. */
async function* followed(name, query, read) {
  let page = await read(query);
  yield* page[name];
  while (page.hasMore) {
    page = await read({ ...query, cursor: page.next });
    yield* page[name];
  }
}

module.exports = { followed };
