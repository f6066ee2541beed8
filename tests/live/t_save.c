/*
 * Saving messages: new ones and over what there is, in one thread and in many, moved, and by many
 * at once.
 */
#include "live/world.h"

#include <pthread.h>

#define SAVE(...)                                         \
    (&(pgc_save){.size = sizeof(pgc_save),                \
                 .message_size = sizeof(pgc_message_new), \
                 .elsewhere = PGC_ELSEWHERE_MOVE,         \
                 __VA_ARGS__})
/* SAVED(array, fields...): all messages of an array. */
#define SAVED(array, ...) \
    CALL(message_save, SAVE(.messages = (array), .count = ARRAY_LENGTH(array), __VA_ARGS__))

/* Both ways: the statement for one thread that moves nothing, and the one for all else. */
static const pgc_elsewhere ways[] = {PGC_ELSEWHERE_REFUSE, PGC_ELSEWHERE_MOVE};
static const char *const way_names[] = {"here", "anywhere"};

static const pgc_message *message(size_t i) {
    return pgc_result_message(result, i);
}

/* "id:seq" of a thread's messages, in the order of reading. */
static const char *rows(const char *thread) {
    return sql("SELECT string_agg(id || ':' || seq, ' ' ORDER BY created_at, seq) FROM messages "
               "WHERE thread_id = '%s'",
               thread);
}

static void prepare(void) {
    clear_tables();
    make_thread("t", "ada");
    make_thread("u", "ada");
    make_thread("v", "bob");
}

/* ---- New and again ---- */

static void test_new(pgc_elsewhere way, const char *name) {
    prepare();
    pgc_message_new given[] = {
        MESSAGE(.id = z("a"), .content = z("[1,  2]"), .type = z("v2"), .metadata = z("{\"k\": 1}"),
                .created_at = AT(5)),
        MESSAGE(.text = z("plain"), .role = z("assistant"), .resource_id = z("eve"),
                .created_at = AT(4)),
        MESSAGE(.id = z("c"), .text = z("x")),
    };
    if (!works(SAVED(given, .thread_id = z("t"), .elsewhere = way), "%s: new messages", name)) {
        return;
    }
    is_int(pgc_result_messages(result), 3, "one answer for each");
    is_mem(message(0)->id, z("a"), "in their order");
    is_mem(message(0)->thread_id, z("t"), "the thread");
    is_mem(message(0)->type, z("v2"), "the type");
    is_mem(message(0)->resource_id, z("ada"), "the thread's resource");
    is_mem(message(1)->resource_id, z("eve"), "or its own");
    is_mem(message(1)->role, z("assistant"), "the role");
    is_int(message(1)->id.size, 36, "an absent id becomes a UUID");
    is_int(message(0)->created_at, AT(5), "the given time");
    ok(message(2)->created_at > AT(5), "or one of the store's");
    is_int(message(2)->seq, 3, "seqs in their order");
    ok(message(0)->inserted && message(1)->inserted && message(2)->inserted, "all are new");
    ok(pgc_result_inserted(result), "and so the result says");
    ok(message(0)->content.data == NULL, "contents are not sent back");
    must(CALL(message_get, IDS(NULL, "a")));
    is_mem(message(0)->content, z("[1,  2]"), "content as it was given");
    is_mem(message(0)->metadata, z("{\"k\": 1}"), "metadata");
    must(CALL(thread_get, z("t")));
    is_int(pgc_result_thread(result, 0)->last_seq, 3, "the thread knows its last seq");
    ok(pgc_result_thread(result, 0)->updated_at > AT(20000000), "and was touched now");
}

static void test_again(pgc_elsewhere way, const char *name) {
    prepare();
    pgc_message_new first[] = {
        MESSAGE(.id = z("a"), .text = z("1"), .created_at = AT(5), .metadata = z("{\"k\": 1}")),
        MESSAGE(.id = z("b"), .text = z("2"), .created_at = AT(6), .metadata = z("{\"k\": 2}")),
    };
    must(SAVED(first, .thread_id = z("t"), .elsewhere = way));
    pgc_message_new again[] = {
        MESSAGE(.id = z("c"), .text = z("3"), .created_at = AT(7)),
        MESSAGE(.id = z("b"), .text = z("new"), .role = z("tool"), .type = z("x"),
                .resource_id = z("eve"), .created_at = AT(99)),
        MESSAGE(.id = z("a"), .text = z("also"), .metadata = z("{\"n\": 1}")),
    };
    works(SAVED(again, .thread_id = z("t"), .elsewhere = way), "%s: some again", name);
    ok(message(0)->inserted && !message(1)->inserted && !message(2)->inserted, "which were new");
    is_int(message(1)->created_at, AT(6), "what was there keeps its time");
    is_int(message(2)->created_at, AT(5), "also if none is given");
    is_int(message(1)->seq, 2, "and its seq");
    must(CALL(message_list, MESSAGE_QUERY(.thread_id = z("t"))));
    is_str(shown(), "a b c", "and its place");
    is_mem(message(1)->text, z("new"), "the content is new");
    is_mem(message(1)->role, z("tool"), "the role");
    is_mem(message(1)->type, z("x"), "the type");
    is_mem(message(1)->resource_id, z("eve"), "the resource");
    is_mem(message(1)->metadata, z("{}"), "metadata that is not given goes");
    is_mem(message(0)->metadata, z("{\"n\": 1}"), "metadata that is given replaces");
    ok(message(2)->seq > 2, "the new one comes after them");
    ok(sql_number("SELECT last_seq FROM threads WHERE id = 't'") >= message(2)->seq,
       "and the thread knows");
    is_int(sql_number("SELECT count(*) FROM metadata"), 1, "no document is left over");
}

static void test_doubles(pgc_elsewhere way, const char *name) {
    prepare();
    pgc_message_new given[] = {
        MESSAGE(.id = z("a"), .text = z("first"), .created_at = AT(5), .metadata = z("{\"k\": 1}")),
        MESSAGE(.id = z("b"), .text = z("other"), .created_at = AT(6)),
        MESSAGE(.id = z("a"), .text = z("last"), .role = z("tool"), .created_at = AT(1)),
    };
    works(SAVED(given, .thread_id = z("t"), .elsewhere = way), "%s: one id twice", name);
    is_int(pgc_result_messages(result), 3, "an answer for each");
    is_int(message(0)->created_at, AT(5), "with the first time");
    is_int(message(2)->created_at, AT(5), "for both");
    is_int(message(2)->seq, message(0)->seq, "which are one message");
    must(CALL(message_list, MESSAGE_QUERY(.thread_id = z("t"))));
    is_str(shown(), "a b", "is there once");
    is_mem(message(0)->text, z("last"), "with the last content");
    is_mem(message(0)->role, z("tool"), "and role");
    is_mem(message(0)->metadata, z("{}"), "and metadata");
    is_str(sql("SELECT last_at = to_timestamp(%lld) FROM threads WHERE id = 't'",
               (long long)(AT(6) / 1000000)),
           "t", "only times that count are the thread's newest");
}

/* A message without a time is not before those before it; one with a time takes nothing along. */
static void test_times(pgc_elsewhere way, const char *name) {
    prepare();
    int64_t future = AT(200000000);
    pgc_message_new given[] = {
        MESSAGE(.id = z("a"), .text = z("1")),
        MESSAGE(.id = z("b"), .text = z("2"), .created_at = future),
        MESSAGE(.id = z("c"), .text = z("3")),
    };
    must(SAVED(given, .thread_id = z("t"), .elsewhere = way));
    ok(message(0)->created_at < future, "%s: the first one is of now", name);
    is_int(message(2)->created_at, future, "the last one not before the one in front of it");
    pgc_message_new later[] = {MESSAGE(.id = z("d"), .text = z("4"))};
    must(SAVED(later, .thread_id = z("t"), .elsewhere = way));
    is_int(message(0)->created_at, future, "nor before the newest of its thread");
    is_str(sql("SELECT string_agg(id, ' ' ORDER BY created_at, seq) FROM messages"), "a b c d",
           "in the order of coming");
}

/* ---- Many threads, moves ---- */

static void test_threads(void) {
    prepare();
    put("t", "old@1");
    sql("UPDATE threads SET updated_at = '2024-01-01'");
    pgc_message_new given[] = {
        MESSAGE(.id = z("a"), .text = z("1"), .thread_id = z("u"), .created_at = AT(9)),
        MESSAGE(.id = z("b"), .text = z("2"), .thread_id = z("v")),
        MESSAGE(.id = z("c"), .text = z("3"), .created_at = AT(2)),
        MESSAGE(.id = z("d"), .text = z("4"), .thread_id = z("u"), .created_at = AT(8)),
    };
    works(SAVED(given, .thread_id = z("t")), "messages of three threads");
    is_mem(message(0)->thread_id, z("u"), "each in its own");
    is_mem(message(2)->thread_id, z("t"), "or in that of the batch");
    is_mem(message(1)->resource_id, z("bob"), "with its resource");
    is_str(rows("t"), "old:1 c:2", "seqs go on in the first");
    is_str(rows("u"), "d:2 a:1", "and begin in the second");
    is_str(rows("v"), "b:1", "and in the third");
    is_int(sql_number("SELECT count(*) FROM threads WHERE updated_at > '2025-01-01'"), 3,
           "all are touched");
    is_str(sql("SELECT string_agg(last_seq || ' ' || (last_at > '2025-01-01'), ', ' ORDER BY id) "
               "FROM threads"),
           "2 false, 2 false, 1 true", "and know their newest");
}

static void test_named_only(void) {
    prepare();
    sql("UPDATE threads SET updated_at = '2024-01-01'");
    pgc_message_new given[] = {MESSAGE(.id = z("a"), .text = z("1"), .thread_id = z("t")),
                               MESSAGE(.id = z("a"), .text = z("2"), .thread_id = z("u"))};
    works(SAVED(given, .thread_id = pgc_none()), "one id, first for one thread, then for another");
    is_mem(message(0)->thread_id, z("u"), "is in the last one");
    is_int(sql_number("SELECT count(*) FROM threads WHERE updated_at > '2025-01-01'"), 2,
           "but both are touched");
    given[0].thread_id = z("none");
    char *before = dump();
    refused(SAVED(given, .thread_id = pgc_none()), PGC_NOT_FOUND, "\"none\"",
            "and both must be there");
    unchanged(before, "or nothing is written");
}

static void test_move(void) {
    prepare();
    pgc_message_new given[] = {
        MESSAGE(.id = z("a"), .text = z("1"), .created_at = AT(5), .metadata = z("{\"k\": 1}")),
        MESSAGE(.id = z("b"), .text = z("2"), .created_at = AT(6), .metadata = z("{\"k\": 2}")),
        MESSAGE(.id = z("c"), .text = z("3"), .created_at = AT(7)),
    };
    must(SAVED(given, .thread_id = z("t")));
    put("u", "w@1 x@9");
    sql("UPDATE threads SET updated_at = '2024-01-01'");
    given[0].metadata = z("{\"n\": 1}");
    given[1].metadata = pgc_none();
    given[2].text = z("moved");
    works(SAVED(given, .thread_id = z("u")), "three messages move");
    ok(!message(0)->inserted && !message(2)->inserted, "none is new");
    is_int(message(2)->created_at, AT(7), "they keep their times");
    is_str(rows("u"), "w:1 a:3 b:4 c:5 x:2", "and get new seqs");
    ok(rows("t") == NULL, "nothing stays behind");
    is_str(sql("SELECT string_agg(thread_id || message_id || data, ' ') FROM metadata"),
           "ua{\"n\": 1}", "metadata is as given, and where it belongs");
    is_int(sql_number("SELECT count(*) FROM threads WHERE updated_at > '2025-01-01'"), 1,
           "the thread that they leave is not touched");
    is_str(sql("SELECT last_seq || ' ' || (last_at = '2024-01-01 00:00:09') FROM threads "
               "WHERE id = 'u'"),
           "5 true", "the other one knows");
}

static void test_elsewhere(void) {
    prepare();
    put("v", "theirs");
    put("u", "ours");
    pgc_message_new given[] = {MESSAGE(.id = z("n"), .text = z("1")),
                               MESSAGE(.id = z("ours"), .text = z("2")),
                               MESSAGE(.id = z("theirs"), .text = z("3"))};
    char *before = dump();
    refused(SAVED(given, .thread_id = z("t"), .elsewhere = PGC_ELSEWHERE_REFUSE), PGC_EXISTS,
            "another thread", "nothing is to be moved");
    refused(SAVED(given, .thread_id = z("t")), PGC_EXISTS, "\"theirs\"", "not another owner's");
    is_int(err.position, 2, "the position is its index");
    is_int(err.retry, PGC_RETRY_NO, "which will not change");
    given[1].thread_id = z("u");
    given[2].thread_id = z("t");
    refused(SAVED(given, .thread_id = z("t"), .elsewhere = PGC_ELSEWHERE_REFUSE), PGC_EXISTS,
            "\"theirs\"", "nor among many threads");
    unchanged(before, "and nothing is written");
    given[1].thread_id = pgc_none();
    works(SAVED(given, .thread_id = z("t"), .elsewhere = PGC_ELSEWHERE_MOVE_ANY),
          "if the caller says so, both are taken over");
    is_str(rows("t"), "theirs:3 ours:2 n:1", "and are there");
    is_int(sql_number("SELECT count(*) FROM messages"), 3, "once");
}

/* Of several threads that have the id the given one counts, then one of the same owner. */
static void test_several(void) {
    prepare();
    smuggle("v", "a"); /* the older one */
    smuggle("u", "a");
    pgc_message_new given[] = {MESSAGE(.id = z("a"), .text = z("new"))};
    works(SAVED(given, .thread_id = z("t")), "the owner's own is moved");
    is_str(sql("SELECT string_agg(thread_id, ' ' ORDER BY thread_id) FROM messages"), "t v",
           "and the other one stays");
    works(SAVED(given, .thread_id = z("t")), "the thread's own is overwritten");
    is_str(sql("SELECT string_agg(thread_id, ' ' ORDER BY thread_id) FROM messages"), "t v",
           "and the other one stays");
}

/* ---- What is refused ---- */

static void test_refused(void) {
    prepare();
    put("t", "m");
    const pgc_message_new good = MESSAGE(.id = z("g"), .text = z("x"));
    const struct {
        pgc_message_new message;
        pgc_code code;
        const char *words, *name;
    } cases[] = {
        {MESSAGE(.text = z("x"), .thread_id = z("none")), PGC_NOT_FOUND, "\"none\"", "no thread"},
        {MESSAGE(.text = z("x"), .thread_id = z("")), PGC_INVALID, "messages[1].thread_id",
         "an empty thread"},
        {MESSAGE(.text = z("x"), .id = z("")), PGC_INVALID, "messages[1].id", "an empty id"},
        {MESSAGE(.id = z("x")), PGC_INVALID, "messages[1].content", "no content"},
        {MESSAGE(.content = z("{")), PGC_INVALID, "messages[1].content", "no JSON"},
        {MESSAGE(.text = z("x"), .metadata = z("[]")), PGC_INVALID, "messages[1].metadata",
         "metadata that is no object"},
        {MESSAGE(.text = z("x"), .role = z("")), PGC_INVALID, "messages[1].role", "no role"},
        {MESSAGE(.text = z("x"), .created_at = INT64_MAX), PGC_INVALID, "messages[1].created_at",
         "no time"},
    };
    char *before = dump();
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        pgc_message_new given[] = {good, cases[i].message};
        refused(SAVED(given, .thread_id = z("t")), cases[i].code, cases[i].words, "%s",
                cases[i].name);
        refused(SAVED(given, .thread_id = z("t"), .elsewhere = PGC_ELSEWHERE_REFUSE), cases[i].code,
                cases[i].words, "%s, here", cases[i].name);
    }
    pgc_message_new given[] = {good};
    refused(SAVED(given, .thread_id = pgc_none()), PGC_INVALID, "messages[0].thread_id",
            "no thread is named");
    refused(SAVED(given, .thread_id = z("none"), .elsewhere = PGC_ELSEWHERE_REFUSE), PGC_NOT_FOUND,
            "\"none\"", "one that is not there, here");
    refused(CALL(message_save, SAVE(.thread_id = z("t"))), PGC_INVALID, "messages", "no messages");
    refused(SAVED(given, .thread_id = z("t"), .elsewhere = (pgc_elsewhere)3), PGC_INVALID,
            "elsewhere", "no such choice");
    refused(CALL(message_save, NULL), PGC_INVALID, "save", "nothing");
    given[0].thread_id = z("t");
    refused(CALL(message_append,
                 APPEND(.thread_id = z("t"), .messages = given, .count = ARRAY_LENGTH(given))),
            PGC_INVALID, "messages[0].thread_id", "an append has one thread");
    unchanged(before, "and nothing is written");
}

/* ---- Many at once ---- */

#define CROWD 8
#define TURNS 12
#define BATCH 20

struct saver {
    pthread_t thread;
    int number;
    pgc_elsewhere elsewhere;
    int failures;
    pgc_error err;
};

/* Saves the same ids as all others, every second one from the last to the first. */
static void *run_saver(void *payload) {
    struct saver *saver = payload;
    static const char *const threads[] = {"t", "u"};
    for (int turn = 0; turn < TURNS; turn++) {
        pgc_message_new batch[BATCH];
        char ids[BATCH][16];
        for (int i = 0; i < BATCH; i++) {
            int n = saver->number % 2 == 0 ? i : BATCH - 1 - i;
            bool here = saver->elsewhere == PGC_ELSEWHERE_REFUSE;
            snprintf(ids[i], sizeof ids[i], "m%d", n);
            batch[i] = MESSAGE(.id = z(ids[i]), .text = z("x"),
                               .metadata = turn % 2 == 0 ? z("{\"k\": 1}") : pgc_none(),
                               .thread_id = z(threads[here ? 0 : (n + turn) % 2]));
        }
        pgc_save *save = SAVE(.messages = batch, .count = BATCH, .elsewhere = saver->elsewhere);
        int status = pgc_message_save(store, save, NULL, &saver->err);
        /* Moved by another call between the look and the lock: to be tried again. */
        bool again = status == -PGC_CONFLICT && saver->err.retry == PGC_RETRY_SAFE;
        saver->failures += status != 0 && !again;
    }
    return NULL;
}

static void test_crowd(pgc_elsewhere elsewhere, const char *name) {
    struct saver savers[CROWD];
    prepare();
    for (int i = 0; i < CROWD; i++) {
        savers[i] = (struct saver){.number = i, .elsewhere = elsewhere};
        if (pthread_create(&savers[i].thread, NULL, run_saver, &savers[i]) != 0) bail("thread");
    }
    for (int i = 0; i < CROWD; i++) {
        pthread_join(savers[i].thread, NULL);
        if (!is_int(savers[i].failures, 0, "%s: saver %d loses nothing", name, i)) {
            diag("%s", savers[i].err.message);
        }
    }
    is_int(sql_number("SELECT count(DISTINCT id) FROM messages"), BATCH, "every message is there");
    is_int(sql_number("SELECT count(*) FROM metadata d LEFT JOIN messages m "
                      "ON m.thread_id = d.thread_id AND m.id = d.message_id WHERE m.id IS NULL"),
           0, "no document without a message");
    is_int(sql_number("SELECT count(*) FROM messages m JOIN threads t ON t.id = m.thread_id "
                      "WHERE m.seq > t.last_seq"),
           0, "no seq above what its thread knows");
}

/* What one call writes, content and metadata, stays together whoever comes between. */
static void *run_mirror(void *payload) {
    struct saver *saver = payload;
    for (int turn = 0; turn < 60; turn++) {
        bool with = (turn + saver->number) % 2 == 0;
        pgc_message_new one = MESSAGE(.id = z("m"), .content = z(with ? "true" : "false"),
                                      .metadata = with ? z("{\"k\": 1}") : pgc_none());
        pgc_save *save =
            SAVE(.thread_id = z("t"), .messages = &one, .count = 1, .elsewhere = saver->elsewhere);
        saver->failures += pgc_message_save(store, save, NULL, &saver->err) != 0;
    }
    return NULL;
}

static void test_mirror(pgc_elsewhere elsewhere, const char *name) {
    struct saver savers[4];
    prepare();
    for (int i = 0; i < 4; i++) {
        savers[i] = (struct saver){.number = i, .elsewhere = elsewhere};
        if (pthread_create(&savers[i].thread, NULL, run_mirror, &savers[i]) != 0) bail("thread");
    }
    int torn = 0;
    for (int i = 0; i < 200; i++) {
        const char *whole =
            sql("SELECT (content = 'true') = EXISTS (SELECT FROM metadata d "
                "WHERE d.message_id = m.id AND d.thread_id = m.thread_id) FROM messages m");
        torn += whole != NULL && strcmp(whole, "f") == 0;
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(savers[i].thread, NULL);
        is_int(savers[i].failures, 0, "%s: saver %d", name, i);
    }
    is_int(torn, 0, "content and metadata are of one call");
}

static void tests(void) {
    for (size_t i = 0; i < ARRAY_LENGTH(ways); i++) {
        test_new(ways[i], way_names[i]);
        test_again(ways[i], way_names[i]);
        test_doubles(ways[i], way_names[i]);
        test_times(ways[i], way_names[i]);
    }
    test_threads();
    test_named_only();
    test_move();
    test_elsewhere();
    test_several();
    test_refused();
    if (world_drive == DRIVE_BLOCKING) {
        for (size_t i = 0; i < ARRAY_LENGTH(ways); i++) {
            test_crowd(ways[i], way_names[i]);
            test_mirror(ways[i], way_names[i]);
        }
    }
}

int main(void) {
    return world_run("save", tests);
}
