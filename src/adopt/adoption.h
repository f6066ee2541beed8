/*
 * adoption: what all parts of one call of pgc_adopt share: the store that is written through its
 * own operations, the session that reads (in one snapshot), and the report. One thread.
 */
#ifndef ADOPT_ADOPTION_H
#define ADOPT_ADOPTION_H

#include "adopt/instant.h"
#include "adopt/report.h"
#include "statement/row.h"
#include "statement/stmt.h"

struct adoption {
    pgc_store *store;
    pgc_adopt_options options;
    pgc_adopt_report *report;
    PGconn *pg;         /* reads */
    struct arena arena; /* as long as the call */
    const char *zone;
    bool zone_given;
    bool has_table[MASTRA_TABLES]; /* Mastra's schema has it */
    bool store_is_there;           /* false: a dry run, and there are no tables of a store yet */
};

/* ---- Reading ---- */

/* What is in the way of a statement of the reading session, as an error. */
MUST_CHECK int adoption_run(struct adoption *in, const char *sql, pgc_error *err);

/* Begins the transaction whose snapshot is read. */
MUST_CHECK int adoption_begin(struct adoption *in, bool writes, pgc_error *err);

/* A text, what stands in it for its names, and its parameters. */
struct reading_of {
    const char *text;
    const struct substitution *substitutions;
    size_t count;
    const char *const *params; /* as text; NULL: null */
    int param_count;
};

/*
 * Calls `take` for each row that the text gives, in its order, in binary form; the row belongs to
 * `take`, which frees it with PQclear. Rows come as they are taken, however many there are.
 */
typedef int (*adoption_take_fn)(void *payload, PGresult *row, pgc_error *err);
MUST_CHECK int adoption_read(struct adoption *in, const struct reading_of *what,
                             adoption_take_fn take, void *payload, pgc_error *err);

/* What stands for a table of Mastra's in a text: its name, or a table without columns and rows. */
const char *adoption_table(struct adoption *in, enum mastra_table table);

/* ---- Dates ---- */

/* A date column, and how the dates in it were read. */
struct date_column {
    enum mastra_table table;
    const char *name;
    enum digits_rule rule;
    struct instants shared;
    int64_t readings[READING_COUNT];
};

/* Finds the instants that the column shares among rows of differing digits. */
MUST_CHECK int date_column_begin(struct adoption *in, struct date_column *column, pgc_error *err);

/* The date in the columns of the row from `at` on: digits as UTC, digits as local, instant. */
struct digits date_column_digits(struct row *row, int at);
int64_t date_column_read(struct date_column *column, struct row *row, int at);
void date_column_count(struct date_column *column, enum reading reading);

/* Adds to the report how its dates were read. */
void date_column_end(const struct adoption *in, const struct date_column *column);

/* ---- Writing ---- */

/* Is it the row that is at fault, or does everything fail? */
bool adoption_is_refusal(const pgc_error *err);

/* The parts, each of which takes its tables. */
MUST_CHECK int adopt_conversations(struct adoption *in, pgc_error *err);
MUST_CHECK int adopt_resources(struct adoption *in, pgc_error *err);
MUST_CHECK int adopt_observations(struct adoption *in, pgc_error *err);
MUST_CHECK int adopt_runs(struct adoption *in, pgc_error *err);
MUST_CHECK int adopt_scores(struct adoption *in, pgc_error *err);
MUST_CHECK int adopt_back(struct adoption *in, pgc_error *err);

#endif
