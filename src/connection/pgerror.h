/*
 * What libpq says went wrong, as a pgc_error. No password and no content of a message gets into
 * one.
 */
#ifndef CONNECTION_PGERROR_H
#define CONNECTION_PGERROR_H

#include "pgconvo.h"

#include <libpq-fe.h>

/* From a result that is an error. */
void pgerror_from_result(pgc_error *err, const PGresult *result);

/*
 * From a connection that could not be made; its verbosity must be PQERRORS_VERBOSE, which is how
 * the SQLSTATE gets out.
 */
void pgerror_from_connect(pgc_error *err, const PGconn *pg);

/* From a connection that broke. */
void pgerror_from_loss(pgc_error *err, const PGconn *pg);

/* Is it for want of memory? Where libpq has no other way, it says so, or nothing (NULL). */
bool pgerror_is_nomem(const char *message);

#endif
