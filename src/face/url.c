#include "face/url.h"

#include "base/error.h"
#include "base/mem.h"

#include <ctype.h>

static const char *const schemes[] = {"postgresql://", "postgres://"};

/* What stands behind the scheme of a URI for PostgreSQL; NULL if it is none. */
static const char *after_scheme(const char *url) {
    for (size_t i = 0; i < ARRAY_LENGTH(schemes); i++) {
        if (strncmp(url, schemes[i], strlen(schemes[i])) == 0) {
            return url + strlen(schemes[i]);
        }
    }
    return NULL;
}

/* Does it begin as a URI for something else? */
static bool is_foreign(const char *url) {
    size_t size = strspn(url, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+.-");
    return size > 0 && strncmp(url + size, "://", 3) == 0;
}

/* `host`, `host:port` or `[address]:port`, several with commas: is each port a number, or empty? */
static bool are_hosts(const char *at, const char *end) {
    while (at < end) {
        at += *at == '[' ? strcspn(at, "]") : 0;
        at += strcspn(at, ":,/?");
        if (at < end && *at == ':') {
            do {
                at++;
            } while (at < end && isdigit((unsigned char)*at));
            if (at < end && *at != ',') {
                return false;
            }
        }
        at++;
    }
    return true;
}

/*
 * A raw `@`, `/`, `?` or `:` in user or password shifts everything behind it: more than one `@`,
 * one behind the hosts, or a port that is no number.
 */
static bool is_well_cut(const char *rest) {
    const char *end = rest + strcspn(rest, "/?");
    const char *query = rest + strcspn(rest, "?");
    const char *at = memchr(rest, '@', (size_t)(end - rest));
    const char *hosts = at == NULL ? rest : at + 1;
    return memchr(hosts, '@', (size_t)(query - hosts)) == NULL && are_hosts(hosts, end);
}

static int refuse(const char *field, pgc_error *err, const char *what, const char *hint) {
    int status = error_set(err, PGC_INVALID, "%s: %s", field, what);
    error_hint(err, "%s", hint);
    return status;
}

static int check(const char *url, const char *field, pgc_error *err) {
    const char *rest = after_scheme(url);
    if (rest == NULL && (is_foreign(url) || strchr(url, '=') == NULL)) {
        return refuse(field, err, "is no connection string for PostgreSQL",
                      "Give postgresql://host/database, \"host=... dbname=...\", or local: for a "
                      "private server.");
    }
    if (rest != NULL && !is_well_cut(rest)) {
        return refuse(
            field, err, "has an @, or a port that is no number, where none can be",
            "In a URI, write special characters of user and password with a percent sign: "
            "@ as %40, / as %2F, : as %3A.");
    }
    return 0;
}

/* libpq's own words, or nothing; behind other words they are a part of the URL. */
static bool is_nomem(const char *reason) {
    static const char words[] = "out of memory";
    return reason == NULL || strncmp(reason, words, sizeof words - 1) == 0;
}

static int parse(const char *url, const char *field, PQconninfoOption **options, pgc_error *err) {
    char *reason = NULL;
    *options = PQconninfoParse(url, &reason);
    bool nomem = *options == NULL && is_nomem(reason);
    PQfreemem(reason);
    if (nomem) {
        return error_nomem(err);
    }
    return *options != NULL
               ? 0
               : refuse(field, err, "cannot be read by libpq",
                        "An option may be unknown, or a value with spaces lack its quotes.");
}

int url_parse(pgc_str url, const char *field, PQconninfoOption **options, pgc_error *err) {
    char *copy = mem_copy(url.data, url.size);
    if (copy == NULL) {
        return error_nomem(err);
    }
    int status = check(copy, field, err);
    if (status == 0) {
        status = parse(copy, field, options, err);
    }
    mem_free(copy);
    return status;
}
