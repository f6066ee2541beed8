#include "connection/watch.h"

static void tell(struct conn *conn, int fd, int events) {
    conn->fd = events == 0 ? -1 : fd;
    conn->events = events;
    conn->hooks.watch(conn->hooks.payload, conn, fd, events);
}

void watch_connecting(struct conn *conn, int events) {
    tell(conn, PQsocket(conn->pg), events);
}

void watch_for(struct conn *conn, int events) {
    int fd = PQsocket(conn->pg);
    if (fd != conn->fd || events != conn->events) {
        tell(conn, fd, events);
    }
}

void watch_end(struct conn *conn) {
    if (conn->fd != -1) {
        tell(conn, conn->fd, 0);
    }
}

void watch_rest(struct conn *conn) {
    if (conn->hooks.stays) {
        watch_for(conn, PGC_READ);
    } else {
        watch_end(conn);
    }
}

void watch_cancel(struct conn *conn) {
    conn->cancel_fd = conn->cancel.fd;
    conn->cancel_events = conn->cancel.events;
    conn->hooks.watch(conn->hooks.payload, conn, conn->cancel_fd, conn->cancel_events);
}

void watch_end_cancel(struct conn *conn) {
    int fd = conn->cancel_fd;
    conn->cancel_fd = -1;
    if (fd != -1) {
        conn->hooks.watch(conn->hooks.payload, conn, fd, 0);
    }
}
