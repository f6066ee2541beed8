#include "connection/pgerror.h"

#include "base/error.h"
#include "base/sqlstate.h"

#include <ctype.h>

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

static void set_lost(pgc_error *err, const char *message) {
    error_set(err, PGC_LOST, "the connection was lost: %.*s", first_line(message), message);
    error_hint(err, "The call may or may not have been carried out; with ids of your own it is "
                    "safe to repeat.");
}

static void set_sqlstate(pgc_error *err, const char *sqlstate) {
    snprintf(err->sqlstate, sizeof err->sqlstate, "%s", sqlstate);
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
    error_set(err, code, "%s", primary[0] == '\0' ? pgc_code_text((int)code) : primary);
    error_retry(err, retry);
    set_sqlstate(err, sqlstate);
    if (!detail_may_quote(sqlstate)) {
        error_detail(err, "%s", field(result, PG_DIAG_MESSAGE_DETAIL));
    }
    error_hint(err, "%s", field(result, PG_DIAG_MESSAGE_HINT));
    if (code == PGC_DENIED && err->hint[0] == '\0') {
        error_hint(err, "Using a store needs USAGE on its schema, and SELECT, INSERT, UPDATE and "
                        "DELETE on its tables.");
    }
    if (strcmp(sqlstate, "26000") == 0 || strcmp(sqlstate, "42P05") == 0) {
        error_hint(err, "A pooler that keeps no prepared statements seems to stand before the "
                        "server; open the store with PGC_STATEMENTS_AUTO or _UNNAMED.");
    }
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

void pgerror_from_connect(pgc_error *err, const PGconn *pg) {
    const char *message = pg == NULL ? "out of memory" : PQerrorMessage(pg);
    const char *found = find_sqlstate(message);
    if (pg != NULL && PQconnectionNeedsPassword(pg)) {
        error_set(err, PGC_AUTH, "the server asks for a password, and none was given");
        return;
    }
    if (found == NULL) {
        error_set(err, PGC_CONNECT, "%.*s", first_line(message), message);
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
