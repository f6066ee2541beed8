/*
 * Runs and scores in an outcome.
 */
#ifndef OUTCOME_WORKFLOW_H
#define OUTCOME_WORKFLOW_H

#include "text.h"

/* Adds `,"runs":[...]` or `,"scores":[...]` if the result has some. */
void outcome_add_workflow(struct text *text, const pgc_result *result, bool raw);

#endif
