/* libpq's parameters as objects, for other clients that are to reach the same server. */
#ifndef PARAMETERS_H
#define PARAMETERS_H

#include <node_api.h>

/*
 * parameters(connectionString): what the string says, { host: "...", dbname: null, ... } with all
 * names that libpq knows; without a string, what libpq takes from its environment. The string was
 * checked when a store was made of it.
 */
napi_value parameters_read(napi_env env, napi_callback_info info);

/* localUrl(path): what others reach the private server there with; it must have been started. */
napi_value parameters_local_url(napi_env env, napi_callback_info info);

#endif
