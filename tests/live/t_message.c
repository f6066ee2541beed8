/*
 * Messages: append, read by id, update, delete.
 */
#include "live/world.h"

static const pgc_message *message(size_t i) {
    return pgc_result_message(result, i);
}

/* Appends an array to a thread; _AS says what to do with ids that exist. */
#define ADD(id, array)   \
    CALL(message_append, \
         APPEND(.thread_id = z(id), .messages = (array), .count = ARRAY_LENGTH(array)))
#define ADD_AS(id, array, ...)                                           \
    CALL(message_append, APPEND(.thread_id = z(id), .messages = (array), \
                                .count = ARRAY_LENGTH(array), __VA_ARGS__))

/* ---- Append ---- */

/* Each message of its own resource, or else of the thread's; what is there keeps its own. */
static void test_resource(void) {
    make_thread("ours", "ada");
    pgc_message_new given[] = {MESSAGE(.id = z("o1"), .text = z("x"), .resource_id = z("bob")),
                               MESSAGE(.id = z("o2"), .text = z("x")),
                               MESSAGE(.id = z("o3"), .text = z("x"), .resource_id = z(""))};
    must(ADD("ours", given));
    is_mem(message(0)->resource_id, z("bob"), "a resource of its own");
    is_mem(message(1)->resource_id, z("ada"), "the thread's");
    is_mem(message(2)->resource_id, z(""), "the empty one");
    must(CALL(message_list, MESSAGE_QUERY(.resource_id = z("bob"))));
    is_str(shown(), "o1", "by which it is found");
    given[0].resource_id = z("eve");
    given[1].resource_id = z("eve");
    must(CALL(message_append, APPEND(.thread_id = z("ours"), .messages = given, .count = 2,
                                     .existing = PGC_EXISTING_KEEP)));
    is_mem(message(0)->resource_id, z("bob"), "what is kept keeps its own");
    is_mem(message(1)->resource_id, z("ada"), "or the thread's");
    given[0].resource_id = pgc_none();
    must(CALL(message_append, APPEND(.thread_id = z("ours"), .messages = given, .count = 2,
                                     .existing = PGC_EXISTING_REPLACE)));
    is_mem(message(0)->resource_id, z("ada"), "what is replaced gets the thread's");
    is_mem(message(1)->resource_id, z("eve"), "or the given one");
    is_str(sql("SELECT string_agg(resource_id, ' ' ORDER BY id) FROM messages "
               "WHERE thread_id = 'ours' AND id < 'o3'"),
           "ada eve", "as stored");
    char text[PGC_ID_MAX + 1];
    memset(text, 'x', sizeof text);
    given[1].resource_id = (pgc_str){text, sizeof text};
    refused(ADD("ours", given), PGC_INVALID, "messages[1].resource_id", "a long one");
    is_int(err.position, 1, "the position is its index");
}

static void test_append(void) {
    make_thread("first", "ada");
    pgc_message_new given[] = {
        MESSAGE(.id = z("f1"), .role = z("system"), .content = z("{\"b\": 1,  \"a\":2}"),
                .type = z("rules"), .metadata = z("{\"n\": 1}"), .created_at = AT(1) + 7),
        MESSAGE(.text = z("plain"), .created_at = AT(1) + 8),
    };
    if (!works(ADD("first", given), "two messages are appended")) return;
    is_int(pgc_result_messages(result), 2, "the result are both");
    is_mem(message(0)->thread_id, z("first"), "the thread");
    is_mem(message(0)->id, z("f1"), "the id");
    is_mem(message(0)->resource_id, z("ada"), "the thread's resource");
    is_mem(message(0)->role, z("system"), "the role");
    is_mem(message(0)->type, z("rules"), "the type");
    is_int(message(0)->created_at, AT(1) + 7, "the time");
    is_int(message(0)->seq, 1, "the seq");
    ok(message(0)->inserted && message(1)->inserted, "both are new");
    ok(message(0)->content.data == NULL && message(1)->text.data == NULL,
       "content is not sent back");
    is_int(message(1)->id.size, 36, "an absent id becomes a UUID");
    ok(message(1)->type.data == NULL, "an absent type is absent");
    is_int(message(1)->seq, 2, "the next seq");
    ok(pgc_result_inserted(result), "something was inserted");
    is_int(pgc_result_last_seq(result), 2, "last_seq");

    must(CALL(message_get, IDS(NULL, form("f1 %s", message(1)->id.data))));
    is_mem(message(0)->content, z("{\"b\": 1,  \"a\":2}"), "content comes back as it was given");
    ok(message(0)->text.data == NULL, "JSON that is no string has no text");
    is_mem(message(0)->metadata, z("{\"n\": 1}"), "metadata");
    is_mem(message(0)->role, z("system"), "role");
    is_mem(message(0)->type, z("rules"), "type");
    is_mem(message(0)->resource_id, z("ada"), "resource");
    is_mem(message(1)->content, z("\"plain\""), "text is a JSON string");
    is_mem(message(1)->text, z("plain"), "and text again");
    is_mem(message(1)->metadata, z("{}"), "no metadata is an empty object");
    is_int(sql_number("SELECT count(*) FROM metadata WHERE thread_id = 'first'"), 1,
           "and takes no row");
    must(CALL(thread_get, z("first")));
    is_int(pgc_result_thread(result, 0)->last_seq, 2, "the thread knows its last seq");
}

static void test_contents(void) {
    static const char *const contents[] = {
        "{\"a\": [1, {\"b\": null}]}",
        "[]",
        "[1, 2]",
        "\"text\"",
        "\"\"",
        "\"\\u0041\\n\"",
        "0",
        "-12.50e+3",
        "true",
        "false",
        "null",
        " {} ",
        "\t\"x\"\n",
    };
    pgc_message_new given[ARRAY_LENGTH(contents)];
    make_thread("contents", NULL);
    for (size_t i = 0; i < ARRAY_LENGTH(contents); i++) {
        given[i] = MESSAGE(.content = z(contents[i]));
    }
    works(ADD("contents", given), "every kind of JSON is a content");
    must(CALL(message_last, z("contents"), 0));
    for (size_t i = 0; i < ARRAY_LENGTH(contents); i++) {
        is_mem(message(i)->content, z(contents[i]), "content %s", contents[i]);
        bool is_text = strchr(contents[i], '"') != NULL && strchr(contents[i], '{') == NULL;
        ok((message(i)->text.data != NULL) == is_text, "is it text?");
    }
    is_mem(message(4)->text, z(""), "the empty text");
    is_mem(message(5)->text, z("A\n"), "escapes are undone in text");
    is_mem(message(12)->text, z("x"), "white space around a string is no text");
}

/* Many in one call keep the order of the array. */
static void test_append_many(void) {
    static const size_t counts[] = {1, 2, 3, 16, 17, 64, 65, 100, 1000, 10000};
    static char contents[100001][8];
    static pgc_message_new given[ARRAY_LENGTH(contents)];
    for (size_t i = 0; i < ARRAY_LENGTH(given); i++) {
        snprintf(contents[i], sizeof contents[i], "%zu", i);
        given[i] = MESSAGE(.content = z(contents[i]));
    }
    for (size_t c = 0; c < ARRAY_LENGTH(counts); c++) {
        size_t n = counts[c];
        char id[32];
        snprintf(id, sizeof id, "many-%zu", n);
        make_thread(id, NULL);
        must(CALL(message_append, APPEND(.thread_id = z(id), .messages = given, .count = n)));
        bool in_order = pgc_result_messages(result) == n;
        for (size_t i = 0; in_order && i < n; i++)
            in_order = message(i)->seq == (int64_t)i + 1;
        ok(in_order, "%zu messages get their seqs in the order of the array", n);
        must(CALL(message_list, MESSAGE_QUERY(.thread_id = z(id), .limit = PGC_LIMIT_MAX)));
        in_order = pgc_result_messages(result) == n;
        for (size_t i = 0; in_order && i < n; i++) {
            in_order = same(message(i)->content, given[i].content);
        }
        ok(in_order, "and are read in it");
    }
    pgc_append *append = APPEND(.thread_id = z("many-1"), .messages = given, .count = 100001);
    refused(CALL(message_append, append), PGC_INVALID, "messages: there are 100001",
            "more than a hundred thousand are refused");
    append->count = 0;
    refused(CALL(message_append, append), PGC_INVALID, "messages: there are 0", "and none, too");
}

/* ---- Times ---- */

/*
 * The times of a thread's messages in the order of reading, in seconds from BASE, "+" for those of
 * now.
 */
static const char *times_of(const char *thread) {
    char text[1000];
    size_t size = 0;
    must(CALL(message_last, z(thread), 100));
    text[0] = '\0';
    for (size_t i = 0; i < pgc_result_messages(result); i++) {
        int64_t at = message(i)->created_at;
        bool is_now = at > AT(20000000) && at < AT(9000000000);
        size += (size_t)snprintf(
            text + size, sizeof text - size, "%s%s", i == 0 ? "" : " ",
            is_now ? form("%s+", message(i)->id.data)
                   : form("%s@%" PRId64, message(i)->id.data, (at - BASE) / 1000000));
    }
    return form("%s", text);
}

static void test_times_as(pgc_existing existing) {
    const struct {
        const char *puts[4], *want, *name;
    } cases[] = {
        {{"a", "b c", "d"}, "a+ b+ c+ d+", "none given"},
        {{"a@5 b@3 c@4"}, "b@3 c@4 a@5", "all given: they decide"},
        {{"a@5", "b@5 c@5", "d@5"}, "a@5 b@5 c@5 d@5", "ties keep the order of appending"},
        {{"a@9999999999", "b", "c d"},
         "a@9999999999 b@9999999999 c@9999999999 d@9999999999",
         "one in the future: those after it are never before it"},
        {{"a@9999999999 b"}, "a@9999999999 b@9999999999", "the same within a batch"},
        {{"a b@9999999999 c d@7 e"},
         "d@7 a+ b@9999999999 c@9999999999 e@9999999999",
         "none, future, none, past, none"},
        {{"a", "b@3", "c"}, "b@3 a+ c+", "an old one goes to its place"},
        {{"b@3", "a"}, "b@3 a+", "an old one first"},
        {{"a@9999999999", "b@9999999998", "c"},
         "b@9999999998 a@9999999999 c@9999999999",
         "the newest counts, not the last"},
    };
    world_existing = existing;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        clear_tables();
        make_thread("time", NULL);
        for (size_t k = 0; k < 4 && cases[i].puts[k] != NULL; k++)
            put("time", cases[i].puts[k]);
        is_str(times_of("time"), cases[i].want, "times, way %d: %s", (int)existing, cases[i].name);
    }
    world_existing = PGC_EXISTING_REFUSE;
}

/* The times that the store gives do not depend on what is to become of ids that exist. */
static void test_times(void) {
    test_times_as(PGC_EXISTING_REFUSE);
    test_times_as(PGC_EXISTING_KEEP);
    test_times_as(PGC_EXISTING_REPLACE);
}

static void test_microseconds(void) {
    make_thread("micro", NULL);
    pgc_message_new odd[] = {MESSAGE(.text = z("x"), .created_at = 1),
                             MESSAGE(.text = z("y"), .created_at = -1),
                             MESSAGE(.text = z("z"), .created_at = AT(1) + 123457)};
    must(ADD("micro", odd));
    must(CALL(message_last, z("micro"), 3));
    is_int(message(0)->created_at, -1, "before 1970");
    is_int(message(1)->created_at, 1, "a microsecond after it");
    is_int(message(2)->created_at, AT(1) + 123457, "kept to the microsecond");
    is_str(sql("SELECT created_at::text FROM messages WHERE thread_id = 'micro' AND seq = 2"),
           "1969-12-31 23:59:59.999999+00", "the table has the same");
}

/* The newest message deleted: what comes next is still not before it, nor has its seq. */
static void test_after_delete(void) {
    make_thread("after", NULL);
    put("after", "z1@9999999999");
    must(CALL(message_delete, IDS("after", "z1")));
    put("after", "z2");
    is_str(times_of("after"), "z2@9999999999", "time does not go back when the newest is deleted");
    is_int(message(0)->seq, 2, "its seq is not used again");
}

/* ---- Ids that exist ---- */

static void test_existing(void) {
    make_thread("ex", NULL);
    pgc_message_new old[] = {
        MESSAGE(.id = z("x1"), .text = z("old"), .metadata = z("{\"o\": 1}"), .created_at = AT(1)),
        MESSAGE(.id = z("x2"), .text = z("old"), .created_at = AT(2))};
    must(ADD("ex", old));
    pgc_message_new next[] = {
        MESSAGE(.id = z("x3"), .text = z("new")),
        MESSAGE(.id = z("x1"), .role = z("tool"), .type = z("t"), .text = z("new"),
                .metadata = z("{\"n\": 2}"), .created_at = AT(9)),
        MESSAGE(.id = z("x2"), .text = z("new")),
        MESSAGE(.text = z("new")),
    };
    char *before = dump();
    refused(ADD("ex", next), PGC_EXISTS, "id", "an id that exists in the thread is refused");
    unchanged(before, "and nothing at all is written");

    works(ADD_AS("ex", next, .existing = PGC_EXISTING_KEEP), "or it may stay");
    is_int(message(0)->seq, 3, "the first new one has the next seq");
    is_int(message(1)->seq, 1, "those that were there keep theirs");
    is_int(message(1)->created_at, AT(1), "and their time");
    is_int(message(3)->seq, 4, "no seq is lost");
    ok(message(0)->inserted && !message(1)->inserted && !message(2)->inserted &&
           message(3)->inserted,
       "inserted tells which were new");
    ok(pgc_result_inserted(result), "some were");
    is_int(pgc_result_last_seq(result), 4, "last_seq");
    must(CALL(message_get, IDS("ex", "x1")));
    is_mem(message(0)->text, z("old"), "what was there is as it was");
    is_mem(message(0)->metadata, z("{\"o\": 1}"), "its metadata, too");

    before = dump();
    pgc_message_new again[] = {next[1], next[2]};
    works(ADD_AS("ex", again, .existing = PGC_EXISTING_KEEP), "nothing but old ones");
    ok(!pgc_result_inserted(result), "nothing was inserted");
    unchanged(before, "and nothing is written, not even the thread's time");

    works(ADD_AS("ex", next, .existing = PGC_EXISTING_REPLACE), "or it may be replaced");
    must(CALL(message_get, IDS("ex", "x1 x2")));
    is_mem(message(0)->text, z("new"), "then the content is the new one");
    is_mem(message(0)->role, z("tool"), "and the role");
    is_mem(message(0)->type, z("t"), "and the type");
    is_mem(message(0)->metadata, z("{\"n\": 2}"), "and the metadata");
    is_int(message(0)->created_at, AT(1), "but not the time");
    is_int(message(0)->seq, 1, "nor the place");
    ok(message(1)->type.data == NULL, "what is absent is absent");
}

static void test_replace_without_metadata(void) {
    make_thread("rep", NULL);
    pgc_message_new given[] = {MESSAGE(.id = z("p1"), .text = z("x"), .metadata = z("{\"o\": 1}"))};
    must(ADD("rep", given));
    given[0].metadata = pgc_none();
    works(ADD_AS("rep", given, .existing = PGC_EXISTING_REPLACE), "a message replaced");
    ok(!message(0)->inserted, "is not inserted");
    must(CALL(message_get, IDS("rep", "p1")));
    is_mem(message(0)->metadata, z("{}"), "by one without metadata has none");
    is_int(sql_number("SELECT count(*) FROM threads t WHERE id = 'rep' AND last_seq = 1 AND "
                      "last_at = (SELECT created_at FROM messages WHERE id = 'p1')"),
           1, "the thread's newest is what it was");
}

static void test_doubles(void) {
    make_thread("double", NULL);
    pgc_message_new given[] = {
        MESSAGE(.id = z("d1"), .text = z("1")), MESSAGE(.text = z("2")),
        MESSAGE(.id = z("d2"), .text = z("3")), MESSAGE(.text = z("4")),
        MESSAGE(.id = z("d1"), .text = z("5")), MESSAGE(.id = z("d1"), .text = z("6"))};
    static const pgc_existing ways[] = {PGC_EXISTING_REFUSE, PGC_EXISTING_KEEP,
                                        PGC_EXISTING_REPLACE};
    char *before = dump();
    for (size_t i = 0; i < ARRAY_LENGTH(ways); i++) {
        refused(ADD_AS("double", given, .existing = ways[i]), PGC_INVALID, "messages[4].id",
                "an id twice in a batch, way %zu", i);
        is_int(err.position, 4, "the position is the second one's");
    }
    unchanged(before, "and nothing is written");
}

/* ---- Ids in other threads ---- */

static void elsewhere_threads(void) {
    clear_tables();
    make_thread("from", "ada");
    make_thread("to", "ada");
    make_thread("other", "bob");
    make_thread("free", NULL);
    make_thread("free2", NULL);
    pgc_message_new given[] = {MESSAGE(.id = z("m1"), .text = z("old"),
                                       .metadata = z("{\"old\": 1}"), .created_at = AT(1)),
                               MESSAGE(.id = z("m2"), .text = z("old"), .created_at = AT(2))};
    must(ADD("from", given));
    put("free", "n1@1");
}

static void test_elsewhere(void) {
    pgc_message_new given[] = {MESSAGE(.text = z("new")),
                               MESSAGE(.id = z("m1"), .text = z("new"), .created_at = AT(50))};
    pgc_message_new of_nobody[] = {MESSAGE(.id = z("n1"), .text = z("new"))};
    static const pgc_existing ways[] = {PGC_EXISTING_REFUSE, PGC_EXISTING_KEEP,
                                        PGC_EXISTING_REPLACE};
    for (size_t i = 0; i < ARRAY_LENGTH(ways); i++) {
        elsewhere_threads();
        char *before = dump();
        refused(ADD_AS("to", given, .existing = ways[i]), PGC_EXISTS, "\"m1\"",
                "way %zu: an id that stands in another thread is refused", i);
        is_int(err.position, 1, "the position is its index");
        ok(err.hint[0] != '\0', "there is a hint");
        refused(ADD_AS("other", given, .existing = ways[i], .elsewhere = PGC_ELSEWHERE_MOVE),
                PGC_EXISTS, "\"m1\"", "it is not moved to another resource");
        refused(ADD_AS("free", given, .existing = ways[i], .elsewhere = PGC_ELSEWHERE_MOVE),
                PGC_EXISTS, "\"m1\"", "nor to none");
        refused(ADD_AS("nobody", given, .existing = ways[i], .elsewhere = PGC_ELSEWHERE_MOVE_ANY),
                PGC_NOT_FOUND, "thread", "nor to a thread that is not there");
        unchanged(before, "and nothing is written");

        works(ADD_AS("to", given, .existing = ways[i], .elsewhere = PGC_ELSEWHERE_MOVE),
              "it is moved within a resource");
        ok(message(1)->inserted, "it is new here");
        is_int(message(1)->seq, 2, "at the end");
        is_int(sql_number("SELECT count(*) FROM messages WHERE id = 'm1'"), 1, "it stands once");
        must(CALL(message_get, IDS("to", "m1")));
        is_mem(message(0)->text, z("new"), "with the new content");
        is_int(message(0)->created_at, AT(50), "at the new time");
        is_mem(message(0)->metadata, z("{\"old\": 1}"), "its metadata goes along");
        is_int(sql_number("SELECT count(*) FROM metadata"), 1, "and is nowhere else");

        works(ADD_AS("free2", of_nobody, .existing = ways[i], .elsewhere = PGC_ELSEWHERE_MOVE),
              "threads of nobody are of one resource");
        works(ADD_AS("other", given, .existing = ways[i], .elsewhere = PGC_ELSEWHERE_MOVE_ANY),
              "it is moved to any resource if the caller says so");
        must(CALL(message_get, IDS(NULL, "m1")));
        is_mem(message(0)->thread_id, z("other"), "there it is");
        is_mem(message(0)->resource_id, z("bob"), "with the resource of its new thread");
        is_int(sql_number("SELECT count(*) FROM messages WHERE thread_id = 'from'"), 1,
               "others stay where they are");
    }
}

static void test_move_with_metadata(void) {
    static const pgc_existing ways[] = {PGC_EXISTING_REFUSE, PGC_EXISTING_KEEP,
                                        PGC_EXISTING_REPLACE};
    for (size_t i = 0; i < ARRAY_LENGTH(ways); i++) {
        elsewhere_threads();
        pgc_message_new given[] = {
            MESSAGE(.id = z("m1"), .text = z("new"), .metadata = z("{\"new\": 2}"))};
        works(ADD_AS("to", given, .existing = ways[i], .elsewhere = PGC_ELSEWHERE_MOVE),
              "way %zu: a message with metadata is moved and given other metadata", i);
        works(CALL(metadata_get, z("to"), z("m1")), "which is");
        is_mem(pgc_result_metadata(result), z("{\"new\": 2}"), "the given one");
    }
}

/* One refused message keeps all others from moving. */
static void test_move_all_or_none(void) {
    elsewhere_threads();
    put("other", "o1");
    pgc_message_new given[] = {MESSAGE(.id = z("m1"), .text = z("x")),
                               MESSAGE(.id = z("o1"), .text = z("x"))};
    char *before = dump();
    refused(ADD_AS("to", given, .elsewhere = PGC_ELSEWHERE_MOVE), PGC_EXISTS, "another thread",
            "one that may not move keeps the other");
    unchanged(before, "and nothing is written");
    works(ADD_AS("to", given, .elsewhere = PGC_ELSEWHERE_MOVE_ANY), "if both may move, both do");
    is_int(sql_number("SELECT count(*) FROM messages WHERE thread_id = 'to'"), 2, "there they are");
}

static void test_no_thread(void) {
    pgc_message_new given[] = {
        MESSAGE(.id = z("lost"), .text = z("x"), .metadata = z("{\"a\":1}"))};
    static const pgc_existing ways[] = {PGC_EXISTING_REFUSE, PGC_EXISTING_KEEP,
                                        PGC_EXISTING_REPLACE};
    char *before = dump();
    for (size_t i = 0; i < ARRAY_LENGTH(ways); i++) {
        refused(ADD_AS("nobody", given, .existing = ways[i]), PGC_NOT_FOUND, "no such thread",
                "no thread to append to, way %zu", i);
    }
    unchanged(before, "and nothing is written");
}

static void tests(void) {
    test_append();
    test_resource();
    test_contents();
    test_append_many();
    test_times();
    test_microseconds();
    test_after_delete();
    test_existing();
    test_replace_without_metadata();
    test_doubles();
    test_elsewhere();
    test_move_with_metadata();
    test_move_all_or_none();
    test_no_thread();
}

int main(void) {
    return world_run("message", tests);
}
