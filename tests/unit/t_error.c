#include "base/error.h"
#include "base/utf8.h"
#include "tap.h"

static void test_codes(void) {
    is_str(pgc_code_name(0), "OK", "the name of success");
    is_str(pgc_code_name(PGC_NOT_FOUND), "NOT_FOUND", "a name");
    is_str(pgc_code_name(-PGC_NOT_FOUND), "NOT_FOUND", "a status has its code's name");
    is_str(pgc_code_text(PGC_NOT_FOUND), "no such thread or message", "a text");
    is_str(pgc_code_text(-PGC_NOMEM), "out of memory", "a status has its code's text");
    is_str(pgc_code_name(1000), "UNKNOWN", "a number that is no code");
    is_str(pgc_code_name(INT32_MIN), "UNKNOWN", "the least number there is");
    ok(strlen(pgc_code_text(1000)) > 0, "a number that is no code has a text");
    static const int numbers[] = {
#define NUMBER(name, number, text) PGC_##name,
        PGC_CODES(NUMBER)
#undef NUMBER
    };
    for (int i = 0; i < (int)ARRAY_LENGTH(numbers); i++) {
        is_int(numbers[i], i, "code %s has no gap before it", pgc_code_name(i));
    }
}

static void test_set(void) {
    pgc_error err;
    memset(&err, 0x5a, sizeof(err));
    is_int(error_set(&err, PGC_INVALID, "title: %d bytes", 7), -PGC_INVALID,
           "the status comes back");
    is_int(err.code, PGC_INVALID, "code");
    is_int(err.retry, PGC_RETRY_NO, "retry");
    is_int(err.position, -1, "position");
    is_str(err.message, "title: 7 bytes", "message");
    is_str(err.sqlstate, "", "sqlstate");
    is_str(err.detail, "", "detail");
    is_str(err.hint, "", "hint");
    is_str(err.constraint, "", "constraint");

    error_hint(&err, "Use at most %d bytes.", 3);
    error_detail(&err, "it is %s", "long");
    error_position(&err, 17);
    error_retry(&err, PGC_RETRY_UNKNOWN);
    is_str(err.hint, "Use at most 3 bytes.", "hint set");
    is_str(err.detail, "it is long", "detail set");
    is_int(err.position, 17, "position set");
    is_int(err.retry, PGC_RETRY_UNKNOWN, "retry set");
    is_str(err.message, "title: 7 bytes", "message untouched");

    pgc_error copy;
    is_int(error_copy(&copy, &err), -PGC_INVALID, "a copy gives the status");
    is_int(memcmp(&copy, &err, sizeof(err)), 0, "and all the fields");
    is_int(error_copy(NULL, &err), -PGC_INVALID, "a copy to nobody");
    is_int(error_copy(&copy, NULL), 0, "a copy of nothing");
    is_int(copy.code, PGC_OK, "is no error");
    is_int(error_nomem(&err), -PGC_NOMEM, "out of memory");
    is_int(err.code, PGC_NOMEM, "code");
    is_str(err.hint, "", "the earlier hint is gone");
    error_clear(&err);
    ok(err.code == PGC_OK && err.message[0] == '\0' && err.position == -1, "cleared");

    is_int(error_set(NULL, PGC_BUSY, "nobody listens"), -PGC_BUSY, "no error struct: the status");
    is_int(error_nomem(NULL), -PGC_NOMEM, "no error struct: out of memory");
    error_hint(NULL, "x");
    error_detail(NULL, "x");
    error_position(NULL, 1);
    error_retry(NULL, PGC_RETRY_SAFE);
    error_clear(NULL);
    is_int(error_copy(NULL, NULL), 0, "no error struct: nothing crashes");
}

static void test_retry(void) {
    static const pgc_code safe[] = {PGC_CONFLICT, PGC_CONNECT, PGC_BUSY};
    static const pgc_code unknown[] = {PGC_LOST, PGC_TIMEOUT};
    pgc_error err;
    int seen = 0;
    for (int code = 1; code <= PGC_TOO_LARGE; code++) {
        pgc_retry want = PGC_RETRY_NO;
        for (size_t i = 0; i < ARRAY_LENGTH(safe); i++) {
            want = safe[i] == (pgc_code)code ? PGC_RETRY_SAFE : want;
        }
        for (size_t i = 0; i < ARRAY_LENGTH(unknown); i++) {
            want = unknown[i] == (pgc_code)code ? PGC_RETRY_UNKNOWN : want;
        }
        error_set(&err, (pgc_code)code, "x");
        is_int(err.retry, want, "retry class of %s", pgc_code_name(code));
        seen++;
    }
    is_int(seen, 20, "all codes");
}

/* Whatever the cut goes through, what is left is whole characters. */
static void test_truncation(void) {
    static const char *const characters[] = {"x", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x90\x98"};
    pgc_error err;
    for (size_t c = 0; c < ARRAY_LENGTH(characters); c++) {
        size_t length = strlen(characters[c]);
        for (int shift = 0; shift < 4; shift++) {
            char text[1200] = "";
            size_t size = 0;
            for (; size < (size_t)shift; size++) {
                text[size] = 'a';
            }
            for (; size + length < sizeof(text); size += length) {
                memcpy(text + size, characters[c], length);
            }
            error_set(&err, PGC_SERVER, "%s", text);
            size_t want = (255 - (size_t)shift) / length * length + (size_t)shift;
            is_int(strlen(err.message), want, "characters of %zu bytes, shifted by %d", length,
                   shift);
            ok(utf8_check(pgc_z(err.message), NULL), "and what is left is UTF-8");
        }
    }
    static const char euro[] = "\xe2\x82\xac";
    for (int size = 252; size <= 255; size++) {
        int want = size + 3 <= 255 ? size + 3 : size;
        error_hint(&err, "%0*d%s", size, 0, euro);
        is_int(strlen(err.hint), want, "three bytes behind %d", size);
    }
    char broken[400];
    memset(broken, 0x80, sizeof(broken) - 1);
    broken[sizeof(broken) - 1] = '\0';
    error_detail(&err, "%s", broken);
    is_int(strlen(err.detail), 255, "bytes that are no UTF-8 are only cut");
}

int main(void) {
    test_codes();
    test_set();
    test_retry();
    test_truncation();
    return done_testing();
}
