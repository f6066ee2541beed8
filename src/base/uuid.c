#include "base/uuid.h"

#include "base/clock.h"
#include "pgconvo.h"

#include <errno.h>
#include <sys/random.h>

static bool random_bytes(unsigned char *out, size_t size) {
    while (size > 0) {
        ssize_t got = getrandom(out, size, 0);
        if (got < 0 && errno != EINTR) {
            return false;
        }
        if (got > 0) {
            out += got;
            size -= (size_t)got;
        }
    }
    return true;
}

static void print(const unsigned char bytes[16], char out[UUID_SIZE]) {
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            *out++ = '-';
        }
        *out++ = digits[bytes[i] >> 4];
        *out++ = digits[bytes[i] & 15];
    }
    *out = '\0';
}

int uuid_v7(struct uuid_random *random, char out[UUID_SIZE]) {
    unsigned char bytes[16];
    if (random->left == 0) {
        if (!random_bytes(random->bytes, sizeof(random->bytes))) {
            return -PGC_INTERNAL;
        }
        random->left = sizeof(random->bytes);
    }
    random->left -= 8;
    memcpy(bytes + 8, random->bytes + random->left, 8);
    uint64_t now = (uint64_t)clock_wall_us();
    uint64_t ms = now / 1000;
    /* The part of a millisecond, as a binary fraction of 12 bits. */
    uint64_t fraction = now % 1000 * 4096 / 1000;
    for (size_t i = 0; i < 6; i++) {
        bytes[i] = (unsigned char)(ms >> (40 - 8 * i));
    }
    bytes[6] = (unsigned char)(0x70 | fraction >> 8); /* version 7 */
    bytes[7] = (unsigned char)fraction;
    bytes[8] = (unsigned char)(0x80 | (bytes[8] & 0x3f)); /* the variant of RFC 9562 */
    print(bytes, out);
    return 0;
}
