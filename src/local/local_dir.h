/*
 * local_dir: the folder of a private server: which one it is, that it is ours, whose it is, and
 * the control lock on it. An open local_dir holds that lock: whoever has it is the only one, in all
 * processes, who makes, starts, stops or looks at the server. The lock is on the folder itself, so
 * that nothing has to be put into a folder to find out that it is not ours. Owned by the caller;
 * one thread at a time.
 */
#ifndef LOCAL_LOCAL_DIR_H
#define LOCAL_LOCAL_DIR_H

#include "base/base.h"
#include "local/local_owner.h"
#include "pgconvo.h"

#define LOCAL_PATH_MAX 900   /* bytes; PostgreSQL's own limit for what lies in the folder is 1023 */
#define LOCAL_PATH_SIZE 1024 /* room for such a path and the name of a file in the folder */

struct local_dir {
    int fd;    /* -1: there is no such folder */
    bool ours; /* it bears our mark; an unmarked one is empty */
    struct local_owner owner;
    char path[LOCAL_PATH_SIZE]; /* absolute; without links if the folder is there */
};

/*
 * Finds the folder (absent or empty path: the default one) and waits for its control lock. With
 * `make`, the folder is made if need be and marked as ours; without, nothing is changed. Errors:
 * INVALID (the path), LOCAL (not ours, not usable, a network file system).
 */
MUST_CHECK int local_dir_open(pgc_str path, bool make, struct local_dir *dir, pgc_error *err);

/* Waits for the control lock again, or lets it go; the folder stays open. */
MUST_CHECK int local_dir_lock(struct local_dir *dir, pgc_error *err);
void local_dir_unlock(struct local_dir *dir);

/* Lets the lock go and closes. */
void local_dir_close(struct local_dir *dir);

/* Writes the path of a file in the folder; `out` has LOCAL_PATH_SIZE bytes. */
void local_dir_file(const struct local_dir *dir, const char *name, char *out);

#endif
