/*
 * What a store has counted, for JavaScript: one JSON text, from which lib/counters.js makes what
 * callers see.
 */
#ifndef COUNTERS_H
#define COUNTERS_H

#include "store.h"

/* Of an open store. NULL if memory ran out. */
napi_value counted_text(napi_env env, pgc_store *store);

#endif
