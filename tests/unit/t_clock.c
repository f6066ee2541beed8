#include "base/clock.h"
#include "tap.h"

#include <time.h>

int main(void) {
    int64_t before = (int64_t)time(NULL);
    int64_t now = clock_wall_us();
    int64_t after = (int64_t)time(NULL);
    /* time() may be a tick of the kernel behind. */
    ok(now / 1000000 >= before && now / 1000000 <= after + 1, "the wall clock counts microseconds");

    int64_t start = clock_monotonic_ms();
    int64_t last = start;
    bool back = false;
    while (last < start + 3) {
        now = clock_monotonic_ms();
        back = back || now < last;
        last = now;
    }
    ok(!back, "the other one goes on and never back");
    struct timespec pause = {.tv_nsec = 20000000};
    start = clock_monotonic_ms();
    while (nanosleep(&pause, &pause) != 0) {}
    ok(clock_monotonic_ms() - start >= 19, "and counts milliseconds");
    return done_testing();
}
