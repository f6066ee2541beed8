/*
 * pgconvo: what a store has done so far, in numbers, and a hook for tracing.
 *
 * The numbers are kept always. Reading them holds nobody up and asks nobody, so that they can be
 * read at any moment, as often as one likes. They belong to the process: other processes on the
 * same database have their own. All count from the opening of the store and only grow, but for what
 * the pool holds at this moment.
 *
 * The conventions are those of pgconvo.h. In the two structs that a store fills in, the size (set
 * by the INIT macro) says how much of them the caller knows.
 */
#ifndef PGCONVO_COUNTERS_H
#define PGCONVO_COUNTERS_H

#include "pgconvo.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Histograms ------------------------------------------------------------------------------ */

/*
 * Buckets of one microsecond up to 16, then eight of equal width for each doubling up to 67
 * seconds, and a last one for all that is longer: what a bucket holds is known within an eighth.
 */
#define PGC_HISTOGRAM_BUCKETS 193

/* How long something took, each time. */
typedef struct pgc_histogram {
    uint64_t count;                          /* of all buckets */
    uint64_t sum_us;                         /* microseconds of all together */
    uint64_t max_us;                         /* of the longest */
    uint64_t buckets[PGC_HISTOGRAM_BUCKETS]; /* how many were at pgc_histogram_bound(i) or above */
} pgc_histogram;

/*
 * Microseconds at which bucket `i` begins, and the one before it ends; for PGC_HISTOGRAM_BUCKETS
 * and above UINT64_MAX, since the last bucket has no end. Any thread.
 */
PGC_EXPORT uint64_t pgc_histogram_bound(size_t i);

/*
 * Microseconds that `percent` (0 to 100) of what was measured took at most, within an eighth: the
 * place within its bucket is guessed. 100 gives the exact maximum; 0 where nothing was measured.
 * Any thread.
 */
PGC_EXPORT uint64_t pgc_histogram_percentile(const pgc_histogram *histogram, double percent);

/* ---- Counters -------------------------------------------------------------------------------- */

#define PGC_CODES_MAX 64 /* codes will never be as many */

/* What a store has done. */
typedef struct pgc_counters {
    size_t size;
    size_t operations; /* how many kinds there are: indexes of pgc_store_operation_counters */
    /* All operations together; see pgc_operation_counters. */
    uint64_t started;
    uint64_t succeeded;
    uint64_t failed;
    uint64_t retried;
    uint64_t rows;
    uint64_t bytes_sent;
    uint64_t bytes_received;
    uint64_t errors[PGC_CODES_MAX]; /* operations that failed, by pgc_code */
    pgc_pool_status pool;           /* at this moment */
    /* Connections. */
    uint64_t connects;         /* that were made and set up */
    uint64_t reconnects;       /* of these, those in place of one that was lost */
    uint64_t connect_failures; /* attempts that failed, or were cut short by the end of the call */
    uint64_t lost;             /* that broke, idle or under a call */
    uint64_t expired_idle;     /* that were closed for having been idle for too long */
    uint64_t expired_age;      /* and for being too old */
    /* Operations that were run again by themselves, each time counted. */
    uint64_t retries_connect;  /* after a connection that could not be made */
    uint64_t retries_lost;     /* after one that broke */
    uint64_t retries_conflict; /* after a serialization failure or a deadlock */
    /* Waiting for a connection of the pool. */
    uint64_t waits;         /* operations that had to wait, in vain or not */
    uint64_t wait_failures; /* of these, those that got none in the end */
    uint64_t wait_total_us; /* how long, all together, in microseconds */
    uint64_t wait_longest_us;
    uint64_t wait_refused; /* operations that did not, since the queue was full */
} pgc_counters;

#define PGC_COUNTERS_INIT \
    { .size = sizeof(pgc_counters) }

/* Fills in `counters`. Any thread. */
PGC_EXPORT void pgc_store_counters(pgc_store *store, pgc_counters *counters);

/*
 * One kind of operation. started - succeeded - failed are under way, those that wait for a
 * connection included. Nothing is lost or counted twice, but what is read while operations run may
 * be of slightly different moments; started is never below succeeded + failed.
 */
typedef struct pgc_operation_counters {
    size_t size;
    const char *name; /* of the function without its "pgc_": "message_append"; static storage */
    uint64_t started; /* calls that had memory enough to begin */
    uint64_t succeeded;
    uint64_t failed;  /* those that were refused for their arguments included */
    uint64_t retried; /* times that statements were sent again, within a call */
    /* that the server answered with, those that only the library looks at included */
    uint64_t rows;
    /*
     * Payload: parameters as often as they were sent, values of rows as they came. Neither the
     * texts of statements nor the protocol's own bytes.
     */
    uint64_t bytes_sent;
    uint64_t bytes_received;
    pgc_histogram latency; /* from the call to its outcome, of all that succeeded or failed */
} pgc_operation_counters;

#define PGC_OPERATION_COUNTERS_INIT \
    { .size = sizeof(pgc_operation_counters) }

/*
 * Fills in what is known of operation `index`; false: there are not so many. The indexes of one
 * version of the library may be others in the next one; the names stay. Any thread.
 */
PGC_EXPORT bool pgc_store_operation_counters(pgc_store *store, size_t index,
                                             pgc_operation_counters *counters);

/* ---- Tracing --------------------------------------------------------------------------------- */

typedef enum pgc_trace_phase {
    /* The call was made. Comes first, once. In the thread that makes the call. */
    PGC_TRACE_START = 0,
    /* It has a connection that is up, and its statements are sent. Once each time they are. */
    PGC_TRACE_SEND = 1,
    /* The first bytes of the answer are there: rows, if it has any, or an error. */
    PGC_TRACE_FIRST_ROW = 2,
    /* It succeeded or failed, and is about to be told so. Comes last, once, whatever happened. */
    PGC_TRACE_END = 3,
} pgc_trace_phase;

typedef struct pgc_trace_event {
    uint64_t id;           /* of the operation, unique within the store */
    const char *operation; /* as in pgc_operation_counters */
    pgc_trace_phase phase;
    int64_t time_ns;        /* when, in nanoseconds of CLOCK_MONOTONIC */
    const pgc_error *error; /* at the end: why it failed; else, and if it did not, NULL */
    void **span; /* the hook's own, NULL at the start; the same for all of an operation */
} pgc_trace_event;

/*
 * Called by the thread that makes the call or drives its connection: for blocking calls the
 * caller's, for started ones first the caller's and then that of the event-driven face. Several
 * threads may be in it at once, about different operations. It must not call into the store, and
 * whatever time it takes, the operation takes. The event lives until it returns.
 */
typedef void (*pgc_trace_fn)(void *payload, const pgc_trace_event *event);

/*
 * Has `trace` called at each phase of each operation from now on; NULL: nothing. Call it before the
 * store is used by others, else INVALID. Errors: INVALID (an operation was started already).
 */
PGC_EXPORT PGC_MUST_CHECK int pgc_store_trace(pgc_store *store, pgc_trace_fn trace, void *payload,
                                              pgc_error *err);

#ifdef __cplusplus
}
#endif

#endif
