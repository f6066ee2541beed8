#include "domain/page.h"

#include "base/error.h"
#include "base/utf8.h"
#include "domain/check.h"
#include "statement/bind.h"
#include "statement/wire.h"

#define HEAD_SIZE 25 /* mark, backward, time, seq; the id follows */
#define CURSOR_MAX ((HEAD_SIZE + PGC_ID_MAX * 2 + 1) / 3 * 4 + 4)

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* ---- Marks ----------------------------------------------------------------------------------- */

uint64_t page_mark_int(uint64_t mark, int64_t value) {
    char bytes[8];
    wire_put64(bytes, (uint64_t)value);
    return hash_add(mark, bytes, sizeof bytes);
}

uint64_t page_mark_str(uint64_t mark, pgc_str text) {
    mark = page_mark_int(mark, text.data == NULL ? -1 : (int64_t)text.size);
    return hash_add(mark, text.data, text.size);
}

/* ---- Base64url, without padding -------------------------------------------------------------- */

static size_t encode(const unsigned char *in, size_t size, char *out) {
    size_t n = 0;
    for (size_t i = 0; i < size; i += 3) {
        uint32_t bits = (uint32_t)in[i] << 16;
        bits |= i + 1 < size ? (uint32_t)in[i + 1] << 8 : 0;
        bits |= i + 2 < size ? (uint32_t)in[i + 2] : 0;
        size_t count = MIN(size - i, (size_t)3) + 1;
        for (size_t k = 0; k < count; k++) {
            out[n++] = digits[bits >> (18 - 6 * k) & 63];
        }
    }
    out[n] = '\0';
    return n;
}

/*
 * The number of bytes, or SIZE_MAX for something that is not base64url. `out` has room for three
 * quarters of it.
 */
static size_t decode(pgc_str in, char *out) {
    size_t n = 0;
    uint32_t bits = 0;
    for (size_t i = 0; i < in.size; i++) {
        const char *digit = in.data[i] == '\0' ? NULL : strchr(digits, in.data[i]);
        if (digit == NULL) {
            return SIZE_MAX;
        }
        bits = bits << 6 | (uint32_t)(digit - digits);
        if (i % 4 != 0) {
            out[n++] = (char)(unsigned char)(bits >> (6 - 2 * (i % 4)));
        }
    }
    return n;
}

/* ---- Cursors --------------------------------------------------------------------------------- */

static int write_cursor(const struct page *page, pgc_result *result, bool backward,
                        const struct page_key *key, pgc_str *cursor) {
    char bytes[HEAD_SIZE + PGC_ID_MAX * 2];
    char text[CURSOR_MAX];
    char *out = wire_put64(bytes, page->query);
    *out++ = backward ? 1 : 0;
    out = wire_put64(out, (uint64_t)key->at);
    out = wire_put64(out, (uint64_t)key->seq);
    size_t room = sizeof bytes - HEAD_SIZE;
    out = wire_put_bytes(
        out, (pgc_str){key->id.data == NULL ? "" : key->id.data, MIN(key->id.size, room)});
    size_t size = encode((const unsigned char *)bytes, (size_t)(out - bytes), text);
    *cursor = arena_str(&result->arena, (pgc_str){text, size});
    return cursor->data == NULL ? -PGC_NOMEM : 0;
}

/* What the mark does not vouch for: a place that the server would choke on. */
static bool is_place(const struct page_key *key) {
    return key->at >= TIME_MIN && key->at <= TIME_MAX && utf8_check(key->id, NULL) &&
           memchr(key->id.data, '\0', key->id.size) == NULL;
}

static bool parse_cursor(struct page *page, const char *bytes, size_t size) {
    if (size < HEAD_SIZE || wire_get64(bytes) != page->query || (unsigned char)bytes[8] > 1) {
        return false;
    }
    page->backward = bytes[8] == 1;
    page->key.at = (int64_t)wire_get64(bytes + 9);
    page->key.seq = (int64_t)wire_get64(bytes + 17);
    page->key.id = (pgc_str){bytes + HEAD_SIZE, size - HEAD_SIZE};
    return is_place(&page->key);
}

static int read_cursor(struct page *page, struct arena *arena, pgc_error *err) {
    char bytes[CURSOR_MAX];
    size_t size = page->cursor.size >= CURSOR_MAX ? SIZE_MAX : decode(page->cursor, bytes);
    if (size == SIZE_MAX || !parse_cursor(page, bytes, size)) {
        int status = error_set(err, PGC_INVALID, "cursor: is none of this query");
        error_hint(err,
                   "Give a cursor back to the list it came from, with the same filters and order.");
        return status;
    }
    page->key.id = arena_str(arena, page->key.id);
    return page->key.id.data == NULL ? error_nomem(err) : 0;
}

int page_open(struct page *page, struct arena *arena, const struct page_request *request,
              pgc_error *err) {
    *page = (struct page){.query = request->query};
    page->limit = request->limit == 0 ? PGC_LIMIT_DEFAULT : request->limit;
    if (page->limit > PGC_LIMIT_MAX) {
        return error_set(err, PGC_INVALID, "limit: %u is above %d", page->limit, PGC_LIMIT_MAX);
    }
    page->offset = (int64_t)request->page * page->limit;
    if (request->cursor.data == NULL) {
        page->backward = request->from_end;
        page->descending = (request->direction == PGC_DESCENDING) != page->backward;
        page->key = page->descending ? (struct page_key){TIME_LAST, INT64_MAX, pgc_z("")}
                                     : (struct page_key){TIME_FIRST, INT64_MIN, pgc_z("")};
        return 0;
    }
    if (page->offset != 0) {
        return error_set(err, PGC_INVALID, "cursor: cannot go with a page number");
    }
    page->cursor = arena_str(arena, request->cursor);
    if (page->cursor.data == NULL) {
        return error_nomem(err);
    }
    int status = read_cursor(page, arena, err);
    page->descending = (request->direction == PGC_DESCENDING) != page->backward;
    return status;
}

void page_begin_at(struct page *page, int64_t from, int64_t until) {
    int64_t bound = page->descending ? until : from;
    if (page->cursor.data == NULL && bound != PGC_NO_TIME) {
        page->key.at = bound;
    }
}

size_t page_count(const struct page *page, pgc_result *result, size_t rows) {
    result->has_more = rows > page->limit;
    return MIN(rows, (size_t)page->limit);
}

int page_row(const struct page *page, size_t count, size_t i) {
    return (int)(page->backward ? count - 1 - i : i);
}

size_t page_found(const struct page *page, pgc_result *result, const PGresult *rows) {
    bool empty = PQntuples(rows) == 1 && PQgetisnull(rows, 0, 1);
    result->total = result_number(rows, 0, -1);
    return page_count(page, result, empty ? 0 : (size_t)PQntuples(rows));
}

int page_set_cursors(const struct page *page, pgc_result *result, const struct page_key *first,
                     const struct page_key *last, pgc_error *err) {
    if (first != NULL) {
        bool failed = write_cursor(page, result, true, first, &result->prev) != 0 ||
                      write_cursor(page, result, false, last, &result->next) != 0;
        return failed ? error_nomem(err) : 0;
    }
    if (page->cursor.data != NULL) {
        pgc_str *same = page->backward ? &result->prev : &result->next;
        *same = arena_str(&result->arena, page->cursor);
        return same->data == NULL ? error_nomem(err) : 0;
    }
    return 0;
}
