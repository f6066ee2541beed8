/*
 * report: counts, decisions and refusals of an adoption as they come, and the JSON of all at the
 * end. Everything lies in the report's arena. One thread at a time until report_finish, then any
 * may read.
 */
#ifndef ADOPT_REPORT_H
#define ADOPT_REPORT_H

#include "base/arena.h"
#include "base/base.h"
#include "base/buf.h"
#include "pgconvo_adopt.h"

/* Mastra's tables that have a place in a store, in the order in which they are taken. */
enum mastra_table {
    MASTRA_THREADS,
    MASTRA_MESSAGES,
    MASTRA_RESOURCES,
    MASTRA_OBSERVATIONS,
    MASTRA_RUNS,
    MASTRA_SCORES,
    MASTRA_TABLES,
};

extern const char *const mastra_table_names[MASTRA_TABLES];

struct pgc_adopt_report {
    struct arena arena;
    pgc_adopt_table tables[MASTRA_TABLES];
    struct buf decisions; /* an array of pgc_adopt_decision */
    struct buf refusals;  /* an array of pgc_adopt_refusal */
    pgc_str json;
    bool failed; /* memory ran out */
};

/* NULL when out of memory. */
pgc_adopt_report *report_new(void);

/* Adds a decision, unless it concerned no row. `column` may be NULL. */
PRINTF_FORMAT(5, 6)
void report_decide(pgc_adopt_report *report, const char *table, const char *column, int64_t rows,
                   const char *format, ...);

/* Counts and lists a row that the store does not take. */
void report_refuse(pgc_adopt_report *report, enum mastra_table table, pgc_str id,
                   const char *reason);

/* Makes the JSON. Fails if memory ran out at any time. */
MUST_CHECK int report_finish(pgc_adopt_report *report, const pgc_adopt_options *options,
                             pgc_error *err);

#endif
