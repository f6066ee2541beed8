/*
 * libpq's functions, as far as the library calls them, in place of the real ones: a connection that
 * answers each statement with no rows, but for one call of one function, which gives something else
 * as a script says. What is handed out is counted.
 */
#ifndef FAKE_LIBPQ_H
#define FAKE_LIBPQ_H

#include "tap.h"

#include <libpq-fe.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct fake_script {
    const char *function; /* NULL: all goes well */
    int at;               /* which call of it, from 0 on */
    bool for_ever;        /* and all calls after that one */
    long value;
};

static struct fake_script fake_script;
static struct {
    const char *function;
    int calls;
} fake_calls[64];
static long fake_live; /* connections, results, cancels, texts that were not given back */

static int *fake_count(const char *function) {
    size_t i = 0;
    while (fake_calls[i].function != NULL && strcmp(fake_calls[i].function, function) != 0)
        i++;
    fake_calls[i].function = function;
    return &fake_calls[i].calls;
}

/* What the call gives: `normal`, or what the script says. */
static long fake_value(const char *function, long normal) {
    int call = (*fake_count(function))++;
    if (fake_script.function == NULL || strcmp(fake_script.function, function) != 0) return normal;
    bool now = call == fake_script.at || (fake_script.for_ever && call > fake_script.at);
    return now ? fake_script.value : normal;
}

#define SCRIPTED(normal) fake_value(__func__, (long)(normal))

/* ---- Results ---- */

struct pg_result {
    ExecStatusType status;
};

static PGresult *fake_result(ExecStatusType status) {
    PGresult *result = calloc(1, sizeof *result);
    result->status = status;
    fake_live++;
    return result;
}

void PQclear(PGresult *result) {
    fake_live -= result != NULL;
    free(result);
}

ExecStatusType PQresultStatus(const PGresult *result) {
    return result == NULL ? PGRES_FATAL_ERROR : result->status;
}

char *PQresultErrorMessage(const PGresult *result) {
    (void)result;
    static char words[] = "words of libpq\n";
    return words;
}

char *PQresultErrorField(const PGresult *result, int field) {
    (void)result;
    (void)field;
    return NULL;
}

int PQntuples(const PGresult *result) {
    (void)result;
    return 0;
}

int PQnfields(const PGresult *result) {
    (void)result;
    return 0;
}

int PQbinaryTuples(const PGresult *result) {
    (void)result;
    return 1;
}

int PQgetlength(const PGresult *result, int row, int column) {
    (void)result;
    (void)row;
    (void)column;
    return 0;
}

int PQgetisnull(const PGresult *result, int row, int column) {
    (void)result;
    (void)row;
    (void)column;
    return 1;
}

char *PQgetvalue(const PGresult *result, int row, int column) {
    (void)result;
    (void)row;
    (void)column;
    static char nothing[] = "";
    return nothing;
}

/* ---- Connections ---- */

enum { FAKE_STATEMENTS_MAX = 128 };

struct pg_conn {
    int sockets[2]; /* ours, and one that has said something, so that ours is always readable */
    int other[2];   /* the same once more */
    bool bad;
    bool pipeline;
    int polls;
    char sent[FAKE_STATEMENTS_MAX]; /* p(repare), q(uery), s(ync); in order */
    int count, at;
    bool gave; /* the result of the one at `at` */
};

static void fake_pair(int sockets[2]) {
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) != 0 || write(sockets[1], "x", 1) != 1) {
        bail("no sockets");
    }
}

PGconn *PQconnectStartParams(const char *const *keywords, const char *const *values, int expand) {
    (void)keywords;
    (void)values;
    (void)expand;
    if (SCRIPTED(1) == 0) return NULL;
    PGconn *pg = calloc(1, sizeof *pg);
    fake_pair(pg->sockets);
    fake_pair(pg->other);
    fake_live++;
    return pg;
}

void PQfinish(PGconn *pg) {
    if (pg == NULL) return;
    for (int i = 0; i < 2; i++) {
        close(pg->sockets[i]);
        close(pg->other[i]);
    }
    free(pg);
    fake_live--;
}

PostgresPollingStatusType PQconnectPoll(PGconn *pg) {
    static const PostgresPollingStatusType steps[] = {PGRES_POLLING_WRITING, PGRES_POLLING_READING};
    return (PostgresPollingStatusType)SCRIPTED(pg->polls < 2 ? steps[pg->polls++]
                                                             : PGRES_POLLING_OK);
}

/* 1000: another one. */
int PQsocket(const PGconn *pg) {
    long value = SCRIPTED(pg == NULL ? -1 : pg->sockets[0]);
    return value == 1000 ? pg->other[0] : (int)value;
}

ConnStatusType PQstatus(const PGconn *pg) {
    return (ConnStatusType)SCRIPTED(pg == NULL || pg->bad ? CONNECTION_BAD : CONNECTION_OK);
}

char *PQerrorMessage(const PGconn *pg) {
    (void)pg;
    static char nothing[] = "";
    return nothing;
}

int PQconnectionNeedsPassword(const PGconn *pg) {
    (void)pg;
    return (int)SCRIPTED(0);
}

int PQbackendPID(const PGconn *pg) {
    (void)pg;
    return (int)SCRIPTED(1234);
}

PGTransactionStatusType PQtransactionStatus(const PGconn *pg) {
    return (PGTransactionStatusType)SCRIPTED(pg->at < pg->count ? PQTRANS_ACTIVE : PQTRANS_IDLE);
}

PGpipelineStatus PQpipelineStatus(const PGconn *pg) {
    return (PGpipelineStatus)SCRIPTED(pg->pipeline ? PQ_PIPELINE_ON : PQ_PIPELINE_OFF);
}

int PQsetnonblocking(PGconn *pg, int on) {
    (void)pg;
    (void)on;
    return (int)SCRIPTED(0);
}

int PQenterPipelineMode(PGconn *pg) {
    pg->pipeline = true;
    return (int)SCRIPTED(1);
}

int PQexitPipelineMode(PGconn *pg) {
    pg->pipeline = false;
    return (int)SCRIPTED(1);
}

PGVerbosity PQsetErrorVerbosity(PGconn *pg, PGVerbosity verbosity) {
    (void)pg;
    return verbosity;
}

PQnoticeReceiver PQsetNoticeReceiver(PGconn *pg, PQnoticeReceiver receiver, void *arg) {
    (void)pg;
    (void)arg;
    return receiver;
}

/* ---- Statements ---- */

static int fake_send(PGconn *pg, char what) {
    if (pg->at == pg->count) pg->at = pg->count = 0;
    if (pg->count == FAKE_STATEMENTS_MAX) bail("too many statements");
    pg->sent[pg->count++] = what;
    return 1;
}

int PQsendQueryParams(PGconn *pg, const char *text, int count, const Oid *types,
                      const char *const *values, const int *sizes, const int *formats, int binary) {
    (void)text;
    (void)count;
    (void)types;
    (void)values;
    (void)sizes;
    (void)formats;
    (void)binary;
    return SCRIPTED(1) == 1 ? fake_send(pg, 'q') : 0;
}

int PQsendPrepare(PGconn *pg, const char *name, const char *text, int count, const Oid *types) {
    (void)name;
    (void)text;
    (void)count;
    (void)types;
    return SCRIPTED(1) == 1 ? fake_send(pg, 'p') : 0;
}

int PQsendQueryPrepared(PGconn *pg, const char *name, int count, const char *const *values,
                        const int *sizes, const int *formats, int binary) {
    (void)name;
    (void)count;
    (void)values;
    (void)sizes;
    (void)formats;
    (void)binary;
    return SCRIPTED(1) == 1 ? fake_send(pg, 'q') : 0;
}

int PQpipelineSync(PGconn *pg) {
    return SCRIPTED(1) == 1 ? fake_send(pg, 's') : 0;
}

int PQflush(PGconn *pg) {
    (void)pg;
    return (int)SCRIPTED(0);
}

int PQconsumeInput(PGconn *pg) {
    (void)pg;
    return (int)SCRIPTED(1);
}

int PQisBusy(PGconn *pg) {
    (void)pg;
    return (int)SCRIPTED(0);
}

/* -1: NULL, out of turn; -2: the result once more; else a result of this status. */
PGresult *PQgetResult(PGconn *pg) {
    bool sync = pg->at < pg->count && pg->sent[pg->at] == 's';
    bool result = pg->at < pg->count && !pg->gave;
    ExecStatusType status = sync                                ? PGRES_PIPELINE_SYNC
                            : result && pg->sent[pg->at] == 'p' ? PGRES_COMMAND_OK
                                                                : PGRES_TUPLES_OK;
    long value = SCRIPTED(result ? (long)status : -3);
    if (value == -1) return NULL;
    if (value == -2) return fake_result(status);
    if (value == -3) { /* what follows a result */
        pg->at += pg->gave;
        pg->gave = false;
        return NULL;
    }
    pg->gave = !sync;
    pg->at += sync;
    return fake_result((ExecStatusType)value);
}

PGresult *PQexec(PGconn *pg, const char *text) {
    (void)pg;
    (void)text;
    long value = SCRIPTED(PGRES_TUPLES_OK);
    return value == -1 ? NULL : fake_result((ExecStatusType)value);
}

int PQsetSingleRowMode(PGconn *pg) {
    (void)pg;
    return (int)SCRIPTED(1);
}

/* ---- The rest ---- */

PGnotify *PQnotifies(PGconn *pg) {
    (void)pg;
    if (SCRIPTED(0) == 0) return NULL;
    fake_live++;
    return calloc(1, sizeof(PGnotify));
}

void PQfreemem(void *memory) {
    fake_live -= memory != NULL;
    free(memory);
}

struct pg_cancel {
    char nothing;
};

PGcancel *PQgetCancel(PGconn *pg) {
    (void)pg;
    if (SCRIPTED(1) == 0) return NULL;
    __atomic_fetch_add(&fake_live, 1, __ATOMIC_SEQ_CST);
    return calloc(1, sizeof(PGcancel));
}

/* From a thread of its own. */
void PQfreeCancel(PGcancel *cancel) {
    if (cancel != NULL) __atomic_fetch_sub(&fake_live, 1, __ATOMIC_SEQ_CST);
    free(cancel);
}

int PQcancel(PGcancel *cancel, char *text, int size) {
    (void)cancel;
    (void)text;
    (void)size;
    return 1;
}

PQconninfoOption *PQconninfoParse(const char *text, char **reason) {
    (void)text;
    long value = SCRIPTED(0);
    *reason = value == 1 ? strdup("words") : NULL;
    fake_live += *reason != NULL;
    if (value != 0) return NULL;
    fake_live++;
    return calloc(1, sizeof(PQconninfoOption));
}

void PQconninfoFree(PQconninfoOption *options) {
    fake_live -= options != NULL;
    free(options);
}

#endif
