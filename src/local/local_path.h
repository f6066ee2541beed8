/*
 * local_path: which folder is meant, before anything is known about it. Keeps no state; reads the
 * environment. Any thread.
 */
#ifndef LOCAL_LOCAL_PATH_H
#define LOCAL_LOCAL_PATH_H

#include "base/base.h"
#include "local/local_dir.h"
#include "pgconvo.h"

/*
 * The absolute path of `path`; absent or empty: of the default folder, which is
 * /var/lib/pgconvo/local for root, else pgconvo/local under $XDG_DATA_HOME or ~/.local/share. `out`
 * has LOCAL_PATH_SIZE bytes. Errors: INVALID.
 */
MUST_CHECK int local_path_absolute(pgc_str path, char *out, pgc_error *err);

/* Cuts the last component off; false if there is none ("/"). */
MUST_CHECK bool local_path_parent(char *path);

#endif
