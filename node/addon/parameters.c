#include "parameters.h"

#include "args.h"
#include "outcome.h"

#include <libpq-fe.h>

/* All names that libpq knows, with null where there is no value. */
static napi_value to_object(napi_env env, const PQconninfoOption *options) {
    napi_value object = NULL;
    napi_create_object(env, &object);
    for (; options->keyword != NULL; options++) {
        napi_value value;
        napi_get_null(env, &value);
        if (options->val != NULL) {
            napi_create_string_utf8(env, options->val, NAPI_AUTO_LENGTH, &value);
        }
        napi_set_named_property(env, object, options->keyword, value);
    }
    return object;
}

napi_value parameters_read(napi_env env, napi_callback_info info) {
    struct args args;
    napi_value object = NULL;
    args_begin(&args, env, info, NULL);
    pgc_str text = args_str(&args);
    PQconninfoOption *options =
        text.data == NULL ? PQconndefaults() : PQconninfoParse(text.data, NULL);
    if (options == NULL) {
        napi_throw_error(env, NULL, "pgconvo: the connection string cannot be read");
    } else {
        object = to_object(env, options);
    }
    PQconninfoFree(options);
    args_free(&args);
    return object;
}

napi_value parameters_local_url(napi_env env, napi_callback_info info) {
    struct args args;
    napi_value url = NULL;
    pgc_local_info local;
    pgc_error error;
    args_begin(&args, env, info, NULL);
    if (pgc_local_status(args_str(&args), &local, &error) != 0) {
        outcome_throw(env, &error);
    } else {
        napi_create_string_utf8(env, local.url, NAPI_AUTO_LENGTH, &url);
    }
    args_free(&args);
    return url;
}
