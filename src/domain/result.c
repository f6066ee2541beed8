#include "domain/result.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/escape.h"
#include "base/json.h"
#include "base/mem.h"
#include "statement/row.h"

pgc_result *result_new(pgc_op *op) {
    pgc_result *result = mem_zalloc(sizeof *result);
    if (result != NULL) {
        result->total = -1;
        result->last_seq = -1;
        result->inserted = true;
    }
    op->result = result;
    return result;
}

void pgc_result_free(pgc_result *result) {
    if (result != NULL) {
        PQclear(result->held);
        PQclear(result->held_first);
        arena_free(&result->arena);
        mem_free(result);
    }
}

const PGresult *result_of(const pgc_op *op, size_t i) {
    return op->segment.results[i];
}

const PGresult *result_hold(pgc_op *op, size_t i) {
    op->result->held_first = op->result->held;
    op->result->held = op->segment.results[i];
    op->segment.results[i] = NULL;
    return op->result->held;
}

int result_make_threads(pgc_result *result, size_t count, pgc_error *err) {
    result->threads = arena_zalloc(&result->arena, count, sizeof *result->threads);
    result->thread_count = count;
    return result->threads == NULL ? error_nomem(err) : 0;
}

int result_make_messages(pgc_result *result, size_t count, pgc_error *err) {
    result->messages = arena_zalloc(&result->arena, count, sizeof *result->messages);
    result->message_count = count;
    return result->messages == NULL ? error_nomem(err) : 0;
}

void *result_make_records(pgc_result *result, enum record_kind kind, size_t count, size_t size,
                          pgc_error *err) {
    result->records = arena_zalloc(&result->arena, count, size);
    if (result->records == NULL) {
        error_nomem(err);
        return NULL;
    }
    result->record_kind = kind;
    result->record_count = count;
    return result->records;
}

size_t result_records(const pgc_result *result, enum record_kind kind) {
    return result->record_kind == kind ? result->record_count : 0;
}

const void *result_record(const pgc_result *result, enum record_kind kind, size_t i, size_t size) {
    return i < result_records(result, kind) ? (const char *)result->records + i * size : NULL;
}

int result_bad_row(pgc_error *err) {
    return error_set(err, PGC_INTERNAL, "the server sent a value of an unexpected kind");
}

int result_read_metadata(pgc_result *result, const PGresult *rows, int row, int column,
                         pgc_str *metadata, pgc_error *err) {
    struct row reader = row_of(rows, row);
    pgc_str json = row_json(&reader, column);
    if (reader.bad) {
        return result_bad_row(err);
    }
    if (json.data == NULL) {
        *metadata = pgc_z("{}");
        return 0;
    }
    return unescape_json(&result->arena, json, metadata) == 0 ? 0 : error_nomem(err);
}

int result_read_thread(pgc_result *result, const PGresult *rows, int row, int column,
                       pgc_thread *thread, pgc_error *err) {
    struct row reader = row_of(rows, row);
    thread->id = row_id(&reader, column);
    thread->resource_id = row_text(&reader, column + 1);
    pgc_str title = row_text(&reader, column + 2);
    thread->created_at = row_time(&reader, column + 3);
    thread->updated_at = row_time(&reader, column + 4);
    thread->last_seq = row_int8(&reader, column + 5, 0);
    if (reader.bad) {
        return result_bad_row(err);
    }
    if (unescape_text(&result->arena, title, &thread->title) != 0) {
        return error_nomem(err);
    }
    thread->has_metadata = !row_is_null(&reader, column + 6);
    return result_read_metadata(result, rows, row, column + 6, &thread->metadata, err);
}

/* The text of a content that is a JSON string; absent for any other. */
static int read_text(pgc_result *result, pgc_str content, pgc_str *text, pgc_error *err) {
    *text = pgc_none();
    if (content.data == NULL || json_kind_of(content) != JSON_STRING) {
        return 0;
    }
    struct buf buf;
    buf_init(&buf, SIZE_MAX);
    json_unquote(&buf, content);
    const char *copy =
        buf.failed ? NULL : arena_copy(&result->arena, buf.size == 0 ? "" : buf.data, buf.size);
    *text = (pgc_str){copy, buf.size};
    buf_free(&buf);
    return copy == NULL ? error_nomem(err) : 0;
}

int result_read_bare_message(pgc_result *result, const PGresult *rows, int row, int column,
                             pgc_message *message, pgc_error *err) {
    struct row reader = row_of(rows, row);
    message->thread_id = row_id(&reader, column);
    message->id = row_id(&reader, column + 1);
    message->seq = row_int8(&reader, column + 2, 0);
    message->created_at = row_time(&reader, column + 3);
    message->resource_id = row_text(&reader, column + 4);
    message->role = row_text(&reader, column + 5);
    message->type = row_text(&reader, column + 6);
    message->content = row_text(&reader, column + 7);
    message->inserted = true;
    if (reader.bad) {
        return result_bad_row(err);
    }
    return read_text(result, message->content, &message->text, err);
}

int result_read_message(pgc_result *result, const PGresult *rows, int row, int column,
                        pgc_message *message, pgc_error *err) {
    int status = result_read_bare_message(result, rows, row, column, message, err);
    return status != 0
               ? status
               : result_read_metadata(result, rows, row, column + 8, &message->metadata, err);
}

int64_t result_number(const PGresult *rows, int column, int64_t if_none) {
    struct row reader = row_of(rows, 0);
    return PQntuples(rows) == 0 ? if_none : row_int8(&reader, column, if_none);
}

bool result_flag(const PGresult *rows, int column) {
    struct row reader = row_of(rows, 0);
    return PQntuples(rows) > 0 && row_bool(&reader, column);
}

int result_decode_thread(pgc_op *op, pgc_error *err) {
    pgc_result *result = result_new(op);
    if (result == NULL) {
        return error_nomem(err);
    }
    const PGresult *rows = result_hold(op, op->segment.count - 1);
    if (PQntuples(rows) == 0) {
        return result_no_thread(err);
    }
    int status = result_make_threads(result, 1, err);
    return status != 0 ? status : result_read_thread(result, rows, 0, 0, result->threads, err);
}

int result_no_thread(pgc_error *err) {
    return error_set(err, PGC_NOT_FOUND, "there is no such thread");
}

int result_no_such_thread(pgc_str id, pgc_error *err) {
    return error_set(err, PGC_NOT_FOUND, "there is no thread \"%.*s\"", (int)id.size, id.data);
}

int result_thread_gone(pgc_error *err) {
    return error_set(err, PGC_CONFLICT, "the thread was deleted meanwhile");
}

int result_message_moved(pgc_error *err) {
    return error_set(err, PGC_CONFLICT, "the message was moved to another thread meanwhile");
}

int result_no_message(pgc_error *err) {
    return error_set(err, PGC_NOT_FOUND, "there is no such message");
}

int result_many_messages(pgc_error *err) {
    int status = error_set(err, PGC_CONFLICT, "several threads have a message of this id");
    error_hint(err, "Give the thread's id, too.");
    error_retry(err, PGC_RETRY_NO);
    return status;
}

/* ---- The public readers ---------------------------------------------------------------------- */

size_t pgc_result_threads(const pgc_result *result) {
    return result->thread_count;
}

const pgc_thread *pgc_result_thread(const pgc_result *result, size_t i) {
    return i < result->thread_count ? &result->threads[i] : NULL;
}

size_t pgc_result_messages(const pgc_result *result) {
    return result->message_count;
}

const pgc_message *pgc_result_message(const pgc_result *result, size_t i) {
    return i < result->message_count ? &result->messages[i] : NULL;
}

size_t pgc_result_page_rows(const pgc_result *result) {
    return result->page_count;
}

pgc_str pgc_result_metadata(const pgc_result *result) {
    return result->metadata;
}

int64_t pgc_result_total(const pgc_result *result) {
    return result->total;
}

bool pgc_result_has_more(const pgc_result *result) {
    return result->has_more;
}

pgc_str pgc_result_next(const pgc_result *result) {
    return result->next;
}

pgc_str pgc_result_prev(const pgc_result *result) {
    return result->prev;
}

bool pgc_result_inserted(const pgc_result *result) {
    return result->inserted;
}

int64_t pgc_result_last_seq(const pgc_result *result) {
    return result->last_seq;
}
