/*
 * local_fs: which file systems a private server must not live on. Keeps no state. Any thread.
 */
#ifndef LOCAL_LOCAL_FS_H
#define LOCAL_LOCAL_FS_H

#include "base/base.h"
#include "pgconvo.h"

/* The name of the file system with this number (f_type of statfs) if it is refused, else NULL. */
const char *local_fs_refused(unsigned long type);

/* Refuses `path`, which must exist, if its file system is. Errors: LOCAL. */
MUST_CHECK int local_fs_check(const char *path, pgc_error *err);

#endif
