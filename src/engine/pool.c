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
    list_init(&pool->limited);
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
        pool->counters.expired_idle++;
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

/* ---- The queue ------------------------------------------------------------------------------- */

static pgc_op *limited_op(struct list_node *node) {
    return node == NULL ? NULL : CONTAINER_OF(node, pgc_op, limit_node);
}

/* A blocking operation looks at its own deadline. */
static bool is_limited(const pgc_op *op) {
    return op->assigned == NULL && op->segment.deadline != 0;
}

/* Mostly the newest call has the latest deadline, so its place is looked for from the back. */
static void push_limited_locked(struct pool *pool, pgc_op *op) {
    struct list_node *after = list_last(&pool->limited);
    while (after != NULL && limited_op(after)->segment.deadline > op->segment.deadline) {
        after = list_previous(&pool->limited, after);
    }
    list_insert_after(&pool->limited, &op->limit_node, after);
}

static void push_waiting_locked(struct pool *pool, pgc_op *op) {
    op->state = OP_QUEUED;
    op->acquire_deadline = clock_monotonic_ms() + pool->limits.acquire_timeout_ms;
    list_push_back(&pool->waiting, &op->node);
    if (is_limited(op)) {
        push_limited_locked(pool, op);
    }
}

static void remove_waiting_locked(struct pool *pool, pgc_op *op) {
    list_remove(&pool->waiting, &op->node);
    if (is_limited(op)) {
        list_remove(&pool->limited, &op->limit_node);
    }
}

static pgc_op *pop_waiting_locked(struct pool *pool) {
    pgc_op *op = op_of(list_first(&pool->waiting));
    if (op != NULL) {
        remove_waiting_locked(pool, op);
    }
    return op;
}

static void assign_locked(struct pool *pool, pgc_op *op, struct conn *conn) {
    list_push_back(&pool->busy, &conn->node);
    op->conn = conn;
    op->state = OP_RUNNING;
}

static void end_locked(struct pool *pool, pgc_op *op) {
    remove_waiting_locked(pool, op);
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
    push_waiting_locked(pool, op);
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

/* Why the wait for a connection ended without one. */
static void set_expired(const struct pool *pool, pgc_op *op) {
    int64_t limit = op->segment.deadline;
    if (limit != 0 && limit < op->acquire_deadline) {
        error_set(&op->error, PGC_TIMEOUT,
                  "the time limit of the call was reached before a connection became free");
        error_retry(&op->error, PGC_RETRY_SAFE);
        return;
    }
    error_set(&op->error, PGC_BUSY, "no connection became free within %lld ms",
              (long long)pool->limits.acquire_timeout_ms);
    error_hint(
        &op->error,
        "All %u connections of the pool are in use; raise max_connections or use leases shorter.",
        pool->limits.max);
}

static int64_t earlier(int64_t a, int64_t b) {
    return a == 0 || (b != 0 && b < a) ? b : a;
}

void pool_await(struct pool *pool, pgc_op *op) {
    int64_t due = earlier(op->acquire_deadline, op->segment.deadline);
    struct timespec until = {.tv_sec = due / 1000, .tv_nsec = (due % 1000) * 1000000};
    pthread_mutex_lock(&pool->lock);
    while (op->state == OP_QUEUED) {
        int status = pthread_cond_timedwait(op->assigned, &pool->lock, &until);
        if (status != 0 && op->state == OP_QUEUED && clock_monotonic_ms() >= due) {
            end_locked(pool, op);
            set_expired(pool, op);
        }
    }
    pthread_mutex_unlock(&pool->lock);
}

/* All wait equally long for a connection, so the first in the queue is the first to give up. */
static pgc_op *first_event_driven_locked(struct pool *pool) {
    struct list_node *node = list_first(&pool->waiting);
    while (node != NULL && op_of(node)->assigned != NULL) {
        node = list_next(&pool->waiting, node);
    }
    return op_of(node);
}

/* The event-driven operation whose time is up first, and when; NULL: none. */
static pgc_op *next_due_locked(struct pool *pool, int64_t *due) {
    pgc_op *op = first_event_driven_locked(pool);
    pgc_op *limited = limited_op(list_first(&pool->limited));
    *due = op == NULL ? 0 : op->acquire_deadline;
    if (limited != NULL && limited->segment.deadline < *due) {
        *due = limited->segment.deadline;
        op = limited;
    }
    return op;
}

int64_t pool_next_deadline(struct pool *pool) {
    int64_t due;
    pthread_mutex_lock(&pool->lock);
    next_due_locked(pool, &due);
    pthread_mutex_unlock(&pool->lock);
    return due;
}

pgc_op *pool_next_expired(struct pool *pool) {
    int64_t due;
    pthread_mutex_lock(&pool->lock);
    pgc_op *op = next_due_locked(pool, &due);
    if (op != NULL && due <= clock_monotonic_ms()) {
        end_locked(pool, op);
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
    if (waits && is_limited(op)) {
        list_remove(&pool->limited, &op->limit_node);
    }
    op->segment.deadline = waits ? deadline : op->segment.deadline;
    if (waits && is_limited(op)) {
        push_limited_locked(pool, op);
    }
    pthread_mutex_unlock(&pool->lock);
    return waits;
}

bool pool_cancel(struct pool *pool, pgc_op *op) {
    pthread_mutex_lock(&pool->lock);
    bool waits = op->state == OP_QUEUED;
    if (waits) {
        end_locked(pool, op);
        error_set(&op->error, PGC_CANCELLED, "the operation was cancelled");
        error_retry(&op->error, PGC_RETRY_SAFE);
    }
    pthread_mutex_unlock(&pool->lock);
    return waits;
}

/* ---- Connections come back ------------------------------------------------------------------- */

/* Gives a connection that nobody uses to whoever waits, or puts it aside. */
static void pass_on_locked(struct pool *pool, struct conn *conn, struct list *doomed) {
    list_remove(&pool->busy, &conn->node);
    pgc_op *next = pop_waiting_locked(pool);
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

void pool_counters(struct pool *pool, struct pool_counters *counters) {
    pthread_mutex_lock(&pool->lock);
    *counters = pool->counters;
    pthread_mutex_unlock(&pool->lock);
}
