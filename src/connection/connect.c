#include "connection/connect.h"

#include "base/clock.h"
#include "base/error.h"
#include "connection/conn_inner.h"
#include "connection/outcome.h"
#include "connection/pgerror.h"
#include "connection/watch.h"

/* what a server may say until it is ready for statements, which is some kilobytes */
#define WELCOME_MAX (256 * 1024)

static void on_connected(struct conn *conn) {
    hosts_note(conn->config->hosts, conn->host, false);
    PQsetErrorVerbosity(conn->pg, PQERRORS_DEFAULT);
    if (!cancel_prepare(&conn->cancel, conn->pg) || PQenterPipelineMode(conn->pg) != 1) {
        pgc_error err;
        error_nomem(&err);
        conn_fail(conn, &err);
        return;
    }
    conn_setup_begin(conn);
}

/*
 * Begins to connect to the next host. False: it failed at once. Nonblocking from the start: else
 * libpq, while it connects, waits for a server that asks and asks but does not listen, and collects
 * what it says without bound.
 */
/*
 * libpq 16 falls over a connection that it had no memory for the hosts of, when it is to free it.
 * One without memory is left alone there: better lost than touched.
 */
static void forget_unmade(struct conn *conn) {
    if (PQlibVersion() / 10000 == 16 && PQstatus(conn->pg) == CONNECTION_BAD &&
        pgerror_is_nomem(PQerrorMessage(conn->pg))) {
        conn->pg = NULL;
    }
}

static bool try_host(struct conn *conn) {
    struct hosts *hosts = conn->config->hosts;
    conn->state = CONN_CONNECTING;
    conn->doomed = false;
    conn->demoted = atomic_load(&hosts->demoted);
    conn->host = hosts_next(hosts, conn->tried);
    conn->tried |= UINT64_C(1) << conn->host;
    conn_limit(conn, conn->connect_by);
    conn_limit(conn, hosts_deadline(hosts, conn->tried, conn->deadline));
    conn->pg = PQconnectStartParams(hosts->keywords, hosts->all[conn->host].values, 0);
    forget_unmade(conn);
    if (conn->pg == NULL || PQstatus(conn->pg) == CONNECTION_BAD ||
        PQsetnonblocking(conn->pg, 1) != 0) {
        return false;
    }
    meter_reset(&conn->meter);
    meter_begin(&conn->meter, PQsocket(conn->pg), 0);
    PQsetErrorVerbosity(conn->pg, PQERRORS_VERBOSE);
    PQsetNoticeReceiver(conn->pg, outcome_on_notice, conn);
    watch_connecting(conn, PGC_WRITE);
    return true;
}

static void note_refusal(struct conn *conn, const pgc_error *err) {
    if (conn->refusal[0] == '\0') {
        snprintf(conn->refusal, sizeof conn->refusal, "%s", err->message);
    }
    conn->may_pass |= err->retry == PGC_RETRY_SAFE;
}

/* No host is left: the last one's error tells of the first one as well. */
static void tell_of_others(const struct conn *conn, pgc_error *err) {
    if (err->code == PGC_CONNECT && err->hint[0] == '\0') {
        error_hint(err, "No host of the list can be used; this is what came of the last one.");
    }
    if (err->code == PGC_CONNECT && conn->may_pass) {
        error_retry(err, PGC_RETRY_SAFE);
    }
    if (err->detail[0] == '\0') {
        error_detail(err, "of the first one: %s", conn->refusal);
    }
}

void connect_next_host(struct conn *conn, pgc_error *err) {
    const struct hosts *hosts = conn->config->hosts;
    bool started = false;
    while (!started && err->code != PGC_AUTH && hosts_next(hosts, conn->tried) < hosts->count) {
        note_refusal(conn, err);
        conn_drop(conn);
        started = try_host(conn);
        if (!started) {
            pgerror_from_connect(err, conn->pg);
        }
    }
    if (started) {
        return;
    }
    if (conn->refusal[0] != '\0') {
        tell_of_others(conn, err);
    }
    conn_fail(conn, err);
}

static void fail_to_connect(struct conn *conn) {
    pgc_error err;
    pgerror_from_connect(&err, conn->pg);
    connect_next_host(conn, &err);
}

void connect_begin(struct conn *conn) {
    conn->tried = 0;
    conn->refusal[0] = '\0';
    conn->may_pass = false;
    conn->connect_by = clock_monotonic_ms() + conn->config->connect_timeout_ms;
    if (!try_host(conn)) {
        fail_to_connect(conn);
    }
}

void connect_on_event(struct conn *conn) {
    watch_end(conn);
    PostgresPollingStatusType status = PQconnectPoll(conn->pg);
    if (meter_read(&conn->meter, PQsocket(conn->pg)) > WELCOME_MAX) {
        pgc_error err;
        error_set(&err, PGC_CONNECT, "the server said more than %d bytes and was not ready",
                  WELCOME_MAX);
        connect_next_host(conn, &err);
    } else if (status == PGRES_POLLING_OK) {
        on_connected(conn);
    } else if (status == PGRES_POLLING_FAILED) {
        fail_to_connect(conn);
    } else {
        watch_connecting(conn, status == PGRES_POLLING_WRITING ? PGC_WRITE : PGC_READ);
    }
}
