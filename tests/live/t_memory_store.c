/*
 * Memory runs out around the operations, at each allocation, alone and from there on: when a store
 * is opened, connects, makes its schema, is used and closed; in leases, in what the library does
 * without a server, and when Mastra's tables are adopted. What fails says NOMEM, leaks nothing, and
 * works when there is memory again.
 */
#include "unit/mem_fail.h"

#include "live/adopt_world.h"

#include <math.h>

enum { ALLOCATIONS_MAX = 100000 };

static const char *schema;
static pgc_store *shared; /* open, of `schema` */

/* ---- Scenes: each makes what it needs, takes it away again, and gives the status ---- */

static int open_and_use(const char *in, bool init) {
    pgc_store_options options = options_for(in);
    pgc_store *store = NULL;
    options.metadata_index = true;
    options.password = z("secret");
    int status = pgc_store_open(&options, &store, &err);
    if (status == 0) status = init ? pgc_store_init(store, &err) : get_thread(store, "t", &err);
    if (status == 0) {
        pgc_store_close(store, PGC_CLOSE_WAIT);
        pgc_store_close(store, PGC_CLOSE_CANCEL);
    }
    pgc_store_free(store);
    return status;
}

static int scene_open(void) {
    return open_and_use(schema, false);
}

static const char *to_make;

static int scene_make_schema(void) {
    int status = open_and_use(to_make, true);
    bool there =
        strcmp(ask("SELECT to_regclass('%s.threads') IS NOT NULL", quoted(to_make)), "t") == 0;
    bool whole =
        strcmp(ask("SELECT to_regclass('%s.scores') IS NOT NULL", quoted(to_make)), "t") == 0;
    if (there != whole) bail("a schema was made in part");
    ask("DROP SCHEMA IF EXISTS %s CASCADE", quoted(to_make));
    return status;
}

static int scene_handle(void) {
    pgc_store *handle = NULL;
    int status = pgc_store_with_timeout(shared, 60000, &handle, &err);
    if (status == 0) status = get_thread(handle, "t", &err);
    pgc_store_free(handle);
    return status;
}

static int scene_lease(void) {
    pgc_lease *lease = NULL;
    int status = pgc_lease_acquire(shared, &lease, &err);
    if (status == 0) PQclear(PQexec(pgc_lease_conn(lease), "SELECT 1"));
    pgc_lease_release(lease);
    return status;
}

/* The connection comes back from a lease, and must be cleaned before its next use. */
static int scene_after_lease(void) {
    pgc_lease *lease = NULL;
    long planned = mem_fail_after;
    mem_fail_after = -1;
    if (pgc_lease_acquire(shared, &lease, &err) != 0) bail("lease: %s", err.message);
    mem_fail_after = planned;
    pgc_lease_release(lease);
    return get_thread(shared, "t", &err);
}

static int scene_index(void) {
    return pgc_metadata_index_create(shared, &err);
}

static int scene_no_index(void) {
    ask("DROP INDEX IF EXISTS %s.metadata_data_idx", quoted(schema));
    return pgc_metadata_index_create(shared, &err);
}

static int scene_schema_sql(void) {
    char *sql = NULL;
    int status = pgc_schema_sql(z("a \"schema\""), true, &sql, &err);
    mem_free(sql);
    return status;
}

static int scene_quote(void) {
    char *text = NULL;
    size_t size;
    int status = pgc_json_quote(z("\"a\"\n\t and quite some more of it, so that it grows"), &text,
                                &size, &err);
    mem_free(text);
    return status;
}

static int scene_unquote(void) {
    char *text = NULL;
    size_t size;
    int status = pgc_json_unquote(z("\"\\u0041\\n and quite some more of it, so that it grows\""),
                                  &text, &size, &err);
    mem_free(text);
    return status;
}

static int called_back, told;

static void on_done(pgc_op *op, void *payload) {
    pgc_result *result = NULL;
    (void)payload;
    called_back++;
    told = pgc_op_take(op, &result, &err);
    pgc_result_free(result);
}

/* Two at once on one connection: the second one waits in the queue. */
static int scene_started(void) {
    pgc_op *op;
    int first = pgc_thread_get_start(shared, z("t"), on_done, NULL, &op, &err);
    int second = pgc_thread_get_start(shared, z("t"), on_done, NULL, &op, &err);
    int started = (first == 0) + (second == 0), status = first != 0 ? first : second;
    called_back = 0;
    while (called_back < started) {
        if (pgc_store_poll(shared, PATIENCE_MS) < 0) bail("poll");
        status = told != 0 && called_back > 0 ? told : status;
    }
    if (status != 0) err.code = (pgc_code)-status;
    told = 0;
    return status;
}

static int scene_adopt(void) {
    pgc_store *store = shared;
    pgc_adopt_options options = PGC_ADOPT_OPTIONS_INIT;
    options.schema = z(source);
    int status = adopt_with(store, &options);
    free_report();
    return status;
}

static int scene_adopt_back(void) {
    pgc_adopt_options options = PGC_ADOPT_OPTIONS_INIT;
    options.schema = z(source);
    options.back = true;
    int status = adopt_with(shared, &options);
    free_report();
    return status;
}

static const struct scene {
    const char *name;
    int (*play)(void);
    bool opens; /* its first allocations are those of the scene before it */
} scenes[] = {
    {"a store is opened, used and closed", scene_open, false},
    {"a store makes its schema", scene_make_schema, true},
    {"a handle with a limit of its own", scene_handle, false},
    {"a lease", scene_lease, false},
    {"a call after a lease", scene_after_lease, false},
    {"the index of metadata is made", scene_no_index, false},
    {"the index of metadata is there", scene_index, false},
    {"the script of the schema", scene_schema_sql, false},
    {"text becomes JSON", scene_quote, false},
    {"JSON becomes text", scene_unquote, false},
    {"two calls are started at once", scene_started, false},
    {"a store is written into Mastra's tables", scene_adopt_back, false},
    {"Mastra's tables are adopted", scene_adopt, false},
};

/* ---- The loop ---- */

static long live(void) {
    return mem_live - (shared == NULL ? 0 : (long)pool_of(shared).open);
}

static bool fail_at(const struct scene *scene, long n, bool *hit) {
    memset(&err, 0x55, sizeof err);
    long before = live();
    mem_failures = 0;
    mem_fail_after = n;
    int status = scene->play();
    mem_fail_after = -1;
    *hit = mem_failures > 0;
    if (status == 0 ? live() == before
                    : *hit && status == -PGC_NOMEM && err.code == PGC_NOMEM && live() == before) {
        return true;
    }
    diag("allocation %ld: status %d, %ld pieces more", n, status, live() - before);
    diag("%.255s", status == 0 ? "" : err.message);
    return false;
}

static void play(const struct scene *scene, bool once) {
    static long before;
    bool hit = true, holds = true;
    long n = scene->opens ? before : 0;
    if (scene->play() != 0) bail("%s: %s %s", scene->name, err.message, err.detail);
    mem_fail_once = once;
    for (; hit && holds && n < ALLOCATIONS_MAX; n++) {
        holds = fail_at(scene, n, &hit);
    }
    ok(holds && !hit && n > 1, "%s: each of %ld allocations fails%s", scene->name, n - 1,
       once ? "" : ", and all that follow");
    before = scene->opens ? before : n - 1;
}

static void make_material(void) {
    begin_schemas("memory");
    schema = target;
    to_make = schema_named("memory made");
    shared = store_in(schema);
    must_create(shared, "t");
    if (append_one(shared, "t", "m", &err) != 0) bail("append: %s", err.message);
}

int main(void) {
    world_begin();
    make_material();
    for (size_t i = 0; i < COUNT(scenes); i++) {
        play(&scenes[i], true);
        play(&scenes[i], false);
    }
    pgc_store_free(shared);
    return world_end();
}
