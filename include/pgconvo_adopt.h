/*
 * pgconvo: moving between a store and the tables of @mastra/pg in the same database.
 *
 * The conventions are those of pgconvo.h.
 */
#ifndef PGCONVO_ADOPT_H
#define PGCONVO_ADOPT_H

#include "pgconvo.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct pgc_adopt_options {
    size_t size;
    pgc_str schema; /* that of Mastra's tables, in the store's database; must be given */
    /*
     * the zone whose local time stands in dates that were written as local time, as PostgreSQL
     * knows it ("America/New_York"); absent: UTC
     */
    pgc_str time_zone;
    bool back;    /* the other way round: from the store into Mastra's tables */
    bool dry_run; /* change nothing, but report what would be done */
} pgc_adopt_options;

#define PGC_ADOPT_OPTIONS_INIT \
    { .size = sizeof(pgc_adopt_options) }

/* What became of the rows of one table. found = copied + existing + refused. */
typedef struct pgc_adopt_table {
    pgc_str name;     /* Mastra's: "mastra_threads" */
    bool present;     /* there is such a table to read */
    int64_t found;    /* rows that were read */
    int64_t copied;   /* of these, written (in a dry run: to be written) */
    int64_t existing; /* there already, and left as they are */
    int64_t refused;  /* could not be written; each is listed with the reason */
} pgc_adopt_table;

/* What was decided where the rows do not say it themselves. */
typedef struct pgc_adopt_decision {
    pgc_str table;
    pgc_str column; /* absent: the table as a whole */
    pgc_str text;
    int64_t rows; /* how many rows it concerned; -1: not counted */
} pgc_adopt_decision;

typedef struct pgc_adopt_refusal {
    pgc_str table;
    pgc_str id; /* of the row; a long one is cut, and ends with "..." */
    pgc_str reason;
} pgc_adopt_refusal;

/* What was done; freed by pgc_adopt_report_free. A report does not change once made. */
typedef struct pgc_adopt_report pgc_adopt_report;

/*
 * Copies what @mastra/pg (0.10 to 1.27, and databases upgraded between them) keeps in the schema
 * `options->schema` into the store: threads, messages, resources, observational memory, workflow
 * runs and scores. Nothing in that schema is changed. What is in the store already stays as it is,
 * so that the call can be made again: it adds what is missing. All is read from one snapshot and
 * written in small transactions, so that memory stays constant; if it fails half way, another call
 * completes it. With `back`, copies what the store holds into tables that @mastra/pg 1.27 reads,
 * which are made if they are not there. A dry run on a store that is not there yet needs
 * PGC_SCHEMA_NONE, or else the store is made.
 *
 * Blocking only. It takes two of the store's connections. Errors: INVALID (an option; fewer than
 * two connections), NOT_FOUND (no tables of Mastra there), and those of any call. Rows that the
 * store refuses are no error: the report lists them.
 */
PGC_EXPORT PGC_MUST_CHECK int pgc_adopt(pgc_store *store, const pgc_adopt_options *options,
                                        pgc_adopt_report **report, pgc_error *err);

/* How many of each there are, and the i-th (NULL if there is none), borrowed from the report. */
PGC_EXPORT size_t pgc_adopt_report_tables(const pgc_adopt_report *report);
PGC_EXPORT const pgc_adopt_table *pgc_adopt_report_table(const pgc_adopt_report *report, size_t i);
PGC_EXPORT size_t pgc_adopt_report_decisions(const pgc_adopt_report *report);
PGC_EXPORT const pgc_adopt_decision *pgc_adopt_report_decision(const pgc_adopt_report *report,
                                                               size_t i);
PGC_EXPORT size_t pgc_adopt_report_refusals(const pgc_adopt_report *report);
PGC_EXPORT const pgc_adopt_refusal *pgc_adopt_report_refusal(const pgc_adopt_report *report,
                                                             size_t i);

/* All of it as one JSON object, borrowed from the report. */
PGC_EXPORT pgc_str pgc_adopt_report_json(const pgc_adopt_report *report);

/* NULL is fine. */
PGC_EXPORT void pgc_adopt_report_free(pgc_adopt_report *report);

#ifdef __cplusplus
}
#endif

#endif
