#include "engine/engine.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"

#include <limits.h>
#include <unistd.h>

/* The pools in turn, beginning with NULL; NULL: that was the last. */
static struct pool *next_pool(struct engine *engine, const struct pool *pool) {
    return pool == NULL ? &engine->pool : pool == &engine->pool ? engine->reader : NULL;
}

static int init_pools(struct engine *engine, struct engine_part writer,
                      const struct engine_part *reader) {
    int status = pool_init(&engine->pool, writer.config, writer.limits);
    if (status != 0 || reader == NULL) {
        return status;
    }
    status = pool_init(&engine->reader_pool, reader->config, reader->limits);
    if (status != 0) {
        pool_destroy(&engine->pool);
        return status;
    }
    engine->reader = &engine->reader_pool;
    return 0;
}

int engine_init(struct engine *engine, struct engine_part writer,
                const struct engine_part *reader) {
    *engine = (struct engine){.timer_at = 0};
    list_init(&engine->paused);
    list_init(&engine->running);
    list_init(&engine->finished);
    size_t connections = writer.limits.max + (reader == NULL ? 0 : reader->limits.max);
    engine->pollfds = mem_zalloc((2 * connections + 2) * sizeof *engine->pollfds);
    if (engine->pollfds == NULL) {
        return -PGC_NOMEM;
    }
    int status = init_pools(engine, writer, reader);
    if (status != 0) {
        mem_free(engine->pollfds);
        return status;
    }
    horizon_init(&engine->horizon);
    return 0;
}

void engine_destroy(struct engine *engine) {
    pool_destroy(&engine->pool);
    if (engine->reader != NULL) {
        pool_destroy(engine->reader);
    }
    horizon_destroy(&engine->horizon);
    mem_free(engine->pollfds);
}

static void watch_wakes(struct engine *engine, int events) {
    for (struct pool *pool = NULL; (pool = next_pool(engine, pool)) != NULL;) {
        engine->watch(engine->payload, pool->wake, events);
    }
}

void engine_watch(struct engine *engine, pgc_watch_fn watch, pgc_timer_fn timer, void *payload) {
    engine->watch = watch;
    engine->timer = timer;
    engine->payload = payload;
    if (watch != NULL) {
        watch_wakes(engine, PGC_READ);
    }
}

void engine_unwatch(struct engine *engine) {
    if (engine->watch != NULL) {
        watch_wakes(engine, 0);
    }
    if (engine->timer != NULL && engine->timer_at != 0) {
        engine->timer(engine->payload, -1);
    }
    engine_watch(engine, NULL, NULL, NULL);
}

/* ---- Operations begin and end ---------------------------------------------------------------- */

static void end(struct engine *engine, pgc_op *op) {
    counters_end(op, &op->error);
    op->state = OP_DONE;
    op->stage = STAGE_ENDED;
    engine->active--;
    if (op->done != NULL) {
        list_push_back(&engine->finished, &op->node);
    }
}

static void on_watch(void *payload, struct conn *conn, int fd, int events) {
    (void)conn;
    const struct engine *engine = payload;
    if (engine->watch != NULL) {
        engine->watch(engine->payload, fd, events);
    }
}

static void start_extras(struct engine *engine, pgc_op *parent);

/* The last one ends the operation that they are for. */
static void end_extra(struct engine *engine, pgc_op *parent) {
    if (--parent->extras == 0) {
        end(engine, parent);
    }
}

static void on_done(void *payload, struct conn *conn, struct segment *segment) {
    (void)conn;
    struct engine *engine = payload;
    pgc_op *op = op_of_segment(segment);
    list_remove(&engine->running, &op->node);
    op->stage = STAGE_WAITS;
    if (pool_finish(op->pool, op)) {
        return;
    }
    if (op->extra) {
        end_extra(engine, op->parent);
        op_free(op);
    } else if (route_next(op)) {
        list_push_back(&engine->paused, &op->node);
    } else {
        op_complete(op);
        if (op->warms && op->error.code == PGC_OK) {
            start_extras(engine, op);
        } else {
            end(engine, op);
        }
    }
}

/* If its connection must not be made now, it waits in the queue again. */
static void launch(struct engine *engine, pgc_op *op) {
    if (!pool_fit(op->pool, op)) {
        return;
    }
    list_push_back(&engine->running, &op->node);
    op->stage = STAGE_RUNS;
    conn_run(op->conn, &op->segment,
             (struct conn_hooks){.watch = on_watch,
                                 .ready = pool_connected,
                                 .done = on_done,
                                 .phase = counters_hook(op),
                                 .payload = engine,
                                 .announced = engine->watch != NULL,
                                 .stays = engine->alone});
}

/* All at once. What cannot even be begun is left out; it does not count. */
static void start_extras(struct engine *engine, pgc_op *parent) {
    pgc_op *op = NULL;
    parent->stage = STAGE_WARMS;
    parent->extras = 1;
    while ((op = op_new_extra(parent)) != NULL && pool_extra(&engine->pool, op)) {
        op->parent = parent;
        parent->extras++;
        launch(engine, op);
    }
    op_free(op);
    end_extra(engine, parent);
}

static void set_timer(struct engine *engine);

int engine_start(struct engine *engine, pgc_op *op, pgc_error *err) {
    bool queued;
    route_begin(op);
    int status = pool_acquire(op->pool, op, &queued, err);
    if (status != 0) {
        return status;
    }
    engine->active++;
    if (!queued) {
        launch(engine, op);
    }
    set_timer(engine);
    return 0;
}

/* Takes an operation that pauses off its list. */
static void unpause(struct engine *engine, pgc_op *op) {
    list_remove(&engine->paused, &op->node);
    op->due = 0;
}

static void run_again(struct engine *engine, pgc_op *op) {
    bool queued;
    unpause(engine, op);
    if (pool_acquire(op->pool, op, &queued, &op->error) != 0) {
        end(engine, op);
    } else if (!queued) {
        launch(engine, op);
    }
}

/* Those that pause anew meanwhile have their next turn later. */
static void run_due(struct engine *engine) {
    int64_t now = clock_monotonic_ms();
    struct list_node *node = list_first(&engine->paused);
    for (size_t left = engine->paused.count; left > 0 && node != NULL; left--) {
        pgc_op *op = op_of(node);
        node = list_next(&engine->paused, node);
        if (op->due <= now) {
            run_again(engine, op);
        }
    }
}

/* ---- Time ------------------------------------------------------------------------------------ */

int engine_time_left(int64_t deadline) {
    if (deadline == 0) {
        return -1;
    }
    int64_t left = deadline - clock_monotonic_ms();
    return left < 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}

static int64_t next_deadline(struct engine *engine) {
    if (engine->finished.count > 0) {
        return clock_monotonic_ms();
    }
    int64_t deadline = 0;
    for (struct pool *pool = NULL; (pool = next_pool(engine, pool)) != NULL;) {
        deadline = clock_earlier(deadline, pool_next_deadline(pool));
    }
    for (struct list_node *node = list_first(&engine->paused); node != NULL;
         node = list_next(&engine->paused, node)) {
        deadline = clock_earlier(deadline, op_of(node)->due);
    }
    for (struct list_node *node = list_first(&engine->running); node != NULL;
         node = list_next(&engine->running, node)) {
        deadline = clock_earlier(deadline, op_of(node)->conn->deadline);
    }
    return deadline;
}

static void set_timer(struct engine *engine) {
    int64_t deadline = next_deadline(engine);
    if (engine->timer != NULL && deadline != engine->timer_at) {
        engine->timer(engine->payload, engine_time_left(deadline));
    }
    engine->timer_at = deadline;
}

/* ---- The turn -------------------------------------------------------------------------------- */

/* It ended in the queue; that was on a standby, perhaps, and there is time left for the primary. */
static void leave_queue(struct engine *engine, pgc_op *op) {
    if (route_expired(op)) {
        list_push_back(&engine->paused, &op->node);
    } else {
        end(engine, op);
    }
}

static void launch_assigned_of(struct engine *engine, struct pool *pool) {
    pgc_op *op;
    while ((op = pool_next_assigned(pool)) != NULL) {
        if (op->state == OP_RUNNING) {
            launch(engine, op);
        } else {
            leave_queue(engine, op);
        }
    }
}

static void launch_assigned(struct engine *engine) {
    for (struct pool *pool = NULL; (pool = next_pool(engine, pool)) != NULL;) {
        launch_assigned_of(engine, pool);
    }
}

/* The extra operations that `parent` waits for; each may end, which takes it off the list. */
static void for_extras(struct engine *engine, const pgc_op *parent,
                       void (*what)(struct conn *conn, int64_t deadline), int64_t deadline) {
    struct list_node *next;
    for (struct list_node *node = list_first(&engine->running); node != NULL; node = next) {
        next = list_next(&engine->running, node);
        if (op_of(node)->parent == parent) {
            what(op_of(node)->conn, deadline);
        }
    }
}

static void cancel_extra(struct conn *conn, int64_t deadline) {
    (void)deadline;
    conn_cancel(conn);
}

/* False: it is out of the queue, and is to be launched first; that may put it back there. */
static bool cancel_waiting(struct engine *engine, pgc_op *op) {
    if (op->due != 0) {
        unpause(engine, op);
        op_cancelled(op);
    } else if (!pool_cancel(op->pool, op)) {
        return false;
    }
    end(engine, op);
    return true;
}

void engine_cancel(struct engine *engine, pgc_op *op) {
    while (op->stage == STAGE_WAITS && !cancel_waiting(engine, op)) {
        launch_assigned(engine);
    }
    if (op->stage == STAGE_RUNS) {
        conn_cancel(op->conn);
    } else if (op->stage == STAGE_WARMS) {
        for_extras(engine, op, cancel_extra, 0);
    }
    set_timer(engine);
}

/* False: as above. */
static bool limit_waiting(pgc_op *op, int64_t deadline) {
    deadline = route_limit(op, deadline);
    if (op->due != 0) {
        op->segment.deadline = deadline;
        return true;
    }
    return pool_limit(op->pool, op, deadline);
}

void engine_limit(struct engine *engine, pgc_op *op, int64_t deadline) {
    while (op->stage == STAGE_WAITS && !limit_waiting(op, deadline)) {
        launch_assigned(engine);
    }
    if (op->stage == STAGE_RUNS) {
        conn_limit_call(op->conn, route_limit(op, deadline));
    } else if (op->stage == STAGE_WARMS) {
        for_extras(engine, op, conn_limit_call, deadline);
    }
    set_timer(engine);
}

/*
 * A deadline or a cancel ends an operation, which takes it off the list: so ask for the next one
 * first.
 */
static void look_at_running(struct engine *engine) {
    bool cancel = !engine->cancelling && pool_phase(&engine->pool) == POOL_CLOSING_CANCEL;
    engine->cancelling |= cancel;
    struct list_node *next;
    for (struct list_node *node = list_first(&engine->running); node != NULL; node = next) {
        next = list_next(&engine->running, node);
        struct conn *conn = op_of(node)->conn;
        if (cancel) {
            conn_cancel(conn);
        } else if (conn->deadline != 0 && conn->deadline <= clock_monotonic_ms()) {
            conn_on_deadline(conn);
        }
    }
}

/*
 * Only as many as there are now: what callbacks start and what fails at once has its turn next
 * time. A callback may take a turn of its own, which then leaves fewer.
 */
static void call_back(struct engine *engine) {
    pgc_op *op;
    for (size_t left = engine->finished.count; left > 0; left--) {
        if ((op = op_of(list_pop_front(&engine->finished))) != NULL) {
            op->done(op, op->payload);
            op_free(op);
        }
    }
}

void engine_tick(struct engine *engine) {
    launch_assigned(engine);
    run_due(engine);
    look_at_running(engine);
    for (struct pool *pool = NULL; (pool = next_pool(engine, pool)) != NULL;) {
        pgc_op *op;
        while ((op = pool_next_expired(pool)) != NULL) {
            leave_queue(engine, op);
        }
    }
    call_back(engine);
    set_timer(engine);
}

void engine_on_timer(struct engine *engine) {
    engine->timer_at = -1;
    engine_tick(engine);
}

/* Mostly the server has hung up: then nobody need find out with the next call. */
static void on_idle_event(struct engine *engine, int fd, int events) {
    for (struct pool *pool = NULL; (pool = next_pool(engine, pool)) != NULL;) {
        struct conn *conn = pool_take_idle(pool, fd);
        if (conn != NULL) {
            (void)conn_on_event(conn, fd, events);
            pool_return_idle(pool, conn);
        }
    }
}

void engine_on_event(struct engine *engine, int fd, int events) {
    for (struct pool *pool = NULL; (pool = next_pool(engine, pool)) != NULL;) {
        if (fd == pool->wake) {
            uint64_t count;
            (void)!read(fd, &count, sizeof count);
            return;
        }
    }
    for (struct list_node *node = list_first(&engine->running); node != NULL;
         node = list_next(&engine->running, node)) {
        if (conn_on_event(op_of(node)->conn, fd, events)) {
            return;
        }
    }
    on_idle_event(engine, fd, events);
}

short engine_to_poll(int events) {
    return (short)(((events & PGC_READ) != 0 ? POLLIN : 0) |
                   ((events & PGC_WRITE) != 0 ? POLLOUT : 0));
}

/* A hang-up or an error is both: whoever reads or writes next will see it. */
int engine_from_poll(short revents) {
    int events =
        ((revents & POLLIN) != 0 ? PGC_READ : 0) | ((revents & POLLOUT) != 0 ? PGC_WRITE : 0);
    return (revents & (POLLERR | POLLHUP | POLLNVAL)) != 0 ? PGC_READ | PGC_WRITE : events;
}

int engine_poll(struct engine *engine, int timeout_ms) {
    struct pollfd *pollfds = engine->pollfds;
    nfds_t count = 0;
    for (struct pool *pool = NULL; (pool = next_pool(engine, pool)) != NULL;) {
        pollfds[count++] = (struct pollfd){.fd = pool->wake, .events = POLLIN};
    }
    for (struct list_node *node = list_first(&engine->running); node != NULL;
         node = list_next(&engine->running, node)) {
        const struct conn *conn = op_of(node)->conn;
        pollfds[count++] = (struct pollfd){.fd = conn->fd, .events = engine_to_poll(conn->events)};
        if (conn->cancel_fd != -1) {
            pollfds[count++] = (struct pollfd){.fd = conn->cancel_fd,
                                               .events = engine_to_poll(conn->cancel_events)};
        }
    }
    int wait = engine_time_left(next_deadline(engine));
    wait = wait < 0 || (timeout_ms >= 0 && timeout_ms < wait) ? timeout_ms : wait;
    if (poll(pollfds, count, wait) > 0) {
        for (nfds_t i = 0; i < count; i++) {
            if (pollfds[i].revents != 0) {
                engine_on_event(engine, pollfds[i].fd, engine_from_poll(pollfds[i].revents));
            }
        }
    }
    engine_tick(engine);
    return (int)MIN(engine->active + engine->finished.count, (size_t)INT_MAX);
}

void engine_drain(struct engine *engine) {
    engine_tick(engine);
    while (engine->active > 0 || engine->finished.count > 0) {
        engine_poll(engine, -1);
    }
}

/* ---- Both pools ------------------------------------------------------------------------------ */

void engine_begin_close(struct engine *engine, enum pool_phase phase) {
    for (struct pool *pool = NULL; (pool = next_pool(engine, pool)) != NULL;) {
        pool_begin_close(pool, phase);
    }
}

void engine_await_quiet(struct engine *engine) {
    for (struct pool *pool = NULL; (pool = next_pool(engine, pool)) != NULL;) {
        pool_await_quiet(pool);
    }
}

void engine_status(struct engine *engine, pgc_pool_status *status) {
    *status = (pgc_pool_status){.open = 0};
    for (struct pool *pool = NULL; (pool = next_pool(engine, pool)) != NULL;) {
        pgc_pool_status one;
        pool_status(pool, &one);
        status->open += one.open;
        status->idle += one.idle;
        status->leased += one.leased;
        status->waiting += one.waiting;
        status->max += one.max;
    }
}
