/*
 * The benchmark: what operations of pgconvo cost beside the same SQL sent by plain libpq.
 *
 *   bench [--quick] [--rounds N] [--url URL] [FILE...]
 *
 * FILE: conversations to import, in a format that `pgconvo import` takes; else those of the
 * repository. URL: the server; else PGCONVO_TEST_URL. It works in a schema of its own, "pgconvo
 * bench", which is dropped before and afterwards.
 */
#include <stdlib.h>

#include "bench.h"

#define ROUNDS 11
#define ROUNDS_QUICK 2

static _Noreturn void usage(void) {
    fputs("usage: bench [--quick] [--rounds N] [--url URL] [FILE...]\n", stderr);
    exit(2);
}

static const char *value_of(int argc, char **argv, int *i) {
    if (*i + 1 == argc) {
        usage();
    }
    return argv[++*i];
}

static void read_arguments(struct settings *settings, int argc, char **argv) {
    *settings = (struct settings){.url = getenv("PGCONVO_TEST_URL")};
    int i;
    for (i = 1; i < argc && argv[i][0] == '-'; i++) {
        if (strcmp(argv[i], "--quick") == 0) {
            settings->quick = true;
        } else if (strcmp(argv[i], "--rounds") == 0) {
            settings->rounds = strtoul(value_of(argc, argv, &i), NULL, 10);
            if (settings->rounds == 0 || settings->rounds > 1000) {
                usage();
            }
        } else if (strcmp(argv[i], "--url") == 0) {
            settings->url = value_of(argc, argv, &i);
        } else {
            usage();
        }
    }
    if (settings->rounds == 0) {
        settings->rounds = settings->quick ? ROUNDS_QUICK : ROUNDS;
    }
    settings->files = argv + i;
    settings->file_count = (size_t)(argc - i);
}

static void say_where(const struct settings *settings) {
    struct plain *plain = plain_open(settings->url, NULL, false);
    PGresult *fsync = PQexec(plain->conn, "SHOW fsync");
    int version = PQserverVersion(plain->conn);
    printf("pgconvo %s, libpq %d.%d, PostgreSQL %d.%d, fsync %s; medians of %zu rounds\n",
           pgc_version(), PQlibVersion() / 10000, PQlibVersion() % 10000, version / 10000,
           version % 10000, PQgetvalue(fsync, 0, 0), settings->rounds);
    PQclear(fsync);
    plain_close(plain);
}

int main(int argc, char **argv) {
    struct settings settings;
    struct world world;
    read_arguments(&settings, argc, argv);
    if (settings.url == NULL) {
        bench_fail("no server is named; give --url, or run it through tests/pg.sh");
    }
    say_where(&settings);
    world_open(&world, &settings);
    bench_operations(&world);
    bench_parallel(&world);
    bench_flatness(&world);
    bench_imports(&world);
    world_close(&world);
    return 0;
}
