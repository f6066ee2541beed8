#include "engine/histogram.h"

/* Each doubling has so many buckets, a power of two. */
#define STEPS 8
#define STEP_BITS 3
#define LAST ((size_t)PGC_HISTOGRAM_BUCKETS - 1)

/* Up to 2 * STEPS each number is its own bucket; above, its leading bits are. */
static size_t bucket_of(uint64_t us) {
    if (us < STEPS) {
        return (size_t)us;
    }
    unsigned doubling = 63 - (unsigned)__builtin_clzll(us) - STEP_BITS;
    size_t bucket = doubling * STEPS + (size_t)(us >> doubling);
    return bucket < LAST ? bucket : LAST;
}

uint64_t pgc_histogram_bound(size_t i) {
    if (i > LAST) {
        return UINT64_MAX;
    }
    if (i < STEPS) {
        return i;
    }
    size_t doubling = i / STEPS - 1;
    return (uint64_t)(STEPS + i % STEPS) << doubling;
}

/*
 * The bucket is the last to be written, and the first to be read: whoever sees that something was
 * counted sees its time in the sum, too.
 */
void histogram_add(struct histogram *histogram, uint64_t us) {
    atomic_fetch_add_explicit(&histogram->sum_us, us, memory_order_relaxed);
    uint64_t max = atomic_load_explicit(&histogram->max_us, memory_order_relaxed);
    while (us > max &&
           !atomic_compare_exchange_weak_explicit(&histogram->max_us, &max, us,
                                                  memory_order_relaxed, memory_order_relaxed)) {}
    atomic_fetch_add_explicit(&histogram->buckets[bucket_of(us)], 1, memory_order_release);
}

void histogram_read(struct histogram *histogram, pgc_histogram *out) {
    *out = (pgc_histogram){.count = 0};
    for (size_t i = 0; i < PGC_HISTOGRAM_BUCKETS; i++) {
        out->buckets[i] = atomic_load_explicit(&histogram->buckets[i], memory_order_acquire);
        out->count += out->buckets[i];
    }
    out->sum_us = atomic_load_explicit(&histogram->sum_us, memory_order_relaxed);
    out->max_us = atomic_load_explicit(&histogram->max_us, memory_order_relaxed);
}

/* Where among those of its bucket the one of this rank stands, if they are spread evenly. */
static uint64_t within(uint64_t from, uint64_t to, double part) {
    return from + (uint64_t)((double)(to - from) * part);
}

uint64_t pgc_histogram_percentile(const pgc_histogram *histogram, double percent) {
    double rank = (double)histogram->count * percent / 100;
    double before = 0;
    if (!(rank < (double)histogram->count)) {
        return histogram->max_us;
    }
    for (size_t i = 0; i < LAST; i++) {
        double here = (double)histogram->buckets[i];
        if (here > 0 && rank <= before + here) {
            double part = rank > before ? (rank - before) / here : 0;
            uint64_t us = within(pgc_histogram_bound(i), pgc_histogram_bound(i + 1), part);
            return us < histogram->max_us ? us : histogram->max_us;
        }
        before += here;
    }
    return histogram->max_us;
}
