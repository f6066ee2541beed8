#include "base/json.h"

#include "base/error.h"
#include "base/json_scan.h"
#include "base/utf8.h"

#include <string.h>

/*
 * No recursion: what is open is kept in `closers`, and `expect` says what may come next.
 *
 *     VALUE --> a scalar ------------------------> AFTER_VALUE --> ',' --> KEY or VALUE
 *        \--> '{' --> FIRST_KEY --> key ':' --> VALUE       \--> '}' or ']' --> AFTER_VALUE
 *         \-> '[' --> FIRST_ITEM = VALUE or ']'
 */
enum expect {
    EXPECT_VALUE,
    EXPECT_FIRST_ITEM,
    EXPECT_KEY,
    EXPECT_FIRST_KEY,
    EXPECT_AFTER_VALUE,
};

struct scanner {
    const char *at; /* after a failure: the byte that is wrong */
    const char *end;
    const char *reason;
    enum expect expect;
    size_t depth;
    char closers[JSON_DEPTH_MAX]; /* '}' or ']' for each level */
};

static bool fail(struct scanner *s, const char *at, const char *reason) {
    s->at = at;
    s->reason = at == s->end ? "it ends too early" : reason;
    return false;
}

static bool is_digit(const struct scanner *s) {
    return s->at < s->end && *s->at >= '0' && *s->at <= '9';
}

static bool is_byte(const struct scanner *s, char c) {
    return s->at < s->end && *s->at == c;
}

static bool scan_digits(struct scanner *s) {
    if (!is_digit(s)) {
        return fail(s, s->at, "a digit was expected");
    }
    while (is_digit(s)) {
        s->at++;
    }
    return true;
}

static bool scan_number(struct scanner *s) {
    if (is_byte(s, '-')) {
        s->at++;
    }
    if (is_byte(s, '0')) {
        s->at++; /* a digit behind a leading zero is refused as what follows the value */
    } else if (!scan_digits(s)) {
        return false;
    }
    if (is_byte(s, '.')) {
        s->at++;
        if (!scan_digits(s)) {
            return false;
        }
    }
    if (is_byte(s, 'e') || is_byte(s, 'E')) {
        s->at++;
        if (is_byte(s, '+') || is_byte(s, '-')) {
            s->at++;
        }
        return scan_digits(s);
    }
    return true;
}

static bool is_hex(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* At a backslash. */
static bool scan_escape(struct scanner *s) {
    const char *escape = s->at;
    if (s->end - escape < 2) {
        return fail(s, s->end, NULL);
    }
    s->at += 2;
    if (escape[1] != 'u') {
        bool known = escape[1] != '\0' && strchr("\"\\/bfnrt", escape[1]) != NULL;
        return known || fail(s, escape, "this escape does not exist");
    }
    for (int i = 0; i < 4; i++, s->at++) {
        if (s->at == s->end) {
            return fail(s, s->end, NULL);
        }
        if (!is_hex(*s->at)) {
            return fail(s, escape, "\\u takes four hexadecimal digits");
        }
    }
    return true;
}

/* At something in a string that json_skip_plain stopped at, and that is not the closing quote. */
static bool scan_special(struct scanner *s) {
    if (*s->at == '\\') {
        return scan_escape(s);
    }
    if ((unsigned char)*s->at < 0x20) {
        return fail(s, s->at, "a control character in a string must be escaped");
    }
    size_t length;
    uint32_t c = utf8_decode(s->at, (size_t)(s->end - s->at), &length);
    if (c == UTF8_BAD || utf8_is_surrogate(c)) {
        return fail(s, s->at, "this is not UTF-8");
    }
    s->at += length;
    return true;
}

/* At the opening quote. */
static bool scan_string(struct scanner *s) {
    s->at++;
    for (;;) {
        s->at = json_skip_plain(s->at, s->end);
        if (s->at == s->end) {
            return fail(s, s->end, NULL);
        }
        if (*s->at == '"') {
            s->at++;
            return true;
        }
        if (!scan_special(s)) {
            return false;
        }
    }
}

static bool scan_word(struct scanner *s, const char *word) {
    size_t size = strlen(word);
    size_t left = (size_t)(s->end - s->at);
    if (memcmp(s->at, word, MIN(size, left)) != 0) {
        return fail(s, s->at, "a value was expected");
    }
    if (left < size) {
        return fail(s, s->end, NULL);
    }
    s->at += size;
    return true;
}

static bool scan_open(struct scanner *s) {
    if (s->depth == JSON_DEPTH_MAX) {
        return fail(s, s->at, "it is nested too deeply");
    }
    bool object = *s->at == '{';
    s->closers[s->depth++] = object ? '}' : ']';
    s->expect = object ? EXPECT_FIRST_KEY : EXPECT_FIRST_ITEM;
    s->at++;
    return true;
}

static bool scan_close(struct scanner *s) {
    s->depth--;
    s->expect = EXPECT_AFTER_VALUE;
    s->at++;
    return true;
}

static bool scan_value(struct scanner *s) {
    s->expect = EXPECT_AFTER_VALUE;
    switch (*s->at) {
    case '{':
    case '[':
        return scan_open(s);
    case '"':
        return scan_string(s);
    case 't':
        return scan_word(s, "true");
    case 'f':
        return scan_word(s, "false");
    case 'n':
        return scan_word(s, "null");
    default:
        return is_digit(s) || *s->at == '-' ? scan_number(s)
                                            : fail(s, s->at, "a value was expected");
    }
}

static bool scan_key(struct scanner *s) {
    if (*s->at != '"') {
        return fail(s, s->at, "a key in double quotes was expected");
    }
    if (!scan_string(s)) {
        return false;
    }
    s->at = json_skip_space(s->at, s->end);
    if (!is_byte(s, ':')) {
        return fail(s, s->at, "a colon was expected");
    }
    s->at++;
    s->expect = EXPECT_VALUE;
    return true;
}

static bool scan_after_value(struct scanner *s) {
    if (s->depth == 0) {
        return fail(s, s->at, "there is more behind the value");
    }
    char closer = s->closers[s->depth - 1];
    if (*s->at == closer) {
        return scan_close(s);
    }
    if (*s->at != ',') {
        return fail(s, s->at,
                    closer == '}' ? "a comma or } was expected" : "a comma or ] was expected");
    }
    s->expect = closer == '}' ? EXPECT_KEY : EXPECT_VALUE;
    s->at++;
    return true;
}

static bool scan_step(struct scanner *s) {
    switch (s->expect) {
    case EXPECT_VALUE:
        return scan_value(s);
    case EXPECT_FIRST_ITEM:
        return *s->at == ']' ? scan_close(s) : scan_value(s);
    case EXPECT_KEY:
        return scan_key(s);
    case EXPECT_FIRST_KEY:
        return *s->at == '}' ? scan_close(s) : scan_key(s);
    case EXPECT_AFTER_VALUE:
        break;
    }
    return scan_after_value(s);
}

static bool scan_document(struct scanner *s) {
    while ((s->at = json_skip_space(s->at, s->end)) < s->end) {
        if (!scan_step(s)) {
            return false;
        }
    }
    return (s->depth == 0 && s->expect == EXPECT_AFTER_VALUE) || fail(s, s->end, NULL);
}

int json_check(pgc_str json, enum json_kind *kind, const char *field, pgc_error *err) {
    const char *start = json.data == NULL ? "" : json.data;
    struct scanner s;
    s.at = start;
    s.end = start + (json.data == NULL ? 0 : json.size);
    s.expect = EXPECT_VALUE;
    s.depth =
        0; /* `closers` is set as it is used: clearing it would cost more than small values do */
    if (!scan_document(&s)) {
        size_t position = (size_t)(s.at - start);
        int status = error_set(err, PGC_INVALID, "%s: invalid JSON at byte %zu: %s", field,
                               position, s.reason);
        error_position(err, (int64_t)position);
        return status;
    }
    if (kind != NULL) {
        *kind = json_kind_of(json);
    }
    return 0;
}

enum json_kind json_kind_of(pgc_str json) {
    const char *end = json.data + json.size;
    const char *at = json_skip_space(json.data, end);
    switch (at < end ? *at : 'n') {
    case '{':
        return JSON_OBJECT;
    case '[':
        return JSON_ARRAY;
    case '"':
        return JSON_STRING;
    case 't':
        return JSON_TRUE;
    case 'f':
        return JSON_FALSE;
    case 'n':
        return JSON_NULL;
    default:
        return JSON_NUMBER;
    }
}
