/*
 * json_scan: the small steps that the JSON code is made of. Private to json, json_text and escape;
 * everybody else uses json.h. Keeps no state. Any thread.
 */
#ifndef BASE_JSON_SCAN_H
#define BASE_JSON_SCAN_H

#include "base/base.h"

#include <string.h>

static inline const char *json_skip_space(const char *at, const char *end) {
    while (at < end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t')) {
        at++;
    }
    return at;
}

/* Inside a string: neither quote, backslash, control character nor non-ASCII. */
static inline bool json_is_plain(char c) {
    return c >= 0x20 && (unsigned char)c < 0x80 && c != '"' && c != '\\';
}

/*
 * The first byte that is not plain, or `end`. Looks at eight bytes at a time: for each byte of the
 * word, the high bit of one of the terms below is set if it is not plain (and seldom, through a
 * borrow, if the byte below it is not: harmless).
 */
static inline const char *json_skip_plain(const char *at, const char *end) {
    const uint64_t ones = UINT64_C(0x0101010101010101);
    while ((size_t)(end - at) >= sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, at, sizeof(word));
        uint64_t quote = (word ^ ones * '"') - ones;
        uint64_t backslash = (word ^ ones * '\\') - ones;
        uint64_t control = word - ones * 0x20;
        if (((quote | backslash | control | word) & ones * 0x80) != 0) {
            break;
        }
        at += sizeof(word);
    }
    while (at < end && json_is_plain(*at)) {
        at++;
    }
    return at;
}

/*
 * The code point that an escape \uXXXX at `at` stands for, and in *length how many bytes it takes:
 * two escapes that form a surrogate pair are one character of 12. UTF8_BAD if there is no such
 * escape. Checked JSON only.
 */
uint32_t json_escaped_char(const char *at, const char *end, size_t *length);

#endif
