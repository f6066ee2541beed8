/*
 * clock: the two clocks that the library reads, in one place so that a test can link others. Keeps
 * no state. Any thread.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/* Milliseconds from an arbitrary start; never goes back. For deadlines and idle times. */
int64_t clock_monotonic_ms(void);

/* The same clock in nanoseconds, for measuring. */
int64_t clock_monotonic_ns(void);

/* Microseconds since 1970-01-01 00:00:00 UTC by the wall clock, which may be set back. */
int64_t clock_wall_us(void);

/* The earlier one of two deadlines; 0 is none. */
static inline int64_t clock_earlier(int64_t a, int64_t b) {
    return a == 0 || (b != 0 && b < a) ? b : a;
}

#endif
