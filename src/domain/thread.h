/*
 * What other operations need of threads: making one.
 */
#ifndef DOMAIN_THREAD_H
#define DOMAIN_THREAD_H

#include "engine/op.h"
#include "pgconvo.h"

/* Reads and checks what the caller gave, and fills in the id and the time if they are absent. */
MUST_CHECK int thread_read_new(pgc_op *op, const pgc_thread_new *given, pgc_thread_new *thread,
                               pgc_error *err);

/* Adds the statement that creates it. */
MUST_CHECK int thread_add_create(pgc_op *op, const pgc_thread_new *thread, pgc_error *err);

/* An id of the operation's: a copy of the caller's, or a new one if that is absent. */
MUST_CHECK int thread_make_id(pgc_op *op, pgc_str *id, pgc_error *err);

/* Adds the statement that reads it. */
void thread_add_get(pgc_op *op, pgc_str thread_id);

/* Behind a statement that deletes threads or messages: deletes their embeddings, too. */
void thread_add_embeddings(pgc_op *op);

/*
 * Decodes an operation whose first statement creates a thread, if it is not there, and whose last
 * reads it.
 */
int thread_decode_created(pgc_op *op, pgc_error *err);

#endif
