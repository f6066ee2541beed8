/* The operations that make records of observations. */
#include "base/args.h"
#include "base/clock.h"
#include "base/error.h"
#include "domain/check.h"
#include "domain/escaped.h"
#include "domain/metadata.h"
#include "domain/observation.h"
#include "domain/operations_memory.h"

static pgc_str or_else(pgc_str json, const char *otherwise) {
    return json.data != NULL ? json : pgc_z(otherwise);
}

/* What was written is read at the end; if it is not there, somebody cleared the scope. */
static int decode_record(pgc_op *op, pgc_error *err) {
    int status = observation_decode_rows(op, err);
    return status == 0 && op->result->record_count == 0
               ? error_set(err, PGC_CONFLICT, "the observations were cleared meanwhile")
               : status;
}

/* ---- Init ------------------------------------------------------------------------------------ */

static int decode_init(pgc_op *op, pgc_error *err) {
    bool inserted = result_flag(result_of(op, 0), 0);
    int status = decode_record(op, err);
    if (status == 0) {
        op->result->inserted = inserted;
    }
    return status;
}

int observation_init(pgc_op *op, const pgc_observation_new *given, pgc_error *err) {
    pgc_observation_new new = PGC_OBSERVATION_NEW_INIT;
    char id[UUID_SIZE];
    int status;
    if ((status = args_read(&new, sizeof new, given, "observation", err)) != 0 ||
        (status = observation_check_scope(new.thread_id, new.resource_id, err)) != 0 ||
        (status = check_object(new.config, false, "config", err)) != 0 ||
        (status = check_text(new.timezone, TEXT_MAX, "timezone", err)) != 0 ||
        (status = observation_make_id(id, err)) != 0) {
        return status;
    }
    struct bind *bind = op_statement(op, SCOPED(init, new.thread_id));
    bind_text(bind, pgc_z(id));
    bind_text(bind, new.thread_id);
    bind_text(bind, or_else(new.resource_id, ""));
    if ((status = metadata_bind(op, bind, or_else(new.config, "{}"), err)) != 0 ||
        (status = escaped_bind_text(op, bind, new.timezone, err)) != 0) {
        return status;
    }
    bind_time(bind, clock_wall_us());
    observation_add_newest(op, new.thread_id, new.resource_id);
    return op_ready(op, decode_init, err);
}

/* ---- Insert ---------------------------------------------------------------------------------- */

static int check_times(const pgc_observation *record, pgc_error *err) {
    int status;
    if ((status = check_time(record->created_at, "created_at", err)) != 0 ||
        (status = check_time(record->updated_at, "updated_at", err)) != 0 ||
        (status = check_time(record->last_observed_at, "last_observed_at", err)) != 0) {
        return status;
    }
    return check_time(record->last_buffered_at, "last_buffered_at", err);
}

static int check_record(const pgc_observation *record, pgc_error *err) {
    int status;
    if ((status = check_id(record->id, "id", err)) != 0 ||
        (status = observation_check_scope(record->thread_id, record->resource_id, err)) != 0 ||
        (status = check_choice((int)record->origin, PGC_ORIGIN_REFLECTION, "origin", err)) != 0 ||
        (status = check_text(record->active, CONTENT_MAX, "active", err)) != 0 ||
        (status = observation_check_array(record->chunks, "chunks", err)) != 0 ||
        (status = check_text(record->buffered, CONTENT_MAX, "buffered", err)) != 0 ||
        (status = observation_check_array(record->buffered_message_ids, "buffered_message_ids",
                                          err)) != 0 ||
        (status = check_text(record->reflection, CONTENT_MAX, "reflection", err)) != 0 ||
        (status = observation_check_array(record->observed_message_ids, "observed_message_ids",
                                          err)) != 0 ||
        (status = check_text(record->timezone, TEXT_MAX, "timezone", err)) != 0 ||
        (status = check_object(record->config, false, "config", err)) != 0 ||
        (status = check_object(record->metadata, false, "metadata", err)) != 0) {
        return status;
    }
    return record->generation < 0 ? error_set(err, PGC_INVALID, "generation: is below 0")
                                  : check_times(record, err);
}

static void bind_numbers(struct bind *bind, const pgc_observation *record) {
    const int64_t times[] = {record->created_at, record->updated_at, record->last_observed_at,
                             record->last_buffered_at};
    const int64_t numbers[] = {
        record->generation,
        record->buffered_tokens,
        record->reflection_tokens,
        record->reflection_input_tokens,
        record->reflected_lines,
        record->total_tokens,
        record->active_tokens,
        record->pending_tokens,
        record->last_buffered_tokens,
        record->is_reflecting,
        record->is_observing,
        record->is_buffering_observation,
        record->is_buffering_reflection,
    };
    bind_time_array(bind, times, ARRAY_LENGTH(times));
    bind_int8_array(bind, numbers, ARRAY_LENGTH(numbers));
}

static int add_insert(pgc_op *op, enum stmt_id id, const pgc_observation *record, pgc_error *err) {
    struct bind *bind = op_statement(op, id);
    bind_text(bind, record->id);
    bind_text(bind, record->thread_id);
    bind_text(bind, or_else(record->resource_id, ""));
    bind_text(bind, pgc_z(record->origin == PGC_ORIGIN_REFLECTION ? "reflection" : "initial"));
    int status;
    if ((status = escaped_bind_text(op, bind, or_else(record->active, ""), err)) != 0 ||
        (status = metadata_bind(op, bind, or_else(record->chunks, "[]"), err)) != 0 ||
        (status = escaped_bind_text(op, bind, record->buffered, err)) != 0 ||
        (status = metadata_bind(op, bind, record->buffered_message_ids, err)) != 0 ||
        (status = escaped_bind_text(op, bind, record->reflection, err)) != 0 ||
        (status = metadata_bind(op, bind, record->observed_message_ids, err)) != 0 ||
        (status = escaped_bind_text(op, bind, record->timezone, err)) != 0 ||
        (status = metadata_bind(op, bind, or_else(record->config, "{}"), err)) != 0 ||
        (status = metadata_bind(op, bind, record->metadata, err)) != 0) {
        return status;
    }
    bind_numbers(bind, record);
    return 0;
}

static int decode_inserted(pgc_op *op, pgc_error *err) {
    bool inserted = PQntuples(result_of(op, 0)) + PQntuples(result_of(op, 2)) > 0;
    return inserted ? decode_record(op, err)
                    : error_set(err, PGC_EXISTS, "an observation with this id exists");
}

static void add_lock(pgc_op *op, const pgc_observation *record) {
    struct bind *bind = op_statement(op, SCOPED(lock_place, record->thread_id));
    bind_text(bind, record->thread_id.data != NULL ? record->thread_id : record->resource_id);
    bind_int8(bind, record->generation);
}

/*
 * Whoever comes first takes the place of a generation. Others wait for that, holding nothing that
 * somebody could wait for, and find something to lock then.
 */
int observation_insert(pgc_op *op, const pgc_observation *given, pgc_error *err) {
    pgc_observation record = PGC_OBSERVATION_INIT;
    char id[UUID_SIZE];
    int status;
    if ((status = args_read(&record, sizeof record, given, "observation", err)) != 0 ||
        (status = record.id.data == NULL ? observation_make_id(id, err) : 0) != 0) {
        return status;
    }
    if (record.id.data == NULL) {
        record.id = pgc_z(id);
    }
    if (record.created_at == PGC_NO_TIME) {
        record.created_at = clock_wall_us();
    }
    if (record.updated_at == PGC_NO_TIME) {
        record.updated_at = record.created_at;
    }
    if ((status = check_record(&record, err)) != 0 ||
        (status = add_insert(op, STMT_observation_insert_first, &record, err)) != 0) {
        return status;
    }
    add_lock(op, &record);
    status = add_insert(op, SCOPED(insert, record.thread_id), &record, err);
    if (status != 0) {
        return status;
    }
    observation_add_one(op, record.id);
    return op_ready(op, decode_inserted, err);
}

/* ---- The next generation --------------------------------------------------------------------- */

static int decode_reflected(pgc_op *op, pgc_error *err) {
    const PGresult *answer = result_of(op, 1);
    if (PQntuples(answer) == 0) {
        return observation_none(err);
    }
    if (!result_flag(answer, 0)) {
        int status = error_set(err, PGC_CONFLICT, "no reflection is buffered");
        error_retry(err, PGC_RETRY_NO);
        return status;
    }
    return result_flag(answer, 1)
               ? decode_record(op, err)
               : error_set(err, PGC_CONFLICT, "the next generation was made meanwhile");
}

/* `reflection` absent: what is buffered. */
static int add_reflect(pgc_op *op, pgc_str id, pgc_str reflection, int64_t tokens, pgc_error *err) {
    char made[UUID_SIZE];
    int status = observation_make_id(made, err);
    if (status != 0) {
        return status;
    }
    bind_text(op_statement(op, STMT_observation_lock_scope), id);
    struct bind *bind = op_statement(op, STMT_observation_reflect);
    bind_text(bind, id);
    bind_text(bind, pgc_z(made));
    status = escaped_bind_text(op, bind, reflection, err);
    bind_int8(bind, tokens);
    bind_time(bind, clock_wall_us());
    observation_add_one(op, pgc_z(made));
    return status != 0 ? status : op_ready(op, decode_reflected, err);
}

int observation_reflect(pgc_op *op, pgc_str id, pgc_str reflection, int64_t tokens,
                        pgc_error *err) {
    int status;
    if ((status = check_id(id, "id", err)) != 0 ||
        (status = observation_check_text(reflection, "reflection", err)) != 0) {
        return status;
    }
    return add_reflect(op, id, reflection, tokens, err);
}

int observation_activate_reflection(pgc_op *op, pgc_str id, int64_t tokens, pgc_error *err) {
    int status = check_id(id, "id", err);
    return status != 0 ? status : add_reflect(op, id, pgc_none(), tokens, err);
}
