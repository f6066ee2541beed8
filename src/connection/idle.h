/*
 * What a server says to a connection that asked it nothing. Not for what answers a segment (conn).
 */
#ifndef CONNECTION_IDLE_H
#define CONNECTION_IDLE_H

#include "connection/conn.h"

/* Nobody listens here, so libpq must not collect what a server notifies us of. */
void idle_drop_notifications(PGconn *pg);

/*
 * Has the server hung up on an idle connection, does it not stop talking, or has another one taken
 * over since? Costs no round trip: what it said is in the socket already.
 */
MUST_CHECK bool idle_is_stale(struct conn *conn);

#endif
