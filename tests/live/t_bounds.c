/*
 * Bounds: the size of a result, found out while it comes, and of a message's content, before it is
 * sent.
 */
#include "live/world.h"

enum { RESULT_MAX = 300000, CONTENT = 50000, MESSAGES = 40, MESSAGE_MAX = 1000, UNCOUNTED = 8192 };

static char text[CONTENT];

static void fill_thread(void) {
    make_thread("t", "r");
    memset(text, 'x', sizeof text);
    for (int i = 0; i < MESSAGES; i++) {
        pgc_message_new message =
            MESSAGE(.id = z(form("m%02d", i)), .text = {text, sizeof text - (size_t)i});
        must(CALL(message_append, APPEND(.thread_id = z("t"), .messages = &message, .count = 1)));
    }
}

static void test_result(void) {
    store->writer.config.max_result_bytes = RESULT_MAX;
    refused(CALL(message_last, z("t"), MESSAGES), PGC_TOO_LARGE, "300000 bytes", "a large page");
    ok(err.retry == PGC_RETRY_NO, "it would be as large again");
    ok(strstr(err.hint, "max_result_bytes") != NULL, "the hint names the bound");
    works(CALL(message_last, z("t"), 4), "a smaller page"); /* one more is looked at */
    is_int((int64_t)pgc_result_messages(result), 4, "all of it");
    refused(CALL(message_list, MESSAGE_QUERY(.thread_id = z("t"))), PGC_TOO_LARGE, "bytes",
            "a list");
    for (int i = 0; i < 20; i++) {
        must(CALL(message_last, z("t"), 4));
    }
    ok(true, "pages that are more together than the bound");
    pgc_pool_status pool;
    pgc_store_pool_status(store, &pool);
    ok(pool.open <= 1, "the connection of what was too large is closed");
    store->writer.config.max_result_bytes = INT64_MAX;
    works(CALL(message_last, z("t"), MESSAGES), "without a bound");
}

/* All that comes is counted but for the first few, and nothing twice. */
static void test_exact(void) {
    int64_t low = 0, high = (int64_t)MESSAGES * CONTENT;
    while (high - low > 1) { /* the smallest bound that lets a page pass */
        int64_t middle = low + (high - low) / 2;
        store->writer.config.max_result_bytes = middle;
        if (CALL(message_last, z("t"), 20) == 0) {
            high = middle;
        } else {
            low = middle;
        }
        if (err.code != PGC_OK && err.code != PGC_TOO_LARGE && err.code != PGC_LOST) break;
    }
    int64_t sum = 0;
    store->writer.config.max_result_bytes = INT64_MAX;
    must(CALL(message_last, z("t"), 20));
    for (size_t i = 0; i < 20; i++) {
        sum += (int64_t)pgc_result_message(result, i)->content.size;
    }
    sum += CONTENT; /* it looks at one more, to tell whether there are more */
    ok(high > sum - MESSAGES - UNCOUNTED && high < sum + 21 * 200 + 2000,
       "%lld bytes for contents of %lld", (long long)high, (long long)sum);
}

static int append(pgc_str content) {
    pgc_message_new messages[] = {MESSAGE(.id = z("small"), .text = z("x")),
                                  MESSAGE(.id = z("large"), .text = content)};
    return CALL(message_append, APPEND(.thread_id = z("t"), .messages = messages, .count = 2));
}

static int save(pgc_str content) {
    pgc_message_new message = MESSAGE(.id = z("large"), .text = content);
    pgc_save save = PGC_SAVE_INIT;
    save.thread_id = z("t");
    save.messages = &message;
    save.count = 1;
    return CALL(message_save, &save);
}

static int import(pgc_str content) {
    pgc_message_new message = MESSAGE(.id = z("large"), .text = content);
    return CALL(conversation_import, NEW_THREAD(.id = z("i")),
                APPEND(.messages = &message, .count = 1));
}

static int update(pgc_str content) {
    return CALL(message_update, MESSAGE_CHANGE(.id = z("m00"), .text = content));
}

static int rewrite(pgc_str content) {
    pgc_revision revision = {.id = z("m00"), .text = content};
    pgc_rewrite rewrite = PGC_REWRITE_INIT;
    rewrite.revisions = &revision;
    rewrite.count = 1;
    return CALL(message_rewrite, &rewrite);
}

static void test_message(void) {
    static const struct {
        const char *name;
        int (*call)(pgc_str content);
        const char *where;
        int position;
    } calls[] = {
        {"append", append, "messages[1].content: is 1001 bytes long, the limit is 1000", 1},
        {"save", save, "messages[0].content: is 1001 bytes long", 0},
        {"import", import, "messages[0].content: is 1001 bytes long", 0},
        {"update", update, "content: is 1001 bytes long", -1},
        {"rewrite", rewrite, "revisions[0].content: is 1001 bytes long", 0},
    };
    store->max_message_bytes = MESSAGE_MAX;
    for (size_t i = 0; i < ARRAY_LENGTH(calls); i++) {
        char *before = dump();
        refused(calls[i].call((pgc_str){text, MESSAGE_MAX - 1}), PGC_INVALID, calls[i].where,
                "%s: a byte too long, with its quotes", calls[i].name);
        is_int(err.position, calls[i].position, "%s: which one", calls[i].name);
        unchanged(before, "%s: nothing was written", calls[i].name);
        works(calls[i].call((pgc_str){text, MESSAGE_MAX - 2}), "%s: just as long", calls[i].name);
        sql("DELETE FROM messages WHERE id IN ('small', 'large'); UPDATE threads SET last_seq = "
            "%d, holes = 0 WHERE id = 't'; DELETE FROM threads WHERE id = 'i'",
            MESSAGES);
    }
    store->max_message_bytes = 0;
    works(append((pgc_str){text, sizeof text}), "without a bound");
}

/* The options, as a program sets them. */
static void test_options(void) {
    pgc_store_options options = PGC_STORE_OPTIONS_INIT;
    pgc_store *bounded = NULL;
    pgc_result *page = NULL;
    options.url = z(store_url());
    options.schema = z(schema);
    options.max_result_bytes = RESULT_MAX;
    options.max_message_bytes = 256 * 1024 * 1024 + 1;
    is_code(pgc_store_open(&options, &bounded, &err), PGC_INVALID, &err, "more than the most");
    options.max_message_bytes = MESSAGE_MAX;
    must(pgc_store_open(&options, &bounded, &err));
    is_code(pgc_message_last(bounded, z("t"), MESSAGES, &page, &err), PGC_TOO_LARGE, &err,
            "the bound of an option");
    pgc_message_new message = MESSAGE(.id = z("large"), .text = {text, sizeof text});
    is_code(pgc_message_append(bounded,
                               APPEND(.thread_id = z("t"), .messages = &message, .count = 1), &page,
                               &err),
            PGC_INVALID, &err, "that of a message");
    pgc_store_free(bounded);
}

static void tests(void) {
    fill_thread();
    test_result();
    if (world_drive == DRIVE_BLOCKING) test_exact();
    test_message();
    test_options();
}

int main(void) {
    return world_run("t_bounds", tests);
}
