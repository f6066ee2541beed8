#include "face/options.h"

#include "base/args.h"
#include "base/error.h"
#include "domain/check.h"
#include "domain/schema.h"
#include "face/url.h"

#include <libpq-fe.h>

#define CONNECTIONS_DEFAULT 10
#define CONNECTIONS_MAX 10000
#define IDLE_DEFAULT_MS 30000
#define ACQUIRE_DEFAULT_MS 30000
#define CONNECT_DEFAULT_MS 10000
#define RESULT_DEFAULT (INT64_C(1024) * 1024 * 1024)
#define LOCAL_SCHEME "local:"
#define FIELDS_MAX 12

static uint32_t or_default(uint32_t value, uint32_t fallback) {
    return value == 0 ? fallback : value;
}

static bool starts_with(pgc_str text, const char *start) {
    return text.size >= strlen(start) && memcmp(text.data, start, strlen(start)) == 0;
}

bool options_local(const pgc_store_options *options, pgc_str *path) {
    size_t scheme = sizeof LOCAL_SCHEME - 1;
    if (options->url.data == NULL || !starts_with(options->url, LOCAL_SCHEME)) {
        return false;
    }
    *path = (pgc_str){options->url.data + scheme, options->url.size - scheme};
    return true;
}

static int check_strings(const pgc_store_options *o, pgc_error *err) {
    const struct {
        const char *field;
        pgc_str value;
    } strings[] = {
        {"url", o->url},
        {"host", o->host},
        {"database", o->database},
        {"user", o->user},
        {"password", o->password},
        {"sslmode", o->sslmode},
        {"sslrootcert", o->sslrootcert},
        {"sslcert", o->sslcert},
        {"sslkey", o->sslkey},
        {"application_name", o->application_name},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(strings); i++) {
        if (strings[i].value.size > 0 &&
            memchr(strings[i].value.data, '\0', strings[i].value.size) != NULL) {
            return error_set(err, PGC_INVALID, "%s: has a NUL", strings[i].field);
        }
    }
    return 0;
}

static int check_local(const pgc_store_options *o, pgc_error *err) {
    if (o->host.data != NULL || o->port != 0 || o->database.data != NULL || o->user.data != NULL ||
        o->password.data != NULL) {
        return error_set(
            err, PGC_INVALID,
            "url: with local:, host, port, database, user and password cannot be given");
    }
    return 0;
}

int options_read(const pgc_store_options *given, pgc_store_options *options, pgc_error *err) {
    *options = (pgc_store_options)PGC_STORE_OPTIONS_INIT;
    pgc_str path;
    int status;
    if ((status = args_read(options, sizeof *options, given, "options", err)) != 0 ||
        (status = check_strings(options, err)) != 0 ||
        (status = schema_check_name(options->schema, err)) != 0 ||
        (status = check_choice((int)options->schema_mode, PGC_SCHEMA_NONE, "schema_mode", err)) !=
            0 ||
        (status = check_choice((int)options->statement_mode, PGC_STATEMENTS_UNNAMED,
                               "statement_mode", err)) != 0) {
        return status;
    }
    if (options->max_connections > CONNECTIONS_MAX) {
        return error_set(err, PGC_INVALID, "max_connections: %u is above %d",
                         options->max_connections, CONNECTIONS_MAX);
    }
    if (options->min_connections > or_default(options->max_connections, CONNECTIONS_DEFAULT)) {
        return error_set(err, PGC_INVALID, "min_connections: %u is above max_connections",
                         options->min_connections);
    }
    if (options->max_message_bytes > CONTENT_MAX) {
        return error_set(err, PGC_INVALID, "max_message_bytes: %u is above %d",
                         options->max_message_bytes, CONTENT_MAX);
    }
    return options_local(options, &path) ? check_local(options, err) : 0;
}

/* ---- Parameters of a connection ---- */

struct parameters {
    struct arena *arena;
    const char **keywords;
    const char **values;
    size_t count;
    bool failed;
};

static void add(struct parameters *parameters, const char *keyword, pgc_str value) {
    if (value.data != NULL) {
        pgc_str own_keyword = arena_str(parameters->arena, pgc_z(keyword));
        pgc_str own_value = arena_str(parameters->arena, value);
        parameters->failed |= own_keyword.data == NULL || own_value.data == NULL;
        parameters->keywords[parameters->count] = own_keyword.data;
        parameters->values[parameters->count++] = own_value.data;
    }
}

static void add_fields(struct parameters *p, const pgc_store_options *options) {
    char port[8];
    snprintf(port, sizeof port, "%u", options->port);
    add(p, "host", options->host);
    add(p, "port", options->port == 0 ? pgc_none() : pgc_z(port));
    add(p, "dbname", options->database);
    add(p, "user", options->user);
    add(p, "password", options->password);
    add(p, "sslmode", options->sslmode);
    add(p, "sslrootcert", options->sslrootcert);
    add(p, "sslcert", options->sslcert);
    add(p, "sslkey", options->sslkey);
    add(p, "application_name", options->application_name);
    add(p, "fallback_application_name", pgc_z("pgconvo"));
    add(p, "client_encoding", pgc_z("UTF8"));
}

static bool is_given(const struct parameters *p, const char *keyword) {
    for (size_t i = 0; i < p->count; i++) {
        if (p->keywords[i] != NULL && strcmp(p->keywords[i], keyword) == 0) {
            return true;
        }
    }
    return false;
}

/*
 * What the connection string says and no field overrides; an explicit host goes over its address,
 * too.
 */
static void add_url(struct parameters *p, const PQconninfoOption *parsed) {
    bool host = is_given(p, "host");
    for (; parsed->keyword != NULL; parsed++) {
        bool overridden =
            is_given(p, parsed->keyword) || (host && strcmp(parsed->keyword, "hostaddr") == 0);
        if (parsed->val != NULL && !overridden) {
            add(p, parsed->keyword, pgc_z(parsed->val));
        }
    }
}

static size_t count_options(const PQconninfoOption *parsed) {
    size_t count = 0;
    while (parsed != NULL && parsed[count].keyword != NULL) {
        count++;
    }
    return count;
}

/*
 * libpq gets plain pairs: it would expand the first dbname, which may be a name that somebody
 * chose.
 */
int options_parameters(const pgc_store_options *options, pgc_str url, struct arena *arena,
                       struct conn_config *config, pgc_error *err) {
    PQconninfoOption *parsed = NULL;
    int status = url.data == NULL ? 0 : url_parse(url, &parsed, err);
    if (status != 0) {
        return status;
    }
    size_t room = count_options(parsed) + FIELDS_MAX + 1;
    struct parameters p = {.arena = arena};
    p.keywords = arena_zalloc(arena, room, sizeof *p.keywords);
    p.values = arena_zalloc(arena, room, sizeof *p.values);
    p.failed = p.keywords == NULL || p.values == NULL;
    if (!p.failed) {
        add_fields(&p, options);
    }
    if (!p.failed && parsed != NULL) {
        add_url(&p, parsed);
    }
    PQconninfoFree(parsed);
    config->keywords = p.keywords;
    config->values = p.values;
    return p.failed ? error_nomem(err) : 0;
}

int64_t options_max_result(const pgc_store_options *options) {
    uint64_t max = options->max_result_bytes;
    return max == 0 ? RESULT_DEFAULT : max > INT64_MAX ? INT64_MAX : (int64_t)max;
}

struct pool_limits options_limits(const pgc_store_options *options) {
    return (struct pool_limits){
        .max = or_default(options->max_connections, CONNECTIONS_DEFAULT),
        .min = options->min_connections,
        .max_waiting = options->max_waiting,
        .no_retry = options->no_retry,
        .max_lifetime_ms = options->max_lifetime_ms,
        .idle_timeout_ms = or_default(options->idle_timeout_ms, IDLE_DEFAULT_MS),
        .acquire_timeout_ms = or_default(options->acquire_timeout_ms, ACQUIRE_DEFAULT_MS),
        .connect_timeout_ms = or_default(options->connect_timeout_ms, CONNECT_DEFAULT_MS),
    };
}
