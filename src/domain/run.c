#include "domain/run.h"

#include "base/args.h"
#include "base/clock.h"
#include "base/error.h"
#include "domain/check.h"
#include "domain/escaped.h"
#include "domain/metadata.h"
#include "domain/workflow_operations.h"
#include "statement/row.h"

#define STRINGS_MAX 10000

/* ---- Checking -------------------------------------------------------------------------------- */

static int check_ids(pgc_str workflow_name, pgc_str run_id, pgc_error *err) {
    int status = check_id(workflow_name, "workflow_name", err);
    return status != 0 ? status : check_id(run_id, "run_id", err);
}

static int check_required_text(pgc_str text, const char *field, pgc_error *err) {
    return text.data == NULL ? error_set(err, PGC_INVALID, "%s: is missing", field)
                             : check_text(text, TEXT_MAX, field, err);
}

/* Names of members, or values of them. */
static int check_strings(const pgc_str *strings, size_t count, const char *field, pgc_error *err) {
    if (count > STRINGS_MAX || (strings == NULL && count > 0)) {
        return error_set(err, PGC_INVALID, "%s: there are %zu, not up to %d", field,
                         strings == NULL ? 0 : count, STRINGS_MAX);
    }
    int status = 0;
    for (size_t i = 0; status == 0 && i < count; i++) {
        status = check_at(check_required_text(strings[i], "string", err), field, i, err);
    }
    return status;
}

/* ---- Binding --------------------------------------------------------------------------------- */

static struct bind *add_statement(pgc_op *op, enum stmt_id id, pgc_str workflow_name,
                                  pgc_str run_id) {
    struct bind *bind = op_statement(op, id);
    bind_text(bind, workflow_name);
    bind_text(bind, run_id);
    return bind;
}

/* ---- Decoding -------------------------------------------------------------------------------- */

pgc_run *run_make(pgc_result *result, size_t count, pgc_error *err) {
    return result_make_records(result, RECORD_RUN, count, sizeof(pgc_run), err);
}

int run_read(pgc_result *result, const PGresult *rows, int row, int column, pgc_run *run,
             pgc_error *err) {
    struct row reader = row_of(rows, row);
    run->workflow_name = row_id(&reader, column);
    run->run_id = row_id(&reader, column + 1);
    run->resource_id = row_text(&reader, column + 2);
    run->created_at = row_time(&reader, column + 3);
    run->updated_at = row_time(&reader, column + 4);
    int status = escaped_read_json(result, &reader, column + 5, &run->snapshot, err);
    return reader.bad ? result_bad_row(err) : status;
}

size_t pgc_result_runs(const pgc_result *result) {
    return result_records(result, RECORD_RUN);
}

const pgc_run *pgc_result_run(const pgc_result *result, size_t i) {
    return result_record(result, RECORD_RUN, i, sizeof(pgc_run));
}

static int no_context(pgc_error *err) {
    return error_set(err, PGC_NOT_FOUND, "the run's snapshot has no context");
}

/* ---- Put, get, delete ------------------------------------------------------------------------ */

static int decode_put(pgc_op *op, pgc_error *err) {
    pgc_result *result = result_new(op);
    if (result == NULL) {
        return error_nomem(err);
    }
    result->inserted = result_flag(result_of(op, 0), 0);
    return 0;
}

int run_put(pgc_op *op, const pgc_run_new *given, pgc_error *err) {
    pgc_run_new run = PGC_RUN_NEW_INIT;
    int64_t now = clock_wall_us();
    int status;
    if ((status = args_read(&run, sizeof run, given, "run", err)) != 0 ||
        (status = check_ids(run.workflow_name, run.run_id, err)) != 0 ||
        (status = check_optional_id(run.resource_id, "resource_id", err)) != 0 ||
        (status = check_object(run.snapshot, true, "snapshot", err)) != 0 ||
        (status = check_time(run.created_at, "created_at", err)) != 0 ||
        (status = check_time(run.updated_at, "updated_at", err)) != 0) {
        return status;
    }
    struct bind *bind = add_statement(op, STMT_run_put, run.workflow_name, run.run_id);
    bind_text(bind, run.resource_id);
    bind_time(bind, run.created_at == PGC_NO_TIME ? now : run.created_at);
    bind_time(bind, run.updated_at == PGC_NO_TIME ? now : run.updated_at);
    status = metadata_bind(op, bind, run.snapshot, err);
    return status != 0 ? status : op_ready(op, decode_put, err);
}

static int decode_run(pgc_op *op, pgc_error *err) {
    pgc_result *result = result_new(op);
    if (result == NULL) {
        return error_nomem(err);
    }
    const PGresult *rows = result_hold(op, 0);
    if (PQntuples(rows) == 0) {
        return error_set(err, PGC_NOT_FOUND, "there is no such run");
    }
    pgc_run *run = run_make(result, 1, err);
    return run == NULL ? -PGC_NOMEM : run_read(result, rows, 0, 0, run, err);
}

int run_get(pgc_op *op, pgc_str workflow_name, pgc_str run_id, pgc_error *err) {
    int status = check_id(run_id, "run_id", err);
    if (status == 0 && workflow_name.data != NULL) {
        status = check_id(workflow_name, "workflow_name", err);
    }
    if (status != 0) {
        return status;
    }
    add_statement(op, STMT_run_get, workflow_name, run_id);
    return op_ready(op, decode_run, err);
}

static int decode_deleted(pgc_op *op, pgc_error *err) {
    pgc_result *result = result_new(op);
    if (result == NULL) {
        return error_nomem(err);
    }
    result->total = result_number(result_of(op, 0), 0, 0);
    return 0;
}

int run_delete(pgc_op *op, pgc_str workflow_name, pgc_str run_id, pgc_error *err) {
    int status = check_ids(workflow_name, run_id, err);
    if (status != 0) {
        return status;
    }
    add_statement(op, STMT_run_delete, workflow_name, run_id);
    return op_ready(op, decode_deleted, err);
}

/* ---- A step's result ------------------------------------------------------------------------- */

static int decode_step(pgc_op *op, pgc_error *err) {
    pgc_result *result = result_new(op);
    if (result == NULL) {
        return error_nomem(err);
    }
    const PGresult *rows = result_hold(op, 0);
    if (PQntuples(rows) == 0) {
        return no_context(err);
    }
    pgc_run *run = run_make(result, 1, err);
    int status = run == NULL ? -PGC_NOMEM : run_read(result, rows, 0, 0, run, err);
    if (status == 0) {
        run->context = run->snapshot;
        run->snapshot = pgc_none();
    }
    return status;
}

static int check_step(const pgc_step *step, pgc_error *err) {
    int status;
    if ((status = check_ids(step->workflow_name, step->run_id, err)) != 0 ||
        (status = check_required_text(step->step_id, "step_id", err)) != 0 ||
        (status = check_json(step->result, "result", err)) != 0 ||
        (status = check_object(step->request_context, false, "request_context", err)) != 0 ||
        (status = check_strings(step->result_without, step->result_without_count, "result_without",
                                err)) != 0 ||
        (status = check_strings(step->request_context_without, step->request_context_without_count,
                                "request_context_without", err)) != 0) {
        return status;
    }
    return check_object(step->initial, false, "initial", err);
}

static pgc_str or_empty(pgc_str object) {
    return object.data == NULL ? pgc_z("{}") : object;
}

int run_step(pgc_op *op, const pgc_step *given, pgc_error *err) {
    pgc_step step = PGC_STEP_INIT;
    int status;
    if ((status = args_read(&step, sizeof step, given, "step", err)) != 0 ||
        (status = check_step(&step, err)) != 0) {
        return status;
    }
    struct bind *bind = add_statement(op, STMT_run_step, step.workflow_name, step.run_id);
    if ((status = metadata_bind(op, bind, or_empty(step.initial), err)) != 0 ||
        (status = escaped_bind_text(op, bind, step.step_id, err)) != 0 ||
        (status = metadata_bind(op, bind, step.result, err)) != 0 ||
        (status = escaped_bind_texts(op, bind, step.result_without, step.result_without_count,
                                     err)) != 0 ||
        (status = metadata_bind(op, bind, or_empty(step.request_context), err)) != 0 ||
        (status = escaped_bind_texts(op, bind, step.request_context_without,
                                     step.request_context_without_count, err)) != 0) {
        return status;
    }
    bind_time(bind, clock_wall_us());
    return op_ready(op, decode_step, err);
}

/* ---- The state ------------------------------------------------------------------------------- */

/* One row: is the run broken, and the run, or nulls. */
static int decode_state(pgc_op *op, pgc_error *err) {
    pgc_result *result = result_new(op);
    if (result == NULL) {
        return error_nomem(err);
    }
    const PGresult *rows = result_hold(op, 0);
    if (PQgetisnull(rows, 0, 1)) {
        return result_flag(rows, 0) ? no_context(err) : 0;
    }
    pgc_run *run = run_make(result, 1, err);
    return run == NULL ? -PGC_NOMEM : run_read(result, rows, 0, 1, run, err);
}

int run_state(pgc_op *op, const pgc_state *given, pgc_error *err) {
    pgc_state state = PGC_STATE_INIT;
    int status;
    if ((status = args_read(&state, sizeof state, given, "state", err)) != 0 ||
        (status = check_ids(state.workflow_name, state.run_id, err)) != 0 ||
        (status = check_object(state.members, true, "members", err)) != 0 ||
        (status = check_strings(state.without, state.without_count, "without", err)) != 0 ||
        (status = check_strings(state.expected, state.expected_count, "expected", err)) != 0) {
        return status;
    }
    struct bind *bind = add_statement(op, STMT_run_state, state.workflow_name, state.run_id);
    if ((status = metadata_bind(op, bind, state.members, err)) != 0 ||
        (status = escaped_bind_texts(op, bind, state.without, state.without_count, err)) != 0) {
        return status;
    }
    if (state.expected == NULL) {
        bind_null(bind);
    } else {
        status = escaped_bind_texts(op, bind, state.expected, state.expected_count, err);
    }
    bind_time(bind, clock_wall_us());
    return status != 0 ? status : op_ready(op, decode_state, err);
}
