#include "engine/route.h"

#include "base/clock.h"
#include "base/error.h"
#include "engine/engine.h"
#include "engine/op.h"
#include "statement/row.h"

#define BEHIND_STATE "2201E" /* what replayed.sql fails with */
#define BEHIND_MS 100        /* a standby that is behind is waited for so long */
#define PAUSE_MAX_MS 16      /* between two looks at it; the first is 1 ms */
#define SHUT_FIRST_MS 100    /* without standbys, reads do not try again for so long, */
#define SHUT_MAX_MS 10000    /* then twice as long, and so on, up to this */

struct route {
    bool asking;    /* the primary, how far it has written */
    uint64_t asked; /* writes that had ended then */
    int64_t behind_until;
    int64_t pause;
    size_t count; /* of the operation's statements */
    struct bound question;
    PGresult *answer;
    struct bound guard;
    char lsn[ROUTE_LSN_MAX];
};

void horizon_init(struct horizon *horizon) {
    pthread_mutex_init(&horizon->lock, NULL);
}

void horizon_destroy(struct horizon *horizon) {
    pthread_mutex_destroy(&horizon->lock);
}

void horizon_note_write(struct horizon *horizon) {
    atomic_fetch_add(&horizon->writes, 1);
}

static void set_position(struct horizon *horizon, uint64_t covered, const char *lsn) {
    pthread_mutex_lock(&horizon->lock);
    if (covered >= horizon->covered) {
        horizon->covered = covered;
        snprintf(horizon->lsn, sizeof horizon->lsn, "%s", lsn);
    }
    pthread_mutex_unlock(&horizon->lock);
}

/* Where all that was written so far ends, "" if nothing was. False: not known. */
static bool get_position(struct horizon *horizon, char *lsn) {
    uint64_t writes = atomic_load(&horizon->writes);
    pthread_mutex_lock(&horizon->lock);
    bool known = horizon->covered >= writes;
    memcpy(lsn, horizon->lsn, sizeof horizon->lsn);
    pthread_mutex_unlock(&horizon->lock);
    return known;
}

/* ---- Can a standby be used? ------------------------------------------------------------------ */

/* Where none could be used lately, one operation tries at a time, and the others do not wait. */
static bool may_try_standby(struct engine *engine) {
    struct horizon *horizon = &engine->horizon;
    int64_t until = atomic_load(&horizon->shut_until);
    if (until == 0) {
        return true;
    }
    int64_t now = clock_monotonic_ms();
    int64_t next = now + engine->reader->limits.connect_timeout_ms;
    return until <= now && atomic_compare_exchange_strong(&horizon->shut_until, &until, next);
}

/* Did it use up its time on a standby, but not that of the call? */
static bool has_time_left(const pgc_op *op) {
    int64_t now = clock_monotonic_ms();
    return op->call_deadline != 0 && op->segment.deadline <= now && now < op->call_deadline;
}

static bool is_overdue(const pgc_op *op) {
    return op->segment.error.code == PGC_TIMEOUT && has_time_left(op);
}

/* What says that there is no session to be had, rather than something about this operation. */
static bool is_unusable(const pgc_op *op) {
    pgc_code code = op->segment.error.code;
    return code == PGC_CONNECT || code == PGC_AUTH || code == PGC_SCHEMA || code == PGC_BUSY ||
           is_overdue(op);
}

static bool is_behind(const pgc_op *op) {
    return op->route != NULL && op->segment.guard != NULL &&
           strcmp(op->segment.error.sqlstate, BEHIND_STATE) == 0;
}

static void note_standby(struct horizon *horizon, const pgc_op *op) {
    if (op->segment.error.code == PGC_OK || is_behind(op)) {
        atomic_store(&horizon->failures, 0);
        atomic_store(&horizon->shut_until, 0);
    }
    if (!is_unusable(op)) {
        return;
    }
    unsigned before = atomic_fetch_add(&horizon->failures, 1);
    int64_t pause = before < 7 ? (int64_t)SHUT_FIRST_MS << before : SHUT_MAX_MS;
    atomic_store(&horizon->shut_until, clock_monotonic_ms() + MIN(pause, SHUT_MAX_MS));
}

/* ---- From one place to the next -------------------------------------------------------------- */

/* The operation's own statements, with or without a guard in front. */
static void be_itself(pgc_op *op, const struct bound *guard) {
    segment_clear(&op->segment);
    if (op->route != NULL && op->route->asking) {
        op->route->asking = false;
        op->segment.sends = 0; /* the question was no try */
        op->segment.statements = op->statements;
        op->segment.results = op->results;
        op->segment.count = op->route->count;
    }
    op->segment.guard = guard;
}

static bool go_to(pgc_op *op, struct pool *pool, int64_t pause) {
    op->pool = pool;
    op->ticket = 0; /* it queues anew */
    op->acquire_deadline = 0;
    op->again = false;
    op->state = OP_NEW;
    op->due = clock_monotonic_ms() + pause;
    return true;
}

static bool go_to_primary(pgc_op *op) {
    be_itself(op, NULL);
    if (op->pool == op->engine->reader) {
        op->segment.deadline = op->call_deadline;
    }
    return go_to(op, &op->engine->pool, 0);
}

/* One that hangs must not take all the time that the call has. */
static int64_t half(int64_t deadline) {
    int64_t now = clock_monotonic_ms();
    return deadline <= now ? deadline : now + (deadline - now) / 2;
}

int64_t route_limit(pgc_op *op, int64_t deadline) {
    if (op->pool != op->engine->reader) {
        return deadline;
    }
    op->call_deadline = deadline;
    return half(deadline);
}

static void be_at_standby(pgc_op *op) {
    op->pool = op->engine->reader;
    op->call_deadline = op->segment.deadline;
    op->segment.deadline = half(op->call_deadline);
}

static void guard(struct route *route) {
    route->guard = (struct bound){
        .id = STMT_COUNT,
        .text = stmt_schema_replayed,
        .count = 1,
        .values = {route->lsn},
        .sizes = {(int)strlen(route->lsn)},
    };
}

static void ask(pgc_op *op) {
    struct route *route = op->route;
    route->asking = true;
    route->asked = atomic_load(&op->engine->horizon.writes);
    route->count = op->segment.count;
    route->question = (struct bound){.id = STMT_COUNT, .text = stmt_schema_position};
    op->segment.statements = &route->question;
    op->segment.results = &route->answer;
    op->segment.count = 1;
}

/* To a standby with a guard, or to the primary, to ask; without memory, only there. */
static void begin_own_writes(pgc_op *op) {
    struct route *route = arena_zalloc(&op->arena, 1, sizeof *route);
    if (route == NULL) {
        return;
    }
    op->route = route;
    if (!get_position(&op->engine->horizon, route->lsn)) {
        ask(op);
        return;
    }
    be_at_standby(op);
    if (route->lsn[0] != '\0') {
        guard(route);
        op->segment.guard = &route->guard;
    }
}

void route_begin(pgc_op *op) {
    struct engine *engine = op->engine;
    if (engine->reader == NULL || op->reads == PGC_READS_PRIMARY || !op_reads(op) ||
        !may_try_standby(engine)) {
        return;
    }
    if (op->reads == PGC_READS_OWN_WRITES) {
        begin_own_writes(op);
    } else {
        be_at_standby(op);
    }
}

/* ---- A run has ended ------------------------------------------------------------------------- */

/* The call is over, wherever it would run. */
static bool is_final(pgc_code code) {
    return code == PGC_OK || code == PGC_TIMEOUT || code == PGC_CANCELLED || code == PGC_NOMEM ||
           code == PGC_DATA;
}

static bool take_answer(pgc_op *op) {
    struct route *route = op->route;
    pgc_code code = op->segment.error.code;
    if (code != PGC_OK && is_final(code)) {
        return false;
    }
    struct row row = row_of(route->answer, 0);
    pgc_str lsn = code == PGC_OK ? row_text(&row, 0) : pgc_none();
    if (lsn.data == NULL || lsn.size >= sizeof route->lsn) {
        return go_to_primary(op);
    }
    snprintf(route->lsn, sizeof route->lsn, "%s", lsn.data);
    set_position(&op->engine->horizon, route->asked, route->lsn);
    guard(route);
    be_itself(op, &route->guard);
    be_at_standby(op);
    return go_to(op, op->pool, 0);
}

static bool wait_for_standby(pgc_op *op) {
    struct route *route = op->route;
    int64_t now = clock_monotonic_ms();
    if (route->behind_until == 0) {
        route->behind_until = now + BEHIND_MS;
        route->pause = 1;
    }
    int64_t end = op->segment.deadline == 0 ? route->behind_until
                                            : MIN(route->behind_until, op->segment.deadline);
    if (now + route->pause > end) {
        return go_to_primary(op);
    }
    be_itself(op, &route->guard);
    go_to(op, op->pool, route->pause);
    route->pause = MIN(2 * route->pause, PAUSE_MAX_MS);
    return true;
}

bool route_next(pgc_op *op) {
    struct engine *engine = op->engine;
    if (op->changes && !op->segment.session) {
        horizon_note_write(&engine->horizon);
    }
    if (op->route != NULL && op->route->asking) {
        return take_answer(op);
    }
    if (op->pool != engine->reader) {
        return false;
    }
    note_standby(&engine->horizon, op);
    if (is_behind(op)) {
        return wait_for_standby(op);
    }
    return (is_overdue(op) || !is_final(op->segment.error.code)) && go_to_primary(op);
}

/* Did the standbys' pool give it up, or the server refuse it, while the call goes on? */
static bool is_given_up(const pgc_op *op) {
    pgc_code code = op->error.code;
    bool full =
        code == PGC_BUSY && op->error.sqlstate[0] == '\0'; /* with reads: more do not help */
    return code == PGC_TIMEOUT ? has_time_left(op) : !is_final(code) && !full;
}

bool route_expired(pgc_op *op) {
    if (op->pool != op->engine->reader || !is_given_up(op)) {
        return false;
    }
    error_clear(&op->error);
    return go_to_primary(op);
}
