/*
 * pgconvo, the command line tool: global options, the table of commands, help.
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli.h"
#include "out.h"
#include "say.h"
#include "text.h"

static const cli_command *const commands[] = {
    &cmd_init,     &cmd_import, &cmd_export, &cmd_threads, &cmd_messages, &cmd_append,
    &cmd_metadata, &cmd_stats,  &cmd_adopt,  &cmd_local,   &cmd_schema,   &cmd_help,
};
#define COMMANDS (sizeof commands / sizeof commands[0])

const opt_spec cli_options[] = {
    {"url", 0, OPT_TEXT, offsetof(cli_state, url), "URL",
     "where the store is: postgresql://..., host=... or local:", 0},
    {"schema", 0, OPT_TEXT, offsetof(cli_state, schema), "NAME", "schema of the store", 0},
    {"statements", 0, OPT_CHOICE, offsetof(cli_state, statements), "auto|named|unnamed",
     "how they are sent; unnamed for poolers, which auto notices", 0},
    {"format", 0, OPT_CHOICE, offsetof(cli_state, format), "table|json", "how data is written", 0},
    {"no-color", 0, OPT_FLAG, offsetof(cli_state, no_color), NULL, "no colours", 0},
    {"quiet", 'q', OPT_FLAG, offsetof(cli_state, quiet), NULL, "say nothing but errors", 0},
    {"help", 'h', OPT_FLAG, offsetof(cli_state, help), NULL, "say how to use it", 0},
    {"version", 'V', OPT_FLAG, offsetof(cli_state, version), NULL, "say which version this is", 0},
    {NULL, 0, OPT_FLAG, 0, NULL, NULL, 0},
};

static volatile sig_atomic_t interrupted;

static void on_interrupt(int signal) {
    (void)signal;
    interrupted = 1;
}

void cli_catch_interrupt(void) {
    struct sigaction action = {.sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

bool cli_interrupted(void) {
    return interrupted != 0;
}

static const char *from_environment(const char *name) {
    const char *value = getenv(name);
    return value != NULL && value[0] != '\0' ? value : NULL;
}

pgc_str cli_url(const cli_state *cli) {
    const char *own = from_environment("PGCONVO_URL");
    const char *common = from_environment("DATABASE_URL");
    if (cli->url.data != NULL) {
        return cli->url;
    }
    return pgc_z(own != NULL ? own : common != NULL ? common : "local:");
}

int cli_open(cli_state *cli, uint32_t connections) {
    return cli_open_as(cli, connections, PGC_SCHEMA_AUTO);
}

int cli_open_as(cli_state *cli, uint32_t connections, pgc_schema_mode mode) {
    pgc_store_options options = PGC_STORE_OPTIONS_INIT;
    pgc_error err;
    options.url = cli_url(cli);
    options.schema = cli->schema;
    options.max_connections = connections;
    options.statement_mode = (pgc_statement_mode)cli->statements;
    options.schema_mode = mode;
    if (pgc_store_open(&options, &cli->store, &err) != 0) {
        return say_error(&err);
    }
    return CLI_OK;
}

size_t cli_width(void) {
    struct winsize size;
    if (isatty(STDOUT_FILENO) == 1 && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 &&
        size.ws_col > 0) {
        return size.ws_col;
    }
    const char *columns = from_environment("COLUMNS");
    long width = columns == NULL ? 0 : strtol(columns, NULL, 10);
    return width > 0 && width < 10000 ? (size_t)width : 0;
}

bool cli_color(const cli_state *cli) {
    const char *terminal = from_environment("TERM");
    return !cli->no_color && from_environment("NO_COLOR") == NULL && isatty(STDOUT_FILENO) == 1 &&
           (terminal == NULL || strcmp(terminal, "dumb") != 0);
}

static const cli_command *find_command(const char *name) {
    for (size_t i = 0; i < COMMANDS; i++) {
        if (strcmp(commands[i]->name, name) == 0) {
            return commands[i];
        }
    }
    say("'%s' is not a command", name);
    say_hint("'pgconvo help' lists the commands.");
    return NULL;
}

static void help_all(FILE *out) {
    fputs("usage: pgconvo [OPTION]... COMMAND [ARGUMENT]...\n\n"
          "Stores conversations of AI agents in PostgreSQL.\n\nCommands:\n",
          out);
    for (size_t i = 0; i < COMMANDS; i++) {
        fprintf(out, "  %-10s  %s\n", commands[i]->name, commands[i]->summary);
    }
    fputs("\nOptions of all commands:\n", out);
    opt_help(out, cli_options);
    fputs("\nWithout --url: $PGCONVO_URL, else $DATABASE_URL, else local: (a private server).\n"
          "'pgconvo help COMMAND' tells more; so does the manual page pgconvo(1).\n",
          out);
}

static void help_command(FILE *out, const cli_command *command) {
    bool has_options = command->options[0].name != NULL;
    fprintf(out, "usage: pgconvo %s%s%s%s\n\n%s.\n", command->name,
            has_options ? " [OPTION]..." : "", command->operands[0] == '\0' ? "" : " ",
            command->operands, command->summary);
    if (command->about[0] != '\0') {
        fprintf(out, "\n%s\n", command->about);
    }
    if (has_options) {
        fputs("\nOptions:\n", out);
        opt_help(out, command->options);
    }
    fputs("\nOptions of all commands:\n", out);
    opt_help(out, cli_options);
}

static int help_run(cli_state *cli, const void *values, int count, char **operands) {
    (void)cli;
    (void)values;
    if (count == 0) {
        help_all(stdout);
        return CLI_OK;
    }
    const cli_command *command = find_command(operands[0]);
    if (command == NULL) {
        return CLI_USAGE;
    }
    help_command(stdout, command);
    return CLI_OK;
}

static const opt_spec no_options[] = {{NULL, 0, OPT_FLAG, 0, NULL, NULL, 0}};

const cli_command cmd_help = {
    .name = "help",
    .operands = "[COMMAND]",
    .summary = "Tell how to use pgconvo or one of its commands",
    .about = "",
    .options = no_options,
    .max_operands = 1,
    .run = help_run,
};

static int usage(const cli_command *command) {
    char hint[80];
    snprintf(hint, sizeof hint, "'pgconvo help%s%s' tells how to use it.",
             command == NULL ? "" : " ", command == NULL ? "" : command->name);
    say_hint(hint);
    return CLI_USAGE;
}

/* argv[0] is the command's name. */
static int run_command(cli_state *cli, const cli_command *command, int argc, char **argv) {
    void *values = calloc(1, command->values_size + 1);
    if (values == NULL) {
        say("out of memory");
        return CLI_DATABASE;
    }
    opt_set sets[OPT_SETS] = {{command->options, values}, {cli_options, cli}};
    opt_defaults(sets[0]);
    int rc = CLI_OK;
    int first = opt_parse(sets, argc, argv, false);
    int count = argc - first;
    if (first < 0) {
        rc = usage(command);
    } else if (cli->help) {
        help_command(stdout, command);
    } else if (count < command->min_operands) {
        say("%s: %s is missing", command->name, command->operands);
        rc = usage(command);
    } else if (command->max_operands >= 0 && count > command->max_operands) {
        say("%s: '%s' is one argument too many", command->name,
            argv[first + command->max_operands]);
        rc = usage(command);
    } else {
        rc = command->run(cli, values, count, argv + first);
    }
    free(values);
    return rc;
}

static int run(cli_state *cli, int argc, char **argv) {
    opt_set sets[OPT_SETS] = {{cli_options, cli}, {NULL, NULL}};
    opt_defaults(sets[0]);
    int first = opt_parse(sets, argc, argv, true);
    if (first < 0) {
        return usage(NULL);
    }
    if (cli->version) {
        printf("pgconvo %s\n", pgc_version());
        return CLI_OK;
    }
    if (cli->help) {
        help_all(stdout);
        return CLI_OK;
    }
    if (first == argc) {
        help_all(stderr);
        return CLI_USAGE;
    }
    const cli_command *command = find_command(argv[first]);
    return command == NULL ? CLI_USAGE : run_command(cli, command, argc - first, argv + first);
}

int main(int argc, char **argv) {
    cli_state cli = {.format = CLI_TABLE};
    text_init();
    signal(SIGPIPE, SIG_IGN); /* a closed pipe is a failed write, which out_finish finds */
    int rc = run(&cli, argc, argv);
    int written = out_finish(stdout, "standard output");
    pgc_store_free(cli.store);
    return rc != CLI_OK ? rc : written;
}
