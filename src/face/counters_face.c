/* What a store has done, told to its user. */
#include "base/error.h"
#include "face/kinds.h"
#include "face/store.h"

const char *const call_kind_names[KIND_COUNT] = {
#define CALL_KIND_NAME(name) [KIND_##name] = #name,
    CALL_KINDS(CALL_KIND_NAME)
#undef CALL_KIND_NAME
};

/* A caller's struct that is shorter, or longer, gets what both know; its size stays its own. */
static void hand_out(void *out, void *own, size_t own_size) {
    size_t size;
    memcpy(&size, out, sizeof size);
    memcpy(own, &size, sizeof size);
    memcpy(out, own, MIN(size, own_size));
}

static void add_kind(pgc_counters *all, const pgc_operation_counters *kind) {
    all->started += kind->started;
    all->succeeded += kind->succeeded;
    all->failed += kind->failed;
    all->retried += kind->retried;
    all->rows += kind->rows;
    all->bytes_sent += kind->bytes_sent;
    all->bytes_received += kind->bytes_received;
}

static void add_pool(pgc_counters *all, struct pool *pool) {
    struct pool_counters counters;
    pool_counters(pool, &counters);
    all->connects += counters.connects;
    all->reconnects += counters.reconnects;
    all->connect_failures += counters.connect_failures;
    all->lost += counters.lost;
    all->expired_idle += counters.expired_idle;
    all->expired_age += counters.expired_age;
    all->retries_connect += counters.retries_connect;
    all->retries_lost += counters.retries_lost;
    all->retries_conflict += counters.retries_conflict;
    all->waits += counters.waits;
    all->wait_failures += counters.wait_failures;
    all->wait_total_us += counters.wait_total_us;
    all->wait_longest_us = MAX(all->wait_longest_us, counters.wait_longest_us);
    all->wait_refused += counters.refused;
}

void pgc_store_counters(pgc_store *store, pgc_counters *out) {
    struct counters *counters = &store->whole->counters;
    pgc_counters own = {.operations = counters->kinds};
    for (size_t i = 0; i < counters->kinds; i++) {
        pgc_operation_counters kind;
        counters_read(counters, i, &kind);
        add_kind(&own, &kind);
    }
    for (size_t code = 0; code < PGC_CODES_MAX; code++) {
        own.errors[code] = atomic_load_explicit(&counters->errors[code], memory_order_relaxed);
    }
    struct engine *engine = &store->whole->engine;
    engine_status(engine, &own.pool);
    add_pool(&own, &engine->pool);
    if (engine->reader != NULL) {
        add_pool(&own, engine->reader);
    }
    hand_out(out, &own, sizeof own);
}

bool pgc_store_operation_counters(pgc_store *store, size_t index, pgc_operation_counters *out) {
    struct counters *counters = &store->whole->counters;
    pgc_operation_counters own;
    if (index >= counters->kinds) {
        return false;
    }
    counters_read(counters, index, &own);
    hand_out(out, &own, sizeof own);
    return true;
}

static bool is_used(pgc_store *store) {
    pgc_counters all = PGC_COUNTERS_INIT;
    pgc_store_counters(store, &all);
    return all.started > 0;
}

int pgc_store_trace(pgc_store *store, pgc_trace_fn trace, void *payload, pgc_error *err) {
    if (is_used(store)) {
        return error_set(err, PGC_INVALID, "trace: set the hook before operations are started");
    }
    error_clear(err);
    store->whole->counters.trace = trace;
    store->whole->counters.trace_payload = payload;
    return 0;
}
