/*
 * local_environment: the environment that PostgreSQL's programs run in: made new, so that nothing
 * of the caller's (PG* variables, locale, HOME with its passwords and certificates) disturbs them.
 * Owned by the caller. Any thread.
 */
#ifndef LOCAL_LOCAL_ENVIRONMENT_H
#define LOCAL_LOCAL_ENVIRONMENT_H

#include "base/base.h"
#include "local/local_dir.h"

struct local_environment {
    const char *list[5];             /* points into the rest, so do not move it */
    char home[LOCAL_PATH_SIZE + 16]; /* the server's folder */
    char libraries[4096]; /* LD_LIBRARY_PATH is kept: a server of one's own may need it */
};

void local_environment_make(const struct local_dir *dir, struct local_environment *environment);

#endif
