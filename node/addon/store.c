#include "store.h"

#include <stdlib.h>

/* working space beyond this is not kept from one result to the next */
#define TEXT_KEPT ((size_t)1 << 20)

/* ---- Calls ----------------------------------------------------------------------------------- */

static void push(struct call_list *list, struct call *call) {
    call->next = NULL;
    if (list->first == NULL) {
        list->last = &list->first;
    }
    *list->last = call;
    list->last = &call->next;
}

static struct call *pop(struct call_list *list) {
    struct call *call = list->first;
    if (call != NULL) {
        list->first = call->next;
    }
    return call;
}

struct call *store_call(struct store *store, napi_value *promise) {
    struct call *call = calloc(1, sizeof *call);
    if (call == NULL) {
        return NULL;
    }
    call->store = store;
    if (napi_create_promise(store->env, &call->deferred, promise) != napi_ok) {
        free(call);
        return NULL;
    }
    return call;
}

static void free_call(struct call *call) {
    pgc_result_free(call->result);
    free(call);
}

static void discard(struct call_list *list) {
    struct call *call;
    while ((call = pop(list)) != NULL) {
        free_call(call);
    }
}

/* ---- Settling -------------------------------------------------------------------------------- */

static napi_value value_of(struct call *call) {
    struct store *store = call->store;
    if (call->status == 0) {
        napi_value value = outcome_of_result(store->env, &call->result, call->format, &store->text);
        if (value != NULL) {
            return value;
        }
        call->status = -PGC_NOMEM;
        call->error = outcome_nomem;
    }
    return outcome_of_error(store->env, &call->error, &store->text);
}

static void clear_exception(napi_env env) {
    bool pending = false;
    napi_value exception;
    if (napi_is_exception_pending(env, &pending) == napi_ok && pending) {
        napi_get_and_clear_last_exception(env, &exception);
    }
}

static void settle(struct call *call) {
    napi_env env = call->store->env;
    napi_handle_scope scope;
    if (napi_open_handle_scope(env, &scope) == napi_ok) {
        napi_value value = value_of(call);
        clear_exception(env);
        if (value == NULL) {
            napi_get_undefined(env, &value);
        }
        if (call->status == 0) {
            napi_resolve_deferred(env, call->deferred, value);
        } else {
            napi_reject_deferred(env, call->deferred, value);
        }
        napi_close_handle_scope(env, scope);
    }
    free_call(call);
}

void store_refuse(struct call *call, int status, const pgc_error *error) {
    call->status = status;
    call->error = *error;
    settle(call);
}

static void settle_finished(struct store *store) {
    napi_handle_scope scope;
    napi_callback_scope callbacks;
    napi_value resource;
    if (store->finished.first == NULL || napi_open_handle_scope(store->env, &scope) != napi_ok) {
        return;
    }
    if (napi_create_object(store->env, &resource) == napi_ok &&
        napi_open_callback_scope(store->env, resource, store->context, &callbacks) == napi_ok) {
        struct call *call;
        while ((call = pop(&store->finished)) != NULL) {
            settle(call);
        }
        if (store->text.room > TEXT_KEPT) {
            text_free(&store->text);
        }
        napi_close_callback_scope(store->env, callbacks);
    }
    napi_close_handle_scope(store->env, scope);
}

/* ---- Turns ----------------------------------------------------------------------------------- */

void store_began(struct store *store) {
    if (store->active++ == 0) {
        loop_hold(&store->loop, true);
    }
}

void store_done(pgc_op *op, void *payload) {
    struct call *call = payload;
    struct store *store = call->store;
    ticket_end(call->ticket);
    call->status = pgc_op_take(op, &call->result, &call->error);
    push(&store->finished, call);
    if (--store->active == 0) {
        loop_hold(&store->loop, false);
    }
}

static void release(struct store *store) {
    if (--store->owners == 0) {
        text_free(&store->text);
        free(store->spare);
        discard(&store->finished);
        discard(&store->closers);
        free(store);
    }
}

/* Frees the library's store, which must have no call under way unless it cancels them. */
static void shut(struct store *store, pgc_close_mode mode) {
    struct call *call;
    pgc_store_close(store->store, mode);
    pgc_store_free(store->store);
    store->store = NULL;
    store->closing = true;
    while ((call = pop(&store->closers)) != NULL) {
        push(&store->finished, call);
    }
    loop_close(&store->loop);
}

static void end_turn(struct store *store) {
    store->owners++; /* JavaScript runs now, and may do what it likes */
    if (store->closing && store->active == 0 && store->store != NULL) {
        shut(store, PGC_CLOSE_WAIT);
    }
    settle_finished(store);
    release(store);
}

static void on_event(void *payload, int fd, int events) {
    struct store *store = payload;
    pgc_store_on_event(store->store, fd, events);
    end_turn(store);
}

static void on_timer(void *payload) {
    struct store *store = payload;
    pgc_store_on_timer(store->store);
    end_turn(store);
}

/* ---- Beginning and end ----------------------------------------------------------------------- */

static void on_loop_closed(void *payload) {
    struct store *store = payload;
    napi_async_destroy(store->env, store->context);
    napi_remove_async_cleanup_hook(store->exit_hook);
    release(store);
}

/* The environment ends. No promise can be settled any more. */
static void on_exit_of_env(napi_async_cleanup_hook_handle handle, void *payload) {
    (void)handle;
    struct store *store = payload;
    if (store->store != NULL) {
        shut(store, PGC_CLOSE_CANCEL);
    }
    discard(&store->finished);
}

void store_close(struct store *store, bool cancel, struct call *closer) {
    push(store->store == NULL ? &store->finished : &store->closers, closer);
    store->closing = true;
    if (cancel && store->store != NULL) {
        shut(store, PGC_CLOSE_CANCEL);
    }
    end_turn(store);
}

void store_abandon(struct store *store) {
    store->closing = true;
    if (store->store != NULL && store->active == 0) {
        shut(store, PGC_CLOSE_WAIT);
    }
    release(store);
}

static bool begin_async(struct store *store) {
    napi_value name;
    return napi_create_string_latin1(store->env, "pgconvo", NAPI_AUTO_LENGTH, &name) == napi_ok &&
           napi_async_init(store->env, NULL, name, &store->context) == napi_ok;
}

static bool open_loop(struct store *store) {
    uv_loop_t *uv;
    struct loop_hooks hooks = {
        .on_event = on_event, .on_timer = on_timer, .on_closed = on_loop_closed, .payload = store};
    return napi_get_uv_event_loop(store->env, (struct uv_loop_s **)&uv) == napi_ok &&
           loop_open(&store->loop, uv, hooks);
}

struct store *store_new(napi_env env, pgc_store *opened) {
    struct store *store = calloc(1, sizeof *store);
    if (store == NULL) {
        goto fail;
    }
    *store = (struct store){.env = env, .store = opened, .owners = 2};
    if (!begin_async(store)) {
        goto fail;
    }
    if (!open_loop(store)) {
        napi_async_destroy(env, store->context);
        goto fail;
    }
    napi_add_async_cleanup_hook(env, on_exit_of_env, store, &store->exit_hook);
    if (pgc_store_watch(opened, loop_watch, loop_timer, &store->loop, NULL) != 0) {
        napi_fatal_error("pgconvo", NAPI_AUTO_LENGTH, "a new store is in use", NAPI_AUTO_LENGTH);
    }
    return store;

fail:
    free(store);
    pgc_store_free(opened);
    napi_throw_error(env, NULL, "pgconvo: out of memory");
    return NULL;
}
