#include "base/clock.h"
#include "base/uuid.h"
#include "tap.h"

/* Linked in place of base/clock.c: the time is what the test says. */
static int64_t wall_us;
static struct uuid_random bytes;

int64_t clock_wall_us(void) {
    return wall_us;
}

int64_t clock_monotonic_ms(void) {
    return wall_us / 1000;
}

static int compare(const void *a, const void *b) {
    return strcmp(a, b);
}

static bool well_formed(const char *uuid) {
    for (size_t i = 0; i < 36; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? uuid[i] != '-' : strchr("0123456789abcdef", uuid[i]) == NULL) return false;
    }
    return uuid[36] == '\0' && uuid[14] == '7' && strchr("89ab", uuid[19]) != NULL;
}

/* What an id made at a time begins with. */
static void test_time(int64_t us, const char *want) {
    char uuid[UUID_SIZE];
    memset(uuid, 'z', sizeof(uuid));
    wall_us = us;
    is_int(uuid_v7(&bytes, uuid), 0, "an id is made");
    ok(well_formed(uuid), "it is a UUID of version 7: %.36s", uuid);
    uuid[18] = '\0';
    is_str(uuid, want, "its time, %lld", (long long)us);
}

static void test_order(void) {
    char last[UUID_SIZE] = "";
    char uuid[UUID_SIZE] = "";
    bool rising = true;
    bool made = true;
    for (wall_us = 1717243200000000; wall_us < 1717243200005000; wall_us++) {
        made = made && uuid_v7(&bytes, uuid) == 0;
        rising = rising && strcmp(last, uuid) < 0;
        memcpy(last, uuid, sizeof(last));
    }
    ok(made, "an id for each microsecond");
    ok(rising, "each is greater than the one before");
}

/* The random part, as 64 bits of which the two highest are the variant. */
static uint64_t random_part(const char *uuid) {
    uint64_t n = 0;
    for (const char *c = uuid + 19; *c != '\0'; c++) {
        if (*c != '-') n = n << 4 | (uint64_t)(*c <= '9' ? *c - '0' : *c - 'a' + 10);
    }
    return n;
}

static void test_randomness(void) {
    enum { COUNT = 20000 };
    static char ids[COUNT][UUID_SIZE];
    const uint64_t all = UINT64_C(0x3fffffffffffffff);
    bool good = true;
    uint64_t ones = 0;
    uint64_t zeros = 0;
    for (size_t i = 0; i < COUNT; i++) {
        good = good && uuid_v7(&bytes, ids[i]) == 0 && well_formed(ids[i]);
        ones |= random_part(ids[i]);
        zeros |= ~random_part(ids[i]);
    }
    ok(good, "%d ids of the same microsecond, all well-formed", COUNT);
    ok((ones & all) == all, "every random bit is 1 at times");
    ok((zeros & all) == all, "and 0 at times");
    qsort(ids, COUNT, UUID_SIZE, compare);
    int twice = 0;
    for (size_t i = 1; i < COUNT; i++) {
        twice += strcmp(ids[i - 1], ids[i]) == 0;
    }
    is_int(twice, 0, "all different");
}

int main(void) {
    test_time(0, "00000000-0000-7000");
    test_time(1717243200123456, "018fd3ab-c27b-774b");
    test_time(1717243200123001, "018fd3ab-c27b-7004");
    test_time(1717243200123999, "018fd3ab-c27b-7ffb");
    test_order();
    test_randomness();
    return done_testing();
}
