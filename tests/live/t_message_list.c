/*
 * Reading messages: the last ones, lists of a thread and of a resource, the tail, counts.
 */
#include "live/world.h"

#include "unit/gen.h"

static const pgc_message *message(size_t i) {
    return pgc_result_message(result, i);
}

static void add_metadata(const char *id, const char *document) {
    must(CALL(metadata_replace, pgc_none(), z(id), z(document)));
}

/* Thread t in the order of reading: m1 m2 m3 m4 m5 m6 m7; m3 m4 m5 tie, m7 came before m6. */
static void make_thread_t(void) {
    clear_tables();
    make_thread("t", "ada");
    put("t", "m1@1 m2@2 m3@3 m4@3");
    put("t", "m7@7 m5@3 m6@6");
    make_thread("empty", "ada");
    add_metadata("m2", "{\"k\": 1}");
    add_metadata("m5", "{\"k\": 1, \"l\": [2]}");
    add_metadata("m6", "{\"k\": 2}");
}

/* ---- Last ---- */

static void test_last(void) {
    make_thread_t();
    const struct {
        uint32_t limit;
        const char *want;
        bool more;
    } cases[] = {
        {1, "m7", true},
        {3, "m5 m6 m7", true},
        {4, "m4 m5 m6 m7", true},
        {6, "m2 m3 m4 m5 m6 m7", true},
        {7, "m1 m2 m3 m4 m5 m6 m7", false},
        {8, "m1 m2 m3 m4 m5 m6 m7", false},
        {0, "m1 m2 m3 m4 m5 m6 m7", false},
        {PGC_LIMIT_MAX, "m1 m2 m3 m4 m5 m6 m7", false},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        works(CALL(message_last, z("t"), cases[i].limit), "the last %u", cases[i].limit);
        is_str(shown(), cases[i].want, "oldest first");
        ok(pgc_result_has_more(result) == cases[i].more, "are there more?");
        is_int(pgc_result_last_seq(result), 7, "last_seq is the thread's");
    }
    is_mem(message(1)->metadata, z("{\"k\": 1}"), "rows have metadata");
    is_mem(message(0)->metadata, z("{}"), "or none");
    is_mem(message(0)->thread_id, z("t"), "their thread");
    is_mem(message(0)->resource_id, z("ada"), "their resource");
    is_int(message(6)->seq, 5, "their seq");
    works(CALL(message_last, z("empty"), 5), "the last of an empty thread");
    is_str(shown(), "", "are none");
    is_int(pgc_result_last_seq(result), 0, "its last_seq is 0");
    ok(!pgc_result_has_more(result), "there are no more");
    refused(CALL(message_last, z("nobody"), 5), PGC_NOT_FOUND, "no such thread", "no thread");
    refused(CALL(message_last, z(""), 5), PGC_INVALID, "thread_id", "no id");
    refused(CALL(message_last, z("t"), PGC_LIMIT_MAX + 1), PGC_INVALID, "limit", "too many");
}

/* ---- Lists ---- */

static void test_filters(void) {
    make_thread_t();
    const struct {
        pgc_message_query *query;
        const char *want, *name;
    } cases[] = {
        {MESSAGE_QUERY(.thread_id = z("t")), "m1 m2 m3 m4 m5 m6 m7", "all"},
        {MESSAGE_QUERY(.thread_id = z("t"), .direction = PGC_DESCENDING), "m7 m6 m5 m4 m3 m2 m1",
         "all, newest first"},
        {MESSAGE_QUERY(.thread_id = z("t"), .from = AT(3)), "m3 m4 m5 m6 m7", "from, inclusive"},
        {MESSAGE_QUERY(.thread_id = z("t"), .from = AT(3) + 1), "m6 m7", "from, a bit later"},
        {MESSAGE_QUERY(.thread_id = z("t"), .until = AT(3)), "m1 m2", "until, exclusive"},
        {MESSAGE_QUERY(.thread_id = z("t"), .until = AT(3) + 1), "m1 m2 m3 m4 m5",
         "until, a bit later"},
        {MESSAGE_QUERY(.thread_id = z("t"), .from = AT(2), .until = AT(6)), "m2 m3 m4 m5", "both"},
        {MESSAGE_QUERY(.thread_id = z("t"), .from = AT(2), .until = AT(6),
                       .direction = PGC_DESCENDING),
         "m5 m4 m3 m2", "both, newest first"},
        {MESSAGE_QUERY(.thread_id = z("t"), .from = AT(6), .until = AT(2)), "", "an empty range"},
        {MESSAGE_QUERY(.thread_id = z("t"), .metadata = z("{\"k\": 1}")), "m2 m5", "with metadata"},
        {MESSAGE_QUERY(.thread_id = z("t"), .metadata = z("{\"l\": [2]}")), "m5", "in depth"},
        {MESSAGE_QUERY(.thread_id = z("t"), .metadata = z("{\"k\": 1}"), .from = AT(3)), "m5",
         "with metadata, from"},
        {MESSAGE_QUERY(.thread_id = z("t"), .metadata = z("{}")), "m2 m5 m6",
         "any metadata document"},
        {MESSAGE_QUERY(.thread_id = z("empty")), "", "an empty thread"},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        works(CALL(message_list, cases[i].query), "list: %s", cases[i].name);
        is_str(shown(), cases[i].want, "%s", cases[i].name);
        is_int(pgc_result_total(result), -1, "nobody asked for the total");
        ok(!pgc_result_has_more(result), "no more");
        cases[i].query->with_total = true;
        cases[i].query->limit = 1;
        must(CALL(message_list, cases[i].query));
        is_int(pgc_result_total(result), ((int64_t)strlen(cases[i].want) + 1) / 3, "the total");
    }
}

/* Threads of one resource in the order (created_at, thread, seq): a1 b1 a2 a3 b2 b3, a4. */
static void make_resource(void) {
    clear_tables();
    make_thread("b", "ada");
    make_thread("a", "ada");
    make_thread("x", "bob");
    make_thread("n", NULL);
    make_thread("e", "");
    put("b", "b1@1 b2@3 b3@3");
    put("a", "a1@1 a2@2 a3@3 a4@9");
    put("x", "x1@1");
    put("n", "n1@1");
    put("e", "e1@1");
    add_metadata("a2", "{\"k\": 1}");
    add_metadata("b3", "{\"k\": 1}");
}

static void test_resource(void) {
    make_resource();
    const struct {
        pgc_message_query *query;
        const char *want, *name;
    } cases[] = {
        {MESSAGE_QUERY(.resource_id = z("ada")), "a1 b1 a2 a3 b2 b3 a4", "across threads"},
        {MESSAGE_QUERY(.resource_id = z("ada"), .direction = PGC_DESCENDING),
         "a4 b3 b2 a3 a2 b1 a1", "newest first"},
        {MESSAGE_QUERY(.resource_id = z("ada"), .from = AT(2), .until = AT(9)), "a2 a3 b2 b3",
         "of a time"},
        {MESSAGE_QUERY(.resource_id = z("ada"), .metadata = z("{\"k\": 1}")), "a2 b3",
         "with metadata"},
        {MESSAGE_QUERY(.resource_id = z("")), "e1", "of the empty resource"},
        {MESSAGE_QUERY(.resource_id = z("nobody")), "", "of a resource that is not there"},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        works(CALL(message_list, cases[i].query), "resource: %s", cases[i].name);
        is_str(shown(), cases[i].want, "%s", cases[i].name);
        is_int(pgc_result_last_seq(result), -1, "there is no last_seq");
        cases[i].query->with_total = true;
        cases[i].query->limit = 2;
        must(CALL(message_list, cases[i].query));
        is_int(pgc_result_total(result), ((int64_t)strlen(cases[i].want) + 1) / 3, "the total");
    }
}

static void test_refused(void) {
    make_thread_t();
    const struct {
        pgc_message_query *query;
        pgc_code code;
        const char *words;
    } cases[] = {
        {MESSAGE_QUERY(.thread_id = z("nobody")), PGC_NOT_FOUND, "no such thread"},
        {MESSAGE_QUERY(.thread_id = z("nobody"), .with_total = true), PGC_NOT_FOUND,
         "no such thread"},
        {MESSAGE_QUERY(), PGC_INVALID, "thread_id"},
        {MESSAGE_QUERY(.thread_id = z("t"), .resource_id = z("ada")), PGC_INVALID, "resource_id"},
        {MESSAGE_QUERY(.thread_id = z("")), PGC_INVALID, "thread_id"},
        {MESSAGE_QUERY(.resource_id = z("\xff")), PGC_INVALID, "resource_id"},
        {MESSAGE_QUERY(.thread_id = z("t"), .metadata = z("\"k\"")), PGC_INVALID, "metadata"},
        {MESSAGE_QUERY(.thread_id = z("t"), .metadata = z("{\"k\"}")), PGC_INVALID, "metadata"},
        {MESSAGE_QUERY(.thread_id = z("t"), .limit = PGC_LIMIT_MAX + 1), PGC_INVALID, "limit"},
        {MESSAGE_QUERY(.thread_id = z("t"), .direction = (pgc_direction)-1), PGC_INVALID,
         "direction"},
        {MESSAGE_QUERY(.thread_id = z("t"), .from = INT64_MAX), PGC_INVALID, "from"},
        {MESSAGE_QUERY(.thread_id = z("t"), .until = INT64_MIN + 1), PGC_INVALID, "until"},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        refused(CALL(message_list, cases[i].query), cases[i].code, cases[i].words, "query %zu", i);
    }
}

/* ---- Pages ---- */

/* Reads to the end of a direction; what was seen is in `seen`: "a b | c d". */
static void walk(pgc_message_query *query, bool forward, char *seen, size_t size) {
    size_t used = 0;
    seen[0] = '\0';
    for (int pages = 0; pages < 50; pages++) {
        must(CALL(message_list, query));
        used +=
            (size_t)snprintf(seen + used, size - used, "%s%s", pages == 0 ? "" : " | ", shown());
        if (!pgc_result_has_more(result)) return;
        query->cursor = z(form("%s", (forward ? pgc_result_next : pgc_result_prev)(result).data));
    }
    bail("the list does not end: %s", seen);
}

static void test_walk(void) {
    const struct {
        pgc_message_query *query;
        const char *forward, *backward, *name;
    } cases[] = {
        {MESSAGE_QUERY(.thread_id = z("t"), .limit = 3), "m1 m2 m3 | m4 m5 m6 | m7",
         "m4 m5 m6 | m1 m2 m3", "through ties"},
        {MESSAGE_QUERY(.thread_id = z("t"), .limit = 1), "m1 | m2 | m3 | m4 | m5 | m6 | m7",
         "m6 | m5 | m4 | m3 | m2 | m1", "one by one"},
        {MESSAGE_QUERY(.thread_id = z("t"), .limit = 4, .direction = PGC_DESCENDING),
         "m7 m6 m5 m4 | m3 m2 m1", "m7 m6 m5 m4", "newest first"},
        {MESSAGE_QUERY(.thread_id = z("t"), .limit = 2, .from = AT(2), .until = AT(7)),
         "m2 m3 | m4 m5 | m6", "m4 m5 | m2 m3", "of a time"},
        {MESSAGE_QUERY(.thread_id = z("t"), .limit = 1, .metadata = z("{\"k\": 1}")), "m2 | m5",
         "m2", "with metadata"},
        {MESSAGE_QUERY(.resource_id = z("ada"), .limit = 2), "m1 m2 | m3 m4 | m5 m6 | m7",
         "m5 m6 | m3 m4 | m1 m2", "of a resource"},
    };
    make_thread_t();
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        char seen[400];
        walk(cases[i].query, true, seen, sizeof seen);
        is_str(seen, cases[i].forward, "%s: forward", cases[i].name);
        cases[i].query->cursor = z(form("%s", pgc_result_prev(result).data));
        walk(cases[i].query, false, seen, sizeof seen);
        is_str(seen, cases[i].backward, "%s: and back", cases[i].name);
    }
    make_resource();
    char seen[400];
    pgc_message_query *query = MESSAGE_QUERY(.resource_id = z("ada"), .limit = 1);
    walk(query, true, seen, sizeof seen);
    is_str(seen, "a1 | b1 | a2 | a3 | b2 | b3 | a4", "across threads, through ties");
    query->cursor = z(form("%s", pgc_result_prev(result).data));
    walk(query, false, seen, sizeof seen);
    is_str(seen, "b3 | b2 | a3 | a2 | b1 | a1", "and back");
}

/* pgc_message_last is a page of the list in ascending order, so that its cursors go on there. */
static void test_from_last(void) {
    make_thread_t();
    must(CALL(message_last, z("t"), 2));
    pgc_str prev = z(form("%s", pgc_result_prev(result).data));
    pgc_str next = z(form("%s", pgc_result_next(result).data));
    must(CALL(message_list, MESSAGE_QUERY(.thread_id = z("t"), .cursor = prev, .limit = 3)));
    is_str(shown(), "m3 m4 m5", "before the last ones");
    ok(pgc_result_has_more(result), "there are more");
    must(CALL(message_list,
              MESSAGE_QUERY(.thread_id = z("t"), .cursor = pgc_result_prev(result), .limit = 3)));
    is_str(shown(), "m1 m2", "and before those");
    ok(!pgc_result_has_more(result), "are no more");
    must(CALL(message_list,
              MESSAGE_QUERY(.thread_id = z("t"), .cursor = pgc_result_next(result), .limit = 9)));
    is_str(shown(), "m3 m4 m5 m6 m7", "and forward again");
    must(CALL(message_list, MESSAGE_QUERY(.thread_id = z("t"), .cursor = next)));
    is_str(shown(), "", "behind the last one is nothing");
    is_mem(pgc_result_next(result), next, "an empty page repeats its cursor");
    put("t", "m8@8");
    must(CALL(message_list, MESSAGE_QUERY(.thread_id = z("t"), .cursor = next)));
    is_str(shown(), "m8", "until something comes");
    refused(CALL(message_list,
                 MESSAGE_QUERY(.thread_id = z("t"), .cursor = next, .direction = PGC_DESCENDING)),
            PGC_INVALID, "cursor", "the other direction is another query");
    refused(CALL(message_list, MESSAGE_QUERY(.thread_id = z("empty"), .cursor = next)), PGC_INVALID,
            "cursor", "another thread is another query");
    refused(CALL(message_list, MESSAGE_QUERY(.resource_id = z("t"), .cursor = next)), PGC_INVALID,
            "cursor", "a resource of the same name is another query");
}

static void test_page_numbers(void) {
    make_thread_t();
    static const char *const want[] = {"m1 m2 m3", "m4 m5 m6", "m7", ""};
    for (uint32_t page = 0; page < ARRAY_LENGTH(want); page++) {
        must(CALL(message_list, MESSAGE_QUERY(.thread_id = z("t"), .limit = 3, .page = page,
                                              .with_total = true)));
        is_str(shown(), want[page], "page %u", page);
        is_int(pgc_result_total(result), 7, "the total");
        ok(pgc_result_has_more(result) == (page < 2), "more?");
    }
    must(CALL(message_list, MESSAGE_QUERY(.resource_id = z("ada"), .limit = 3, .page = 2)));
    is_str(shown(), "m7", "of a resource, too");
    must(CALL(message_list, MESSAGE_QUERY(.thread_id = z("t"), .limit = 3, .page = 1)));
    pgc_str next = z(form("%s", pgc_result_next(result).data));
    must(CALL(message_list, MESSAGE_QUERY(.thread_id = z("t"), .cursor = next)));
    is_str(shown(), "m7", "cursors go on from a numbered page");
    refused(CALL(message_list, MESSAGE_QUERY(.thread_id = z("t"), .cursor = next, .page = 1)),
            PGC_INVALID, "cursor", "a cursor and a page number exclude each other");
}

/* Messages that are added or deleted between the pages change nothing for the others. */
static void test_growth(void) {
    clear_tables();
    make_thread("g", NULL);
    make_thread("h", NULL);
    for (int i = 0; i < 40; i++)
        put("g", form("s%02d@%d", i, i / 4 * 10));
    pgc_message_query *query = MESSAGE_QUERY(.thread_id = z("g"), .limit = 7);
    int seen = 0;
    bool in_order = true;
    for (int page = 0; page < 50; page++) {
        must(CALL(message_list, query));
        for (size_t i = 0; i < pgc_result_messages(result); i++) {
            if (message(i)->id.data[0] == 's')
                in_order &= same(message(i)->id, z(form("s%02d", seen++)));
        }
        if (!pgc_result_has_more(result)) break;
        query->cursor = z(form("%s", pgc_result_next(result).data));
        const char *last = form("%s", message(pgc_result_messages(result) - 1)->id.data);
        put("g", form("old%d@0 tie%d@%ld", page, page, (strtol(last + 1, NULL, 10) / 4) * 10));
        put("h", form("h%d", page));
        /* The row that the cursor was made of may go. */
        must(CALL(message_delete, IDS("g", last)));
    }
    is_int(seen, 40, "every message is seen once while others come and go");
    ok(in_order, "in order");
}

static void damage(pgc_message_query *query, uint64_t *seed, const char *name) {
    must(CALL(message_list, query));
    char good[1024], token[1024];
    size_t size = pgc_result_next(result).size;
    snprintf(good, sizeof good, "%s", pgc_result_next(result).data);
    int refusals = 0, pages = 0;
    for (int round = 0; round < 700; round++) {
        memcpy(token, good, size);
        for (uint32_t n = 1 + gen_number(seed, 3); n-- > 0;) {
            uint32_t at = 11 + gen_number(seed, (uint32_t)size - 11);
            token[at] =
                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[gen_number(seed,
                                                                                              64)];
        }
        query->cursor =
            (pgc_str){token, gen_number(seed, 8) == 0 ? gen_number(seed, (uint32_t)size) : size};
        int status = CALL(message_list, query);
        refusals += status == -PGC_INVALID;
        pages += status == 0;
        if (status != 0 && status != -PGC_INVALID) {
            ok(false, "%s: cursor %.*s: %d %s", name, (int)query->cursor.size, token, status,
               err.message);
            return;
        }
    }
    ok(refusals > 50 && pages > 50, "%s: damaged cursors: %d refused, %d gave a page", name,
       refusals, pages);
}

static void test_damaged_cursors(void) {
    uint64_t seed = 42;
    make_thread_t();
    damage(MESSAGE_QUERY(.thread_id = z("t"), .limit = 2), &seed, "thread");
    damage(MESSAGE_QUERY(.resource_id = z("ada"), .limit = 2), &seed, "resource");
}

/* ---- Tail, count ---- */

static void test_tail(void) {
    make_thread_t();
    const struct {
        int64_t seq;
        uint32_t limit;
        const char *want;
    } cases[] = {
        {0, 0, "m1 m2 m3 m4 m7 m5 m6"},
        {4, 0, "m7 m5 m6"},
        {5, 1, "m5"},
        {6, 9, "m6"},
        {7, 0, ""},
        {99, 0, ""},
        {INT64_MAX, 0, ""},
        {0, 2, "m1 m2"},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        works(CALL(message_tail, z("t"), cases[i].seq, cases[i].limit), "after %" PRId64,
              cases[i].seq);
        is_str(shown(), cases[i].want, "in the order of appending");
    }
    must(CALL(message_tail, z("t"), 7, 0));
    is_int(pgc_result_last_seq(result), 7, "where to go on");
    put("t", "old@0 m8");
    must(CALL(message_tail, z("t"), 7, 0));
    is_str(shown(), "old m8", "a message with an old time is not missed");
    must(CALL(message_delete, IDS("t", "m7 m8")));
    must(CALL(message_tail, z("t"), 0, 0));
    is_str(shown(), "m1 m2 m3 m4 m5 m6 old", "deleted ones are not shown");
    is_int(pgc_result_last_seq(result), 9, "but counted");
    works(CALL(message_tail, z("empty"), 0, 0), "an empty thread");
    is_str(shown(), "", "has no tail");
    is_int(pgc_result_last_seq(result), 0, "and goes on at 0");
    refused(CALL(message_tail, z("nobody"), 0, 0), PGC_NOT_FOUND, "no such thread", "no thread");
    refused(CALL(message_tail, z("t"), -1, 0), PGC_INVALID, "seq", "a negative seq");
    refused(CALL(message_tail, z("t"), 0, PGC_LIMIT_MAX + 1), PGC_INVALID, "limit", "too many");
    refused(CALL(message_tail, pgc_none(), 0, 0), PGC_INVALID, "thread_id", "no id");
}

/* A follower that goes on where each result says sees every message once, in order of seq. */
static void test_follow(void) {
    clear_tables();
    make_thread("f", NULL);
    int64_t seq = 0;
    int seen = 0;
    bool in_order = true, ended = false;
    for (int turn = 0; turn < 60; turn++) {
        if (turn < 20) put("f", form("a%d b%d@%d c%d", turn, turn, -turn, turn));
        if (turn == 10) must(CALL(message_delete, IDS("f", "a10 b10 c10")));
        must(CALL(message_tail, z("f"), seq, 2));
        for (size_t i = 0; i < pgc_result_messages(result); i++) {
            in_order &= message(i)->seq > seq;
            seq = message(i)->seq;
            seen++;
        }
        bool more = pgc_result_has_more(result);
        ended = !more;
        in_order &= pgc_result_last_seq(result) >= seq;
        seq = pgc_result_last_seq(result);
    }
    is_int(seen, 57, "a follower sees every message");
    ok(in_order, "in order");
    ok(ended && seq == 60, "to the end");
}

static void test_count(void) {
    make_thread_t();
    const struct {
        int64_t from, until, want;
    } cases[] = {
        {PGC_NO_TIME, PGC_NO_TIME, 7},
        {AT(3), PGC_NO_TIME, 5},
        {PGC_NO_TIME, AT(3), 2},
        {AT(3), AT(6), 3},
        {AT(8), AT(3), 0},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        works(CALL(message_count, z("t"), cases[i].from, cases[i].until), "count %zu", i);
        is_int(pgc_result_total(result), cases[i].want, "is right");
        is_int(pgc_result_messages(result), 0, "and shows none");
    }
    must(CALL(message_count, z("empty"), PGC_NO_TIME, PGC_NO_TIME));
    is_int(pgc_result_total(result), 0, "an empty thread");
    refused(CALL(message_count, z("nobody"), PGC_NO_TIME, PGC_NO_TIME), PGC_NOT_FOUND,
            "no such thread", "no thread");
    refused(CALL(message_count, z("t"), INT64_MAX, PGC_NO_TIME), PGC_INVALID, "from", "bad from");
    refused(CALL(message_count, z("t"), PGC_NO_TIME, INT64_MAX), PGC_INVALID, "until", "bad until");
}

/* ---- Many messages: each of the ways in which those with metadata are found ---- */

static void make_many(void) {
    clear_tables();
    sql("INSERT INTO threads (id, resource_id, created_at, updated_at, last_seq) SELECT t, 'r', "
        "'epoch', "
        "'epoch', 1500 FROM unnest('{t1,t2}'::text[]) t");
    sql("INSERT INTO messages (thread_id, id, seq, created_at, resource_id, role, content) SELECT "
        "t, t "
        "|| '/' || i, i, 'epoch'::timestamptz + i / 2 * '1 second'::interval, 'r', 'user', '1' "
        "FROM "
        "unnest('{t1,t2}'::text[]) t, generate_series(1, 1500) i");
    sql("INSERT INTO metadata (thread_id, message_id, data, updated_at) SELECT m.thread_id, m.id, "
        "jsonb_build_object('all', 1, 'early', m.seq < 300, 'hundredth', m.seq %% 100, 'n', "
        "m.seq), "
        "'epoch' FROM messages m");
}

/* The second page, by number, and the one behind it, beside what plain SQL finds. */
static void check_many(bool of_thread, const char *metadata, int64_t from, pgc_direction direction,
                       bool with_total) {
    const char *how = direction == PGC_DESCENDING ? "DESC" : "ASC";
    const char *name =
        form("%s of a %s from %" PRId64 " %s%s", metadata, of_thread ? "thread" : "resource",
             from == PGC_NO_TIME ? 0 : from, how, with_total ? ", total" : "");
    const char *found =
        form("FROM messages m JOIN metadata d ON d.thread_id = m.thread_id AND "
             "d.message_id = m.id WHERE d.data @> '%s' AND %s AND m.created_at >= %s",
             metadata, of_thread ? "m.thread_id = 't2'" : "m.resource_id = 'r'",
             from == PGC_NO_TIME ? "'-infinity'" : "'epoch'::timestamptz + '1000 s'");
    pgc_message_query *query =
        of_thread ? MESSAGE_QUERY(.thread_id = z("t2")) : MESSAGE_QUERY(.resource_id = z("r"));
    query->metadata = z(metadata);
    query->from = from;
    query->direction = direction;
    query->limit = 7;
    query->page = 1;
    query->with_total = with_total;
    for (int page = 1; page <= 2; page++) {
        must(CALL(message_list, query));
        is_str(shown(),
               sql("SELECT coalesce(string_agg(id, ' ' ORDER BY created_at %s, thread_id COLLATE "
                   "\"C\" %s, "
                   "seq %s), '') FROM (SELECT m.* %s ORDER BY m.created_at %s, m.thread_id COLLATE "
                   "\"C\" %s, m.seq %s LIMIT 7 OFFSET %d) f",
                   how, how, how, found, how, how, how, page * 7),
               "%s: page %d", name, page);
        is_int(pgc_result_total(result), with_total ? atoi(sql("SELECT count(*) %s", found)) : -1,
               "%s: the total", name);
        if (!pgc_result_has_more(result)) return;
        query->page = 0;
        query->cursor = z(form("%s", pgc_result_next(result).data));
    }
}

static void test_many(void) {
    static const char *const documents[] = {"{\"all\": 1}",       "{\"early\": true}",
                                            "{\"early\": false}", "{\"hundredth\": 4}",
                                            "{\"n\": 7}",         "{\"n\": 0}"};
    make_many();
    for (size_t i = 0; i < ARRAY_LENGTH(documents) * 16; i++) {
        check_many((i & 1) != 0, documents[i / 16],
                   (i & 2) != 0 ? INT64_C(1000000000) : PGC_NO_TIME,
                   (i & 4) != 0 ? PGC_DESCENDING : PGC_ASCENDING, (i & 8) != 0);
    }
}

static void tests(void) {
    test_last();
    test_filters();
    test_resource();
    test_refused();
    test_walk();
    test_from_last();
    test_page_numbers();
    test_growth();
    test_damaged_cursors();
    test_tail();
    test_follow();
    test_count();
    test_many();
}

int main(void) {
    return world_run("message list", tests);
}
