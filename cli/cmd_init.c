/*
 * pgconvo init: makes or upgrades the schema. pgconvo schema: prints its SQL, or that for the roles
 * of the database that are to use it.
 */
#include <stdlib.h>

#include "cli.h"
#include "say.h"

typedef struct init_values {
    bool metadata_index;
} init_values;

static const opt_spec init_options[] = {
    {"metadata-index", 0, OPT_FLAG, offsetof(init_values, metadata_index), NULL,
     "with the index for metadata filters", 0},
    {NULL, 0, OPT_FLAG, 0, NULL, NULL, 0},
};

static int init_run(cli_state *cli, const void *values, int count, char **operands) {
    const init_values *v = values;
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
    .options = init_options,
    .values_size = sizeof(init_values),
    .run = init_run,
};

enum { NO_GRANTS = 0 }; /* else the pgc_schema_role and one */

typedef struct print_values {
    bool metadata_index;
    int grants;
} print_values;

static const opt_spec print_options[] = {
    {"metadata-index", 0, OPT_FLAG, offsetof(print_values, metadata_index), NULL,
     "with the index for metadata filters", 0},
    {"grants", 0, OPT_CHOICE, offsetof(print_values, grants), "none|owner|writer|reader",
     "instead, what the role ROLE needs as one of these", 0},
    {NULL, 0, OPT_FLAG, 0, NULL, NULL, 0},
};

static int check_schema(const print_values *v, int count, char **operands) {
    if (v->grants == NO_GRANTS && count > 0) {
        say("schema: '%s' is one argument too many without --grants", operands[0]);
        return CLI_USAGE;
    }
    if (v->grants != NO_GRANTS && count == 0) {
        say("schema: --grants needs the name of a role");
        return CLI_USAGE;
    }
    if (v->grants != NO_GRANTS && v->metadata_index) {
        say("schema: --metadata-index does not go with --grants");
        return CLI_USAGE;
    }
    return CLI_OK;
}

static int schema_run(cli_state *cli, const void *values, int count, char **operands) {
    const print_values *v = values;
    pgc_error err;
    char *sql = NULL;
    int rc = check_schema(v, count, operands);
    if (rc != CLI_OK) {
        return rc;
    }
    int status = v->grants == NO_GRANTS
                     ? pgc_schema_sql(cli->schema, v->metadata_index, &sql, &err)
                     : pgc_schema_grants((pgc_schema_role)(v->grants - 1), pgc_z(operands[0]),
                                         cli->schema, &sql, &err);
    if (status != 0) {
        return say_error(&err);
    }
    fputs(sql, stdout);
    free(sql);
    return CLI_OK;
}

const cli_command cmd_schema = {
    .name = "schema",
    .operands = "[ROLE]",
    .summary = "Print the SQL that creates the store's tables, or lets a role use them",
    .about = "Needs no connection. Without --schema, names are left to the search path of psql.\n"
             "What an owner needs is run by an administrator before there is a store, the\n"
             "rest by the owner, once the tables are there.",
    .options = print_options,
    .values_size = sizeof(print_values),
    .max_operands = 1,
    .run = schema_run,
};
