#include "engine/queue.h"

static pgc_op *limited_op(struct list_node *node) {
    return node == NULL ? NULL : CONTAINER_OF(node, pgc_op, limit_node);
}

void queue_init(struct queue *queue) {
    list_init(&queue->waiting);
    list_init(&queue->limited);
    queue->last_ticket = 0;
}

pgc_op *queue_first(const struct queue *queue) {
    return op_of(list_first(&queue->waiting));
}

pgc_op *queue_next(const struct queue *queue, const pgc_op *op) {
    return op_of(list_next(&queue->waiting, &op->node));
}

/* A blocking operation looks at its own deadline. */
static bool is_limited(const pgc_op *op) {
    return op->assigned == NULL && op->segment.deadline != 0;
}

/* Mostly the newest call has the latest deadline, so its place is looked for from the back. */
static void push_limited(struct queue *queue, pgc_op *op) {
    struct list_node *after = list_last(&queue->limited);
    while (after != NULL && limited_op(after)->segment.deadline > op->segment.deadline) {
        after = list_previous(&queue->limited, after);
    }
    list_insert_after(&queue->limited, &op->limit_node, after);
}

/* A new one goes to the end; one that comes back, into the place that it had. */
static void push_waiting(struct queue *queue, pgc_op *op) {
    if (op->ticket == 0) {
        op->ticket = ++queue->last_ticket;
    }
    struct list_node *after = list_last(&queue->waiting);
    while (after != NULL && op_of(after)->ticket > op->ticket) {
        after = list_previous(&queue->waiting, after);
    }
    list_insert_after(&queue->waiting, &op->node, after);
}

void queue_push(struct queue *queue, pgc_op *op) {
    op->state = OP_QUEUED;
    push_waiting(queue, op);
    if (is_limited(op)) {
        push_limited(queue, op);
    }
}

void queue_remove(struct queue *queue, pgc_op *op) {
    list_remove(&queue->waiting, &op->node);
    if (is_limited(op)) {
        list_remove(&queue->limited, &op->limit_node);
    }
}

void queue_limit(struct queue *queue, pgc_op *op, int64_t deadline) {
    if (is_limited(op)) {
        list_remove(&queue->limited, &op->limit_node);
    }
    op->segment.deadline = deadline;
    if (is_limited(op)) {
        push_limited(queue, op);
    }
}

pgc_op *queue_first_event_driven(const struct queue *queue) {
    pgc_op *op = queue_first(queue);
    while (op != NULL && op->assigned != NULL) {
        op = queue_next(queue, op);
    }
    return op;
}

/*
 * All wait equally long for a connection, so the first in the queue is the first to give up, but
 * for those that came back.
 */
static pgc_op *next_to_give_up(const struct queue *queue) {
    pgc_op *first = queue_first_event_driven(queue);
    pgc_op *op = first;
    while (op != NULL && op->again) {
        op = queue_next(queue, op);
        if (op != NULL && op->assigned == NULL && op->acquire_deadline < first->acquire_deadline) {
            first = op;
        }
    }
    return first;
}

pgc_op *queue_next_due(const struct queue *queue, int64_t *due) {
    pgc_op *op = next_to_give_up(queue);
    pgc_op *limited = limited_op(list_first(&queue->limited));
    *due = op == NULL ? 0 : op->acquire_deadline;
    if (limited != NULL && limited->segment.deadline < *due) {
        *due = limited->segment.deadline;
        op = limited;
    }
    return op;
}
