/* The operations that change a record of observations. */
#include "base/args.h"
#include "base/clock.h"
#include "base/error.h"
#include "domain/check.h"
#include "domain/escaped.h"
#include "domain/metadata.h"
#include "domain/observation.h"
#include "domain/operations_memory.h"

#include <math.h>

/* A row of the last statement stands for the record. */
static int decode_changed(pgc_op *op, pgc_error *err) {
    if (PQntuples(result_of(op, op->segment.count - 1)) == 0) {
        return observation_none(err);
    }
    return result_new(op) == NULL ? error_nomem(err) : 0;
}

/* A time that must be there. */
static int check_moment(int64_t time, const char *field, pgc_error *err) {
    return time == PGC_NO_TIME ? error_set(err, PGC_INVALID, "%s: is missing", field)
                               : check_time(time, field, err);
}

/* ---- Update, mark, config -------------------------------------------------------------------- */

int observation_update(pgc_op *op, const pgc_observation_change *given, pgc_error *err) {
    pgc_observation_change change = PGC_OBSERVATION_CHANGE_INIT;
    int status;
    if ((status = args_read(&change, sizeof change, given, "change", err)) != 0 ||
        (status = check_id(change.id, "id", err)) != 0 ||
        (status = observation_check_text(change.active, "active", err)) != 0 ||
        (status = check_moment(change.last_observed_at, "last_observed_at", err)) != 0 ||
        (status = observation_check_array(change.observed_message_ids, "observed_message_ids",
                                          err)) != 0) {
        return status;
    }
    struct bind *bind = op_statement(op, STMT_observation_update);
    bind_text(bind, change.id);
    status = escaped_bind_text(op, bind, change.active, err);
    bind_int8(bind, change.tokens);
    bind_time(bind, change.last_observed_at);
    if (status == 0) {
        status = metadata_bind(op, bind, change.observed_message_ids, err);
    }
    bind_time(bind, clock_wall_us());
    return status != 0 ? status : op_ready(op, decode_changed, err);
}

static void bind_flag(struct bind *bind, pgc_flag flag) {
    if (flag == PGC_FLAG_STAYS) {
        bind_null(bind);
    } else {
        bind_bool(bind, flag == PGC_FLAG_ON);
    }
}

static void bind_count(struct bind *bind, int64_t count) {
    if (count == PGC_NO_COUNT) {
        bind_null(bind);
    } else {
        bind_int8(bind, count);
    }
}

int observation_mark(pgc_op *op, const pgc_observation_marks *given, pgc_error *err) {
    pgc_observation_marks marks = PGC_OBSERVATION_MARKS_INIT;
    int status;
    if ((status = args_read(&marks, sizeof marks, given, "marks", err)) != 0 ||
        (status = check_id(marks.id, "id", err)) != 0 ||
        (status = check_choice((int)marks.is_reflecting, PGC_FLAG_OFF, "is_reflecting", err)) !=
            0 ||
        (status = check_choice((int)marks.is_observing, PGC_FLAG_OFF, "is_observing", err)) != 0 ||
        (status = check_choice((int)marks.is_buffering_observation, PGC_FLAG_OFF,
                               "is_buffering_observation", err)) != 0 ||
        (status = check_choice((int)marks.is_buffering_reflection, PGC_FLAG_OFF,
                               "is_buffering_reflection", err)) != 0) {
        return status;
    }
    struct bind *bind = op_statement(op, STMT_observation_mark);
    bind_text(bind, marks.id);
    bind_flag(bind, marks.is_reflecting);
    bind_flag(bind, marks.is_observing);
    bind_flag(bind, marks.is_buffering_observation);
    bind_flag(bind, marks.is_buffering_reflection);
    bind_count(bind, marks.last_buffered_tokens);
    bind_count(bind, marks.pending_tokens);
    bind_time(bind, clock_wall_us());
    return op_ready(op, decode_changed, err);
}

int observation_config(pgc_op *op, pgc_str id, pgc_str config, pgc_error *err) {
    int status;
    if ((status = check_id(id, "id", err)) != 0 ||
        (status = metadata_check_patch(config, true, "config", err)) != 0) {
        return status;
    }
    bind_text(op_statement(op, STMT_observation_lock), id);
    struct bind *bind = op_statement(op, STMT_observation_config);
    bind_text(bind, id);
    status = metadata_bind(op, bind, config, err);
    bind_time(bind, clock_wall_us());
    return status != 0 ? status : op_ready(op, decode_changed, err);
}

/* ---- Buffer ---------------------------------------------------------------------------------- */

static int check_chunk(const pgc_observation_chunk *chunk, pgc_error *err) {
    int status;
    if ((status = check_id(chunk->id, "id", err)) != 0 ||
        (status = observation_check_text(chunk->cycle_id, "cycle_id", err)) != 0 ||
        (status = observation_check_text(chunk->observations, "observations", err)) != 0 ||
        (status = observation_check_array(chunk->message_ids, "message_ids", err)) != 0 ||
        (status = check_moment(chunk->last_observed_at, "last_observed_at", err)) != 0 ||
        (status = check_object(chunk->more, false, "more", err)) != 0) {
        return status;
    }
    return chunk->cycle_id.size == 0 ? error_set(err, PGC_INVALID, "cycle_id: is empty")
                                     : check_time(chunk->last_buffered_at, "last_buffered_at", err);
}

static int decode_buffered(pgc_op *op, pgc_error *err) {
    int status = decode_changed(op, err);
    if (status == 0) {
        op->result->inserted = result_flag(result_of(op, 1), 0);
    }
    return status;
}

static int add_buffer(pgc_op *op, const pgc_observation_chunk *chunk, const char *id,
                      pgc_error *err) {
    struct bind *bind = op_statement(op, STMT_observation_buffer);
    pgc_str message_ids = chunk->message_ids.data != NULL ? chunk->message_ids : pgc_z("[]");
    int status;
    bind_text(bind, chunk->id);
    if ((status = escaped_bind_text(op, bind, chunk->cycle_id, err)) != 0 ||
        (status = escaped_bind_text(op, bind, chunk->observations, err)) != 0) {
        return status;
    }
    bind_int8(bind, chunk->tokens);
    if ((status = metadata_bind(op, bind, message_ids, err)) != 0) {
        return status;
    }
    bind_int8(bind, chunk->message_tokens);
    bind_time(bind, chunk->last_observed_at);
    if ((status = metadata_bind(op, bind, chunk->more, err)) != 0) {
        return status;
    }
    bind_text(bind, pgc_z(id));
    bind_time(bind, chunk->last_buffered_at);
    bind_time(bind, clock_wall_us());
    return 0;
}

int observation_buffer(pgc_op *op, const pgc_observation_chunk *given, pgc_error *err) {
    pgc_observation_chunk chunk = PGC_OBSERVATION_CHUNK_INIT;
    char id[UUID_SIZE];
    int status;
    if ((status = args_read(&chunk, sizeof chunk, given, "chunk", err)) != 0 ||
        (status = check_chunk(&chunk, err)) != 0 || (status = observation_make_id(id, err)) != 0) {
        return status;
    }
    bind_text(op_statement(op, STMT_observation_lock), chunk.id);
    status = add_buffer(op, &chunk, id, err);
    return status != 0 ? status : op_ready(op, decode_buffered, err);
}

int observation_buffer_reflection(pgc_op *op, const pgc_observation_reflection *given,
                                  pgc_error *err) {
    pgc_observation_reflection reflection = PGC_OBSERVATION_REFLECTION_INIT;
    int status;
    if ((status = args_read(&reflection, sizeof reflection, given, "reflection", err)) != 0 ||
        (status = check_id(reflection.id, "id", err)) != 0 ||
        (status = observation_check_text(reflection.reflection, "reflection", err)) != 0) {
        return status;
    }
    if (reflection.lines < 0 || reflection.lines >= INT32_MAX) {
        return error_set(err, PGC_INVALID, "lines: is not from 0 to %d", INT32_MAX - 1);
    }
    struct bind *bind = op_statement(op, STMT_observation_buffer_reflection);
    bind_text(bind, reflection.id);
    status = escaped_bind_text(op, bind, reflection.reflection, err);
    bind_int8(bind, reflection.tokens);
    bind_int8(bind, reflection.input_tokens);
    bind_int8(bind, reflection.lines);
    bind_time(bind, clock_wall_us());
    return status != 0 ? status : op_ready(op, decode_changed, err);
}

/* ---- Activate -------------------------------------------------------------------------------- */

static int check_activation(const pgc_observation_activation *activation, pgc_error *err) {
    int status;
    if ((status = check_id(activation->id, "id", err)) != 0 ||
        (status = observation_check_array(activation->chunks, "chunks", err)) != 0 ||
        (status = check_time(activation->last_observed_at, "last_observed_at", err)) != 0) {
        return status;
    }
    return isfinite(activation->ratio) && isfinite(activation->threshold) &&
                   isfinite(activation->pending_tokens)
               ? 0
               : error_set(err, PGC_INVALID,
                           "ratio, threshold, pending_tokens: one is not a finite number");
}

static int decode_activated(pgc_op *op, pgc_error *err) {
    if (PQntuples(result_of(op, 1)) == 0) {
        return observation_none(err);
    }
    pgc_result *result = result_new(op);
    if (result == NULL) {
        return error_nomem(err);
    }
    struct row row = row_of(result_hold(op, 1), 0);
    result->total = row_int8(&row, 0, 0);
    int status = escaped_read_json(result, &row, 1, &result->activated, err);
    return status == 0 && row.bad ? result_bad_row(err) : status;
}

int observation_activate(pgc_op *op, const pgc_observation_activation *given, pgc_error *err) {
    pgc_observation_activation activation = PGC_OBSERVATION_ACTIVATION_INIT;
    int status;
    if ((status = args_read(&activation, sizeof activation, given, "activation", err)) != 0 ||
        (status = check_activation(&activation, err)) != 0) {
        return status;
    }
    bind_text(op_statement(op, STMT_observation_lock), activation.id);
    struct bind *bind = op_statement(op, STMT_observation_activate);
    bind_text(bind, activation.id);
    bind_float8(bind, activation.threshold * (1 - activation.ratio));
    bind_float8(bind, activation.pending_tokens);
    bind_bool(bind, activation.force);
    status = metadata_bind(op, bind, activation.chunks, err);
    bind_time(bind, activation.last_observed_at);
    bind_time(bind, clock_wall_us());
    return status != 0 ? status : op_ready(op, decode_activated, err);
}
