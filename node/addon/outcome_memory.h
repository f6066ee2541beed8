/*
 * The rows of resources and observations in an outcome.
 */
#ifndef OUTCOME_MEMORY_H
#define OUTCOME_MEMORY_H

#include "text.h"

/* Adds `,"resources":[...]`, `,"observations":[...]` or `,"activated":[...]`, if there are such. */
void outcome_add_memory(struct text *text, const pgc_result *result);

#endif
