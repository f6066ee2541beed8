/*
 * Memory runs out in every operation, at each of its allocations, alone and from there on: the call
 * fails with NOMEM or does without, leaks nothing, and what it writes is all or nothing: nothing,
 * if the error says so.
 */
#include "unit/mem_fail.h"

#include "live/every_operation.h"

enum { ALLOCATIONS_MAX = 100000 };

/* What is out but for open connections, which a failed call may have closed. */
static long live(void) {
    pgc_pool_status pool;
    pgc_store_pool_status(store, &pool);
    return mem_live - (long)pool.open;
}

struct states {
    char before[64], after[64]; /* a call that succeeds */
};

static void try_out(const struct every_operation *operation, struct states *states) {
    snprintf(states->before, sizeof states->before, "%s", every_state());
    must(operation->call());
    snprintf(states->after, sizeof states->after, "%s", every_state());
    every_restore();
}

/* Is what the tables hold now what may have become of a call that said this? Puts it right. */
static bool is_whole(const struct states *states, int status) {
    const char *now = every_state();
    bool is_before = strcmp(now, states->before) == 0;
    bool is_after = strcmp(now, states->after) == 0;
    if (!is_before) every_restore();
    return (is_before && status != 0) || (is_after && (status == 0 || err.retry != PGC_RETRY_NO));
}

static bool is_told(int status) {
    return status == 0 || (status == -PGC_NOMEM && err.code == PGC_NOMEM && result == NULL &&
                           strcmp(err.message, "out of memory") == 0);
}

/* Lets allocation `n` fail; false: what must hold does not. `*hit`: there was such a one. */
static bool fail_at(const struct every_operation *operation, const struct states *states, long n,
                    bool *hit) {
    long before = live();
    mem_failures = 0;
    mem_fail_after = n;
    int status = operation->call();
    mem_fail_after = -1;
    *hit = mem_failures > 0;
    bool holds = is_told(status) && is_whole(states, status) && (*hit || status == 0);
    pgc_result_free(result);
    result = NULL;
    if (!holds || live() != before) {
        diag("allocation %ld: status %d retry %d, %ld pieces more", n, status, (int)err.retry,
             live() - before);
        diag("%.255s", status == 0 ? "" : err.message);
        return false;
    }
    return true;
}

static void test_operation(const struct every_operation *operation, bool once) {
    struct states states;
    bool hit = true, holds = true;
    long n = 0;
    try_out(operation, &states);
    pgc_result_free(result);
    result = NULL;
    mem_fail_once = once;
    for (; hit && holds && n < ALLOCATIONS_MAX; n++) {
        holds = fail_at(operation, &states, n, &hit);
    }
    ok(holds && !hit && n > 1, "%s: each of %ld allocations fails%s", operation->name, n - 1,
       once ? "" : ", and all that follow");
}

static void tests(void) {
    every_begin();
    for (size_t i = 0; i < ARRAY_LENGTH(every_operation); i++) {
        test_operation(&every_operation[i], true);
        test_operation(&every_operation[i], false);
    }
}

int main(void) {
    world_application = every_application();
    return world_run("t_memory", tests);
}
