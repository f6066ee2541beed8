/*
 * What the pool learns from connections that are made, break, or cannot be made, and which
 * operations are run again for it.
 */
#include "base/clock.h"
#include "base/error.h"
#include "connection/idle.h"
#include "engine/pool_inner.h"

/* ---- The gate's turns ------------------------------------------------------------------------ */

static void lost_locked(struct pool *pool) {
    pool->counters.lost++;
    pool->owed++;
    gate_doubt(&pool->gate, clock_monotonic_ms());
}

/* Those who wait look up: the time that they wait for may be another one now. */
static void nudge_locked(struct pool *pool) {
    for (pgc_op *op = queue_first(&pool->queue); op != NULL; op = queue_next(&pool->queue, op)) {
        if (op->assigned != NULL) {
            pthread_cond_signal(op->assigned);
        }
    }
    if (queue_first_event_driven(&pool->queue) != NULL) {
        pool_wake(pool);
    }
}

/*
 * The impatient hear at once what the probe met. But of a server that is full the others'
 * connections are still to be had.
 */
static void tell_impatient_locked(struct pool *pool) {
    const pgc_error *refusal = &pool->gate.refusal;
    if (refusal->code == PGC_BUSY && pool->idle.count + pool->busy.count > 0) {
        return;
    }
    pgc_op *next;
    for (pgc_op *op = queue_first(&pool->queue); op != NULL; op = next) {
        next = queue_next(&pool->queue, op);
        if (!pool_is_patient(pool, op)) {
            pool_end_locked(pool, op);
            error_copy(&op->error, refusal);
            pool_announce_locked(pool, op);
        }
    }
}

/* No connection came of an attempt, for a reason that may pass. */
static bool is_refusal(const pgc_error *err) {
    return err->retry == PGC_RETRY_SAFE &&
           (err->code == PGC_CONNECT || err->code == PGC_BUSY || err->code == PGC_LOST);
}

/* Did it end for a reason of ours, which tells nothing of the server? */
static bool is_own_end(const pgc_error *err) {
    return err->code == PGC_TIMEOUT || err->code == PGC_CANCELLED || err->code == PGC_NOMEM;
}

/* True: the server, or the network, would not have it. */
static bool fail_attempt_locked(struct pool *pool, struct conn *conn, pgc_error *err) {
    pool->counters.connect_failures++;
    gate_leave(&pool->gate, conn->attempt);
    conn->attempt = ATTEMPT_NONE;
    if (is_refusal(err)) {
        gate_refuse(&pool->gate, err, clock_monotonic_ms());
        return true;
    }
    if (!is_own_end(err)) {
        gate_open(&pool->gate);
    } else if (err->code == PGC_TIMEOUT && err->sqlstate[0] == '\0' && pool_refusal(pool) != NULL) {
        pool_set_late(pool, err);
    }
    return false;
}

void pool_connected(void *payload, struct conn *conn) {
    (void)payload;
    struct pool *pool = op_of_segment(conn->segment)->pool;
    if (conn->attempt == ATTEMPT_NONE) {
        return; /* a session that was reset */
    }
    int64_t lifetime = pool->limits.max_lifetime_ms;
    pthread_mutex_lock(&pool->lock);
    gate_leave(&pool->gate, conn->attempt);
    gate_open(&pool->gate);
    conn->attempt = ATTEMPT_NONE;
    if (lifetime != 0) { /* those that were made together do not end together */
        conn->expires_at =
            clock_monotonic_ms() + lifetime - jitter_next(&pool->gate.jitter, lifetime / 10);
    }
    pool->counters.connects++;
    pool->counters.reconnects += pool->owed > 0;
    pool->owed -= pool->owed > 0;
    pool_serve_locked(pool);
    pthread_mutex_unlock(&pool->lock);
}

void pool_return_idle(struct pool *pool, struct conn *conn) {
    struct list doomed;
    list_init(&doomed);
    pthread_mutex_lock(&pool->lock);
    if (conn->state == CONN_CLOSED) {
        lost_locked(pool);
    }
    pool_put_back_locked(pool, conn, &doomed);
    pthread_mutex_unlock(&pool->lock);
    pool_free_all(&doomed);
}

/* ---- Operations are run again ---------------------------------------------------------------- */

static void requeue_locked(struct pool *pool, pgc_op *op) {
    if (op->segment.sent) {
        op->acquire_deadline = 0; /* it had its connection in time */
    }
    segment_clear(&op->segment);
    op->conn = NULL;
    op->again = true;
    pool_enqueue_locked(pool, op);
}

bool pool_fit(struct pool *pool, pgc_op *op) {
    struct conn *conn = op->conn;
    if (conn->state == CONN_CLOSED) {
        return true;
    }
    bool old = pool_retire(conn);
    if (!old && !idle_is_stale(conn)) {
        return true;
    }
    conn_close(conn);
    struct list doomed;
    list_init(&doomed);
    pthread_mutex_lock(&pool->lock);
    pool->counters.expired_age += old;
    if (!old) {
        lost_locked(pool);
    }
    bool fit = pool->phase != POOL_OPEN ||
               gate_admits(&pool->gate, clock_monotonic_ms(), pool_is_patient(pool, op));
    if (fit) {
        conn->attempt = gate_enter(&pool->gate);
    } else {
        requeue_locked(pool, op);
        pool_put_back_locked(pool, conn, &doomed);
    }
    pthread_mutex_unlock(&pool->lock);
    pool_free_all(&doomed);
    return fit;
}

/*
 * What was not done can be done again, and so can what changes nothing; a write that may have been
 * done is told, not done twice.
 */
static bool is_repeatable(const pgc_op *op) {
    const pgc_error *err = &op->segment.error;
    bool undone = !op->segment.sent && is_refusal(err);
    bool lost = op->segment.sent && err->code == PGC_LOST;
    return undone || (lost && (err->retry == PGC_RETRY_SAFE || !op->changes));
}

static bool repeats_locked(struct pool *pool, const pgc_op *op) {
    bool again = pool->phase == POOL_OPEN && pool_is_patient(pool, op) && is_repeatable(op) &&
                 clock_monotonic_ms() < op->segment.deadline;
    if (again && op->segment.sent) {
        pool->counters.retries_lost++;
    } else if (again) {
        pool->counters.retries_connect++;
    }
    return again;
}

/* What the end of a drive says of the server. True: it refused a connection. */
static bool learn_locked(struct pool *pool, struct conn *conn, struct segment *segment) {
    pool->counters.retries_conflict += segment->repeats;
    segment->repeats = 0;
    if (conn->attempt != ATTEMPT_NONE) {
        return fail_attempt_locked(pool, conn, &segment->error);
    }
    if (segment->error.code == PGC_LOST) {
        lost_locked(pool);
    }
    return false;
}

bool pool_finish(struct pool *pool, pgc_op *op) {
    struct conn *conn = op->conn;
    struct list doomed;
    list_init(&doomed);
    op->conn = NULL;
    bool old = pool_retire(conn);
    pthread_mutex_lock(&pool->lock);
    pool->counters.expired_age += old;
    bool refused = learn_locked(pool, conn, &op->segment);
    bool again = repeats_locked(pool, op);
    if (again) {
        requeue_locked(pool, op);
    }
    pool_put_back_locked(pool, conn, &doomed);
    if (refused) {
        tell_impatient_locked(pool);
        nudge_locked(pool);
    }
    pthread_mutex_unlock(&pool->lock);
    pool_free_all(&doomed);
    return again;
}
