/*
 * Waiting: a blocking call drives the connection that it was given, through the same watch, event
 * and deadline calls by which an event loop drives those of started operations.
 */
#include "face/store.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"

#include <poll.h>

/* of one connection: its socket, that of a cancel, and what makes its driver look up */
#define FDS 3

/* What is watched stands in the connection. */
static void on_watch(void *payload, struct conn *conn, int fd, int events) {
    (void)payload;
    (void)conn;
    (void)fd;
    (void)events;
}

static void on_done(void *payload, struct conn *conn, struct segment *segment) {
    (void)conn;
    (void)segment;
    *(bool *)payload = true;
}

static void ask(const struct conn *conn, struct pollfd fds[FDS]) {
    fds[0] = (struct pollfd){.fd = conn->wake, .events = POLLIN};
    fds[1] = (struct pollfd){.fd = conn->fd, .events = engine_to_poll(conn->events)};
    fds[2] = (struct pollfd){.fd = conn->cancel_fd, .events = engine_to_poll(conn->cancel_events)};
}

static void handle(struct conn *conn, const struct pollfd *pollfd) {
    if (pollfd->revents != 0) {
        (void)conn_on_event(conn, pollfd->fd, engine_from_poll(pollfd->revents));
    }
}

/* What came: another thread that closes the store, the deadline, the sockets. */
static void react(struct engine *engine, struct conn *conn, const struct pollfd fds[FDS]) {
    if (fds[0].revents != 0) {
        conn_woken(conn);
        if (pool_phase(&engine->pool) == POOL_CLOSING_CANCEL) {
            conn_cancel(conn);
            return;
        }
    }
    if (conn->deadline != 0 && conn->deadline <= clock_monotonic_ms()) {
        conn_on_deadline(conn);
        return;
    }
    handle(conn, &fds[1]);
    handle(conn, &fds[2]);
}

/* `*done` becomes true at its end. */
static void run(pgc_op *op, bool *done) {
    conn_run(op->conn, &op->segment,
             (struct conn_hooks){.watch = on_watch,
                                 .ready = pool_connected,
                                 .done = on_done,
                                 .phase = counters_hook(op),
                                 .payload = done});
}

/*
 * Runs it on the connection that it got, to an end. False: it is to be run again, on the next
 * connection of the pool.
 */
static bool drive(pgc_op *op) {
    bool done = false;
    struct conn *conn = op->conn;
    if (!pool_fit(op->pool, op)) {
        return false;
    }
    run(op, &done);
    while (!done) {
        struct pollfd fds[FDS];
        ask(conn, fds);
        poll(fds, FDS, engine_time_left(conn->deadline));
        react(op->engine, conn, fds);
    }
    bool kept = op->keep_conn && op->segment.error.code == PGC_OK;
    return kept || !pool_finish(op->pool, op);
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

/* Runs it in one pool. False: it is to be run again, perhaps in the other one. */
static bool run_in_pool(pgc_op *op) {
    await_conn(op);
    while (op->state == OP_RUNNING && !drive(op)) {
        pool_await(op->pool, op);
    }
    if (op->state != OP_RUNNING) {
        return !route_expired(op);
    }
    if (route_next(op)) {
        return false;
    }
    op_complete(op);
    op->state = OP_DONE;
    return true;
}

static void run_to_end(pgc_op *op, pthread_cond_t *assigned) {
    op->assigned = assigned;
    route_begin(op);
    while (!run_in_pool(op)) {
        pause_until(op->due);
        op->due = 0;
    }
}

static void wait_here(pgc_op *op) {
    pthread_condattr_t monotonic;
    pthread_cond_t assigned;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&assigned, &monotonic);
    run_to_end(op, &assigned);
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

/* ---- Warming up ------------------------------------------------------------------------------ */

struct extra {
    pgc_op *op; /* NULL: it has ended */
    struct conn *conn;
    bool done;
};

/* Ends those that are done; how many are left, and when the first of them is due. */
static size_t reap(struct extra *extras, size_t count, int64_t *due) {
    size_t left = 0;
    *due = 0;
    for (size_t i = 0; i < count; i++) {
        struct extra *extra = &extras[i];
        if (extra->op != NULL && extra->done) {
            (void)!pool_finish(extra->op->pool, extra->op); /* nobody asks what came of it */
            op_free(extra->op);
            extra->op = NULL;
        }
        if (extra->op != NULL) {
            left++;
            *due = clock_earlier(*due, extra->conn->deadline);
        }
    }
    return left;
}

static void drive_all(struct engine *engine, struct extra *extras, size_t count,
                      struct pollfd *fds) {
    int64_t due;
    while (reap(extras, count, &due) > 0) {
        for (size_t i = 0; i < count; i++) {
            struct pollfd *own = &fds[FDS * i];
            own[0] = own[1] = own[2] = (struct pollfd){.fd = -1};
            if (extras[i].op != NULL) {
                ask(extras[i].conn, own);
            }
        }
        poll(fds, FDS * count, engine_time_left(due));
        for (size_t i = 0; i < count; i++) {
            if (extras[i].op != NULL) {
                react(engine, extras[i].conn, &fds[FDS * i]);
            }
        }
    }
}

static void start_all(const pgc_op *parent, struct extra *extras, size_t room, size_t *count) {
    struct pool *pool = &parent->engine->pool;
    for (*count = 0; *count < room; ++*count) {
        struct extra *extra = &extras[*count];
        *extra = (struct extra){.op = op_new_extra(parent)};
        if (extra->op == NULL || !pool_extra(pool, extra->op)) {
            op_free(extra->op);
            return;
        }
        extra->conn = extra->op->conn;
        run(extra->op, &extra->done);
    }
}

void wait_for_extras(const pgc_op *parent) {
    size_t room = parent->engine->pool.limits.min, count;
    struct extra *extras = mem_zalloc((room + 1) * sizeof *extras);
    struct pollfd *fds = mem_zalloc((FDS * room + 1) * sizeof *fds);
    if (extras != NULL && fds != NULL) {
        start_all(parent, extras, room, &count);
        drive_all(parent->engine, extras, count, fds);
    }
    mem_free(extras);
    mem_free(fds);
}
