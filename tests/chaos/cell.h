/*
 * Where the campaign runs: a process with its own processes, mounts and shared memory, as far as
 * the kernel lets us have them (root, or user namespaces). All that is in it ends with it, however
 * that happens.
 */
#ifndef CHAOS_CELL_H
#define CHAOS_CELL_H

#include <stdbool.h>

struct cell {
    char folder[64]; /* of its own, below $TMPDIR */
    char volume[80]; /* a folder in it: the disk of the server */
    bool closed;     /* nothing can get out, and the volume can be mounted */
};

/*
 * Calls `run` in the cell and returns what that returned: the status for main. The folder is gone
 * then, unless the status is not 0. A first signal asks `run` to come to its end, a second one to
 * end at once.
 */
int cell_run(struct cell *cell, int (*run)(const struct cell *cell));

bool cell_ending(void);
bool cell_must_end(void);

/* Mounts a memory file system of that size as the volume; false if that may not be. */
bool cell_mount_volume(const struct cell *cell, long long size);

/* Leaves no room on the volume, and gives it its size back. */
bool cell_fill_volume(const struct cell *cell);
bool cell_empty_volume(const struct cell *cell, long long size);

#endif
