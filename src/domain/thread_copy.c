/* Copying threads. */
#include "base/args.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "base/uuid.h"
#include "domain/check.h"
#include "domain/escaped.h"
#include "domain/metadata.h"
#include "domain/operations.h"
#include "domain/result.h"
#include "domain/thread.h"
#include "statement/row.h"

#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#define COPY_IDS_MAX 100000
#define TAIL_SIZE 12 /* digits of a UUID's last group */

enum { COLUMN_KNOWN, COLUMN_MADE, COLUMN_SOURCE, COLUMN_TIME, COLUMN_SEQ };

/* The new ids: UUIDs of one front, and of a number to which the seq is added. */
struct new_ids {
    char front[UUID_SIZE];
    int64_t number;
};

static void write_id(const struct new_ids *ids, int64_t seq, char *id, size_t size) {
    uint64_t number = (uint64_t)ids->number + (uint64_t)seq; /* a server may send any seq */
    snprintf(id, size, "%s%0*" PRIx64, ids->front, TAIL_SIZE, number);
}

/* ---- What was given -------------------------------------------------------------------------- */

static int check_ids(const pgc_copy *copy, pgc_error *err) {
    if (copy->ids == NULL) {
        return 0;
    }
    int status = copy->count <= COPY_IDS_MAX
                     ? 0
                     : error_set(err, PGC_INVALID, "ids: there are %zu, the limit is %d",
                                 copy->count, COPY_IDS_MAX);
    for (size_t i = 0; status == 0 && i < copy->count; i++) {
        status = check_at(check_id(copy->ids[i], "id", err), "ids", i, err);
    }
    return status;
}

static int check_copy(const pgc_copy *copy, pgc_error *err) {
    int status;
    if ((status = check_id(copy->source_id, "source_id", err)) != 0 ||
        (status = copy->id.data == NULL ? 0 : check_id(copy->id, "id", err)) != 0 ||
        (status = check_optional_id(copy->resource_id, "resource_id", err)) != 0 ||
        (status = check_text(copy->title, TEXT_MAX, "title", err)) != 0 ||
        (status = check_object(copy->metadata, false, "metadata", err)) != 0 ||
        (status = check_time(copy->from, "from", err)) != 0 ||
        (status = check_time(copy->until, "until", err)) != 0) {
        return status;
    }
    return check_ids(copy, err);
}

/* Where the copy comes from: {"sourceThreadId": ..., "clonedAt": ...}. */
static pgc_str make_clone(struct arena *arena, pgc_str source_id, int64_t now) {
    char time[32];
    struct tm tm;
    time_t seconds = (time_t)(now / 1000000);
    gmtime_r(&seconds, &tm);
    size_t length = strftime(time, sizeof time, "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(time + length, sizeof time - length, ".%03dZ", (int)(now / 1000 % 1000));
    struct buf buf;
    buf_init(&buf, SIZE_MAX);
    buf_add_z(&buf, "{\"sourceThreadId\":");
    json_quote(&buf, source_id);
    buf_addf(&buf, ",\"clonedAt\":\"%s\"}", time);
    pgc_str clone = buf.failed ? pgc_none() : arena_str(arena, (pgc_str){buf.data, buf.size});
    buf_free(&buf);
    return clone;
}

/* ---- The answer ------------------------------------------------------------------------------ */

/* The thread is in the answer that is kept; the messages' ids are copied from the other one. */
static int read_copied(const pgc_op *op, pgc_message *message, int i, pgc_error *err) {
    const struct new_ids *ids = op->context;
    pgc_result *result = op->result;
    struct row row = row_of(result_of(op, 0), i);
    char id[UUID_SIZE + 32];
    int64_t seq = row_int8(&row, COLUMN_SEQ, 0);
    write_id(ids, seq, id, sizeof id);
    *message = (pgc_message){
        .thread_id = result->threads[0].id,
        .id = arena_str(&result->arena, pgc_z(id)),
        .source_id = arena_str(&result->arena, row_id(&row, COLUMN_SOURCE)),
        .resource_id = result->threads[0].resource_id,
        .created_at = row_time(&row, COLUMN_TIME),
        .seq = seq,
        .inserted = true,
    };
    if (row.bad) {
        return result_bad_row(err);
    }
    return message->id.data == NULL || message->source_id.data == NULL ? error_nomem(err) : 0;
}

static int decode_copy(pgc_op *op, pgc_error *err) {
    const PGresult *rows = result_of(op, 0);
    if (!result_flag(rows, COLUMN_KNOWN)) {
        return result_no_thread(err);
    }
    if (!result_flag(rows, COLUMN_MADE)) {
        return error_set(err, PGC_EXISTS, "a thread with this id exists");
    }
    int status = result_decode_thread(op, err);
    size_t count = PQgetisnull(rows, 0, COLUMN_SOURCE) ? 0 : (size_t)PQntuples(rows);
    if (status == 0) {
        status = result_make_messages(op->result, count, err);
    }
    for (size_t i = 0; status == 0 && i < count; i++) {
        status = read_copied(op, &op->result->messages[i], (int)i, err);
    }
    return status;
}

/* ---- The operation --------------------------------------------------------------------------- */

static int make_ids(pgc_op *op, pgc_error *err) {
    struct new_ids *ids = arena_zalloc(&op->arena, 1, sizeof *ids);
    struct uuid_random random = {.left = 0};
    op->context = ids;
    if (ids == NULL) {
        return error_nomem(err);
    }
    if (uuid_v7(&random, ids->front) != 0) {
        return error_set(err, PGC_INTERNAL, "no random numbers for ids");
    }
    char *tail = ids->front + strlen(ids->front) - TAIL_SIZE;
    /* With the highest bit off, so that no sum runs over. */
    ids->number = strtoll(tail, NULL, 16) & INT64_C(0x7fffffffffff);
    *tail = '\0';
    return 0;
}

static int bind_copy(pgc_op *op, struct bind *bind, const pgc_copy *copy, pgc_error *err) {
    int64_t now = clock_wall_us();
    char id[UUID_SIZE + 32];
    write_id(op->context, 0, id, sizeof id);
    pgc_str clone = make_clone(&op->arena, copy->source_id, now);
    int status;
    bind_text(bind, copy->source_id);
    bind_text(bind, copy->id);
    bind_text(bind, copy->resource_id);
    if (clone.data == NULL) {
        return error_nomem(err);
    }
    if ((status = escaped_bind_text(op, bind, copy->title, err)) != 0 ||
        (status = metadata_bind(op, bind, copy->metadata, err)) != 0 ||
        (status = metadata_bind(op, bind, clone, err)) != 0) {
        return status;
    }
    bind_time(bind, copy->from == PGC_NO_TIME ? TIME_FIRST : copy->from);
    bind_time(bind, copy->until == PGC_NO_TIME ? TIME_LAST : copy->until);
    if (copy->limit == 0) {
        bind_null(bind);
    } else {
        bind_int8(bind, copy->limit);
    }
    if (copy->ids == NULL) {
        bind_null(bind);
    } else {
        bind_text_array(bind, copy->ids, copy->count);
    }
    bind_text(bind, pgc_z(id));
    bind_time(bind, now);
    return 0;
}

int thread_copy(pgc_op *op, const pgc_copy *given, pgc_error *err) {
    pgc_copy copy = PGC_COPY_INIT;
    int status;
    if ((status = args_read(&copy, sizeof copy, given, "copy", err)) != 0 ||
        (status = check_copy(&copy, err)) != 0 ||
        (status = thread_make_id(op, &copy.id, err)) != 0 || (status = make_ids(op, err)) != 0 ||
        (status = bind_copy(op, op_statement(op, STMT_thread_copy_messages), &copy, err)) != 0) {
        return status;
    }
    thread_add_get(op, copy.id);
    return op_ready(op, decode_copy, err);
}
