#include "progress.h"

#include <stdio.h>
#include <unistd.h>

#include "stamp.h"

#define INTERVAL INT64_C(100000)

void progress_start(progress *p, bool quiet) {
    *p = (progress){.on = !quiet && isatty(STDERR_FILENO) == 1};
}

void progress_update(progress *p, uint64_t count, const char *unit, uint64_t done, uint64_t total) {
    if (!p->on) {
        return;
    }
    int64_t now = stamp_now();
    if (now < p->next && p->next - now <= INTERVAL) { /* further off: the clock was set back */
        return;
    }
    p->next = now + INTERVAL;
    p->shown = true;
    fprintf(stderr, "\r%llu %s", (unsigned long long)count, unit);
    if (total > 0) {
        double share = (double)done * 100.0 / (double)total;
        fprintf(stderr, ", %d %%", (int)(share < 100.0 ? share : 100.0));
    }
    fputs("\033[K", stderr);
    fflush(stderr);
}

void progress_clear(progress *p) {
    if (p->shown) {
        fputs("\r\033[K", stderr);
        p->shown = false;
    }
}
