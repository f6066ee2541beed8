/*
 * Connection strings, before libpq sees them. What libpq says about a bad one may quote a part of
 * it that is a password; so what is likely to be one is found here, and libpq's words are not
 * passed on.
 */
#ifndef FACE_URL_H
#define FACE_URL_H

#include "base/base.h"
#include "pgconvo.h"

#include <libpq-fe.h>

/*
 * The options in a connection string (without NULs), as libpq reads them; PQconninfoFree them.
 * Errors, which tell of it as `field`: INVALID, NOMEM.
 */
MUST_CHECK int url_parse(pgc_str url, const char *field, PQconninfoOption **options,
                         pgc_error *err);

#endif
