/* pgconvo stats: what the store's tables hold, or how quickly the store answers. */
#include <inttypes.h>
#include <libpq-fe.h>
#include <stdlib.h>

#include "cli.h"
#include "out.h"
#include "say.h"
#include "stats_engine.h"
#include "table.h"

#define SQL_TEXTS
#include "sql_cli.h"

#define ROUNDS 100
#define COLUMNS 4

typedef struct stats_values {
    bool engine;
    int64_t rounds;
} stats_values;

static const opt_spec options[] = {
    {"engine", 0, OPT_FLAG, offsetof(stats_values, engine), NULL,
     "read the newest conversation and tell how long it took", 0},
    {"rounds", 'n', OPT_NUMBER, offsetof(stats_values, rounds), "N",
     "with --engine: read N times (100)", 1000000},
    {NULL, 0, OPT_FLAG, 0, NULL, NULL, 0},
};

static void print_json(const PGresult *rows) {
    static const char *const names[COLUMNS] = {"table", "rows", "bytes", "index_bytes"};
    for (int row = 0; row < PQntuples(rows); row++) {
        out_object object = out_begin(stdout);
        out_text(&object, names[0], pgc_z(PQgetvalue(rows, row, 0)));
        for (int i = 1; i < COLUMNS; i++) {
            out_raw(&object, names[i], pgc_z(PQgetvalue(rows, row, i)));
        }
        out_end(&object);
        fputc('\n', stdout);
    }
}

static bool print_table(const PGresult *rows) {
    static const char *const titles[COLUMNS] = {"table", "rows, about", "bytes", "index bytes"};
    table *t = table_new(titles, COLUMNS, 0);
    if (t == NULL) {
        return false;
    }
    for (int row = 0; row < PQntuples(rows); row++) {
        for (int i = 0; i < COLUMNS; i++) {
            table_cell(t, pgc_z(PQgetvalue(rows, row, i)));
        }
    }
    bool whole = table_print(t, stdout, cli_width());
    table_free(t);
    return whole;
}

static int print_tables(const cli_state *cli, const PGresult *rows) {
    if (PQresultStatus(rows) != PGRES_TUPLES_OK) {
        say("%s", PQresultErrorField(rows, PG_DIAG_MESSAGE_PRIMARY));
        return CLI_DATABASE;
    }
    if (cli->format == CLI_JSON) {
        print_json(rows);
    } else if (!print_table(rows)) {
        say("out of memory");
        return CLI_DATABASE;
    }
    return CLI_OK;
}

/* The library has no call for it, so a connection of its pool is asked. */
static int tables_run(const cli_state *cli) {
    pgc_error err;
    pgc_lease *lease = NULL;
    if (pgc_store_init(cli->store, &err) != 0 || pgc_lease_acquire(cli->store, &lease, &err) != 0) {
        return say_error(&err);
    }
    const char *schema = pgc_store_schema(cli->store);
    PGresult *rows =
        PQexecParams(pgc_lease_conn(lease), sql_cli_stats, 1, NULL, &schema, NULL, NULL, 0);
    int rc = print_tables(cli, rows);
    PQclear(rows);
    pgc_lease_release(lease);
    return rc;
}

static int stats_run(cli_state *cli, const void *values, int count, char **operands) {
    const stats_values *v = values;
    (void)count;
    (void)operands;
    if (v->rounds >= 0 && !v->engine) {
        say("stats: --rounds goes with --engine");
        return CLI_USAGE;
    }
    int rc = cli_open_as(cli, 1, PGC_SCHEMA_VERIFY);
    if (rc != CLI_OK || !v->engine) {
        return rc != CLI_OK ? rc : tables_run(cli);
    }
    cli_catch_interrupt();
    rc = stats_engine_probe(cli->store, v->rounds < 0 ? ROUNDS : v->rounds);
    int printed = stats_engine_print(cli);
    return rc != CLI_OK ? rc : printed;
}

const cli_command cmd_stats = {
    .name = "stats",
    .operands = "",
    .summary = "Tell what the store holds, or how quickly it answers",
    .about = "Rows are as the server's statistics have them. --engine only reads: it lists\n"
             "conversations and reads the newest one, again and again, on one connection.",
    .options = options,
    .values_size = sizeof(stats_values),
    .run = stats_run,
};
