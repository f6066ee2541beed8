/*
 * local_log: the log of a private server, one file in its folder, kept small. Keeps no state. One
 * thread at a time per folder (the control lock).
 */
#ifndef LOCAL_LOCAL_LOG_H
#define LOCAL_LOCAL_LOG_H

#include "base/base.h"
#include "local/local_dir.h"
#include "pgconvo.h"

#include <sys/types.h>

#define LOCAL_LOG_FILE "server.log"

/*
 * Opens the log for programs to add to, cut down to its end if it has become long. *start is where
 * what comes now begins. Errors: LOCAL. Returns the descriptor (>= 0) or a negative code.
 */
MUST_CHECK int local_log_open(const struct local_dir *dir, off_t *start, pgc_error *err);

/* Cuts a long log, whether or not a server is writing to it. */
void local_log_trim(const struct local_dir *dir);

/* Puts the reason for the latest failure that was logged at or after `start` into err->detail. */
void local_log_explain(const struct local_dir *dir, off_t start, pgc_error *err);

#endif
