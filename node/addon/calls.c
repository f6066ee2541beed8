#include "calls.h"

#include "ticket.h"

bool call_is_sound(const struct start *start) {
    if (start->args->failed) {
        *start->err = (pgc_error){.code = PGC_INVALID,
                                  .message = "an argument is of the wrong type, or memory is out",
                                  .position = -1};
    }
    return !start->args->failed;
}

/*
 * The promise is made first, since the library may not be asked to take an operation back. One that
 * the library refuses is rejected by the end of this call.
 */
static napi_value begin(struct store *store, const struct operation *operation, struct args *args) {
    pgc_error error = {.code = PGC_CLOSED, .message = "the store is closed", .position = -1};
    napi_value promise = NULL;
    enum format format = (enum format)args_u32(args);
    struct ticket *ticket = ticket_of(store->env, args_value(args));
    if (store->closing) {
        outcome_throw(store->env, &error);
        return NULL;
    }
    struct call *call = store_call(store, &promise);
    if (call == NULL) {
        napi_throw_error(store->env, NULL, "pgconvo: out of memory");
        return NULL;
    }
    call->format = format;
    args_borrow(args, &store->spare);
    struct start start = {.store = store->store, .args = args, .call = call, .err = &error};
    int status = operation->start(&start);
    if (status == 0) {
        store_began(store);
        if (ticket != NULL) {
            ticket_begin(ticket, start.op, &call->ticket);
        }
    } else {
        store_refuse(call, status, &error);
    }
    return promise;
}

static napi_value on_call(napi_env env, napi_callback_info info) {
    struct args args;
    void *operation;
    void *store;
    napi_value promise = NULL;
    args_begin(&args, env, info, &operation);
    if (napi_get_value_external(env, args_value(&args), &store) == napi_ok) {
        promise = begin(store, operation, &args);
    } else {
        napi_throw_type_error(env, NULL, "pgconvo: no handle of a store");
    }
    args_free(&args);
    return promise;
}

static napi_status define(napi_env env, napi_value exports, const struct operation *operation) {
    const void *data = operation;
    napi_value function;
    napi_status status = napi_create_function(env, operation->name, NAPI_AUTO_LENGTH, on_call,
                                              (void *)(uintptr_t)data, &function);
    return status != napi_ok ? status
                             : napi_set_named_property(env, exports, operation->name, function);
}

napi_status calls_define(napi_env env, napi_value exports) {
    static const struct operation_group *const groups[] = {&calls_conversation, &calls_memory,
                                                           &calls_workflow};
    napi_status status = napi_ok;
    for (size_t g = 0; g < sizeof groups / sizeof *groups; g++) {
        for (size_t i = 0; i < groups[g]->count && status == napi_ok; i++) {
            status = define(env, exports, &groups[g]->operations[i]);
        }
    }
    return status;
}
