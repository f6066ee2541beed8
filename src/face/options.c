#include "face/options.h"

#include "base/args.h"
#include "base/error.h"
#include "domain/check.h"
#include "domain/schema.h"

#include <libpq-fe.h>

#define CONNECTIONS_DEFAULT 10
#define CONNECTIONS_MAX 10000
#define IDLE_DEFAULT_MS 30000
#define ACQUIRE_DEFAULT_MS 30000
#define CONNECT_DEFAULT_MS 10000
#define LOCAL_SCHEME "local:"
#define PARAMETERS_MAX 16

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

/*
 * What libpq says about a bad string may quote a part of it that is a password; only this much
 * surely does not.
 */
static void tell_reason(const char *reason, pgc_error *err) {
    static const char *const harmless[] = {"invalid connection option",
                                           "invalid URI query parameter"};
    for (size_t i = 0; reason != NULL && i < ARRAY_LENGTH(harmless); i++) {
        if (strncmp(reason, harmless[i], strlen(harmless[i])) == 0) {
            error_detail(err, "%.*s", (int)strcspn(reason, "\n"), reason);
        }
    }
}

static int check_url(pgc_str url, struct arena *arena, pgc_error *err) {
    bool uri = starts_with(url, "postgresql://") || starts_with(url, "postgres://");
    if (!uri && memchr(url.data, '=', url.size) == NULL) {
        int status = error_set(err, PGC_INVALID, "url: is no connection string");
        error_hint(err, "Give postgresql://host/database, \"host=... dbname=...\", or local: for a "
                        "private server.");
        return status;
    }
    char *reason = NULL;
    pgc_str copy = arena_str(arena, url);
    PQconninfoOption *parsed = copy.data == NULL ? NULL : PQconninfoParse(copy.data, &reason);
    int status = 0;
    if (parsed == NULL) {
        status = error_set(err, PGC_INVALID, "url: is not a connection string that libpq can read");
        tell_reason(reason, err);
    }
    PQconninfoFree(parsed);
    PQfreemem(reason);
    return status;
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
    struct arena scratch = {0};
    pgc_str path;
    int status;
    if ((status = args_read(options, sizeof *options, given, "options", err)) != 0 ||
        (status = check_strings(options, err)) != 0 ||
        (status = schema_check_name(options->schema, err)) != 0 ||
        (status = check_choice((int)options->schema_mode, PGC_SCHEMA_NONE, "schema_mode", err)) !=
            0) {
        return status;
    }
    if (options->max_connections > CONNECTIONS_MAX) {
        return error_set(err, PGC_INVALID, "max_connections: %u is above %d",
                         options->max_connections, CONNECTIONS_MAX);
    }
    if (options_local(options, &path)) {
        status = check_local(options, err);
    } else if (options->url.data != NULL) {
        status = check_url(options->url, &scratch, err);
    }
    arena_free(&scratch);
    return status;
}

struct parameters {
    struct arena *arena;
    const char **keywords;
    const char **values;
    size_t count;
    bool failed;
};

static void add(struct parameters *parameters, const char *keyword, pgc_str value) {
    if (value.data != NULL) {
        pgc_str copy = arena_str(parameters->arena, value);
        parameters->failed |= copy.data == NULL;
        parameters->keywords[parameters->count] = keyword;
        parameters->values[parameters->count++] = copy.data;
    }
}

/* libpq expands the first dbname as a whole connection string; what comes after it wins over it. */
int options_parameters(const pgc_store_options *options, const char *url, struct arena *arena,
                       const char *const **keywords, const char *const **values, pgc_error *err) {
    char port[8];
    snprintf(port, sizeof port, "%u", options->port);
    struct parameters p = {.arena = arena};
    p.keywords = arena_zalloc(arena, PARAMETERS_MAX, sizeof *p.keywords);
    p.values = arena_zalloc(arena, PARAMETERS_MAX, sizeof *p.values);
    if (p.keywords == NULL || p.values == NULL) {
        return error_nomem(err);
    }
    add(&p, "dbname", pgc_z(url));
    add(&p, "host", options->host);
    add(&p, "hostaddr",
        options->host.data == NULL ? pgc_none() : pgc_z("")); /* or that of the url would win */
    add(&p, "port", options->port == 0 ? pgc_none() : pgc_z(port));
    add(&p, "dbname", options->database);
    add(&p, "user", options->user);
    add(&p, "password", options->password);
    add(&p, "sslmode", options->sslmode);
    add(&p, "sslrootcert", options->sslrootcert);
    add(&p, "sslcert", options->sslcert);
    add(&p, "sslkey", options->sslkey);
    add(&p, "application_name", options->application_name);
    add(&p, "fallback_application_name", pgc_z("pgconvo"));
    add(&p, "client_encoding", pgc_z("UTF8"));
    *keywords = p.keywords;
    *values = p.values;
    return p.failed ? error_nomem(err) : 0;
}

static uint32_t or_default(uint32_t value, uint32_t fallback) {
    return value == 0 ? fallback : value;
}

struct pool_limits options_limits(const pgc_store_options *options) {
    return (struct pool_limits){
        .max = or_default(options->max_connections, CONNECTIONS_DEFAULT),
        .idle_timeout_ms = or_default(options->idle_timeout_ms, IDLE_DEFAULT_MS),
        .acquire_timeout_ms = or_default(options->acquire_timeout_ms, ACQUIRE_DEFAULT_MS),
        .connect_timeout_ms = or_default(options->connect_timeout_ms, CONNECT_DEFAULT_MS),
    };
}
