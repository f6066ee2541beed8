#include "ticket.h"

#include "args.h"

#include <stdlib.h>

struct ticket {
    pgc_op *op;           /* under way, else NULL */
    struct ticket **back; /* where the call keeps it, while it is under way */
    uint32_t limit_ms;
};

static void on_collected(napi_env env, void *data, void *hint) {
    (void)env;
    (void)hint;
    struct ticket *ticket = data;
    ticket_end(ticket);
    free(ticket);
}

napi_value ticket_new(napi_env env, napi_callback_info info) {
    struct args args;
    napi_value value = NULL;
    args_begin(&args, env, info, NULL);
    struct ticket *ticket = calloc(1, sizeof *ticket);
    if (ticket != NULL) {
        ticket->limit_ms = args_u32(&args);
    }
    if (ticket == NULL ||
        napi_create_external(env, ticket, on_collected, NULL, &value) != napi_ok) {
        free(ticket);
        napi_throw_error(env, NULL, "pgconvo: out of memory");
    }
    args_free(&args);
    return value;
}

struct ticket *ticket_of(napi_env env, napi_value value) {
    void *ticket = NULL;
    return napi_get_value_external(env, value, &ticket) == napi_ok ? ticket : NULL;
}

napi_value ticket_cancel(napi_env env, napi_callback_info info) {
    struct args args;
    args_begin(&args, env, info, NULL);
    const struct ticket *ticket = ticket_of(env, args_value(&args));
    if (ticket != NULL && ticket->op != NULL) {
        pgc_op_cancel(ticket->op);
    }
    args_free(&args);
    return NULL;
}

void ticket_begin(struct ticket *ticket, pgc_op *op, struct ticket **back) {
    ticket->op = op;
    ticket->back = back;
    *back = ticket;
    if (ticket->limit_ms != 0) {
        pgc_op_set_timeout(op, ticket->limit_ms);
    }
}

void ticket_end(struct ticket *ticket) {
    if (ticket != NULL && ticket->op != NULL) {
        *ticket->back = NULL;
        ticket->op = NULL;
    }
}
