#include "domain/observation.h"

#include "base/args.h"
#include "base/error.h"
#include "base/json.h"
#include "domain/check.h"
#include "domain/escaped.h"
#include "domain/operations_memory.h"
#include "domain/result.h"

/* ---- Checks ---------------------------------------------------------------------------------- */

int observation_check_scope(pgc_str thread_id, pgc_str resource_id, pgc_error *err) {
    int status = thread_id.data == NULL ? 0 : check_id(thread_id, "thread_id", err);
    if (status == 0 && thread_id.data == NULL && resource_id.data == NULL) {
        return error_set(err, PGC_INVALID, "resource_id: is missing, and so is thread_id");
    }
    return status != 0 ? status : check_optional_id(resource_id, "resource_id", err);
}

int observation_check_text(pgc_str text, const char *field, pgc_error *err) {
    return text.data == NULL ? error_set(err, PGC_INVALID, "%s: is missing", field)
                             : check_text(text, CONTENT_MAX, field, err);
}

int observation_check_array(pgc_str json, const char *field, pgc_error *err) {
    enum json_kind kind;
    if (json.data == NULL) {
        return 0;
    }
    if (json.size > CONTENT_MAX) {
        return error_set(err, PGC_INVALID, "%s: is %zu bytes long, the limit is %d", field,
                         json.size, CONTENT_MAX);
    }
    int status = json_check(json, &kind, field, err);
    return status != 0 || kind == JSON_ARRAY
               ? status
               : error_set(err, PGC_INVALID, "%s: is not a JSON array", field);
}

int observation_make_id(char made[UUID_SIZE], pgc_error *err) {
    struct uuid_random random = {.left = 0};
    return uuid_v7(&random, made) == 0
               ? 0
               : error_set(err, PGC_INTERNAL, "no random numbers for an id");
}

int observation_none(pgc_error *err) {
    return error_set(err, PGC_NOT_FOUND, "there is no such observation");
}

/* ---- Rows ------------------------------------------------------------------------------------ */

/* Columns as in observation_list. */
static void read_numbers(struct row *row, pgc_observation *record) {
    record->generation = row_int8(row, 3, 0);
    record->created_at = row_time(row, 5);
    record->updated_at = row_time(row, 6);
    record->last_observed_at = row_time(row, 7);
    record->buffered_tokens = row_int8(row, 11, PGC_NO_COUNT);
    record->reflection_tokens = row_int8(row, 14, PGC_NO_COUNT);
    record->reflection_input_tokens = row_int8(row, 15, PGC_NO_COUNT);
    record->reflected_lines = row_int8(row, 16, PGC_NO_COUNT);
    record->total_tokens = row_int8(row, 19, 0);
    record->active_tokens = row_int8(row, 20, 0);
    record->pending_tokens = row_int8(row, 21, 0);
    record->is_reflecting = row_bool(row, 22);
    record->is_observing = row_bool(row, 23);
    record->is_buffering_observation = row_bool(row, 24);
    record->is_buffering_reflection = row_bool(row, 25);
    record->last_buffered_tokens = row_int8(row, 26, 0);
    record->last_buffered_at = row_time(row, 27);
}

static int read_documents(pgc_result *result, struct row *row, pgc_observation *record,
                          pgc_error *err) {
    int status;
    if ((status = escaped_read_text(result, row, 8, &record->active, err)) != 0 ||
        (status = escaped_read_json(result, row, 9, &record->chunks, err)) != 0 ||
        (status = escaped_read_text(result, row, 10, &record->buffered, err)) != 0 ||
        (status = escaped_read_json(result, row, 12, &record->buffered_message_ids, err)) != 0 ||
        (status = escaped_read_text(result, row, 13, &record->reflection, err)) != 0 ||
        (status = escaped_read_json(result, row, 17, &record->observed_message_ids, err)) != 0 ||
        (status = escaped_read_text(result, row, 18, &record->timezone, err)) != 0 ||
        (status = escaped_read_json(result, row, 28, &record->config, err)) != 0) {
        return status;
    }
    return escaped_read_json(result, row, 29, &record->metadata, err);
}

static int read_record(pgc_result *result, struct row *row, pgc_observation *record,
                       pgc_error *err) {
    record->size = sizeof *record;
    record->id = row_id(row, 0);
    record->thread_id = row_text(row, 1);
    record->resource_id = row_text(row, 2);
    pgc_str origin = row_text(row, 4);
    record->origin =
        origin.size > 0 && origin.data[0] == 'r' ? PGC_ORIGIN_REFLECTION : PGC_ORIGIN_INITIAL;
    read_numbers(row, record);
    int status = read_documents(result, row, record, err);
    return status == 0 && row->bad ? result_bad_row(err) : status;
}

int observation_decode_rows(pgc_op *op, pgc_error *err) {
    pgc_result *result = result_new(op);
    if (result == NULL) {
        return error_nomem(err);
    }
    const PGresult *rows = result_hold(op, op->segment.count - 1);
    int count = PQntuples(rows);
    pgc_observation *records =
        result_make_records(result, RECORD_OBSERVATION, (size_t)count, sizeof *records, err);
    int status = records == NULL ? -PGC_NOMEM : 0;
    for (int i = 0; status == 0 && i < count; i++) {
        struct row row = row_of(rows, i);
        status = read_record(result, &row, &records[i], err);
    }
    return status;
}

/* ---- Get, history, clear --------------------------------------------------------------------- */

static void add_list(pgc_op *op, enum stmt_id id, pgc_str key, const pgc_observation_query *query) {
    struct bind *bind = op_statement(op, id);
    bind_text(bind, key);
    bind_time(bind, query->from == PGC_NO_TIME ? TIME_FIRST : query->from);
    bind_time(bind, query->until == PGC_NO_TIME ? TIME_LAST : query->until);
    bind_int8(bind, query->limit);
    bind_int8(bind, query->offset);
}

static void add_history(pgc_op *op, const pgc_observation_query *query) {
    add_list(op, SCOPED(list, query->thread_id),
             query->thread_id.data != NULL ? query->thread_id : query->resource_id, query);
}

void observation_add_newest(pgc_op *op, pgc_str thread_id, pgc_str resource_id) {
    pgc_observation_query query = PGC_OBSERVATION_QUERY_INIT;
    query.thread_id = thread_id;
    query.resource_id = resource_id;
    query.limit = 1;
    add_history(op, &query);
}

void observation_add_one(pgc_op *op, pgc_str id) {
    pgc_observation_query query = PGC_OBSERVATION_QUERY_INIT;
    query.limit = 1;
    add_list(op, STMT_observation_list_one, id, &query);
}

static int decode_newest(pgc_op *op, pgc_error *err) {
    return PQntuples(result_of(op, 0)) == 0 ? observation_none(err)
                                            : observation_decode_rows(op, err);
}

int observation_get(pgc_op *op, pgc_str thread_id, pgc_str resource_id, pgc_error *err) {
    int status = observation_check_scope(thread_id, resource_id, err);
    if (status != 0) {
        return status;
    }
    observation_add_newest(op, thread_id, resource_id);
    return op_ready(op, decode_newest, err);
}

int observation_history(pgc_op *op, const pgc_observation_query *given, pgc_error *err) {
    pgc_observation_query query = PGC_OBSERVATION_QUERY_INIT;
    int status;
    if ((status = args_read(&query, sizeof query, given, "query", err)) != 0 ||
        (status = observation_check_scope(query.thread_id, query.resource_id, err)) != 0 ||
        (status = check_time(query.from, "from", err)) != 0 ||
        (status = check_time(query.until, "until", err)) != 0) {
        return status;
    }
    if (query.limit > PGC_LIMIT_MAX) {
        return error_set(err, PGC_INVALID, "limit: is above %d", PGC_LIMIT_MAX);
    }
    if (query.limit == 0) {
        query.limit = PGC_LIMIT_DEFAULT;
    }
    add_history(op, &query);
    return op_ready(op, observation_decode_rows, err);
}

static int decode_cleared(pgc_op *op, pgc_error *err) {
    pgc_result *result = result_new(op);
    if (result == NULL) {
        return error_nomem(err);
    }
    result->total = result_number(result_of(op, 1), 0, 0);
    return 0;
}

int observation_clear(pgc_op *op, pgc_str thread_id, pgc_str resource_id, pgc_error *err) {
    int status = observation_check_scope(thread_id, resource_id, err);
    if (status != 0) {
        return status;
    }
    pgc_str key = thread_id.data != NULL ? thread_id : resource_id;
    bind_text(op_statement(op, SCOPED(lock_oldest, thread_id)), key);
    bind_text(op_statement(op, SCOPED(clear, thread_id)), key);
    return op_ready(op, decode_cleared, err);
}

/* ---- The public readers ---------------------------------------------------------------------- */

size_t pgc_result_observations(const pgc_result *result) {
    return result_records(result, RECORD_OBSERVATION);
}

const pgc_observation *pgc_result_observation(const pgc_result *result, size_t i) {
    return result_record(result, RECORD_OBSERVATION, i, sizeof(pgc_observation));
}

pgc_str pgc_result_activated(const pgc_result *result) {
    return result->activated;
}
