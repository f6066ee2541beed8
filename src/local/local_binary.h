/*
 * local_binary: where the programs of PostgreSQL's server are. Keeps no state; reads the
 * environment (PGCONVO_PG_BINDIR). Any thread.
 */
#ifndef LOCAL_LOCAL_BINARY_H
#define LOCAL_LOCAL_BINARY_H

#include "base/base.h"
#include "local/local_dir.h"
#include "pgconvo.h"

#define LOCAL_VERSION_SIZE 32

/*
 * The folder with initdb and postgres: $PGCONVO_PG_BINDIR, else Debian's for `version` ("15"), or
 * for the newest one that is installed if `version` is "". `out` has LOCAL_PATH_SIZE bytes. Errors:
 * LOCAL (not installed).
 */
MUST_CHECK int local_binary_find(const char *version, char *out, pgc_error *err);

/* The same without the environment, for a tree laid out like Debian's /usr/lib/postgresql. */
MUST_CHECK int local_binary_find_in(const char *root, const char *version, char *out,
                                    pgc_error *err);

#endif
