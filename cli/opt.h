/*
 * Options of a command as a table: from it come parsing (getopt_long underneath), usage and help.
 *
 * Values go into a struct of the command's own, at the offset that the table names. Text values
 * borrow from argv.
 */
#ifndef OPT_H
#define OPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef enum opt_kind {
    OPT_FLAG,   /* bool */
    OPT_TEXT,   /* pgc_str; absent: data == NULL */
    OPT_NUMBER, /* int64_t from 0 to `max`; absent: -1 */
    OPT_TIME,   /* int64_t; absent: PGC_NO_TIME */
    OPT_CHOICE, /* int: index of the word in `value`; absent: 0 */
} opt_kind;

typedef struct opt_spec {
    const char *name; /* NULL ends a table */
    int letter;       /* 0: none */
    opt_kind kind;
    size_t offset;
    const char *value; /* what help calls the value; for OPT_CHOICE the words, "table|json" */
    const char *help;
    int64_t max; /* of OPT_NUMBER; 0: none */
} opt_spec;

typedef struct opt_set {
    const opt_spec *specs;
    void *values;
} opt_set;

#define OPT_SETS 2

/* Gives every value of a set its "absent". */
void opt_defaults(opt_set set);

/*
 * Parses argv[1] and following into the sets (a name in the first hides the same in the second;
 * unused sets have specs
 * == NULL). With `stop`, the first operand ends the options; else operands are moved behind them.
 * Returns the index of the first operand, or -1 after saying what is wrong.
 */
int opt_parse(const opt_set sets[OPT_SETS], int argc, char **argv, bool stop);

/* Lists the options of a table, one or more lines each. */
void opt_help(FILE *out, const opt_spec *specs);

#endif
