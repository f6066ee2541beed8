#include "local/local_fail.h"

#include "base/error.h"

#include <string.h>

/* The path comes last, so that a long one, when it is cut, takes nothing else along. */
int local_fail(pgc_error *err, int number, const char *what, const char *path) {
    char space[128];
    const char *reason = strerror_r(number, space, sizeof(space));
    return error_set(err, PGC_LOCAL, "cannot %s (%s): %s", what, reason, path);
}
