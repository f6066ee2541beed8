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

int metadata_check_patch(pgc_str patch, bool required, const char *field, pgc_error *err) {
    int status = check_object(patch, required, field, err);
    if (status != 0 || patch.data == NULL) {
        return status;
    }
    size_t objects = count_objects(patch);
    if (objects > OBJECTS_MAX) {
        status = error_set(err, PGC_INVALID, "%s: has %zu objects within, the limit is %d", field,
                           objects, OBJECTS_MAX);
        error_hint(err, "Merge it in parts, or replace the document.");
    }
    return status;
}

static struct bind *add_statement(pgc_op *op, enum stmt_id id, const struct owner *owner) {
    struct bind *bind = op_statement(op, id);
    bind_text(bind, owner->thread_id);
    bind_text(bind, owner->message_id);
    return bind;
}

int metadata_add_merge(pgc_op *op, const struct owner *owner, pgc_str patch, int64_t now,
                       pgc_error *err) {
    if (count_objects(patch) > 0) {
        bind_time(add_statement(op, STMT_metadata_lock, owner), now);
        return metadata_bind(op, add_statement(op, STMT_metadata_merge_deep, owner), patch, err);
    }
    struct bind *bind = add_statement(op, STMT_metadata_merge, owner);
    int status = metadata_bind(op, bind, patch, err);
    bind_time(bind, now);
    return status;
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

static int check_owner(const struct owner *owner, pgc_error *err) {
    if (owner->message_id.data == NULL) {
        return check_id(owner->thread_id, "thread_id", err);
    }
    int status = check_id(owner->message_id, "message_id", err);
    return status != 0 || owner->thread_id.data == NULL
               ? status
               : check_id(owner->thread_id, "thread_id", err);
}

int metadata_get(pgc_op *op, pgc_str thread_id, pgc_str message_id, pgc_error *err) {
    struct owner owner = {thread_id, message_id};
    int status = check_owner(&owner, err);
    if (status != 0) {
        return status;
    }
    add_statement(op, STMT_metadata_get, &owner);
    return op_ready(op, decode_document, err);
}

int metadata_merge(pgc_op *op, pgc_str thread_id, pgc_str message_id, pgc_str patch,
                   pgc_error *err) {
    struct owner owner = {thread_id, message_id};
    int status;
    if ((status = check_owner(&owner, err)) != 0 ||
        (status = metadata_check_patch(patch, true, "patch", err)) != 0 ||
        (status = metadata_add_merge(op, &owner, patch, clock_wall_us(), err)) != 0) {
        return status;
    }
    return op_ready(op, decode_document, err);
}

int metadata_replace(pgc_op *op, pgc_str thread_id, pgc_str message_id, pgc_str document,
                     pgc_error *err) {
    struct owner owner = {thread_id, message_id};
    int status;
    if ((status = check_owner(&owner, err)) != 0 ||
        (status = check_object(document, true, "document", err)) != 0) {
        return status;
    }
    struct bind *bind = add_statement(op, STMT_metadata_replace, &owner);
    status = metadata_bind(op, bind, document, err);
    bind_time(bind, clock_wall_us());
    return status != 0 ? status : op_ready(op, decode_document, err);
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
    struct owner owner = {thread_id, message_id};
    int status = check_owner(&owner, err);
    if (status != 0) {
        return status;
    }
    if (keys == NULL || count == 0 || count > KEYS_MAX) {
        return error_set(err, PGC_INVALID, "keys: there are %zu, not 1 to %d",
                         keys == NULL ? 0 : count, KEYS_MAX);
    }
    struct bind *bind = add_statement(op, STMT_metadata_remove, &owner);
    status = bind_keys(op, bind, keys, count, err);
    bind_time(bind, clock_wall_us());
    return status != 0 ? status : op_ready(op, decode_document, err);
}
