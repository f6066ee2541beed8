#include "domain/metadata.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/escape.h"
#include "base/json.h"
#include "domain/check.h"
#include "domain/operations.h"
#include "domain/result.h"

#define KEYS_MAX 10000
#define OBJECTS_MAX 256

int metadata_bind(pgc_op *op, struct bind *bind, pgc_str document, pgc_error *err) {
    pgc_str escaped = document;
    if (document.data != NULL && escape_json(&op->arena, document, &escaped) != 0) {
        return error_nomem(err);
    }
    bind_json(bind, escaped);
    return 0;
}

/* How many objects are within an object; merging each of them costs a copy of the document. */
static size_t count_objects(pgc_str object) {
    size_t count = 0;
    struct json_members members;
    pgc_str key, value;
    json_members_begin(&members, object);
    while (json_members_next(&members, &key, &value)) {
        if (json_kind_of(value) == JSON_OBJECT) {
            count += 1 + count_objects(value);
        }
    }
    return count;
}

static int add_write(pgc_op *op, enum stmt_id id, pgc_str thread_id, pgc_str message_id,
                     pgc_str document, int64_t now, pgc_error *err) {
    struct bind *bind = op_statement(op, id);
    bind_text(bind, thread_id);
    bind_text(bind, message_id);
    int status = metadata_bind(op, bind, document, err);
    bind_time(bind, now);
    return status;
}

static int add_deep_merge(pgc_op *op, pgc_str thread_id, pgc_str message_id, pgc_str patch,
                          int64_t now, pgc_error *err) {
    struct bind *bind = op_statement(op, STMT_metadata_lock);
    bind_text(bind, thread_id);
    bind_text(bind, message_id);
    bind_time(bind, now);
    bind = op_statement(op, STMT_metadata_merge_deep);
    bind_text(bind, thread_id);
    bind_text(bind, message_id);
    return metadata_bind(op, bind, patch, err);
}

int metadata_add_merge(pgc_op *op, pgc_str thread_id, pgc_str message_id, pgc_str patch,
                       int64_t now, pgc_error *err) {
    size_t objects = count_objects(patch);
    if (objects == 0) {
        return add_write(op, STMT_metadata_merge, thread_id, message_id, patch, now, err);
    }
    if (objects > OBJECTS_MAX) {
        int status = error_set(err, PGC_INVALID, "patch: has %zu objects within, the limit is %d",
                               objects, OBJECTS_MAX);
        error_hint(err, "Merge it in parts, or replace the document.");
        return status;
    }
    return add_deep_merge(op, thread_id, message_id, patch, now, err);
}

/* The last statement of each answers how many owners fit, and with the document. */
static int decode_document(pgc_op *op, pgc_error *err) {
    pgc_result *result = result_new(op);
    if (result == NULL) {
        return error_nomem(err);
    }
    const PGresult *rows = result_hold(op, op->segment.count - 1);
    bool of_message = op->statements[0].values[1] != NULL;
    int64_t owners = result_number(rows, 0, 0);
    if (owners == 0) {
        return of_message ? result_no_message(err) : result_no_thread(err);
    }
    return owners > 1 ? result_many_messages(err)
                      : result_read_metadata(result, rows, 0, 1, &result->metadata, err);
}

/* A message's thread may be absent: it is looked up by its id alone. */
static int check_owner(pgc_str thread_id, pgc_str message_id, pgc_error *err) {
    if (message_id.data == NULL) {
        return check_id(thread_id, "thread_id", err);
    }
    int status = check_id(message_id, "message_id", err);
    return status != 0 || thread_id.data == NULL ? status : check_id(thread_id, "thread_id", err);
}

int metadata_get(pgc_op *op, pgc_str thread_id, pgc_str message_id, pgc_error *err) {
    int status = check_owner(thread_id, message_id, err);
    if (status != 0) {
        return status;
    }
    struct bind *bind = op_statement(op, STMT_metadata_get);
    bind_text(bind, thread_id);
    bind_text(bind, message_id);
    return op_ready(op, decode_document, err);
}

int metadata_merge(pgc_op *op, pgc_str thread_id, pgc_str message_id, pgc_str patch,
                   pgc_error *err) {
    int status;
    if ((status = check_owner(thread_id, message_id, err)) != 0 ||
        (status = check_object(patch, true, "patch", err)) != 0 ||
        (status = metadata_add_merge(op, thread_id, message_id, patch, clock_wall_us(), err)) !=
            0) {
        return status;
    }
    return op_ready(op, decode_document, err);
}

int metadata_replace(pgc_op *op, pgc_str thread_id, pgc_str message_id, pgc_str document,
                     pgc_error *err) {
    int status;
    if ((status = check_owner(thread_id, message_id, err)) != 0 ||
        (status = check_object(document, true, "document", err)) != 0 ||
        (status = add_write(op, STMT_metadata_replace, thread_id, message_id, document,
                            clock_wall_us(), err)) != 0) {
        return status;
    }
    return op_ready(op, decode_document, err);
}

static int bind_keys(pgc_op *op, struct bind *bind, const pgc_str *keys, size_t count,
                     pgc_error *err) {
    pgc_str *escaped = arena_zalloc(&op->arena, count, sizeof *escaped);
    if (escaped == NULL) {
        return error_nomem(err);
    }
    for (size_t i = 0; i < count; i++) {
        int status = keys[i].data == NULL ? error_set(err, PGC_INVALID, "key: is missing")
                                          : check_text(keys[i], CONTENT_MAX, "key", err);
        if (status != 0) {
            return check_at(status, "keys", i, err);
        }
        if (escape_text(&op->arena, keys[i], &escaped[i]) != 0) {
            return error_nomem(err);
        }
    }
    bind_text_array(bind, escaped, count);
    return 0;
}

int metadata_remove(pgc_op *op, pgc_str thread_id, pgc_str message_id, const pgc_str *keys,
                    size_t count, pgc_error *err) {
    int status = check_owner(thread_id, message_id, err);
    if (status != 0) {
        return status;
    }
    if (keys == NULL || count == 0 || count > KEYS_MAX) {
        return error_set(err, PGC_INVALID, "keys: there are %zu, not 1 to %d",
                         keys == NULL ? 0 : count, KEYS_MAX);
    }
    struct bind *bind = op_statement(op, STMT_metadata_remove);
    bind_text(bind, thread_id);
    bind_text(bind, message_id);
    status = bind_keys(op, bind, keys, count, err);
    bind_time(bind, clock_wall_us());
    return status != 0 ? status : op_ready(op, decode_document, err);
}
