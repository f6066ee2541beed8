/* Changing messages that are still what they were taken for. */
#include "base/args.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/escape.h"
#include "domain/check.h"
#include "domain/ids.h"
#include "domain/message_batch.h"
#include "domain/operations.h"
#include "domain/result.h"
#include "statement/row.h"

#define REVISIONS_MAX 100000
#define REWRITE_MAX (512 * 1024 * 1024)

enum {
    COLUMN_MISSING,
    COLUMN_DOUBLED,
    COLUMN_DIFFERS,
    COLUMN_THREAD,
    COLUMN_ID,
    COLUMN_PLACE_SEQ,
    COLUMN_TIME,
    COLUMN_OWNER,
    COLUMN_ROLE,
    COLUMN_TYPE,
};

/* The revisions as the arrays that the statement takes. */
struct revisions {
    size_t count;
    pgc_str *ids;
    pgc_str *threads;
    pgc_str *expected;
    pgc_str *roles;
    pgc_str *types;
    pgc_str *contents;
    pgc_str *metadata; /* as jsonb takes it; a JSON null: none any more */
    pgc_str *resources;
    pgc_str *targets;
};

/* ---- Reading what was given ------------------------------------------------------------------ */

static int read_metadata(struct revisions *all, struct arena *arena, size_t i,
                         const pgc_revision *revision, pgc_error *err) {
    int status = check_object(revision->metadata, false, "metadata", err);
    if (status != 0) {
        return status;
    }
    if (revision->clear_metadata) {
        all->metadata[i] = pgc_z("null");
        return revision->metadata.data == NULL
                   ? 0
                   : error_set(err, PGC_INVALID, "metadata: is given and to be removed");
    }
    all->metadata[i] = revision->metadata;
    return revision->metadata.data == NULL ||
                   escape_json(arena, revision->metadata, &all->metadata[i]) == 0
               ? 0
               : error_nomem(err);
}

static int check_absent_or_id(pgc_str id, const char *field, pgc_error *err) {
    return id.data == NULL ? 0 : check_id(id, field, err);
}

static int read_revision(struct revisions *all, struct arena *arena, size_t i,
                         const pgc_revision *revision, pgc_error *err) {
    int status;
    if ((status = check_id(revision->id, "id", err)) != 0 ||
        (status = check_absent_or_id(revision->thread_id, "thread_id", err)) != 0 ||
        (status = check_absent_or_id(revision->new_thread_id, "new_thread_id", err)) != 0 ||
        (status = check_absent_or_id(revision->role, "role", err)) != 0 ||
        (status = check_optional_id(revision->type, "type", err)) != 0 ||
        (status = check_optional_id(revision->resource_id, "resource_id", err)) != 0 ||
        (status = check_text(revision->expected, CONTENT_MAX, "expected", err)) != 0 ||
        (status = read_metadata(all, arena, i, revision, err)) != 0) {
        return status;
    }
    all->ids[i] = revision->id;
    all->threads[i] = revision->thread_id;
    all->targets[i] = revision->new_thread_id;
    all->roles[i] = revision->role;
    all->types[i] = revision->type;
    all->resources[i] = revision->resource_id;
    all->expected[i] = revision->expected;
    return message_read_content(arena, revision->content, revision->text, false, &all->contents[i],
                                err);
}

static int make_arrays(struct revisions *all, struct arena *arena, pgc_error *err) {
    size_t n = all->count;
    pgc_str *strings = arena_zalloc(arena, n * 9, sizeof *strings);
    if (strings == NULL) {
        error_nomem(err);
        return -PGC_NOMEM;
    }
    all->ids = strings;
    all->threads = strings + n;
    all->expected = strings + 2 * n;
    all->roles = strings + 3 * n;
    all->types = strings + 4 * n;
    all->contents = strings + 5 * n;
    all->metadata = strings + 6 * n;
    all->resources = strings + 7 * n;
    all->targets = strings + 8 * n;
    return 0;
}

static int refuse_doubles(const struct revisions *all, pgc_error *err) {
    size_t index;
    if (ids_find_double(all->ids, all->count, &index) != 0) {
        return error_nomem(err);
    }
    if (index == SIZE_MAX) {
        return 0;
    }
    int status = error_set(err, PGC_INVALID, "revisions[%zu].id: stands twice in the batch", index);
    error_position(err, (int64_t)index);
    return status;
}

static int check_size(const struct revisions *all, pgc_error *err) {
    size_t size = 0;
    for (size_t i = 0; i < all->count; i++) {
        size += all->contents[i].size + all->metadata[i].size + all->expected[i].size;
    }
    return size <= REWRITE_MAX
               ? 0
               : error_set(err, PGC_INVALID, "revisions: are %zu bytes together, the limit is %d",
                           size, REWRITE_MAX);
}

static int read_rewrite(struct revisions *all, struct arena *arena, const pgc_rewrite *given,
                        pgc_error *err) {
    pgc_rewrite rewrite = {.size = sizeof rewrite};
    int status = args_read(&rewrite, sizeof rewrite, given, "rewrite", err);
    if (status != 0) {
        return status;
    }
    if (rewrite.revisions == NULL || rewrite.count == 0 || rewrite.count > REVISIONS_MAX) {
        return error_set(err, PGC_INVALID, "revisions: there are %zu, not 1 to %d",
                         rewrite.revisions == NULL ? 0 : rewrite.count, REVISIONS_MAX);
    }
    if (rewrite.revision_size < sizeof(pgc_str)) {
        return error_set(err, PGC_INVALID, "revision_size: is %zu; begin with PGC_REWRITE_INIT",
                         rewrite.revision_size);
    }
    all->count = rewrite.count;
    status = make_arrays(all, arena, err);
    for (size_t i = 0; status == 0 && i < all->count; i++) {
        pgc_revision revision = {.clear_metadata = false};
        const char *at = (const char *)rewrite.revisions + i * rewrite.revision_size;
        status = args_copy(&revision, sizeof revision, at, rewrite.revision_size, "revision", err);
        if (status == 0) {
            status = read_revision(all, arena, i, &revision, err);
        }
        status = check_at(status, "revisions", i, err);
    }
    if (status != 0 || (status = check_size(all, err)) != 0) {
        return status;
    }
    return refuse_doubles(all, err);
}

/* ---- The answer ------------------------------------------------------------------------------ */

static int check_rewritten(const pgc_op *op, const PGresult *rows, pgc_error *err) {
    const struct revisions *all = op->context;
    struct row first = row_of(rows, 0);
    pgc_str missing = row_text(&first, COLUMN_MISSING);
    if (missing.data != NULL) {
        return result_no_such_thread(missing, err);
    }
    if (row_bool(&first, COLUMN_DOUBLED)) {
        return result_many_messages(err);
    }
    if (!row_is_null(&first, COLUMN_DIFFERS)) {
        int64_t differs = row_int8(&first, COLUMN_DIFFERS, 0);
        if (differs < 1) {
            return result_bad_row(err);
        }
        int status = error_set(err, PGC_CONFLICT, "a message is not what it was taken for");
        error_hint(err, "Read it again, and change what it is now.");
        error_position(err, differs - 1);
        return status;
    }
    return (size_t)PQntuples(rows) == all->count
               ? 0
               : error_set(err, PGC_INTERNAL, "the server answered for %d of %zu messages",
                           PQntuples(rows), all->count);
}

static int decode_rewrite(pgc_op *op, pgc_error *err) {
    const PGresult *rows = result_of(op, 1);
    int status = check_rewritten(op, rows, err);
    if (status != 0) {
        return status;
    }
    pgc_result *result = result_new(op);
    if (result == NULL) {
        return error_nomem(err);
    }
    result_hold(op, 1);
    size_t count = (size_t)PQntuples(rows);
    status = result_make_messages(result, count, err);
    result->total = (int64_t)count;
    for (size_t i = 0; status == 0 && i < count; i++) {
        struct row row = row_of(rows, (int)i);
        result->messages[i] = (pgc_message){
            .thread_id = row_id(&row, COLUMN_THREAD),
            .id = row_id(&row, COLUMN_ID),
            .resource_id = row_text(&row, COLUMN_OWNER),
            .role = row_text(&row, COLUMN_ROLE),
            .type = row_text(&row, COLUMN_TYPE),
            .created_at = row_time(&row, COLUMN_TIME),
            .seq = row_int8(&row, COLUMN_PLACE_SEQ, 0),
        };
        status = row.bad ? result_bad_row(err) : 0;
    }
    return status;
}

/* ---- The operation --------------------------------------------------------------------------- */

/* The threads to move to, at the front of the array; it is not needed for more. */
static size_t list_targets(struct arena *arena, const struct revisions *all, pgc_str **targets) {
    size_t count = 0;
    *targets = arena_zalloc(arena, all->count, sizeof **targets);
    for (size_t i = 0; *targets != NULL && i < all->count; i++) {
        if (all->targets[i].data != NULL) {
            (*targets)[count++] = all->targets[i];
        }
    }
    return count;
}

int message_rewrite(pgc_op *op, const pgc_rewrite *given, pgc_error *err) {
    struct revisions *all = arena_zalloc(&op->arena, 1, sizeof *all);
    int64_t now = clock_wall_us();
    pgc_str *targets;
    if (all == NULL) {
        return error_nomem(err);
    }
    op->context = all;
    int status = read_rewrite(all, &op->arena, given, err);
    if (status != 0 ||
        (status = message_check_sizes(op, all->contents, all->count, "revisions", err)) != 0) {
        return status;
    }
    size_t count = list_targets(&op->arena, all, &targets);
    if (targets == NULL) {
        return error_nomem(err);
    }
    struct bind *bind = op_statement(op, STMT_message_lock_add);
    bind_text_array(bind, targets, count);
    bind_text_array(bind, all->ids, all->count);
    bind = op_statement(op, STMT_message_rewrite);
    bind_text_array(bind, all->ids, all->count);
    bind_text_array(bind, all->threads, all->count);
    bind_text_array(bind, all->expected, all->count);
    bind_text_array(bind, all->roles, all->count);
    bind_text_array(bind, all->types, all->count);
    bind_text_array(bind, all->contents, all->count);
    bind_json_array(bind, all->metadata, all->count);
    bind_text_array(bind, all->resources, all->count);
    bind_text_array(bind, all->targets, all->count);
    bind_time(bind, now);
    return op_ready(op, decode_rewrite, err);
}
