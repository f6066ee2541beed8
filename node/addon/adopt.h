/*
 * Adopting Mastra's tables: one long administrative call, which runs on a thread of libuv's pool
 * with a store of its own.
 */
#ifndef ADOPT_H
#define ADOPT_H

#include "args.h"

#include <node_api.h>

/*
 * adopt(options..., schema, timeZone, back, dryRun): a promise of the report's JSON. `args` is
 * taken over, with the options that were read from it.
 */
napi_value adopt_begin(napi_env env, struct args *args, const pgc_store_options *options);

#endif
