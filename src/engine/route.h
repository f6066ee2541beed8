/*
 * Where an operation runs, and where next: on the primary, or, if it only reads and its handle
 * allows it, on a standby.
 *
 *           it writes, or must read on the primary, or no standby can be used
 *     begin ---------------------------------------------------------------> PRIMARY ---> end
 *      |  |   own writes, and how far they reach is not known                 ^  ^
 *      |  +---------------------------------------------> ASKING -------------+  |
 *      |                                                    |    cannot tell     |
 *      +--------------------------------> STANDBY <---------+                    |
 *                        behind: a pause   |  ^ |                                |
 *                                +---------+--+ +--- behind for long, or of no use
 *                                          |
 *                                          +---> end
 *
 * A read that must see the store's own writes takes a guard along, which fails on a standby that
 * has not replayed the log so far; so a standby that is up to date costs one round trip. How far
 * that is, the primary is asked by the first such read after a write, and the others go by its
 * answer: no write waits for it. Not for connections (pool) nor for driving them (engine, wait).
 *
 * Any thread; an operation belongs to one.
 */
#ifndef ENGINE_ROUTE_H
#define ENGINE_ROUTE_H

#include "base/base.h"
#include "pgconvo.h"

#include <pthread.h>
#include <stdatomic.h>

#define ROUTE_LSN_MAX 24

/* What a store knows of its own writes, and of its standbys. */
struct horizon {
    atomic_uint_least64_t writes; /* that have ended */
    pthread_mutex_t lock;
    uint64_t covered;        /* so many of them stand in the log in front of `lsn` */
    char lsn[ROUTE_LSN_MAX]; /* "": there is none yet */
    /* no standby could be used lately: so often in a row; until then reads do not try */
    atomic_uint failures;
    atomic_int_least64_t shut_until; /* on clock_monotonic_ms */
};

void horizon_init(struct horizon *horizon);
void horizon_destroy(struct horizon *horizon);

/* Something may have been written past the operations: through a lease. */
void horizon_note_write(struct horizon *horizon);

/* Says where an operation is to run: sets its pool, and what goes with it. */
void route_begin(pgc_op *op);

/* The call has another deadline from now on: gives that of the run under way. */
MUST_CHECK int64_t route_limit(pgc_op *op, int64_t deadline);

/*
 * A run has ended; before anybody hears of it. True: the operation is to run again, when it is due;
 * it has no connection (NEW). False: it is done.
 */
MUST_CHECK bool route_next(pgc_op *op);

/* It left the queue without a connection. True: as above; its error is gone. */
MUST_CHECK bool route_expired(pgc_op *op);

#endif
