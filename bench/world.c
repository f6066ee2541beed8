#include <stdarg.h>
#include <stdlib.h>

#include "bench.h"

void bench_fail(const char *format, ...) {
    va_list values;
    va_start(values, format);
    fputs("bench: ", stderr);
    vfprintf(stderr, format, values);
    fputc('\n', stderr);
    va_end(values);
    exit(1);
}

void bench_check(int status, const pgc_error *err, const char *what) {
    if (status != 0) {
        bench_fail("%s: %s %s", what, err->message, err->detail);
    }
}

/* The server's address, with an option for the sessions that commit without waiting. */
static void relax(const char *url, char *relaxed, size_t size) {
    bool uri = strstr(url, "://") != NULL;
    const char *joint = !uri ? " options='" : strchr(url, '?') == NULL ? "?options=" : "&options=";
    snprintf(relaxed, size, "%s%s%s%s", url, joint,
             uri ? "-csynchronous_commit%3Doff" : "-csynchronous_commit=off", uri ? "" : "'");
}

pgc_store *world_store(const struct settings *settings, uint32_t connections, bool relaxed) {
    pgc_error err;
    pgc_store *store = NULL;
    char url[1024];
    pgc_store_options options = PGC_STORE_OPTIONS_INIT;
    relax(settings->url, url, sizeof url);
    options.url = pgc_z(relaxed ? url : settings->url);
    options.schema = pgc_z(BENCH_SCHEMA);
    options.max_connections = connections;
    options.idle_timeout_ms = 24 * 3600 * 1000;
    bench_check(pgc_store_open(&options, &store, &err), &err, "open");
    bench_check(pgc_store_init(store, &err), &err, "init");
    return store;
}

struct plain *world_plain(const struct world *world, bool relaxed) {
    return plain_open(world->settings->url, world->statements, relaxed);
}

static void drop_schema(const struct settings *settings) {
    struct plain *plain = plain_open(settings->url, NULL, false);
    plain_do(plain, "DROP SCHEMA IF EXISTS \"" BENCH_SCHEMA "\" CASCADE");
    plain_close(plain);
}

void world_open(struct world *world, const struct settings *settings) {
    *world = (struct world){.settings = settings};
    drop_schema(settings);
    world->store = world_store(settings, 1, false);
    world->relaxed_store = world_store(settings, 1, true);
}

static void import_one(pgc_store *store) {
    pgc_error err;
    pgc_result *result = NULL;
    pgc_thread_new thread = PGC_THREAD_NEW_INIT;
    pgc_message_new *message = world_messages(1, true);
    pgc_append append = PGC_APPEND_INIT;
    append.messages = message;
    append.count = 1;
    bench_check(pgc_conversation_import(store, &thread, &append, &result, &err), &err, "import");
    pgc_result_free(result);
    free(message);
}

/*
 * The store has one connection, so the lease is the session in which it has prepared its
 * statements.
 */
void world_learn(struct world *world) {
    pgc_error err;
    pgc_lease *lease = NULL;
    import_one(world->store);
    bench_check(pgc_lease_acquire(world->store, &lease, &err), &err, "lease");
    world->statements = plain_statements(pgc_lease_conn(lease));
    pgc_lease_release(lease);
    world->plain = world_plain(world, false);
    world->relaxed_plain = world_plain(world, true);
}

void world_close(struct world *world) {
    plain_close(world->plain);
    plain_close(world->relaxed_plain);
    PQclear(world->statements);
    pgc_store_free(world->store);
    pgc_store_free(world->relaxed_store);
    drop_schema(world->settings);
}

void world_thread(pgc_store *store, const char *id) {
    pgc_error err;
    pgc_result *result = NULL;
    pgc_thread_new thread = PGC_THREAD_NEW_INIT;
    thread.id = pgc_z(id);
    thread.resource_id = pgc_z(BENCH_RESOURCE);
    thread.title = pgc_z("A thread of the benchmark");
    thread.metadata = pgc_z("{\"channel\": \"web\", \"tags\": [\"bench\"]}");
    bench_check(pgc_thread_create(store, &thread, &result, &err), &err, "create a thread");
    pgc_result_free(result);
}

pgc_message_new *world_messages(size_t count, bool with_metadata) {
    static const char content[] = "\"I'm sorry about that. I can see that the carrier had to "
                                  "rewrap your parcel in Dublin, so the "
                                  "rough ride is on record. I can refund the kettle and the "
                                  "shipping, 89.40 EUR together, to the "
                                  "card ending 4417. Could you send one photo of the hinge? You "
                                  "don't need to post it back.\"";
    pgc_message_new *messages = calloc(count, sizeof *messages);
    if (messages == NULL) {
        bench_fail("out of memory");
    }
    for (size_t i = 0; i < count; i++) {
        messages[i] = (pgc_message_new)PGC_MESSAGE_NEW_INIT;
        messages[i].role = pgc_z(i % 2 == 0 ? "user" : "assistant");
        messages[i].content = pgc_z(content);
        if (with_metadata && i % 3 == 0) {
            messages[i].metadata = pgc_z("{\"model\": \"sparrow-2\", \"tokens\": 107}");
        }
    }
    return messages;
}

void world_append(pgc_store *store, const char *thread_id, const pgc_message_new *messages,
                  size_t count) {
    pgc_error err;
    pgc_result *result = NULL;
    pgc_append append = PGC_APPEND_INIT;
    append.thread_id = pgc_z(thread_id);
    append.messages = messages;
    append.count = count;
    bench_check(pgc_message_append(store, &append, &result, &err), &err, "append");
    pgc_result_free(result);
}
