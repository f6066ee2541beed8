/*
 * What the parts of the benchmark share: the settings of a run, and the world that it makes: a
 * schema of its own, filled, with a store and a plain libpq connection on it.
 *
 * The benchmark sees the library as any program does, through its public header; what it measures
 * against is plain libpq (plain.h). Whatever fails ends the program with exit code 1 and a
 * sentence.
 */
#ifndef BENCH_H
#define BENCH_H

#include <pgconvo.h>

#include "plain.h"

#define BENCH_SCHEMA "pgconvo bench"
#define BENCH_RESOURCE "bench-resource"
#define BENCH_JOBS 8 /* threads and connections of what runs at once */

struct settings {
    const char *url;
    bool quick;
    size_t rounds;
    char *const *files; /* of conversations; none: those of the repository */
    size_t file_count;
};

/* A schema with a store on it; `relaxed`: commits do not wait for the disk. */
struct world {
    const struct settings *settings;
    pgc_store *store;
    pgc_store *relaxed_store;
    struct plain *plain;
    struct plain *relaxed_plain;
    PGresult *statements; /* those of the library, see plain_statements */
};

void bench_fail(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* Ends the program unless a call of the library succeeded. */
void bench_check(int status, const pgc_error *err, const char *what);

/* A store on the schema of the benchmark; the caller's to free. */
pgc_store *world_store(const struct settings *settings, uint32_t connections, bool relaxed);

/* A plain connection with all statements of the library; the caller's to plain_close. */
struct plain *world_plain(const struct world *world, bool relaxed);

/* Makes the schema anew; opens stores and connections. */
void world_open(struct world *world, const struct settings *settings);

/*
 * Learns the statements that the store has used so far, and those of an import; opens the plain
 * connections.
 */
void world_learn(struct world *world);

/* Drops the schema and closes everything. */
void world_close(struct world *world);

/* A thread of this id. */
void world_thread(pgc_store *store, const char *id);

/*
 * `count` messages of a few hundred bytes, a third of them with metadata if so wanted; the caller's
 * to free.
 */
pgc_message_new *world_messages(size_t count, bool with_metadata);

/* Appends `count` messages to a thread. */
void world_append(pgc_store *store, const char *thread_id, const pgc_message_new *messages,
                  size_t count);

/* The tables of results: each prints its rows. */
void bench_operations(struct world *world);
void bench_imports(struct world *world);
void bench_parallel(struct world *world);
void bench_flatness(struct world *world);

#endif
