#include "engine/pool.h"

#include "base/clock.h"
#include "base/error.h"

#include <assert.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static struct conn *conn_of(struct list_node *node) {
    return node == NULL ? NULL : CONTAINER_OF(node, struct conn, node);
}

static pgc_op *op_of(struct list_node *node) {
    return node == NULL ? NULL : CONTAINER_OF(node, pgc_op, node);
}

int pool_init(struct pool *pool, const struct conn_config *config, struct pool_limits limits) {
    *pool = (struct pool){.config = config, .limits = limits, .phase = POOL_OPEN};
    pool->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (pool->wake == -1) {
        return -PGC_NOMEM;
    }
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->quiet, NULL);
    list_init(&pool->idle);
    list_init(&pool->busy);
    list_init(&pool->waiting);
    list_init(&pool->assigned);
    return 0;
}

void pool_destroy(struct pool *pool) {
    assert(pool->busy.count == 0 && pool->idle.count == 0);
    pthread_cond_destroy(&pool->quiet);
    pthread_mutex_destroy(&pool->lock);
    close(pool->wake);
}

/* ---- Closing connections, which is I/O and so happens outside of the lock -------------------- */

static void take_expired_locked(struct pool *pool, struct list *doomed) {
    int64_t oldest = clock_monotonic_ms() - pool->limits.idle_timeout_ms;
    struct conn *conn;
    while ((conn = conn_of(list_last(&pool->idle))) != NULL && conn->idle_since < oldest) {
        list_remove(&pool->idle, &conn->node);
        list_push_back(doomed, &conn->node);
    }
}

static void free_all(struct list *doomed) {
    struct conn *conn;
    while ((conn = conn_of(list_pop_front(doomed))) != NULL) {
        conn_free(conn);
    }
}

/* ---- Operations get connections -------------------------------------------------------------- */

static void announce_locked(struct pool *pool, pgc_op *op) {
    if (op->assigned != NULL) {
        pthread_cond_signal(op->assigned);
    } else {
        list_push_back(&pool->assigned, &op->node);
        (void)!write(pool->wake, &(uint64_t){1}, sizeof(uint64_t));
    }
}

static void assign_locked(struct pool *pool, pgc_op *op, struct conn *conn) {
    list_push_back(&pool->busy, &conn->node);
    op->conn = conn;
    op->state = OP_RUNNING;
}

static void end_locked(struct pool *pool, pgc_op *op) {
    list_remove(&pool->waiting, &op->node);
    op->state = OP_DONE;
}

static int acquire_locked(struct pool *pool, pgc_op *op, pgc_error *err) {
    if (pool->phase != POOL_OPEN) {
        return error_set(err, PGC_CLOSED, "the store is closed");
    }
    struct conn *conn = pool->waiting.count > 0 ? NULL : conn_of(list_pop_front(&pool->idle));
    if (conn == NULL && pool->idle.count + pool->busy.count < pool->limits.max) {
        conn = conn_new(pool->config);
        if (conn == NULL) {
            return error_nomem(err);
        }
    }
    if (conn != NULL) {
        assign_locked(pool, op, conn);
        return 0;
    }
    op->state = OP_QUEUED;
    op->acquire_deadline = clock_monotonic_ms() + pool->limits.acquire_timeout_ms;
    list_push_back(&pool->waiting, &op->node);
    return 0;
}

int pool_acquire(struct pool *pool, pgc_op *op, bool *queued, pgc_error *err) {
    struct list doomed;
    list_init(&doomed);
    pthread_mutex_lock(&pool->lock);
    take_expired_locked(pool, &doomed);
    int status = acquire_locked(pool, op, err);
    *queued = op->state == OP_QUEUED;
    pthread_mutex_unlock(&pool->lock);
    free_all(&doomed);
    return status;
}

static void set_busy(const struct pool *pool, pgc_op *op) {
    error_set(&op->error, PGC_BUSY, "no connection became free within %lld ms",
              (long long)pool->limits.acquire_timeout_ms);
    error_hint(
        &op->error,
        "All %u connections of the pool are in use; raise max_connections or use leases shorter.",
        pool->limits.max);
}

void pool_await(struct pool *pool, pgc_op *op) {
    struct timespec until = {.tv_sec = op->acquire_deadline / 1000,
                             .tv_nsec = (op->acquire_deadline % 1000) * 1000000};
    pthread_mutex_lock(&pool->lock);
    while (op->state == OP_QUEUED) {
        int status = pthread_cond_timedwait(op->assigned, &pool->lock, &until);
        if (status != 0 && op->state == OP_QUEUED && clock_monotonic_ms() >= op->acquire_deadline) {
            end_locked(pool, op);
            set_busy(pool, op);
        }
    }
    pthread_mutex_unlock(&pool->lock);
}

/* All wait equally long, so the first in the queue is the first whose time is up. */
static pgc_op *first_event_driven_locked(struct pool *pool) {
    struct list_node *node = list_first(&pool->waiting);
    while (node != NULL && op_of(node)->assigned != NULL) {
        node = list_next(&pool->waiting, node);
    }
    return op_of(node);
}

int64_t pool_next_deadline(struct pool *pool) {
    pthread_mutex_lock(&pool->lock);
    const pgc_op *op = first_event_driven_locked(pool);
    int64_t deadline = op == NULL ? 0 : op->acquire_deadline;
    pthread_mutex_unlock(&pool->lock);
    return deadline;
}

pgc_op *pool_next_expired(struct pool *pool) {
    pthread_mutex_lock(&pool->lock);
    pgc_op *op = first_event_driven_locked(pool);
    if (op != NULL && op->acquire_deadline <= clock_monotonic_ms()) {
        end_locked(pool, op);
        set_busy(pool, op);
    } else {
        op = NULL;
    }
    pthread_mutex_unlock(&pool->lock);
    return op;
}

/* ---- Connections come back ------------------------------------------------------------------- */

/* Gives a connection that nobody uses to whoever waits, or puts it aside. */
static void pass_on_locked(struct pool *pool, struct conn *conn, struct list *doomed) {
    list_remove(&pool->busy, &conn->node);
    pgc_op *next = op_of(list_pop_front(&pool->waiting));
    if (next != NULL) {
        assign_locked(pool, next, conn);
        announce_locked(pool, next);
    } else if (conn->state == CONN_CLOSED || pool->phase != POOL_OPEN) {
        list_push_back(doomed, &conn->node);
    } else {
        list_push_front(&pool->idle, &conn->node);
    }
    take_expired_locked(pool, doomed);
    pthread_cond_broadcast(&pool->quiet);
}

void pool_release(struct pool *pool, struct conn *conn) {
    struct list doomed;
    list_init(&doomed);
    pthread_mutex_lock(&pool->lock);
    pass_on_locked(pool, conn, &doomed);
    pthread_mutex_unlock(&pool->lock);
    free_all(&doomed);
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
    while ((op = op_of(list_first(&pool->waiting))) != NULL) {
        end_locked(pool, op);
        error_set(&op->error, PGC_CLOSED, "the store was closed before a connection became free");
        announce_locked(pool, op);
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
    free_all(&doomed);
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
        .waiting = (uint32_t)pool->waiting.count,
        .max = pool->limits.max,
    };
    pthread_mutex_unlock(&pool->lock);
}
