/*
 * Waits for a moment with open eyes before the loop goes to sleep. To wake a processor that sleeps
 * takes longer, on a virtual machine much longer, than a server near by takes to answer. Whoever is
 * awake anyway loses nothing by it: with any other event the wait is over. Where answers take long
 * it is hardly ever tried. Belongs to the loop's thread.
 */
#ifndef SPIN_H
#define SPIN_H

#include "uv_part.h"

#include <stdbool.h>
#include <stdint.h>

struct spin {
    uv_prepare_t *handle;
    uint32_t misses;  /* in a row: nothing came in time */
    uint32_t skipped; /* turns of the loop since the last miss */
    bool blind;       /* the loop has not begun to watch what is awaited */
};

/* Returns false without memory. */
bool spin_open(struct spin *spin, uv_loop_t *uv);

/* `closed` gets the handle, whose data is `owner` then, and frees it. */
void spin_close(struct spin *spin, void *owner, uv_close_cb closed);

/* Is an answer awaited? */
void spin_set(struct spin *spin, bool awaited);

/* Another descriptor, or other events, are watched: that begins with the loop's next sleep only. */
void spin_pass(struct spin *spin);

#endif
