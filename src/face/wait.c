/*
 * Waiting: a blocking call drives the connection that it was given, through the same watch, event
 * and deadline calls by which an event loop drives those of started operations.
 */
#include "face/store.h"

#include "base/clock.h"
#include "base/error.h"

#include <poll.h>

struct waiter {
    int fd;
    int events;
    bool done;
};

static void on_watch(void *payload, struct conn *conn, int fd, int events) {
    (void)conn;
    struct waiter *waiter = payload;
    waiter->fd = events == 0 ? -1 : fd;
    waiter->events = events;
}

static void on_done(void *payload, struct conn *conn, struct segment *segment) {
    (void)conn;
    (void)segment;
    ((struct waiter *)payload)->done = true;
}

/* One turn: the socket, the deadline, or another thread that closes the store. */
static void turn(const struct waiter *waiter, struct engine *engine, struct conn *conn) {
    struct pollfd fds[2] = {
        {.fd = waiter->fd, .events = engine_to_poll(waiter->events)},
        {.fd = conn->wake, .events = POLLIN},
    };
    poll(fds, 2, engine_time_left(conn->deadline));
    if (fds[1].revents != 0) {
        conn_woken(conn);
        if (pool_phase(&engine->pool) == POOL_CLOSING_CANCEL) {
            conn_cancel(conn);
            return;
        }
    }
    if (conn->deadline != 0 && conn->deadline <= clock_monotonic_ms()) {
        conn_on_deadline(conn);
    } else if (fds[0].revents != 0) {
        conn_on_event(conn, engine_from_poll(fds[0].revents));
    }
}

static void drive(pgc_op *op) {
    struct waiter waiter = {.fd = -1};
    struct conn *conn = op->conn;
    conn_run(
        conn, &op->segment,
        (struct conn_hooks){
            .watch = on_watch, .done = on_done, .phase = counters_hook(op), .payload = &waiter});
    while (!waiter.done) {
        turn(&waiter, op->engine, conn);
    }
    if (!op->keep_conn || op->segment.error.code != PGC_OK) {
        op->conn = NULL;
        pool_release(&op->engine->pool, conn);
    }
    op_complete(op);
    op->state = OP_DONE;
}

static void await_conn(pgc_op *op, pthread_cond_t *assigned) {
    op->assigned = assigned;
    bool queued;
    int status = pool_acquire(&op->engine->pool, op, &queued, &op->error);
    if (status != 0) {
        op->state = OP_DONE;
    } else if (queued) {
        pool_await(&op->engine->pool, op);
    }
}

static void wait_here(pgc_op *op) {
    pthread_condattr_t monotonic;
    pthread_cond_t assigned;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&assigned, &monotonic);
    await_conn(op, &assigned);
    if (op->state == OP_RUNNING) {
        drive(op);
    }
    pthread_cond_destroy(&assigned);
    pthread_condattr_destroy(&monotonic);
}

void wait_for(pgc_op *op) {
    counters_begin(op);
    if (op->engine->alone) {
        error_set(&op->error, PGC_INVALID, "the store was opened for an event loop alone");
        op->state = OP_DONE;
    } else {
        wait_here(op);
    }
    counters_end(op, &op->error);
}
