/* Resources and observational memory. */
#include "adopt/content.h"
#include "adopt/records.h"
#include "base/error.h"
#include "base/json.h"
#include "domain/operations_memory.h"

static struct date_column utc(enum mastra_table table, const char *name) {
    return (struct date_column){.table = table, .name = name, .rule = DIGITS_UTC};
}

/* ---- Resources ------------------------------------------------------------------------------- */

/* The columns of sql/adopt/resources.sql. */
enum { RESOURCE_ID, RESOURCE_MEMORY, RESOURCE_METADATA, RESOURCE_CREATED, RESOURCE_UPDATED = 6 };

static int put_resource(struct records *records, struct row *row, bool *inserted, pgc_error *err) {
    pgc_resource resource = PGC_RESOURCE_INIT;
    resource.id = row_text(row, RESOURCE_ID);
    resource.working_memory = row_text(row, RESOURCE_MEMORY);
    resource.created_at = records_date(records, 0, row, RESOURCE_CREATED);
    resource.updated_at = records_date(records, 1, row, RESOURCE_UPDATED);
    int status =
        records_document(records, row_text(row, RESOURCE_METADATA), &resource.metadata, err);
    if (status != 0) {
        return status;
    }
    const struct record_key key = {STMT_adopt_there_resource, resource.id, pgc_z("")};
    pgc_op *op = records_op(records);
    status = op == NULL ? 0 : resource_create(op, &resource, err);
    return records_make(records, op, status, &key, inserted, err);
}

int adopt_resources(struct adoption *in, pgc_error *err) {
    struct records records = {
        .in = in,
        .table = MASTRA_RESOURCES,
        .put = put_resource,
        .dates = {utc(MASTRA_RESOURCES, "createdAt"), utc(MASTRA_RESOURCES, "updatedAt")},
    };
    return records_adopt(&records, stmt_adopt_resources, err);
}

/* ---- Observational memory -------------------------------------------------------------------- */

/* The columns of sql/adopt/observations.sql. */
enum {
    OBSERVATION_ID,
    OBSERVATION_THREAD,
    OBSERVATION_RESOURCE,
    OBSERVATION_GENERATION,
    OBSERVATION_REFLECTED,
    OBSERVATION_ACTIVE,
    OBSERVATION_CHUNKS,
    OBSERVATION_BUFFERED,
    OBSERVATION_BUFFERED_TOKENS,
    OBSERVATION_BUFFERED_IDS,
    OBSERVATION_REFLECTION,
    OBSERVATION_REFLECTION_TOKENS,
    OBSERVATION_REFLECTION_INPUT,
    OBSERVATION_REFLECTED_LINES,
    OBSERVATION_OBSERVED_IDS,
    OBSERVATION_TIMEZONE,
    OBSERVATION_TOTAL,
    OBSERVATION_ACTIVE_TOKENS,
    OBSERVATION_PENDING,
    OBSERVATION_IS_REFLECTING,
    OBSERVATION_IS_OBSERVING,
    OBSERVATION_IS_BUFFERING,
    OBSERVATION_IS_BUFFERING_REFLECTION,
    OBSERVATION_LAST_TOKENS,
    OBSERVATION_LAST_BUFFERED,
    OBSERVATION_CONFIG,
    OBSERVATION_METADATA,
    OBSERVATION_CREATED,
    OBSERVATION_UPDATED = OBSERVATION_CREATED + 3,
    OBSERVATION_OBSERVED = OBSERVATION_UPDATED + 3,
};

static void read_texts(struct row *row, pgc_observation *observation) {
    observation->id = row_text(row, OBSERVATION_ID);
    observation->thread_id = row_text(row, OBSERVATION_THREAD);
    observation->resource_id = row_text(row, OBSERVATION_RESOURCE);
    if (observation->resource_id.data == NULL) {
        observation->resource_id = pgc_z("");
    }
    observation->origin =
        row_bool(row, OBSERVATION_REFLECTED) ? PGC_ORIGIN_REFLECTION : PGC_ORIGIN_INITIAL;
    observation->active = row_text(row, OBSERVATION_ACTIVE);
    observation->buffered = row_text(row, OBSERVATION_BUFFERED);
    observation->reflection = row_text(row, OBSERVATION_REFLECTION);
    observation->timezone = row_text(row, OBSERVATION_TIMEZONE);
}

static void read_numbers(struct row *row, pgc_observation *observation) {
    observation->generation = row_int8(row, OBSERVATION_GENERATION, 0);
    observation->buffered_tokens = row_int8(row, OBSERVATION_BUFFERED_TOKENS, PGC_NO_COUNT);
    observation->reflection_tokens = row_int8(row, OBSERVATION_REFLECTION_TOKENS, PGC_NO_COUNT);
    observation->reflection_input_tokens =
        row_int8(row, OBSERVATION_REFLECTION_INPUT, PGC_NO_COUNT);
    observation->reflected_lines = row_int8(row, OBSERVATION_REFLECTED_LINES, PGC_NO_COUNT);
    observation->total_tokens = row_int8(row, OBSERVATION_TOTAL, 0);
    observation->active_tokens = row_int8(row, OBSERVATION_ACTIVE_TOKENS, 0);
    observation->pending_tokens = row_int8(row, OBSERVATION_PENDING, 0);
    observation->is_reflecting = row_bool(row, OBSERVATION_IS_REFLECTING);
    observation->is_observing = row_bool(row, OBSERVATION_IS_OBSERVING);
    observation->is_buffering_observation = row_bool(row, OBSERVATION_IS_BUFFERING);
    observation->is_buffering_reflection = row_bool(row, OBSERVATION_IS_BUFFERING_REFLECTION);
    observation->last_buffered_tokens = row_int8(row, OBSERVATION_LAST_TOKENS, 0);
    observation->last_buffered_at = row_time(row, OBSERVATION_LAST_BUFFERED);
}

static void read_dates(struct records *records, struct row *row, pgc_observation *observation) {
    observation->created_at = records_date(records, 0, row, OBSERVATION_CREATED);
    observation->updated_at = records_date(records, 1, row, OBSERVATION_UPDATED);
    observation->last_observed_at = PGC_NO_TIME;
    struct digits observed = date_column_digits(row, OBSERVATION_OBSERVED);
    if (observed.utc !=
        PGC_NO_TIME) { /* the instant beside it may be the default, set by the server */
        observation->last_observed_at = records_date(records, 2, row, OBSERVATION_OBSERVED);
    }
}

/* An array, which may stand in a JSON string; JSON's null is none. */
static int read_array(struct records *records, struct row *row, int column, pgc_str *array,
                      pgc_error *err) {
    pgc_str text = row_text(row, column);
    *array = text;
    if (text.data == NULL) {
        return 0;
    }
    int status = content_unwrap(&records->arena, text, array, err);
    if (status == 0 && json_kind_of(*array) == JSON_NULL) {
        *array = pgc_none();
    }
    return status;
}

static int read_documents(struct records *records, struct row *row, pgc_observation *observation,
                          pgc_error *err) {
    int status;
    if ((status = records_document(records, row_text(row, OBSERVATION_CONFIG), &observation->config,
                                   err)) != 0 ||
        (status = records_document(records, row_text(row, OBSERVATION_METADATA),
                                   &observation->metadata, err)) != 0 ||
        (status = read_array(records, row, OBSERVATION_CHUNKS, &observation->chunks, err)) != 0 ||
        (status = read_array(records, row, OBSERVATION_BUFFERED_IDS,
                             &observation->buffered_message_ids, err)) != 0) {
        return status;
    }
    return read_array(records, row, OBSERVATION_OBSERVED_IDS, &observation->observed_message_ids,
                      err);
}

static int put_observation(struct records *records, struct row *row, bool *inserted,
                           pgc_error *err) {
    pgc_observation observation = PGC_OBSERVATION_INIT;
    read_texts(row, &observation);
    read_numbers(row, &observation);
    read_dates(records, row, &observation);
    int status = read_documents(records, row, &observation, err);
    if (status != 0) {
        return status;
    }
    if (observation.id.data == NULL) { /* the library would make one, each time anew */
        return error_set(err, PGC_INVALID, "id: is missing");
    }
    const struct record_key key = {STMT_adopt_there_observation, observation.id, pgc_z("")};
    pgc_op *op = records_op(records);
    status = op == NULL ? 0 : observation_insert(op, &observation, err);
    return records_make(records, op, status, &key, inserted, err);
}

int adopt_observations(struct adoption *in, pgc_error *err) {
    struct records records = {
        .in = in,
        .table = MASTRA_OBSERVATIONS,
        .put = put_observation,
        .dates = {utc(MASTRA_OBSERVATIONS, "createdAt"), utc(MASTRA_OBSERVATIONS, "updatedAt"),
                  utc(MASTRA_OBSERVATIONS, "lastObservedAt")},
    };
    return records_adopt(&records, stmt_adopt_observations, err);
}
