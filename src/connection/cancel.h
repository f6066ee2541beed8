/*
 * Asking a server to cancel what a connection runs, without ever waiting for it.
 *
 * The cancel of libpq 17 and newer does not block: it has a socket of its own, which whoever drives
 * the connection watches as well, and is encrypted as the connection is. It is found at run time.
 * The cancel of older ones blocks for as long as the network likes, so it runs in a thread; so does
 * what has not been said yet when nobody drives the connection any more. Such a thread owns all it
 * needs and ends by itself.
 */
#ifndef CONNECTION_CANCEL_H
#define CONNECTION_CANCEL_H

#include "base/base.h"

#include <libpq-fe.h>

/* As in the headers of libpq 17, which may be missing. */
typedef struct pg_cancel_conn PGcancelConn;

/* Those calls of libpq 17 that are used; all NULL if it has none. */
struct cancel_calls {
    PGcancelConn *(*create)(PGconn *);
    int (*start)(PGcancelConn *);
    PostgresPollingStatusType (*poll)(PGcancelConn *);
    int (*socket)(const PGcancelConn *);
    void (*finish)(PGcancelConn *);
};

/* One connection's. All zero: not prepared. */
struct cancel {
    PGcancel *blocking; /* for when there is no other */
    struct cancel_calls calls;
    PGcancelConn *asking; /* or NULL: there is no socket to watch */
    int fd;               /* of `asking` */
    int events;           /* that it waits for: PGC_READ or PGC_WRITE */
};

/* Gets ready, while there is memory, to cancel what this connection runs. */
MUST_CHECK bool cancel_prepare(struct cancel *cancel, PGconn *pg);

/*
 * Asks, once. True if the server will be asked, as far as anybody can tell; if `asking` is set
 * then, the caller drives it: watches its socket, for cancel_on_event.
 */
MUST_CHECK bool cancel_begin(struct cancel *cancel, PGconn *pg);

/*
 * The socket is ready. Closes or replaces it, so no watch may be on it; `asking` says if it goes
 * on.
 */
void cancel_on_event(struct cancel *cancel);

/*
 * The end, prepared or not. What was begun is left to a thread, or given up if there is nothing
 * left to be cancelled. No watch may be on the socket.
 */
void cancel_end(struct cancel *cancel, bool give_up);

#endif
