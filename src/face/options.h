/*
 * The options of a store: read, checked, and turned into what the layers below need.
 */
#ifndef FACE_OPTIONS_H
#define FACE_OPTIONS_H

#include "base/arena.h"
#include "base/base.h"
#include "connection/conn.h"
#include "engine/pool.h"
#include "pgconvo.h"

/* Reads what the caller gave over the defaults, and checks it. */
MUST_CHECK int options_read(const pgc_store_options *given, pgc_store_options *options,
                            pgc_error *err);

/* Is the store to live on a private server? Then `*path` is its folder, maybe empty. */
bool options_local(const pgc_store_options *options, pgc_str *path);

/* Which of the two pools a connection is for. */
enum options_role { OPTIONS_WRITER, OPTIONS_READER };

/* Is there a second pool, for reads? */
bool options_have_reader(const pgc_store_options *options);

/*
 * The hosts of a pool with the parameters of a connection: those of `url`, a connection string or
 * absent, and the fields, which go over them. In the arena. Errors: INVALID (the url), NOMEM.
 */
MUST_CHECK int options_hosts(const pgc_store_options *options, pgc_str url, enum options_role role,
                             struct arena *arena, struct hosts *hosts, pgc_error *err);

/* The bound of a result, in bytes. */
int64_t options_max_result(const pgc_store_options *options);

struct pool_limits options_limits(const pgc_store_options *options, enum options_role role);

#endif
