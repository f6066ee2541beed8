#include "domain/thread.h"

#include "base/args.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "base/uuid.h"
#include "domain/check.h"
#include "domain/escaped.h"
#include "domain/metadata.h"
#include "domain/operations.h"
#include "domain/result.h"

void thread_add_get(pgc_op *op, pgc_str thread_id) {
    bind_text(op_statement(op, STMT_thread_get), thread_id);
}

int thread_make_id(pgc_op *op, pgc_str *id, pgc_error *err) {
    char made[UUID_SIZE];
    if (id->data == NULL) {
        struct uuid_random random = {.left = 0};
        if (uuid_v7(&random, made) != 0) {
            return error_set(err, PGC_INTERNAL, "no random numbers for an id");
        }
        *id = pgc_z(made);
    }
    *id = arena_str(&op->arena, *id);
    return id->data == NULL ? error_nomem(err) : 0;
}

/* ---- Create ---------------------------------------------------------------------------------- */

int thread_read_new(pgc_op *op, const pgc_thread_new *given, pgc_thread_new *thread,
                    pgc_error *err) {
    *thread = (pgc_thread_new)PGC_THREAD_NEW_INIT;
    int status;
    if ((status = args_read(thread, sizeof *thread, given, "thread", err)) != 0 ||
        (status = thread->id.data == NULL ? 0 : check_id(thread->id, "id", err)) != 0 ||
        (status = check_optional_id(thread->resource_id, "resource_id", err)) != 0 ||
        (status = check_text(thread->title, TEXT_MAX, "title", err)) != 0 ||
        (status = check_object(thread->metadata, false, "metadata", err)) != 0 ||
        (status = check_time(thread->created_at, "created_at", err)) != 0 ||
        (status = check_time(thread->updated_at, "updated_at", err)) != 0 ||
        (status = check_choice((int)thread->existing, PGC_EXISTING_REWRITE, "existing", err)) !=
            0) {
        return status;
    }
    if (thread->created_at == PGC_NO_TIME) {
        thread->created_at = clock_wall_us();
    }
    return thread_make_id(op, &thread->id, err);
}

int thread_add_create(pgc_op *op, const pgc_thread_new *thread, pgc_error *err) {
    static const enum stmt_id statements[] = {
        [PGC_EXISTING_REFUSE] = STMT_thread_create_new,
        [PGC_EXISTING_KEEP] = STMT_thread_create_new,
        [PGC_EXISTING_REPLACE] = STMT_thread_create_replace,
        [PGC_EXISTING_REWRITE] = STMT_thread_create_rewrite,
    };
    struct bind *bind = op_statement(op, statements[thread->existing]);
    bind_text(bind, thread->id);
    bind_text(bind, thread->resource_id);
    int status = escaped_bind_text(op, bind, thread->title, err);
    bind_time(bind, thread->created_at);
    bind_time(bind, thread->updated_at == PGC_NO_TIME ? thread->created_at : thread->updated_at);
    return status != 0 ? status : metadata_bind(op, bind, thread->metadata, err);
}

/* Statement 0 tells what was written, the last one what there is now. */
int thread_decode_created(pgc_op *op, pgc_error *err) {
    const PGresult *written = result_of(op, 0);
    bool inserted = result_flag(written, 0);
    int status = result_decode_thread(op, err);
    if (status == -PGC_NOT_FOUND) {
        return result_thread_gone(err);
    }
    if (status == 0) {
        op->result->inserted = inserted;
    }
    return status;
}

static int decode_new(pgc_op *op, pgc_error *err) {
    if (PQntuples(result_of(op, 0)) == 0) {
        return error_set(err, PGC_EXISTS, "a thread with this id exists");
    }
    return thread_decode_created(op, err);
}

int thread_create(pgc_op *op, const pgc_thread_new *given, pgc_error *err) {
    pgc_thread_new thread;
    int status;
    if ((status = thread_read_new(op, given, &thread, err)) != 0 ||
        (status = thread_add_create(op, &thread, err)) != 0) {
        return status;
    }
    if (thread.existing == PGC_EXISTING_REPLACE) {
        bind_text(op_statement(op, STMT_thread_owner), thread.id);
    }
    thread_add_get(op, thread.id);
    return op_ready(op, thread.existing == PGC_EXISTING_REFUSE ? decode_new : thread_decode_created,
                    err);
}

/* ---- Get, update, delete --------------------------------------------------------------------- */

int thread_get(pgc_op *op, pgc_str thread_id, pgc_error *err) {
    int status = check_id(thread_id, "thread_id", err);
    if (status != 0) {
        return status;
    }
    thread_add_get(op, thread_id);
    return op_ready(op, result_decode_thread, err);
}

static int check_expected(const pgc_thread_change *change, pgc_error *err) {
    enum json_kind kind = JSON_NULL;
    if (change->expected.data == NULL) {
        return 0;
    }
    if (change->merge != PGC_MERGE_SHALLOW || change->metadata.data == NULL) {
        return error_set(err, PGC_INVALID, "expected: goes with metadata and a shallow merge only");
    }
    int status = json_check(change->expected, &kind, "expected", err);
    return status != 0 || kind == JSON_NULL || kind == JSON_OBJECT
               ? status
               : error_set(err, PGC_INVALID, "expected: is neither a JSON object nor null");
}

static int check_change(const pgc_thread_change *change, pgc_error *err) {
    int status;
    if ((status = check_id(change->id, "id", err)) != 0 ||
        (status = check_optional_id(change->resource_id, "resource_id", err)) != 0 ||
        (status = check_text(change->title, TEXT_MAX, "title", err)) != 0 ||
        (status = check_choice((int)change->merge, PGC_MERGE_SHALLOW, "merge", err)) != 0 ||
        (status = change->merge == PGC_MERGE_SHALLOW
                      ? check_object(change->metadata, false, "metadata", err)
                      : metadata_check_patch(change->metadata, false, "metadata", err)) != 0) {
        return status;
    }
    if ((status = check_expected(change, err)) != 0) {
        return status;
    }
    if (change->removed_count > 0 && change->merge != PGC_MERGE_SHALLOW) {
        return error_set(err, PGC_INVALID, "removed: goes with a shallow merge only");
    }
    if (change->clear_title && change->title.data != NULL) {
        return error_set(err, PGC_INVALID, "title: is given and to be removed");
    }
    if (change->clear_resource && change->resource_id.data != NULL) {
        return error_set(err, PGC_INVALID, "resource_id: is given and to be removed");
    }
    return 0;
}

/* The statement failed on purpose if the document differs (sql/queries/metadata_swap.sql). */
static void explain_update(pgc_op *op) {
    if (op->error.code == PGC_DATA && strstr(op->error.message, "differs <") != NULL) {
        error_set(&op->error, PGC_CONFLICT, "the metadata is not what it was taken for");
        error_hint(&op->error, "Read it again, and change what it is now.");
    }
}

static int add_metadata(pgc_op *op, const pgc_thread_change *change, pgc_error *err) {
    struct owner owner = {.thread_id = change->id};
    if (change->merge == PGC_MERGE_DEEP) {
        return metadata_add_merge(op, &owner, change->metadata, err);
    }
    pgc_str removal;
    int status = metadata_make_removal(&op->arena, change->removed, change->removed_count,
                                       "removed", &removal, err);
    if (status != 0 || change->expected.data == NULL) {
        return status != 0 ? status
                           : metadata_add_shallow(op, &owner, change->metadata, removal, err);
    }
    struct bind *bind = op_statement(op, STMT_metadata_swap);
    bind_text(bind, change->id);
    if ((status = metadata_bind(op, bind, change->metadata, err)) != 0 ||
        (status = metadata_bind(op, bind, change->expected, err)) != 0) {
        return status;
    }
    bind_time(bind, clock_wall_us());
    op->explain = explain_update;
    return metadata_bind(op, bind, removal, err);
}

int thread_update(pgc_op *op, const pgc_thread_change *given, pgc_error *err) {
    pgc_thread_change change = PGC_THREAD_CHANGE_INIT;
    int64_t now = clock_wall_us();
    int status;
    if ((status = args_read(&change, sizeof change, given, "change", err)) != 0 ||
        (status = check_change(&change, err)) != 0) {
        return status;
    }
    struct bind *bind = op_statement(op, STMT_thread_update);
    bind_text(bind, change.id);
    status = escaped_bind_text(op, bind, change.title, err);
    bind_text(bind, change.resource_id);
    bind_bool(bind, change.clear_title);
    bind_bool(bind, change.clear_resource);
    bind_time(bind, now);
    if (change.clear_resource || change.resource_id.data != NULL) {
        bind_text(op_statement(op, STMT_thread_owner), change.id);
    }
    if (change.removed_count > 0 && change.metadata.data == NULL) {
        change.metadata = pgc_z("{}");
    }
    if (status == 0 && change.metadata.data != NULL) {
        status = add_metadata(op, &change, err);
    }
    thread_add_get(op, change.id);
    return status != 0 ? status : op_ready(op, result_decode_thread, err);
}

void thread_add_embeddings(pgc_op *op) {
    op_statement(op, STMT_embedding_find);
    op_statement(op, STMT_embedding_delete);
}

static int decode_deleted(pgc_op *op, pgc_error *err) {
    pgc_result *result = result_new(op);
    if (result == NULL) {
        return error_nomem(err);
    }
    result->total = result_number(result_of(op, 1), 0, -1);
    return result->total < 0 ? result_no_thread(err) : 0;
}

int thread_delete(pgc_op *op, pgc_str thread_id, pgc_error *err) {
    int status = check_id(thread_id, "thread_id", err);
    if (status != 0) {
        return status;
    }
    bind_text(op_statement(op, STMT_thread_lock_delete), thread_id);
    bind_text(op_statement(op, STMT_thread_delete), thread_id);
    thread_add_embeddings(op);
    return op_ready(op, decode_deleted, err);
}
