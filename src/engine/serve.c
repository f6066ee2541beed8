/*
 * Who gets which connection.
 */
#include "base/clock.h"
#include "base/error.h"
#include "engine/pool_inner.h"

#include <unistd.h>

/* ---- Closing connections, which is I/O and so happens outside of the lock -------------------- */

void pool_expire_idle_locked(struct pool *pool, struct list *doomed) {
    int64_t oldest = clock_monotonic_ms() - pool->limits.idle_timeout_ms;
    struct conn *conn;
    while (pool->idle.count + pool->busy.count > pool->limits.min &&
           (conn = conn_of(list_last(&pool->idle))) != NULL && conn->idle_since < oldest) {
        list_remove(&pool->idle, &conn->node);
        list_push_back(doomed, &conn->node);
        pool->counters.expired_idle++;
    }
}

void pool_free_all(struct list *doomed) {
    struct conn *conn;
    while ((conn = conn_of(list_pop_front(doomed))) != NULL) {
        conn_free(conn);
    }
}

/* ---- Who waits ------------------------------------------------------------------------------- */

void pool_enqueue_locked(struct pool *pool, pgc_op *op) {
    if (op->acquire_deadline == 0) {
        op->acquire_deadline = clock_monotonic_ms() + pool->limits.acquire_timeout_ms;
    }
    op->queued_at = clock_monotonic_ns();
    queue_push(&pool->queue, op);
}

static void leave_locked(struct pool *pool, pgc_op *op) {
    queue_remove(&pool->queue, op);
    uint64_t waited = (uint64_t)(clock_monotonic_ns() - op->queued_at) / 1000;
    pool->counters.waits++;
    pool->counters.wait_total_us += waited;
    pool->counters.wait_longest_us = MAX(pool->counters.wait_longest_us, waited);
}

void pool_end_locked(struct pool *pool, pgc_op *op) {
    leave_locked(pool, op);
    pool->counters.wait_failures++;
    op->state = OP_DONE;
}

void pool_assign_locked(struct pool *pool, pgc_op *op, struct conn *conn) {
    list_push_back(&pool->busy, &conn->node);
    op->conn = conn;
    op->state = OP_RUNNING;
    if (conn->state == CONN_CLOSED) {
        conn->attempt = gate_enter(&pool->gate);
    }
}

bool pool_is_patient(const struct pool *pool, const pgc_op *op) {
    return op->segment.deadline != 0 && !pool->limits.no_retry && !op->extra;
}

static bool has_room(const struct pool *pool) {
    return pool->idle.count + pool->busy.count < pool->limits.max;
}

struct conn *pool_find_conn_locked(struct pool *pool, const pgc_op *op, bool *failed) {
    struct conn *conn = conn_of(list_pop_front(&pool->idle));
    *failed = false;
    if (conn == NULL && has_room(pool) &&
        gate_admits(&pool->gate, clock_monotonic_ms(), pool_is_patient(pool, op))) {
        conn = conn_new(pool->config);
        *failed = conn == NULL;
    }
    return conn;
}

void pool_wake(struct pool *pool) {
    (void)!write(pool->wake, &(uint64_t){1}, sizeof(uint64_t));
}

void pool_announce_locked(struct pool *pool, pgc_op *op) {
    if (op->assigned != NULL) {
        pthread_cond_signal(op->assigned);
    } else {
        list_push_back(&pool->assigned, &op->node);
        pool_wake(pool);
    }
}

void pool_serve_locked(struct pool *pool) {
    pgc_op *op;
    while ((op = queue_first(&pool->queue)) != NULL) {
        bool failed;
        struct conn *conn = pool_find_conn_locked(pool, op, &failed);
        if (conn != NULL) {
            leave_locked(pool, op);
            pool_assign_locked(pool, op, conn);
        } else if (failed) {
            pool_end_locked(pool, op);
            error_nomem(&op->error);
        } else {
            return;
        }
        pool_announce_locked(pool, op);
    }
}

int64_t pool_gate_due_locked(const struct pool *pool) {
    bool held = pool->queue.waiting.count > 0 && pool->gate.shut && !pool->gate.probing;
    return held && has_room(pool) ? pool->gate.at : 0;
}

void pool_serve_due_locked(struct pool *pool) {
    int64_t due = pool_gate_due_locked(pool);
    if (due != 0 && due <= clock_monotonic_ms()) {
        pool_serve_locked(pool);
    }
}

/* ---- Connections come back ------------------------------------------------------------------- */

void pool_put_back_locked(struct pool *pool, struct conn *conn, struct list *doomed) {
    list_remove(&pool->busy, &conn->node);
    if (conn->state == CONN_CLOSED || pool->phase != POOL_OPEN) {
        list_push_back(doomed, &conn->node);
    } else {
        list_push_front(&pool->idle, &conn->node);
    }
    pool_serve_locked(pool);
    pool_expire_idle_locked(pool, doomed);
    pthread_cond_broadcast(&pool->quiet);
}

static bool is_old(const struct conn *conn) {
    return conn->expires_at != 0 && conn->expires_at <= clock_monotonic_ms();
}

/* By who has it, so that it has made room before the next one begins. */
bool pool_retire(struct conn *conn) {
    bool old = conn->state == CONN_READY && is_old(conn);
    if (old) {
        conn_close(conn);
    }
    return old;
}
