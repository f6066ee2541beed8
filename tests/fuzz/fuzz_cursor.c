/*
 * Cursors, which callers give back and may have altered. Input: what to do, the parts of a place,
 * and a token.
 */
#include "base/utf8.h"
#include "domain/check.h"
#include "domain/message_rows.h"
#include "domain/operations.h"
#include "domain/page.h"
#include "domain/workflow_operations.h"
#include "engine/engine.h"
#include "engine/op.h"
#include "fuzz.h"

static struct engine engine; /* of operations that are never run */

#define KEY_ID_MAX ((size_t)PGC_ID_MAX * 2)

static struct page_request request_of(uint64_t query, pgc_str cursor) {
    return (struct page_request){.query = query, .cursor = cursor, .limit = 7};
}

/* Is it a place that can go to the server? */
static bool is_place(const struct page_key *key) {
    return key->at >= TIME_MIN && key->at <= TIME_MAX && key->id.size <= KEY_ID_MAX &&
           utf8_check(key->id, NULL) &&
           (key->id.size == 0 || memchr(key->id.data, '\0', key->id.size) == NULL);
}

static void check_opened(int status, const struct page *page, const pgc_error *err) {
    if (status == 0) {
        HOLDS(is_place(&page->key));
    } else {
        fuzz_check_error(status, err);
        HOLDS(status == -PGC_INVALID);
    }
}

static bool is_same_key(const struct page_key *a, const struct page_key *b) {
    return a->at == b->at && a->seq == b->seq && fuzz_is_same(a->id, b->id);
}

/* A cursor of `query` to a place; both directions are made. */
static void make_cursors(uint64_t query, const struct page_key *key, pgc_result *result) {
    struct page page = {.query = query};
    HOLDS(page_set_cursors(&page, result, key, key, NULL) == 0);
    HOLDS(result->next.data != NULL && result->prev.data != NULL);
    HOLDS(!fuzz_is_same(result->next, result->prev));
}

/* What is made is read again, by its own query only. */
static void check_made(struct arena *arena, uint64_t query, const struct page_key *key) {
    pgc_result result = {.total = 0};
    pgc_error err = {.code = PGC_OK};
    make_cursors(query, key, &result);
    for (int backward = 0; backward < 2; backward++) {
        struct page page;
        struct page_request own = request_of(query, backward == 1 ? result.prev : result.next);
        struct page_request other = request_of(query + 1, own.cursor);
        int status = page_open(&page, arena, &own, &err);
        check_opened(status, &page, &err);
        if (key->id.size <= KEY_ID_MAX) {
            HOLDS((status == 0) == is_place(key));
        }
        if (status == 0 && key->id.size <= KEY_ID_MAX) {
            HOLDS(is_same_key(&page.key, key) && page.backward == (backward == 1));
        }
        HOLDS(page_open(&page, arena, &other, &err) == -PGC_INVALID);
    }
    arena_free(&result.arena);
}

/* Whatever token: refused, or a place from which the same place is made again. */
static void check_token(struct arena *arena, uint64_t query, pgc_str token) {
    pgc_error err = {.code = PGC_OK};
    struct page page;
    struct page_request request = request_of(query, token);
    int status = page_open(&page, arena, &request, &err);
    check_opened(status, &page, &err);
    if (status == 0 && token.data != NULL) {
        check_made(arena, query, &page.key);
    }
}

/* A cursor in which some characters were changed. */
static void check_altered(struct arena *arena, uint64_t query, const struct page_key *key,
                          struct fuzz_input *in) {
    pgc_result result = {.total = 0};
    make_cursors(query, key, &result);
    char *token = fuzz_copy(result.next.data, result.next.size);
    bool mark = false;
    for (size_t changes = fuzz_byte(in) % 4; changes > 0; changes--) {
        size_t at = (size_t)fuzz_number(in, 2) % result.next.size;
        char c = (char)fuzz_byte(in);
        mark |= at < 10 && c != token[at];
        token[at] = c;
    }
    pgc_str altered = {token, result.next.size};
    mark = mark && memcmp(token, result.next.data, 10) != 0;
    check_token(arena, query, altered);
    if (mark) {
        struct page page;
        struct page_request request = request_of(query, altered);
        HOLDS(page_open(&page, arena, &request, NULL) == -PGC_INVALID);
    }
    free(token);
    arena_free(&result.arena);
}

/* ---- Through operations ---- */

/* A list in the given order that goes on at `cursor`. */
static int begin_list(pgc_op *op, unsigned which, pgc_str cursor, pgc_error *err) {
    pgc_message_query messages = PGC_MESSAGE_QUERY_INIT;
    pgc_thread_query threads = PGC_THREAD_QUERY_INIT;
    pgc_run_query runs = PGC_RUN_QUERY_INIT;
    pgc_score_query scores = PGC_SCORE_QUERY_INIT;
    switch (which % 6) {
    case 0:
        messages.thread_id = pgc_z("t");
        messages.cursor = cursor;
        return message_list(op, &messages, err);
    case 1:
        messages.resource_id = pgc_z("r");
        messages.cursor = cursor;
        return message_list(op, &messages, err);
    case 2:
        return message_find(op, pgc_z("{\"a\":1}"), 5, cursor, err);
    case 3:
        threads.cursor = cursor;
        return thread_list(op, &threads, err);
    case 4:
        runs.cursor = cursor;
        return run_list(op, &runs, err);
    default:
        scores.scorer_id = pgc_z("s");
        scores.cursor = cursor;
        return score_list(op, &scores, err);
    }
}

/* The context of each of these lists begins with its page. */
static void check_operation(unsigned which, const struct page_key *key) {
    pgc_error err = {.code = PGC_OK};
    pgc_result result = {.total = 0};
    pgc_op *first = op_new(&engine);
    pgc_op *second = op_new(&engine);
    HOLDS(first != NULL && second != NULL);
    HOLDS(begin_list(first, which, pgc_none(), &err) == 0);
    make_cursors(((const struct page *)first->context)->query, key, &result);
    int status = begin_list(second, which, result.next, &err);
    HOLDS(status == 0 || status == -PGC_INVALID);
    HOLDS(!is_place(key) || status == 0);
    op_free(first);
    op_free(second);
    arena_free(&result.arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct fuzz_input in = {data, size};
    struct arena arena = {0};
    unsigned what = fuzz_byte(&in);
    uint64_t query = fuzz_number(&in, 8);
    struct page_key key;
    key.at = (int64_t)fuzz_number(&in, 8);
    key.at = (what & 64) != 0 ? key.at : key.at % TIME_MAX;
    key.seq = (int64_t)fuzz_number(&in, (what & 128) != 0 ? 8 : 1);
    size_t id_size = (size_t)fuzz_number(&in, 2) % 600;
    pgc_str id = fuzz_bytes(&in, id_size);
    key.id = (pgc_str){fuzz_copy(id.data, id.size), id.size};
    if (what % 4 == 0) {
        char *token = fuzz_copy(in.at, in.left);
        check_token(&arena, query, (pgc_str){token, in.left});
        free(token);
    } else if (what % 4 == 1) {
        check_made(&arena, query, &key);
    } else if (what % 4 == 2) {
        check_altered(&arena, query, &key, &in);
    } else {
        check_operation(what / 4, &key);
    }
    free((void *)(uintptr_t)key.id.data);
    arena_free(&arena);
    return 0;
}
