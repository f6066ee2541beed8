#include "base/jitter.h"

#include "base/clock.h"

#include <unistd.h>

void jitter_init(struct jitter *jitter, const void *salt) {
    jitter->state =
        (uint64_t)clock_monotonic_ns() ^ (uint64_t)(uintptr_t)salt << 16 ^ (uint64_t)getpid() << 40;
}

/* SplitMix64. */
int64_t jitter_next(struct jitter *jitter, int64_t limit) {
    jitter->state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t mixed = jitter->state;
    mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
    mixed ^= mixed >> 31;
    return (int64_t)(mixed % ((uint64_t)limit + 1));
}
