/*
 * An operation: one segment of statements, what makes a result of theirs, and who waits for it.
 * Not for what the statements mean (domain) nor for where they run (pool, engine).
 *
 *     op_new       pool_acquire: a connection is free           hooks.done
 *    -------> NEW -------------------------------------> RUNNING ------------> DONE
 *             | ^                                         ^ | |                 ^
 *             | +------ run again, on a standby, or not --|-+ |                 |
 *             |                                           |   |                 |
 *             +--> QUEUED ----- a connection comes free --+   |                 |
 *                     |  ^------- it is to be run again ------+                 |
 *                     +---- no connection in time, or the store is closed ------+
 *
 * An operation belongs to the thread that runs it; only `state`, `conn` and `node` change under the
 * pool's lock.
 */
#ifndef ENGINE_OP_H
#define ENGINE_OP_H

#include "base/arena.h"
#include "base/list.h"
#include "connection/conn.h"
#include "engine/counters.h"
#include "pgconvo.h"
#include "statement/bind.h"

#include <pthread.h>

#define OP_STATEMENTS_MAX 6

enum op_state { OP_NEW, OP_QUEUED, OP_RUNNING, OP_DONE };

/* An event-driven operation, as its engine sees it. */
enum op_stage { STAGE_WAITS, STAGE_RUNS, STAGE_WARMS, STAGE_ENDED };

struct engine;
struct pool;
struct route;

/*
 * Makes op->result of op->segment.results; a failure is told in *err and returned. May take results
 * over (set them NULL).
 */
typedef int (*op_decode_fn)(pgc_op *op, pgc_error *err);

/* Makes more of op->error, which came from the server. */
typedef void (*op_explain_fn)(pgc_op *op);

struct pgc_op {
    struct list_node node; /* on the queue of the pool, or on a list of the engine */
    enum op_state state;
    enum op_stage stage;
    struct engine *engine;
    struct pool *pool;   /* where it runs, or waits */
    struct conn *conn;   /* while RUNNING */
    pgc_reads reads;     /* where it may run if it only reads */
    struct route *route; /* what engine/route.c has to remember of it, or NULL */
    /*
     * of the call, while that of the segment is earlier: a run on a standby leaves time for another
     */
    int64_t call_deadline;
    int64_t due; /* not 0: it is to run (again) from then on, on clock_monotonic_ms */
    struct arena arena;
    struct bind bind;
    struct segment segment;
    struct bound statements[OP_STATEMENTS_MAX];
    PGresult *results[OP_STATEMENTS_MAX];
    op_decode_fn decode;   /* NULL: nothing to decode */
    op_explain_fn explain; /* NULL: the server's error says it all */
    void *context;         /* decode's own, in the arena */
    pgc_result *result;
    pgc_error error;
    /* a blocking call: signalled when it gets a connection or ends; NULL: event-driven */
    pthread_cond_t *assigned;
    pgc_done_fn done; /* event-driven: who to call back, or NULL: somebody will pgc_op_wait */
    void *payload;
    uint64_t ticket;             /* its place in the queue; 0: it never was there */
    int64_t queued_at;           /* while QUEUED; on clock_monotonic_ns */
    int64_t acquire_deadline;    /* while QUEUED */
    struct list_node limit_node; /* on the pool's list of those in the queue that have a limit */
    bool again;                  /* it has run, and was to be run again */
    bool changes;                /* it has a statement that does more than read */
    /*
     * when it is done, the connections that the pool is to have at least are made, each by an
     * operation that is `extra` and whose failure does not count; then it ends
     */
    bool warms;
    bool extra;
    pgc_op *parent; /* of an extra one that is event-driven */
    uint32_t extras;
    size_t content_max; /* bytes in a content that it may send; 0: as the domain has it */
    bool keep_conn;     /* do not release the connection when done: it is lent out */
    struct count count;
};

/* The one of a node of a list; NULL of NULL. */
static inline pgc_op *op_of(struct list_node *node) {
    return node == NULL ? NULL : CONTAINER_OF(node, pgc_op, node);
}

static inline pgc_op *op_of_segment(struct segment *segment) {
    return CONTAINER_OF(segment, pgc_op, segment);
}

/* NULL when out of memory. */
pgc_op *op_new(struct engine *engine);

/* An extra one, with the deadline of that which warms up. NULL when out of memory. */
pgc_op *op_new_extra(const pgc_op *parent);

/* Frees it with its result, if that was not taken. NULL is fine. */
void op_free(pgc_op *op);

/* Adds a statement and returns the pen for its parameters. */
struct bind *op_statement(pgc_op *op, enum stmt_id id);
struct bind *op_sql(pgc_op *op, const char *text);

/* It has statements, and changes nothing by them. */
bool op_reads(const pgc_op *op);

/* The last step of filling in; fails if memory ran out on the way. */
MUST_CHECK int op_ready(pgc_op *op, op_decode_fn decode, pgc_error *err);

/* It was cancelled before anything was done. */
void op_cancelled(pgc_op *op);

/* The segment has ended: decodes it, or takes its error. Does not change the state. */
void op_complete(pgc_op *op);

#endif
