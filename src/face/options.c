#include "face/options.h"

#include "base/args.h"
#include "base/error.h"
#include "domain/check.h"
#include "domain/schema.h"
#include "face/url.h"

#include <libpq-fe.h>
#include <stdlib.h>

#define CONNECTIONS_DEFAULT 10
#define CONNECTIONS_MAX 10000
#define IDLE_DEFAULT_MS 30000
#define ACQUIRE_DEFAULT_MS 30000
#define CONNECT_DEFAULT_MS 10000
#define RESULT_DEFAULT (INT64_C(1024) * 1024 * 1024)
#define LOCAL_SCHEME "local:"
#define READER_CONNECT_MS 2000 /* a read does not wait longer for a standby; the primary has it */
#define FIELDS_MAX 16

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

bool options_have_reader(const pgc_store_options *options) {
    return options->reader_url.data != NULL || options->read_standbys;
}

static int check_strings(const pgc_store_options *o, pgc_error *err) {
    const struct {
        const char *field;
        pgc_str value;
    } strings[] = {
        {"url", o->url},
        {"reader_url", o->reader_url},
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

static int check_max(uint32_t max, const char *field, pgc_error *err) {
    return max > CONNECTIONS_MAX
               ? error_set(err, PGC_INVALID, "%s: %u is above %d", field, max, CONNECTIONS_MAX)
               : 0;
}

static int check_reader(const pgc_store_options *o, pgc_error *err) {
    pgc_str path;
    if (o->reader_url.data != NULL && o->read_standbys) {
        return error_set(err, PGC_INVALID,
                         "read_standbys: cannot be given together with reader_url");
    }
    if (options_have_reader(o) && options_local(o, &path)) {
        return error_set(err, PGC_INVALID, "%s: a private server has no standby",
                         o->read_standbys ? "read_standbys" : "reader_url");
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
                               "statement_mode", err)) != 0 ||
        (status = check_choice((int)options->reads, PGC_READS_OWN_WRITES, "reads", err)) != 0) {
        return status;
    }
    if ((status = check_max(options->max_connections, "max_connections", err)) != 0 ||
        (status = check_max(options->reader_max_connections, "reader_max_connections", err)) != 0 ||
        (status = check_reader(options, err)) != 0) {
        return status;
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

static void add_fields(struct parameters *p, const pgc_store_options *options, bool place) {
    char port[8];
    snprintf(port, sizeof port, "%u", options->port);
    if (place) {
        add(p, "host", options->host);
        add(p, "port", options->port == 0 ? pgc_none() : pgc_z(port));
    }
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

static const char *given(const struct parameters *p, const char *keyword) {
    for (size_t i = 0; i < p->count; i++) {
        if (p->keywords[i] != NULL && strcmp(p->keywords[i], keyword) == 0) {
            return p->values[i];
        }
    }
    return NULL;
}

static bool is_given(const struct parameters *p, const char *keyword) {
    return given(p, keyword) != NULL;
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

/* Lists of hosts in libpq's environment, which it would read itself: but each is tried singly. */
static void add_environment(struct parameters *p) {
    const char *host = getenv("PGHOST"), *hostaddr = getenv("PGHOSTADDR");
    if (is_given(p, "service") || getenv("PGSERVICE") != NULL) {
        return; /* its file may say more, and goes over the environment */
    }
    bool placed = is_given(p, "host") || is_given(p, "hostaddr");
    if (!placed && hosts_are_several(host, hostaddr)) {
        add(p, "host", pgc_z(host));
        add(p, "hostaddr", pgc_z(hostaddr));
        if (!is_given(p, "port")) {
            add(p, "port", pgc_z(getenv("PGPORT")));
        }
    }
    if (!is_given(p, "target_session_attrs")) {
        add(p, "target_session_attrs", pgc_z(getenv("PGTARGETSESSIONATTRS")));
    }
}

/* Which host of a list is wanted, unless that is said: one that takes writes, or a standby. */
static void add_target(struct parameters *p, bool standbys) {
    bool said = is_given(p, "target_session_attrs");
    bool several = hosts_differ(given(p, "host"), given(p, "hostaddr"), given(p, "port"));
    if (!said && (several || standbys)) {
        add(p, "target_session_attrs", pgc_z(standbys ? "prefer-standby" : "read-write"));
    }
}

static void fill_in(struct parameters *p, const pgc_store_options *options,
                    const PQconninfoOption *parsed, enum options_role role) {
    bool reader = role == OPTIONS_READER;
    if (reader && options->read_standbys) { /* what the url says of it is for the writer */
        add(p, "target_session_attrs", pgc_z("prefer-standby"));
    }
    add_fields(p, options, !reader || options->read_standbys);
    if (parsed != NULL) {
        add_url(p, parsed);
    }
    add_environment(p);
    add_target(p, reader);
}

/*
 * libpq gets plain pairs: it would expand the first dbname, which may be a name that somebody
 * chose.
 */
int options_hosts(const pgc_store_options *options, pgc_str url, enum options_role role,
                  struct arena *arena, struct hosts *hosts, pgc_error *err) {
    PQconninfoOption *parsed = NULL;
    bool own = role == OPTIONS_READER && !options->read_standbys;
    int status = url.data == NULL ? 0 : url_parse(url, own ? "reader_url" : "url", &parsed, err);
    if (status != 0) {
        return status;
    }
    size_t room = count_options(parsed) + FIELDS_MAX + 1;
    struct parameters p = {.arena = arena};
    p.keywords = arena_zalloc(arena, room, sizeof *p.keywords);
    p.values = arena_zalloc(arena, room, sizeof *p.values);
    p.failed = p.keywords == NULL || p.values == NULL;
    if (!p.failed) {
        fill_in(&p, options, parsed, role);
    }
    PQconninfoFree(parsed);
    p.failed = p.failed || !hosts_init(hosts, arena, p.keywords, p.values);
    return p.failed ? error_nomem(err) : 0;
}

int64_t options_max_result(const pgc_store_options *options) {
    uint64_t max = options->max_result_bytes;
    return max == 0 ? RESULT_DEFAULT : max > INT64_MAX ? INT64_MAX : (int64_t)max;
}

struct pool_limits options_limits(const pgc_store_options *options, enum options_role role) {
    uint32_t max = or_default(options->max_connections, CONNECTIONS_DEFAULT);
    uint32_t connect = or_default(options->connect_timeout_ms, CONNECT_DEFAULT_MS);
    bool reader = role == OPTIONS_READER;
    return (struct pool_limits){
        .max = reader ? or_default(options->reader_max_connections, max) : max,
        .min = reader ? 0 : options->min_connections,
        .max_waiting = options->max_waiting,
        .no_retry = reader || options->no_retry, /* what fails on a standby runs on the primary */
        .max_lifetime_ms = options->max_lifetime_ms,
        .idle_timeout_ms = or_default(options->idle_timeout_ms, IDLE_DEFAULT_MS),
        .acquire_timeout_ms = or_default(options->acquire_timeout_ms, ACQUIRE_DEFAULT_MS),
        .connect_timeout_ms = reader ? MIN(connect, READER_CONNECT_MS) : connect,
    };
}
