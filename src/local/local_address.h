/*
 * local_address: where a private server listens and how it is connected to. Keeps no state. Any
 * thread.
 */
#ifndef LOCAL_LOCAL_ADDRESS_H
#define LOCAL_LOCAL_ADDRESS_H

#include "base/base.h"
#include "base/buf.h"
#include "local/local_dir.h"
#include "pgconvo.h"

#define LOCAL_PORT 5432           /* only a part of the socket's name */
#define LOCAL_SOCKET_PATH_MAX 107 /* bytes that the path of a unix socket may have */

struct local_address {
    int port;
    char folder[LOCAL_SOCKET_PATH_MAX + 1]; /* of the socket */
};

/*
 * Where the server of this folder is to listen: in the folder itself, or if that is too long for a
 * socket's path (or has a comma, which libpq would take for a list) in one under /tmp, named after
 * owner and folder.
 */
void local_address_choose(const struct local_dir *dir, struct local_address *address);

/* Makes the folder of the socket if it is not the server's own. Errors: LOCAL (it is not safe). */
MUST_CHECK int local_address_prepare(const struct local_dir *dir,
                                     const struct local_address *address, pgc_error *err);

/* Removes it again. */
void local_address_remove(const struct local_dir *dir, const struct local_address *address);

/* Adds a connection string of keywords, which leaves nothing to libpq's environment variables. */
void local_address_conninfo(const struct local_dir *dir, const struct local_address *address,
                            struct buf *out);

/* Adds a URI for other programs. */
void local_address_url(const struct local_address *address, struct buf *out);

#endif
