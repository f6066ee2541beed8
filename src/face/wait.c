/*
 * Waiting: a blocking call drives the connection that it was given, through the same watch, event
 * and deadline calls by which an event loop drives those of started operations.
 */
#include "face/store.h"

#include "base/clock.h"
#include "base/error.h"

#include <poll.h>

struct waiter {
    pgc_op *op;
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

static void on_done(void *payload, struct conn *conn) {
    (void)conn;
    ((struct waiter *)payload)->done = true;
}

static void on_phase(void *payload, struct conn *conn, bool answered) {
    (void)conn;
    counters_tell(((struct waiter *)payload)->op, answered ? PGC_TRACE_FIRST_ROW : PGC_TRACE_SEND);
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
    struct waiter waiter = {.op = op, .fd = -1};
    struct conn *conn = op->conn;
    conn_run(conn, &op->segment,
             (struct conn_hooks){.watch = on_watch,
                                 .done = on_done,
                                 .phase = counters_traced(op) ? on_phase : NULL,
                                 .payload = &waiter});
    while (!waiter.done) {
        turn(&waiter, op->engine, conn);
    }
    if (!op->keep_conn || op->segment.error.code != PGC_OK) {
        op->conn = NULL;
        pool_release(op->pool, conn);
    }
}

static void await_conn(pgc_op *op) {
    bool queued;
    int status = pool_acquire(op->pool, op, &queued, &op->error);
    if (status != 0) {
        op->state = OP_DONE;
    } else if (queued) {
        pool_await(op->pool, op);
    }
}

static void pause_until(int64_t due) {
    int64_t left = due - clock_monotonic_ms();
    if (left > 0) {
        poll(NULL, 0, (int)left);
    }
}

/* One run; false if there is to be another. */
static bool run(pgc_op *op) {
    await_conn(op);
    if (op->state != OP_RUNNING) {
        return !route_expired(op);
    }
    drive(op);
    if (route_next(op)) {
        return false;
    }
    op_complete(op);
    op->state = OP_DONE;
    return true;
}

void wait_for(pgc_op *op) {
    pthread_condattr_t monotonic;
    pthread_cond_t assigned;
    counters_begin(op);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&assigned, &monotonic);
    op->assigned = &assigned;
    route_begin(op);
    while (!run(op)) {
        pause_until(op->due);
        op->due = 0;
    }
    pthread_cond_destroy(&assigned);
    pthread_condattr_destroy(&monotonic);
    counters_end(op, &op->error);
}
