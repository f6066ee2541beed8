/*
 * The operations that JavaScript may start: how the arguments of each become a start call of the
 * library. Every one is a function of (handle, format, ticket or nothing, arguments in a fixed
 * order) that returns a promise; the order stands with each in its file. Each file of operations is
 * a group.
 */
#ifndef CALLS_H
#define CALLS_H

#include "args.h"
#include "store.h"

#include <node_api.h>
#include <stdbool.h>

/* What a start call needs, and what it gives. */
struct start {
    pgc_store *store;
    struct args *args;
    struct call *call;
    pgc_op *op;
    pgc_error *err;
};

/* False: an argument was not what it should be, which is told before the library sees it. */
bool call_is_sound(const struct start *start);

/* Begins an operation of the library, by the name of its blocking call, once all is read. */
#define CALL(start, operation, ...)                                                      \
    (call_is_sound(start) ? operation##_start((start)->store, __VA_ARGS__, store_done,   \
                                              (start)->call, &(start)->op, (start)->err) \
                          : -PGC_INVALID)

struct operation {
    const char *name;
    int (*start)(struct start *start);
};

struct operation_group {
    const struct operation *operations;
    size_t count;
};

extern const struct operation_group calls_conversation; /* threads, messages, metadata */
extern const struct operation_group calls_memory;       /* resources, observations */
extern const struct operation_group calls_workflow;     /* runs, scores, prune, clear */

/* Defines them all on `exports`. */
napi_status calls_define(napi_env env, napi_value exports);

#endif
