#include "base/args.h"
#include "base/clock.h"
#include "base/error.h"
#include "domain/check.h"
#include "domain/ids.h"
#include "domain/message_batch.h"
#include "domain/message_rows.h"
#include "domain/metadata.h"
#include "domain/operations.h"
#include "domain/result.h"
#include "domain/thread.h"
#include "statement/row.h"

/* ---- Append ---------------------------------------------------------------------------------- */

static int refuse_elsewhere(const struct message_batch *batch, pgc_str id, pgc_error *err) {
    int status = error_set(err, PGC_EXISTS, "the message id \"%.*s\" stands in another thread",
                           (int)id.size, id.data);
    error_hint(
        err, "Ids of messages are yours to choose; to move the message, say so with `elsewhere`.");
    for (size_t i = 0; i < batch->count; i++) {
        if (batch->ids[i].size == id.size && memcmp(batch->ids[i].data, id.data, id.size) == 0) {
            error_position(err, (int64_t)i);
        }
    }
    return status;
}

/* Statement 1 of an append that moves tells how many of the messages must stay where they are. */
static bool was_disturbed(const pgc_op *op, const struct message_batch *batch) {
    return batch->elsewhere != PGC_ELSEWHERE_REFUSE && result_number(result_of(op, 1), 0, 0) == 0;
}

/*
 * Nothing was appended if the first row knows no thread, or tells of an id that stands elsewhere.
 */
static int check_appended(const pgc_op *op, const PGresult *rows, pgc_error *err) {
    const struct message_batch *batch = op->context;
    struct row first = row_of(rows, 0);
    if (PQntuples(rows) == 0 || !row_bool(&first, COLUMN_KNOWN)) {
        return result_no_thread(err);
    }
    pgc_str id = row_text(&first, COLUMN_ELSEWHERE);
    if (id.data != NULL) {
        return was_disturbed(op, batch) ? result_message_moved(err)
                                        : refuse_elsewhere(batch, id, err);
    }
    if (row_is_null(&first, COLUMN_SEQ)) { /* it was there, and is gone */
        return result_no_thread(err);
    }
    return (size_t)PQntuples(rows) == batch->count
               ? 0
               : error_set(err, PGC_INTERNAL, "the server answered for %d of %zu messages",
                           PQntuples(rows), batch->count);
}

static int decode_append(pgc_op *op, pgc_error *err) {
    const struct message_batch *batch = op->context;
    int status = check_appended(op, result_of(op, op->segment.count - 1), err);
    if (status != 0) {
        return status;
    }
    pgc_result *result = result_new(op);
    if (result == NULL) {
        return error_nomem(err);
    }
    result_hold(op, op->segment.count - 1);
    status = result_make_messages(result, batch->count, err);
    result->inserted = false;
    for (size_t i = 0; status == 0 && i < batch->count; i++) {
        struct batch_row from = {batch, i, i};
        status = message_batch_answer(&from, result, &result->messages[i], err);
    }
    return status;
}

/* An id that the thread has already violates the unique key, and the server says which. */
static void explain_append(pgc_op *op) {
    if (op->error.code == PGC_EXISTS) {
        snprintf(op->error.message, sizeof op->error.message,
                 "a message id exists in the thread already");
    }
}

/* `touched`: what the thread's time of change becomes at least. */
static void add_put(pgc_op *op, enum stmt_id id, const struct message_batch *batch,
                    int64_t touched) {
    struct bind *bind = op_statement(op, id);
    message_batch_bind(bind, batch);
    bind_bool(bind, batch->existing == PGC_EXISTING_REPLACE);
    bind_time(bind, touched);
}

/* Locked first, so that what exists is known for sure. */
static void add_lock(pgc_op *op, const struct message_batch *batch) {
    bind_text(op_statement(op, STMT_thread_lock_write), batch->thread_id);
}

/* Locks, too. */
static void add_move(pgc_op *op, const struct message_batch *batch) {
    struct bind *bind = op_statement(op, STMT_message_lock_add);
    bind_text_array(bind, &batch->thread_id, 1);
    bind_text_array(bind, batch->given, batch->given_count);
    bind = op_statement(op, STMT_message_move);
    bind_text(bind, batch->thread_id);
    bind_text_array(bind, batch->given, batch->given_count);
    bind_bool(bind, batch->elsewhere == PGC_ELSEWHERE_MOVE_ANY);
}

int message_append(pgc_op *op, const pgc_append *given, pgc_error *err) {
    struct message_batch *batch = arena_alloc(&op->arena, sizeof *batch);
    if (batch == NULL) {
        return error_nomem(err);
    }
    int status;
    if ((status = message_batch_read(batch, &op->arena, given, 1, err)) != 0 ||
        (status = message_check_sizes(op, batch->contents, batch->count, "messages", err)) != 0 ||
        (status = check_id(batch->thread_id, "thread_id", err)) != 0) {
        return status;
    }
    if (batch->elsewhere != PGC_ELSEWHERE_REFUSE) {
        add_move(op, batch);
    } else if (batch->existing != PGC_EXISTING_REFUSE) {
        add_lock(op, batch);
    }
    if (batch->existing == PGC_EXISTING_REFUSE) {
        message_batch_bind(
            op_statement(op, batch->mixed ? STMT_message_append_mixed : STMT_message_append_even),
            batch);
    } else {
        add_put(op, STMT_message_put_refuse, batch, batch->now);
    }
    op->context = batch;
    op->explain = explain_append;
    return op_ready(op, decode_append, err);
}

/* ---- Import ---------------------------------------------------------------------------------- */

/* The statements: the thread is created, locked, filled and read. */
enum { IMPORT_PUT = 2 };

/*
 * The statement failed on purpose if an id stands in another thread (sql/queries/message_put.sql).
 */
static void explain_import(pgc_op *op) {
    static const char sign[] = "elsewhere <";
    pgc_error server = op->error;
    const char *id = strstr(server.message, sign);
    if (server.code != PGC_DATA || id == NULL) {
        return;
    }
    id += sizeof sign - 1;
    const char *end = strrchr(id, '>');
    refuse_elsewhere(op->context, (pgc_str){id, end == NULL ? strlen(id) : (size_t)(end - id)},
                     &op->error);
}

static int64_t count_inserted(const PGresult *rows) {
    int64_t count = 0;
    for (int i = 0; i < PQntuples(rows); i++) {
        struct row row = row_of(rows, i);
        count += row_bool(&row, COLUMN_INSERTED);
    }
    return count;
}

static int decode_import(pgc_op *op, pgc_error *err) {
    const struct message_batch *batch = op->context;
    int64_t inserted = 0;
    if (batch->count > 0) {
        const PGresult *rows = result_of(op, IMPORT_PUT);
        int status = check_appended(op, rows, err);
        if (status != 0) {
            return status == -PGC_NOT_FOUND ? result_thread_gone(err) : status;
        }
        inserted = count_inserted(rows);
    }
    int status = thread_decode_created(op, err);
    if (status == 0) {
        op->result->total = inserted;
    }
    return status;
}

int conversation_import(pgc_op *op, const pgc_thread_new *given_thread,
                        const pgc_append *given_append, pgc_error *err) {
    pgc_thread_new thread;
    struct message_batch *batch = arena_alloc(&op->arena, sizeof *batch);
    if (batch == NULL) {
        return error_nomem(err);
    }
    int status;
    if ((status = thread_read_new(op, given_thread, &thread, err)) != 0 ||
        (status = message_batch_read(batch, &op->arena, given_append, 0, err)) != 0 ||
        (status = message_check_sizes(op, batch->contents, batch->count, "messages", err)) != 0) {
        return status;
    }
    thread.existing = PGC_EXISTING_KEEP;
    batch->existing = PGC_EXISTING_KEEP;
    batch->thread_id = thread.id;
    status = thread_add_create(op, &thread, err);
    if (batch->count > 0) {
        int64_t touched = thread.updated_at == PGC_NO_TIME ? batch->now : thread.updated_at;
        add_lock(op, batch);
        add_put(op, STMT_message_put_abort, batch, touched);
    }
    thread_add_get(op, thread.id);
    op->context = batch;
    op->explain = explain_import;
    return status != 0 ? status : op_ready(op, decode_import, err);
}

/* ---- Update, delete -------------------------------------------------------------------------- */

static int decode_updated(pgc_op *op, pgc_error *err) {
    int64_t fits = result_number(result_of(op, 1), 0, 0);
    if (fits != 1) {
        return fits == 0 ? result_no_message(err) : result_many_messages(err);
    }
    bool moved = result_number(result_of(op, 1), 1, 0) > 0;
    return moved ? result_message_moved(err) : message_decode_rows(op, err);
}

static int check_change(const pgc_message_change *change, pgc_error *err) {
    int status;
    if ((status =
             change->thread_id.data == NULL ? 0 : check_id(change->thread_id, "thread_id", err)) !=
            0 ||
        (status = check_id(change->id, "id", err)) != 0 ||
        (status = change->role.data == NULL ? 0 : check_id(change->role, "role", err)) != 0 ||
        (status = check_optional_id(change->type, "type", err)) != 0) {
        return status;
    }
    return metadata_check_patch(change->metadata, false, "metadata", err);
}

/* Locks the threads in which the messages stand, or one of them only. */
static void add_lock_here(pgc_op *op, pgc_str thread_id, const pgc_str *ids, size_t count) {
    struct bind *bind = op_statement(op, STMT_message_lock_here);
    if (thread_id.data == NULL) {
        bind_null(bind);
    } else {
        bind_text_array(bind, &thread_id, 1);
    }
    bind_text_array(bind, ids, count);
}

int message_update(pgc_op *op, const pgc_message_change *given, pgc_error *err) {
    pgc_message_change change = PGC_MESSAGE_CHANGE_INIT;
    pgc_str content;
    int64_t now = clock_wall_us();
    int status;
    if ((status = args_read(&change, sizeof change, given, "change", err)) != 0 ||
        (status = check_change(&change, err)) != 0 ||
        (status = message_read_content(&op->arena, change.content, change.text, false, &content,
                                       err)) != 0 ||
        (status = message_check_sizes(op, &content, 1, NULL, err)) != 0) {
        return status;
    }
    add_lock_here(op, change.thread_id, &change.id, 1);
    struct bind *bind = op_statement(op, STMT_message_update);
    bind_text(bind, change.thread_id);
    bind_text(bind, change.id);
    bind_text(bind, change.role);
    bind_text(bind, change.type);
    bind_text(bind, content);
    bind_time(bind, now);
    if (change.metadata.data != NULL) {
        struct owner owner = {change.thread_id, change.id};
        status = metadata_add_merge(op, &owner, change.metadata, err);
    }
    bind = op_statement(op, STMT_message_get_full);
    bind_text(bind, change.thread_id);
    bind_text_array(bind, &change.id, 1);
    return status != 0 ? status : op_ready(op, decode_updated, err);
}

static int decode_deleted(pgc_op *op, pgc_error *err) {
    pgc_result *result = result_new(op);
    if (result == NULL) {
        return error_nomem(err);
    }
    result->total = result_number(result_of(op, 1), 0, 0);
    return 0;
}

int message_delete(pgc_op *op, const pgc_ids *given, pgc_error *err) {
    pgc_ids ids;
    int status = ids_read(given, &ids, err);
    if (status != 0) {
        return status;
    }
    add_lock_here(op, ids.thread_id, ids.ids, ids.count);
    struct bind *bind = op_statement(op, STMT_message_delete);
    bind_text(bind, ids.thread_id);
    bind_text_array(bind, ids.ids, ids.count);
    bind_time(bind, clock_wall_us());
    return op_ready(op, decode_deleted, err);
}
