/*
 * Lists of threads: filters, orders, pages by cursor and by number, totals, and what is no cursor.
 */
#include "live/world.h"

#include "unit/gen.h"

/* A thread at BASE + `created` seconds, changed at BASE + `updated` seconds. */
static void make(const char *id, const char *resource, const char *metadata, int created,
                 int updated) {
    must(CALL(thread_create,
              NEW_THREAD(.id = z(id), .resource_id = z(resource), .metadata = z(metadata),
                         .created_at = AT(created), .updated_at = AT(updated))));
}

/* In order of creation: b a c d e f (a and c tie, d and e tie). */
static void make_threads(void) {
    clear_tables();
    make("b", "ada", "{\"kind\": \"x\", \"n\": 1}", 1, 90);
    make("a", "ada", "{\"kind\": \"y\", \"deep\": {\"er\": [1, 2]}}", 2, 80);
    make("c", "bob", "{\"kind\": \"x\", \"deep\": {\"er\": [2, 3]}}", 2, 70);
    make("d", "", "{\"kind\": \"x\"}", 3, 70);
    make("e", NULL, NULL, 3, 60);
    make("f", "ada", "{\"kind\": \"x\"}", 4, 80);
}

static void test_filters(void) {
    make_threads();
    const struct {
        pgc_thread_query *query;
        const char *want, *name;
    } cases[] = {
        {THREAD_QUERY(), "b a c d e f", "all, by creation"},
        {THREAD_QUERY(.direction = PGC_DESCENDING), "f e d c a b", "all, newest first"},
        {THREAD_QUERY(.order = PGC_BY_UPDATED), "e c d a f b", "all, by change"},
        {THREAD_QUERY(.order = PGC_BY_UPDATED, .direction = PGC_DESCENDING), "b f a d c e",
         "all, last changed first"},
        {THREAD_QUERY(.resource_id = z("ada")), "b a f", "of a resource"},
        {THREAD_QUERY(.resource_id = z("ada"), .direction = PGC_DESCENDING), "f a b",
         "of a resource, newest first"},
        {THREAD_QUERY(.resource_id = z("ada"), .order = PGC_BY_UPDATED), "a f b",
         "of a resource, by change"},
        {THREAD_QUERY(.resource_id = z("ada"), .order = PGC_BY_UPDATED,
                      .direction = PGC_DESCENDING),
         "b f a", "of a resource, last changed first"},
        {THREAD_QUERY(.resource_id = z("")), "d", "of the empty resource"},
        {THREAD_QUERY(.resource_id = z("nobody")), "", "of a resource without threads"},
        {THREAD_QUERY(.metadata = z("{\"kind\": \"x\"}")), "b c d f", "with metadata"},
        {THREAD_QUERY(.metadata = z("{\"kind\": \"x\"}"), .direction = PGC_DESCENDING), "f d c b",
         "with metadata, newest first"},
        {THREAD_QUERY(.metadata = z("{\"kind\": \"x\"}"), .order = PGC_BY_UPDATED), "c d f b",
         "with metadata, by change"},
        {THREAD_QUERY(.metadata = z("{\"kind\": \"x\"}"), .order = PGC_BY_UPDATED,
                      .direction = PGC_DESCENDING),
         "b f d c", "with metadata, last changed first"},
        {THREAD_QUERY(.metadata = z("{\"kind\": \"x\"}"), .resource_id = z("ada")), "b f", "both"},
        {THREAD_QUERY(.metadata = z("{\"kind\": \"x\"}"), .resource_id = z("ada"),
                      .direction = PGC_DESCENDING),
         "f b", "both, newest first"},
        {THREAD_QUERY(.metadata = z("{\"kind\": \"x\"}"), .resource_id = z("ada"),
                      .order = PGC_BY_UPDATED),
         "f b", "both, by change"},
        {THREAD_QUERY(.metadata = z("{\"kind\": \"x\"}"), .resource_id = z("ada"),
                      .order = PGC_BY_UPDATED, .direction = PGC_DESCENDING),
         "b f", "both, last changed first"},
        {THREAD_QUERY(.metadata = z("{\"deep\": {\"er\": [2]}}")), "a c", "with metadata in depth"},
        {THREAD_QUERY(.metadata = z("{\"kind\": \"x\", \"n\": 1}")), "b", "with two members"},
        {THREAD_QUERY(.metadata = z("{\"kind\": \"z\"}")), "", "with metadata that none has"},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        works(CALL(thread_list, cases[i].query), "list: %s", cases[i].name);
        is_str(shown(), cases[i].want, "%s", cases[i].name);
        ok(!pgc_result_has_more(result), "and no more");
        is_int(pgc_result_total(result), -1, "nobody asked for the total");
    }
}

static void test_rows(void) {
    make_threads();
    must(CALL(thread_list, THREAD_QUERY(.resource_id = z("ada"), .limit = 2)));
    const pgc_thread *row = pgc_result_thread(result, 1);
    is_mem(row->metadata, z("{\"deep\": {\"er\": [1, 2]}, \"kind\": \"y\"}"), "rows have metadata");
    is_mem(row->resource_id, z("ada"), "and the resource");
    is_int(row->created_at, AT(2), "and the time of creation");
    is_int(row->updated_at, AT(80), "and the time of change");
    must(CALL(thread_list, THREAD_QUERY()));
    ok(pgc_result_thread(result, 4)->resource_id.data == NULL, "an absent resource is absent");
    is_mem(pgc_result_thread(result, 3)->resource_id, z(""), "an empty one is empty");
    is_mem(pgc_result_thread(result, 4)->metadata, z("{}"), "no metadata is an empty object");
    put("e", "m1");
    must(CALL(metadata_replace, z("e"), z("m1"), z("{\"kind\": \"x\"}")));
    must(CALL(thread_list, THREAD_QUERY(.metadata = z("{\"kind\": \"x\"}"))));
    is_str(shown(), "b c d f", "a message's metadata is not its thread's");
    must(CALL(thread_list, THREAD_QUERY(.order = PGC_BY_UPDATED, .direction = PGC_DESCENDING)));
    is_str(shown(), "e b f a d c", "an append changes the thread");
    is_int(pgc_result_thread(result, 0)->last_seq, 1, "rows have last_seq");
}

/* ---- Pages ---- */

/* Reads to the end and back; what was seen is in `seen`: "a b | c d | e". */
static void walk(pgc_thread_query *query, bool forward, char *seen, size_t size) {
    size_t used = 0;
    seen[0] = '\0';
    for (int pages = 0; pages < 50; pages++) {
        must(CALL(thread_list, query));
        used +=
            (size_t)snprintf(seen + used, size - used, "%s%s", pages == 0 ? "" : " | ", shown());
        if (!pgc_result_has_more(result)) return;
        pgc_str cursor = forward ? pgc_result_next(result) : pgc_result_prev(result);
        query->cursor = z(form("%s", cursor.data));
    }
    bail("the list does not end: %s", seen);
}

static void test_walk(void) {
    const struct {
        pgc_thread_query *query;
        const char *forward, *backward, *name;
    } cases[] = {
        {THREAD_QUERY(.limit = 2), "b a | c d | e f", "c d | b a", "all, by creation"},
        {THREAD_QUERY(.limit = 1), "b | a | c | d | e | f", "e | d | c | a | b", "one by one"},
        {THREAD_QUERY(.limit = 2, .order = PGC_BY_UPDATED), "e c | d a | f b", "d a | e c",
         "by change"},
        {THREAD_QUERY(.limit = 2, .direction = PGC_DESCENDING), "f e | d c | a b", "d c | f e",
         "newest first"},
        {THREAD_QUERY(.limit = 1, .resource_id = z("ada")), "b | a | f", "a | b", "of a resource"},
        {THREAD_QUERY(.limit = 3, .metadata = z("{\"kind\": \"x\"}")), "b c d | f", "b c d",
         "with metadata"},
        {THREAD_QUERY(.limit = 3, .order = PGC_BY_UPDATED, .direction = PGC_DESCENDING,
                      .metadata = z("{\"kind\": \"x\"}"), .resource_id = z("ada")),
         "b f", "", "with metadata, of a resource"},
    };
    make_threads();
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        char seen[400];
        walk(cases[i].query, true, seen, sizeof seen);
        is_str(seen, cases[i].forward, "%s: forward", cases[i].name);
        cases[i].query->cursor = z(form("%s", pgc_result_prev(result).data));
        walk(cases[i].query, false, seen, sizeof seen);
        is_str(seen, cases[i].backward, "%s: and back", cases[i].name);
    }
}

static void test_ends(void) {
    make_threads();
    pgc_thread_query *query = THREAD_QUERY(.limit = 6);
    must(CALL(thread_list, query));
    ok(!pgc_result_has_more(result), "a page that takes all rows has no more");
    const char *next = form("%s", pgc_result_next(result).data);
    const char *prev = form("%s", pgc_result_prev(result).data);
    query->cursor = z(next);
    must(CALL(thread_list, query));
    is_str(shown(), "", "behind the last row is nothing");
    is_mem(pgc_result_next(result), z(next), "an empty page repeats its cursor");
    ok(!pgc_result_has_more(result), "and has no more");
    make("g", "ada", NULL, 5, 5);
    must(CALL(thread_list, query));
    is_str(shown(), "g", "but what comes later is found there");
    query->cursor = z(prev);
    must(CALL(thread_list, query));
    is_str(shown(), "", "before the first row is nothing");
    is_mem(pgc_result_prev(result), z(prev), "an empty page repeats its cursor");
    make("0", "ada", NULL, 0, 5);
    must(CALL(thread_list, query));
    is_str(shown(), "0", "but what comes earlier is found there");
    clear_tables();
    must(CALL(thread_list, THREAD_QUERY()));
    is_str(shown(), "", "an empty store has no threads");
    ok(pgc_result_next(result).data == NULL && pgc_result_prev(result).data == NULL,
       "and an empty first page no cursors");
}

/* Rows that come between the pages change nothing for those that were there. */
static void test_growth(void) {
    clear_tables();
    for (int i = 0; i < 30; i++) {
        make(form("t%02d", i), "r", NULL, 10 * (i / 3), 1);
    }
    pgc_thread_query *query = THREAD_QUERY(.resource_id = z("r"), .limit = 4);
    int seen = 0;
    bool in_order = true;
    for (int page = 0; page < 50; page++) {
        must(CALL(thread_list, query));
        for (size_t i = 0; i < pgc_result_threads(result); i++) {
            pgc_str id = pgc_result_thread(result, i)->id;
            if (id.data[0] != 't') continue;
            in_order &= same(id, z(form("t%02d", seen)));
            seen++;
        }
        if (!pgc_result_has_more(result)) break;
        query->cursor = z(form("%s", pgc_result_next(result).data));
        make(form("before-%d", page), "r", NULL, 0, 1);
        make(form("after-%d", page), "r", NULL, 1000, 1);
    }
    is_int(seen, 30, "every thread is seen once while others are added");
    ok(in_order, "in order");
}

static void test_page_numbers(void) {
    make_threads();
    const char *want[] = {"b a", "c d", "e f", ""};
    for (uint32_t page = 0; page < ARRAY_LENGTH(want); page++) {
        must(CALL(thread_list, THREAD_QUERY(.limit = 2, .page = page, .with_total = true)));
        is_str(shown(), want[page], "page %u", page);
        is_int(pgc_result_total(result), 6, "the total is the same on each page");
        ok(pgc_result_has_more(result) == (page < 2), "more after page %u?", page);
    }
    must(CALL(thread_list, THREAD_QUERY(.limit = 2, .page = 1)));
    pgc_str next = z(form("%s", pgc_result_next(result).data));
    must(CALL(thread_list, THREAD_QUERY(.limit = 2, .cursor = next)));
    is_str(shown(), "e f", "cursors go on from a numbered page");
    refused(CALL(thread_list, THREAD_QUERY(.limit = 2, .cursor = next, .page = 1)), PGC_INVALID,
            "cursor", "a cursor and a page number exclude each other");
    works(CALL(thread_list, THREAD_QUERY(.limit = PGC_LIMIT_MAX, .page = UINT32_MAX)),
          "the greatest page number there can be");
    is_str(shown(), "", "is empty");
}

static void test_totals(void) {
    make_threads();
    const struct {
        pgc_thread_query *query;
        int64_t total;
    } cases[] = {
        {THREAD_QUERY(.with_total = true, .limit = 1), 6},
        {THREAD_QUERY(.with_total = true, .resource_id = z("ada"), .limit = 1), 3},
        {THREAD_QUERY(.with_total = true, .metadata = z("{\"kind\": \"x\"}"), .limit = 1), 4},
        {THREAD_QUERY(.with_total = true, .metadata = z("{\"kind\": \"x\"}"),
                      .resource_id = z("ada"), .order = PGC_BY_UPDATED),
         2},
        {THREAD_QUERY(.with_total = true, .resource_id = z("nobody")), 0},
        {THREAD_QUERY(.with_total = true, .metadata = z("{\"kind\": \"z\"}")), 0},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        must(CALL(thread_list, cases[i].query));
        is_int(pgc_result_total(result), cases[i].total, "total %zu", i);
    }
}

static void test_limits(void) {
    clear_tables();
    sql("INSERT INTO threads (id, created_at, updated_at) SELECT 'n' || to_char(n, 'FM000'), "
        "'2024-01-01', '2024-01-01' FROM generate_series(1, 105) n");
    must(CALL(thread_list, THREAD_QUERY()));
    is_int(pgc_result_threads(result), PGC_LIMIT_DEFAULT, "no limit is the default one");
    ok(pgc_result_has_more(result), "and there are more");
    must(CALL(thread_list, THREAD_QUERY(.limit = PGC_LIMIT_MAX)));
    is_int(pgc_result_threads(result), 105, "the greatest limit takes all");
    refused(CALL(thread_list, THREAD_QUERY(.limit = PGC_LIMIT_MAX + 1)), PGC_INVALID, "limit",
            "a greater one is refused");
}

/* ---- What is no cursor ---- */

static void test_foreign_cursors(void) {
    make_threads();
    must(CALL(thread_list, THREAD_QUERY(.limit = 1)));
    pgc_str cursor = z(form("%s", pgc_result_next(result).data));
    pgc_thread_query *others[] = {
        THREAD_QUERY(.cursor = cursor, .order = PGC_BY_UPDATED),
        THREAD_QUERY(.cursor = cursor, .direction = PGC_DESCENDING),
        THREAD_QUERY(.cursor = cursor, .resource_id = z("ada")),
        THREAD_QUERY(.cursor = cursor, .resource_id = z("")),
        THREAD_QUERY(.cursor = cursor, .metadata = z("{}")),
    };
    for (size_t i = 0; i < ARRAY_LENGTH(others); i++) {
        refused(CALL(thread_list, others[i]), PGC_INVALID, "cursor",
                "a cursor of another query: %zu", i);
    }
    works(CALL(thread_list, THREAD_QUERY(.cursor = cursor, .limit = 5, .with_total = true)),
          "limit and total may differ");
    refused(CALL(message_list, MESSAGE_QUERY(.thread_id = z("a"), .cursor = cursor)), PGC_INVALID,
            "cursor", "a cursor of threads for messages");
    refused(CALL(message_find, z("{}"), 1, cursor), PGC_INVALID, "cursor",
            "a cursor of threads to find messages");
}

/* Any token is refused or gives a page; it never fails otherwise. */
static void test_damaged_cursors(void) {
    make_threads();
    must(CALL(thread_list, THREAD_QUERY(.limit = 2)));
    char good[1024], token[1100];
    size_t size = pgc_result_next(result).size;
    snprintf(good, sizeof good, "%s", pgc_result_next(result).data);
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        "=+/ \n%\x01\xff";
    uint64_t seed = 20240101;
    int refusals = 0, pages = 0;
    for (int round = 0; round < 1500; round++) {
        memcpy(token, good, size);
        size_t length = size;
        /* Mostly behind the query's mark (11 characters), where damage is not seen at once. */
        for (uint32_t n = gen_number(&seed, 4); n-- > 0;) {
            size_t from = gen_number(&seed, 4) == 0 ? 0 : 11;
            token[from + gen_number(&seed, (uint32_t)(size - from))] =
                alphabet[gen_number(&seed, gen_number(&seed, 8) == 0 ? sizeof alphabet : 64)];
        }
        if (gen_number(&seed, 4) == 0) length = gen_number(&seed, (uint32_t)size + 1);
        while (gen_number(&seed, 4) == 0 && length < sizeof token - 1)
            token[length++] = alphabet[gen_number(&seed, 64)];
        int status = CALL(thread_list, THREAD_QUERY(.limit = 2, .cursor = {token, length}));
        refusals += status == -PGC_INVALID;
        pages += status == 0;
        if (status != 0 && status != -PGC_INVALID) {
            ok(false, "cursor %.*s: %d %s", (int)length, token, status, err.message);
            return;
        }
    }
    ok(refusals > 100 && pages > 100, "damaged cursors: %d refused, %d gave a page", refusals,
       pages);
}

static void test_garbage_cursors(void) {
    const pgc_str garbage[] = {z(""),
                               z("A"),
                               z("garbage"),
                               z("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
                               BYTES("AAAA\0AAA"),
                               z("\xff\xfe"),
                               z(form("%2000d", 7))};
    for (size_t i = 0; i < ARRAY_LENGTH(garbage); i++) {
        refused(CALL(thread_list, THREAD_QUERY(.cursor = garbage[i])), PGC_INVALID, "cursor",
                "garbage %zu is no cursor", i);
    }
}

static void test_refused(void) {
    const struct {
        pgc_thread_query *query;
        const char *words;
    } cases[] = {
        {THREAD_QUERY(.metadata = z("[]")), "metadata"},
        {THREAD_QUERY(.metadata = z("{")), "metadata"},
        {THREAD_QUERY(.metadata = z("")), "metadata"},
        {THREAD_QUERY(.resource_id = z("\xc3")), "resource_id"},
        {THREAD_QUERY(.order = (pgc_thread_order)2), "order"},
        {THREAD_QUERY(.direction = (pgc_direction)2), "direction"},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        refused(CALL(thread_list, cases[i].query), PGC_INVALID, cases[i].words, "query %zu", i);
    }
}

/* ---- Many threads: each of the ways in which those with metadata are found ---- */

static void make_many(void) {
    clear_tables();
    sql("INSERT INTO threads (id, resource_id, created_at, updated_at) SELECT 't' || i, CASE WHEN "
        "i %% 3 "
        "> 0 THEN 'big' WHEN i %% 300 = 0 THEN 'tiny' END, 'epoch'::timestamptz + i / 2 * '1 "
        "second'::interval, 'epoch'::timestamptz + i %% 7 * '1 second'::interval FROM "
        "generate_series(1, 2400) i");
    sql("INSERT INTO metadata (thread_id, message_id, data, updated_at) SELECT 't' || i, '', "
        "jsonb_build_object('all', 1, 'half', i %% 2, 'hundredth', i %% 100, 'n', i), 'epoch' FROM "
        "generate_series(1, 2400) i");
}

/* A page from the middle, and the one behind its end, beside what plain SQL finds. */
static void check_many(const char *resource, const char *metadata, pgc_thread_order order,
                       pgc_direction direction) {
    const char *how = direction == PGC_DESCENDING ? "DESC" : "ASC";
    const char *column = order == PGC_BY_UPDATED ? "updated_at" : "created_at";
    const char *name =
        form("%s of %s by %s %s", metadata, resource == NULL ? "all" : resource, column, how);
    const char *found =
        form("FROM threads t JOIN metadata d ON d.thread_id = t.id WHERE d.data @> "
             "'%s' AND (%s)",
             metadata, resource == NULL ? "true" : form("t.resource_id = '%s'", resource));
    pgc_thread_query *query =
        THREAD_QUERY(.resource_id = z(resource), .metadata = z(metadata), .order = order,
                     .direction = direction, .limit = 11, .page = 1, .with_total = true);
    for (int page = 1; page <= 2; page++) {
        must(CALL(thread_list, query));
        is_str(
            shown(),
            sql("SELECT coalesce(string_agg(id, ' ' ORDER BY %s %s, id COLLATE \"C\" %s), '') FROM "
                "(SELECT t.id, t.%s %s ORDER BY t.%s %s, t.id COLLATE \"C\" %s LIMIT 11 OFFSET %d) "
                "f",
                column, how, how, column, found, column, how, how, page * 11),
            "%s: page %d", name, page);
        is_int(pgc_result_total(result), atoi(sql("SELECT count(*) %s", found)), "%s: the total",
               name);
        query->page = 0;
        query->cursor = z(form("%s", pgc_result_next(result).data));
        if (!pgc_result_has_more(result)) return;
    }
}

static void test_many(void) {
    static const char *const resources[] = {NULL, "big", "tiny", "nobody"};
    static const char *const documents[] = {"{\"all\": 1}",       "{\"half\": 1}", "{\"half\": 0}",
                                            "{\"hundredth\": 4}", "{\"n\": 7}",    "{\"n\": 0}"};
    make_many();
    for (size_t r = 0; r < ARRAY_LENGTH(resources); r++) {
        for (size_t d = 0; d < ARRAY_LENGTH(documents); d++) {
            check_many(resources[r], documents[d], PGC_BY_CREATED, PGC_ASCENDING);
            check_many(resources[r], documents[d], PGC_BY_CREATED, PGC_DESCENDING);
            check_many(resources[r], documents[d], PGC_BY_UPDATED, PGC_ASCENDING);
            check_many(resources[r], documents[d], PGC_BY_UPDATED, PGC_DESCENDING);
        }
    }
}

static void tests(void) {
    test_filters();
    test_rows();
    test_walk();
    test_ends();
    test_growth();
    test_page_numbers();
    test_totals();
    test_many();
    test_limits();
    test_foreign_cursors();
    test_damaged_cursors();
    test_garbage_cursors();
    test_refused();
}

int main(void) {
    return world_run("thread list", tests);
}
