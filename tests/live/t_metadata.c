/*
 * Metadata of threads and messages: get, merge, replace, remove.
 */
#include "live/world.h"

/*
 * Each test is made on a thread's document, on a message's, and on a message's without naming the
 * thread.
 */
static const struct owner {
    const char *thread, *message, *name;
} owners[] = {
    {"t", NULL, "thread"},
    {"t", "m", "message"},
    {NULL, "m", "message alone"},
};

static void make_owners(void) {
    clear_tables();
    make_thread("t", "ada");
    make_thread("u", "ada");
    put("t", "m n");
}

static void prepare(const struct owner *owner, const char *document) {
    sql("DELETE FROM metadata");
    if (document != NULL) {
        sql("INSERT INTO metadata VALUES ('t', '%s', '%s', '2024-01-01')",
            owner->message == NULL ? "" : owner->message, document);
    }
}

static bool shows(const char *want, const char *name) {
    const char *now =
        sql("SELECT '%s'::jsonb = '%s'::jsonb", pgc_result_metadata(result).data, want);
    return ok(strcmp(now, "t") == 0, "%s: %s is %s", name, pgc_result_metadata(result).data, want);
}

/* ---- Get ---- */

static void test_get(void) {
    make_owners();
    for (size_t i = 0; i < ARRAY_LENGTH(owners); i++) {
        prepare(&owners[i], NULL);
        works(CALL(metadata_get, z(owners[i].thread), z(owners[i].message)), "%s: get",
              owners[i].name);
        is_mem(pgc_result_metadata(result), z("{}"), "no document is an empty one");
        prepare(&owners[i], "{\"a\": {\"b\": [1, null]}}");
        must(CALL(metadata_get, z(owners[i].thread), z(owners[i].message)));
        is_mem(pgc_result_metadata(result), z("{\"a\": {\"b\": [1, null]}}"), "the document");
        is_int(pgc_result_total(result), -1, "nothing is counted");
        is_int(pgc_result_threads(result) + pgc_result_messages(result), 0, "no rows");
    }
    must(CALL(thread_get, z("t")));
    ok(pgc_result_metadata(result).data == NULL, "other results have no document of their own");
}

/* ---- Merge ---- */

static const struct {
    const char *document, *patch, *want;
} merges[] = {
    /* Appendix A of RFC 7396, those with objects on both sides. */
    {"{\"a\": \"b\"}", "{\"a\": \"c\"}", "{\"a\": \"c\"}"},
    {"{\"a\": \"b\"}", "{\"b\": \"c\"}", "{\"a\": \"b\", \"b\": \"c\"}"},
    {"{\"a\": \"b\"}", "{\"a\": null}", "{}"},
    {"{\"a\": \"b\", \"b\": \"c\"}", "{\"a\": null}", "{\"b\": \"c\"}"},
    {"{\"a\": [\"b\"]}", "{\"a\": \"c\"}", "{\"a\": \"c\"}"},
    {"{\"a\": \"c\"}", "{\"a\": [\"b\"]}", "{\"a\": [\"b\"]}"},
    {"{\"a\": {\"b\": \"c\"}}", "{\"a\": {\"b\": \"d\", \"c\": null}}", "{\"a\": {\"b\": \"d\"}}"},
    {"{\"a\": [{\"b\": \"c\"}]}", "{\"a\": [1]}", "{\"a\": [1]}"},
    {"{\"e\": null}", "{\"a\": 1}", "{\"e\": null, \"a\": 1}"},
    {"{}", "{\"a\": {\"bb\": {\"ccc\": null}}}", "{\"a\": {\"bb\": {}}}"},
    /* Deeper, and what is easily got wrong. */
    {"{}", "{}", "{}"},
    {"{\"a\": 1}", "{}", "{\"a\": 1}"},
    {"{}", "{\"a\": null}", "{}"},
    {"{}", "{\"a\": {}}", "{\"a\": {}}"},
    {"{\"a\": 1}", "{\"a\": {}}", "{\"a\": {}}"},
    {"{\"a\": {\"b\": 1}}", "{\"a\": {}}", "{\"a\": {\"b\": 1}}"},
    {"{\"a\": {\"b\": 1}}", "{\"a\": []}", "{\"a\": []}"},
    {"{\"a\": {\"b\": 1}}", "{\"a\": {\"b\": {\"c\": {\"d\": 2}}}}",
     "{\"a\": {\"b\": {\"c\": {\"d\": 2}}}}"},
    {"{\"a\": {\"b\": {\"c\": 1, \"d\": 2}, \"e\": 3}}",
     "{\"a\": {\"b\": {\"c\": null, \"f\": 4}, \"e\": null}, \"g\": 5}",
     "{\"a\": {\"b\": {\"d\": 2, \"f\": 4}}, \"g\": 5}"},
    {"{\"a\": [1, 2]}", "{\"a\": {\"0\": \"x\"}}", "{\"a\": {\"0\": \"x\"}}"},
    {"{\"a\": [1, 2], \"b\": 1}", "{\"a\": {\"0\": null}}", "{\"a\": {}, \"b\": 1}"},
    {"{\"a\": \"b\"}", "{\"a\": {\"c\": null}}", "{\"a\": {}}"},
    {"{\"a\": 1}", "{\"a\": [null, {\"b\": null}]}", "{\"a\": [null, {\"b\": null}]}"},
    {"{\"x\": 1}", "{\"a\": {\"l\": [null, 1]}, \"x\": null}", "{\"a\": {\"l\": [null, 1]}}"},
    {"{\"a\": {\"n\": null}}", "{\"a\": {\"m\": 1}}", "{\"a\": {\"n\": null, \"m\": 1}}"},
    {"{\"a.b\": 1, \"{c,d}\": 2}", "{\"a.b\": {\"{x}\": 1}, \"{c,d}\": null}",
     "{\"a.b\": {\"{x}\": 1}}"},
    {"{\"\": 1}", "{\"\": {\"\": {\"\": 2}}}", "{\"\": {\"\": {\"\": 2}}}"},
    {"{\"0\": {\"1\": 2}}", "{\"0\": {\"1\": 3, \"-1\": 4}}", "{\"0\": {\"1\": 3, \"-1\": 4}}"},
    {"{}", "{\"a\": {\"b\": 1}, \"a\": 2}", "{\"a\": 2}"},
    {"{\"a\": 1}", "{\"a\": 2, \"a\": {\"b\": 3}}", "{\"a\": {\"b\": 3}}"},
    {"{\"a\": 1}", "{\"a\": 2, \"a\": null}", "{}"},
    {"{}", "{\"a\": {\"x\": {\"y\": 1}, \"x\": null}}", "{\"a\": {}}"},
    {"{}", "{\"n\": 1.10, \"big\": 123456789012345678901234567890}",
     "{\"n\": 1.10, \"big\": 123456789012345678901234567890}"},
    {"{\"a\": {\"b\": {\"c\": {\"d\": {\"e\": 1}}}}}",
     "{\"a\": {\"b\": {\"c\": {\"d\": {\"e\": null}}}}}", "{\"a\": {\"b\": {\"c\": {\"d\": {}}}}}"},
};

static void test_merge(void) {
    make_owners();
    for (size_t o = 0; o < ARRAY_LENGTH(owners); o++) {
        for (size_t i = 0; i < ARRAY_LENGTH(merges); i++) {
            const char *old =
                strcmp(merges[i].document, "{}") == 0 && i % 2 == 0 ? NULL : merges[i].document;
            prepare(&owners[o], old);
            must(CALL(metadata_merge, z(owners[o].thread), z(owners[o].message),
                      z(merges[i].patch)));
            shows(merges[i].want, merges[i].patch);
            must(CALL(metadata_get, z(owners[o].thread), z(owners[o].message)));
            shows(merges[i].want, "read again");
        }
    }
    is_int(sql_number("SELECT count(*) FROM metadata"), 1, "no other document was made");
}

/* The same through the updates of threads and messages, which share the statement. */
static void test_merge_by_update(void) {
    make_owners();
    for (size_t i = 0; i < ARRAY_LENGTH(merges); i++) {
        prepare(&owners[0], merges[i].document);
        must(CALL(thread_update, THREAD_CHANGE(.id = z("t"), .metadata = z(merges[i].patch))));
        is_str(sql("SELECT data = '%s' FROM metadata", merges[i].want), "t", "thread: %s",
               merges[i].patch);
        prepare(&owners[1], merges[i].document);
        must(CALL(message_update, MESSAGE_CHANGE(.id = z("m"), .metadata = z(merges[i].patch))));
        is_str(sql("SELECT data = '%s' FROM metadata", merges[i].want), "t", "message: %s",
               merges[i].patch);
    }
}

/* {"k0": value, "k1": value, ...} with as many members; good until the next call. */
static pgc_str wide(size_t count, const char *value) {
    static char text[200000];
    size_t size = 1;
    text[0] = '{';
    for (size_t i = 0; i < count; i++) {
        size += (size_t)snprintf(text + size, sizeof text - size, "%s\"k%zu\": %s",
                                 i == 0 ? "" : ", ", i, value);
    }
    size += (size_t)snprintf(text + size, sizeof text - size, "}");
    return (pgc_str){text, size};
}

/* {"a": {"a": ... 1}} with as many objects within the first one; good until the next call. */
static pgc_str deep(size_t count) {
    static char text[4000];
    for (size_t i = 0; i <= count; i++)
        memcpy(text + 5 * i, "{\"a\":", 5);
    text[5 * count + 5] = '1';
    memset(text + 5 * count + 6, '}', count + 1);
    return (pgc_str){text, 6 * count + 7};
}

static size_t count_braces(pgc_str json) {
    size_t count = 0;
    for (size_t i = 0; i < json.size; i++)
        count += json.data[i] == '{';
    return count;
}

static void test_merge_big(void) {
    make_owners();
    works(CALL(metadata_merge, z("t"), pgc_none(), wide(5000, "[{}]")), "five thousand members");
    works(CALL(metadata_merge, z("t"), pgc_none(), wide(256, "{\"a\": 1}")),
          "256 objects in a patch");
    works(CALL(metadata_merge, z("t"), pgc_none(), wide(256, "{\"b\": 2}")), "and once more");
    is_int(sql_number("SELECT count(*) FROM metadata, jsonb_each(data) "
                      "WHERE value = '{\"a\": 1, \"b\": 2}'"),
           256, "are all merged");
    works(CALL(metadata_merge, z("u"), pgc_none(), deep(256)), "one within the other, too");
    works(CALL(metadata_merge, z("u"), pgc_none(), deep(256)), "and once more");
    is_int(count_braces(pgc_result_metadata(result)), 257, "are all there");
    char *before = dump();
    const struct {
        pgc_str patch;
        const char *name;
    } cases[] = {{wide(257, "{}"), "more objects"}, {deep(257), "more levels"}};
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        refused(CALL(metadata_merge, z("t"), pgc_none(), cases[i].patch), PGC_INVALID,
                "patch: has 257 objects", "%s", cases[i].name);
        refused(CALL(thread_update, THREAD_CHANGE(.id = z("t"), .metadata = cases[i].patch)),
                PGC_INVALID, "metadata: has 257 objects", "%s in a thread's change", cases[i].name);
        refused(CALL(message_update, MESSAGE_CHANGE(.id = z("m"), .metadata = cases[i].patch)),
                PGC_INVALID, "metadata: has 257 objects", "%s in a message's change",
                cases[i].name);
    }
    unchanged(before, "and nothing is written");
    works(CALL(metadata_replace, z("t"), pgc_none(), wide(257, "{}")), "a document may have more");
}

/* ---- Replace, remove ---- */

static void test_replace(void) {
    make_owners();
    for (size_t i = 0; i < ARRAY_LENGTH(owners); i++) {
        pgc_str t = z(owners[i].thread), m = z(owners[i].message);
        prepare(&owners[i], NULL);
        works(CALL(metadata_replace, t, m, z("{\"a\": null, \"b\": {\"c\": null}}")), "%s: replace",
              owners[i].name);
        is_mem(pgc_result_metadata(result), z("{\"a\": null, \"b\": {\"c\": null}}"), "nulls stay");
        works(CALL(metadata_replace, t, m, z("{\"z\":1,\"y\":2}")), "once more");
        is_mem(pgc_result_metadata(result), z("{\"y\": 2, \"z\": 1}"), "nothing of the old stays");
        works(CALL(metadata_replace, t, m, z("{}")), "by nothing");
        is_mem(pgc_result_metadata(result), z("{}"), "is nothing");
    }
}

static void test_remove(void) {
    static const struct {
        const char *document, *keys, *want;
    } cases[] = {
        {"{\"a\": 1, \"b\": 2, \"c\": {\"a\": 3}}", "a", "{\"b\": 2, \"c\": {\"a\": 3}}"},
        {"{\"a\": 1, \"b\": 2, \"c\": {\"a\": 3}}", "a c x", "{\"b\": 2}"},
        {"{\"a\": 1}", "x", "{\"a\": 1}"},
        {"{\"a\": 1}", "a a", "{}"},
        {"{\"0\": 1, \"a\": [1]}", "0", "{\"a\": [1]}"},
        {"{\"A\": 1}", "a", "{\"A\": 1}"},
        {NULL, "a", "{}"},
    };
    make_owners();
    for (size_t o = 0; o < ARRAY_LENGTH(owners); o++) {
        for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
            const pgc_str *keys;
            size_t count = split(cases[i].keys, &keys);
            prepare(&owners[o], cases[i].document);
            works(CALL(metadata_remove, z(owners[o].thread), z(owners[o].message), keys, count),
                  "%s: remove %s", owners[o].name, cases[i].keys);
            shows(cases[i].want, "what is left");
        }
    }
    prepare(&owners[0], "{\"\": 1, \"b c\": 2}");
    const pgc_str odd[] = {z(""), z("b c")};
    works(CALL(metadata_remove, z("t"), pgc_none(), odd, 2), "odd keys");
    is_mem(pgc_result_metadata(result), z("{}"), "are removed");
    refused(CALL(metadata_remove, z("t"), pgc_none(), odd, 0), PGC_INVALID, "keys", "no keys");
    refused(CALL(metadata_remove, z("t"), pgc_none(), NULL, 1), PGC_INVALID, "keys", "no array");
    const pgc_str absent[] = {z("a"), pgc_none()};
    refused(CALL(metadata_remove, z("t"), pgc_none(), absent, 2), PGC_INVALID, "keys[1]",
            "an absent key");
    is_int(err.position, 1, "the position is its index");
}

/* ---- What is refused ---- */

/* All four calls; the documents of the last three are good. */
static int call(size_t which, pgc_str thread, pgc_str message, pgc_str document) {
    static const pgc_str key = {"a", 1};
    switch (which) {
    case 0:
        return CALL(metadata_get, thread, message);
    case 1:
        return CALL(metadata_merge, thread, message, document);
    case 2:
        return CALL(metadata_replace, thread, message, document);
    default:
        return CALL(metadata_remove, thread, message, &key, 1);
    }
}

static void test_no_owner(void) {
    make_owners();
    sql("INSERT INTO metadata VALUES ('t', '', '{\"a\": 1}', now()), ('t', 'm', '{\"a\": 1}', "
        "now())");
    smuggle("u", "n");
    const struct {
        pgc_str thread, message;
        pgc_code code;
        const char *words, *name;
    } cases[] = {
        {z("x"), pgc_none(), PGC_NOT_FOUND, "no such thread", "no thread"},
        {z("t"), z("x"), PGC_NOT_FOUND, "no such message", "no message"},
        {z("u"), z("m"), PGC_NOT_FOUND, "no such message", "a message of another thread"},
        {z("x"), z("m"), PGC_NOT_FOUND, "no such", "a thread that is not there"},
        {pgc_none(), z("x"), PGC_NOT_FOUND, "no such message", "no message anywhere"},
        {pgc_none(), z("n"), PGC_CONFLICT, "several threads", "a message of two threads"},
        {pgc_none(), pgc_none(), PGC_INVALID, "thread_id", "neither"},
        {z(""), pgc_none(), PGC_INVALID, "thread_id", "an empty thread"},
        {z("t"), z(""), PGC_INVALID, "message_id", "an empty message"},
        {z("\xff"), z("m"), PGC_INVALID, "thread_id", "a bad thread"},
        {z("t"), z("\xff"), PGC_INVALID, "message_id", "a bad message"},
    };
    char *before = dump();
    for (size_t which = 0; which < 4; which++) {
        for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
            refused(call(which, cases[i].thread, cases[i].message, z("{\"a\": {\"b\": 2}}")),
                    cases[i].code, cases[i].words, "call %zu: %s", which, cases[i].name);
        }
    }
    unchanged(before, "and nothing is written");
}

static void test_no_object(void) {
    static const char *const bad[] = {"",
                                      " ",
                                      "1",
                                      "\"a\"",
                                      "[]",
                                      "null",
                                      "true",
                                      "{",
                                      "{}}",
                                      "{a:1}",
                                      "{\"a\":01}",
                                      "{\"a\":\"\x01\"}",
                                      "{\"a\":\"\xff\"}"};
    make_owners();
    prepare(&owners[0], "{\"a\": 1}");
    char *before = dump();
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
        refused(CALL(metadata_merge, z("t"), pgc_none(), z(bad[i])), PGC_INVALID, "patch",
                "merge: no object %zu", i);
        refused(CALL(metadata_replace, z("t"), pgc_none(), z(bad[i])), PGC_INVALID, "document",
                "replace: no object %zu", i);
    }
    refused(CALL(metadata_merge, z("t"), pgc_none(), pgc_none()), PGC_INVALID, "patch", "no patch");
    refused(CALL(metadata_replace, z("t"), pgc_none(), pgc_none()), PGC_INVALID, "document",
            "no document");
    unchanged(before, "and nothing is written");
}

static void tests(void) {
    test_get();
    test_merge();
    test_merge_by_update();
    test_merge_big();
    test_replace();
    test_remove();
    test_no_owner();
    test_no_object();
}

int main(void) {
    return world_run("metadata", tests);
}
