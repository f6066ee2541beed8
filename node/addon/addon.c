/*
 * The addon of the Node package: opening and closing stores, and what needs no operation. Loaded
 * once by each environment (the main thread, each worker thread), it keeps no state of its own.
 */
#include "adopt.h"
#include "args.h"
#include "calls.h"
#include "counters.h"
#include "outcome.h"
#include "parameters.h"
#include "store.h"

#include <stdlib.h>

/* In the order in which lib/options.js writes them. */
static pgc_store_options read_options(struct args *args) {
    pgc_store_options options = PGC_STORE_OPTIONS_INIT;
    options.url = args_str(args);
    options.host = args_str(args);
    options.port = (uint16_t)args_u32(args);
    options.database = args_str(args);
    options.user = args_str(args);
    options.password = args_str(args);
    options.schema = args_str(args);
    options.schema_mode = (pgc_schema_mode)args_u32(args);
    options.sslmode = args_str(args);
    options.sslrootcert = args_str(args);
    options.sslcert = args_str(args);
    options.sslkey = args_str(args);
    options.application_name = args_str(args);
    options.max_connections = args_u32(args);
    options.idle_timeout_ms = args_u32(args);
    options.acquire_timeout_ms = args_u32(args);
    options.connect_timeout_ms = args_u32(args);
    options.statement_timeout_ms = args_u32(args);
    options.metadata_index = args_bool(args);
    options.statement_mode = (pgc_statement_mode)args_u32(args);
    options.call_timeout_ms = args_u32(args);
    options.max_result_bytes = args_u32(args);
    options.max_message_bytes = args_u32(args);
    options.reader_url = args_str(args);
    options.read_standbys = args_bool(args);
    options.reader_max_connections = args_u32(args);
    options.reads = (pgc_reads)args_u32(args);
    options.min_connections = args_u32(args);
    options.max_waiting = args_u32(args);
    options.max_lifetime_ms = args_u32(args);
    options.no_retry = args_bool(args);
    return options;
}

static void on_collected(napi_env env, void *store, void *hint) {
    (void)env;
    (void)hint;
    store_abandon(store);
}

static pgc_store *open_library(napi_env env, struct args *args) {
    pgc_store *opened = NULL;
    pgc_error error;
    pgc_store_options options = read_options(args);
    options.event_loop_alone = true;
    if (args->failed) {
        napi_throw_type_error(env, NULL, "pgconvo: an option is of the wrong type");
    } else if (pgc_store_open(&options, &opened, &error) != 0) {
        outcome_throw(env, &error);
    }
    return opened;
}

/* open(options...): a handle */
static napi_value on_open(napi_env env, napi_callback_info info) {
    struct args args;
    napi_value handle = NULL;
    args_begin(&args, env, info, NULL);
    pgc_store *opened = open_library(env, &args);
    args_free(&args);
    struct store *store = opened == NULL ? NULL : store_new(env, opened);
    if (store != NULL && napi_create_external(env, store, on_collected, NULL, &handle) != napi_ok) {
        store_abandon(store);
    }
    return handle;
}

/* check(options...): throws what open would throw; not for a private server, which open starts */
static napi_value on_check(napi_env env, napi_callback_info info) {
    struct args args;
    args_begin(&args, env, info, NULL);
    pgc_store_free(open_library(env, &args));
    args_free(&args);
    return NULL;
}

/* adopt(options..., schema, timeZone, back, dryRun): a promise of a report as JSON */
static napi_value on_adopt(napi_env env, napi_callback_info info) {
    struct args args;
    args_begin(&args, env, info, NULL);
    pgc_store_options options = read_options(&args);
    return adopt_begin(env, &args, &options);
}

static struct store *read_store(struct args *args) {
    void *store = NULL;
    if (napi_get_value_external(args->env, args_value(args), &store) != napi_ok) {
        napi_throw_type_error(args->env, NULL, "pgconvo: no handle of a store");
    }
    return store;
}

/* close(handle, cancel): a promise */
static napi_value on_close(napi_env env, napi_callback_info info) {
    struct args args;
    napi_value promise = NULL;
    args_begin(&args, env, info, NULL);
    struct store *store = read_store(&args);
    if (store == NULL) {
        return NULL;
    }
    bool cancel = args_bool(&args);
    struct call *closer = store_call(store, &promise);
    if (closer == NULL) {
        napi_throw_error(env, NULL, "pgconvo: out of memory");
        return NULL;
    }
    store_close(store, cancel, closer);
    return promise;
}

/* status(handle): [open, idle, leased, waiting, max]; nothing once it is closed */
static napi_value on_status(napi_env env, napi_callback_info info) {
    struct args args;
    napi_value array = NULL;
    args_begin(&args, env, info, NULL);
    const struct store *store = read_store(&args);
    if (store == NULL || store->store == NULL) {
        return NULL;
    }
    pgc_pool_status pool;
    pgc_store_pool_status(store->store, &pool);
    const uint32_t numbers[] = {pool.open, pool.idle, pool.leased, pool.waiting, pool.max};
    napi_create_array(env, &array);
    for (uint32_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        napi_value number;
        napi_create_uint32(env, numbers[i], &number);
        napi_set_element(env, array, i, number);
    }
    return array;
}

/* counters(handle): a JSON text; nothing once it is closed */
static napi_value on_counters(napi_env env, napi_callback_info info) {
    struct args args;
    args_begin(&args, env, info, NULL);
    const struct store *store = read_store(&args);
    return store == NULL || store->store == NULL ? NULL : counted_text(env, store->store);
}

/* schemaName(handle): "" while it is not known, nothing once it is closed */
static napi_value on_schema_name(napi_env env, napi_callback_info info) {
    struct args args;
    napi_value name = NULL;
    args_begin(&args, env, info, NULL);
    const struct store *store = read_store(&args);
    if (store != NULL && store->store != NULL) {
        napi_create_string_utf8(env, pgc_store_schema(store->store), NAPI_AUTO_LENGTH, &name);
    }
    return name;
}

/* Gives an SQL text out, which is freed, or throws the error. */
static napi_value give_sql(napi_env env, int status, char *sql, const pgc_error *error) {
    napi_value value = NULL;
    if (status != 0) {
        outcome_throw(env, error);
    } else {
        napi_create_string_utf8(env, sql, NAPI_AUTO_LENGTH, &value);
    }
    free(sql);
    return value;
}

/* schemaSql(schema, metadataIndex): a string */
static napi_value on_schema_sql(napi_env env, napi_callback_info info) {
    struct args args;
    pgc_error error;
    char *sql = NULL;
    args_begin(&args, env, info, NULL);
    pgc_str schema = args_str(&args);
    int status = pgc_schema_sql(schema, args_bool(&args), &sql, &error);
    args_free(&args);
    return give_sql(env, status, sql, &error);
}

/* schemaGrants(kind, role, schema): a string */
static napi_value on_schema_grants(napi_env env, napi_callback_info info) {
    struct args args;
    pgc_error error;
    char *sql = NULL;
    args_begin(&args, env, info, NULL);
    pgc_schema_role kind = (pgc_schema_role)args_u32(&args);
    pgc_str role = args_str(&args);
    int status = pgc_schema_grants(kind, role, args_str(&args), &sql, &error);
    args_free(&args);
    return give_sql(env, status, sql, &error);
}

/* version(): of the library */
static napi_value on_version(napi_env env, napi_callback_info info) {
    (void)info;
    napi_value version = NULL;
    napi_create_string_utf8(env, pgc_version(), NAPI_AUTO_LENGTH, &version);
    return version;
}

NAPI_MODULE_INIT() {
    const napi_property_descriptor functions[] = {
        {.utf8name = "open", .method = on_open, .attributes = napi_enumerable},
        {.utf8name = "check", .method = on_check, .attributes = napi_enumerable},
        {.utf8name = "adopt", .method = on_adopt, .attributes = napi_enumerable},
        {.utf8name = "close", .method = on_close, .attributes = napi_enumerable},
        {.utf8name = "status", .method = on_status, .attributes = napi_enumerable},
        {.utf8name = "counters", .method = on_counters, .attributes = napi_enumerable},
        {.utf8name = "schemaName", .method = on_schema_name, .attributes = napi_enumerable},
        {.utf8name = "schemaGrants", .method = on_schema_grants, .attributes = napi_enumerable},
        {.utf8name = "schemaSql", .method = on_schema_sql, .attributes = napi_enumerable},
        {.utf8name = "ticket", .method = ticket_new, .attributes = napi_enumerable},
        {.utf8name = "cancel", .method = ticket_cancel, .attributes = napi_enumerable},
        {.utf8name = "more", .method = outcome_more, .attributes = napi_enumerable},
        {.utf8name = "parameters", .method = parameters_read, .attributes = napi_enumerable},
        {.utf8name = "localUrl", .method = parameters_local_url, .attributes = napi_enumerable},
        {.utf8name = "version", .method = on_version, .attributes = napi_enumerable},
    };
    size_t count = sizeof functions / sizeof *functions;
    if (napi_define_properties(env, exports, count, functions) != napi_ok ||
        calls_define(env, exports) != napi_ok) {
        napi_throw_error(env, NULL, "pgconvo: the addon could not be set up");
    }
    return exports;
}
