/*
 * local_cluster: the data folder of a private server: making it, complete or not at all. Keeps no
 * state. Needs the control lock.
 */
#ifndef LOCAL_LOCAL_CLUSTER_H
#define LOCAL_LOCAL_CLUSTER_H

#include "base/base.h"
#include "local/local_binary.h"
#include "local/local_dir.h"
#include "pgconvo.h"

#define LOCAL_DATA_FOLDER "data"
#define LOCAL_SERVER_LOCK "server.lock" /* locked while any program works on the data */
#define LOCAL_USER "postgres"           /* whom users connect as */
#define LOCAL_DATABASE "postgres"       /* and to which database */

/*
 * The major version of the cluster in the folder, "" if there is none. `version` has
 * LOCAL_VERSION_SIZE bytes. Errors: LOCAL (damaged).
 */
MUST_CHECK int local_cluster_version(const struct local_dir *dir, char *version, pgc_error *err);

/* Makes the cluster; there must be none and LOCAL_SERVER_LOCK must be free. Errors: LOCAL. */
MUST_CHECK int local_cluster_create(const struct local_dir *dir, pgc_error *err);

#endif
