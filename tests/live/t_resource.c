/*
 * Resources: create, get, update.
 */
#include "live/memory_world.h"

#define LONE "a\xed\xa0\xbd" /* a lone surrogate */

static void is_resource(const char *id, pgc_str working_memory, const char *metadata,
                        const char *name) {
    if (!ok(pgc_result_resources(result) == 1, "%s: one resource", name)) return;
    is_mem(resource()->id, z(id), "%s: id", name);
    is_mem(resource()->working_memory, working_memory, "%s: working memory", name);
    is_mem(resource()->metadata, z(metadata), "%s: metadata", name);
    ok(resource()->size == sizeof(pgc_resource), "%s: size", name);
}

static void test_create(void) {
    pgc_str odd = BYTES("a\0" LONE "\xef\xb7\x90");
    works(CALL(resource_create,
               RESOURCE(.id = z("r"), .working_memory = odd, .metadata = z("{\"k\":\"\\u0000\"}"),
                        .created_at = AT(1), .updated_at = AT(2))),
          "create");
    is_resource("r", odd, "{\"k\": \"\\u0000\"}", "created");
    must(CALL(resource_get, z("r")));
    is_resource("r", odd, "{\"k\": \"\\u0000\"}", "read");
    is_int(resource()->created_at, AT(1), "created_at");
    is_int(resource()->updated_at, AT(2), "updated_at");
    ok(pgc_result_resource(result, 1) == NULL, "there is no second one");
    is_int(pgc_result_observations(result), 0, "nor an observation");

    works(CALL(resource_create, RESOURCE(.id = z(""))), "create, with an empty id");
    must(CALL(resource_get, z("")));
    is_resource("", pgc_none(), NULL, "with nothing");
    is_int(resource()->updated_at, resource()->created_at, "changed when it was created");
    refused(CALL(resource_create, resource()), PGC_EXISTS, "resource", "what was read, again");
}

static void test_exists(void) {
    must(CALL(resource_create, RESOURCE(.id = z("x"), .working_memory = z("old"))));
    refused(CALL(resource_create, RESOURCE(.id = z("x"), .working_memory = z("new"))), PGC_EXISTS,
            "resource", "an id that is there");
    must(CALL(resource_get, z("x")));
    is_resource("x", z("old"), NULL, "it stays");
    refused(CALL(resource_get, z("unknown")), PGC_NOT_FOUND, "resource", "an unknown id");
}

static void test_update(void) {
    works(CALL(resource_update, RESOURCE_CHANGE(.id = z("u"), .working_memory = z("one"))),
          "update of what is not there");
    ok(pgc_result_inserted(result), "it is new");
    is_resource("u", z("one"), "{}", "made");
    sql("UPDATE resources SET created_at = '2024-01-01', updated_at = '2024-01-01' WHERE id = 'u'");
    works(CALL(resource_update, RESOURCE_CHANGE(.id = z("u"), .metadata = z("{\"a\":{\"b\":1},"
                                                                            "\"c\":1}"))),
          "metadata");
    ok(!pgc_result_inserted(result), "it is not new");
    is_resource("u", z("one"), "{\"a\": {\"b\": 1}, \"c\": 1}", "metadata set");
    is_int(resource()->created_at, BASE, "created_at stays");
    ok(resource()->updated_at > BASE, "updated_at moves");
    must(CALL(resource_update,
              RESOURCE_CHANGE(.id = z("u"), .metadata = z("{\"a\":{\"x\":null},\"c\":null}"))));
    is_resource("u", z("one"), "{\"a\": {\"x\": null}, \"c\": null}", "members replace, null too");
    must(CALL(resource_update, RESOURCE_CHANGE(.id = z("u"), .working_memory = BYTES("\0"))));
    is_resource("u", BYTES("\0"), "{\"a\": {\"x\": null}, \"c\": null}", "working memory set");
    must(CALL(resource_update, RESOURCE_CHANGE(.id = z("u"), .working_memory = z(""))));
    is_resource("u", z(""), "{\"a\": {\"x\": null}, \"c\": null}", "working memory emptied");
    sql("UPDATE resources SET metadata = NULL, updated_at = '2100-01-01' WHERE id = 'u'");
    must(CALL(resource_update, RESOURCE_CHANGE(.id = z("u"))));
    is_resource("u", z(""), "{}", "nothing is changed");
    must(CALL(resource_update,
              RESOURCE_CHANGE(.id = z("u"), .metadata = z("{\"a\":1,\"b\":2,\"c\":3}"),
                              .removed = (const pgc_str[]){z("c"), z("d")}, .removed_count = 2)));
    is_resource("u", z(""), "{\"a\": 1, \"b\": 2}", "members go");
    must(CALL(resource_update,
              RESOURCE_CHANGE(.id = z("u"), .clear_working_memory = true,
                              .removed = (const pgc_str[]){z("a")}, .removed_count = 1)));
    is_resource("u", pgc_none(), "{\"b\": 2}", "working memory removed");
    must(CALL(resource_update,
              RESOURCE_CHANGE(.id = z("made"), .metadata = z("{\"a\":1,\"b\":2}"),
                              .removed = (const pgc_str[]){z("a")}, .removed_count = 1)));
    is_resource("made", pgc_none(), "{\"b\": 2}", "of a new one, too");
    is_str(sql("SELECT updated_at::date FROM resources WHERE id = 'u'"), "2100-01-01",
           "time does not go back");
}

static void test_refusals(void) {
    static char long_id[PGC_ID_MAX + 1];
    memset(long_id, 'x', sizeof long_id);
    pgc_str too_long = {long_id, sizeof long_id};
    refused(CALL(resource_get, pgc_none()), PGC_INVALID, "resource_id", "no id");
    refused(CALL(resource_get, too_long), PGC_INVALID, "resource_id", "an id that is too long");
    refused(CALL(resource_create, RESOURCE(.working_memory = z("x"))), PGC_INVALID,
            "id: is missing", "create without an id");
    refused(CALL(resource_create, RESOURCE(.id = z("y"), .working_memory = z("\xff"))), PGC_INVALID,
            "working_memory", "no UTF-8");
    refused(CALL(resource_create, RESOURCE(.id = z("y"), .metadata = z("[1]"))), PGC_INVALID,
            "metadata", "metadata that is no object");
    refused(CALL(resource_create, RESOURCE(.id = z("y"), .created_at = INT64_MAX)), PGC_INVALID,
            "created_at", "no time");
    refused(CALL(resource_update, RESOURCE_CHANGE(.id = BYTES("a\0b"))), PGC_INVALID, "id",
            "an id with a NUL");
    refused(CALL(resource_update, RESOURCE_CHANGE(.id = z("y"), .working_memory = z("x"),
                                                  .clear_working_memory = true)),
            PGC_INVALID, "working_memory", "given and to be removed");
    refused(CALL(resource_update, RESOURCE_CHANGE(.id = z("y"), .removed_count = 1)), PGC_INVALID,
            "removed", "no names");
    refused(CALL(resource_update, RESOURCE_CHANGE(.id = z("y"), .metadata = z("{"))), PGC_INVALID,
            "metadata", "bad JSON");
    is_int(sql_number("SELECT count(*) FROM resources WHERE id = 'y'"), 0, "nothing was written");
}

static void tests(void) {
    test_create();
    test_exists();
    test_update();
    test_refusals();
}

int main(void) {
    return world_run("resource", tests);
}
