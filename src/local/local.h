/*
 * local: the embedded default "local:", a private, real PostgreSQL server in a folder, started
 * when the first user comes and stopped when the last one goes. This header is all that the layers
 * above see. It makes no connections: it says where to connect (libpq's keyword form) and keeps the
 * server there.
 *
 * What is in the folder, who locks what and in which order stands in docs/local.md. Every function
 * may block: for the locks of other processes, for initdb (about a second), for the server to start
 * or stop. Any thread, any number of holds in a process.
 */
#ifndef LOCAL_LOCAL_H
#define LOCAL_LOCAL_H

#include "base/base.h"
#include "pgconvo.h"

/* One user's hold on a private server. Owned by whoever opened it; given up by local_close. */
struct local_server;

/*
 * Makes the server in the folder `path` (absent or empty: the default folder) if there is none,
 * starts it if it is not running, and holds it. Errors: LOCAL, INVALID (the path), NOMEM.
 */
MUST_CHECK int local_open(pgc_str path, struct local_server **out, pgc_error *err);

/* How to connect: a connection string of libpq's, which belongs to the handle. */
const char *local_conninfo(const struct local_server *server);

/*
 * Gives up the hold; the last one stops the server and waits until it is gone, unless local_start
 * keeps it. In a process that was forked off the one that opened, only frees. NULL is fine.
 */
void local_close(struct local_server *server);

/* As pgc_local_status, pgc_local_start, pgc_local_stop in pgconvo.h; `info` must not be NULL. */
MUST_CHECK int local_status(pgc_str path, pgc_local_info *info, pgc_error *err);
MUST_CHECK int local_start(pgc_str path, pgc_local_info *info, pgc_error *err);
MUST_CHECK int local_stop(pgc_str path, pgc_error *err);

#endif
