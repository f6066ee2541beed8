#include "connection/send.h"

#include "base/error.h"

#include <assert.h>

/*
 * For a transaction whose default is another level. Not SET LOCAL or SET TRANSACTION, of which the
 * server's log has a warning each time; this one ends with the transaction just the same.
 */
static const struct bound isolation = {.text = "SET transaction_isolation TO 'read committed'"};

/* It is, or it will be by the time statement `i` of the segment is run: another one prepares it. */
static bool is_prepared(const struct conn *conn, enum stmt_id id, size_t i) {
    const struct bound *statements = conn->current->statements;
    bool prepared = (conn->prepared[id / 64] >> (id % 64) & 1) != 0;
    for (size_t before = 0; before < i && !prepared; before++) {
        prepared = (conn->parses >> before & 1) != 0 && statements[before].id == id;
    }
    return prepared;
}

static const int binary[STMT_PARAMS_MAX] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};

static bool send_unnamed(struct conn *conn, const struct bound *bound, const char *text,
                         const Oid *types) {
    return PQsendQueryParams(conn->pg, text, bound->count, types, bound->values, bound->sizes,
                             binary, 1) == 1;
}

/* The text of a statement: to be prepared by this name, or with what is bound if it is NULL. */
static bool send_text(struct conn *conn, const struct bound *bound, const char *handle) {
    struct arena arena = {0}; /* libpq copies */
    struct stmt stmt;
    bool sent = false;
    if (!stmt_write(conn->config->book, bound->id, &arena, &stmt)) {
        error_nomem(&conn->current->error);
    } else if (handle == NULL) {
        sent = send_unnamed(conn, bound, stmt.text, stmt.types);
    } else {
        sent = PQsendPrepare(conn->pg, handle, stmt.text, stmt.count, stmt.types) == 1;
    }
    assert(bound->count == stmt.count);
    arena_free(&arena);
    return sent;
}

static bool send_statement(struct conn *conn, size_t i) {
    const struct bound *bound = &conn->current->statements[i];
    if (bound->text != NULL) {
        return send_unnamed(conn, bound, bound->text, NULL);
    }
    if (conn->pooled && !conn->config->named) {
        return send_text(conn, bound, NULL);
    }
    char handle[STMT_HANDLE_SIZE];
    stmt_handle(conn->config->book, bound->id, handle);
    if (!is_prepared(conn, bound->id, i)) {
        conn->parses |= UINT64_C(1) << i;
        if (!send_text(conn, bound, handle)) {
            return false;
        }
    }
    return PQsendQueryPrepared(conn->pg, handle, bound->count, bound->values, bound->sizes, binary,
                               1) == 1;
}

/* What the session must be told in front of a segment. The setup's segments say the rest. */
static bool send_leading(struct conn *conn) {
    const struct bound *settings = conn->config->settings;
    bool sent = true;
    conn->leading = 0;
    if (conn->isolate) {
        conn->leading++;
        sent = send_unnamed(conn, &isolation, isolation.text, NULL);
    }
    if (sent && conn->pooled && conn->state == CONN_BUSY) {
        conn->leading++;
        sent = send_unnamed(conn, settings, settings->text, NULL);
    }
    const struct bound *guard = conn->current->guard;
    if (sent && guard != NULL) {
        conn->leading++;
        sent = send_unnamed(conn, guard, guard->text, NULL);
    }
    return sent;
}

bool send_segment(struct conn *conn) {
    const struct segment *segment = conn->current;
    assert(segment->count <= 64);
    conn->parses = 0;
    bool sent = send_leading(conn);
    for (size_t i = 0; sent && i < segment->count; i++) {
        sent = send_statement(conn, i);
    }
    conn->parsing = (conn->parses & 1) != 0;
    return sent && PQpipelineSync(conn->pg) == 1;
}

bool send_adapt(struct conn *conn) {
    const char *state = conn->current->error.sqlstate;
    bool lost_name = strcmp(state, "26000") == 0 || strcmp(state, "42P05") == 0;
    if (conn->stopped != PGC_OK) {
        return false;
    }
    if (lost_name && !conn->pooled && !conn->config->named) {
        atomic_store(conn->config->pooled, true);
        conn->pooled = true;
        return true;
    }
    if (!conn->isolate && strcmp(state, "25001") == 0) {
        conn->isolate = true;
        return true;
    }
    return false;
}
