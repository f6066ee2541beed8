/* Many processes open the same new schema at once: all succeed, one does the work. */
#include "engine_world.h"

enum { PROCESSES = 32 };

static const char *go_file; /* children begin when it is there */

/* A child: opens, uses, closes. The code of what went wrong is its exit status. */
static int be_a_child(const char *schema, const char *file) {
    pgc_error err;
    pgc_store *store = NULL;
    pgc_store_options options = options_for(schema[0] == '\0' ? NULL : schema);
    options.max_connections = 1;
    options.metadata_index = true;
    options.url = z(getenv("RACE_URL"));
    for (int i = 0; i < PATIENCE_MS && access(file, F_OK) != 0; i++) {
        pause_ms(1);
    }
    int status = pgc_store_open(&options, &store, &err);
    if (status == 0) status = create_thread(store, NULL, &err);
    if (status != 0) diag("child: %s [%s] %s", pgc_code_name(status), err.sqlstate, err.message);
    pgc_store_free(store);
    return -status;
}

/* Starts the children and lets them go all at once; how many failed. */
static int rush(const char *schema, int count) {
    pid_t children[PROCESSES];
    int failed = 0;
    unlink(go_file);
    for (int i = 0; i < count; i++) {
        children[i] = start_self("child", schema, go_file);
    }
    FILE *go = fopen(go_file, "w");
    if (go == NULL || fclose(go) != 0) bail("%s", go_file);
    for (int i = 0; i < count; i++) {
        failed += exit_of(children[i]) != 0;
    }
    return failed;
}

static void check_rush(const char *schema, int count) {
    const char *s = quoted(schema);
    is_int(rush(schema, count), 0, "%d processes open %s at once: all succeed", count, schema);
    is_int(ask_number("SELECT count(*) FROM %s.threads", s), count, "each of them could use it");
    is_str(ask("SELECT string_agg(k, ' ' ORDER BY k) FROM %s.store_meta", s),
           "format migration/0001 migration/0002 min_client version", "one of them made it");
    is_int(ask_number("SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relnamespace = "
                      "'%s'::regnamespace",
                      s),
           8, "and nothing but it is there");
    is_str(
        ask("SELECT indisvalid FROM pg_index WHERE indexrelid = '%s.metadata_data_idx'::regclass",
            s),
        "t", "the index too");
}

/* The same with threads of one process, each with a store of its own, or with one store. */
struct opener {
    const char *schema;
    pgc_store *store; /* NULL: its own */
    int status;
    pgc_error err;
};

static void *open_and_use(void *payload) {
    struct opener *opener = payload;
    pgc_store *store = opener->store;
    pgc_store_options options = options_for(opener->schema);
    if (store == NULL && pgc_store_open(&options, &store, &opener->err) != 0) return NULL;
    opener->status = create_thread(store, NULL, &opener->err);
    if (opener->store == NULL) pgc_store_free(store);
    return NULL;
}

static void check_threads(const char *schema, bool shared) {
    enum { THREADS = 12 };
    struct opener openers[THREADS];
    pgc_store *store = shared ? open_with(options_for(schema)) : NULL;
    for (int i = 0; i < THREADS; i++) {
        openers[i] = (struct opener){.schema = schema, .store = store, .status = -1};
    }
    run_threads(THREADS, open_and_use, openers, sizeof openers[0]);
    int failed = 0;
    for (int i = 0; i < THREADS; i++) {
        if (openers[i].status != 0 && failed++ == 0) diag("%s", openers[i].err.message);
    }
    is_int(failed, 0, "%d threads with %s: all succeed", THREADS,
           shared ? "one new store" : "a new store each");
    is_int(ask_number("SELECT count(*) FROM %s.threads", quoted(schema)), THREADS,
           "each of them could use it");
    pgc_store_free(store);
}

/* The default schema, in a database where nothing is yet. */
static void check_default(void) {
    const char *name = form("race_test_%d", (int)getpid());
    ask("CREATE DATABASE %s", name);
    const char *url = form("%s dbname=%s", getenv("PGCONVO_TEST_URL"), name);
    setenv("RACE_URL", url, 1);
    is_int(rush("", PROCESSES), 0, "%d processes open the default schema at once: all succeed",
           PROCESSES);
    PGconn *side = connect_to(url);
    is_str(ask_on(side, "SELECT count(*) FROM public.threads"), form("%d", PROCESSES),
           "each of them could use it");
    PQfinish(side);
    setenv("RACE_URL", store_url(), 1);
    ask("DROP DATABASE race_test_%d WITH (FORCE)", (int)getpid());
}

int main(int argc, char **argv) {
    if (argc == 4 && strcmp(argv[1], "child") == 0) return be_a_child(argv[2], argv[3]);
    char folder[] = "/tmp/pgconvo-race.XXXXXX";
    world_begin();
    if (mkdtemp(folder) == NULL) bail("mkdtemp");
    go_file = strdup(form("%s/go", folder));
    setenv("RACE_URL", store_url(), 1);
    for (int round = 0; round < 2; round++) {
        check_rush(schema_named(form("rush %d", round)), PROCESSES);
    }
    const char *existing = schema_named("rush into an empty schema");
    ask("CREATE SCHEMA %s", quoted(existing));
    check_rush(existing, PROCESSES);
    check_default();
    for (int round = 0; round < 4; round++) {
        check_threads(schema_named(form("threads %d", round)), round % 2 == 0);
    }
    unlink(go_file);
    rmdir(folder);
    return world_end();
}
