/*
 * The pool: which connection runs which operation, and which operation waits. Decides, but does no
 * I/O itself. Not for driving connections (engine, wait).
 *
 * A connection is on one list: `idle` (front: used last) or `busy` (assigned or lent). Every
 * function takes the lock itself unless its name ends in _locked; the lock is never held across
 * I/O. Any thread.
 */
#ifndef ENGINE_POOL_H
#define ENGINE_POOL_H

#include "base/list.h"
#include "connection/conn.h"
#include "engine/op.h"
#include "pgconvo.h"

#include <pthread.h>

struct pool_limits {
    uint32_t max;
    int64_t idle_timeout_ms;
    int64_t acquire_timeout_ms;
    int64_t connect_timeout_ms; /* for connecting and setup together */
};

/* What has happened since the pool was made. Numbers only grow. */
struct pool_counters {
    uint64_t connects;         /* connections that were made and set up */
    uint64_t reconnects;       /* of these, those in place of one that was lost */
    uint64_t connect_failures; /* attempts that failed, those that a call's end cut short too */
    uint64_t lost;             /* connections that broke: idle ones, and under a call */
    uint64_t expired_idle;     /* connections closed for having been idle for too long */
    uint64_t expired_age;      /* and for being too old */
    /* operations that were run again by themselves, each time counted */
    uint64_t retries_connect;  /* after a connection that could not be made */
    uint64_t retries_lost;     /* after one that broke */
    uint64_t retries_conflict; /* after a serialization failure or a deadlock */
    uint64_t waits;            /* operations that had to wait for a connection, in vain or not */
    uint64_t wait_total_us;    /* how long, all together, in microseconds */
    uint64_t wait_longest_us;
    uint64_t wait_failures; /* of the waits, those without a connection in the end */
    uint64_t refused;       /* operations that found the queue full */
};

enum pool_phase { POOL_OPEN, POOL_CLOSING_WAIT, POOL_CLOSING_CANCEL };

struct pool {
    pthread_mutex_t lock;
    pthread_cond_t quiet; /* a connection came back, or a lease ended */
    const struct conn_config *config;
    struct pool_limits limits;
    enum pool_phase phase;
    struct list idle;    /* of conn */
    struct list busy;    /* of conn */
    struct list waiting; /* of op, first come first served */
    struct list
        limited; /* of these, the event-driven ones whose call has a deadline; first due first */
    uint32_t leased; /* of the busy ones */
    int wake;        /* an eventfd: an event-driven operation in `assigned` wants to be looked at */
    /* of event-driven op: they got a connection, or ended, through another thread */
    struct list assigned;
    struct pool_counters counters;
};

int pool_init(struct pool *pool, const struct conn_config *config, struct pool_limits limits);

/* Nothing may be busy. */
void pool_destroy(struct pool *pool);

/*
 * Gives the operation a connection (state RUNNING), or queues it (QUEUED) until one comes back:
 * then a blocking one is signalled, an event-driven one put on `assigned` and the engine woken.
 * Fails with CLOSED or NOMEM, and nothing will come.
 */
MUST_CHECK int pool_acquire(struct pool *pool, pgc_op *op, bool *queued, pgc_error *err);

/*
 * A blocking operation waits here until it has a connection, ends, or its time is up. Returns with
 * state RUNNING, or DONE with its error set.
 */
void pool_await(struct pool *pool, pgc_op *op);

/*
 * Event-driven operations in the queue: when the first one's time is up (0: there is none), and
 * those whose time is up, one by one, off the queue (DONE; BUSY, or TIMEOUT if the call's own time
 * is up); NULL: no more.
 */
int64_t pool_next_deadline(struct pool *pool);
pgc_op *pool_next_expired(struct pool *pool);

/* Gives an event-driven operation in the queue a deadline; false if it is not there any more. */
bool pool_limit(struct pool *pool, pgc_op *op, int64_t deadline);

/* Takes an operation off the queue (DONE, CANCELLED); false if it is not there any more. */
bool pool_cancel(struct pool *pool, pgc_op *op);

/* The idle connection with this watched descriptor, busy from now on; NULL: there is none. */
struct conn *pool_take_idle(struct pool *pool, int fd);

/* Takes back the connection of an operation, which may go to the next in the queue. */
void pool_release(struct pool *pool, struct conn *conn);

/*
 * The connection of an operation becomes a lease, unless the pool is closing with CANCEL: then
 * false, and it is to be released. It comes back, usable or not.
 */
MUST_CHECK bool pool_begin_lease(struct pool *pool, struct conn *conn);
void pool_end_lease(struct pool *pool, struct conn *conn);

/*
 * The next event-driven operation that was given a connection or was ended elsewhere; NULL: none.
 */
pgc_op *pool_next_assigned(struct pool *pool);

enum pool_phase pool_phase(struct pool *pool);

/*
 * Accepts no more operations, ends those that wait (CLOSED), closes the idle connections; with
 * POOL_CLOSING_CANCEL also makes every driver look up (conn_wake), which then cancels, and cuts
 * what is lent. The first call decides, but CANCEL may follow WAIT.
 */
void pool_begin_close(struct pool *pool, enum pool_phase phase);

/*
 * Wait until no connection is busy, but for lent ones if the pool is closing with CANCEL; until
 * none is lent.
 */
void pool_await_quiet(struct pool *pool);
void pool_await_leases(struct pool *pool);

void pool_status(struct pool *pool, pgc_pool_status *status);

/* As of one moment. */
void pool_counters(struct pool *pool, struct pool_counters *counters);

#endif
