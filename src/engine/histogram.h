/*
 * A histogram that many threads add to at once: fixed memory, no lock. Its buckets are those of
 * pgc_histogram; reading one makes that. Any thread.
 */
#ifndef ENGINE_HISTOGRAM_H
#define ENGINE_HISTOGRAM_H

#include "pgconvo_counters.h"

#include <stdatomic.h>

struct histogram {
    _Atomic uint64_t sum_us;
    _Atomic uint64_t max_us;
    _Atomic uint64_t buckets[PGC_HISTOGRAM_BUCKETS];
};

void histogram_add(struct histogram *histogram, uint64_t us);
void histogram_read(struct histogram *histogram, pgc_histogram *out);

#endif
