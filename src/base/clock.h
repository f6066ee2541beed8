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

#endif
