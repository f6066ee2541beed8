#include "connection/conn.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "connection/cancel.h"
#include "connection/outcome.h"
#include "connection/pgerror.h"
#include "connection/send.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * How long a server may take to obey a cancel before the connection is cut: a call that is to end
 * does so within a tenth of a second, whatever the server and the network do.
 */
#define CANCEL_GRACE_MS 80
/* reads in a row to empty an idle connection of what the server said unasked */
#define STALE_READS_MAX 16
/* reads in a row of what a busy connection gets, before others have their turn */
#define READS_MAX 32

static void setup_next(struct conn *conn, const struct segment *last);

static void watch(struct conn *conn, int fd, int events) {
    conn->fd = events == 0 ? -1 : fd;
    conn->events = events;
    conn->hooks.watch(conn->hooks.payload, conn, fd, events);
}

static void unwatch(struct conn *conn) {
    if (conn->fd != -1) {
        watch(conn, conn->fd, 0);
    }
}

/* Watches the one socket of an established connection; only changes need telling. */
static void watch_for(struct conn *conn, int events) {
    int fd = PQsocket(conn->pg);
    if (fd != conn->fd || events != conn->events) {
        watch(conn, fd, events);
    }
}

void segment_clear(struct segment *segment) {
    for (size_t i = 0; i < segment->done; i++) {
        PQclear(segment->results[i]);
        segment->results[i] = NULL;
    }
    segment->done = 0;
    error_clear(&segment->error);
}

static void end_setup(struct conn *conn) {
    segment_clear(&conn->setup.segment);
    arena_free(&conn->setup.arena);
}

static void drop(struct conn *conn) {
    unwatch(conn);
    PQfreeCancel(conn->cancel);
    conn->cancel = NULL;
    PQfinish(conn->pg);
    conn->pg = NULL;
    conn->state = CONN_CLOSED;
    conn->deadline = 0;
    conn->reset = false;
    end_setup(conn);
}

/* Ends what conn_run began. Nothing of the connection may be touched after it. */
static void finish(struct conn *conn) {
    conn->segment = NULL;
    conn->current = NULL;
    conn->stopped = PGC_OK;
    conn->deadline = 0;
    conn->idle_since = clock_monotonic_ms();
    conn->hooks.done(conn->hooks.payload, conn);
}

/* Ends it with an error and the connection with it. */
static void fail(struct conn *conn, const pgc_error *err) {
    error_copy(&conn->segment->error, err);
    if (conn->stopped != PGC_OK) {
        outcome_stopped(conn, conn->state == CONN_BUSY ? PGC_RETRY_UNKNOWN : PGC_RETRY_SAFE);
    }
    drop(conn);
    finish(conn);
}

static void lose(struct conn *conn) {
    pgc_error err = conn->current->error;
    if (err.code == PGC_OK) {
        pgerror_from_loss(&err, conn->pg);
    }
    if (conn->state != CONN_BUSY) {
        error_retry(&err, PGC_RETRY_SAFE);
    }
    fail(conn, &err);
}

/* ---- Running a segment ----------------------------------------------------------------------- */

/*
 * While a long segment is being sent, what the server answers must be read, or both sides would
 * block.
 */
static bool flush(struct conn *conn) {
    int left = PQflush(conn->pg);
    if (left >= 0) {
        watch_for(conn, left > 0 ? PGC_READ | PGC_WRITE : PGC_READ);
    }
    return left >= 0;
}

static void tell_phase(struct conn *conn, bool answered) {
    conn->answered = answered;
    if (conn->hooks.phase != NULL) {
        conn->hooks.phase(conn->hooks.payload, conn, answered);
    }
}

static void begin_segment(struct conn *conn, struct segment *segment) {
    conn->current = segment;
    conn->at = 0;
    if (conn->state == CONN_BUSY) {
        segment->sends++;
        tell_phase(conn, false);
    }
    if (!send_segment(conn) || !flush(conn)) {
        lose(conn);
    }
}

static void begin_own_segment(struct conn *conn) {
    conn->state = CONN_READY;
    if (conn->segment->session && conn->pooled) {
        conn->segment->count = 0;
    }
    if (conn->segment->count == 0) {
        unwatch(conn);
        finish(conn);
        return;
    }
    conn->state = CONN_BUSY;
    conn->unreplicated = false;
    begin_segment(conn, conn->segment);
}

static void end_own_segment(struct conn *conn) {
    conn->state = CONN_READY;
    unwatch(conn);
    outcome_take(conn);
    if (outcome_is_demotion(conn)) {
        atomic_fetch_add(&conn->config->hosts->demoted, 1);
        drop(conn);
    } else if (conn->stopped != PGC_OK) {
        drop(conn);
    }
    finish(conn);
}

static void end_segment(struct conn *conn) {
    if (PQtransactionStatus(conn->pg) != PQTRANS_IDLE) {
        error_set(&conn->current->error, PGC_INTERNAL, "a statement left a transaction open");
        lose(conn);
    } else if (send_adapt(conn)) {
        segment_clear(conn->current);
        begin_segment(conn, conn->current);
    } else if (conn->state == CONN_SETUP) {
        setup_next(conn, conn->current);
    } else {
        end_own_segment(conn);
    }
}

/* The results of a message are complete. */
static void next_message(struct conn *conn) {
    if (conn->leading > 0) {
        conn->leading--;
    } else if (conn->parsing) {
        conn->parsing = false;
    } else {
        conn->at++;
        conn->parsing = conn->at < conn->current->count && (conn->parses >> conn->at & 1) != 0;
    }
}

static void take_result(struct conn *conn, PGresult *result) {
    struct segment *segment = conn->current;
    ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) {
        if (conn->leading > 0) {
            PQclear(result);
            return;
        }
        if (conn->parsing) {
            enum stmt_id id = segment->statements[conn->at].id;
            conn->prepared[id / 64] |= UINT64_C(1) << (id % 64);
        } else if (segment->done < segment->count) {
            segment->results[segment->done++] = result;
            return;
        }
    } else if (status != PGRES_PIPELINE_ABORTED && segment->error.code == PGC_OK) {
        pgerror_from_result(&segment->error, result);
    }
    PQclear(result);
}

/*
 * Takes the results that are there. True if more are to come; false if the connection has gone on
 * to something else.
 */
static bool collect(struct conn *conn) {
    int nothing = 0;
    while (nothing < 2 && !PQisBusy(conn->pg)) {
        PGresult *result = PQgetResult(conn->pg);
        if (result == NULL) {
            if (nothing++ == 0) {
                next_message(conn);
            }
        } else if (PQresultStatus(result) == PGRES_PIPELINE_SYNC) {
            PQclear(result);
            end_segment(conn);
            return false;
        } else {
            nothing = 0;
            take_result(conn, result);
        }
    }
    if (PQstatus(conn->pg) == CONNECTION_BAD) {
        lose(conn);
        return false;
    }
    return true;
}

/* What is there to be read: > 0: something; 0: the end; < 0: nothing as yet, or an error. */
static ssize_t look(const struct conn *conn) {
    char byte;
    ssize_t size = recv(conn->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return size < 0 && errno != EAGAIN && errno != EINTR ? 0 : size;
}

/*
 * Reads as long as there is something: libpq takes few bytes at a time, and each turn of an event
 * loop costs. At the end of the stream libpq closes the socket, which an event loop must hear
 * first. False if the connection has gone on to something else.
 */
static bool read_on(struct conn *conn) {
    for (int i = 0; i < READS_MAX; i++) {
        ssize_t there = look(conn);
        if (i > 0 && there < 0) {
            return true;
        }
        if (there > 0 && conn->state == CONN_BUSY && !conn->answered) {
            tell_phase(conn, true);
        }
        if (there == 0 && conn->hooks.announced) {
            unwatch(conn);
        }
        bool readable = PQconsumeInput(conn->pg) == 1;
        if (!collect(conn)) {
            return false;
        }
        if (!readable) {
            lose(conn);
            return false;
        }
    }
    return true;
}

static void on_segment_event(struct conn *conn, int events) {
    bool goes_on = (events & PGC_READ) != 0 ? read_on(conn) : collect(conn);
    if (goes_on && !flush(conn)) {
        lose(conn);
    }
}

/* ---- Setting a session up -------------------------------------------------------------------- */

static void setup_next(struct conn *conn, const struct segment *last) {
    pgc_error err;
    error_clear(&err);
    struct segment *next = conn->config->setup(conn->config->owner, conn, last, &err);
    if (next != NULL) {
        begin_segment(conn, next);
    } else if (err.code != PGC_OK) {
        fail(conn, &err);
    } else {
        conn_limit(conn, 0);
        conn->reset = false;
        end_setup(conn);
        begin_own_segment(conn);
    }
}

static void setup_begin(struct conn *conn) {
    conn->state = CONN_SETUP;
    memset(conn->prepared, 0, sizeof conn->prepared);
    conn->pooled = atomic_load(conn->config->pooled);
    conn->isolate = false;
    conn_limit(conn, clock_monotonic_ms() + conn->config->connect_timeout_ms);
    setup_next(conn, NULL);
}

/* ---- Connecting ------------------------------------------------------------------------------ */

static void on_connected(struct conn *conn) {
    hosts_note(conn->config->hosts, conn->host, false);
    PQsetErrorVerbosity(conn->pg, PQERRORS_DEFAULT);
    conn->cancel = PQgetCancel(conn->pg);
    if (conn->cancel == NULL || PQsetnonblocking(conn->pg, 1) != 0 ||
        PQenterPipelineMode(conn->pg) != 1) {
        pgc_error err;
        error_nomem(&err);
        fail(conn, &err);
        return;
    }
    setup_begin(conn);
}

/* Begins to connect to the next host. False: it failed at once. */
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
    if (conn->pg == NULL || PQstatus(conn->pg) == CONNECTION_BAD) {
        return false;
    }
    PQsetErrorVerbosity(conn->pg, PQERRORS_VERBOSE);
    PQsetNoticeReceiver(conn->pg, outcome_on_notice, conn);
    watch(conn, PQsocket(conn->pg), PGC_WRITE);
    return true;
}

/*
 * One host could not be used. Who is refused by name or password would be so by all, says libpq,
 * which does not go on then; nor does this.
 */
static void try_next_host(struct conn *conn, pgc_error *err) {
    const struct hosts *hosts = conn->config->hosts;
    bool started = false;
    while (!started && err->code != PGC_AUTH && hosts_next(hosts, conn->tried) < hosts->count) {
        drop(conn);
        started = try_host(conn);
        if (!started) {
            pgerror_from_connect(err, conn->pg);
        }
    }
    if (started) {
        return;
    }
    if (hosts->count > 1 && err->code == PGC_CONNECT && err->hint[0] == '\0') {
        error_hint(err, "No host of the list can be used; this is what came of the last one.");
    }
    fail(conn, err);
}

static void fail_to_connect(struct conn *conn) {
    pgc_error err;
    pgerror_from_connect(&err, conn->pg);
    try_next_host(conn, &err);
}

static void connect_begin(struct conn *conn) {
    conn->tried = 0;
    conn->connect_by = clock_monotonic_ms() + conn->config->connect_timeout_ms;
    if (!try_host(conn)) {
        fail_to_connect(conn);
    }
}

/*
 * One poll may replace the socket by another one under the same number, so the watch ends before
 * each and begins anew.
 */
static void on_connect_event(struct conn *conn) {
    unwatch(conn);
    PostgresPollingStatusType status = PQconnectPoll(conn->pg);
    if (status == PGRES_POLLING_OK) {
        on_connected(conn);
    } else if (status == PGRES_POLLING_FAILED) {
        fail_to_connect(conn);
    } else {
        watch(conn, PQsocket(conn->pg), status == PGRES_POLLING_WRITING ? PGC_WRITE : PGC_READ);
    }
}

/* ---- The face -------------------------------------------------------------------------------- */

struct conn *conn_new(const struct conn_config *config) {
    struct conn *conn = mem_zalloc(sizeof *conn);
    if (conn == NULL) {
        return NULL;
    }
    conn->config = config;
    conn->fd = -1;
    conn->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (conn->wake == -1) {
        mem_free(conn);
        return NULL;
    }
    return conn;
}

void conn_free(struct conn *conn) {
    if (conn != NULL) {
        drop(conn);
        close(conn->wake);
        mem_free(conn);
    }
}

/* Asks the server to stop; false if it will not hear of it. */
static bool ask_to_cancel(struct conn *conn) {
    PGcancel *cancel = conn->cancel;
    conn->cancel = NULL;
    return cancel != NULL && cancel_begin(cancel);
}

void conn_close(struct conn *conn) {
    assert(conn->segment == NULL);
    if (conn->pg != NULL && PQtransactionStatus(conn->pg) == PQTRANS_ACTIVE) {
        ask_to_cancel(conn); /* or the server would go on, and keep its locks */
    }
    drop(conn);
}

/*
 * Has the server hung up on an idle connection? Costs no round trip: what it said is in the socket
 * already.
 */
static bool is_stale(struct conn *conn) {
    struct pollfd pollfd = {.fd = PQsocket(conn->pg), .events = POLLIN};
    for (int i = 0; i < STALE_READS_MAX; i++) {
        if (poll(&pollfd, 1, 0) <= 0) {
            return false;
        }
        if (PQconsumeInput(conn->pg) != 1 || PQstatus(conn->pg) == CONNECTION_BAD) {
            return true;
        }
        PQfreemem(PQnotifies(conn->pg)); /* reads what came, whatever it is */
        if (conn->doomed) {
            return true;
        }
    }
    return true;
}

void conn_run(struct conn *conn, struct segment *segment, struct conn_hooks hooks) {
    assert(conn->segment == NULL && (conn->state == CONN_CLOSED || conn->state == CONN_READY));
    conn->hooks = hooks;
    conn->segment = segment;
    conn_limit(conn, 0);
    bool demoted = conn->demoted != atomic_load(&conn->config->hosts->demoted);
    if (conn->state == CONN_READY && (demoted || is_stale(conn))) {
        drop(conn);
    }
    if (conn->state == CONN_CLOSED) {
        connect_begin(conn);
    } else if (conn->reset) {
        setup_begin(conn);
    } else {
        begin_own_segment(conn);
    }
}

void conn_on_event(struct conn *conn, int events) {
    switch (conn->state) {
    case CONN_CONNECTING:
        on_connect_event(conn);
        break;
    case CONN_SETUP:
    case CONN_BUSY:
        on_segment_event(conn, events);
        break;
    case CONN_CLOSED:
    case CONN_READY:
        break;
    }
}

void conn_limit(struct conn *conn, int64_t deadline) {
    int64_t call = conn->segment->deadline;
    conn->deadline = deadline == 0 || (call != 0 && call < deadline) ? call : deadline;
}

void conn_limit_call(struct conn *conn, int64_t deadline) {
    bool ours = conn->deadline == 0 || conn->deadline == conn->segment->deadline;
    conn->segment->deadline = deadline;
    if (conn->stopped == PGC_OK) {
        conn_limit(conn, ours ? 0 : conn->deadline);
    }
}

/* What runs is to end: by the server's word if it comes soon, else by the end of the connection. */
static void stop(struct conn *conn, pgc_code reason) {
    pgc_error err;
    error_clear(&err);
    conn->stopped = reason;
    if (conn->state == CONN_BUSY && ask_to_cancel(conn)) {
        conn->deadline = clock_monotonic_ms() + CANCEL_GRACE_MS;
    } else if (conn->segment != NULL) {
        fail(conn, &err);
    }
}

void conn_on_deadline(struct conn *conn) {
    int64_t call = conn->segment->deadline;
    pgc_error err;
    if (conn->stopped != PGC_OK) {
        error_clear(&err);
        fail(conn, &err);
    } else if (call != 0 && conn->deadline == call) {
        stop(conn, PGC_TIMEOUT);
    } else {
        error_set(&err, PGC_CONNECT, "no connection within %lld ms",
                  (long long)conn->config->connect_timeout_ms);
        hosts_note(conn->config->hosts, conn->host, true);
        if (conn->state == CONN_CONNECTING) {
            try_next_host(conn, &err);
        } else {
            fail(conn, &err);
        }
    }
}

void conn_cancel(struct conn *conn) {
    if (conn->stopped == PGC_OK) {
        stop(conn, PGC_CANCELLED);
    }
}

void conn_wake(struct conn *conn) {
    /* It can fail only when the counter is full, and then it is readable anyway. */
    (void)!write(conn->wake, &(uint64_t){1}, sizeof(uint64_t));
}

void conn_woken(struct conn *conn) {
    uint64_t count;
    (void)!read(conn->wake, &count, sizeof count);
}

PGconn *conn_lend(struct conn *conn) {
    conn->reset = true;
    if (conn->state != CONN_READY || PQexitPipelineMode(conn->pg) != 1 ||
        PQsetnonblocking(conn->pg, 0) != 0) {
        return NULL;
    }
    return conn->pg;
}

bool conn_take_back(struct conn *conn) {
    conn->idle_since = clock_monotonic_ms();
    PQsetNoticeReceiver(conn->pg, outcome_on_notice, conn);
    return !conn->pooled && PQstatus(conn->pg) == CONNECTION_OK &&
           PQpipelineStatus(conn->pg) == PQ_PIPELINE_OFF &&
           PQtransactionStatus(conn->pg) == PQTRANS_IDLE && PQsetnonblocking(conn->pg, 1) == 0 &&
           PQenterPipelineMode(conn->pg) == 1;
}
