/*
 * Messages by id: get, update, delete, find by metadata.
 */
#include "live/world.h"

static const pgc_message *message(size_t i) {
    return pgc_result_message(result, i);
}

static void make_threads(void) {
    clear_tables();
    make_thread("a", "ada");
    make_thread("b", "bob");
    put("a", "a1@1 a2@2 a3@3");
    put("b", "b1@1 b2@2");
}

static const char *touched(const char *thread) {
    return sql("SELECT updated_at > now() - interval '1 hour' FROM threads WHERE id = '%s'",
               thread);
}

/* Moves the times of change back, so that one can see who touches a thread. */
static void untouch(void) {
    sql("UPDATE threads SET updated_at = '2024-01-01'");
}

/* ---- Get ---- */

static void test_get(void) {
    make_threads();
    const struct {
        const char *thread, *ids, *want;
    } cases[] = {
        {NULL, "a2", "a2"},
        {NULL, "a3 b1 a1", "a3 b1 a1"},
        {NULL, "a3 x b1 y", "a3 b1"},
        {"a", "a3 b1 a1", "a3 a1"},
        {"b", "a3 b1 a1", "b1"},
        {"nobody", "a1", ""},
        {NULL, "x", ""},
        {NULL, "A1", ""},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        works(CALL(message_get, IDS(cases[i].thread, cases[i].ids)), "get %s", cases[i].ids);
        is_str(shown(), cases[i].want, "in the order of the ids");
    }
    must(CALL(message_get, IDS(NULL, "b2")));
    is_mem(message(0)->thread_id, z("b"), "a row has its thread");
    is_mem(message(0)->resource_id, z("bob"), "its resource");
    is_mem(message(0)->text, z("b2"), "its text");
    is_int(message(0)->seq, 2, "its seq");
    is_int(message(0)->created_at, AT(2), "its time");
    ok(message(0)->inserted, "and counts as inserted");
    is_int(pgc_result_last_seq(result), -1, "there is no last_seq");
    smuggle("b", "a1");
    must(CALL(message_get, IDS(NULL, "a1 a2")));
    is_str(shown(), "a1 a1 a2", "an id in two threads is found twice");
}

static void test_get_many(void) {
    clear_tables();
    make_thread("many", NULL);
    sql("UPDATE threads SET last_seq = 5000");
    sql("INSERT INTO messages SELECT 'many', 'm' || n, n, '2024-01-01', NULL, 'user', NULL, "
        "n::text FROM generate_series(1, 5000) n");
    static pgc_str list[100001];
    for (size_t i = 0; i < ARRAY_LENGTH(list); i++)
        list[i] = z("none");
    for (int i = 0; i < 5000; i++) {
        char id[16];
        snprintf(id, sizeof id, "m%d", 1 + i * 4999 % 5000);
        list[i * 20] = z(strdup(id));
    }
    pgc_ids ids = {.size = sizeof ids, .ids = list, .count = 100000};
    works(CALL(message_get, &ids), "a hundred thousand ids");
    is_int(pgc_result_messages(result), 5000, "find those that are there");
    bool in_order = true;
    for (int i = 0; in_order && i < 5000; i++)
        in_order = same(message((size_t)i)->id, list[i * 20]);
    ok(in_order, "in order");
    ids.count = 100001;
    refused(CALL(message_get, &ids), PGC_INVALID, "ids", "more are refused");
    for (int i = 0; i < 5000; i++)
        free((void *)(uintptr_t)list[i * 20].data);
}

/* ---- Update ---- */

static void test_update(void) {
    make_threads();
    untouch();
    works(CALL(message_update,
               MESSAGE_CHANGE(.thread_id = z("a"), .id = z("a2"), .content = z("{\"x\":  1}"))),
          "a new content");
    is_mem(message(0)->content, z("{\"x\":  1}"), "is there, as it was given");
    is_mem(message(0)->role, z("user"), "the role stays");
    is_int(message(0)->created_at, AT(2), "the time stays");
    is_int(message(0)->seq, 2, "the place stays");
    is_str(touched("a"), "t", "the thread is touched");
    is_str(touched("b"), "f", "others are not");
    works(CALL(message_update, MESSAGE_CHANGE(.id = z("a2"), .text = z("plain"))), "plain text");
    is_mem(message(0)->text, z("plain"), "is there");
    works(CALL(message_update, MESSAGE_CHANGE(.id = z("a2"), .role = z("tool"))), "a role");
    is_mem(message(0)->role, z("tool"), "is there");
    is_mem(message(0)->text, z("plain"), "the content stays");
    works(CALL(message_update, MESSAGE_CHANGE(.id = z("a2"), .type = z("call"))), "a type");
    is_mem(message(0)->type, z("call"), "is there");
    works(CALL(message_update, MESSAGE_CHANGE(.id = z("a2"), .metadata = z("{\"k\": {\"l\": 1}}"))),
          "metadata");
    is_mem(message(0)->metadata, z("{\"k\": {\"l\": 1}}"), "is there");
    works(CALL(message_update,
               MESSAGE_CHANGE(.id = z("a2"), .role = z("user"), .type = z(""), .content = z("null"),
                              .metadata = z("{\"k\": {\"m\": 2}, \"n\": null}"))),
          "all at once");
    is_mem(message(0)->role, z("user"), "the role");
    is_mem(message(0)->type, z(""), "the type");
    is_mem(message(0)->content, z("null"), "the content");
    is_mem(message(0)->metadata, z("{\"k\": {\"l\": 1, \"m\": 2}}"), "the metadata, merged");
    works(CALL(message_update, MESSAGE_CHANGE(.id = z("a2"))), "no change at all");
    is_mem(message(0)->content, z("null"), "changes nothing");
    must(CALL(message_last, z("a"), 9));
    is_str(shown(), "a1 a2 a3", "the order stays");
}

static void test_update_refused(void) {
    make_threads();
    smuggle("b", "a1");
    const struct {
        pgc_message_change *change;
        pgc_code code;
        const char *words, *name;
    } cases[] = {
        {MESSAGE_CHANGE(.id = z("x"), .text = z("t")), PGC_NOT_FOUND, "message", "no message"},
        {MESSAGE_CHANGE(.id = z("x"), .text = z("t"), .metadata = z("{\"a\": 1}")), PGC_NOT_FOUND,
         "message", "no message, with metadata"},
        {MESSAGE_CHANGE(.thread_id = z("b"), .id = z("a2"), .text = z("t")), PGC_NOT_FOUND,
         "message", "no message in this thread"},
        {MESSAGE_CHANGE(.thread_id = z("x"), .id = z("a2"), .text = z("t")), PGC_NOT_FOUND, "",
         "no thread"},
        {MESSAGE_CHANGE(.id = z("a1"), .text = z("t"), .metadata = z("{\"a\": 1}")), PGC_CONFLICT,
         "several threads", "an id in two threads"},
        {MESSAGE_CHANGE(.text = z("t")), PGC_INVALID, "id", "no id"},
        {MESSAGE_CHANGE(.id = z("a2"), .text = z("t"), .content = z("1")), PGC_INVALID, "content",
         "content and text"},
        {MESSAGE_CHANGE(.id = z("a2"), .content = z("{")), PGC_INVALID, "content", "bad JSON"},
        {MESSAGE_CHANGE(.id = z("a2"), .content = z("")), PGC_INVALID, "content", "empty JSON"},
        {MESSAGE_CHANGE(.id = z("a2"), .text = z("\xff")), PGC_INVALID, "text", "bad text"},
        {MESSAGE_CHANGE(.id = z("a2"), .role = z("")), PGC_INVALID, "role", "an empty role"},
        {MESSAGE_CHANGE(.id = z("a2"), .type = z("\xff")), PGC_INVALID, "type", "a bad type"},
        {MESSAGE_CHANGE(.id = z("a2"), .text = z("t"), .metadata = z("1")), PGC_INVALID, "metadata",
         "metadata that is no object"},
    };
    char *before = dump();
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        refused(CALL(message_update, cases[i].change), cases[i].code, cases[i].words, "update: %s",
                cases[i].name);
    }
    unchanged(before, "and nothing is written");
    works(CALL(message_update, MESSAGE_CHANGE(.thread_id = z("b"), .id = z("a1"), .text = z("t"))),
          "with its thread an id in two threads is one message");
    must(CALL(message_get, IDS("a", "a1")));
    is_mem(message(0)->text, z("a1"), "the other one stays");
}

/* ---- Delete ---- */

static void test_delete(void) {
    make_threads();
    must(CALL(metadata_replace, pgc_none(), z("a3"), z("{\"k\": 1}")));
    must(CALL(metadata_replace, pgc_none(), z("a1"), z("{\"k\": 1}")));
    untouch();
    works(CALL(message_delete, IDS(NULL, "a3 x")), "messages are deleted");
    is_int(pgc_result_total(result), 1, "those that are there count");
    is_int(pgc_result_messages(result), 0, "there is nothing to see");
    is_int(sql_number("SELECT count(*) FROM metadata WHERE message_id = 'a3'"), 0,
           "their metadata goes, too");
    is_int(sql_number("SELECT count(*) FROM metadata WHERE message_id = 'a1'"), 1, "no other");
    is_str(touched("a"), "t", "their thread is touched");
    is_str(touched("b"), "f", "others are not");
    char *before = dump();
    works(CALL(message_delete, IDS(NULL, "a3")), "one that is gone");
    is_int(pgc_result_total(result), 0, "counts as none");
    works(CALL(message_delete, IDS("b", "a1 a2")), "ids of another thread");
    is_int(pgc_result_total(result), 0, "count as none");
    works(CALL(message_delete, IDS("nobody", "a1")), "ids in a thread that is not there");
    is_int(pgc_result_total(result), 0, "count as none");
    unchanged(before, "and nothing is written");
    put("a", "a4");
    must(CALL(message_get, IDS("a", "a4")));
    is_int(message(0)->seq, 4, "the seq of a deleted message is not used again");
    works(CALL(message_delete, IDS(NULL, "b2 a1 b1 a2 a4")), "across threads");
    is_int(pgc_result_total(result), 5, "all count");
    must(CALL(message_last, z("a"), 9));
    is_str(shown(), "", "nothing is left");
    is_int(pgc_result_last_seq(result), 4, "but the seq");
}

static void test_delete_twice(void) {
    make_threads();
    smuggle("b", "a1");
    must(CALL(metadata_replace, z("a"), z("a1"), z("{\"k\": 1}")));
    must(CALL(metadata_replace, z("b"), z("a1"), z("{\"k\": 2}")));
    works(CALL(message_delete, IDS("a", "a1")), "an id in two threads, with its thread");
    is_int(pgc_result_total(result), 1, "is one message");
    must(CALL(metadata_get, z("b"), z("a1")));
    is_mem(pgc_result_metadata(result), z("{\"k\": 2}"), "the other one keeps its metadata");
    smuggle("a", "a1");
    works(CALL(message_delete, IDS(NULL, "a1")), "without its thread");
    is_int(pgc_result_total(result), 2, "it is both");
    works(CALL(message_delete, IDS(NULL, "a2 a2")), "the same id twice");
    is_int(pgc_result_total(result), 1, "is one message");
}

/* ---- Find ---- */

static void make_found(void) {
    clear_tables();
    make_thread("t2", NULL);
    make_thread("t1", NULL);
    put("t2", "c b a");
    put("t1", "f e d");
    for (const char *id = "abcdef"; *id != '\0'; id++) {
        must(CALL(
            metadata_replace, pgc_none(), (pgc_str){id, 1},
            z(*id == 'e' ? "{\"kind\": \"y\"}" : form("{\"kind\": \"x\", \"n\": [%d]}", *id))));
    }
    must(CALL(metadata_replace, z("t1"), pgc_none(), z("{\"kind\": \"x\"}")));
}

static void test_find(void) {
    make_found();
    const struct {
        const char *document, *want;
    } cases[] = {
        {"{\"kind\": \"x\"}", "d f a b c"},
        {"{\"kind\": \"y\"}", "e"},
        {"{\"n\": [97]}", "a"},
        {"{\"kind\": \"z\"}", ""},
        {"{}", "d e f a b c"},
        {"{\"kind\": \"x\", \"n\": [102]}", "f"},
        {"{\"kind\": \"x\", \"n\": [101]}", ""},
        {"{\"n\": [97, 97]}", "a"},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        works(CALL(message_find, z(cases[i].document), 0, pgc_none()), "find %s",
              cases[i].document);
        is_str(shown(), cases[i].want, "in the order (thread, id)");
        ok(!pgc_result_has_more(result), "and no more");
    }
    must(CALL(message_find, z("{\"kind\": \"y\"}"), 0, pgc_none()));
    is_mem(message(0)->thread_id, z("t1"), "a row has its thread");
    is_mem(message(0)->metadata, z("{\"kind\": \"y\"}"), "its metadata");
    is_mem(message(0)->text, z("e"), "its text");
}

static void test_find_pages(void) {
    make_found();
    pgc_str document = z("{\"kind\": \"x\"}");
    char seen[200] = "";
    pgc_str cursor = pgc_none();
    for (int page = 0; page < 9; page++) {
        must(CALL(message_find, document, 2, cursor));
        strcat(strcat(seen, shown()), " | ");
        cursor = z(form("%s", pgc_result_next(result).data));
        if (!pgc_result_has_more(result)) break;
    }
    is_str(seen, "d f | a b | c | ", "page by page");
    must(CALL(message_find, document, 2, cursor));
    is_str(shown(), "", "behind the last is nothing");
    is_mem(pgc_result_next(result), cursor, "an empty page repeats its cursor");
    must(CALL(message_find, document, 2, z(form("%s", pgc_result_next(result).data))));
    must(CALL(message_find, document, 1, pgc_none()));
    must(CALL(message_find, document, 3, z(form("%s", pgc_result_next(result).data))));
    is_str(shown(), "f a b", "limits may differ");
    must(CALL(message_find, document, 2, z(form("%s", pgc_result_prev(result).data))));
    is_str(shown(), "d", "and back");
    pgc_str next = z(form("%s", pgc_result_next(result).data));
    refused(CALL(message_find, z("{}"), 2, next), PGC_INVALID, "cursor", "another document");
    refused(CALL(message_find, document, 2, z("garbage")), PGC_INVALID, "cursor", "no cursor");
    refused(CALL(message_find, pgc_none(), 2, pgc_none()), PGC_INVALID, "metadata", "no document");
    refused(CALL(message_find, z("[]"), 2, pgc_none()), PGC_INVALID, "metadata", "no object");
    refused(CALL(message_find, document, PGC_LIMIT_MAX + 1, pgc_none()), PGC_INVALID, "limit",
            "too many");
}

static void tests(void) {
    test_get();
    test_get_many();
    test_update();
    test_update_refused();
    test_delete();
    test_delete_twice();
    test_find();
    test_find_pages();
}

int main(void) {
    return world_run("message change", tests);
}
