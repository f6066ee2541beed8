#include "engine/op.h"

#include "base/error.h"
#include "base/mem.h"
#include "engine/engine.h"

#include <assert.h>

pgc_op *op_new(struct engine *engine) {
    pgc_op *op = mem_zalloc(sizeof *op);
    if (op != NULL) {
        op->engine = engine;
        op->pool = &engine->pool;
        op->bind.arena = &op->arena;
        op->segment.statements = op->statements;
        op->segment.results = op->results;
        error_clear(&op->error);
        error_clear(&op->segment.error);
    }
    return op;
}

pgc_op *op_new_extra(const pgc_op *parent) {
    pgc_op *op = op_new(parent->engine);
    if (op != NULL) {
        op->extra = true;
        op->segment.deadline = parent->segment.deadline;
    }
    return op;
}

void op_free(pgc_op *op) {
    if (op != NULL) {
        segment_clear(&op->segment);
        pgc_result_free(op->result);
        arena_free(&op->arena);
        mem_free(op);
    }
}

struct bind *op_statement(pgc_op *op, enum stmt_id id) {
    assert(op->segment.count < OP_STATEMENTS_MAX);
    op->changes |= !stmt_reads(id);
    bind_statement(&op->bind, &op->statements[op->segment.count++], id);
    return &op->bind;
}

struct bind *op_sql(pgc_op *op, const char *text) {
    assert(op->segment.count < OP_STATEMENTS_MAX);
    op->changes = true; /* nobody knows */
    bind_sql(&op->bind, &op->statements[op->segment.count++], text);
    return &op->bind;
}

bool op_reads(const pgc_op *op) {
    return op->segment.count > 0 && !op->changes;
}

int op_ready(pgc_op *op, op_decode_fn decode, pgc_error *err) {
    op->decode = decode;
    return op->bind.failed ? error_nomem(err) : 0;
}

/* What was asked for has been done by now; those that can tell what became of it say so. */
static void decode(pgc_op *op) {
    int status = op->decode(op, &op->error);
    if (status == -PGC_NOMEM || status == -PGC_INTERNAL) {
        error_retry(&op->error, PGC_RETRY_UNKNOWN);
    }
}

void op_cancelled(pgc_op *op) {
    op->state = OP_DONE;
    error_set(&op->error, PGC_CANCELLED, "the operation was cancelled");
    error_retry(&op->error, PGC_RETRY_SAFE);
}

void op_complete(pgc_op *op) {
    counters_answer(op);
    if (op->segment.error.code != PGC_OK) {
        op->error = op->segment.error;
        if (op->explain != NULL) {
            op->explain(op);
        }
    } else if (op->segment.done != op->segment.count) {
        error_set(&op->error, PGC_INTERNAL, "the server answered %zu of %zu statements",
                  op->segment.done, op->segment.count);
        error_retry(&op->error, PGC_RETRY_UNKNOWN);
    } else if (op->decode != NULL) {
        decode(op);
    }
}
