/*
 * Changing messages that are still what they were taken for: what is changed, what is refused, and
 * that many who read, change and write lose nothing of each other.
 */
#include "live/world.h"

#include <pthread.h>

/* REWRITE(array): all revisions of an array. */
#define REWRITE(array)                                                  \
    CALL(message_rewrite, (&(pgc_rewrite){.size = sizeof(pgc_rewrite),  \
                                          .revisions = (array),         \
                                          .count = ARRAY_LENGTH(array), \
                                          .revision_size = sizeof(pgc_revision)}))

static const pgc_message *message(size_t i) {
    return pgc_result_message(result, i);
}

static void prepare(void) {
    clear_tables();
    make_thread("t", "ada");
    make_thread("u", "bob");
    put("t", "a@1 b@2 c@3");
    put("u", "x@2");
    must(CALL(metadata_replace, z("t"), z("a"), z("{\"k\": 1}")));
    must(CALL(metadata_replace, z("t"), z("b"), z("{\"k\": 2}")));
    sql("UPDATE threads SET updated_at = '2024-01-01'");
}

static const char *documents(void) {
    return sql("SELECT string_agg(thread_id || message_id || data, ' ' ORDER BY message_id) "
               "FROM metadata");
}

static void test_change(void) {
    prepare();
    pgc_revision given[] = {
        {.id = z("c"),
         .expected = z("\"c\""),
         .content = z("[1,  2]"),
         .metadata = z("{\"n\": 1}")},
        {.id = z("a"),
         .thread_id = z("t"),
         .role = z("tool"),
         .type = z("v2"),
         .resource_id = z("eve"),
         .text = z("new"),
         .clear_metadata = true},
    };
    if (!works(REWRITE(given), "two messages change")) return;
    is_int(pgc_result_messages(result), 2, "both are the result");
    is_int(pgc_result_total(result), 2, "and counted");
    is_mem(message(0)->id, z("c"), "in the order of the array");
    is_mem(message(1)->role, z("tool"), "as they are now: the role");
    is_mem(message(1)->type, z("v2"), "the type");
    is_mem(message(1)->resource_id, z("eve"), "the resource");
    is_int(message(1)->created_at, AT(1), "the time stays");
    is_int(message(1)->seq, 1, "and the seq");
    ok(message(0)->content.data == NULL, "contents are not sent back");
    must(CALL(message_list, MESSAGE_QUERY(.thread_id = z("t"))));
    is_str(shown(), "a b c", "each in its place");
    is_mem(message(2)->content, z("[1,  2]"), "content as it was given");
    is_mem(message(0)->text, z("new"), "or text");
    is_mem(message(2)->role, z("user"), "what is absent stays");
    is_str(documents(), "tb{\"k\": 2} tc{\"n\": 1}", "metadata is written, removed, or stays");
    is_str(sql("SELECT string_agg(id, ' ') FROM threads WHERE updated_at > '2025-01-01'"), "t",
           "the thread is touched, others not");
}

static void test_move(void) {
    prepare();
    pgc_revision given[] = {
        {.id = z("a"), .new_thread_id = z("u")},
        {.id = z("b"), .new_thread_id = z("u"), .metadata = z("{\"n\": 1}")},
        {.id = z("c"), .new_thread_id = z("t"), .role = z("tool")},
    };
    works(REWRITE(given), "two of three messages move");
    is_mem(message(0)->thread_id, z("u"), "to the other thread");
    is_mem(message(2)->thread_id, z("t"), "one is there already");
    is_int(message(0)->seq, 2, "they get new seqs");
    is_int(message(1)->seq, 3, "in their order");
    is_int(message(2)->seq, 3, "the third keeps its own");
    is_mem(message(0)->resource_id, z("ada"), "and stay whose they are");
    must(CALL(message_list, MESSAGE_QUERY(.thread_id = z("u"))));
    is_str(shown(), "a x b", "each in its place");
    is_str(documents(), "ua{\"k\": 1} ub{\"n\": 1}", "metadata comes along, or is as given");
    is_int(sql_number("SELECT count(*) FROM threads WHERE updated_at > '2025-01-01'"), 2,
           "both threads are touched");
    is_int(sql_number("SELECT last_seq FROM threads WHERE id = 'u'"), 3, "and know");
    put("u", "y");
    is_int(sql_number("SELECT seq FROM messages WHERE id = 'y'"), 4, "the next one comes after");

    pgc_revision there[] = {
        {.id = z("c"), .thread_id = z("t"), .new_thread_id = z("u"), .clear_metadata = true}};
    smuggle("u", "c");
    char *before = dump();
    refused(REWRITE(there), PGC_EXISTS, "", "not to a thread that has the id");
    unchanged(before, "and nothing is written");
}

static void test_conflict(void) {
    prepare();
    const struct {
        pgc_revision revision;
        pgc_code code;
        const char *words, *name;
    } cases[] = {
        {{.id = z("b"), .expected = z("\"b\" ")}, PGC_CONFLICT, "taken for", "another content"},
        {{.id = z("b"), .expected = z("")}, PGC_CONFLICT, "taken for", "an empty one"},
        {{.id = z("b"), .thread_id = z("u")}, PGC_CONFLICT, "taken for", "in another thread"},
        {{.id = z("none")}, PGC_CONFLICT, "taken for", "gone"},
        {{.id = z("b"), .new_thread_id = z("none")}, PGC_NOT_FOUND, "\"none\"", "no such thread"},
    };
    char *before = dump();
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        pgc_revision given[] = {{.id = z("a"), .text = z("new")}, cases[i].revision};
        refused(REWRITE(given), cases[i].code, cases[i].words, "%s", cases[i].name);
        if (cases[i].code != PGC_CONFLICT) continue;
        is_int(err.position, 1, "the position is its index");
        is_int(err.retry, PGC_RETRY_SAFE, "and trying again is safe");
    }
    unchanged(before, "and nothing is written");
    smuggle("u", "a");
    before = dump();
    pgc_revision twice[] = {{.id = z("b"), .text = z("new")}, {.id = z("a"), .text = z("new")}};
    refused(REWRITE(twice), PGC_CONFLICT, "several threads", "an id of two threads");
    is_int(err.retry, PGC_RETRY_NO, "will stay so");
    unchanged(before, "and nothing is written");
    twice[1].thread_id = z("t");
    works(REWRITE(twice), "but for one of them it can be said");
    is_mem(message(1)->thread_id, z("t"), "which one");
}

static void test_refused(void) {
    prepare();
    const struct {
        pgc_revision revision;
        const char *words, *name;
    } cases[] = {
        {{.id = z("")}, "revisions[0].id", "an empty id"},
        {{.text = z("x")}, "revisions[0].id", "no id"},
        {{.id = z("a"), .thread_id = z("")}, "revisions[0].thread_id", "an empty thread"},
        {{.id = z("a"), .new_thread_id = z("")}, "revisions[0].new_thread_id", "an empty target"},
        {{.id = z("a"), .role = z("")}, "revisions[0].role", "an empty role"},
        {{.id = z("a"), .content = z("{")}, "revisions[0].content", "no JSON"},
        {{.id = z("a"), .content = z("1"), .text = z("x")}, "revisions[0].content", "two contents"},
        {{.id = z("a"), .expected = z("\xff")}, "revisions[0].expected", "what is not UTF-8"},
        {{.id = z("a"), .metadata = z("1")}, "revisions[0].metadata", "no object"},
        {{.id = z("a"), .metadata = z("{}"), .clear_metadata = true},
         "revisions[0].metadata",
         "metadata given and to be removed"},
        {{.id = z("b")}, "revisions[1].id", "an id twice"},
    };
    char *before = dump();
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        pgc_revision given[] = {cases[i].revision, {.id = z("b"), .text = z("new")}};
        refused(REWRITE(given), PGC_INVALID, cases[i].words, "%s", cases[i].name);
    }
    pgc_rewrite none = PGC_REWRITE_INIT;
    refused(CALL(message_rewrite, &none), PGC_INVALID, "revisions", "no revisions");
    none.revisions = &(pgc_revision){.id = z("a")};
    none.count = 100001;
    refused(CALL(message_rewrite, &none), PGC_INVALID, "revisions", "too many");
    none.count = 1;
    none.revision_size = 0;
    refused(CALL(message_rewrite, &none), PGC_INVALID, "revision_size", "no size");
    unchanged(before, "and nothing is written");
}

/* ---- Many at once ---- */

#define CROWD 6
#define TURNS 15

struct counter {
    pthread_t thread;
    int number;
    int failures;
    int conflicts;
    pgc_error err;
};

/* Adds one to the numbers in both messages, as often as it takes. */
static int count_once(struct counter *counter) {
    pgc_str ids[] = {z("n"), z("m")};
    pgc_ids get = {.size = sizeof get, .ids = ids, .count = 2};
    pgc_result *found = NULL;
    int status = pgc_message_get(store, &get, &found, &counter->err);
    if (status != 0) return status;
    char numbers[2][24];
    pgc_revision revisions[2];
    for (size_t i = 0; i < 2; i++) {
        const pgc_message *one = pgc_result_message(found, i);
        snprintf(numbers[i], sizeof numbers[i], "%lld", strtoll(one->content.data, NULL, 10) + 1);
        revisions[i] =
            (pgc_revision){.id = one->id, .expected = one->content, .content = z(numbers[i])};
    }
    if (counter->number % 2 == 1) {
        pgc_revision first = revisions[0];
        revisions[0] = revisions[1];
        revisions[1] = first;
    }
    pgc_rewrite rewrite = PGC_REWRITE_INIT;
    rewrite.revisions = revisions;
    rewrite.count = 2;
    status = pgc_message_rewrite(store, &rewrite, NULL, &counter->err);
    pgc_result_free(found);
    return status;
}

static void *run_counter(void *payload) {
    struct counter *counter = payload;
    for (int turn = 0; turn < TURNS;) {
        int status = count_once(counter);
        if (status == -PGC_CONFLICT && counter->err.retry == PGC_RETRY_SAFE) {
            counter->conflicts++;
            continue;
        }
        counter->failures += status != 0;
        turn++;
    }
    return NULL;
}

static void test_crowd(void) {
    struct counter counters[CROWD];
    clear_tables();
    make_thread("t", "ada");
    make_thread("u", "ada");
    pgc_message_new zero = MESSAGE(.id = z("n"), .content = z("0"));
    must(CALL(message_append, APPEND(.thread_id = z("t"), .messages = &zero, .count = 1)));
    zero.id = z("m");
    must(CALL(message_append, APPEND(.thread_id = z("u"), .messages = &zero, .count = 1)));
    for (int i = 0; i < CROWD; i++) {
        counters[i] = (struct counter){.number = i};
        if (pthread_create(&counters[i].thread, NULL, run_counter, &counters[i]) != 0) {
            bail("thread");
        }
    }
    int conflicts = 0;
    for (int i = 0; i < CROWD; i++) {
        pthread_join(counters[i].thread, NULL);
        is_int(counters[i].failures, 0, "counter %d succeeds", i);
        conflicts += counters[i].conflicts;
    }
    diag("%d conflicts", conflicts);
    is_str(sql("SELECT string_agg(content, ' ') FROM messages"),
           form("%d %d", CROWD * TURNS, CROWD * TURNS), "every count is in both messages");
}

static void tests(void) {
    test_change();
    test_move();
    test_conflict();
    test_refused();
    if (world_drive == DRIVE_BLOCKING) test_crowd();
}

int main(void) {
    return world_run("rewrite", tests);
}
