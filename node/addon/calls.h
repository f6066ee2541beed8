/*
 * The operations that JavaScript may start: how the arguments of each become a start call of the
 * library. Every one is a function of (handle, raw, arguments in a fixed order) that returns a
 * promise; the order stands with each in calls.c.
 */
#ifndef CALLS_H
#define CALLS_H

#include <node_api.h>

/* Defines them all on `exports`. */
napi_status calls_define(napi_env env, napi_value exports);

#endif
