#include "domain/metadata.h"

#include "base/buf.h"
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

static int add_write(pgc_op *op, enum stmt_id id, const struct owner *owner, pgc_str document,
                     pgc_str removal, pgc_error *err) {
    struct bind *bind = add_statement(op, id, owner);
    int status = metadata_bind(op, bind, document, err);
    bind_time(bind, clock_wall_us());
    return status != 0 ? status : metadata_bind(op, bind, removal, err);
}

int metadata_add_merge(pgc_op *op, const struct owner *owner, pgc_str patch, pgc_error *err) {
    if (count_objects(patch) == 0) {
        return add_write(op, STMT_metadata_write_merge, owner, patch, pgc_none(), err);
    }
    int status = add_write(op, STMT_metadata_write_lock, owner, pgc_none(), pgc_none(), err);
    return status != 0
               ? status
               : metadata_bind(op, add_statement(op, STMT_metadata_merge_deep, owner), patch, err);
}

int metadata_add_shallow(pgc_op *op, const struct owner *owner, pgc_str patch, pgc_str removal,
                         pgc_error *err) {
    return add_write(op, STMT_metadata_write_shallow, owner, patch, removal, err);
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
        (status = metadata_add_merge(op, &owner, patch, err)) != 0) {
        return status;
    }
    return op_ready(op, decode_document, err);
}

int metadata_replace(pgc_op *op, pgc_str thread_id, pgc_str message_id, pgc_str document,
                     pgc_error *err) {
    struct owner owner = {thread_id, message_id};
    int status;
    if ((status = check_owner(&owner, err)) != 0 ||
        (status = check_object(document, true, "document", err)) != 0 ||
        (status = add_write(op, STMT_metadata_write_replace, &owner, document, pgc_none(), err)) !=
            0) {
        return status;
    }
    return op_ready(op, decode_document, err);
}

static int check_keys(const pgc_str *keys, size_t count, const char *field, pgc_error *err) {
    if (keys == NULL || count == 0 || count > KEYS_MAX) {
        return error_set(err, PGC_INVALID, "%s: there are %zu, not 1 to %d", field,
                         keys == NULL ? 0 : count, KEYS_MAX);
    }
    for (size_t i = 0; i < count; i++) {
        int status = keys[i].data == NULL ? error_set(err, PGC_INVALID, "key: is missing")
                                          : check_text(keys[i], CONTENT_MAX, "key", err);
        if (status != 0) {
            return check_at(status, field, i, err);
        }
    }
    return 0;
}

/* {"key":null,...}, which is a patch that removes them as well. */
static int make_removal(struct arena *arena, const pgc_str *keys, size_t count, const char *field,
                        pgc_str *removal, pgc_error *err) {
    int status = check_keys(keys, count, field, err);
    if (status != 0) {
        return status;
    }
    struct buf buf;
    buf_init(&buf, SIZE_MAX);
    for (size_t i = 0; i < count; i++) {
        buf_add_char(&buf, i == 0 ? '{' : ',');
        json_quote(&buf, keys[i]);
        buf_add_z(&buf, ":null");
    }
    buf_add_char(&buf, '}');
    *removal = buf.failed ? pgc_none() : arena_str(arena, (pgc_str){buf.data, buf.size});
    buf_free(&buf);
    return removal->data == NULL ? error_nomem(err) : 0;
}

int metadata_make_removal(struct arena *arena, const pgc_str *names, size_t count,
                          const char *field, pgc_str *removal, pgc_error *err) {
    *removal = pgc_none();
    return count == 0 ? 0 : make_removal(arena, names, count, field, removal, err);
}

int metadata_remove(pgc_op *op, pgc_str thread_id, pgc_str message_id, const pgc_str *keys,
                    size_t count, pgc_error *err) {
    struct owner owner = {thread_id, message_id};
    int status;
    pgc_str patch;
    if ((status = check_owner(&owner, err)) != 0 ||
        (status = make_removal(&op->arena, keys, count, "keys", &patch, err)) != 0 ||
        (status = metadata_add_merge(op, &owner, patch, err)) != 0) {
        return status;
    }
    return op_ready(op, decode_document, err);
}
