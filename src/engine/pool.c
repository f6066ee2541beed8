#include "engine/pool_inner.h"

#include "base/clock.h"
#include "base/error.h"

#include <assert.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

int pool_init(struct pool *pool, const struct conn_config *config, struct pool_limits limits) {
    *pool = (struct pool){.config = config, .limits = limits, .phase = POOL_OPEN};
    gate_init(&pool->gate);
    queue_init(&pool->queue);
    pool->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (pool->wake == -1) {
        return -PGC_NOMEM;
    }
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->quiet, NULL);
    list_init(&pool->idle);
    list_init(&pool->busy);
    list_init(&pool->assigned);
    return 0;
}

void pool_destroy(struct pool *pool) {
    assert(pool->busy.count == 0 && pool->idle.count == 0);
    pthread_cond_destroy(&pool->quiet);
    pthread_mutex_destroy(&pool->lock);
    close(pool->wake);
}

/* ---- Operations get connections -------------------------------------------------------------- */

static int refuse_locked(struct pool *pool, pgc_error *err) {
    pool->counters.refused++;
    error_set(err, PGC_BUSY, "%u operations wait for a connection already",
              pool->limits.max_waiting);
    error_hint(err, "Raise max_waiting or max_connections, or make fewer calls at once.");
    return -PGC_BUSY;
}

/*
 * Where a connection could be made, those in the queue wait for the gate. Who will not wait for
 * that passes them by: if the attempt succeeds, they are served as well.
 */
static int acquire_locked(struct pool *pool, pgc_op *op, pgc_error *err) {
    bool first = pool->queue.waiting.count == 0 || !pool_is_patient(pool, op);
    bool failed = false;
    if (pool->phase != POOL_OPEN) {
        return error_set(err, PGC_CLOSED, "the store is closed");
    }
    struct conn *conn = first ? pool_find_conn_locked(pool, op, &failed) : NULL;
    if (failed) {
        return error_nomem(err);
    }
    if (conn != NULL) {
        pool_assign_locked(pool, op, conn);
        return 0;
    }
    if (pool->limits.max_waiting != 0 && pool->queue.waiting.count >= pool->limits.max_waiting) {
        return refuse_locked(pool, err);
    }
    pool_enqueue_locked(pool, op);
    return 0;
}

int pool_acquire(struct pool *pool, pgc_op *op, bool *queued, pgc_error *err) {
    struct list doomed;
    list_init(&doomed);
    pthread_mutex_lock(&pool->lock);
    pool_expire_idle_locked(pool, &doomed);
    int status = acquire_locked(pool, op, err);
    *queued = op->state == OP_QUEUED;
    pthread_mutex_unlock(&pool->lock);
    pool_free_all(&doomed);
    return status;
}

bool pool_extra(struct pool *pool, pgc_op *op) {
    pthread_mutex_lock(&pool->lock);
    bool wanted = pool->phase == POOL_OPEN && !pool->gate.shut &&
                  pool->idle.count + pool->busy.count < pool->limits.min;
    struct conn *conn = wanted ? conn_new(pool->config) : NULL;
    if (conn != NULL) {
        pool_assign_locked(pool, op, conn);
    }
    pthread_mutex_unlock(&pool->lock);
    return conn != NULL;
}

/* ---- Time is up ------------------------------------------------------------------------------ */

const pgc_error *pool_refusal(const struct pool *pool) {
    const struct gate *gate = &pool->gate;
    return gate->shut && gate->refusal.code != PGC_OK ? &gate->refusal : NULL;
}

void pool_set_late(const struct pool *pool, pgc_error *err) {
    const pgc_error *refusal = pool_refusal(pool);
    if (refusal == NULL) {
        error_set(err, PGC_TIMEOUT,
                  "the time limit of the call was reached before a connection became free");
    } else {
        error_set(err, PGC_TIMEOUT, "the time limit of the call was reached; not connected: %s",
                  refusal->message);
        error_hint(err, "%s", refusal->hint);
        memcpy(err->sqlstate, refusal->sqlstate, sizeof err->sqlstate);
    }
    error_retry(err, PGC_RETRY_SAFE);
}

/* Why the wait for a connection ended without one. */
static void set_expired(const struct pool *pool, pgc_op *op) {
    int64_t limit = op->segment.deadline;
    if (limit != 0 && limit < op->acquire_deadline) {
        pool_set_late(pool, &op->error);
    } else if (pool_refusal(pool) != NULL) {
        error_copy(&op->error, pool_refusal(pool));
        error_detail(&op->error, "this went on for %lld ms",
                     (long long)pool->limits.acquire_timeout_ms);
    } else {
        error_set(&op->error, PGC_BUSY, "no connection became free within %lld ms",
                  (long long)pool->limits.acquire_timeout_ms);
        error_hint(&op->error,
                   "All %u connections of the pool are in use; raise max_connections or use leases "
                   "shorter.",
                   pool->limits.max);
    }
}

void pool_await(struct pool *pool, pgc_op *op) {
    pthread_mutex_lock(&pool->lock);
    while (op->state == OP_QUEUED) {
        int64_t due = clock_earlier(op->acquire_deadline, op->segment.deadline);
        int64_t wake = clock_earlier(due, pool_gate_due_locked(pool));
        struct timespec until = {.tv_sec = wake / 1000, .tv_nsec = (wake % 1000) * 1000000};
        pthread_cond_timedwait(op->assigned, &pool->lock, &until);
        if (op->state == OP_QUEUED && due <= clock_monotonic_ms()) {
            pool_end_locked(pool, op);
            set_expired(pool, op);
        }
        pool_serve_due_locked(pool);
    }
    pthread_mutex_unlock(&pool->lock);
}

int64_t pool_next_deadline(struct pool *pool) {
    int64_t due;
    pthread_mutex_lock(&pool->lock);
    if (queue_next_due(&pool->queue, &due) != NULL) {
        due = clock_earlier(due, pool_gate_due_locked(pool));
    }
    pthread_mutex_unlock(&pool->lock);
    return due;
}

pgc_op *pool_next_expired(struct pool *pool) {
    int64_t due;
    pthread_mutex_lock(&pool->lock);
    pgc_op *op = queue_next_due(&pool->queue, &due);
    if (op != NULL && due <= clock_monotonic_ms()) {
        pool_end_locked(pool, op);
        set_expired(pool, op);
    } else {
        op = NULL;
    }
    pthread_mutex_unlock(&pool->lock);
    return op;
}

bool pool_limit(struct pool *pool, pgc_op *op, int64_t deadline) {
    pthread_mutex_lock(&pool->lock);
    bool waits = op->state == OP_QUEUED;
    if (waits) {
        queue_limit(&pool->queue, op, deadline);
    }
    pthread_mutex_unlock(&pool->lock);
    return waits;
}

bool pool_cancel(struct pool *pool, pgc_op *op) {
    pthread_mutex_lock(&pool->lock);
    bool waits = op->state == OP_QUEUED;
    if (waits) {
        pool_end_locked(pool, op);
        error_set(&op->error, PGC_CANCELLED, "the operation was cancelled");
        error_retry(&op->error, PGC_RETRY_SAFE);
    }
    pthread_mutex_unlock(&pool->lock);
    return waits;
}

/* ---- Connections come back ------------------------------------------------------------------- */

struct conn *pool_take_idle(struct pool *pool, int fd) {
    pthread_mutex_lock(&pool->lock);
    struct list_node *node = list_first(&pool->idle);
    while (node != NULL && conn_of(node)->fd != fd) {
        node = list_next(&pool->idle, node);
    }
    if (node != NULL) {
        list_remove(&pool->idle, node);
        list_push_back(&pool->busy, node);
    }
    pthread_mutex_unlock(&pool->lock);
    return conn_of(node);
}

void pool_release(struct pool *pool, struct conn *conn) {
    struct list doomed;
    list_init(&doomed);
    bool old = pool_retire(conn);
    pthread_mutex_lock(&pool->lock);
    pool->counters.expired_age += old;
    pool_put_back_locked(pool, conn, &doomed);
    pthread_mutex_unlock(&pool->lock);
    pool_free_all(&doomed);
}

bool pool_begin_lease(struct pool *pool, struct conn *conn) {
    pthread_mutex_lock(&pool->lock);
    bool open = pool->phase != POOL_CLOSING_CANCEL;
    if (open) {
        conn->lent = true;
        pool->leased++;
    }
    pthread_mutex_unlock(&pool->lock);
    return open;
}

void pool_end_lease(struct pool *pool, struct conn *conn) {
    pthread_mutex_lock(&pool->lock);
    conn->lent = false;
    pool->leased--;
    pthread_mutex_unlock(&pool->lock);
    pool_release(pool, conn);
}

pgc_op *pool_next_assigned(struct pool *pool) {
    pthread_mutex_lock(&pool->lock);
    pool_serve_due_locked(pool);
    pgc_op *op = op_of(list_pop_front(&pool->assigned));
    pthread_mutex_unlock(&pool->lock);
    return op;
}

/* ---- Closing --------------------------------------------------------------------------------- */

enum pool_phase pool_phase(struct pool *pool) {
    pthread_mutex_lock(&pool->lock);
    enum pool_phase phase = pool->phase;
    pthread_mutex_unlock(&pool->lock);
    return phase;
}

static void end_waiting_locked(struct pool *pool) {
    pgc_op *op;
    while ((op = queue_first(&pool->queue)) != NULL) {
        pool_end_locked(pool, op);
        error_set(&op->error, PGC_CLOSED, "the store was closed before a connection became free");
        pool_announce_locked(pool, op);
    }
}

/*
 * A lent connection is in somebody else's hands: its socket is cut, and the next call on it fails.
 */
static void interrupt_busy_locked(struct pool *pool) {
    for (struct list_node *node = list_first(&pool->busy); node != NULL;
         node = list_next(&pool->busy, node)) {
        struct conn *conn = conn_of(node);
        if (conn->lent) {
            shutdown(PQsocket(conn->pg), SHUT_RDWR);
        } else {
            conn_wake(conn);
        }
    }
}

void pool_begin_close(struct pool *pool, enum pool_phase phase) {
    struct list doomed;
    list_init(&doomed);
    pthread_mutex_lock(&pool->lock);
    if (pool->phase < phase) {
        pool->phase = phase;
    }
    end_waiting_locked(pool);
    struct list_node *node;
    while ((node = list_pop_front(&pool->idle)) != NULL) {
        list_push_back(&doomed, node);
    }
    if (pool->phase == POOL_CLOSING_CANCEL) {
        interrupt_busy_locked(pool);
        pthread_cond_broadcast(&pool->quiet); /* who waits for leases need not any more */
    }
    pthread_mutex_unlock(&pool->lock);
    pool_free_all(&doomed);
}

void pool_await_quiet(struct pool *pool) {
    pthread_mutex_lock(&pool->lock);
    while (pool->busy.count > (pool->phase == POOL_CLOSING_CANCEL ? pool->leased : 0)) {
        pthread_cond_wait(&pool->quiet, &pool->lock);
    }
    pthread_mutex_unlock(&pool->lock);
}

void pool_await_leases(struct pool *pool) {
    pthread_mutex_lock(&pool->lock);
    while (pool->busy.count > 0) {
        pthread_cond_wait(&pool->quiet, &pool->lock);
    }
    pthread_mutex_unlock(&pool->lock);
}

void pool_status(struct pool *pool, pgc_pool_status *status) {
    pthread_mutex_lock(&pool->lock);
    *status = (pgc_pool_status){
        .open = (uint32_t)(pool->idle.count + pool->busy.count),
        .idle = (uint32_t)pool->idle.count,
        .leased = pool->leased,
        .waiting = (uint32_t)pool->queue.waiting.count,
        .max = pool->limits.max,
    };
    pthread_mutex_unlock(&pool->lock);
}

void pool_counters(struct pool *pool, struct pool_counters *counters) {
    pthread_mutex_lock(&pool->lock);
    *counters = pool->counters;
    pthread_mutex_unlock(&pool->lock);
}
