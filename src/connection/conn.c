#include "connection/conn.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "connection/conn_inner.h"
#include "connection/connect.h"
#include "connection/idle.h"
#include "connection/outcome.h"
#include "connection/pgerror.h"
#include "connection/send.h"
#include "connection/watch.h"

#include <assert.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * How long a server may take to obey a cancel before the connection is cut: a call that is to end
 * does so within a tenth of a second, whatever the server and the network do.
 */
#define CANCEL_GRACE_MS 80
/* after conflicts: how often a segment is run again, and the longest pause before the first time */
#define REPEATS_MAX 8
#define REPEAT_PAUSE_MS 4
/* reads in a row of what a busy connection gets, before others have their turn */
#define READS_MAX 32
/* so much of an answer, if it comes at once, is not worth asking the kernel how much it was */
#define UNCOUNTED_MAX 8192

static void setup_next(struct conn *conn, const struct segment *last);

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

void conn_drop(struct conn *conn) {
    watch_end(conn);
    watch_end_cancel(conn);
    cancel_end(&conn->cancel, false);
    PQfinish(conn->pg);
    conn->pg = NULL;
    conn->state = CONN_CLOSED;
    conn->deadline = 0;
    conn->resume_at = 0;
    conn->reset = false;
    end_setup(conn);
}

/* Ends what conn_run began. Nothing of the connection may be touched after it. */
static void finish(struct conn *conn) {
    struct segment *segment = conn->segment;
    conn->segment = NULL;
    conn->current = NULL;
    conn->stopped = PGC_OK;
    conn->deadline = 0;
    conn->idle_since = clock_monotonic_ms();
    conn->hooks.done(conn->hooks.payload, conn, segment);
}

void conn_fail(struct conn *conn, const pgc_error *err) {
    error_copy(&conn->segment->error, err);
    if (conn->stopped != PGC_OK) {
        outcome_stopped(conn, conn->state == CONN_BUSY ? PGC_RETRY_UNKNOWN : PGC_RETRY_SAFE);
    }
    conn_drop(conn);
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
    conn_fail(conn, &err);
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
        conn->hooks.phase(conn->segment, answered);
    }
}

static void begin_segment(struct conn *conn, struct segment *segment) {
    conn->current = segment;
    conn->at = 0;
    if (conn->state == CONN_BUSY) {
        segment->sends++;
        tell_phase(conn, false);
    }
    meter_reset(&conn->meter);
    if (!send_segment(conn) || !flush(conn)) {
        lose(conn);
    } else {
        conn->told = strlen(PQerrorMessage(conn->pg));
    }
}

static void begin_own_segment(struct conn *conn) {
    conn->state = CONN_READY;
    if (conn->segment->session && conn->pooled) {
        conn->segment->count = 0;
    }
    if (conn->segment->count == 0) {
        watch_rest(conn);
        finish(conn);
        return;
    }
    conn->state = CONN_BUSY;
    conn->segment->sent = true;
    conn->unreplicated = false;
    begin_segment(conn, conn->segment);
}

/*
 * A serialization failure or a deadlock: nothing is left of the segment, so it can be run again. It
 * waits a while of random length, which gets longer, lest the same ones meet again.
 */
static bool repeat_later(struct conn *conn) {
    struct segment *segment = conn->segment;
    const pgc_error *err = &segment->error;
    bool conflict = err->code == PGC_CONFLICT && strncmp(err->sqlstate, "40", 2) == 0;
    if (!conflict || conn->config->no_retry || conn->stopped != PGC_OK ||
        segment->repeats >= REPEATS_MAX) {
        return false;
    }
    int64_t at = clock_monotonic_ms() +
                 jitter_next(&conn->jitter, (int64_t)REPEAT_PAUSE_MS << segment->repeats);
    if (segment->deadline != 0 && segment->deadline <= at) {
        return false;
    }
    segment_clear(segment);
    segment->sent = false;
    segment->repeats++;
    conn->state = CONN_READY;
    conn->resume_at = at;
    conn_limit(conn, at);
    watch_end(conn);
    return true;
}

static void resume(struct conn *conn) {
    conn->resume_at = 0;
    conn_limit(conn, 0);
    if (idle_is_stale(conn)) {
        pgc_error err;
        pgerror_from_loss(&err, conn->pg);
        error_retry(&err, PGC_RETRY_SAFE);
        conn_fail(conn, &err);
        return;
    }
    begin_own_segment(conn);
}

static void end_own_segment(struct conn *conn) {
    conn->state = CONN_READY;
    watch_rest(conn);
    idle_drop_notifications(conn->pg);
    outcome_take(conn);
    bool demoted = outcome_is_demotion(conn);
    if (demoted) {
        atomic_fetch_add(&conn->config->hosts->demoted, 1);
    }
    if (conn->stopped != PGC_OK) {
        watch_end_cancel(conn);
        cancel_end(&conn->cancel, true);
    }
    if (demoted || conn->stopped != PGC_OK) {
        conn_drop(conn);
    }
    finish(conn);
}

/* The answers are not those to what was sent, or their end is not where it should be. */
static void lose_sync(struct conn *conn) {
    if (conn->current->error.code == PGC_OK) {
        error_set(&conn->current->error, PGC_LOST,
                  "the connection was lost: the server's answer made no sense");
    }
    lose(conn);
}

static void end_segment(struct conn *conn) {
    PGTransactionStatusType status = PQtransactionStatus(conn->pg);
    if (status == PQTRANS_ACTIVE || status == PQTRANS_UNKNOWN) {
        lose_sync(conn);
    } else if (status != PQTRANS_IDLE) {
        error_set(&conn->current->error, PGC_INTERNAL, "a statement left a transaction open");
        lose(conn);
    } else if (send_adapt(conn)) {
        segment_clear(conn->current);
        begin_segment(conn, conn->current);
    } else if (conn->state == CONN_SETUP) {
        setup_next(conn, conn->current);
    } else if (!repeat_later(conn)) {
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
    conn->told = strlen(PQerrorMessage(conn->pg));
    PQclear(result);
}

/* An error that is not the server's: what comes after it may not be what it should. */
static bool is_libpqs_own(const pgc_error *err) {
    return err->code != PGC_OK && err->sqlstate[0] == '\0';
}

/*
 * Without memory for a result libpq says so in a message of the connection, and may then wait for
 * ever for what the server has long sent.
 */
static bool is_stuck(struct conn *conn) {
    size_t before = conn->told;
    conn->told = strlen(PQerrorMessage(conn->pg));
    return conn->told != 0 && conn->told != before;
}

/* What was asked for is more than this process is to take; the server need not go on. */
static void refuse_result(struct conn *conn) {
    pgc_error err;
    error_set(&err, PGC_TOO_LARGE, "the result has more than %lld bytes",
              (long long)conn->config->max_result_bytes);
    error_hint(&err, "Read it in pages with a smaller limit, or raise max_result_bytes.");
    (void)!cancel_begin(&conn->cancel, conn->pg);
    conn_fail(conn, &err);
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
            if (is_libpqs_own(&conn->current->error)) {
                lose(conn);
                return false;
            }
        }
    }
    if (PQstatus(conn->pg) == CONNECTION_BAD || (nothing < 2 && is_stuck(conn))) {
        lose(conn);
        return false;
    }
    if (nothing == 2) {
        lose_sync(conn);
        return false;
    }
    return true;
}

/* Is it time to see to the deadline? What a server sends may keep libpq busy for long. */
static bool is_due(const struct conn *conn) {
    return conn->deadline != 0 && conn->deadline <= clock_monotonic_ms();
}

/*
 * Reads as long as there is something: libpq takes few bytes at a time, and each turn of an event
 * loop costs. At the end of the stream libpq closes the socket, which an event loop must hear
 * first. False if the connection has gone on to something else.
 */
static bool read_on(struct conn *conn) {
    for (int i = 0; i < READS_MAX; i++) {
        int there = meter_look(conn->fd);
        if (i > 0 && (there < 0 || is_due(conn))) {
            return true;
        }
        if (there > 0 && conn->state == CONN_BUSY && !conn->answered) {
            tell_phase(conn, true);
        }
        if (there == 0 && conn->hooks.announced) {
            watch_end(conn);
        }
        if (there > UNCOUNTED_MAX) {
            meter_begin(&conn->meter, conn->fd, there);
        }
        bool readable = PQconsumeInput(conn->pg) == 1;
        if (meter_read(&conn->meter, PQsocket(conn->pg)) > conn->config->max_result_bytes) {
            refuse_result(conn);
            return false;
        }
        if (!collect(conn)) {
            return false;
        }
        if (!readable) {
            lose(conn);
            return false;
        }
        meter_begin(&conn->meter, conn->fd, 0); /* it is no small answer that came at once */
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
        conn_fail(conn, &err);
    } else {
        conn_limit(conn, 0);
        conn->reset = false;
        end_setup(conn);
        if (conn->hooks.ready != NULL) {
            conn->hooks.ready(conn->hooks.payload, conn);
        }
        begin_own_segment(conn);
    }
}

void conn_setup_begin(struct conn *conn) {
    conn->state = CONN_SETUP;
    memset(conn->prepared, 0, sizeof conn->prepared);
    conn->pooled = atomic_load(conn->config->pooled);
    conn->isolate = false;
    conn_limit(conn, clock_monotonic_ms() + conn->config->connect_timeout_ms);
    setup_next(conn, NULL);
}

/* ---- The face -------------------------------------------------------------------------------- */

struct conn *conn_new(const struct conn_config *config) {
    struct conn *conn = mem_zalloc(sizeof *conn);
    if (conn == NULL) {
        return NULL;
    }
    conn->config = config;
    conn->fd = -1;
    conn->cancel_fd = -1;
    conn->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (conn->wake == -1) {
        mem_free(conn);
        return NULL;
    }
    jitter_init(&conn->jitter, conn);
    return conn;
}

void conn_free(struct conn *conn) {
    if (conn != NULL) {
        conn_drop(conn);
        close(conn->wake);
        mem_free(conn);
    }
}

void conn_close(struct conn *conn) {
    assert(conn->segment == NULL);
    if (conn->pg != NULL && PQtransactionStatus(conn->pg) == PQTRANS_ACTIVE) {
        /* or the server would go on, and keep its locks */
        (void)!cancel_begin(&conn->cancel, conn->pg);
    }
    conn_drop(conn);
}

void conn_run(struct conn *conn, struct segment *segment, struct conn_hooks hooks) {
    assert(conn->segment == NULL && (conn->state == CONN_CLOSED || conn->state == CONN_READY));
    conn->hooks = hooks;
    conn->segment = segment;
    segment->sent = false;
    conn_limit(conn, 0);
    if (conn->state == CONN_CLOSED) {
        connect_begin(conn);
    } else if (conn->reset) {
        conn_setup_begin(conn);
    } else {
        begin_own_segment(conn);
    }
}

static void on_idle_event(struct conn *conn) {
    if (idle_is_stale(conn)) {
        conn_drop(conn);
    } else {
        watch_rest(conn);
    }
}

/* One poll may replace the socket, as while connecting. */
static void on_cancel_event(struct conn *conn) {
    watch_end_cancel(conn);
    cancel_on_event(&conn->cancel);
    if (conn->cancel.asking != NULL) {
        watch_cancel(conn);
    }
}

static void on_own_event(struct conn *conn, int events) {
    switch (conn->state) {
    case CONN_CONNECTING:
        connect_on_event(conn);
        break;
    case CONN_SETUP:
    case CONN_BUSY:
        on_segment_event(conn, events);
        break;
    case CONN_READY:
        if (conn->segment == NULL) { /* else it waits to be run again, unwatched */
            on_idle_event(conn);
        }
        break;
    case CONN_CLOSED:
        break;
    }
}

bool conn_on_event(struct conn *conn, int fd, int events) {
    if (fd == conn->fd) {
        on_own_event(conn, events);
    } else if (fd == conn->cancel_fd) {
        on_cancel_event(conn);
    } else {
        return false;
    }
    return true;
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
    if (conn->resume_at != 0) {
        conn->resume_at = 0;
        outcome_stopped(conn, PGC_RETRY_SAFE);
        finish(conn);
    } else if (conn->state == CONN_BUSY && cancel_begin(&conn->cancel, conn->pg)) {
        if (conn->cancel.asking != NULL) {
            watch_cancel(conn);
        }
        conn->deadline = clock_monotonic_ms() + CANCEL_GRACE_MS;
    } else if (conn->segment != NULL) {
        conn_fail(conn, &err);
    }
}

void conn_on_deadline(struct conn *conn) {
    int64_t call = conn->segment->deadline;
    pgc_error err;
    if (conn->stopped != PGC_OK) {
        error_clear(&err);
        conn_fail(conn, &err);
    } else if (call != 0 && conn->deadline == call) {
        stop(conn, PGC_TIMEOUT);
    } else if (conn->resume_at != 0) {
        resume(conn);
    } else {
        error_set(&err, PGC_CONNECT, "no connection within %lld ms",
                  (long long)conn->config->connect_timeout_ms);
        hosts_note(conn->config->hosts, conn->host, true);
        if (conn->state == CONN_CONNECTING) {
            connect_next_host(conn, &err);
        } else {
            conn_fail(conn, &err);
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
    meter_end(PQsocket(conn->pg));
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
