/*
 * Threads one by one: create, get, update, delete.
 */
#include "live/world.h"

static const pgc_thread *thread(void) {
    return pgc_result_thread(result, 0);
}

/* ---- Create ---- */

static void test_create(void) {
    pgc_thread_new *full = NEW_THREAD(.id = z("full"), .resource_id = z("ada"), .title = z("Grüße"),
                                      .metadata = z("{\"a\": [1, null]}"),
                                      .created_at = AT(1) + 234567, .updated_at = AT(2) + 1);
    if (!works(CALL(thread_create, full), "a thread with all that it can have")) return;
    is_int(pgc_result_threads(result), 1, "the result is the thread");
    is_mem(thread()->id, z("full"), "its id");
    is_mem(thread()->resource_id, z("ada"), "its resource");
    is_mem(thread()->title, z("Grüße"), "its title");
    is_mem(thread()->metadata, z("{\"a\": [1, null]}"), "its metadata");
    is_int(thread()->created_at, AT(1) + 234567, "its time of creation, to the microsecond");
    is_int(thread()->updated_at, AT(2) + 1, "its time of change, to the microsecond");
    is_int(thread()->last_seq, 0, "no message yet");
    ok(pgc_result_inserted(result), "it is new");
    ok(pgc_result_thread(result, 1) == NULL, "there is no second one");
    is_int(pgc_result_messages(result), 0, "and no message");
    is_int(pgc_result_total(result), -1, "nothing was counted");
    is_str(sql("SELECT created_at::text FROM threads WHERE id = 'full'"),
           "2024-01-01 00:00:01.234567+00", "the table has the same time");
    is_str(sql("SELECT data::text FROM metadata WHERE thread_id = 'full' AND message_id = ''"),
           "{\"a\": [1, null]}", "the table has the metadata");
}

static int64_t clock_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
}

static bool is_uuid_v7(pgc_str id) {
    static const char form_of[] = "xxxxxxxx-xxxx-7xxx-Vxxx-xxxxxxxxxxxx";
    if (id.size != sizeof form_of - 1) return false;
    for (size_t i = 0; i < id.size; i++) {
        const char *legal = form_of[i] == 'x'   ? "0123456789abcdef"
                            : form_of[i] == 'V' ? "89ab"
                                                : (const char[]){form_of[i], '\0'};
        if (strchr(legal, id.data[i]) == NULL) return false;
    }
    return true;
}

static void test_create_bare(void) {
    int64_t before = clock_now();
    if (!works(CALL(thread_create, NEW_THREAD()), "a thread with nothing")) return;
    ok(is_uuid_v7(thread()->id), "gets an id, a UUIDv7: %s", thread()->id.data);
    char first[40];
    snprintf(first, sizeof first, "%.13s", thread()->id.data);
    memmove(first + 8, first + 9, 5);
    int64_t made = strtoll(first, NULL, 16) * 1000;
    ok(made >= before - 1000 && made <= clock_now(), "which begins with the time");
    ok(thread()->resource_id.data == NULL, "it belongs to nobody");
    ok(thread()->title.data == NULL, "has no title");
    is_mem(thread()->metadata, z("{}"), "has an empty document");
    ok(thread()->created_at >= before && thread()->created_at <= clock_now(), "was created now");
    is_int(thread()->updated_at, thread()->created_at, "and changed then");
    is_int(sql_number("SELECT count(*) FROM metadata WHERE thread_id = '%s'", thread()->id.data), 0,
           "no document is stored");
    must(
        CALL(thread_create, NEW_THREAD(.resource_id = z(""), .title = z(""), .metadata = z("{}"))));
    is_mem(thread()->resource_id, z(""), "an empty resource is not an absent one");
    is_mem(thread()->title, z(""), "an empty title is not an absent one");
    must(CALL(thread_create, NEW_THREAD(.created_at = AT(7))));
    is_int(thread()->updated_at, AT(7), "a given time of creation is the time of change, too");
}

static void test_existing(void) {
    pgc_thread_new *given = NEW_THREAD(.id = z("twice"), .resource_id = z("old"), .title = z("old"),
                                       .metadata = z("{\"old\": 1}"), .created_at = AT(10));
    pgc_thread_new *other = NEW_THREAD(.id = z("twice"), .title = z("new"), .created_at = AT(20));
    must(CALL(thread_create, given));
    put("twice", "w1 w2");
    char *before = dump();
    refused(CALL(thread_create, other), PGC_EXISTS, "exists", "an id that exists is refused");
    is_int(err.retry, PGC_RETRY_NO, "for good");
    unchanged(before, "and nothing is written");

    before = dump();
    other->existing = PGC_EXISTING_KEEP;
    works(CALL(thread_create, other), "unless what exists may be kept");
    is_mem(thread()->title, z("old"), "then it comes as it is");
    is_mem(thread()->metadata, z("{\"old\": 1}"), "with its metadata");
    ok(!pgc_result_inserted(result), "and is not new");
    unchanged(before, "and nothing is written");

    int64_t changed = thread()->updated_at;
    other->existing = PGC_EXISTING_REPLACE;
    other->resource_id = z("new");
    works(CALL(thread_create, other), "or may be replaced");
    is_mem(thread()->title, z("new"), "then the title is the new one");
    is_mem(thread()->resource_id, z("new"), "and the resource");
    is_mem(thread()->metadata, z("{}"), "and the metadata, which was not given");
    is_int(thread()->created_at, AT(10), "but not the time of creation");
    is_int(thread()->updated_at, changed, "and the time of change does not go back");
    is_int(thread()->last_seq, 2, "it keeps its messages");
    ok(!pgc_result_inserted(result), "and is not new");
    is_int(sql_number("SELECT count(*) FROM messages WHERE thread_id = 'twice' AND "
                      "resource_id = 'new'"),
           2, "the messages follow the resource");

    other->metadata = z("{\"new\": 2}");
    other->resource_id = pgc_none();
    other->title = pgc_none();
    works(CALL(thread_create, other), "replaced once more");
    is_mem(thread()->metadata, z("{\"new\": 2}"), "given metadata is the document");
    ok(thread()->resource_id.data == NULL && thread()->title.data == NULL,
       "what is absent is gone");
    is_int(sql_number("SELECT count(*) FROM messages WHERE thread_id = 'twice' AND "
                      "resource_id IS NULL"),
           2, "the messages follow");
}

static void test_existing_new(void) {
    static const pgc_existing ways[] = {PGC_EXISTING_KEEP, PGC_EXISTING_REPLACE};
    for (size_t i = 0; i < ARRAY_LENGTH(ways); i++) {
        pgc_thread_new *given = NEW_THREAD(.id = z(form("fresh-%zu", i)), .existing = ways[i],
                                           .metadata = z("{\"x\": 1}"));
        works(CALL(thread_create, given), "way %zu makes a thread that is not there", i);
        ok(pgc_result_inserted(result), "it is new");
        is_mem(thread()->metadata, z("{\"x\": 1}"), "with its metadata");
    }
}

/* ---- Get ---- */

static void test_get(void) {
    must(CALL(thread_create, NEW_THREAD(.id = z("got"), .resource_id = z("r"), .title = z("t"),
                                        .metadata = z("{\"k\": \"v\"}"), .created_at = AT(3))));
    put("got", "o1");
    works(CALL(thread_get, z("got")), "a thread is read");
    is_mem(thread()->id, z("got"), "its id");
    is_mem(thread()->resource_id, z("r"), "its resource");
    is_mem(thread()->title, z("t"), "its title");
    is_mem(thread()->metadata, z("{\"k\": \"v\"}"), "its metadata");
    is_int(thread()->created_at, AT(3), "its time");
    is_int(thread()->last_seq, 1, "its last seq");
    is_int(pgc_result_total(result), -1, "nothing was counted");
    ok(pgc_result_next(result).data == NULL && pgc_result_prev(result).data == NULL,
       "there are no pages around it");
    ok(!pgc_result_has_more(result), "nor more of it");
    refused(CALL(thread_get, z("nobody")), PGC_NOT_FOUND, "no such thread", "no such thread");
    is_int(err.retry, PGC_RETRY_NO, "and no use in trying again");
    refused(CALL(thread_get, z("GOT")), PGC_NOT_FOUND, "no such thread",
            "ids are compared bytewise");
    refused(CALL(thread_get, pgc_none()), PGC_INVALID, "thread_id", "an id is needed");
    refused(CALL(thread_get, z("")), PGC_INVALID, "thread_id", "and not an empty one");
}

/* ---- Update ---- */

static void test_update(void) {
    must(CALL(thread_create,
              NEW_THREAD(.id = z("u"), .resource_id = z("r"), .title = z("t"),
                         .metadata = z("{\"a\": 1, \"b\": {\"c\": 2}}"), .created_at = AT(1))));
    put("u", "u1@1 u2@2");
    works(CALL(thread_update, THREAD_CHANGE(.id = z("u"), .title = z("T"))), "a new title");
    is_mem(thread()->title, z("T"), "is there");
    is_mem(thread()->resource_id, z("r"), "the resource stays");
    is_mem(thread()->metadata, z("{\"a\": 1, \"b\": {\"c\": 2}}"), "the metadata stays");
    is_int(thread()->created_at, AT(1), "the time of creation stays");
    ok(thread()->updated_at > AT(1000), "the time of change is now");
    is_int(thread()->last_seq, 2, "last_seq stays");

    works(CALL(thread_update,
               THREAD_CHANGE(.id = z("u"),
                             .metadata = z("{\"a\": null, \"b\": {\"d\": 3}, \"e\": 4}"))),
          "metadata is merged");
    is_mem(thread()->metadata, z("{\"b\": {\"c\": 2, \"d\": 3}, \"e\": 4}"), "in depth");
    is_mem(thread()->title, z("T"), "the title stays");

    works(CALL(thread_update, THREAD_CHANGE(.id = z("u"), .resource_id = z("s"), .title = z("all"),
                                            .metadata = z("{\"e\": 5}"))),
          "all at once");
    is_mem(thread()->resource_id, z("s"), "the resource");
    is_mem(thread()->title, z("all"), "the title");
    is_mem(thread()->metadata, z("{\"b\": {\"c\": 2, \"d\": 3}, \"e\": 5}"), "the metadata");
    is_int(sql_number("SELECT count(*) FROM messages WHERE thread_id = 'u' AND resource_id = 's'"),
           2, "the messages follow the resource");

    works(CALL(thread_update, THREAD_CHANGE(.id = z("u"), .clear_title = true)), "no title");
    ok(thread()->title.data == NULL, "is absent");
    is_mem(thread()->resource_id, z("s"), "the resource stays");
    works(CALL(thread_update, THREAD_CHANGE(.id = z("u"), .clear_resource = true)), "no resource");
    ok(thread()->resource_id.data == NULL, "is absent");
    is_int(
        sql_number("SELECT count(*) FROM messages WHERE thread_id = 'u' AND resource_id IS NULL"),
        2, "for the messages, too");
    works(CALL(thread_update, THREAD_CHANGE(.id = z("u"), .title = z(""), .resource_id = z(""))),
          "empty is not absent");
    is_mem(thread()->title, z(""), "the title is empty");
    is_mem(thread()->resource_id, z(""), "the resource is the empty one");
    works(CALL(thread_update, THREAD_CHANGE(.id = z("u"))), "no change at all is none");
    is_mem(thread()->metadata, z("{\"b\": {\"c\": 2, \"d\": 3}, \"e\": 5}"), "but the time");
}

static void test_update_time(void) {
    must(CALL(thread_create,
              NEW_THREAD(.id = z("future"), .created_at = AT(1), .updated_at = AT(9999999999))));
    works(CALL(thread_update, THREAD_CHANGE(.id = z("future"), .title = z("x"))),
          "a thread whose change lies in the future");
    is_int(thread()->updated_at, AT(9999999999), "does not go back in time");
}

/* ---- As it is given ---- */

static void test_rewrite(void) {
    must(CALL(thread_create,
              NEW_THREAD(.id = z("rw"), .resource_id = z("r"), .title = z("t"),
                         .metadata = z("{\"a\": 1}"), .created_at = AT(5), .updated_at = AT(9))));
    put("rw", "rw1@1");
    works(CALL(thread_create, NEW_THREAD(.id = z("rw"), .resource_id = z("s"), .title = z("T"),
                                         .metadata = z("{\"b\": null}"), .created_at = AT(2),
                                         .updated_at = AT(3), .existing = PGC_EXISTING_REWRITE)),
          "a thread is rewritten");
    ok(!pgc_result_inserted(result), "it is not new");
    is_mem(thread()->resource_id, z("s"), "the resource");
    is_mem(thread()->title, z("T"), "the title");
    is_mem(thread()->metadata, z("{\"b\": null}"), "the metadata");
    is_int(thread()->created_at, AT(2), "the time of creation");
    is_int(thread()->updated_at, AT(3), "the time of change, also an earlier one");
    is_int(thread()->last_seq, 1, "last_seq stays");
    is_str(sql("SELECT resource_id FROM messages WHERE id = 'rw1'"), "r", "its messages stay");
    works(CALL(thread_create,
               NEW_THREAD(.id = z("rw"), .created_at = AT(2), .existing = PGC_EXISTING_REWRITE)),
          "by one that has nothing");
    ok(thread()->title.data == NULL && thread()->resource_id.data == NULL, "it has nothing");
    ok(!thread()->has_metadata, "and no document");
    works(CALL(thread_create, NEW_THREAD(.id = z("rw new"), .metadata = z("{}"),
                                         .existing = PGC_EXISTING_REWRITE)),
          "one that is not there");
    ok(pgc_result_inserted(result) && thread()->has_metadata, "is made");
}

static void test_shallow(void) {
    must(CALL(thread_create, NEW_THREAD(.id = z("sh"))));
    works(CALL(thread_update, THREAD_CHANGE(.id = z("sh"), .metadata = z("{\"a\": {\"b\": 1}}"),
                                            .merge = PGC_MERGE_SHALLOW)),
          "the first document");
    is_mem(thread()->metadata, z("{\"a\": {\"b\": 1}}"), "is the patch");
    works(CALL(thread_update,
               THREAD_CHANGE(.id = z("sh"), .metadata = z("{\"a\": {\"c\": null}, \"d\": null}"),
                             .merge = PGC_MERGE_SHALLOW)),
          "members are set as they are");
    is_mem(thread()->metadata, z("{\"a\": {\"c\": null}, \"d\": null}"), "null stays");
    works(CALL(thread_update, THREAD_CHANGE(.id = z("sh"), .metadata = z("{\"e\": 1}"),
                                            .merge = PGC_MERGE_SHALLOW)),
          "others");
    is_mem(thread()->metadata, z("{\"a\": {\"c\": null}, \"d\": null, \"e\": 1}"), "stay");
}

static void test_removed(void) {
    const pgc_str names[] = {z("a"), BYTES("\0\""), z("no member")};
    const pgc_str gap[] = {z("a"), pgc_none()};
    must(CALL(thread_create, NEW_THREAD(.id = z("rm"))));
    works(CALL(thread_update,
               THREAD_CHANGE(.id = z("rm"), .metadata = z("{\"a\": 1, \"b\": {\"a\": 2}}"),
                             .merge = PGC_MERGE_SHALLOW, .removed = names, .removed_count = 1)),
          "a member that comes and goes");
    is_mem(thread()->metadata, z("{\"b\": {\"a\": 2}}"), "goes");
    must(CALL(thread_update,
              THREAD_CHANGE(.id = z("rm"), .metadata = z("{\"a\": 1, \"\\u0000\\\"\": 2}"),
                            .merge = PGC_MERGE_SHALLOW)));
    works(CALL(thread_update, THREAD_CHANGE(.id = z("rm"), .merge = PGC_MERGE_SHALLOW,
                                            .removed = names, .removed_count = 3)),
          "members of any name, and no others");
    is_mem(thread()->metadata, z("{\"b\": {\"a\": 2}}"), "go");
    char *before = dump();
    refused(CALL(thread_update, THREAD_CHANGE(.id = z("rm"), .removed = names, .removed_count = 1)),
            PGC_INVALID, "removed", "with a deep merge");
    refused(CALL(thread_update, THREAD_CHANGE(.id = z("rm"), .merge = PGC_MERGE_SHALLOW,
                                              .removed = gap, .removed_count = 2)),
            PGC_INVALID, "removed[1]", "an absent name");
    refused(CALL(thread_update,
                 THREAD_CHANGE(.id = z("rm"), .merge = PGC_MERGE_SHALLOW, .removed_count = 2)),
            PGC_INVALID, "removed", "no names");
    refused(CALL(thread_update,
                 THREAD_CHANGE(.id = z("rm"), .merge = PGC_MERGE_SHALLOW, .expected = z("{}"),
                               .metadata = z("{}"), .removed = names, .removed_count = 1)),
            PGC_CONFLICT, "metadata", "of another document");
    unchanged(before, "and nothing is written");
    works(CALL(thread_update,
               THREAD_CHANGE(.id = z("rm"), .merge = PGC_MERGE_SHALLOW,
                             .expected = z("{\"b\":{\"a\":2}}"),
                             .metadata = z("{\"a\": 3, \"c\": 4}"),
                             .removed = (const pgc_str[]){z("b"), z("a")}, .removed_count = 2)),
          "of the expected one");
    is_mem(thread()->metadata, z("{\"c\": 4}"), "they go");
}

static pgc_thread_change *expecting(const char *id, const char *expected) {
    static pgc_thread_change change;
    change = *THREAD_CHANGE(.id = z(id), .title = z("changed"), .metadata = z("{\"n\": 1}"),
                            .merge = PGC_MERGE_SHALLOW, .expected = z(expected));
    return &change;
}

static void test_expected(void) {
    must(CALL(thread_create, NEW_THREAD(.id = z("none"))));
    must(CALL(thread_create, NEW_THREAD(.id = z("some"), .metadata = z("{\"k\": {\"a\": 1}}"))));
    char *before = dump();
    refused(CALL(thread_update, expecting("none", "{}")), PGC_CONFLICT, "metadata", "a document");
    is_int(err.retry, PGC_RETRY_SAFE, "which may be tried again");
    refused(CALL(thread_update, expecting("some", "null")), PGC_CONFLICT, "metadata", "none");
    refused(CALL(thread_update, expecting("some", "{\"k\": {}}")), PGC_CONFLICT, "metadata",
            "another one");
    refused(CALL(thread_update, expecting("nobody", "null")), PGC_NOT_FOUND, "no such thread",
            "no thread");
    refused(CALL(thread_update, expecting("some", "1")), PGC_INVALID, "expected", "no document");
    refused(CALL(thread_update, expecting("some", "{")), PGC_INVALID, "expected", "no JSON");
    refused(CALL(thread_update, THREAD_CHANGE(.id = z("some"), .expected = z("null"))), PGC_INVALID,
            "expected", "without metadata");
    refused(CALL(thread_update,
                 THREAD_CHANGE(.id = z("some"), .metadata = z("{}"), .expected = z("null"))),
            PGC_INVALID, "expected", "with a deep merge");
    refused(CALL(thread_update,
                 THREAD_CHANGE(.id = z("some"), .metadata = z("{}"), .merge = (pgc_merge)2)),
            PGC_INVALID, "merge", "no such merge");
    unchanged(before, "and nothing is written");
    works(CALL(thread_update, expecting("none", "null")), "none, as there is");
    is_mem(thread()->metadata, z("{\"n\": 1}"), "becomes one");
    works(CALL(thread_update, expecting("some", "{\"k\":{\"a\":1}}")), "the one that is there");
    is_mem(thread()->metadata, z("{\"k\": {\"a\": 1}, \"n\": 1}"), "is changed");
    is_mem(thread()->title, z("changed"), "and all else");
}

static void test_update_refused(void) {
    must(CALL(thread_create, NEW_THREAD(.id = z("no"), .resource_id = z("r"), .title = z("t"))));
    const struct {
        pgc_thread_change *change;
        pgc_code code;
        const char *words, *name;
    } cases[] = {
        {THREAD_CHANGE(.id = z("nobody"), .title = z("x")), PGC_NOT_FOUND, "thread", "no thread"},
        {THREAD_CHANGE(.id = z("nobody"), .metadata = z("{\"a\":1}")), PGC_NOT_FOUND, "thread",
         "no thread to merge into"},
        {THREAD_CHANGE(.title = z("x")), PGC_INVALID, "id", "no id"},
        {THREAD_CHANGE(.id = z("no"), .title = z("x"), .clear_title = true), PGC_INVALID, "title",
         "a title that is given and to go"},
        {THREAD_CHANGE(.id = z("no"), .resource_id = z("x"), .clear_resource = true), PGC_INVALID,
         "resource_id", "a resource that is given and to go"},
        {THREAD_CHANGE(.id = z("no"), .title = z("x"), .metadata = z("[1]")), PGC_INVALID,
         "metadata", "metadata that is no object"},
        {THREAD_CHANGE(.id = z("no"), .title = z("x"), .metadata = z("{\"a\" 1}")), PGC_INVALID,
         "metadata", "metadata that is no JSON"},
        {THREAD_CHANGE(.id = z("no"), .title = z("\xff")), PGC_INVALID, "title", "a bad title"},
    };
    char *before = dump();
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        refused(CALL(thread_update, cases[i].change), cases[i].code, cases[i].words, "update: %s",
                cases[i].name);
    }
    unchanged(before, "and nothing is written");
}

/* ---- Delete ---- */

static void test_delete(void) {
    must(CALL(thread_create, NEW_THREAD(.id = z("gone"), .metadata = z("{\"a\": 1}"))));
    pgc_message_new messages[] = {
        MESSAGE(.id = z("g1"), .text = z("x"), .metadata = z("{\"b\":1}")),
        MESSAGE(.id = z("g2"), .text = z("y"))};
    must(CALL(message_append, APPEND(.thread_id = z("gone"), .messages = messages, .count = 2)));
    must(CALL(thread_create, NEW_THREAD(.id = z("stays"), .metadata = z("{\"a\": 1}"))));
    put("stays", "s1");
    works(CALL(thread_delete, z("gone")), "a thread is deleted");
    is_int(pgc_result_total(result), 2, "the messages are counted");
    is_int(pgc_result_threads(result), 0, "there is nothing to see");
    is_int(sql_number("SELECT (SELECT count(*) FROM threads WHERE id = 'gone') + "
                      "(SELECT count(*) FROM messages WHERE thread_id = 'gone') + "
                      "(SELECT count(*) FROM metadata WHERE thread_id = 'gone')"),
           0, "nothing of it is left in any table");
    is_int(sql_number("SELECT (SELECT count(*) FROM messages WHERE thread_id = 'stays') + "
                      "(SELECT count(*) FROM metadata WHERE thread_id = 'stays')"),
           2, "other threads stay");
    refused(CALL(thread_get, z("gone")), PGC_NOT_FOUND, "no such thread", "it cannot be read");
    refused(CALL(thread_delete, z("gone")), PGC_NOT_FOUND, "no such thread", "nor deleted again");
    refused(CALL(thread_delete, z("")), PGC_INVALID, "thread_id", "an id is needed");
    pgc_message_new late = MESSAGE(.text = z("x"));
    refused(CALL(message_append, APPEND(.thread_id = z("gone"), .messages = &late, .count = 1)),
            PGC_NOT_FOUND, "no such thread", "nor appended to");
    must(CALL(thread_create, NEW_THREAD(.id = z("gone"))));
    is_mem(thread()->metadata, z("{}"), "made anew it has nothing of the old one");
    works(CALL(thread_delete, z("gone")), "an empty one is deleted");
    is_int(pgc_result_total(result), 0, "without messages");
}

static void test_has_metadata(void) {
    must(CALL(thread_create, NEW_THREAD(.id = z("bare"))));
    ok(!pgc_result_thread(result, 0)->has_metadata, "no document");
    is_mem(pgc_result_thread(result, 0)->metadata, z("{}"), "is shown as an empty one");
    must(CALL(thread_create, NEW_THREAD(.id = z("empty"), .metadata = z("{}"))));
    ok(pgc_result_thread(result, 0)->has_metadata, "an empty document");
    must(CALL(thread_list, THREAD_QUERY(.limit = 1000)));
    for (size_t i = 0; i < pgc_result_threads(result); i++) {
        const pgc_thread *thread = pgc_result_thread(result, i);
        if (same(thread->id, z("bare"))) ok(!thread->has_metadata, "a list says the same");
    }
}

static void tests(void) {
    test_has_metadata();
    test_create();
    test_create_bare();
    test_existing();
    test_existing_new();
    test_get();
    test_update();
    test_update_time();
    test_rewrite();
    test_shallow();
    test_removed();
    test_expected();
    test_update_refused();
    test_delete();
}

int main(void) {
    return world_run("thread", tests);
}
