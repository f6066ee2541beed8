/*
 * What operations have done, counted by kind, and the hook that is told of their phases. Not for
 * what the pool counts of its connections (pool).
 *
 * Counting takes no lock and no memory: each number is an atomic of its own. A store has one
 * `struct counters`; the layer above says how many kinds there are and what they are called. Any
 * thread, but for counters_begin and what follows it, which are the operation's.
 */
#ifndef ENGINE_COUNTERS_H
#define ENGINE_COUNTERS_H

#include "base/base.h"
#include "connection/conn.h"
#include "engine/histogram.h"
#include "pgconvo_counters.h"

#include <stdatomic.h>

struct kind_counters {
    _Atomic uint64_t started;
    _Atomic uint64_t failed;
    _Atomic uint64_t retried;
    _Atomic uint64_t rows;
    _Atomic uint64_t bytes_sent;
    _Atomic uint64_t bytes_received;
    struct histogram latency;
};

struct counters {
    const char *const *names; /* of the kinds */
    size_t kinds;
    struct kind_counters *of_kind;
    _Atomic uint64_t errors[PGC_CODES_MAX];
    _Atomic uint64_t last_id;
    pgc_trace_fn trace; /* NULL: nobody wants to know */
    void *trace_payload;
};

/* What is counted of one operation, within it. */
struct count {
    struct counters *counters; /* NULL: it is not counted */
    size_t kind;
    int64_t made_ns; /* when the call was made */
    uint64_t rows, bytes_received;
    uint64_t id; /* 0: nobody is told */
    void *span;
};

/* `names` must outlive the counters. */
MUST_CHECK int counters_init(struct counters *counters, const char *const *names, size_t kinds);
void counters_destroy(struct counters *counters);

/* A call of this kind is being made. */
struct count counters_count(struct counters *counters, size_t kind);

/* The call begins; from here on it is to end, whatever happens. */
void counters_begin(pgc_op *op);

/* What the server answered, while it is still there. */
void counters_answer(pgc_op *op);

/* The call has ended, with `err`, whose code may be OK. */
void counters_end(pgc_op *op, const pgc_error *err);

/* It began and failed at once, without an operation. */
void counters_fail(struct counters *counters, size_t kind, const pgc_error *err);

/* The hook of a connection that tells of the phases of an operation that began; NULL: to nobody. */
conn_phase_fn counters_hook(const pgc_op *op);

/* One kind's numbers so far. */
void counters_read(struct counters *counters, size_t kind, pgc_operation_counters *out);

#endif
