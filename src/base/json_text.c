#include "base/json.h"
#include "base/json_scan.h"
#include "base/utf8.h"

#include <string.h>

/* Everything here reads JSON that json_check has passed. */

/* From the opening quote of a string to the byte behind its closing one. */
static const char *skip_string(const char *at, const char *end) {
    at++;
    while (at < end && *at != '"') {
        at += *at == '\\' && end - at > 1 ? 2 : 1;
        at = json_skip_plain(at, end);
    }
    return at < end ? at + 1 : end;
}

/* From the first byte of an object or array to the byte behind it. */
static const char *skip_nested(const char *at, const char *end) {
    size_t depth = 0;
    while (at < end) {
        if (*at == '"') {
            at = skip_string(at, end);
            continue;
        }
        if (*at == '{' || *at == '[') {
            depth++;
        } else if (*at == '}' || *at == ']') {
            depth--;
        }
        at++;
        if (depth == 0) {
            break;
        }
    }
    return at;
}

static const char *skip_value(const char *at, const char *end) {
    if (at == end) {
        return at;
    }
    if (*at == '"') {
        return skip_string(at, end);
    }
    if (*at == '{' || *at == '[') {
        return skip_nested(at, end);
    }
    while (at < end && *at != '\0' && strchr(",}] \t\r\n", *at) == NULL) {
        at++;
    }
    return at;
}

void json_members_begin(struct json_members *members, pgc_str object) {
    const char *end = object.data + object.size;
    const char *at = json_skip_space(object.data, end);
    *members = (struct json_members){at < end ? at + 1 : end, end};
}

bool json_members_next(struct json_members *members, pgc_str *key, pgc_str *value) {
    const char *end = members->end;
    const char *at = json_skip_space(members->at, end);
    if (at < end && *at == ',') {
        at = json_skip_space(at + 1, end);
    }
    if (at == end || *at != '"') {
        return false;
    }
    const char *key_end = skip_string(at, end);
    const char *value_at = json_skip_space(key_end, end);
    if (value_at < end) {
        value_at = json_skip_space(value_at + 1, end); /* the colon */
    }
    const char *value_end = skip_value(value_at, end);
    *key = (pgc_str){at, (size_t)(key_end - at)};
    *value = (pgc_str){value_at, (size_t)(value_end - value_at)};
    members->at = value_end;
    return true;
}

void json_elements_begin(struct json_members *elements, pgc_str array) {
    json_members_begin(elements, array);
}

bool json_elements_next(struct json_members *elements, pgc_str *value) {
    const char *end = elements->end;
    const char *at = json_skip_space(elements->at, end);
    if (at < end && *at == ',') {
        at = json_skip_space(at + 1, end);
    }
    if (at == end || *at == ']') {
        return false;
    }
    elements->at = skip_value(at, end);
    *value = (pgc_str){at, (size_t)(elements->at - at)};
    return true;
}

/* Adds a quote, backslash, control character or surrogate as an escape. */
static void quote_special(struct buf *buf, uint32_t c) {
    static const char short_escapes[] = "\"\"\\\\\bb\ff\nn\rr\tt";
    for (const char *pair = short_escapes; *pair != '\0'; pair += 2) {
        if (c == (unsigned char)pair[0]) {
            buf_add_char(buf, '\\');
            buf_add_char(buf, pair[1]);
            return;
        }
    }
    buf_addf(buf, "\\u%04x", (unsigned)c);
}

void json_quote(struct buf *buf, pgc_str text) {
    const char *at = text.data;
    const char *end = text.data + text.size;
    const char *run = at; /* from here on nothing has been added yet */
    buf_add_char(buf, '"');
    while ((at = json_skip_plain(at, end)) < end) {
        size_t length;
        uint32_t c = utf8_decode(at, (size_t)(end - at), &length);
        if (c < 0x80 || utf8_is_surrogate(c)) {
            buf_add(buf, run, (size_t)(at - run));
            quote_special(buf, c);
            run = at + length;
        }
        at += length;
    }
    buf_add(buf, run, (size_t)(end - run));
    buf_add_char(buf, '"');
}

static uint32_t hex_digit(char c) {
    if (c >= '0' && c <= '9') {
        return (uint32_t)(c - '0');
    }
    return ((uint32_t)(unsigned char)c | 0x20) - 'a' + 10;
}

/* The UTF-16 code unit of an escape \uXXXX at `at`, or UTF8_BAD if none is there. */
static uint32_t escaped_unit(const char *at, const char *end) {
    if (end - at < 6 || at[0] != '\\' || at[1] != 'u') {
        return UTF8_BAD;
    }
    return hex_digit(at[2]) << 12 | hex_digit(at[3]) << 8 | hex_digit(at[4]) << 4 |
           hex_digit(at[5]);
}

uint32_t json_escaped_char(const char *at, const char *end, size_t *length) {
    uint32_t c = escaped_unit(at, end);
    *length = 6;
    if (c == UTF8_BAD || !utf8_is_high_surrogate(c)) {
        return c;
    }
    uint32_t low = escaped_unit(at + 6, end);
    if (low == UTF8_BAD || !utf8_is_low_surrogate(low)) {
        return c;
    }
    *length = 12;
    return utf8_join_surrogates(c, low);
}

/* Adds the character of the escape at `at`; returns how many bytes the escape takes. */
static size_t unquote_escape(struct buf *buf, const char *at, const char *end) {
    static const char short_escapes[] = "b\bf\fn\nr\rt\t";
    size_t length;
    uint32_t c = json_escaped_char(at, end, &length);
    if (c != UTF8_BAD) {
        char bytes[4];
        buf_add(buf, bytes, utf8_encode(c, bytes));
        return length;
    }
    char meant = at[1]; /* a quote, a backslash, a slash stand for themselves */
    for (const char *pair = short_escapes; *pair != '\0'; pair += 2) {
        if (at[1] == pair[0]) {
            meant = pair[1];
        }
    }
    buf_add_char(buf, meant);
    return 2;
}

void json_unquote(struct buf *buf, pgc_str json) {
    const char *at = json_skip_space(json.data, json.data + json.size);
    const char *end = skip_string(at, json.data + json.size) - 1; /* the closing quote */
    at++;
    buf_add(buf, "", 0); /* so that an empty string has data too */
    const char *escape;
    while (at < end && (escape = memchr(at, '\\', (size_t)(end - at))) != NULL) {
        buf_add(buf, at, (size_t)(escape - at));
        at = escape + unquote_escape(buf, escape, end);
    }
    if (at < end) {
        buf_add(buf, at, (size_t)(end - at));
    }
}
