/*
 * error: filling the pgc_error of a caller. Every function takes NULL for a caller who does not
 * want to know. Nothing is allocated, so that running out of memory can be told like all else.
 * Texts that are too long are cut between two characters. The caller owns the struct; one thread at
 * a time.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include "base/base.h"
#include "pgconvo.h"

/*
 * Resets *err and fills in code and message (lower case, no full stop, names the field). The retry
 * class follows the code: SAFE for CONFLICT, CONNECT and BUSY, UNKNOWN for LOST and TIMEOUT, else
 * NO. Returns -code, also when err is NULL, so that `return error_set(...)` ends a function.
 */
PRINTF_FORMAT(3, 4)
int error_set(pgc_error *err, pgc_code code, const char *format, ...);

/* These refine an error just set. A hint is a sentence: what to do about it. */
PRINTF_FORMAT(2, 3) void error_hint(pgc_error *err, const char *format, ...);
PRINTF_FORMAT(2, 3) void error_detail(pgc_error *err, const char *format, ...);
void error_position(pgc_error *err, int64_t position);
void error_retry(pgc_error *err, pgc_retry retry);

/* PGC_NOMEM; returns -PGC_NOMEM. */
int error_nomem(pgc_error *err);

/* Makes *err say "no error". */
void error_clear(pgc_error *err);

/* Copies a whole error; returns -from->code, or 0 if `from` is NULL. */
int error_copy(pgc_error *to, const pgc_error *from);

#endif
