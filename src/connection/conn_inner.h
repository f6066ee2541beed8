/* What the parts of a connection have of each other (conn.c, connect.c). Not for anybody else. */
#ifndef CONNECTION_CONN_INNER_H
#define CONNECTION_CONN_INNER_H

#include "connection/conn.h"

/* Lets go of what it has of libpq: CLOSED, whatever it was. */
void conn_drop(struct conn *conn);

/*
 * Ends what conn_run began with an error, and the connection with it: nothing of it may be touched
 * any more.
 */
void conn_fail(struct conn *conn, const pgc_error *err);

/* It is connected, or was lent out: its session is set up. */
void conn_setup_begin(struct conn *conn);

#endif
