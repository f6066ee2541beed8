/*
 * local_process: starting and stopping the server of a private cluster that exists. Keeps no state.
 * Needs the control lock; blocks.
 */
#ifndef LOCAL_LOCAL_PROCESS_H
#define LOCAL_LOCAL_PROCESS_H

#include "base/base.h"
#include "local/local_dir.h"
#include "local/local_postmaster.h"
#include "pgconvo.h"

#define LOCAL_KEEP_FILE "keep" /* there while the running server is to stay without users */

/*
 * Waits until nothing is under way, makes the cluster if there is none, starts the server if it
 * is down, and waits until it takes connections. Errors: LOCAL, with the reason from the log in
 * detail.
 */
MUST_CHECK int local_process_start(const struct local_dir *dir, struct local_postmaster *server,
                                   pgc_error *err);

/*
 * Stops it, ending its connections, and waits until it is gone; fine if it is down. Errors: LOCAL.
 */
MUST_CHECK int local_process_stop(const struct local_dir *dir, pgc_error *err);

#endif
