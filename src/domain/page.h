/*
 * Pages: where a list goes on, how many rows it takes, and the cursors around what it found.
 *
 * A cursor is a row's place in the order of a query, together with a mark of that query, in
 * base64url. It holds no secret and needs no state on either side; one of another query is refused
 * by its mark.
 */
#ifndef DOMAIN_PAGE_H
#define DOMAIN_PAGE_H

#include "base/arena.h"
#include "base/base.h"
#include "base/hash.h"
#include "domain/result.h"
#include "pgconvo.h"

/* A row's place: time first, then seq and id as far as the order has them. */
struct page_key {
    int64_t at;
    int64_t seq;
    pgc_str id;
};

struct page {
    uint64_t query; /* the mark: a hash of the kind and the filters of the query */
    pgc_str cursor; /* as given */
    bool backward; /* the cursor came from pgc_result_prev: read against the order and turn round */
    bool descending;     /* the order in which the statement reads */
    struct page_key key; /* what to go on behind; the very beginning where there is no cursor */
    uint32_t limit;
    int64_t offset;
};

/* A mark begins as PAGE_QUERY and takes up each filter. Absent and empty differ. */
#define PAGE_QUERY HASH_START
uint64_t page_mark_str(uint64_t mark, pgc_str text);
uint64_t page_mark_int(uint64_t mark, int64_t value);

struct page_request {
    uint64_t query;
    pgc_direction direction;
    uint32_t limit;
    pgc_str cursor;
    uint32_t page;
    bool from_end; /* without a cursor: the last page instead of the first */
};

/* Works a request out. The page keeps the cursor's bytes in the arena. Errors: INVALID, NOMEM. */
MUST_CHECK int page_open(struct page *page, struct arena *arena, const struct page_request *request,
                         pgc_error *err);

/*
 * For lists whose statement knows only the far bound of a range of time: without a cursor, the page
 * goes on behind the near one, which is `from`, or, in descending order, `until`.
 */
void page_begin_at(struct page *page, int64_t from, int64_t until);

/*
 * Of `rows` found (one more than the limit was asked for): how many belong to the page; sets the
 * result's has_more. The i-th of them is row page_row() of the answer.
 */
size_t page_count(const struct page *page, pgc_result *result, size_t rows);
int page_row(const struct page *page, size_t count, size_t i);

/*
 * The same of an answer whose first column is the total and whose second is not null in a row that
 * was found: a single row that has only the total is an empty page. Sets the total, too.
 */
size_t page_found(const struct page *page, pgc_result *result, const PGresult *rows);

/*
 * Sets the result's cursors, from the places of its first and last row; both NULL for an empty
 * page.
 */
MUST_CHECK int page_set_cursors(const struct page *page, pgc_result *result,
                                const struct page_key *first, const struct page_key *last,
                                pgc_error *err);

#endif
