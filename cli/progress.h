/*
 * A line on stderr that says how far a long work is: only on a terminal, at most ten times a
 * second, gone at the end.
 */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct progress {
    bool on;
    bool shown;
    int64_t next; /* time of the next update, microseconds */
} progress;

void progress_start(progress *p, bool quiet);

/* `unit` is what is counted; of `total` bytes `done` are behind us (0: the total is not known). */
void progress_update(progress *p, uint64_t count, const char *unit, uint64_t done, uint64_t total);

/* Wipes the line; call it before other words, too. */
void progress_clear(progress *p);

#endif
