/*
 * records: rows that are taken one by one, each an operation of its own that makes a record unless
 * it is there: resources, observational memory, workflow runs, scores. Not for what stands in them.
 * One thread.
 */
#ifndef ADOPT_RECORDS_H
#define ADOPT_RECORDS_H

#include "adopt/adoption.h"
#include "engine/op.h"

#define RECORD_DATES 3

struct records {
    struct adoption *in;
    enum mastra_table table;
    /* Makes the record of a row; what is made for it lies in `arena`. */
    int (*put)(struct records *records, struct row *row, bool *inserted, pgc_error *err);
    struct date_column dates[RECORD_DATES]; /* as many as have a name */
    struct arena arena;                     /* as long as a row */
    int64_t documents_twice, documents_other, contexts;
};

/* Takes all rows that the text gives; its first column is the row's id. */
MUST_CHECK int records_adopt(struct records *records, const char *text, pgc_error *err);

/*
 * Ends a `put`: runs the operation that was filled in (`status`), or, in a dry run, asks the
 * statement `there` with both keys whether there is such a record. EXISTS means that it is there.
 */
struct record_key {
    enum stmt_id there;
    pgc_str first;
    pgc_str second; /* "" for those of one id */
};
MUST_CHECK int records_make(struct records *records, pgc_op *op, int status,
                            const struct record_key *key, bool *inserted, pgc_error *err);

/* A new operation of the store; NULL when out of memory. */
pgc_op *records_op(struct records *records);

/* A document of the row, as an object; counted if it was not plain. */
MUST_CHECK int records_document(struct records *records, pgc_str text, pgc_str *document,
                                pgc_error *err);

int64_t records_date(struct records *records, size_t date, struct row *row, int column);

/* Decodes: a statement that returns a row if it inserted something. */
int records_decode(pgc_op *op, pgc_error *err);

#endif
