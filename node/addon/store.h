/*
 * A store of the library on Node's loop, and the calls under way on it. The library calls back
 * inside its turn; what it brings is kept until the turn is over and then settled, all in one
 * callback scope, so that no JavaScript ever runs inside the library.
 *
 * A store has two owners, the JavaScript handle and the loop's handles; the last one frees it. It
 * closes when JavaScript says so and no call is under way, when its handle is collected, or when
 * the environment ends. Everything belongs to the thread of its environment.
 */
#ifndef STORE_H
#define STORE_H

#include "loop.h"
#include "outcome.h"
#include "text.h"
#include "ticket.h"

#include <node_api.h>
#include <pgconvo.h>

struct call {
    struct call *next;
    struct store *store;
    napi_deferred deferred;
    struct ticket *ticket; /* by which JavaScript can end it; mostly none */
    enum format format;
    int status;
    pgc_result *result;
    pgc_error error;
};

struct call_list {
    struct call *first;
    struct call **last; /* where the next one goes; NULL: the list is empty */
};

struct store {
    napi_env env;
    pgc_store *store; /* NULL: closed */
    struct loop loop;
    napi_async_context context;
    napi_async_cleanup_hook_handle exit_hook;
    struct text text;
    struct args_block *spare;
    struct call_list finished;
    struct call_list closers; /* those who wait for the close */
    size_t active;            /* calls that the library has */
    int owners;
    bool closing;
};

/* Takes over `opened`. Returns NULL, with an exception, if it cannot. */
struct store *store_new(napi_env env, pgc_store *opened);

/* A call and its promise; NULL without memory. */
struct call *store_call(struct store *store, napi_value *promise);

/* For the library to call back with the call as payload. */
void store_done(pgc_op *op, void *call);

/* The library has accepted the call, or refused it. */
void store_began(struct store *store);
void store_refuse(struct call *call, int status, const pgc_error *error);

/* Closes, then settles `closer`; at once if no call is under way or they are to be cancelled. */
void store_close(struct store *store, bool cancel, struct call *closer);

/* The JavaScript handle is gone. */
void store_abandon(struct store *store);

#endif
