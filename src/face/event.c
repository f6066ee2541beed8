/*
 * The event-driven face: what event loops, or those without one, call.
 */
#include "base/clock.h"
#include "base/error.h"
#include "face/store.h"

int pgc_store_watch(pgc_store *store, pgc_watch_fn watch, pgc_timer_fn timer, void *payload,
                    pgc_error *err) {
    pgc_pool_status pool;
    engine_status(&store->whole->engine, &pool);
    bool watched = store->whole->engine.alone && pool.open > 0; /* by the hooks that were set */
    if (watched || store->whole->engine.active + store->whole->engine.finished.count > 0) {
        return error_set(err, PGC_INVALID, "watch: set the hooks before operations are started");
    }
    engine_watch(&store->whole->engine, watch, timer, payload);
    return 0;
}

void pgc_store_on_event(pgc_store *store, int fd, int events) {
    engine_on_event(&store->whole->engine, fd, events);
    engine_tick(&store->whole->engine);
}

void pgc_store_on_timer(pgc_store *store) {
    engine_on_timer(&store->whole->engine);
}

int pgc_store_poll(pgc_store *store, int timeout_ms) {
    return engine_poll(&store->whole->engine, timeout_ms);
}

int pgc_op_take(pgc_op *op, pgc_result **result, pgc_error *err) {
    if (op->state != OP_DONE) {
        return error_set(err, PGC_INVALID, "op: is not done");
    }
    return op_outcome(op, result, err);
}

void pgc_op_cancel(pgc_op *op) {
    engine_cancel(op->engine, op);
}

void pgc_op_set_timeout(pgc_op *op, uint32_t timeout_ms) {
    engine_limit(op->engine, op, timeout_ms == 0 ? 0 : clock_monotonic_ms() + timeout_ms);
}

int pgc_op_wait(pgc_op *op, pgc_result **result, pgc_error *err) {
    if (op->done != NULL) {
        return error_set(err, PGC_INVALID, "op: was started with a callback");
    }
    while (op->state != OP_DONE) {
        engine_poll(op->engine, -1);
    }
    int status = op_outcome(op, result, err);
    op_free(op);
    return status;
}
