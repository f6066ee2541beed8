#include "base/clock.h"
#include "base/uuid.h"
#include "tap.h"

static int compare(const void *a, const void *b) {
    return strcmp(a, b);
}

/* The hexadecimal digits from `from` on, without the dashes, as a number. */
static uint64_t digits(const char *uuid, size_t from, size_t count) {
    uint64_t n = 0;
    for (size_t seen = 0; *uuid != '\0'; uuid++) {
        if (*uuid == '-') {
            continue;
        }
        if (seen >= from && seen < from + count) {
            n = n << 4 | (uint64_t)(*uuid <= '9' ? *uuid - '0' : *uuid - 'a' + 10);
        }
        seen++;
    }
    return n;
}

static bool well_formed(const char *uuid) {
    for (size_t i = 0; i < 36; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? uuid[i] != '-' : strchr("0123456789abcdef", uuid[i]) == NULL) {
            return false;
        }
    }
    return uuid[36] == '\0' && uuid[14] == '7' && strchr("89ab", uuid[19]) != NULL;
}

static void test_one(void) {
    char uuid[UUID_SIZE];
    memset(uuid, 'z', sizeof(uuid));
    int64_t before = clock_wall_us();
    is_int(uuid_v7(uuid), 0, "an id is made");
    int64_t after = clock_wall_us();
    if (!ok(strlen(uuid) == 36 && well_formed(uuid), "it is a UUID of version 7")) {
        diag("%s", uuid);
    }
    int64_t ms = (int64_t)digits(uuid, 0, 12);
    int64_t fraction = (int64_t)digits(uuid, 13, 3);
    /* The fraction is cut to 1/4096 ms, which takes less than a microsecond off. */
    int64_t us = ms * 1000 + (fraction * 1000 + 4095) / 4096;
    ok(us >= before && us <= after, "it holds the time to the microsecond");
}

static void test_many(void) {
    enum { COUNT = 20000 };
    static char ids[COUNT][UUID_SIZE];
    bool good = true;
    bool rising = true;
    uint64_t ones = 0;
    uint64_t zeros = 0;
    for (size_t i = 0; i < COUNT; i++) {
        good = good && uuid_v7(ids[i]) == 0 && well_formed(ids[i]);
        /* 48 bits of time and 12 of its fraction; the clock may be the same, but does not go back here. */
        rising = rising && (i == 0 || strncmp(ids[i - 1], ids[i], 18) <= 0);
        uint64_t random = digits(ids[i], 16, 16);
        ones |= random;
        zeros |= ~random;
    }
    ok(good, "%d ids, all well-formed", COUNT);
    ok(rising, "their times do not go back");
    is_int(ones & UINT64_C(0x3fffffffffffffff), INT64_C(0x3fffffffffffffff), "every random bit is 1 at times");
    is_int(zeros & UINT64_C(0x3fffffffffffffff), INT64_C(0x3fffffffffffffff), "and 0 at times");
    qsort(ids, COUNT, UUID_SIZE, compare);
    int twice = 0;
    for (size_t i = 1; i < COUNT; i++) {
        twice += strcmp(ids[i - 1], ids[i]) == 0;
    }
    is_int(twice, 0, "all different");
}

static void test_clock(void) {
    ok(clock_wall_us() > INT64_C(1700000000000000), "the wall clock counts microseconds since 1970");
    int64_t last = clock_monotonic_ms();
    bool rising = true;
    int64_t start = last;
    while (last < start + 3) {
        int64_t now = clock_monotonic_ms();
        rising = rising && now >= last;
        last = now;
    }
    ok(rising, "the monotonic clock goes on and never back");
}

int main(void) {
    test_one();
    test_many();
    test_clock();
    return done_testing();
}
