/* pgconvo init: makes or upgrades the schema. pgconvo schema: prints its SQL. */
#include <stdlib.h>

#include "cli.h"
#include "say.h"

typedef struct schema_values {
    bool metadata_index;
} schema_values;

static const opt_spec options[] = {
    {"metadata-index", 0, OPT_FLAG, offsetof(schema_values, metadata_index), NULL,
     "with the index for metadata filters", 0},
    {NULL, 0, OPT_FLAG, 0, NULL, NULL, 0},
};

static int init_run(cli_state *cli, const void *values, int count, char **operands) {
    const schema_values *v = values;
    pgc_error err;
    (void)count;
    (void)operands;
    int rc = cli_open(cli, 1);
    if (rc != CLI_OK) {
        return rc;
    }
    if (pgc_store_init(cli->store, &err) != 0) {
        return say_error(&err);
    }
    if (v->metadata_index && pgc_metadata_index_create(cli->store, &err) != 0) {
        return say_error(&err);
    }
    if (!cli->quiet) {
        say_plain("the store in the schema \"%s\" is ready", pgc_store_schema(cli->store));
    }
    return CLI_OK;
}

const cli_command cmd_init = {
    .name = "init",
    .operands = "",
    .summary = "Create the store's tables, or upgrade them",
    .about = "Every other command does this by itself where it is needed.",
    .options = options,
    .values_size = sizeof(schema_values),
    .run = init_run,
};

static int schema_run(cli_state *cli, const void *values, int count, char **operands) {
    const schema_values *v = values;
    pgc_error err;
    char *sql = NULL;
    (void)count;
    (void)operands;
    if (pgc_schema_sql(cli->schema, v->metadata_index, &sql, &err) != 0) {
        return say_error(&err);
    }
    fputs(sql, stdout);
    free(sql);
    return CLI_OK;
}

const cli_command cmd_schema = {
    .name = "schema",
    .operands = "",
    .summary = "Print the SQL that creates the store's tables",
    .about = "Needs no connection. Without --schema, names are left to the search path of psql.",
    .options = options,
    .values_size = sizeof(schema_values),
    .run = schema_run,
};
