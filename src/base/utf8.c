#include "base/utf8.h"

#include <string.h>

/* Skips ASCII eight bytes at a time; may stop up to seven bytes early. */
static size_t skip_ascii(pgc_str text, size_t at) {
    while (text.size - at >= sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, text.data + at, sizeof(word));
        if ((word & UINT64_C(0x8080808080808080)) != 0) {
            break;
        }
        at += sizeof(word);
    }
    return at;
}

static bool check(pgc_str text, bool loose, size_t *bad_at) {
    size_t at = 0;
    size_t after_high = SIZE_MAX; /* where the last high surrogate ended */
    while ((at = skip_ascii(text, at)) < text.size) {
        size_t length;
        uint32_t c = utf8_decode(text.data + at, text.size - at, &length);
        bool bad = c == UTF8_BAD || (!loose && utf8_is_surrogate(c));
        bool pair = !bad && at == after_high && utf8_is_low_surrogate(c);
        if (bad || pair) {
            if (bad_at != NULL) {
                *bad_at = pair ? at - length : at;
            }
            return false;
        }
        at += length;
        if (utf8_is_high_surrogate(c)) {
            after_high = at;
        }
    }
    return true;
}

bool utf8_check(pgc_str text, size_t *bad_at) {
    return check(text, false, bad_at);
}

bool utf8_check_loose(pgc_str text, size_t *bad_at) {
    return check(text, true, bad_at);
}

size_t utf8_encode(uint32_t code_point, char out[4]) {
    if (code_point < 0x80) {
        out[0] = (char)code_point;
        return 1;
    }
    if (code_point > 0x10ffff) {
        return 0;
    }
    size_t length = code_point < 0x800 ? 2 : code_point < 0x10000 ? 3 : 4;
    for (size_t i = length - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (code_point & 0x3f));
        code_point >>= 6;
    }
    /* The first byte tells the length by as many leading ones. */
    out[0] = (char)((0xf00u >> length & 0xffu) | code_point);
    return length;
}

uint32_t utf8_decode(const char *text, size_t size, size_t *length) {
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000}; /* anything less was overlong */
    const unsigned char *bytes = (const unsigned char *)text;
    uint32_t c = bytes[0];
    *length = 1;
    if (c < 0x80) {
        return c;
    }
    size_t n = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
    if (c < 0xc0 || c > 0xf7 || n > size) {
        return UTF8_BAD;
    }
    c &= 0x7fu >> n;
    for (size_t i = 1; i < n; i++) {
        if ((bytes[i] & 0xc0) != 0x80) {
            return UTF8_BAD;
        }
        c = c << 6 | (bytes[i] & 0x3f);
    }
    if (c < least[n] || c > 0x10ffff) {
        return UTF8_BAD;
    }
    *length = n;
    return c;
}
