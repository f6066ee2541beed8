#include "base/escape.h"

#include "base/json_scan.h"
#include "base/utf8.h"

#include <string.h>

#define INTRODUCER "\xef\xb7\x90"
#define INTRODUCER_SIZE 3
#define INTRODUCER_CHAR 0xfdd0
#define ESCAPED_SIZE 7 /* the introducer and four digits */

/* A place in a text, and what goes there instead. */
struct change {
    const char *at;
    size_t length; /* bytes that are replaced */
    char text[8];
    size_t size; /* bytes that replace them */
};

/* Finds the first place from `at` on that must change, or returns false. */
typedef bool find_fn(const char *at, const char *end, struct change *change);

/* Applies all changes that `find` finds: once to learn the size, once to write. */
static int rewrite(struct arena *arena, pgc_str in, find_fn *find, pgc_str *out) {
    struct change change;
    const char *end = in.data == NULL ? NULL : in.data + in.size;
    if (in.data == NULL || !find(in.data, end, &change)) {
        *out = in;
        return 0;
    }
    size_t size = in.size;
    for (bool more = true; more; more = find(change.at + change.length, end, &change)) {
        if (__builtin_add_overflow(size, change.size, &size)) {
            return -PGC_NOMEM;
        }
        size -= change.length;
    }
    char *text = size == SIZE_MAX ? NULL : arena_alloc(arena, size + 1);
    if (text == NULL) {
        return -PGC_NOMEM;
    }
    const char *from = in.data;
    char *to = text;
    while (find(from, end, &change)) {
        memcpy(to, from, (size_t)(change.at - from));
        to += change.at - from;
        memcpy(to, change.text, change.size);
        to += change.size;
        from = change.at + change.length;
    }
    memcpy(to, from, (size_t)(end - from));
    text[size] = '\0';
    *out = (pgc_str){text, size};
    return 0;
}

static bool must_escape(uint32_t c) {
    return c == 0 || c == INTRODUCER_CHAR || utf8_is_surrogate(c);
}

static void put_escaped(struct change *change, uint32_t unit) {
    static const char digits[] = "0123456789abcdef";
    memcpy(change->text, INTRODUCER, INTRODUCER_SIZE);
    for (size_t i = 0; i < 4; i++) {
        change->text[INTRODUCER_SIZE + i] = digits[unit >> (12 - 4 * i) & 15];
    }
    change->size = ESCAPED_SIZE;
}

static bool find_in_text(const char *at, const char *end, struct change *change) {
    for (; at < end; at++) {
        /* Surrogates begin with the byte ED, the introducer with EF. */
        if (*at != '\0' && *at != '\xed' && *at != '\xef') {
            continue;
        }
        uint32_t c = utf8_decode(at, (size_t)(end - at), &change->length);
        if (must_escape(c)) {
            change->at = at;
            put_escaped(change, c);
            return true;
        }
    }
    return false;
}

int escape_text(struct arena *arena, pgc_str in, pgc_str *out) {
    return rewrite(arena, in, find_in_text, out);
}

static bool find_in_json(const char *at, const char *end, struct change *change) {
    while (at < end) {
        if (*at != '\\' && *at != '\xef') {
            at++;
            continue;
        }
        uint32_t c = *at == '\\' ? json_escaped_char(at, end, &change->length)
                                 : utf8_decode(at, (size_t)(end - at), &change->length);
        if (must_escape(c)) {
            change->at = at;
            put_escaped(change, c);
            return true;
        }
        /* Past a whole escape: of two backslashes the second one starts nothing. */
        at += *at == '\\' && c == UTF8_BAD ? 2 : (ptrdiff_t)change->length;
    }
    return false;
}

int escape_json(struct arena *arena, pgc_str in, pgc_str *out) {
    return rewrite(arena, in, find_in_json, out);
}

/* The unit escaped at `at`, or UTF8_BAD if this module did not write what is there. */
static uint32_t escaped_at(const char *at, const char *end) {
    if (end - at < ESCAPED_SIZE || memcmp(at, INTRODUCER, INTRODUCER_SIZE) != 0) {
        return UTF8_BAD;
    }
    uint32_t unit = 0;
    for (size_t i = INTRODUCER_SIZE; i < ESCAPED_SIZE; i++) {
        char c = at[i];
        if (c >= '0' && c <= '9') {
            unit = unit << 4 | (uint32_t)(c - '0');
        } else if (c >= 'a' && c <= 'f') {
            unit = unit << 4 | (uint32_t)(c - 'a' + 10);
        } else {
            return UTF8_BAD;
        }
    }
    return must_escape(unit) ? unit : UTF8_BAD;
}

/* Where the next escape is and how long; returns its unit, or UTF8_BAD if there is none. */
static uint32_t find_escaped(const char *at, const char *end, struct change *change) {
    while (at < end && (at = memchr(at, 0xef, (size_t)(end - at))) != NULL) {
        uint32_t unit = escaped_at(at, end);
        if (unit != UTF8_BAD) {
            change->at = at;
            change->length = ESCAPED_SIZE;
            return unit;
        }
        at++;
    }
    return UTF8_BAD;
}

static bool find_in_escaped_text(const char *at, const char *end, struct change *change) {
    uint32_t c = find_escaped(at, end, change);
    if (c == UTF8_BAD) {
        return false;
    }
    /* Never ours, but SQL can join two texts: a pair must become its character. */
    if (utf8_is_high_surrogate(c)) {
        uint32_t low = escaped_at(change->at + ESCAPED_SIZE, end);
        if (low != UTF8_BAD && utf8_is_low_surrogate(low)) {
            c = utf8_join_surrogates(c, low);
            change->length += ESCAPED_SIZE;
        }
    }
    change->size = utf8_encode(c, change->text);
    return true;
}

int unescape_text(struct arena *arena, pgc_str in, pgc_str *out) {
    return rewrite(arena, in, find_in_escaped_text, out);
}

static bool find_in_escaped_json(const char *at, const char *end, struct change *change) {
    uint32_t c = find_escaped(at, end, change);
    if (c == UTF8_BAD) {
        return false;
    }
    if (c == INTRODUCER_CHAR) {
        change->size = utf8_encode(c, change->text);
    } else {
        memcpy(change->text, "\\u", 2);
        memcpy(change->text + 2, change->at + INTRODUCER_SIZE, 4);
        change->size = 6;
    }
    return true;
}

int unescape_json(struct arena *arena, pgc_str in, pgc_str *out) {
    return rewrite(arena, in, find_in_escaped_json, out);
}
