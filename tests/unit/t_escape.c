#include "base/escape.h"
#include "base/json.h"
#include "base/utf8.h"
#include "gen.h"
#include "mem_fail.h"
#include "tap.h"

#define TEXT(literal) \
    { literal, sizeof(literal) - 1 }
#define INTRO "\xef\xb7\x90"

typedef int escape_fn(struct arena *arena, pgc_str in, pgc_str *out);

static pgc_str content(const struct buf *buf) {
    return (pgc_str){buf->data, buf->size};
}

struct sample {
    pgc_str plain;
    pgc_str escaped;
};

static const struct sample texts[] = {
    {TEXT("\0"), TEXT(INTRO "0000")},
    {TEXT("a\0b\0"), TEXT("a" INTRO "0000b" INTRO "0000")},
    {TEXT("\xed\xa0\xbd"), TEXT(INTRO "d83d")},
    {TEXT("x\xed\xb8\x80y"), TEXT("x" INTRO "de00y")},
    {TEXT("\xed\xa0\x80\xed\xaf\xbf"), TEXT(INTRO "d800" INTRO "dbff")},
    {TEXT("\xed\xb0\x80\xed\xbf\xbf"), TEXT(INTRO "dc00" INTRO "dfff")},
    {TEXT(INTRO), TEXT(INTRO "fdd0")},
    {TEXT(INTRO "0000"), TEXT(INTRO "fdd00000")},
    {TEXT(INTRO INTRO "fdd0"), TEXT(INTRO "fdd0" INTRO "fdd0fdd0")},
    {TEXT("caf\xc3\xa9\0\xf0\x9f\x98\x80"), TEXT("caf\xc3\xa9" INTRO "0000\xf0\x9f\x98\x80")},
};

static const struct sample jsons[] = {
    {TEXT("\"\\u0000\""), TEXT("\"" INTRO "0000\"")},
    {TEXT("\"a\\ud83d\""), TEXT("\"a" INTRO "d83d\"")},
    {TEXT("\"\\ude00\\ud83d\""), TEXT("\"" INTRO "de00" INTRO "d83d\"")},
    {TEXT("\"\\ud83d\\ud83d\\ude00\""), TEXT("\"" INTRO "d83d\\ud83d\\ude00\"")},
    {TEXT("\"" INTRO "0000\""), TEXT("\"" INTRO "fdd00000\"")},
    {TEXT("{\"\\u0000\": [\"\\u0000\", {\"\\udfff\":1}]}"),
     TEXT("{\"" INTRO "0000\": [\"" INTRO "0000\", {\"" INTRO "dfff\":1}]}")},
    {TEXT("\"\\\\\\u0000\\\\u0000\""), TEXT("\"\\\\" INTRO "0000\\\\u0000\"")},
};

/* Strings that need no escape come back as they are, without a copy. */
static const pgc_str same_texts[] = {
    TEXT(""),
    TEXT("plain text, long enough for several words"),
    TEXT("caf\xc3\xa9 \xe2\x82\xac \xed\x9f\xbf \xee\x80\x80 \xf0\x9f\x98\x80"),
    TEXT("\xef\xb7\x8f \xef\xb7\x91 \xef\xbf\xbf \xef\xbb\xbf"),
    TEXT("\\u0000 \x01\x7f"),
};

static const pgc_str same_jsons[] = {
    TEXT("{\"a\": [1, true, \"x\\n\"]}"),      TEXT("\"\\ud83d\\ude00 \\uD83D\\uDE00 \\u00e9\""),
    TEXT("\"\\\\u0000 \\\\ud83d\""),           TEXT("\"\\\\\\\\u0000\""),
    TEXT("\"\xef\xb7\x91 \xf0\x9f\x98\x80\""), TEXT("\"\\ufdd1\\u0001\\ue000\\ud7ff\""),
};

/* The introducer with something behind it that was never written by the escape. */
static const pgc_str foreign[] = {
    TEXT(INTRO),
    TEXT(INTRO "000"),
    TEXT("x" INTRO "FDD0"),
    TEXT(INTRO "D83D"),
    TEXT(INTRO "0001"),
    TEXT(INTRO "e000"),
    TEXT(INTRO "d7ff"),
    TEXT(INTRO "00g0"),
    TEXT(INTRO " 0000"),
    TEXT(INTRO "\xef\xb7"),
    TEXT("0000fdd0d83d"),
    TEXT(INTRO INTRO),
    TEXT(INTRO INTRO "d"),
    TEXT("\xef\xb7\x91"
         "0000"),
};

static void check_same(escape_fn *fn, pgc_str in, const char *name) {
    struct arena arena = {0};
    pgc_str out = pgc_none();
    is_int(fn(&arena, in, &out), 0, "%s: %s", name, in.data == NULL ? "absent" : in.data);
    ok(out.data == in.data && out.size == in.size, "is itself");
    is_int(mem_live, 0, "and takes no memory");
    arena_free(&arena);
}

static void check_sample(escape_fn *fn, pgc_str in, pgc_str want, const char *name) {
    struct arena arena = {0};
    pgc_str out = pgc_none();
    is_int(fn(&arena, in, &out), 0, "%s: %s", name, in.data);
    if (is_mem(out, want, "becomes what it should")) {
        is_int(out.data[out.size], 0, "with a NUL behind it");
    }
    arena_free(&arena);
}

static void test_samples(void) {
    for (size_t i = 0; i < ARRAY_LENGTH(texts); i++) {
        check_sample(escape_text, texts[i].plain, texts[i].escaped, "escape_text");
        check_sample(unescape_text, texts[i].escaped, texts[i].plain, "unescape_text");
    }
    for (size_t i = 0; i < ARRAY_LENGTH(jsons); i++) {
        check_sample(escape_json, jsons[i].plain, jsons[i].escaped, "escape_json");
        check_sample(unescape_json, jsons[i].escaped, jsons[i].plain, "unescape_json");
        is_int(json_check(jsons[i].plain, NULL, "x", NULL), 0, "the sample is valid JSON");
        is_int(json_check(jsons[i].escaped, NULL, "x", NULL), 0, "escaped too");
    }
    /* Other spellings, that do not come back as they were. */
    check_sample(escape_json, (pgc_str)TEXT("\"\\ufdd0\\uFDD0\\uD83D\""),
                 (pgc_str)TEXT("\"" INTRO "fdd0" INTRO "fdd0" INTRO "d83d\""), "escape_json");
    check_sample(unescape_text, (pgc_str)TEXT("a" INTRO "d83d" INTRO "de00z"),
                 (pgc_str)TEXT("a\xf0\x9f\x98\x80z"), "unescape_text of a foreign pair");
    check_sample(unescape_text, (pgc_str)TEXT(INTRO INTRO "0000"), (pgc_str)TEXT(INTRO "\0"),
                 "unescape_text");
}

static void test_same(void) {
    static escape_fn *const all[] = {escape_text, unescape_text, escape_json, unescape_json};
    for (size_t i = 0; i < ARRAY_LENGTH(all); i++) {
        check_same(all[i], pgc_none(), "absent");
        check_same(all[i], pgc_z(""), "empty");
    }
    for (size_t i = 0; i < ARRAY_LENGTH(same_texts); i++) {
        check_same(escape_text, same_texts[i], "escape_text");
        check_same(unescape_text, same_texts[i], "unescape_text");
    }
    for (size_t i = 0; i < ARRAY_LENGTH(same_jsons); i++) {
        check_same(escape_json, same_jsons[i], "escape_json");
        check_same(unescape_json, same_jsons[i], "unescape_json");
    }
    for (size_t i = 0; i < ARRAY_LENGTH(foreign); i++) {
        check_same(unescape_text, foreign[i], "unescape_text");
        check_same(unescape_json, foreign[i], "unescape_json");
    }
}

static bool equal(pgc_str a, pgc_str b) {
    return a.size == b.size && memcmp(a.data, b.data, a.size) == 0;
}

static void test_random_text(void) {
    uint64_t state = 42;
    int refused = 0;
    int differ = 0;
    int changed = 0;
    for (int i = 0; i < 20000; i++) {
        struct arena arena = {0};
        struct buf text;
        pgc_str escaped;
        pgc_str back;
        buf_init(&text, SIZE_MAX);
        buf_add(&text, "", 0);
        gen_text(&text, &state, 20);
        if (gen_number(&state, 2) == 0) {
            buf_add_z(&text, INTRO "0000");
        }
        differ += escape_text(&arena, content(&text), &escaped) != 0;
        changed += escaped.data != text.data;
        refused += !utf8_check(escaped, NULL) || memchr(escaped.data, 0, escaped.size) != NULL;
        differ += unescape_text(&arena, escaped, &back) != 0 || !equal(back, content(&text));
        arena_free(&arena);
        buf_free(&text);
    }
    ok(changed > 10000, "%d random texts need the escape", changed);
    is_int(refused, 0, "escaped, PostgreSQL takes them");
    is_int(differ, 0, "and they come back unchanged");
}

/* However a JSON string is spelled, its text is the same before and after. */
static void test_random_json(void) {
    uint64_t state = 4711;
    int refused = 0;
    int differ = 0;
    int disagree = 0;
    for (int i = 0; i < 20000; i++) {
        struct arena arena = {0};
        struct buf json;
        struct buf text;
        struct buf again;
        pgc_str escaped;
        pgc_str back;
        buf_init(&json, SIZE_MAX);
        buf_init(&text, SIZE_MAX);
        buf_init(&again, SIZE_MAX);
        gen_json_string(&json, &state, 12);
        json_unquote(&text, content(&json));

        differ += escape_json(&arena, content(&json), &escaped) != 0;
        refused += json_check(escaped, NULL, "x", NULL) != 0;
        differ += unescape_json(&arena, escaped, &back) != 0;
        differ += json_check(back, NULL, "x", NULL) != 0;
        json_unquote(&again, back);
        differ += !equal(content(&text), content(&again));

        /* The server sees the same string as in a text column. */
        buf_reset(&again);
        json_unquote(&again, escaped);
        refused += !utf8_check(content(&again), NULL) || memchr(again.data, 0, again.size) != NULL;
        differ += escape_text(&arena, content(&text), &escaped) != 0;
        disagree += !equal(escaped, content(&again));
        arena_free(&arena);
        buf_free(&json);
        buf_free(&text);
        buf_free(&again);
    }
    is_int(refused, 0, "random JSON strings: escaped, jsonb takes them");
    is_int(differ, 0, "and their text comes back unchanged");
    is_int(disagree, 0, "a string has one escaped form, in jsonb and in text columns");
}

/* The reverse may meet anything that others wrote. */
static void test_random_foreign(void) {
    uint64_t state = 99;
    int wrong = 0;
    for (int i = 0; i < 50000; i++) {
        struct arena arena = {0};
        struct buf text;
        pgc_str back;
        buf_init(&text, SIZE_MAX);
        buf_add(&text, "", 0);
        for (uint32_t n = gen_number(&state, 8); n > 0; n--) {
            static const char *const pieces[] = {INTRO,  "d83d", "de00",    "0000",
                                                 "fdd0", "d",    "\xc3\xa9"};
            buf_add_z(&text, pieces[gen_number(&state, ARRAY_LENGTH(pieces))]);
        }
        wrong += unescape_text(&arena, content(&text), &back) != 0 || !utf8_check_loose(back, NULL);
        wrong += unescape_json(&arena, content(&text), &back) != 0 || !utf8_check(back, NULL);
        arena_free(&arena);
        buf_free(&text);
    }
    is_int(wrong, 0, "whatever is unescaped is good text");
}

static void test_no_memory(void) {
    static const struct {
        escape_fn *fn;
        pgc_str in;
    } cases[] = {
        {escape_text, TEXT("a\0")},
        {unescape_text, TEXT(INTRO "0000")},
        {escape_json, TEXT("\"\\u0000\"")},
        {unescape_json, TEXT("\"" INTRO "0000\"")},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct arena arena = {0};
        pgc_str out = pgc_z("untouched");
        mem_fail_after = 0;
        is_int(cases[i].fn(&arena, cases[i].in, &out), -PGC_NOMEM, "no memory for case %zu", i);
        is_str(out.data, "untouched", "a failure sets nothing");
        mem_fail_after = -1;
        is_int(cases[i].fn(&arena, cases[i].in, &out), 0, "it works once there is memory");
        arena_free(&arena);
    }
    is_int(mem_live, 0, "nothing leaked");
}

int main(void) {
    test_samples();
    test_same();
    test_random_text();
    test_random_json();
    test_random_foreign();
    test_no_memory();
    return done_testing();
}
