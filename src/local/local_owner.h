/*
 * local_owner: the user whom a private server belongs to and runs as. PostgreSQL refuses to run as
 * root, so root lends the work to an unprivileged user; everybody else is the owner himself. Keeps
 * no state. Any thread.
 */
#ifndef LOCAL_LOCAL_OWNER_H
#define LOCAL_LOCAL_OWNER_H

#include "base/base.h"
#include "pgconvo.h"

#include <sys/types.h>

struct local_owner {
    uid_t uid;
    gid_t gid;
    bool drop;      /* this process is root and has to become the owner before it runs a program */
    char name[256]; /* as the system knows him; peer authentication goes by it */
};

/*
 * The owner of what this process makes: its own user, or for root "postgres", or "nobody" where
 * there is no such user. Errors: LOCAL (the user has no name).
 */
MUST_CHECK int local_owner_new(struct local_owner *owner, pgc_error *err);

/*
 * The owner of what belongs to `uid` already. Errors: LOCAL (neither root nor that user; the user
 * has no name).
 */
MUST_CHECK int local_owner_of(uid_t uid, struct local_owner *owner, pgc_error *err);

/* The home folder of this process's user, "" if there is none. */
void local_owner_home(char *home, size_t size);

#endif
