/*
 * jitter: random waiting times, so that those who failed together do not come back together.
 * Numbers of no great quality, and never for secrets. One thread at a time for each source.
 */
#ifndef BASE_JITTER_H
#define BASE_JITTER_H

#include <stdint.h>

struct jitter {
    uint64_t state;
};

/* `salt` is any address that others do not have. */
void jitter_init(struct jitter *jitter, const void *salt);

/* From 0 to `limit`, both included. */
int64_t jitter_next(struct jitter *jitter, int64_t limit);

#endif
