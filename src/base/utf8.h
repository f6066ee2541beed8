/*
 * utf8: is it UTF-8, and single characters in and out. Two strengths: strict is what PostgreSQL
 * takes in a UTF-8 database (no surrogates, nothing overlong, at most U+10FFFF) except that U+0000
 * passes here; loose also takes lone surrogates in their three-byte form, as WTF-8 does, because
 * strings of JavaScript can hold them. Keeps no state. Any thread.
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/base.h"
#include "pgconvo.h"

#define UTF8_BAD UINT32_MAX /* no code point */

/* Strict; if not, *bad_at (may be NULL) is where the first bad sequence begins. Absent is fine. */
MUST_CHECK bool utf8_check(pgc_str text, size_t *bad_at);

/*
 * Loose. A high surrogate directly followed by a low one is bad too (bad_at: the high one):
 * together they are one character and must be written as one, or a string would have two spellings.
 */
MUST_CHECK bool utf8_check_loose(pgc_str text, size_t *bad_at);

/* Writes a code point, surrogates too; returns how many bytes it took, 0 if above U+10FFFF. */
size_t utf8_encode(uint32_t code_point, char out[4]);

/*
 * Reads the code point at `text`, of which `size` bytes (at least 1) are there, loose; *length is
 * how many it took. UTF8_BAD, length 1, if these are no character.
 */
uint32_t utf8_decode(const char *text, size_t size, size_t *length);

static inline bool utf8_is_surrogate(uint32_t code_point) {
    return code_point >= 0xd800 && code_point <= 0xdfff;
}

static inline bool utf8_is_high_surrogate(uint32_t code_point) {
    return code_point >= 0xd800 && code_point <= 0xdbff;
}

static inline bool utf8_is_low_surrogate(uint32_t code_point) {
    return code_point >= 0xdc00 && code_point <= 0xdfff;
}

/* The character that a high and a low surrogate stand for. */
static inline uint32_t utf8_join_surrogates(uint32_t high, uint32_t low) {
    return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

#endif
