#include "face/store.h"

#include "base/error.h"
#include "base/mem.h"
#include "domain/check.h"
#include "domain/schema_text.h"
#include "face/kinds.h"
#include "face/options.h"

#include <stdlib.h>

const char *pgc_version(void) {
    return PGC_VERSION_STRING;
}

/* ---- Open ------------------------------------------------------------------------------------ */

/* Finds the server: a private one is started or joined. */
static int find_server(pgc_store *store, const pgc_store_options *options, pgc_error *err) {
    pgc_str path;
    pgc_str url = options->url;
    if (options_local(options, &path)) {
        int status = local_open(path, &store->local, err);
        if (status != 0) {
            return status;
        }
        url = pgc_z(local_conninfo(store->local));
    }
    return options_hosts(options, url, OPTIONS_WRITER, &store->arena, &store->writer.hosts, err);
}

static void set_schema(struct schema *schema, const pgc_store_options *options) {
    schema_init(schema, options->schema);
    schema->mode = options->schema_mode;
    schema->metadata_index = options->metadata_index;
    if (options->statement_timeout_ms != 0) {
        snprintf(schema->statement_timeout, sizeof schema->statement_timeout, "%u",
                 options->statement_timeout_ms);
    }
    schema->pooled = options->statement_mode == PGC_STATEMENTS_UNNAMED;
}

static void set_part(struct store_part *part, const pgc_store_options *options,
                     struct pool_limits limits) {
    set_schema(&part->schema, options);
    part->config = (struct conn_config){
        .hosts = &part->hosts,
        .connect_timeout_ms = limits.connect_timeout_ms,
        .max_result_bytes = options_max_result(options),
        .no_retry = limits.no_retry,
        .setup = schema_setup,
        .book = &part->schema.book,
        .settings = schema_settings(&part->schema),
        .pooled = &part->schema.pooled,
        .named = options->statement_mode == PGC_STATEMENTS_NAMED,
        .owner = &part->schema,
    };
}

/* On a standby nothing can be created: its schema comes from the primary. */
static void set_reader(struct store_part *reader, const pgc_store_options *options,
                       struct pool_limits limits) {
    set_part(reader, options, limits);
    if (reader->schema.mode == PGC_SCHEMA_AUTO) {
        reader->schema.mode = PGC_SCHEMA_VERIFY;
    }
}

static int open_store(pgc_store *store, const pgc_store_options *options, pgc_error *err) {
    bool reads = options_have_reader(options);
    struct engine_part writer = {.config = &store->writer.config,
                                 .limits = options_limits(options, OPTIONS_WRITER)};
    struct engine_part reader = {.config = &store->reader.config,
                                 .limits = options_limits(options, OPTIONS_READER)};
    int status = find_server(store, options, err);
    if (status == 0 && reads) {
        pgc_str url = options->read_standbys ? options->url : options->reader_url;
        status =
            options_hosts(options, url, OPTIONS_READER, &store->arena, &store->reader.hosts, err);
    }
    if (status == 0 && (counters_init(&store->counters, call_kind_names, KIND_COUNT) != 0 ||
                        engine_init(&store->engine, writer, reads ? &reader : NULL) != 0)) {
        status = error_nomem(err);
    }
    if (status == 0) {
        store->engine.alone = options->event_loop_alone;
        set_part(&store->writer, options, writer.limits);
        set_reader(&store->reader, options, reader.limits);
        pthread_mutex_init(&store->closing, NULL);
    }
    return status;
}

int pgc_store_open(const pgc_store_options *given, pgc_store **out, pgc_error *err) {
    pgc_store_options options;
    int status = options_read(given, &options, err);
    if (status != 0) {
        return status;
    }
    pgc_store *store = mem_zalloc(sizeof *store);
    if (store == NULL) {
        return error_nomem(err);
    }
    status = open_store(store, &options, err);
    if (status != 0) {
        local_close(store->local);
        counters_destroy(&store->counters);
        arena_free(&store->arena);
        mem_free(store);
        return status;
    }
    store->whole = store;
    store->call_timeout_ms = options.call_timeout_ms;
    store->max_message_bytes = options.max_message_bytes;
    store->reads = options.reads;
    *out = store;
    return 0;
}

/* Another handle of a store, with the settings of this one. */
static pgc_store *new_handle(const pgc_store *store, pgc_error *err) {
    pgc_store *handle = mem_zalloc(sizeof *handle);
    if (handle == NULL) {
        error_nomem(err);
        return NULL;
    }
    handle->whole = store->whole;
    handle->call_timeout_ms = store->call_timeout_ms;
    handle->reads = store->reads;
    return handle;
}

int pgc_store_with_timeout(pgc_store *store, uint32_t timeout_ms, pgc_store **out, pgc_error *err) {
    pgc_store *handle = new_handle(store, err);
    if (handle == NULL) {
        return -PGC_NOMEM;
    }
    handle->call_timeout_ms = timeout_ms;
    *out = handle;
    return 0;
}

int pgc_store_with_reads(pgc_store *store, pgc_reads reads, pgc_store **out, pgc_error *err) {
    int status = check_choice((int)reads, PGC_READS_OWN_WRITES, "reads", err);
    if (status != 0) {
        return status;
    }
    pgc_store *handle = new_handle(store, err);
    if (handle == NULL) {
        return -PGC_NOMEM;
    }
    handle->reads = reads;
    *out = handle;
    return 0;
}

/* A store that has only read from standbys knows it from there. */
const char *pgc_store_schema(const pgc_store *store) {
    const struct schema *writer = &store->whole->writer.schema;
    const struct schema *reader = &store->whole->reader.schema;
    const struct schema *known = atomic_load(&writer->named) ? writer : reader;
    return atomic_load(&known->named) ? known->name : "";
}

void pgc_store_pool_status(pgc_store *store, pgc_pool_status *status) {
    engine_status(&store->whole->engine, status);
}

/* Gives a text in the arena out as one of malloc's, and frees the arena. */
static int give_out(struct arena *arena, const char *text, char **sql, pgc_error *err) {
    *sql = text == NULL ? NULL : mem_copy(text, strlen(text));
    arena_free(arena);
    return *sql == NULL ? error_nomem(err) : 0;
}

int pgc_schema_sql(pgc_str schema, bool metadata_index, char **sql, pgc_error *err) {
    int status = schema_check_name(schema, err);
    if (status != 0) {
        return status;
    }
    struct arena arena = {0};
    pgc_str name = schema.data == NULL ? pgc_z("") : arena_str(&arena, schema);
    char *text = name.data == NULL ? NULL : schema_text_script(&arena, name.data, metadata_index);
    return give_out(&arena, text, sql, err);
}

static int check_grants(pgc_schema_role kind, pgc_str role, pgc_str schema, pgc_error *err) {
    int status = check_choice((int)kind, PGC_ROLE_READER, "kind", err);
    if (status == 0) {
        status = schema_check_role(role, err);
    }
    if (status == 0) {
        status = schema_check_name(schema, err);
    }
    if (status == 0 && schema.data == NULL && kind == PGC_ROLE_OWNER) {
        status = error_set(err, PGC_INVALID, "schema: is missing, and an owner is one of a schema");
        error_hint(err, "Name the schema, be it \"public\".");
    }
    return status;
}

int pgc_schema_grants(pgc_schema_role kind, pgc_str role, pgc_str schema, char **sql,
                      pgc_error *err) {
    int status = check_grants(kind, role, schema, err);
    if (status != 0) {
        return status;
    }
    struct arena arena = {0};
    pgc_str name = schema.data == NULL ? pgc_z("") : arena_str(&arena, schema);
    pgc_str to = arena_str(&arena, role);
    bool failed = name.data == NULL || to.data == NULL;
    char *text = failed ? NULL : schema_text_grants(&arena, name.data, to.data, kind);
    return give_out(&arena, text, sql, err);
}

/* ---- Close ----------------------------------------------------------------------------------- */

/*
 * A second caller waits for the first; but if it wants to cancel, the first one's wait gets
 * shorter.
 */
void pgc_store_close(pgc_store *handle, pgc_close_mode mode) {
    pgc_store *store = handle->whole;
    bool wait = mode == PGC_CLOSE_WAIT;
    engine_begin_close(&store->engine, wait ? POOL_CLOSING_WAIT : POOL_CLOSING_CANCEL);
    pthread_mutex_lock(&store->closing);
    if (!store->closed) {
        engine_drain(&store->engine);
        engine_await_quiet(&store->engine);
        engine_unwatch(&store->engine);
        local_close(store->local);
        store->local = NULL;
        store->closed = true;
    }
    pthread_mutex_unlock(&store->closing);
}

void pgc_store_free(pgc_store *store) {
    if (store == NULL) {
        return;
    }
    if (store->whole != store) {
        mem_free(store);
        return;
    }
    pgc_store_close(store, PGC_CLOSE_WAIT);
    pool_await_leases(&store->engine.pool);
    engine_destroy(&store->engine);
    schema_destroy(&store->writer.schema);
    schema_destroy(&store->reader.schema);
    pthread_mutex_destroy(&store->closing);
    counters_destroy(&store->counters);
    arena_free(&store->arena);
    mem_free(store);
}
