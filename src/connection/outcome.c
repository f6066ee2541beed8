#include "connection/outcome.h"

#include "base/error.h"

void outcome_stopped(struct conn *conn, pgc_retry retry) {
    pgc_error *err = &conn->segment->error;
    char sqlstate[sizeof err->sqlstate];
    memcpy(sqlstate, err->sqlstate, sizeof sqlstate);
    if (conn->stopped == PGC_TIMEOUT) {
        error_set(err, PGC_TIMEOUT, "the time limit of the call was reached");
    } else {
        error_set(err, PGC_CANCELLED, "the operation was cancelled");
    }
    memcpy(err->sqlstate, sqlstate, sizeof sqlstate);
    error_retry(err, retry);
}

/*
 * A commit that waits for a standby can be cancelled; it is done then, but a standby that takes
 * over may not have it. So it has not been acknowledged.
 */
static void tell_unreplicated(struct conn *conn) {
    pgc_error *err = &conn->segment->error;
    segment_clear(conn->segment);
    error_set(err, PGC_TIMEOUT, "the commit was cancelled while it waited for a standby");
    error_hint(err, "It stands on the primary, but may be lost if a standby takes over.");
    if (conn->stopped != PGC_OK) {
        outcome_stopped(conn, PGC_RETRY_UNKNOWN);
    }
}

void outcome_take(struct conn *conn) {
    const pgc_error *err = &conn->segment->error;
    if (err->code == PGC_OK && conn->unreplicated) {
        tell_unreplicated(conn);
    } else if (conn->stopped != PGC_OK && err->code == PGC_TIMEOUT) {
        outcome_stopped(conn, PGC_RETRY_SAFE);
    }
}

bool outcome_is_demotion(const struct conn *conn) {
    return strcmp(conn->segment->error.sqlstate, "25006") == 0;
}

static bool says(const PGresult *notice, int field, const char *text) {
    const char *said = PQresultErrorField(notice, field);
    return said != NULL && strcmp(said, text) == 0;
}

void outcome_on_notice(void *arg, const PGresult *result) {
    struct conn *conn = arg;
    conn->doomed |= says(result, PG_DIAG_SEVERITY_NONLOCALIZED, "FATAL");
    conn->unreplicated |= says(result, PG_DIAG_SOURCE_FUNCTION, "SyncRepWaitForLSN");
}
