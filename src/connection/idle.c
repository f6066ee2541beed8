#include "connection/idle.h"

#include "connection/watch.h"

#include <poll.h>

/* reads in a row to empty an idle connection of what the server said unasked */
#define STALE_READS_MAX 16

void idle_drop_notifications(PGconn *pg) {
    PGnotify *notification;
    while ((notification = PQnotifies(pg)) != NULL) {
        PQfreemem(notification);
    }
}

bool idle_is_stale(struct conn *conn) {
    if (conn->demoted != atomic_load(&conn->config->hosts->demoted)) {
        return true;
    }
    struct pollfd pollfd = {.fd = PQsocket(conn->pg), .events = POLLIN};
    for (int i = 0; i < STALE_READS_MAX; i++) {
        if (poll(&pollfd, 1, 0) <= 0) {
            return false;
        }
        watch_end(conn); /* at the end of the stream libpq closes the socket */
        if (PQconsumeInput(conn->pg) != 1 || PQstatus(conn->pg) == CONNECTION_BAD) {
            return true;
        }
        idle_drop_notifications(conn->pg); /* reads what came, whatever it is */
        if (conn->doomed) {
            return true;
        }
    }
    return true;
}
