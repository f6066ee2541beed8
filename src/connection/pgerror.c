#include "connection/pgerror.h"

#include "base/error.h"
#include "base/sqlstate.h"

#include <ctype.h>

#define NO_NAMES_HINT                                                                        \
    "A pooler that keeps no prepared statements seems to stand before the server; open the " \
    "store with PGC_STATEMENTS_AUTO or _UNNAMED."

/* Details of these quote the refused row or value, which may be what somebody said. */
static bool detail_may_quote(const char *sqlstate) {
    return strncmp(sqlstate, "22", 2) == 0 || strcmp(sqlstate, "23502") == 0 ||
           strcmp(sqlstate, "23514") == 0;
}

static const char *field(const PGresult *result, int code) {
    const char *text = PQresultErrorField(result, code);
    return text == NULL ? "" : text;
}

/* The first line of a message, without its verbose parts. */
static int first_line(const char *message) {
    return (int)strcspn(message, "\n");
}

/* What libpq quotes stands behind other words. */
bool pgerror_is_nomem(const char *message) {
    const char *at = message == NULL ? NULL : strstr(message, "out of memory");
    return message == NULL || (at != NULL && (at == message || at[-1] == '\n' ||
                                              (at - message >= 2 && memcmp(at - 2, ": ", 2) == 0)));
}

static void set_lost(pgc_error *err, const char *message) {
    if (pgerror_is_nomem(message)) {
        error_nomem(err);
        error_retry(err, PGC_RETRY_UNKNOWN);
        return;
    }
    error_set(err, PGC_LOST, "the connection was lost: %.*s", first_line(message), message);
    error_hint(err, "The call may or may not have been carried out; with ids of your own it is "
                    "safe to repeat.");
}

static void set_sqlstate(pgc_error *err, const char *sqlstate) {
    snprintf(err->sqlstate, sizeof err->sqlstate, "%s", sqlstate);
}

/* What to do about it, where the server says nothing about that. */
static void add_hint(pgc_error *err, const char *sqlstate) {
    static const struct {
        char sqlstate[6];
        const char *hint;
    } hints[] = {
        {"42501",
         "The role lacks a privilege; `pgconvo schema --grants` (pgc_schema_grants) prints "
         "what a reader, a writer and an owner need."},
        {"25006", "Only reads are allowed here: it is a standby, or "
                  "default_transaction_read_only is set."},
        {"26000", NO_NAMES_HINT},
        {"42P05", NO_NAMES_HINT},
    };
    for (size_t i = 0; err->hint[0] == '\0' && i < ARRAY_LENGTH(hints); i++) {
        if (strcmp(hints[i].sqlstate, sqlstate) == 0) {
            error_hint(err, "%s", hints[i].hint);
        }
    }
}

/* The server gave itself up, perhaps with the commit on its disk, whatever it was that it met. */
static bool is_panic(const PGresult *result) {
    return strcmp(field(result, PG_DIAG_SEVERITY_NONLOCALIZED), "PANIC") == 0;
}

void pgerror_from_result(pgc_error *err, const PGresult *result) {
    const char *sqlstate = field(result, PG_DIAG_SQLSTATE);
    pgc_code code;
    pgc_retry retry;
    sqlstate_classify(sqlstate, &code, &retry);
    const char *primary = field(result, PG_DIAG_MESSAGE_PRIMARY);
    if (sqlstate[0] == '\0') { /* libpq's own words: what came was cut short or made no sense */
        set_lost(err, PQresultErrorMessage(result));
        return;
    }
    if (is_panic(result)) {
        code = PGC_LOST;
        retry = PGC_RETRY_UNKNOWN;
    }
    error_set(err, code, "%s", primary[0] == '\0' ? pgc_code_text((int)code) : primary);
    error_retry(err, retry);
    set_sqlstate(err, sqlstate);
    if (!detail_may_quote(sqlstate)) {
        error_detail(err, "%s", field(result, PG_DIAG_MESSAGE_DETAIL));
    }
    error_hint(err, "%s", field(result, PG_DIAG_MESSAGE_HINT));
    add_hint(err, sqlstate);
    snprintf(err->constraint, sizeof err->constraint, "%s", field(result, PG_DIAG_CONSTRAINT_NAME));
}

/*
 * The first SQLSTATE in a verbose message, which has it between two spaces and a colon ("FATAL:
 * 28P01: ...").
 */
static const char *find_sqlstate(const char *message) {
    for (const char *at = message; (at = strstr(at, ":  ")) != NULL; at += 3) {
        size_t n = 0;
        while (n < 5 && (isdigit((unsigned char)at[3 + n]) || isupper((unsigned char)at[3 + n]))) {
            n++;
        }
        if (n == 5 && at[8] == ':') {
            return at + 3;
        }
    }
    return NULL;
}

/*
 * What libpq refuses by itself, which it says in words only. They are known in English; in other
 * languages of libpq's an error has the general code and no hint.
 */
static const struct refusal {
    const char *words;
    pgc_code code;
    const char *hint;
} refusals[] = {
    {"certificate verify failed", PGC_CONNECT,
     "The server's certificate is out of date, or no authority in sslrootcert vouches for it."},
    {"does not match host name", PGC_CONNECT,
     "Connect by a name that the server's certificate is for; hostaddr can say where it is."},
    {"root certificate file", PGC_CONNECT,
     "To verify the server, name the file with the certificate of its authority in sslrootcert."},
    {"does not support SSL", PGC_CONNECT,
     "Switch TLS on in the server (ssl = on), or use an sslmode that does without."},
    {"channel binding", PGC_AUTH,
     "channel_binding=require needs TLS, and a password that the server keeps as SCRAM-SHA-256."},
    {"alert", PGC_CONNECT,
     "The server refuses TLS, perhaps for the client's certificate (sslcert)."},
    {"private key", PGC_CONNECT,
     "sslkey names the key of the certificate in sslcert, which only its owner may read (mode "
     "0600)."},
    {"service file", PGC_CONNECT, ""},
    {"definition of service", PGC_CONNECT,
     "Services are looked for in the file of PGSERVICEFILE or ~/.pg_service.conf."},
};

/* Where libpq tells of another attempt, at another host or without TLS; the last one, or NULL. */
static const char *last_attempt(const char *message) {
    static const char start[] = "\nconnection to server";
    const char *last = NULL;
    for (const char *at = message; (at = strstr(at, start)) != NULL; at++) {
        last = at + 1;
    }
    return last;
}

/* If there were several attempts, the first one of them may end otherwise next time. */
static void set_refused(pgc_error *err, const char *message) {
    const char *last = last_attempt(message);
    if (message[0] == '\0') {
        message = pgc_code_text(PGC_CONNECT);
    }
    error_set(err, PGC_CONNECT, "%.*s", first_line(message), message);
    if (last != NULL) {
        error_detail(err, "%.*s", first_line(last), last);
    }
    for (size_t i = 0; i < ARRAY_LENGTH(refusals); i++) {
        if (strstr(err->message, refusals[i].words) != NULL) {
            err->code = refusals[i].code;
            error_retry(err, last == NULL ? PGC_RETRY_NO : PGC_RETRY_SAFE);
            error_hint(err, "%s", refusals[i].hint);
            return;
        }
    }
}

static void set_password_missing(pgc_error *err) {
    error_set(err, PGC_AUTH, "the server asks for a password, and none was given");
    error_hint(err, "Give it as an option, by PGPASSWORD, or in a passfile (~/.pgpass, PGPASSFILE) "
                    "that has a line for this host, port, database and user, and mode 0600.");
}

/*
 * What libpq says beside the server's message: where a password came from that was refused, or why
 * an attempt before this one failed.
 */
static void add_circumstances(pgc_error *err, const char *message, const char *found) {
    const char *source = strstr(message, "password retrieved from file");
    const char *more = source != NULL                          ? source
                       : found - message > first_line(message) ? message
                                                               : "";
    error_detail(err, "%.*s", first_line(more), more);
}

void pgerror_from_connect(pgc_error *err, const PGconn *pg) {
    const char *message = pg == NULL ? "out of memory" : PQerrorMessage(pg);
    const char *found = find_sqlstate(message);
    if (pg != NULL && PQconnectionNeedsPassword(pg)) {
        set_password_missing(err);
        return;
    }
    if (found == NULL && pgerror_is_nomem(message)) {
        error_nomem(err);
        return;
    }
    if (found == NULL) {
        set_refused(err, message);
        return;
    }
    char sqlstate[6] = "";
    memcpy(sqlstate, found, 5);
    pgc_code code;
    pgc_retry retry;
    sqlstate_classify(sqlstate, &code, &retry);
    if (code == PGC_SERVER || code == PGC_LOST || code == PGC_SCHEMA) {
        code = PGC_CONNECT;
    }
    error_set(err, code, "%.*s", first_line(found + 7), found + 7);
    error_retry(err, retry == PGC_RETRY_UNKNOWN ? PGC_RETRY_SAFE : retry);
    set_sqlstate(err, sqlstate);
    add_circumstances(err, message, found);
    if (strstr(err->message, "unsupported startup parameter") != NULL) { /* PgBouncer's words */
        error_retry(err, PGC_RETRY_NO);
        error_hint(err,
                   "A pooler takes no such option at the start; leave it out of the connection "
                   "string and PGOPTIONS, or let the pooler ignore it.");
    }
}

void pgerror_from_loss(pgc_error *err, const PGconn *pg) {
    set_lost(err, PQerrorMessage(pg));
}
