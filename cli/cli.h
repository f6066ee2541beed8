/*
 * What all parts of the command line tool share: exit codes, global options, the shape of a
 * command.
 *
 * A command is a table entry: its options are a table too (opt.h), from which parsing, usage and
 * help are made. It gets its parsed options and operands, opens the store if it needs one
 * (cli_open), writes data to stdout and words to stderr, and returns an exit code. One thread; the
 * store is closed by main.
 */
#ifndef CLI_H
#define CLI_H

#include <pgconvo.h>

#include "opt.h"

typedef enum cli_exit {
    CLI_OK = 0,    /* done */
    CLI_NO = 1,    /* not found, exists already, check failed, a file cannot be read or written */
    CLI_USAGE = 2, /* the command line or a value in it is wrong */
    CLI_DATABASE = 3,   /* the database reported an error */
    CLI_CONNECTION = 4, /* no connection, or it was lost */
    CLI_PARTIAL = 5,    /* an import that did not take everything */
} cli_exit;

typedef enum cli_format { CLI_TABLE = 0, CLI_JSON = 1 } cli_format;

/* The global options (as opt_parse fills them in) and the store. */
typedef struct cli_state {
    pgc_str url;
    pgc_str schema;
    int statements; /* pgc_statement_mode */
    int format;     /* cli_format */
    bool no_color;
    bool quiet;
    bool help;
    bool version;
    pgc_store *store; /* after cli_open */
} cli_state;

typedef struct cli_command {
    const char *name;
    const char *operands; /* for the usage line: "THREAD [TEXT]..." */
    const char *summary;  /* one line */
    const char *about;    /* what else help says; lines of at most 80 columns */
    const opt_spec *options;
    size_t values_size; /* of the struct that the options fill in */
    int min_operands;
    int max_operands; /* -1: any number */
    int (*run)(cli_state *cli, const void *values, int count, char **operands);
} cli_command;

extern const cli_command cmd_init;
extern const cli_command cmd_schema;
extern const cli_command cmd_import;
extern const cli_command cmd_export;
extern const cli_command cmd_threads;
extern const cli_command cmd_messages;
extern const cli_command cmd_append;
extern const cli_command cmd_metadata;
extern const cli_command cmd_stats;
extern const cli_command cmd_local;
extern const cli_command cmd_adopt;
extern const cli_command cmd_help;

/* The global options, for help. */
extern const opt_spec cli_options[];

/* Where the store is: --url, $PGCONVO_URL, $DATABASE_URL, "local:". */
pgc_str cli_url(const cli_state *cli);

/* Opens the store with at most `connections` connections. Says what is wrong; returns an exit code.
 */
int cli_open(cli_state *cli, uint32_t connections);
int cli_open_as(cli_state *cli, uint32_t connections, pgc_schema_mode mode);

/* From now on SIGINT and SIGTERM only set a flag; a second one ends the process. */
void cli_catch_interrupt(void);
bool cli_interrupted(void);

/* The width of the terminal that stdout is, or $COLUMNS; 0: none. */
size_t cli_width(void);

/* May stdout be coloured? */
bool cli_color(const cli_state *cli);

#endif
