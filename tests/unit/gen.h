/*
 * Random material for tests: the same on every run, because the seed is the caller's.
 */
#ifndef GEN_H
#define GEN_H

#include "base/buf.h"
#include "base/utf8.h"

/* An xorshift generator; *state must not be 0. */
static inline uint32_t gen_number(uint64_t *state, uint32_t below) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return (uint32_t)(*state >> 33) % below;
}

/* A code point, the awkward ones far more often than their share; surrogates only if asked for. */
static inline uint32_t gen_code_point(uint64_t *state, bool surrogates) {
    static const uint32_t awkward[] = {0,      1,      0x1f,   '"',    '\\',   '/',     0x7f,
                                       0x80,   0x7ff,  0x800,  0xd7ff, 0xe000, 0xfdcf,  0xfdd0,
                                       0xfdd1, 0xfffe, 0xffff, 0x2028, 0xfeff, 0x10000, 0x10ffff};
    for (;;) {
        uint32_t c;
        switch (gen_number(state, 5)) {
        case 0:
            c = awkward[gen_number(state, ARRAY_LENGTH(awkward))];
            break;
        case 1:
            c = 0xd800 + gen_number(state, 0x800);
            break;
        case 2:
            c = gen_number(state, 0x110000);
            break;
        default:
            c = 0x20 + gen_number(state, 0x5f);
        }
        if (surrogates || !utf8_is_surrogate(c)) {
            return c;
        }
    }
}

/* Adds text of up to `most` characters that passes utf8_check_loose. */
static inline void gen_text(struct buf *buf, uint64_t *state, uint32_t most) {
    uint32_t last = 0;
    for (uint32_t left = gen_number(state, most + 1); left > 0; left--) {
        uint32_t c = gen_code_point(state, true);
        if (utf8_is_high_surrogate(last) && utf8_is_low_surrogate(c)) {
            continue;
        }
        char bytes[4];
        buf_add(buf, bytes, utf8_encode(c, bytes));
        last = c;
    }
}

/* Adds a JSON string whose characters are written raw or as escapes, as chance will have it. */
static inline void gen_json_string(struct buf *buf, uint64_t *state, uint32_t most) {
    buf_add_char(buf, '"');
    for (uint32_t left = gen_number(state, most + 1); left > 0; left--) {
        uint32_t c = gen_code_point(state, true);
        char bytes[4];
        if (c > 0xffff && gen_number(state, 2) == 0) {
            buf_addf(buf, "\\u%04x\\u%04X", 0xd800 + ((c - 0x10000) >> 10), 0xdc00 + (c & 0x3ff));
        } else if (c < 0x20 || c == '"' || c == '\\' || utf8_is_surrogate(c) ||
                   (c <= 0xffff && gen_number(state, 4) == 0)) {
            buf_addf(buf, gen_number(state, 2) == 0 ? "\\u%04x" : "\\u%04X", c);
        } else {
            buf_add(buf, bytes, utf8_encode(c, bytes));
        }
        if (gen_number(state, 8) == 0) {
            buf_add_char(buf, '\\');
            buf_add_char(buf, "\"\\/bfnrt"[gen_number(state, 8)]);
        }
    }
    buf_add_char(buf, '"');
}

/* Adds a valid JSON value, at most `depth` levels deep. */
static inline void gen_json(struct buf *buf, uint64_t *state, uint32_t depth) {
    static const char *const scalars[] = {"true", "false", "null", "0",      "-0",
                                          "12",   "1.10",  "1e9",  "-0.0E-7"};
    static const char *const spaces[] = {"", "", "", " ", "\t\r\n "};
    uint32_t what = gen_number(state, depth == 0 ? 2 : 4);
    buf_add_z(buf, spaces[gen_number(state, ARRAY_LENGTH(spaces))]);
    if (what == 0) {
        buf_add_z(buf, scalars[gen_number(state, ARRAY_LENGTH(scalars))]);
    } else if (what == 1) {
        gen_json_string(buf, state, 6);
    } else {
        buf_add_char(buf, what == 2 ? '[' : '{');
        uint32_t count = gen_number(state, 4);
        for (uint32_t i = 0; i < count; i++) {
            buf_add_z(buf, i == 0 ? "" : ",");
            if (what == 3) {
                gen_json_string(buf, state, 3);
                buf_add_z(buf, gen_number(state, 2) == 0 ? ":" : " :");
            }
            gen_json(buf, state, depth - 1);
        }
        buf_add_char(buf, what == 2 ? ']' : '}');
    }
    buf_add_z(buf, spaces[gen_number(state, ARRAY_LENGTH(spaces))]);
}

#endif
