/* Whole conversations from files: one after the other, and several on their way at once. */
#include <glob.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "bench.h"
#include "measure.h"
#include "reader.h"
#include "record.h"

/* What is read beforehand: only storing is measured. */
struct library {
    record **records; /* each borrows its text */
    char **texts;
    size_t count, room;
    size_t messages;
};

struct transfer {
    const struct library *library;
    pgc_store *store;
    struct plain *plain[BENCH_JOBS];
    struct plain *cleaner;
    atomic_size_t next; /* conversation to import */
};

/* ---- Reading the files ---- */

static void add_record(struct library *library, pgc_str text, const char *path) {
    if (library->count == library->room) {
        library->room = library->room * 2 + 64;
        library->records = realloc(library->records, library->room * sizeof(record *));
        library->texts = realloc(library->texts, library->room * sizeof(char *));
        if (library->records == NULL || library->texts == NULL) {
            bench_fail("out of memory");
        }
    }
    record *one = record_new();
    char *copy = malloc(text.size + 1);
    if (one == NULL || copy == NULL) {
        bench_fail("out of memory");
    }
    memcpy(copy, text.data, text.size);
    copy[text.size] = '\0';
    record_problem problem;
    if (record_read(one, (pgc_str){copy, text.size}, RECORD_AUTO, &problem) != 0) {
        bench_fail("%s: %s", path, problem.text);
    }
    size_t messages;
    record_messages(one, &messages);
    pgc_thread_new *thread = record_thread(one);
    thread->created_at = thread->created_at == PGC_NO_TIME ? plain_now() : thread->created_at;
    thread->existing = PGC_EXISTING_KEEP;
    library->messages += messages;
    library->texts[library->count] = copy;
    library->records[library->count++] = one;
}

static void read_file(struct library *library, const char *path) {
    pgc_str text;
    reader_found found;
    reader *in = reader_open(path);
    if (in == NULL) {
        bench_fail("cannot read %s", path);
    }
    while ((found = reader_next(in, &text)) == READER_RECORD) {
        add_record(library, text, path);
    }
    if (found == READER_FAILED) {
        bench_fail("%s: %s", path, reader_problem(in));
    }
    reader_close(in);
}

static void read_files(struct library *library, const struct settings *settings) {
    for (size_t i = 0; i < settings->file_count; i++) {
        read_file(library, settings->files[i]);
    }
    if (settings->file_count == 0) {
        glob_t found;
        if (glob(BENCH_CONVERSATIONS "/*.jsonl", 0, NULL, &found) != 0) {
            bench_fail("there are no conversations in %s", BENCH_CONVERSATIONS);
        }
        for (size_t i = 0; i < found.gl_pathc; i++) {
            read_file(library, found.gl_pathv[i]);
        }
        globfree(&found);
    }
}

static void library_free(struct library *library) {
    for (size_t i = 0; i < library->count; i++) {
        record_free(library->records[i]);
        free(library->texts[i]);
    }
    free(library->records);
    free(library->texts);
}

/* ---- Storing ---- */

static void empty(void *context) {
    struct transfer *t = context;
    atomic_store(&t->next, 0);
    plain_do(t->cleaner, "TRUNCATE \"" BENCH_SCHEMA "\".threads, \"" BENCH_SCHEMA
                         "\".messages, \"" BENCH_SCHEMA "\".metadata");
}

static pgc_append append_of(const record *one) {
    pgc_append append = PGC_APPEND_INIT;
    append.messages = record_messages(one, &append.count);
    append.existing = PGC_EXISTING_KEEP;
    return append;
}

static void store_ours(void *context) {
    const struct transfer *t = context;
    for (size_t i = 0; i < t->library->count; i++) {
        record *one = t->library->records[i];
        pgc_append append = append_of(one);
        pgc_error err;
        pgc_result *result = NULL;
        bench_check(pgc_conversation_import(t->store, record_thread(one), &append, &result, &err),
                    &err, "import");
        pgc_result_free(result);
    }
}

static void on_done(pgc_op *op, void *payload) {
    size_t *under_way = payload;
    pgc_error err;
    pgc_result *result = NULL;
    bench_check(pgc_op_take(op, &result, &err), &err, "import");
    pgc_result_free(result);
    --*under_way;
}

/* The event-driven face: as many on their way as there are connections, in one thread. */
static void store_ours_at_once(void *context) {
    const struct transfer *t = context;
    size_t under_way = 0;
    for (size_t i = 0; i < t->library->count || under_way > 0;) {
        pgc_error err;
        if (i < t->library->count && under_way < BENCH_JOBS) {
            record *one = t->library->records[i++];
            pgc_append append = append_of(one);
            bench_check(pgc_conversation_import_start(t->store, record_thread(one), &append,
                                                      on_done, &under_way, NULL, &err),
                        &err, "import");
            under_way++;
        } else if (pgc_store_poll(t->store, -1) < 0) {
            bench_fail("poll failed");
        }
    }
}

static void send_create(struct plain *plain, const pgc_thread_new *thread) {
    plain_begin(plain);
    plain_text(plain, thread->id);
    plain_text(plain, thread->resource_id);
    plain_text(plain, thread->title);
    plain_time(plain, thread->created_at);
    plain_time(plain, thread->updated_at == PGC_NO_TIME ? thread->created_at : thread->updated_at);
    plain_json(plain, thread->metadata);
    plain_send(plain, "thread_create_new");
}

static void send_id(struct plain *plain, const char *statement, pgc_str id) {
    plain_begin(plain);
    plain_text(plain, id);
    plain_send(plain, statement);
}

/* The library's four statements of an import, in one pipeline. */
static void store_one_plain(struct plain *plain, record *one) {
    const pgc_thread_new *thread = record_thread(one);
    size_t count;
    const pgc_message_new *messages = record_messages(one, &count);
    send_create(plain, thread);
    send_id(plain, "thread_lock_write", thread->id);
    plain_begin(plain);
    plain_batch(plain, thread->id, messages, count);
    plain_bool(plain, false);
    plain_time(plain, thread->updated_at == PGC_NO_TIME ? plain_now() : thread->updated_at);
    plain_send(plain, "message_put_abort");
    send_id(plain, "thread_get", thread->id);
    plain_sync(plain);
}

static void store_plain(void *context) {
    const struct transfer *t = context;
    for (size_t i = 0; i < t->library->count; i++) {
        store_one_plain(t->plain[0], t->library->records[i]);
    }
}

struct porter {
    pthread_t thread;
    struct transfer *transfer;
    size_t number;
};

static void *carry(void *payload) {
    const struct porter *porter = payload;
    struct transfer *t = porter->transfer;
    size_t i;
    while ((i = atomic_fetch_add(&t->next, 1)) < t->library->count) {
        store_one_plain(t->plain[porter->number], t->library->records[i]);
    }
    return NULL;
}

static void store_plain_at_once(void *context) {
    struct porter porters[BENCH_JOBS];
    for (size_t i = 0; i < BENCH_JOBS; i++) {
        porters[i] = (struct porter){.transfer = context, .number = i};
        if (pthread_create(&porters[i].thread, NULL, carry, &porters[i]) != 0) {
            bench_fail("no thread could be started");
        }
    }
    for (size_t i = 0; i < BENCH_JOBS; i++) {
        pthread_join(porters[i].thread, NULL);
    }
}

/* ---- The table ---- */

static void measure_import(const struct settings *settings, const char *label,
                           const struct side sides[2]) {
    struct figures figures;
    size_t conversations = sides[0].operations;
    measure(sides, 1, conversations > 500 && settings->rounds > 3 ? 3 : settings->rounds, &figures);
    measure_row(label, &figures);
}

static void check_count(const struct transfer *t) {
    PGresult *result =
        PQexec(t->cleaner->conn, "SELECT count(*) FROM \"" BENCH_SCHEMA "\".messages");
    size_t count = PQntuples(result) == 1 ? strtoul(PQgetvalue(result, 0, 0), NULL, 10) : 0;
    if (count != t->library->messages) {
        bench_fail("%zu messages were imported instead of %zu", count, t->library->messages);
    }
    PQclear(result);
}

void bench_imports(struct world *world) {
    struct library library = {.records = NULL};
    read_files(&library, world->settings);
    struct transfer t = {.library = &library,
                         .store = world_store(world->settings, BENCH_JOBS, false),
                         .cleaner = world->relaxed_plain};
    for (size_t i = 0; i < BENCH_JOBS; i++) {
        t.plain[i] = world_plain(world, false);
    }
    char title[64];
    snprintf(title, sizeof title, "%zu conversations, %zu messages", library.count,
             library.messages);
    measure_head(title, "pgconvo, us", "libpq, us");
    size_t n = library.count;
    const struct side one[2] = {{store_ours, empty, &t, n}, {store_plain, empty, &t, n}};
    const struct side many[2] = {{store_ours_at_once, empty, &t, n},
                                 {store_plain_at_once, empty, &t, n}};
    measure_import(world->settings, "import, one by one", one);
    check_count(&t);
    measure_import(world->settings, "import, 8 at once", many);
    check_count(&t);
    for (size_t i = 0; i < BENCH_JOBS; i++) {
        plain_close(t.plain[i]);
    }
    pgc_store_free(t.store);
    library_free(&library);
}
