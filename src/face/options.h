/*
 * The options of a store: read, checked, and turned into what the layers below need.
 */
#ifndef FACE_OPTIONS_H
#define FACE_OPTIONS_H

#include "base/arena.h"
#include "base/base.h"
#include "engine/pool.h"
#include "pgconvo.h"

/* Reads what the caller gave over the defaults, and checks it. */
MUST_CHECK int options_read(const pgc_store_options *given, pgc_store_options *options,
                            pgc_error *err);

/* Is the store to live on a private server? Then `*path` is its folder, maybe empty. */
bool options_local(const pgc_store_options *options, pgc_str *path);

/*
 * The parameters of a connection, for PQconnectStartParams: `url`, a string of libpq's or NULL, and
 * the options that go over it. Ends with NULL. In the arena.
 */
MUST_CHECK int options_parameters(const pgc_store_options *options, const char *url,
                                  struct arena *arena, const char *const **keywords,
                                  const char *const **values, pgc_error *err);

struct pool_limits options_limits(const pgc_store_options *options);

#endif
