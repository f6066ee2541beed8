/*
 * uuid: ids that the library makes: UUIDs of version 7 (RFC 9562), which begin with the time and so
 * land at the end of an index. Two made within the same microsecond come in no particular order;
 * nothing may rest on the order of ids. Any thread, with random bytes of its own.
 */
#ifndef BASE_UUID_H
#define BASE_UUID_H

#include "base/base.h"

#define UUID_SIZE 37 /* 36 characters and a NUL */

/* Random bytes drawn ahead, for making many ids in a row; all zero is none yet. */
struct uuid_random {
    unsigned char bytes[128];
    size_t left;
};

/*
 * Writes a new id in lower case, with bytes of `random`, which is filled up when it is empty. 0, or
 * -PGC_INTERNAL if the system has no randomness to give.
 */
MUST_CHECK int uuid_v7(struct uuid_random *random, char out[UUID_SIZE]);

#endif
