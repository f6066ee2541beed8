/* Histograms: their buckets, their percentiles, and many threads that add to one. */
#include "engine/histogram.h"
#include "tap.h"

#include <pthread.h>

static pgc_histogram read_of(struct histogram *histogram) {
    pgc_histogram out;
    histogram_read(histogram, &out);
    return out;
}

/* The only bucket of a histogram to which one number was added; -1: not one. */
static int bucket_of(uint64_t us) {
    struct histogram histogram = {.sum_us = 0};
    int found = -1;
    histogram_add(&histogram, us);
    pgc_histogram out = read_of(&histogram);
    for (int i = 0; i < PGC_HISTOGRAM_BUCKETS; i++) {
        if (out.buckets[i] != 0) found = found == -1 && out.buckets[i] == 1 ? i : -2;
    }
    return out.count == 1 && out.sum_us == us && out.max_us == us ? found : -1;
}

/* Numbers around every edge lie in the bucket whose bounds hold them. */
static void check_buckets(void) {
    int wrong = 0, wide = 0, checked = 0;
    for (uint64_t base = 1; base < UINT64_C(1) << 40; base = base + base / 5 + 1) {
        for (uint64_t us = base - 1; us <= base + 1; us++, checked++) {
            int i = bucket_of(us);
            wrong += i < 0 || pgc_histogram_bound((size_t)i) > us ||
                     pgc_histogram_bound((size_t)i + 1) <= us;
        }
    }
    is_int(wrong, 0, "each of %d numbers lies between the bounds of its bucket", checked);
    for (size_t i = 0; i + 1 < PGC_HISTOGRAM_BUCKETS; i++) {
        uint64_t from = pgc_histogram_bound(i), to = pgc_histogram_bound(i + 1);
        wrong += from >= to || bucket_of(from) != (int)i || bucket_of(to - 1) != (int)i;
        wide += to - from > (from < 16 ? 1 : from / 8);
    }
    is_int(wrong, 0, "buckets follow one another without a gap");
    is_int(wide, 0, "none is wider than an eighth of where it begins");
    is_int(pgc_histogram_bound(0), 0, "the first begins at 0");
    ok(pgc_histogram_bound(PGC_HISTOGRAM_BUCKETS - 1) > 60000000, "the last is beyond a minute");
    ok(pgc_histogram_bound(PGC_HISTOGRAM_BUCKETS) == UINT64_MAX, "and has no end");
    is_int(bucket_of(UINT64_MAX), PGC_HISTOGRAM_BUCKETS - 1, "the longest time there is fits in");
}

static bool is_near(uint64_t got, double want) {
    double difference = (double)got - want;
    if (difference < 0) difference = -difference;
    if (difference > want / 8 + 1) diag("got %" PRIu64 ", want about %.1f", got, want);
    return difference <= want / 8 + 1;
}

static void check_percentiles(void) {
    static const double percents[] = {0.1, 1, 5, 25, 50, 75, 90, 95, 99, 99.9};
    struct histogram even = {.sum_us = 0};
    pgc_histogram out = read_of(&even);
    is_int(pgc_histogram_percentile(&out, 50), 0, "nothing was measured: 0");
    is_int(pgc_histogram_percentile(&out, 100), 0, "and at most 0");
    for (uint64_t us = 1; us <= 100000; us++) {
        histogram_add(&even, us);
    }
    out = read_of(&even);
    is_int(out.count, 100000, "all are counted");
    is_int(out.sum_us, INT64_C(100000) * 100001 / 2, "and summed up");
    int far = 0;
    uint64_t before = 0;
    bool rises = true;
    for (size_t i = 0; i < sizeof percents / sizeof *percents; i++) {
        uint64_t got = pgc_histogram_percentile(&out, percents[i]);
        far += !is_near(got, percents[i] * 1000);
        rises &= got >= before;
        before = got;
    }
    is_int(far, 0, "percentiles of 1 to 100,000 are right within an eighth");
    ok(rises, "and in order");
    is_int(pgc_histogram_percentile(&out, 100), 100000, "the maximum is exact");
    ok(pgc_histogram_percentile(&out, 0) <= 1, "so is the minimum here");
    is_int(pgc_histogram_percentile(&out, 1000), 100000, "above 100 is 100");
}

/* Two heaps far from each other: the percentile jumps where one ends. */
static void check_heaps(void) {
    struct histogram heaps = {.sum_us = 0};
    for (int i = 0; i < 900; i++) {
        histogram_add(&heaps, 200);
    }
    for (int i = 0; i < 100; i++) {
        histogram_add(&heaps, 90000000);
    }
    pgc_histogram out = read_of(&heaps);
    ok(is_near(pgc_histogram_percentile(&out, 50), 200), "half of them are quick");
    ok(is_near(pgc_histogram_percentile(&out, 90), 200), "nine of ten, exactly");
    is_int(pgc_histogram_percentile(&out, 90.1), 90000000,
           "the others are beyond the last bound: all that is known is the longest");
    struct histogram one = {.sum_us = 0};
    histogram_add(&one, 1001);
    out = read_of(&one);
    ok(pgc_histogram_percentile(&out, 99) <= 1001, "no percentile is above the longest");
}

/* ---- Threads ---- */

#define THREADS 4
#define ADDS 100000

static struct histogram shared;
static atomic_int left = THREADS;

static void *add(void *payload) {
    uint64_t seed = *(const uint64_t *)payload;
    for (uint64_t i = 0; i < ADDS; i++) {
        histogram_add(&shared, (i * 7919 + seed) % 5000);
    }
    atomic_fetch_sub(&left, 1);
    return NULL;
}

static void check_threads(void) {
    pthread_t threads[THREADS];
    uint64_t seeds[THREADS], sum = 0, most = 0;
    bool grows = true;
    for (uint64_t i = 0; i < THREADS; i++) {
        seeds[i] = i * 1000;
        for (uint64_t n = 0; n < ADDS; n++) {
            uint64_t us = (n * 7919 + seeds[i]) % 5000;
            sum += us;
            most = us > most ? us : most;
        }
        if (pthread_create(&threads[i], NULL, add, &seeds[i]) != 0) bail("thread");
    }
    for (uint64_t count = 0; atomic_load(&left) > 0;) {
        pgc_histogram now = read_of(&shared);
        grows &= now.count >= count && now.sum_us <= sum;
        count = now.count;
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    pgc_histogram out = read_of(&shared);
    ok(grows, "a reader beside %d writers sees it grow", THREADS);
    is_int(out.count, (int64_t)THREADS * ADDS, "nothing is lost or counted twice");
    is_int(out.sum_us, (int64_t)sum, "nor in the sum");
    is_int(out.max_us, (int64_t)most, "nor the longest");
}

int main(void) {
    check_buckets();
    check_percentiles();
    check_heaps();
    check_threads();
    return done_testing();
}
