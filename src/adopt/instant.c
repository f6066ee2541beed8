#include "adopt/instant.h"

#define SECOND INT64_C(1000000)
#define QUARTER (900 * SECOND)
#define OFFSET_MAX (60 * QUARTER)

static bool is_shared(const struct instants *shared, int64_t instant) {
    size_t low = 0;
    size_t high = shared->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (shared->values[middle] < instant) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < shared->count && shared->values[low] == instant;
}

/* The offset from UTC, in whole quarters, that lies nearest; false if that is not near enough. */
static bool find_offset(int64_t digits, int64_t instant, int64_t *offset) {
    int64_t difference;
    if (__builtin_sub_overflow(digits, instant, &difference) || difference > OFFSET_MAX + SECOND ||
        difference < -OFFSET_MAX - SECOND) {
        return false;
    }
    int64_t half = difference < 0 ? -QUARTER / 2 : QUARTER / 2;
    *offset = (difference + half) / QUARTER * QUARTER;
    int64_t rest = difference - *offset;
    return rest > -SECOND && rest < SECOND;
}

static int64_t by_rule(const struct digits *digits, enum digits_rule rule, enum reading local,
                       enum reading *reading) {
    *reading = rule == DIGITS_LOCAL ? local : (enum reading)(local + 1);
    return rule == DIGITS_LOCAL ? digits->local : digits->utc;
}

int64_t instant_read(const struct digits *digits, const struct instants *shared,
                     enum digits_rule rule, enum reading *reading) {
    int64_t offset;
    if (digits->utc == PGC_NO_TIME) {
        *reading = digits->exact == PGC_NO_TIME ? READ_NOTHING : READ_EXACT;
        return digits->exact;
    }
    if (digits->exact == PGC_NO_TIME) {
        return by_rule(digits, rule, READ_LOCAL, reading);
    }
    if (is_shared(shared, digits->exact)) {
        return by_rule(digits, rule, READ_LOCAL_SHARED, reading);
    }
    if (!find_offset(digits->utc, digits->exact, &offset)) {
        return by_rule(digits, rule, READ_LOCAL_WRONG, reading);
    }
    *reading = digits->utc - offset == digits->exact ? READ_EXACT : READ_OFFSET;
    return digits->utc - offset;
}

bool reading_is_proven(enum reading reading) {
    return reading == READ_EXACT || reading == READ_OFFSET;
}
