/*
 * What the files of the pool share and nobody else calls: serve.c gives connections to operations,
 * outcome.c learns from how drives end, pool.c is the face. All _locked: the caller has the lock.
 */
#ifndef ENGINE_POOL_INNER_H
#define ENGINE_POOL_INNER_H

#include "engine/pool.h"

/* Is it worth its while to wait for a server that takes no connections? */
bool pool_is_patient(const struct pool *pool, const pgc_op *op);

/* An operation waits in the queue (QUEUED); ends there (DONE), and the caller says why. */
void pool_enqueue_locked(struct pool *pool, pgc_op *op);
void pool_end_locked(struct pool *pool, pgc_op *op);

/* The event-driven face looks up. */
void pool_wake(struct pool *pool);

/* Whoever waits for this one is told that it has a connection, or has ended. */
void pool_announce_locked(struct pool *pool, pgc_op *op);

/* An unused connection, or a new one if that may be; NULL: neither, or there is no memory. */
struct conn *pool_find_conn_locked(struct pool *pool, const pgc_op *op, bool *failed);

/* The operation gets a connection that is on no list (RUNNING). */
void pool_assign_locked(struct pool *pool, pgc_op *op, struct conn *conn);

/* Gives connections to those who wait, as far as there are any; does it if the gate is due. */
void pool_serve_locked(struct pool *pool);
void pool_serve_due_locked(struct pool *pool);

/* When somebody who waits may begin to connect; 0: that is not what they wait for. */
int64_t pool_gate_due_locked(const struct pool *pool);

/* Moves idle connections that nobody needs to `doomed`; pool_free_all without the lock. */
void pool_expire_idle_locked(struct pool *pool, struct list *doomed);
void pool_free_all(struct list *doomed);

/* Puts a busy connection aside, or gives it to whoever waits. */
void pool_put_back_locked(struct pool *pool, struct conn *conn, struct list *doomed);

/* Closes a connection that came to its age: by who has it, without the lock. True: it did. */
MUST_CHECK bool pool_retire(struct conn *conn);

/* What the last attempt to connect met, if none has succeeded since; NULL: nothing. */
const pgc_error *pool_refusal(const struct pool *pool);

/* The call's deadline came before a connection did. */
void pool_set_late(const struct pool *pool, pgc_error *err);

#endif
