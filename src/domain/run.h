/*
 * Decoding runs, in the form in which all statements that read them give them.
 */
#ifndef DOMAIN_RUN_H
#define DOMAIN_RUN_H

#include "domain/result.h"
#include "pgconvo_workflow.h"

/* Room in the result for so many runs; NULL, with NOMEM, if there is none. */
MUST_CHECK pgc_run *run_make(pgc_result *result, size_t count, pgc_error *err);

/* Reads a run whose columns from `column` on are as in run_get. */
MUST_CHECK int run_read(pgc_result *result, const PGresult *rows, int row, int column, pgc_run *run,
                        pgc_error *err);

#endif
