/*
 * local_fail: errors of system calls, told the same way everywhere in this layer. Keeps no state.
 * Any thread.
 */
#ifndef LOCAL_LOCAL_FAIL_H
#define LOCAL_LOCAL_FAIL_H

#include "base/base.h"
#include "pgconvo.h"

/* LOCAL: "cannot <what> (<reason of the error number>): <path>". Returns -PGC_LOCAL. */
int local_fail(pgc_error *err, int number, const char *what, const char *path);

#endif
