/*
 * What a segment that has ended tells its caller, beyond the server's own words. A part of the
 * connection (conn), apart for its length.
 */
#ifndef CONNECTION_OUTCOME_H
#define CONNECTION_OUTCOME_H

#include "connection/conn.h"

/* The segment was stopped: its error says why. The server's SQLSTATE stays. */
void outcome_stopped(struct conn *conn, pgc_retry retry);

/*
 * The server has said its last word: it may have obeyed, or been done before it heard of a cancel.
 */
void outcome_take(struct conn *conn);

/*
 * Did a server refuse that takes no writes (any more)? It is not the one that the store needs, now
 * that there may be another; nor is what else is connected to it.
 */
MUST_CHECK bool outcome_is_demotion(const struct conn *conn);

/*
 * A notice receiver of libpq, which would print notices to stderr by itself; a library has no
 * business there. To an idle connection a server says farewell by one. What it says of a standby
 * has no SQLSTATE of its own, and is in any language, but always from the same place.
 */
void outcome_on_notice(void *conn, const PGresult *notice);

#endif
