/*
 * Direct access: a connection of the pool in the caller's hands.
 */
#include "base/error.h"
#include "base/mem.h"
#include "connection/pgerror.h"
#include "domain/schema_text.h"
#include "face/calls.h"

struct pgc_lease {
    struct pool *pool;
    struct horizon *horizon;
    struct conn *conn;
    PGconn *pg;
};

/*
 * The store's own settings are not for other people's statements; only the timeout stays. Behind a
 * pooler none of this is sent: no setting outlives its transaction.
 */
static void add_reset(pgc_store *store, pgc_op *op) {
    op_sql(op, "RESET ALL");
    if (store->writer.schema.statement_timeout[0] != '\0') {
        bind_text(op_sql(op, "SELECT set_config('statement_timeout', $1, false)"),
                  pgc_z(store->writer.schema.statement_timeout));
    }
}

/* A connection that is up, as its user would have it without the store; NULL: *err says why not. */
static struct conn *get_conn(pgc_store *store, pgc_error *err) {
    pgc_op *op = call_new(store, KIND_lease_acquire, NULL, NULL);
    if (op == NULL) {
        error_nomem(err);
        return NULL;
    }
    op->keep_conn = true;
    op->segment.session = true;
    add_reset(store->whole, op);
    op->changes = false; /* nothing that outlives the connection */
    op->reads = PGC_READS_PRIMARY;
    struct conn *conn = NULL;
    if (op_ready(op, NULL, err) == 0) {
        wait_for(op);
        conn = op->error.code == PGC_OK ? op->conn : NULL;
        if (conn == NULL && op->conn != NULL) { /* its answers are not what they should be */
            conn_close(op->conn);
            pool_release(&store->whole->engine.pool, op->conn);
        }
        error_copy(err, &op->error);
    }
    op_free(op);
    return conn;
}

/* Lends a connection out; false: *err says why not. */
static bool acquire(pgc_store *store, pgc_lease *lease, pgc_error *err) {
    lease->pool = &store->whole->engine.pool;
    lease->horizon = &store->whole->engine.horizon;
    lease->conn = get_conn(store, err);
    if (lease->conn == NULL) {
        return false;
    }
    lease->pg = conn_lend(lease->conn);
    if (lease->pg != NULL && pool_begin_lease(lease->pool, lease->conn)) {
        return true;
    }
    if (lease->pg == NULL && pool_phase(lease->pool) == POOL_OPEN) {
        error_set(err, PGC_LOST, "the connection was lost");
    } else {
        error_set(err, PGC_CLOSED, "the store is closed");
    }
    conn_close(lease->conn);
    pool_release(lease->pool, lease->conn);
    return false;
}

static void release(pgc_lease *lease) {
    if (!conn_take_back(lease->conn)) {
        conn_close(lease->conn);
    }
    pool_end_lease(lease->pool, lease->conn);
    horizon_note_write(lease->horizon);
}

int pgc_lease_acquire(pgc_store *store, pgc_lease **out, pgc_error *err) {
    pgc_error own;
    pgc_lease *lease = mem_zalloc(sizeof *lease);
    if (lease == NULL) {
        return error_nomem(err);
    }
    if (!acquire(store, lease, &own)) {
        mem_free(lease);
        return error_copy(err, &own);
    }
    error_clear(err);
    *out = lease;
    return 0;
}

void *pgc_lease_conn(pgc_lease *lease) {
    return lease->pg;
}

int pgc_lease_check_session(const pgc_lease *lease, pgc_error *err) {
    if (!lease->conn->pooled) {
        error_clear(err);
        return 0;
    }
    error_set(err, PGC_INVALID,
              "lease: its connection goes through a pooler, which keeps no session");
    error_hint(err,
               "LISTEN, advisory locks of a session, SET and temporary tables need a store that "
               "connects to the server itself.");
    return -PGC_INVALID;
}

void pgc_lease_release(pgc_lease *lease) {
    if (lease != NULL) {
        release(lease);
        mem_free(lease);
    }
}

/* ---- What CREATE INDEX CONCURRENTLY needs: statements one by one on one session -------------- */

static int execute(PGconn *pg, const char *sql, PGresult **rows, pgc_error *err) {
    PGresult *result = sql == NULL ? NULL : PQexec(pg, sql);
    ExecStatusType status = PQresultStatus(result);
    if (result == NULL) {
        return error_nomem(err);
    }
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
        pgc_error own;
        pgerror_from_result(&own, result);
        PQclear(result);
        return error_copy(err, &own);
    }
    if (rows != NULL) {
        *rows = result;
    } else {
        PQclear(result);
    }
    return 0;
}

enum index_state { INDEX_ABSENT, INDEX_INVALID, INDEX_VALID };

static int read_index_state(PGconn *pg, struct arena *arena, const char *schema,
                            enum index_state *state, pgc_error *err) {
    PGresult *rows = NULL;
    int status = execute(pg, schema_text_index_state(arena, schema), &rows, err);
    if (status == 0) {
        bool valid = PQntuples(rows) > 0 && PQgetvalue(rows, 0, 0)[0] == 't';
        *state = PQntuples(rows) == 0 ? INDEX_ABSENT : valid ? INDEX_VALID : INDEX_INVALID;
        PQclear(rows);
    }
    return status;
}

static int make_index(const pgc_lease *lease, struct arena *arena, const char *schema,
                      pgc_error *err) {
    PGconn *pg = lease->pg;
    bool session = !lease->conn->pooled;
    enum index_state state;
    int status;
    /* Behind a pooler it would meet any session, and stay there. */
    if ((session && (status = execute(pg, "SET statement_timeout = 0", NULL, err)) != 0) ||
        (status = read_index_state(pg, arena, schema, &state, err)) != 0 || state == INDEX_VALID) {
        return status;
    }
    if (state == INDEX_INVALID &&
        (status = execute(pg, schema_text_index_drop(arena, schema), NULL, err)) != 0) {
        return status;
    }
    return execute(pg, schema_text_index_create(arena, schema), NULL, err);
}

int pgc_metadata_index_create(pgc_store *store, pgc_error *err) {
    pgc_error own;
    pgc_lease lease;
    if (!acquire(store, &lease, &own)) {
        return error_copy(err, &own);
    }
    struct arena arena = {0};
    int status = make_index(&lease, &arena, pgc_store_schema(store), err);
    arena_free(&arena);
    release(&lease);
    return status;
}
