/* Threads, messages, metadata: every operation as its two public functions. */
#include "face/calls.h"

#include "base/clock.h"
#include "domain/operations.h"

int op_outcome(pgc_op *op, pgc_result **result, pgc_error *err) {
    if (op->error.code != PGC_OK) {
        return error_copy(err, &op->error);
    }
    error_clear(err);
    if (result != NULL) {
        *result = op->result;
        op->result = NULL;
    }
    return 0;
}

/* The call ends before it was run; `err` is the caller's, who may not want to know. */
static void end_early(pgc_op *op, int status, const pgc_error *err) {
    if (err == NULL) {
        error_set(&op->error, (pgc_code)-status, "%s", pgc_code_text(status));
        err = &op->error;
    }
    counters_end(op, err);
    op_free(op);
}

int call_run(pgc_op *op, int status, pgc_result **result, pgc_error *err) {
    if (op == NULL) {
        return status;
    }
    if (status != 0) {
        counters_begin(op);
        end_early(op, status, err);
        return status;
    }
    wait_for(op);
    status = op_outcome(op, result, err);
    op_free(op);
    return status;
}

int call_start(pgc_op *op, int status, pgc_op **out, pgc_error *err) {
    if (op == NULL) {
        return status;
    }
    counters_begin(op);
    if (status == 0) {
        status = engine_start(op->engine, op, err);
    }
    if (status != 0) {
        end_early(op, status, err);
    } else if (out != NULL) {
        *out = op;
    }
    return status;
}

pgc_op *call_new(pgc_store *store, enum call_kind kind, pgc_done_fn done, void *payload) {
    struct counters *counters = &store->whole->counters;
    pgc_op *op = op_new(&store->whole->engine);
    if (op == NULL) {
        pgc_error err;
        error_nomem(&err);
        counters_fail(counters, kind, &err);
    } else {
        op->count = counters_count(counters, kind);
        op->segment.deadline =
            store->call_timeout_ms == 0 ? 0 : clock_monotonic_ms() + store->call_timeout_ms;
        op->content_max = store->whole->max_message_bytes;
        op->reads = store->reads;
        op->done = done;
        op->payload = payload;
    }
    return op;
}

CALL(thread_create, (const pgc_thread_new *thread), (op, thread, err))
CALL(thread_get, (pgc_str thread_id), (op, thread_id, err))
CALL(thread_update, (const pgc_thread_change *change), (op, change, err))
CALL(thread_delete, (pgc_str thread_id), (op, thread_id, err))
CALL(thread_copy, (const pgc_copy *copy), (op, copy, err))
CALL(thread_list, (const pgc_thread_query *query), (op, query, err))

CALL(message_append, (const pgc_append *append), (op, append, err))
CALL(message_save, (const pgc_save *save), (op, save, err))
CALL(message_last, (pgc_str thread_id, uint32_t limit), (op, thread_id, limit, err))
CALL(message_list, (const pgc_message_query *query), (op, query, err))
CALL(message_tail, (pgc_str thread_id, int64_t seq, uint32_t limit),
     (op, thread_id, seq, limit, err))
CALL(message_window, (const pgc_window *window), (op, window, err))
CALL(message_recall, (const pgc_recall *recall), (op, recall, err))
CALL(message_get, (const pgc_ids *ids), (op, ids, err))
CALL(message_find, (pgc_str metadata, uint32_t limit, pgc_str cursor),
     (op, metadata, limit, cursor, err))
CALL(message_count, (pgc_str thread_id, int64_t from, int64_t until),
     (op, thread_id, from, until, err))
CALL(message_update, (const pgc_message_change *change), (op, change, err))
CALL(message_rewrite, (const pgc_rewrite *rewrite), (op, rewrite, err))
CALL(message_delete, (const pgc_ids *ids), (op, ids, err))
CALL(conversation_import, (const pgc_thread_new *thread, const pgc_append *append),
     (op, thread, append, err))

CALL(metadata_get, (pgc_str thread_id, pgc_str message_id), (op, thread_id, message_id, err))
CALL(metadata_merge, (pgc_str thread_id, pgc_str message_id, pgc_str patch),
     (op, thread_id, message_id, patch, err))
CALL(metadata_replace, (pgc_str thread_id, pgc_str message_id, pgc_str document),
     (op, thread_id, message_id, document, err))
CALL(metadata_remove, (pgc_str thread_id, pgc_str message_id, const pgc_str *keys, size_t count),
     (op, thread_id, message_id, keys, count, err))

/* An operation without statements: the connection comes up, and with the first one the schema. */
int pgc_store_init(pgc_store *store, pgc_error *err) {
    pgc_op *op = call_new(store, KIND_store_init, NULL, NULL);
    if (op == NULL) {
        return error_nomem(err);
    }
    wait_for(op);
    if (op->error.code == PGC_OK) {
        wait_for_extras(op);
    }
    int status = op_outcome(op, NULL, err);
    op_free(op);
    return status;
}

int pgc_store_init_start(pgc_store *store, pgc_done_fn done, void *payload, pgc_op **out,
                         pgc_error *err) {
    pgc_op *op = call_new(store, KIND_store_init, done, payload);
    if (op == NULL) {
        return error_nomem(err);
    }
    op->warms = true;
    return call_start(op, 0, out, err);
}
