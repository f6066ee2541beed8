/*
 * Making a connection: from host to host, until one takes it. Not for what its session is told then
 * (conn, whose part this is), nor for the order of the hosts (hosts).
 */
#ifndef CONNECTION_CONNECT_H
#define CONNECTION_CONNECT_H

#include "connection/conn.h"

void connect_begin(struct conn *conn);

/*
 * The watched descriptor is ready. One poll of libpq may replace the socket by another one under
 * the same number, so the watch ends before each and begins anew.
 */
void connect_on_event(struct conn *conn);

/*
 * One host could not be used. Who is refused by name or password would be so by all, says libpq,
 * which does not go on then; nor does this.
 */
void connect_next_host(struct conn *conn, pgc_error *err);

#endif
