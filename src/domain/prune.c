/* Taking away what is old, and taking away all. */
#include "base/args.h"
#include "base/error.h"
#include "domain/check.h"
#include "domain/result.h"
#include "domain/thread.h"
#include "domain/workflow_operations.h"
#include "statement/row.h"

#define LIMIT_DEFAULT 1000

static void add_prune(pgc_op *op, enum stmt_id id, int64_t before, int64_t limit) {
    struct bind *bind = op_statement(op, id);
    bind_time(bind, before);
    bind_int8(bind, limit);
}

/* In order of their threads, from that of the cursor on. */
static void add_prune_messages(pgc_op *op, int64_t before, int64_t limit, pgc_str cursor) {
    struct bind *bind = op_statement(op, STMT_prune_message_lock);
    bind_time(bind, before);
    bind_int8(bind, limit);
    bind_text(bind, cursor.data == NULL ? pgc_z("") : cursor);
    add_prune(op, STMT_prune_message, before, limit);
    thread_add_embeddings(op);
}

/* Adds the statements that prune; the one behind the lock, if there is one, tells how many went. */
static void add_statements(pgc_op *op, const pgc_prune_options *options) {
    int64_t before = options->before;
    int64_t limit = options->limit == 0 ? LIMIT_DEFAULT : options->limit;
    switch (options->table) {
    case PGC_PRUNE_THREADS:
        add_prune(op, STMT_prune_thread_lock, before, limit);
        op_statement(op, STMT_prune_thread);
        thread_add_embeddings(op);
        break;
    case PGC_PRUNE_MESSAGES:
        add_prune_messages(op, before, limit, options->cursor);
        break;
    case PGC_PRUNE_RESOURCES:
        add_prune(op, STMT_prune_row_resource, before, limit);
        break;
    case PGC_PRUNE_RUNS:
        add_prune(op, STMT_prune_row_run, before, limit);
        break;
    case PGC_PRUNE_SCORES:
        add_prune(op, STMT_prune_row_score, before, limit);
        break;
    }
}

static int decode_count(pgc_op *op, size_t statement, pgc_error *err) {
    pgc_result *result = result_new(op);
    if (result == NULL) {
        return error_nomem(err);
    }
    result->total = result_number(result_of(op, statement), 0, 0);
    return 0;
}

static int decode_pruned(pgc_op *op, pgc_error *err) {
    return decode_count(op, op->segment.count > 1, err);
}

static int decode_pruned_messages(pgc_op *op, pgc_error *err) {
    int status = decode_pruned(op, err);
    if (status == 0 && PQntuples(result_of(op, 1)) > 0) {
        struct row row = row_of(result_hold(op, 1), 0);
        op->result->next = row_text(&row, 1);
    }
    return status;
}

static int check_cursor(const pgc_prune_options *options, pgc_error *err) {
    if (options->cursor.data == NULL) {
        return 0;
    }
    return options->table == PGC_PRUNE_MESSAGES
               ? check_id(options->cursor, "cursor", err)
               : error_set(err, PGC_INVALID, "cursor: only messages have one");
}

int prune(pgc_op *op, const pgc_prune_options *given, pgc_error *err) {
    pgc_prune_options options = PGC_PRUNE_OPTIONS_INIT;
    int status;
    if ((status = args_read(&options, sizeof options, given, "options", err)) != 0 ||
        (status = check_choice((int)options.table, PGC_PRUNE_SCORES, "table", err)) != 0 ||
        (status = check_time(options.before, "before", err)) != 0 ||
        (status = check_cursor(&options, err)) != 0) {
        return status;
    }
    if (options.before == PGC_NO_TIME) {
        return error_set(err, PGC_INVALID, "before: is missing");
    }
    if (options.limit > PGC_LIMIT_MAX) {
        return error_set(err, PGC_INVALID, "limit: %u is above %d", options.limit, PGC_LIMIT_MAX);
    }
    add_statements(op, &options);
    bool messages = options.table == PGC_PRUNE_MESSAGES;
    return op_ready(op, messages ? decode_pruned_messages : decode_pruned, err);
}

static int decode_cleared(pgc_op *op, pgc_error *err) {
    return decode_count(op, 0, err);
}

int clear(pgc_op *op, pgc_clear_what what, pgc_error *err) {
    int status = check_choice((int)what, PGC_CLEAR_SCORES, "what", err);
    if (status != 0) {
        return status;
    }
    switch (what) {
    case PGC_CLEAR_MEMORY:
        op_statement(op, STMT_clear_thread);
        op_statement(op, STMT_clear_row_message);
        op_statement(op, STMT_clear_row_metadata);
        add_prune(op, STMT_prune_row_resource, TIME_LAST, INT64_MAX);
        op_statement(op, STMT_clear_observation);
        break;
    case PGC_CLEAR_RUNS:
        add_prune(op, STMT_prune_row_run, TIME_LAST, INT64_MAX);
        break;
    case PGC_CLEAR_SCORES:
        add_prune(op, STMT_prune_row_score, TIME_LAST, INT64_MAX);
        break;
    }
    return op_ready(op, decode_cleared, err);
}
