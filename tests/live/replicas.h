/*
 * What the tests of several servers share: the pair of tests/replicas.sh, and calls in the three
 * drives.
 */
#ifndef REPLICAS_H
#define REPLICAS_H

#include "engine_world.h"
#include "face/store.h"
#include "pgconvo_uv.h"

#include <signal.h>

static PGconn *standby; /* of the superuser, on the second server */

static const char *both_url(void) {
    return getenv("PGCONVO_TEST_BOTH_URL");
}

WORLD_USED static const char *standby_url(void) {
    return getenv("PGCONVO_TEST_STANDBY_URL");
}

static void replicas_begin(void) {
    if (both_url() == NULL) bail("run it by tests/replicas.sh");
    world_begin();
    standby = connect_to(standby_url());
}

static int replicas_end(void) {
    PQfinish(standby);
    return world_end();
}

/* Options of a store with the list of both. */
WORLD_USED static pgc_store_options listed(const char *schema) {
    pgc_store_options options = options_for(schema);
    options.url = z(both_url());
    return options;
}

/* Waits until a query on the standby says 't'. */
WORLD_USED static void await_standby(const char *sql) {
    for (int i = 0; strcmp(ask_on(standby, sql), "t") != 0; i++) {
        if (i == PATIENCE_MS / 10) bail("the standby never says yes to: %s", sql);
        pause_ms(10);
    }
}

/* The standby has all that the primary has. */
WORLD_USED static void await_replay(void) {
    await_standby(
        form("SELECT pg_last_wal_replay_lsn() >= '%s'", ask("SELECT pg_current_wal_flush_lsn()")));
}

WORLD_USED static void pause_replay(void) {
    ask_on(standby, "SELECT pg_wal_replay_pause()");
    await_standby("SELECT pg_get_wal_replay_pause_state() = 'paused'");
}

WORLD_USED static void resume_replay(void) {
    ask_on(standby, "SELECT pg_wal_replay_resume()");
}

/* ---- Calls in three drives ---- */

enum drive { BLOCKING, WAITED, LOOPED, DRIVES };

static const char *const drive_names[DRIVES] = {"blocking", "start and wait", "libuv"};

struct outcome {
    int status;
    pgc_error err;
    pgc_result *result;
    bool done;
};

WORLD_USED static void outcome_take(pgc_op *op, void *payload) {
    struct outcome *outcome = payload;
    outcome->status = pgc_op_take(op, &outcome->result, &outcome->err);
    outcome->done = true;
    uv_stop(uv_default_loop());
}

/* Ends a call that was started; `attached` is what the loop drives. */
WORLD_USED static void outcome_await(struct outcome *outcome, enum drive drive, pgc_op *op) {
    if (outcome->status != 0) {
        return;
    }
    if (drive == WAITED) {
        outcome->status = pgc_op_wait(op, &outcome->result, &outcome->err);
        return;
    }
    while (!outcome->done && uv_run(uv_default_loop(), UV_RUN_DEFAULT) != 0) {}
    if (!outcome->done) bail("the loop ended before the call");
}

WORLD_USED static struct outcome get_in(enum drive drive, pgc_store *store, const char *id) {
    struct outcome outcome = {.status = 0};
    pgc_op *op = NULL;
    if (drive == BLOCKING) {
        outcome.status = pgc_thread_get(store, z(id), &outcome.result, &outcome.err);
    } else {
        outcome.status = pgc_thread_get_start(store, z(id), drive == LOOPED ? outcome_take : NULL,
                                              &outcome, &op, &outcome.err);
        outcome_await(&outcome, drive, op);
    }
    return outcome;
}

/* What a read sees: the title of a thread, "" for none; or the name of its error. */
WORLD_USED static const char *title_in(enum drive drive, pgc_store *store, const char *id) {
    struct outcome outcome = get_in(drive, store, id);
    const char *seen = pgc_code_name(outcome.status);
    if (outcome.status == 0) {
        pgc_str title = pgc_result_thread(outcome.result, 0)->title;
        seen = form("%s", title.data == NULL ? "" : title.data);
    } else {
        diag("%s: %s [%s]", seen, outcome.err.message, outcome.err.sqlstate);
    }
    pgc_result_free(outcome.result);
    return seen;
}

/* A store in a drive: the loop is told of it. */
struct driven {
    pgc_store *store;
    enum drive drive;
    struct pgc_uv uv;
};

WORLD_USED static void driven_begin(struct driven *driven, enum drive drive, pgc_store *store) {
    pgc_error err;
    driven->store = store;
    driven->drive = drive;
    if (drive == LOOPED && pgc_uv_attach(&driven->uv, uv_default_loop(), store, &err) != 0) {
        bail("attach: %s", err.message);
    }
}

WORLD_USED static void driven_end(struct driven *driven) {
    pgc_store_free(driven->store);
    if (driven->drive == LOOPED) {
        pgc_uv_detach(&driven->uv, NULL, NULL);
        uv_run(uv_default_loop(), UV_RUN_DEFAULT);
    }
}

WORLD_USED static pgc_store *reading(pgc_store *store, pgc_reads reads) {
    pgc_error err;
    pgc_store *handle = NULL;
    if (pgc_store_with_reads(store, reads, &handle, &err) != 0) bail("reads: %s", err.message);
    return handle;
}

#endif
