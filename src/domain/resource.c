#include "base/args.h"
#include "base/clock.h"
#include "base/error.h"
#include "domain/check.h"
#include "domain/escaped.h"
#include "domain/metadata.h"
#include "domain/operations_memory.h"

/* An empty id is one as any other. */
static int check_resource(pgc_str id, const char *field, pgc_error *err) {
    return id.data == NULL ? error_set(err, PGC_INVALID, "%s: is missing", field)
                           : check_optional_id(id, field, err);
}

/* The only row of the only statement; `missing` tells what it means that there is none. */
static int decode(pgc_op *op, int (*missing)(pgc_error *err), pgc_error *err) {
    pgc_result *result = result_new(op);
    if (result == NULL) {
        return error_nomem(err);
    }
    const PGresult *rows = result_hold(op, 0);
    if (PQntuples(rows) == 0) {
        return missing(err);
    }
    pgc_resource *resource = result_make_records(result, RECORD_RESOURCE, 1, sizeof *resource, err);
    if (resource == NULL) {
        return -PGC_NOMEM;
    }
    struct row row = row_of(rows, 0);
    resource->size = sizeof *resource;
    resource->id = row_id(&row, 0);
    resource->created_at = row_time(&row, 3);
    resource->updated_at = row_time(&row, 4);
    int status = escaped_read_text(result, &row, 1, &resource->working_memory, err);
    if (status == 0) {
        status = escaped_read_json(result, &row, 2, &resource->metadata, err);
    }
    return status == 0 && row.bad ? result_bad_row(err) : status;
}

static int no_resource(pgc_error *err) {
    return error_set(err, PGC_NOT_FOUND, "there is no such resource");
}

static int decode_found(pgc_op *op, pgc_error *err) {
    return decode(op, no_resource, err);
}

int resource_get(pgc_op *op, pgc_str resource_id, pgc_error *err) {
    int status = check_resource(resource_id, "resource_id", err);
    if (status != 0) {
        return status;
    }
    bind_text(op_statement(op, STMT_resource_get), resource_id);
    return op_ready(op, decode_found, err);
}

static int is_there(pgc_error *err) {
    return error_set(err, PGC_EXISTS, "a resource with this id exists");
}

static int decode_created(pgc_op *op, pgc_error *err) {
    return decode(op, is_there, err);
}

int resource_create(pgc_op *op, const pgc_resource *given, pgc_error *err) {
    pgc_resource resource = PGC_RESOURCE_INIT;
    int status;
    if ((status = args_read(&resource, sizeof resource, given, "resource", err)) != 0 ||
        (status = check_resource(resource.id, "id", err)) != 0 ||
        (status = check_text(resource.working_memory, CONTENT_MAX, "working_memory", err)) != 0 ||
        (status = check_object(resource.metadata, false, "metadata", err)) != 0 ||
        (status = check_time(resource.created_at, "created_at", err)) != 0 ||
        (status = check_time(resource.updated_at, "updated_at", err)) != 0) {
        return status;
    }
    int64_t at = resource.created_at == PGC_NO_TIME ? clock_wall_us() : resource.created_at;
    struct bind *bind = op_statement(op, STMT_resource_create);
    bind_text(bind, resource.id);
    if ((status = escaped_bind_text(op, bind, resource.working_memory, err)) != 0 ||
        (status = metadata_bind(op, bind, resource.metadata, err)) != 0) {
        return status;
    }
    bind_time(bind, at);
    bind_time(bind, resource.updated_at == PGC_NO_TIME ? at : resource.updated_at);
    return op_ready(op, decode_created, err);
}

static int decode_changed(pgc_op *op, pgc_error *err) {
    bool inserted = result_flag(result_of(op, 0), 5);
    int status = decode_found(op, err);
    if (status == 0) {
        op->result->inserted = inserted;
    }
    return status;
}

int resource_update(pgc_op *op, const pgc_resource_change *given, pgc_error *err) {
    pgc_resource_change change = PGC_RESOURCE_CHANGE_INIT;
    int status;
    if ((status = args_read(&change, sizeof change, given, "change", err)) != 0 ||
        (status = check_resource(change.id, "id", err)) != 0 ||
        (status = check_text(change.working_memory, CONTENT_MAX, "working_memory", err)) != 0 ||
        (status = check_object(change.metadata, false, "metadata", err)) != 0) {
        return status;
    }
    if (change.clear_working_memory && change.working_memory.data != NULL) {
        return error_set(err, PGC_INVALID, "working_memory: is given and to be removed");
    }
    pgc_str removal;
    struct bind *bind = op_statement(op, STMT_resource_update);
    bind_text(bind, change.id);
    if ((status = metadata_make_removal(&op->arena, change.removed, change.removed_count, "removed",
                                        &removal, err)) != 0 ||
        (status = escaped_bind_text(op, bind, change.working_memory, err)) != 0 ||
        (status = metadata_bind(op, bind, change.metadata, err)) != 0) {
        return status;
    }
    bind_time(bind, clock_wall_us());
    bind_bool(bind, change.clear_working_memory);
    status = metadata_bind(op, bind, removal, err);
    return status != 0 ? status : op_ready(op, decode_changed, err);
}

/* ---- The public readers ---------------------------------------------------------------------- */

size_t pgc_result_resources(const pgc_result *result) {
    return result_records(result, RECORD_RESOURCE);
}

const pgc_resource *pgc_result_resource(const pgc_result *result, size_t i) {
    return result_record(result, RECORD_RESOURCE, i, sizeof(pgc_resource));
}
