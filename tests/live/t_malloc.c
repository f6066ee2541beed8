/*
 * malloc itself runs out, for libpq and the C library too: at each allocation of operations on an
 * open connection, and of a store's way from its beginning to its end; alone and from there on.
 * Nothing crashes or hangs, what fails says so, writes all or nothing, and leaks nothing; and the
 * next call works. Takes malloc's place in this program. The argument "all" is for all operations.
 */
#include "live/every_operation.h"

#include <stdatomic.h>

enum { ALLOCATIONS_MAX = 100000, CALL_MS = 60000 };

/* ---- malloc and its kind ---- */

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void __libc_free(void *memory);

static _Thread_local long fail_after =
    -1; /* so many succeed, then they fail; negative: none fails */
static _Thread_local bool fail_once;
static _Thread_local long failures;
static atomic_long pieces; /* out, of all threads */

static bool may(void) {
    if (fail_after == 0) {
        failures++;
        fail_after = fail_once ? -1 : 0;
        errno = ENOMEM;
        return false;
    }
    fail_after -= fail_after > 0 ? 1 : 0;
    return true;
}

void *malloc(size_t size) {
    void *memory = may() ? __libc_malloc(size) : NULL;
    if (memory != NULL) atomic_fetch_add(&pieces, 1);
    return memory;
}

void *calloc(size_t count, size_t size) {
    void *memory = may() ? __libc_calloc(count, size) : NULL;
    if (memory != NULL) atomic_fetch_add(&pieces, 1);
    return memory;
}

void *realloc(void *memory, size_t size) {
    void *moved = may() ? __libc_realloc(memory, size) : NULL;
    if (moved != NULL && memory == NULL) atomic_fetch_add(&pieces, 1);
    return moved;
}

void free(void *memory) {
    int before = errno;
    if (memory != NULL) atomic_fetch_sub(&pieces, 1);
    __libc_free(memory);
    errno = before;
}

/* ---- An operation on an open connection ---- */

struct states {
    char before[64], after[64]; /* a call that succeeds */
};

static bool is_told(int status) {
    bool told = status == -PGC_NOMEM || status == -PGC_LOST || status == -PGC_CONNECT;
    return status == 0 || (told && (int)err.code == -status && result == NULL);
}

static bool is_whole(const struct states *states, int status) {
    const char *now = every_state();
    bool is_before = strcmp(now, states->before) == 0;
    bool is_after = strcmp(now, states->after) == 0;
    if (!is_before) every_restore();
    return (is_before && status != 0) ||
           (is_after && (status == 0 || err.retry == PGC_RETRY_UNKNOWN));
}

static bool fail_at(int (*call)(void), const struct states *states, long n, bool *hit) {
    failures = 0;
    fail_after = n;
    int status = call();
    fail_after = -1;
    *hit = failures > 0;
    bool holds =
        is_told(status) && (states == NULL || is_whole(states, status)) && (*hit || status == 0);
    pgc_result_free(result);
    result = NULL;
    if (!holds) {
        diag("allocation %ld: status %d retry %d", n, status, (int)err.retry);
        diag("%.255s", status == 0 ? "" : err.message);
    }
    return holds;
}

static void try_out(const struct every_operation *operation, struct states *states) {
    snprintf(states->before, sizeof states->before, "%s", every_state());
    must(operation->call());
    snprintf(states->after, sizeof states->after, "%s", every_state());
    every_restore();
    pgc_result_free(result);
    result = NULL;
    must(operation->call());
    every_restore();
    pgc_result_free(result);
    result = NULL;
}

static void fail_each(const char *name, int (*call)(void), const struct states *states, bool once) {
    bool hit = true, holds = true;
    long n = 0;
    fail_once = once;
    for (; hit && holds && n < ALLOCATIONS_MAX; n++) {
        holds = fail_at(call, states, n, &hit);
    }
    ok(holds && !hit && n > 1, "%s: each of %ld allocations fails%s", name, n - 1,
       once ? "" : ", and all that follow");
}

/* libpq is called from the same places by all: some will do, unless somebody asks for all. */
static void test_operations(size_t step) {
    every_begin();
    for (size_t i = 0; i < ARRAY_LENGTH(every_operation); i += step) {
        struct states states;
        try_out(&every_operation[i], &states);
        fail_each(every_operation[i].name, every_operation[i].call, &states, true);
        fail_each(every_operation[i].name, every_operation[i].call, &states, false);
    }
}

/* ---- A store from its beginning to its end ---- */

static int use_store(void) {
    static char url[1024];
    pgc_store_options options = PGC_STORE_OPTIONS_INIT;
    pgc_store *used = NULL;
    pgc_result *thread = NULL;
    snprintf(url, sizeof url, "%s", store_url());
    options.url = z(url);
    options.schema = z(schema);
    options.call_timeout_ms = CALL_MS;
    int status = pgc_store_open(&options, &used, &err);
    if (status == 0) status = pgc_thread_get(used, z("t"), &thread, &err);
    pgc_result_free(thread);
    pgc_store_free(used);
    return status;
}

/*
 * It leaves as many pieces as there were, however it ended; but for connections of libpq 16 that
 * had no memory, which cannot be freed.
 */
static int use_store_whole(void) {
    long before = atomic_load(&pieces);
    int status = use_store();
    bool excused = PQlibVersion() / 10000 == 16 && status == -PGC_NOMEM;
    if (atomic_load(&pieces) != before && !excused) {
        diag("%ld pieces more", atomic_load(&pieces) - before);
        err.code = PGC_INTERNAL;
        return -PGC_INTERNAL;
    }
    return status;
}

static void test_store(void) {
    must(use_store()); /* what is made once, is made */
    fail_each("a store", use_store_whole, NULL, true);
    fail_each("a store", use_store_whole, NULL, false);
}

int main(int argc, char **argv) {
    bool all = argc > 1 && strcmp(argv[1], "all") == 0;
    setbuf(stdout, NULL);
    world_application = every_application();
    for (world_drive = DRIVE_BLOCKING; world_drive <= DRIVE_WAIT; world_drive++) {
        diag("%s", world_drive == DRIVE_BLOCKING ? "blocking calls" : "start and wait");
        world_begin("t_malloc", true);
        sql("SET client_min_messages TO warning");
        test_operations(all ? 1 : world_drive == DRIVE_BLOCKING ? 8 : 24);
        test_store();
        world_end();
    }
    return done_testing();
}
