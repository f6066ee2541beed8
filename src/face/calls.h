/*
 * How an operation becomes its two public functions: the blocking one, which runs it here, and the
 * start function, which hands it to the event-driven engine.
 */
#ifndef FACE_CALLS_H
#define FACE_CALLS_H

#include "base/error.h"
#include "face/kinds.h"
#include "face/store.h"

/* A new operation, or NULL without memory. */
pgc_op *call_new(pgc_store *store, enum call_kind kind, pgc_done_fn done, void *payload);

/*
 * Runs an operation here, or starts it. `op` is NULL if memory ran out; `status` tells whether it
 * could be filled in.
 */
int call_run(pgc_op *op, int status, pgc_result **result, pgc_error *err);
int call_start(pgc_op *op, int status, pgc_op **out, pgc_error *err);

#define CALL_UNPACK(...) __VA_ARGS__

/*
 * `params`: the parameters of both functions between store and result; `fill`: the call that fills
 * in `op`.
 */
#define CALL(name, params, fill)                                                                  \
    int pgc_##name(pgc_store *store, CALL_UNPACK params, pgc_result **result, pgc_error *err) {   \
        pgc_op *op = call_new(store, KIND_##name, NULL, NULL);                                    \
        return call_run(op, op == NULL ? error_nomem(err) : name fill, result, err);              \
    }                                                                                             \
    int pgc_##name##_start(pgc_store *store, CALL_UNPACK params, pgc_done_fn done, void *payload, \
                           pgc_op **out, pgc_error *err) {                                        \
        pgc_op *op = call_new(store, KIND_##name, done, payload);                                 \
        return call_start(op, op == NULL ? error_nomem(err) : name fill, out, err);               \
    }

#endif
