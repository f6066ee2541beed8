/*
 * The pool: which connection runs which operation, which operation waits, and which is run again.
 * Decides, but does no I/O itself but for closing. Not for driving connections (engine, wait).
 *
 * An operation is patient if its call has a deadline, and retries are not switched off. A patient
 * one waits for a server that takes no connections, as long as it may; the others are told at once.
 *
 * A connection is on one list: `idle` (front: used last) or `busy` (assigned or lent). Every
 * function takes the lock itself unless its name ends in _locked; the lock is never held across
 * I/O. Any thread.
 */
#ifndef ENGINE_POOL_H
#define ENGINE_POOL_H

#include "base/list.h"
#include "connection/conn.h"
#include "engine/gate.h"
#include "engine/op.h"
#include "engine/queue.h"
#include "pgconvo.h"

#include <pthread.h>

struct pool_limits {
    uint32_t max;
    uint32_t min;            /* so many are made by the first use, and not closed for being idle */
    uint32_t max_waiting;    /* 0: any number */
    bool no_retry;           /* nobody is patient, and nothing is run again */
    int64_t max_lifetime_ms; /* of a connection; 0: it gets as old as it likes */
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
    struct list idle; /* of conn */
    struct list busy; /* of conn */
    struct queue queue;
    struct gate gate;
    uint64_t owed;   /* connections that broke and have not been replaced */
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
 * Gives the operation a connection (state RUNNING), or queues it (QUEUED) until there is one: then
 * a blocking one is signalled, an event-driven one put on `assigned` and the engine woken. Fails
 * with CLOSED, BUSY (the queue is full) or NOMEM, and nothing will come.
 */
MUST_CHECK int pool_acquire(struct pool *pool, pgc_op *op, bool *queued, pgc_error *err);

/*
 * Gives an extra operation a connection of its own to make, if the pool has fewer than it is to
 * have at least; else false, and nothing will come.
 */
MUST_CHECK bool pool_extra(struct pool *pool, pgc_op *op);

/*
 * Before a connection is run by who drives it: is it fit? One that is too old, or that the server
 * has hung up on, is closed, to be made anew. False: that must not be now; the operation is QUEUED
 * again, or has got another connection meanwhile.
 */
MUST_CHECK bool pool_fit(struct pool *pool, pgc_op *op);

/* The session of an operation's connection is set up (conn_hooks.ready, whatever the payload). */
void pool_connected(void *payload, struct conn *conn);

/*
 * A drive has ended: takes back the operation's connection. True: the operation is to be run again
 * and is QUEUED, or has got another connection already; false: its outcome is in its segment.
 */
MUST_CHECK bool pool_finish(struct pool *pool, pgc_op *op);

/*
 * A blocking operation waits here until it has a connection, ends, or its time is up. Returns with
 * state RUNNING, or DONE with its error set.
 */
void pool_await(struct pool *pool, pgc_op *op);

/*
 * Event-driven operations in the queue: when something is to be done about one, which is that its
 * time is up, or that a connection may be made (0: there is none); and
 * those whose time is up, one by one, off the queue (DONE; BUSY, or TIMEOUT if the call's own time
 * is up); NULL: no more.
 */
int64_t pool_next_deadline(struct pool *pool);
pgc_op *pool_next_expired(struct pool *pool);

/* Gives an event-driven operation in the queue a deadline; false if it is not there any more. */
bool pool_limit(struct pool *pool, pgc_op *op, int64_t deadline);

/* Takes an operation off the queue (DONE, CANCELLED); false if it is not there any more. */
bool pool_cancel(struct pool *pool, pgc_op *op);

/*
 * The idle connection with this watched descriptor, busy from now on; NULL: there is none. Then
 * takes it back: if it is CLOSED now, the server has hung up on it.
 */
struct conn *pool_take_idle(struct pool *pool, int fd);
void pool_return_idle(struct pool *pool, struct conn *conn);

/* Takes back a connection, which may go to the next in the queue. */
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
