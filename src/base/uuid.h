/*
 * uuid: ids that the library makes: UUIDs of version 7 (RFC 9562), which begin with the time and so
 * land at the end of an index. Two made within the same microsecond come in no particular order;
 * nothing may rest on the order of ids. Keeps no state. Any thread.
 */
#ifndef BASE_UUID_H
#define BASE_UUID_H

#include "base/base.h"

#define UUID_SIZE 37 /* 36 characters and a NUL */

/* Writes a new id in lower case; 0, or -PGC_INTERNAL if the system has no randomness to give. */
MUST_CHECK int uuid_v7(char out[UUID_SIZE]);

#endif
