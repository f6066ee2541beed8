/*
 * What a connection has watched by whoever drives it: its socket, and that of a cancel under way.
 * Not for what is done when something comes (conn, whose part this is).
 */
#ifndef CONNECTION_WATCH_H
#define CONNECTION_WATCH_H

#include "connection/conn.h"

/* While connecting, when libpq may put another socket under the same number: always told. */
void watch_connecting(struct conn *conn, int events);

/* The one socket of an established connection; only changes are told. */
void watch_for(struct conn *conn, int events);

/* No more, for now or for good: libpq may close the socket. */
void watch_end(struct conn *conn);

/* Nothing is under way. */
void watch_rest(struct conn *conn);

void watch_cancel(struct conn *conn);
void watch_end_cancel(struct conn *conn);

#endif
