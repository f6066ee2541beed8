/*
 * What goes in comes out: contents byte for byte, titles and metadata with every character that a
 * string can hold; and what cannot be kept is refused, with the place.
 */
#include "base/json.h"
#include "live/world.h"
#include "unit/gen.h"

#define SURROGATE_HIGH "\xed\xa0\xbd" /* U+D83D alone */
#define SURROGATE_LOW "\xed\xb8\x80"  /* U+DE00 alone */
#define INTRODUCER "\xef\xb7\x90"     /* U+FDD0 */

static const pgc_message *message(size_t i) {
    return pgc_result_message(result, i);
}

/* ---- Contents ---- */

static const char *const contents[] = {
    "{\"b\":1,\"a\":2,\"\":3}",
    " \t\r\n{ \"a\" :\t[ 1 ,2 ]\n}\r\n ",
    "{\"a\":1,\"a\":2,\"a\":{\"a\":1,\"a\":1}}",
    "[1.10,1e400,-0,-0.0,0.10e-7,1E+2,123456789012345678901234567890,1e-400]",
    "\"\\u0000\\u0001\\u001f\\u007f\"",
    "\"a\\u0000b\"",
    "{\"\\u0000\":\"\\u0000\"}",
    "\"\\ud83d\"",
    "\"\\ude00\\ud83d\"",
    "[\"\\uD83D\\uDE00\",\"\\ud83d\\ude00\",\"\xf0\x9f\x98\x80\"]",
    "\"" INTRODUCER "0000\\ufdd0\"",
    "\"\\/ / \\\\ \\\" \\b\\f\\n\\r\\t\"",
    "\"\\u00e4\xc3\xa4\\u0041\"",
    "\"\xef\xbb\xbf\xef\xbf\xbe\xef\xbf\xbf\"",
    "[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]",
    "\"$1 'quotes' \\\\x41 %s ; -- DROP\"",
    "   null   ",
};

static void test_contents(void) {
    pgc_message_new given[ARRAY_LENGTH(contents)];
    make_thread("contents", NULL);
    for (size_t i = 0; i < ARRAY_LENGTH(contents); i++) {
        given[i] = MESSAGE(.id = z(form("c%zu", i)), .content = z(contents[i]));
    }
    must(CALL(message_append, APPEND(.thread_id = z("contents"), .messages = given,
                                     .count = ARRAY_LENGTH(contents))));
    must(CALL(message_last, z("contents"), 100));
    for (size_t i = 0; i < ARRAY_LENGTH(contents); i++) {
        is_mem(message(i)->content, z(contents[i]), "content %zu comes back byte for byte", i);
    }
    for (size_t i = 0; i < ARRAY_LENGTH(contents); i++) {
        must(CALL(message_update, MESSAGE_CHANGE(.id = z("c0"), .content = z(contents[i]))));
        is_mem(message(0)->content, z(contents[i]), "content %zu after an update", i);
    }
}

/* Every code point there is, lone surrogates too; a space keeps two of these from making a pair. */
static void add_all_of_unicode(struct buf *buf) {
    buf_init(buf, SIZE_MAX);
    for (uint32_t c = 0; c <= 0x10ffff; c++) {
        char bytes[4];
        buf_add(buf, bytes, utf8_encode(c, bytes));
        if (c == 0xdbff) buf_add_char(buf, ' ');
    }
}

static void test_all_of_unicode(void) {
    struct buf all, quoted;
    add_all_of_unicode(&all);
    pgc_str text = {all.data, all.size};
    make_thread("unicode", NULL);
    pgc_message_new given = MESSAGE(.id = z("all"), .text = text);
    works(CALL(message_append, APPEND(.thread_id = z("unicode"), .messages = &given, .count = 1)),
          "a text of all code points");
    must(CALL(message_last, z("unicode"), 1));
    ok(same(message(0)->text, text), "comes back");

    buf_init(&quoted, SIZE_MAX);
    buf_add_z(&quoted, "{\"k\": ");
    json_quote(&quoted, text);
    buf_add_z(&quoted, "}");
    works(CALL(metadata_replace, z("unicode"), pgc_none(), (pgc_str){quoted.data, quoted.size}),
          "metadata of all code points");
    struct json_members members;
    pgc_str key = pgc_none(), value = pgc_none();
    json_members_begin(&members, pgc_result_metadata(result));
    ok(json_members_next(&members, &key, &value), "has its key");
    char *back = NULL;
    size_t size = 0;
    ok(pgc_json_unquote(value, &back, &size, &err) == 0 && same((pgc_str){back, size}, text),
       "comes back");
    free(back);
    buf_free(&quoted);
    buf_free(&all);
}

/* Titles hold at most 1 MiB, so all code points go in pieces. */
static void test_titles_of_unicode(void) {
    struct buf all;
    add_all_of_unicode(&all);
    make_thread("title", NULL);
    bool held = true;
    int pieces = 0;
    for (size_t at = 0; held && at < all.size; pieces++) {
        size_t end = at + 300000 < all.size ? at + 300000 : all.size;
        while (end < all.size && ((unsigned char)all.data[end] & 0xc0) == 0x80)
            end--;
        pgc_str piece = {all.data + at, end - at};
        must(CALL(thread_update, THREAD_CHANGE(.id = z("title"), .title = piece)));
        held = same(pgc_result_thread(result, 0)->title, piece);
        at = end;
    }
    ok(held, "titles of all code points, in %d pieces", pieces);
    buf_free(&all);
}

static void test_big(void) {
    size_t size = 10 * 1024 * 1024;
    char *text = malloc(size);
    for (size_t i = 0; i < size; i++)
        text[i] = (char)('a' + i * 7 % 26);
    memcpy(text + size - 3, INTRODUCER, 3);
    text[0] = '\0';
    make_thread("big", NULL);
    pgc_message_new given[] = {MESSAGE(.text = {text, size}), MESSAGE(.text = z("small"))};
    works(CALL(message_append, APPEND(.thread_id = z("big"), .messages = given, .count = 2)),
          "a text of 10 MB");
    must(CALL(message_last, z("big"), 2));
    ok(same(message(0)->text, (pgc_str){text, size}), "comes back");
    is_mem(message(1)->text, z("small"), "beside a small one");
    text[0] = '"';
    text[size - 3] = text[size - 2] = 'x';
    text[size - 1] = '"';
    pgc_str json = {text, size};
    works(CALL(message_update, MESSAGE_CHANGE(.id = message(0)->id, .content = json)),
          "a content of 10 MB");
    ok(same(message(0)->content, json), "comes back");
    free(text);
}

/* ---- Titles and metadata ---- */

static const pgc_str awkward[] = {
    RAW(""),
    RAW("\0"),
    RAW("a\0b"),
    RAW("\0\0"),
    RAW(SURROGATE_HIGH),
    RAW(SURROGATE_LOW),
    RAW(SURROGATE_LOW SURROGATE_HIGH),
    RAW("x" SURROGATE_HIGH "y"),
    RAW(INTRODUCER),
    RAW(INTRODUCER "0000"),
    RAW(INTRODUCER "fdd0"),
    RAW(INTRODUCER "d83d" INTRODUCER "de00"),
    RAW(INTRODUCER "\0" INTRODUCER),
    RAW("\\u0000 \\\\ \" ' \n\t\r\b\f\x7f"),
    RAW("\xf0\x9f\x98\x80 \xef\xbf\xbf"),
};

static void test_titles(void) {
    for (size_t i = 0; i < ARRAY_LENGTH(awkward); i++) {
        works(CALL(thread_create, NEW_THREAD(.id = z(form("aw%zu", i)), .title = awkward[i])),
              "title %zu", i);
        is_mem(pgc_result_thread(result, 0)->title, awkward[i], "comes back");
        must(CALL(thread_get, z(form("aw%zu", i))));
        is_mem(pgc_result_thread(result, 0)->title, awkward[i], "is read");
    }
    must(CALL(thread_list, THREAD_QUERY()));
    size_t found = 0;
    for (size_t i = 0; i < pgc_result_threads(result); i++) {
        const pgc_thread *thread = pgc_result_thread(result, i);
        if (thread->id.data[0] != 'a') continue;
        found += same(thread->title, awkward[strtoul(thread->id.data + 2, NULL, 10)]);
    }
    is_int(found, ARRAY_LENGTH(awkward), "and is listed");
}

/* An object of one member, {"key": "value"}, both given as plain text; good until the next call. */
static pgc_str member(pgc_str key, pgc_str value) {
    static struct buf buf;
    buf_free(&buf);
    buf_init(&buf, SIZE_MAX);
    buf_add_char(&buf, '{');
    json_quote(&buf, key);
    buf_add_char(&buf, ':');
    json_quote(&buf, value);
    buf_add_char(&buf, '}');
    return (pgc_str){buf.data, buf.size};
}

/* Is the document {key: value}, as plain texts? */
static bool is_member(pgc_str document, pgc_str key, pgc_str value) {
    struct json_members members;
    pgc_str found_key, found_value;
    char *plain_key = NULL, *plain_value = NULL;
    size_t key_size = 0, value_size = 0;
    json_members_begin(&members, document);
    bool holds = json_members_next(&members, &found_key, &found_value) &&
                 pgc_json_unquote(found_key, &plain_key, &key_size, NULL) == 0 &&
                 pgc_json_unquote(found_value, &plain_value, &value_size, NULL) == 0 &&
                 same((pgc_str){plain_key, key_size}, key) &&
                 same((pgc_str){plain_value, value_size}, value) &&
                 !json_members_next(&members, &found_key, &found_value);
    free(plain_key);
    free(plain_value);
    return holds;
}

static void test_metadata(void) {
    clear_tables();
    make_thread("t", "ada");
    put("t", "m");
    for (size_t i = 0; i < ARRAY_LENGTH(awkward); i++) {
        pgc_str key = awkward[i], value = awkward[ARRAY_LENGTH(awkward) - 1 - i];
        const char *owner = i % 2 == 0 ? NULL : "m";
        works(CALL(metadata_replace, z("t"), z(owner), member(key, value)), "string %zu", i);
        ok(is_member(pgc_result_metadata(result), key, value), "key and value come back");
        must(CALL(metadata_get, z("t"), z(owner)));
        ok(is_member(pgc_result_metadata(result), key, value), "and are read");
        if (owner == NULL) {
            must(CALL(thread_list, THREAD_QUERY(.metadata = member(key, value))));
            is_str(shown(), "t", "a thread is found by it");
            must(CALL(thread_list, THREAD_QUERY(.metadata = member(key, z("other")))));
        } else {
            must(CALL(message_find, member(key, value), 0, pgc_none()));
            is_str(shown(), "m", "a message is found by it");
            must(CALL(message_list,
                      MESSAGE_QUERY(.resource_id = z("ada"), .metadata = member(key, value))));
            is_str(shown(), "m", "and listed by it");
            must(CALL(message_find, member(key, z("other")), 0, pgc_none()));
        }
        is_str(shown(), "", "and not by another one");
        works(CALL(metadata_remove, z("t"), z(owner), &key, 1), "the key is removed");
        is_mem(pgc_result_metadata(result), z("{}"), "nothing is left");
        works(CALL(metadata_merge, z("t"), z(owner), member(key, value)), "and merged in");
        ok(is_member(pgc_result_metadata(result), key, value), "comes back");
        must(CALL(metadata_remove, z("t"), z(owner), &key, 1));
    }
}

/* The same within a merge in depth. */
static void test_deep(void) {
    make_thread("deep", NULL);
    must(CALL(metadata_merge, z("deep"), pgc_none(),
              z("{\"a\\u0000\": {\"\\ud83d\": {\"\\ufdd0\": 1, \"x\": 2}}}")));
    must(CALL(metadata_merge, z("deep"), pgc_none(),
              z("{\"a\\u0000\": {\"\\ud83d\": {\"\\ufdd0\": null, \"y\": \"\\u0000\"}}}")));
    is_mem(pgc_result_metadata(result),
           z("{\"a\\u0000\": {\"\\ud83d\": {\"x\": 2, \"y\": \"\\u0000\"}}}"), "keys in depth");
}

static void test_numbers(void) {
    make_thread("numbers", NULL);
    must(CALL(metadata_replace, z("numbers"), pgc_none(),
              z("{\"a\": 1.10, \"b\": 123456789012345678901234567890, \"c\": 1e3, \"d\": "
                "0.000000000000000000000000000001}")));
    is_mem(pgc_result_metadata(result),
           z("{\"a\": 1.10, \"b\": 123456789012345678901234567890, \"c\": 1000, \"d\": "
             "0.000000000000000000000000000001}"),
           "numbers keep all digits");
    char *before = dump();
    refused(CALL(metadata_replace, z("numbers"), pgc_none(), z("{\"a\": 1e999999}")), PGC_DATA, "",
            "one that the database cannot hold is refused");
    unchanged(before, "and nothing is written");
}

/* ---- What is refused ---- */

static void test_nul(void) {
    make_thread("nul", NULL);
    pgc_str id = BYTES("ab\0c");
    char *before = dump();
    refused(CALL(thread_create, NEW_THREAD(.id = id)), PGC_INVALID, "id", "a NUL in an id");
    is_int(err.position, 2, "with its place");
    refused(CALL(thread_create, NEW_THREAD(.resource_id = id)), PGC_INVALID, "resource_id",
            "in a resource");
    is_int(err.position, 2, "with its place");
    refused(CALL(thread_get, id), PGC_INVALID, "thread_id", "in a thread to get");
    const struct {
        pgc_message_new message;
        const char *words;
        int64_t position;
    } cases[] = {
        {MESSAGE(.id = id, .text = z("x")), "messages[1].id", 2},
        {MESSAGE(.role = id, .text = z("x")), "messages[1].role", 2},
        {MESSAGE(.type = id, .text = z("x")), "messages[1].type", 2},
        {MESSAGE(.content = BYTES("\"a\0b\"")), "messages[1].content", 2},
        {MESSAGE(.content = BYTES("[1]\0")), "messages[1].content", 3},
        {MESSAGE(.text = z("x"), .metadata = BYTES("{\"a\":\0}")), "messages[1].metadata", 5},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        pgc_message_new two[] = {MESSAGE(.text = z("good")), cases[i].message};
        refused(CALL(message_append, APPEND(.thread_id = z("nul"), .messages = two, .count = 2)),
                PGC_INVALID, cases[i].words, "message %zu with a NUL", i);
        is_int(err.position, cases[i].position, "with its place");
    }
    unchanged(before, "and nothing is written");
}

static void test_bad_utf8(void) {
    static const struct {
        pgc_str bytes;
        int64_t position;
    } cases[] = {
        {RAW("a\xff"), 1},
        {RAW("\x80"), 0},
        {RAW("ab\xc3"), 2},
        {RAW("a\xc0\x80"), 1},
        {RAW("\xf4\x90\x80\x80"), 0},
        {RAW("a\xe2\x82z"), 1},
        {RAW("\xf0\x82\x82\xac"), 0},
        {RAW(SURROGATE_HIGH SURROGATE_LOW), 0},
    };
    make_thread("utf8", NULL);
    char *before = dump();
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        pgc_str bytes = cases[i].bytes;
        refused(CALL(thread_create, NEW_THREAD(.id = bytes)), PGC_INVALID, "id", "id %zu", i);
        is_int(err.position, cases[i].position, "where");
        refused(CALL(thread_create, NEW_THREAD(.title = bytes)), PGC_INVALID, "title", "title %zu",
                i);
        is_int(err.position, cases[i].position, "where");
        pgc_message_new bad = MESSAGE(.text = bytes);
        refused(CALL(message_append, APPEND(.thread_id = z("utf8"), .messages = &bad, .count = 1)),
                PGC_INVALID, "messages[0].text", "text %zu", i);
        is_int(err.position, cases[i].position, "where");
        char json[32] = "\"";
        memcpy(json + 1, bytes.data, bytes.size);
        json[1 + bytes.size] = '"';
        bad = MESSAGE(.content = {json, bytes.size + 2});
        refused(CALL(message_append, APPEND(.thread_id = z("utf8"), .messages = &bad, .count = 1)),
                PGC_INVALID, "messages[0].content", "content %zu", i);
        is_int(err.position, cases[i].position + 1, "where");
        refused(CALL(metadata_remove, z("utf8"), pgc_none(), &bytes, 1), PGC_INVALID, "keys",
                "key %zu", i);
    }
    pgc_str surrogate = BYTES("a" SURROGATE_HIGH);
    refused(CALL(thread_create, NEW_THREAD(.id = surrogate)), PGC_INVALID, "id",
            "ids hold no lone surrogates");
    is_int(err.position, 1, "where");
    refused(CALL(thread_create, NEW_THREAD(.metadata = BYTES("{\"\xed\xa0\xbd\": 1}"))),
            PGC_INVALID, "metadata", "JSON holds them as escapes only");
    is_int(err.position, 2, "where");
    unchanged(before, "and nothing is written");
}

/* ---- At random ---- */

enum { ROUNDS = 40, PER_ROUND = 25 };

static void test_random_contents(void) {
    uint64_t seed = 7;
    bool held = true;
    make_thread("random", NULL);
    for (int round = 0; held && round < ROUNDS; round++) {
        struct buf bufs[PER_ROUND];
        pgc_message_new given[PER_ROUND];
        for (size_t i = 0; i < PER_ROUND; i++) {
            buf_init(&bufs[i], SIZE_MAX);
            bool text = gen_number(&seed, 2) == 0;
            if (text) {
                gen_text(&bufs[i], &seed, 30);
            } else {
                gen_json(&bufs[i], &seed, 4);
            }
            pgc_str bytes = {bufs[i].size == 0 ? "" : bufs[i].data, bufs[i].size};
            given[i] = text ? MESSAGE(.text = bytes) : MESSAGE(.content = bytes);
        }
        must(CALL(message_append,
                  APPEND(.thread_id = z("random"), .messages = given, .count = PER_ROUND)));
        must(CALL(message_last, z("random"), PER_ROUND));
        for (size_t i = 0; i < PER_ROUND; i++) {
            held =
                held && (given[i].text.data != NULL ? same(message(i)->text, given[i].text)
                                                    : same(message(i)->content, given[i].content));
            buf_free(&bufs[i]);
        }
    }
    ok(held, "a thousand random contents come back");
}

/* A document comes back with the same values; written once more, nothing changes. */
static void test_random_metadata(void) {
    uint64_t seed = 11;
    bool held = true, fixed = true;
    make_thread("random metadata", NULL);
    for (int round = 0; round < 300; round++) {
        struct buf key, value, document;
        buf_init(&key, SIZE_MAX);
        buf_init(&value, SIZE_MAX);
        buf_init(&document, SIZE_MAX);
        gen_text(&key, &seed, 8);
        gen_text(&value, &seed, 20);
        pgc_str k = {key.size == 0 ? "" : key.data, key.size};
        pgc_str v = {value.size == 0 ? "" : value.data, value.size};
        must(CALL(metadata_replace, z("random metadata"), pgc_none(), member(k, v)));
        held = held && is_member(pgc_result_metadata(result), k, v);
        buf_add_z(&document, "{\"k\":");
        gen_json(&document, &seed, 5);
        buf_add_char(&document, '}');
        must(CALL(metadata_replace, z("random metadata"), pgc_none(),
                  (pgc_str){document.data, document.size}));
        buf_free(&document);
        buf_init(&document, SIZE_MAX);
        buf_add(&document, pgc_result_metadata(result).data, pgc_result_metadata(result).size);
        pgc_str once = {document.data, document.size};
        must(CALL(metadata_replace, z("random metadata"), pgc_none(), once));
        fixed = fixed && same(pgc_result_metadata(result), once);
        buf_free(&key);
        buf_free(&value);
        buf_free(&document);
    }
    ok(held, "random keys and values come back");
    ok(fixed, "random documents are the same when written again");
}

static void tests(void) {
    test_contents();
    test_all_of_unicode();
    test_titles_of_unicode();
    test_big();
    test_titles();
    test_metadata();
    test_deep();
    test_numbers();
    test_nul();
    test_bad_utf8();
    test_random_contents();
    test_random_metadata();
}

int main(void) {
    return world_run("bytes", tests);
}
