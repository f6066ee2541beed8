#include "domain/message_batch.h"

#include "base/args.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/escape.h"
#include "base/json.h"
#include "base/uuid.h"
#include "domain/check.h"
#include "domain/ids.h"
#include "statement/row.h"

#define MESSAGES_MAX 100000
#define BATCH_MAX (512 * 1024 * 1024)

static int quote_text(struct arena *arena, pgc_str text, pgc_str *content, pgc_error *err) {
    struct buf buf;
    int status = check_text(text, CONTENT_MAX, "text", err);
    if (status != 0) {
        return status;
    }
    buf_init(&buf, SIZE_MAX);
    json_quote(&buf, text);
    *content = buf.failed ? pgc_none() : arena_str(arena, (pgc_str){buf.data, buf.size});
    buf_free(&buf);
    return content->data == NULL ? error_nomem(err) : 0;
}

int message_read_content(struct arena *arena, pgc_str json, pgc_str text, bool required,
                         pgc_str *content, pgc_error *err) {
    *content = json;
    if (json.data != NULL && text.data != NULL) {
        return error_set(err, PGC_INVALID, "content: give it or text, not both");
    }
    if (text.data != NULL) {
        return quote_text(arena, text, content, err);
    }
    if (json.data == NULL) {
        return required ? error_set(err, PGC_INVALID, "content: is missing") : 0;
    }
    if (json.size > CONTENT_MAX) {
        return error_set(err, PGC_INVALID, "content: is %zu bytes long, the limit is %d", json.size,
                         CONTENT_MAX);
    }
    return json_check(json, NULL, "content", err);
}

int message_check_sizes(const pgc_op *op, const pgc_str *contents, size_t count, const char *array,
                        pgc_error *err) {
    for (size_t i = 0; op->content_max != 0 && i < count; i++) {
        if (contents[i].size > op->content_max) {
            int status = error_set(err, PGC_INVALID, "content: is %zu bytes long, the limit is %zu",
                                   contents[i].size, op->content_max);
            return array == NULL ? status : check_at(status, array, i, err);
        }
    }
    return 0;
}

static int make_id(struct message_batch *batch, struct arena *arena, pgc_str *id, pgc_error *err) {
    char text[UUID_SIZE];
    if (uuid_v7(&batch->random, text) != 0) {
        return error_set(err, PGC_INTERNAL, "no random numbers for an id");
    }
    *id = arena_str(arena, pgc_z(text));
    return id->data == NULL ? error_nomem(err) : 0;
}

/* What is needed when the answer comes is copied: the caller's memory may be gone by then. */
static int keep(struct arena *arena, pgc_str text, pgc_str *own, pgc_error *err) {
    *own = arena_str(arena, text);
    return text.data != NULL && own->data == NULL ? error_nomem(err) : 0;
}

static int read_id(struct message_batch *batch, struct arena *arena, size_t i, pgc_str id,
                   pgc_error *err) {
    if (id.data == NULL) {
        return make_id(batch, arena, &batch->ids[i], err);
    }
    int status = check_id(id, "id", err);
    if (status == 0) {
        status = keep(arena, id, &batch->ids[i], err);
        batch->given[batch->given_count++] = batch->ids[i];
    }
    return status;
}

/*
 * What the store gives a message without a time is never before what stands before it, in the batch
 * as in the thread.
 */
static int read_time(struct message_batch *batch, size_t i, int64_t time, int64_t *latest,
                     pgc_error *err) {
    batch->times[i] = time;
    batch->mixed |= (time == PGC_NO_TIME) != (batch->times[0] == PGC_NO_TIME);
    batch->floors[i] = *latest;
    *latest = MAX(*latest, time);
    int64_t own = time == PGC_NO_TIME ? batch->floors[i] : time;
    batch->newest = MAX(batch->newest, own);
    return check_time(time, "created_at", err);
}

static int read_metadata(struct message_batch *batch, struct arena *arena, size_t i,
                         pgc_str metadata, pgc_error *err) {
    int status = check_object(metadata, false, "metadata", err);
    if (status != 0) {
        return status;
    }
    batch->metadata[i] = metadata;
    return metadata.data == NULL || escape_json(arena, metadata, &batch->metadata[i]) == 0
               ? 0
               : error_nomem(err);
}

static int read_thread(struct message_batch *batch, struct arena *arena, size_t i, pgc_str id,
                       pgc_error *err) {
    if (id.data == NULL) {
        batch->threads[i] = batch->thread_id;
        return 0;
    }
    int status = check_id(id, "thread_id", err);
    return status != 0 ? status : keep(arena, id, &batch->threads[i], err);
}

static int read_message(struct message_batch *batch, struct arena *arena, size_t i,
                        const pgc_message_new *message, pgc_error *err) {
    int status;
    if ((status = read_id(batch, arena, i, message->id, err)) != 0 ||
        (status = read_thread(batch, arena, i, message->thread_id, err)) != 0 ||
        (status = check_id(message->role, "role", err)) != 0 ||
        (status = keep(arena, message->role, &batch->roles[i], err)) != 0 ||
        (status = check_optional_id(message->type, "type", err)) != 0 ||
        (status = keep(arena, message->type, &batch->types[i], err)) != 0 ||
        (status = check_optional_id(message->resource_id, "resource_id", err)) != 0 ||
        (status = read_metadata(batch, arena, i, message->metadata, err)) != 0) {
        return status;
    }
    batch->resources[i] = message->resource_id;
    return message_read_content(arena, message->content, message->text, true, &batch->contents[i],
                                err);
}

static int read_messages(struct message_batch *batch, struct arena *arena, const pgc_append *append,
                         pgc_error *err) {
    int64_t latest = batch->now;
    for (size_t i = 0; i < batch->count; i++) {
        pgc_message_new message = PGC_MESSAGE_NEW_INIT;
        const char *at = (const char *)append->messages + i * append->message_size;
        int status;
        if ((status = args_copy(&message, sizeof message, at, append->message_size, "message",
                                err)) != 0 ||
            (status = read_message(batch, arena, i, &message, err)) != 0 ||
            (status = read_time(batch, i, message.created_at, &latest, err)) != 0) {
            return check_at(status, "messages", i, err);
        }
    }
    return 0;
}

static int refuse_threads(const struct message_batch *batch, pgc_error *err) {
    for (size_t i = 0; i < batch->count; i++) {
        if (batch->threads[i].data != batch->thread_id.data) {
            int status = error_set(
                err, PGC_INVALID, "messages[%zu].thread_id: is given, and all go to one thread", i);
            error_position(err, (int64_t)i);
            return status;
        }
    }
    return 0;
}

static int refuse_doubles(const struct message_batch *batch, pgc_error *err) {
    size_t index;
    if (ids_find_double(batch->ids, batch->count, &index) != 0) {
        return error_nomem(err);
    }
    if (index == SIZE_MAX) {
        return 0;
    }
    int status = error_set(err, PGC_INVALID, "messages[%zu].id: stands twice in the batch", index);
    error_position(err, (int64_t)index);
    return status;
}

/* PostgreSQL takes parameters of up to 1 GB, and all contents together are one. */
static int check_size(const struct message_batch *batch, pgc_error *err) {
    size_t size = 0;
    for (size_t i = 0; i < batch->count; i++) {
        size += batch->contents[i].size + batch->metadata[i].size;
    }
    return size <= BATCH_MAX
               ? 0
               : error_set(err, PGC_INVALID, "messages: are %zu bytes together, the limit is %d",
                           size, BATCH_MAX);
}

static int make_arrays(struct message_batch *batch, struct arena *arena, pgc_error *err) {
    size_t n = batch->count;
    pgc_str *strings = arena_zalloc(arena, n * 8, sizeof *strings);
    int64_t *numbers = arena_zalloc(arena, n * 2, sizeof *numbers);
    if (strings == NULL || numbers == NULL) {
        return error_nomem(err);
    }
    batch->ids = strings;
    batch->roles = strings + n;
    batch->types = strings + 2 * n;
    batch->contents = strings + 3 * n;
    batch->metadata = strings + 4 * n;
    batch->given = strings + 5 * n;
    batch->resources = strings + 6 * n;
    batch->threads = strings + 7 * n;
    batch->times = numbers;
    batch->floors = numbers + n;
    return 0;
}

static int read_append(const pgc_append *given, size_t least, pgc_append *append, pgc_error *err) {
    *append = (pgc_append){.size = sizeof *append};
    int status;
    if ((status = args_read(append, sizeof *append, given, "append", err)) != 0 ||
        (status = check_choice((int)append->existing, PGC_EXISTING_REPLACE, "existing", err)) !=
            0 ||
        (status = check_choice((int)append->elsewhere, PGC_ELSEWHERE_MOVE_ANY, "elsewhere", err)) !=
            0) {
        return status;
    }
    if (append->count < least || append->count > MESSAGES_MAX ||
        (append->messages == NULL && append->count > 0)) {
        return error_set(err, PGC_INVALID, "messages: there are %zu, not %zu to %d",
                         append->messages == NULL ? 0 : append->count, least, MESSAGES_MAX);
    }
    if (append->count > 0 && append->message_size < sizeof(pgc_str)) {
        return error_set(err, PGC_INVALID, "message_size: is %zu; begin with PGC_APPEND_INIT",
                         append->message_size);
    }
    return 0;
}

static int read_all(struct message_batch *batch, struct arena *arena, const pgc_append *given,
                    size_t least, pgc_error *err) {
    pgc_append append;
    int status = read_append(given, least, &append, err);
    if (status != 0) {
        return status;
    }
    *batch = (struct message_batch){
        .count = append.count,
        .now = clock_wall_us(),
        .newest = TIME_MIN,
        .existing = append.existing,
        .elsewhere = append.elsewhere,
    };
    if ((status = make_arrays(batch, arena, err)) != 0 ||
        (status = keep(arena, append.thread_id, &batch->thread_id, err)) != 0 ||
        (status = read_messages(batch, arena, &append, err)) != 0) {
        return status;
    }
    return check_size(batch, err);
}

int message_batch_read(struct message_batch *batch, struct arena *arena, const pgc_append *given,
                       size_t least, pgc_error *err) {
    int status;
    if ((status = read_all(batch, arena, given, least, err)) != 0 ||
        (status = refuse_threads(batch, err)) != 0) {
        return status;
    }
    return refuse_doubles(batch, err);
}

int message_batch_read_any(struct message_batch *batch, struct arena *arena,
                           const pgc_append *given, pgc_error *err) {
    return read_all(batch, arena, given, 1, err);
}

void message_batch_bind(struct bind *bind, const struct message_batch *batch) {
    bind_text(bind, batch->thread_id);
    bind_text_array(bind, batch->ids, batch->count);
    bind_text_array(bind, batch->roles, batch->count);
    bind_text_array(bind, batch->types, batch->count);
    bind_text_array(bind, batch->contents, batch->count);
    bind_json_array(bind, batch->metadata, batch->count);
    bind_time_array(bind, batch->times, batch->count);
    bind_time_array(bind, batch->floors, batch->count);
    bind_time(bind, batch->now);
    bind_time(bind, batch->newest);
    bind_text_array(bind, batch->given, batch->given_count);
    bind_text_array(bind, batch->resources, batch->count);
}

/* ---- What comes back ------------------------------------------------------------------------- */

static pgc_str copy(pgc_result *result, pgc_str text, bool *failed) {
    pgc_str own = arena_str(&result->arena, text);
    *failed |= text.data != NULL && own.data == NULL;
    return own;
}

int message_batch_answer(const struct batch_row *from, pgc_result *result, pgc_message *message,
                         pgc_error *err) {
    const struct message_batch *batch = from->batch;
    size_t i = from->i;
    struct row row = row_of(result->held, (int)from->row);
    bool failed = false;
    *message = (pgc_message){
        .thread_id = copy(result, batch->threads[i], &failed),
        .id = copy(result, batch->ids[i], &failed),
        .resource_id = row_text(&row, COLUMN_RESOURCE),
        .role = copy(result, batch->roles[i], &failed),
        .type = copy(result, batch->types[i], &failed),
        .created_at = row_time(&row, COLUMN_CREATED),
        .seq = row_int8(&row, COLUMN_SEQ, 0),
        .inserted = row_bool(&row, COLUMN_INSERTED),
    };
    if (failed || row.bad) {
        return failed ? error_nomem(err) : result_bad_row(err);
    }
    result->inserted |= message->inserted;
    result->last_seq = MAX(result->last_seq, message->seq);
    return 0;
}
