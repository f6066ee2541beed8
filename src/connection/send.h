/*
 * How a segment goes over the wire: its statements by name or with their texts, what goes in front
 * of them, one Sync behind. Not for when it is sent or what comes back (conn, whose part this is).
 */
#ifndef CONNECTION_SEND_H
#define CONNECTION_SEND_H

#include "connection/conn.h"

/* Hands libpq the segment under way. False: the connection is broken, or memory ran out. */
MUST_CHECK bool send_segment(struct conn *conn);

/*
 * Did the segment, which has ended, fail because the session is not as thought? That is: a prepared
 * statement is not there, or there already, which only a pooler can bring about; or the transaction
 * has another level of isolation than it should. Then nothing was done, the connection knows better
 * now, and the segment is to be sent again.
 */
MUST_CHECK bool send_adapt(struct conn *conn);

#endif
