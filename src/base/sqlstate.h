/*
 * sqlstate: what a server's error code means to a caller: one table, exact codes before classes. It
 * does not read messages and knows no statement: where the same SQLSTATE means different things to
 * different operations (23503), the operation decides. Keeps no state. Any thread.
 */
#ifndef BASE_SQLSTATE_H
#define BASE_SQLSTATE_H

#include "base/base.h"
#include "pgconvo.h"

/* Always sets both; what is unknown, no SQLSTATE at all, or NULL is SERVER, NO. */
void sqlstate_classify(const char *sqlstate, pgc_code *code, pgc_retry *retry);

#endif
