/*
 * The queue: operations that wait for a connection, first come, first served. One that has run and
 * is to run again goes back to the place it had. Not for deciding when somebody is served (pool),
 * whose lock protects it.
 */
#ifndef ENGINE_QUEUE_H
#define ENGINE_QUEUE_H

#include "base/list.h"
#include "engine/op.h"
#include "pgconvo.h"

struct queue {
    struct list waiting; /* of op */
    /* of these, the event-driven ones whose call has a deadline; first due first */
    struct list limited;
    uint64_t last_ticket;
};

void queue_init(struct queue *queue);

/* Puts an operation into its place (QUEUED); takes it off again, wherever it stands. */
void queue_push(struct queue *queue, pgc_op *op);
void queue_remove(struct queue *queue, pgc_op *op);

/* Its call's deadline becomes another one. */
void queue_limit(struct queue *queue, pgc_op *op, int64_t deadline);

/* NULL: there is none. */
pgc_op *queue_first(const struct queue *queue);
pgc_op *queue_next(const struct queue *queue, const pgc_op *op);
pgc_op *queue_first_event_driven(const struct queue *queue);

/* The event-driven operation whose time is up first, and when; NULL and 0: none. */
pgc_op *queue_next_due(const struct queue *queue, int64_t *due);

#endif
