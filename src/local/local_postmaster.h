/*
 * local_postmaster: what can be seen of a private server that runs: its lock, its pid file, its
 * process. Keeps no state. Needs the control lock, or the answers may be old at once.
 */
#ifndef LOCAL_LOCAL_POSTMASTER_H
#define LOCAL_LOCAL_POSTMASTER_H

#include "base/base.h"
#include "local/local_address.h"
#include "local/local_dir.h"

enum local_state {
    LOCAL_DOWN, /* nothing works on the data */
    LOCAL_BUSY, /* something does: a server that starts or stops, what one left behind, initdb */
    LOCAL_UP,   /* a server takes connections */
};

struct local_postmaster {
    enum local_state state;
    long pid;                     /* of the server, 0 if there is none or it has not said so yet */
    struct local_address address; /* of the server with this pid */
};

void local_postmaster_look(const struct local_dir *dir, struct local_postmaster *postmaster);

/*
 * PostgreSQL takes the files of a server that was killed for those of a running one, and does not
 * start, if any process of the owner's has its number now, be it a dead one that nobody has
 * fetched. Removes files of which we know better: those for the data, and those for the socket that
 * the next server will use. Needs state DOWN.
 */
void local_postmaster_forget(const struct local_dir *dir, const struct local_address *next);

#endif
