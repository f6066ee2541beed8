/* The JSON helpers of the public header: what they add to those within is memory and words. */
#include "tap.h"

#define TEXT(literal) \
    { literal, sizeof(literal) - 1 }

static void test_helpers(void) {
    pgc_error err;
    is_int(pgc_json_check(pgc_z(" {\"a\": 1} "), &err), 0, "pgc_json_check: valid");
    is_code(pgc_json_check(pgc_z("{\"a\" 1}"), &err), PGC_INVALID, &err, "pgc_json_check: invalid");
    is_int(err.position, 5, "where");
    is_str(err.message, "json: invalid JSON at byte 5: a colon was expected", "what");

    char *text = NULL;
    size_t size = 0;
    is_int(pgc_json_unquote(pgc_z(" \"a\\u0000\\ud83d\" "), &text, &size, &err), 0, "unquote");
    is_mem(((pgc_str){text, size}), ((pgc_str)TEXT("a\0\xed\xa0\xbd")), "its text");
    is_int(text[size], 0, "a NUL behind it");
    free(text);
    is_int(pgc_json_unquote(pgc_z("\"\""), &text, &size, &err), 0, "unquote the empty string");
    is_mem(((pgc_str){text, size}), pgc_z(""), "its text");
    free(text);
    text = NULL;
    is_code(pgc_json_unquote(pgc_z("[\"a\"]"), &text, &size, &err), PGC_INVALID, &err,
            "unquote an array");
    is_str(err.message, "json: not a JSON string", "what");
    is_code(pgc_json_unquote(pgc_z("\"a"), &text, &size, &err), PGC_INVALID, &err,
            "unquote half a string");
    is_int(err.position, 2, "where");
    ok(text == NULL, "a failure sets nothing");

    is_int(pgc_json_quote((pgc_str)TEXT("a\0\"\xed\xa0\xbd"), &text, &size, &err), 0, "quote");
    is_mem(((pgc_str){text, size}), pgc_z("\"a\\u0000\\\"\\ud83d\""), "its JSON");
    is_int(text[size], 0, "a NUL behind it");
    free(text);
    text = NULL;
    is_code(pgc_json_quote(pgc_z("ab\xff"), &text, &size, &err), PGC_INVALID, &err,
            "quote bad text");
    is_int(err.position, 2, "where");
    is_str(err.message, "text: not UTF-8 at byte 2", "what");
    is_code(pgc_json_quote(pgc_z("\xed\xa0\xbd\xed\xb8\x80"), &text, &size, &err), PGC_INVALID,
            &err, "quote a pair in six bytes");
    is_code(pgc_json_quote(pgc_none(), &text, &size, &err), PGC_INVALID, &err, "quote nothing");
    ok(text == NULL, "a failure sets nothing");
}

int main(void) {
    test_helpers();
    return done_testing();
}
