/*
 * local_file: the small files in the folder of a private server. Root works in a folder that
 * belongs to somebody less trusted, so nothing here follows a link or touches a file of others, and
 * what root makes it gives to the owner. Keeps no state. Any thread.
 */
#ifndef LOCAL_LOCAL_FILE_H
#define LOCAL_LOCAL_FILE_H

#include "base/base.h"
#include "local/local_owner.h"

#include <sys/types.h>

/*
 * Opens a regular file that belongs to `owner` in the folder `at`, and makes it if it is not there.
 * `flags` as for open; the descriptor closes on exec. Returns it, or -1 with errno.
 */
MUST_CHECK int local_file_open(int at, const char *name, int flags,
                               const struct local_owner *owner);

/*
 * Reads a file whole, with a NUL behind it; what does not fit is cut off. Returns the number of
 * bytes, or -1 with errno.
 */
MUST_CHECK ssize_t local_file_read(int at, const char *name, char *text, size_t size);

/* Makes the file hold exactly `text`. Returns 0, or -1 with errno. */
MUST_CHECK int local_file_write(int at, const char *name, const char *text,
                                const struct local_owner *owner);

#endif
