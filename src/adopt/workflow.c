/* Workflow runs and scores. */
#include "adopt/content.h"
#include "adopt/records.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/json.h"
#include "domain/check.h"
#include "domain/metadata.h"

/* ---- Runs ------------------------------------------------------------------------------------ */

/* The columns of sql/adopt/runs.sql. */
enum {
    RUN_WORKFLOW,
    RUN_ID,
    RUN_RESOURCE,
    RUN_SNAPSHOT,
    RUN_IS_JSONB,
    RUN_CREATED,
    RUN_UPDATED = RUN_CREATED + 3,
};

struct run {
    pgc_str workflow_name, run_id, resource_id, snapshot;
    int64_t created_at, updated_at;
};

/*
 * 0.17 and 1.0 set no instants: createdAtZ is the server's moment of insertion, and updatedAtZ
 * stays at that. What it tells of createdAt's offset holds for the digits of updatedAt too: none
 * means that they are UTC (0.17), any other that they are local (1.0), where the zone, if given,
 * knows of summer time.
 */
static int64_t stale_updated(const struct records *records, const struct digits *updated,
                             int64_t offset, enum reading *reading) {
    if (offset == 0) {
        *reading = READ_UTC_WRONG;
        return updated->utc;
    }
    *reading = records->in->zone_given ? READ_LOCAL_WRONG : READ_OFFSET;
    return records->in->zone_given ? updated->local : updated->utc - offset;
}

/* Without any instant that can be believed: the first to write local digits here was 1.0, with
 * jsonb. */
static void read_run_dates(struct records *records, struct row *row, struct run *run) {
    enum digits_rule rule = row_bool(row, RUN_IS_JSONB) ? DIGITS_LOCAL : DIGITS_UTC;
    struct digits created = date_column_digits(row, RUN_CREATED);
    struct digits updated = date_column_digits(row, RUN_UPDATED);
    enum reading how_created;
    enum reading how_updated;
    run->created_at = instant_read(&created, &records->dates[0].shared, rule, &how_created);
    run->updated_at = instant_read(&updated, &records->dates[1].shared, rule, &how_updated);
    if (how_updated != READ_EXACT && updated.utc != PGC_NO_TIME && created.utc != PGC_NO_TIME &&
        reading_is_proven(how_created)) {
        run->updated_at =
            stale_updated(records, &updated, created.utc - run->created_at, &how_updated);
    }
    date_column_count(&records->dates[0], how_created);
    date_column_count(&records->dates[1], how_updated);
}

static int fill_run(pgc_op *op, const struct run *run, pgc_error *err) {
    int status;
    if ((status = check_id(run->workflow_name, "workflow_name", err)) != 0 ||
        (status = check_id(run->run_id, "run_id", err)) != 0 ||
        (status = check_optional_id(run->resource_id, "resourceId", err)) != 0 ||
        (status = check_object(run->snapshot, true, "snapshot", err)) != 0 ||
        (status = check_time(run->created_at, "createdAt", err)) != 0 ||
        (status = check_time(run->updated_at, "updatedAt", err)) != 0) {
        return status;
    }
    struct bind *bind = op_statement(op, STMT_adopt_run);
    bind_text(bind, run->workflow_name);
    bind_text(bind, run->run_id);
    bind_text(bind, run->resource_id);
    bind_time(bind, run->created_at);
    bind_time(bind, run->updated_at);
    status = metadata_bind(op, bind, run->snapshot, err);
    return status != 0 ? status : op_ready(op, records_decode, err);
}

static int put_run(struct records *records, struct row *row, bool *inserted, pgc_error *err) {
    struct run run = {
        .workflow_name = row_text(row, RUN_WORKFLOW),
        .run_id = row_text(row, RUN_ID),
        .resource_id = row_text(row, RUN_RESOURCE),
    };
    read_run_dates(records, row, &run);
    int status = records_document(records, row_text(row, RUN_SNAPSHOT), &run.snapshot, err);
    if (status != 0) {
        return status;
    }
    const struct record_key key = {STMT_adopt_there_run, run.workflow_name, run.run_id};
    pgc_op *op = records_op(records);
    status = op == NULL ? 0 : fill_run(op, &run, err);
    return records_make(records, op, status, &key, inserted, err);
}

int adopt_runs(struct adoption *in, pgc_error *err) {
    struct records records = {
        .in = in,
        .table = MASTRA_RUNS,
        .put = put_run,
        .dates = {{.table = MASTRA_RUNS, .name = "createdAt"},
                  {.table = MASTRA_RUNS, .name = "updatedAt"}},
    };
    return records_adopt(&records, stmt_adopt_runs, err);
}

/* ---- Scores ---------------------------------------------------------------------------------- */

/* The columns of sql/adopt/scores.sql. */
enum { SCORE_ID, SCORE_DOCUMENT, SCORE_CREATED, SCORE_UPDATED = SCORE_CREATED + 3 };

/* The members that have a column of their own, in the order of its parameters. */
static const char *const score_keys[] = {
    "scorerId", "runId",  "entityId",       "entityType", "source",
    "traceId",  "spanId", "organizationId", "projectId",
};

/* Those that Mastra keeps as JSON, mostly in a JSON string. */
static const char *const score_documents[] = {
    "scorer", "preprocessStepResult", "extractStepResult", "analyzeStepResult", "metadata", "input",
    "output", "additionalContext",    "requestContext",    "runtimeContext",    "entity",
};

static bool is_document(pgc_str key) {
    for (size_t i = 0; i < ARRAY_LENGTH(score_documents); i++) {
        if (key.size == strlen(score_documents[i]) + 2 &&
            memcmp(key.data + 1, score_documents[i], key.size - 2) == 0) {
            return true;
        }
    }
    return false;
}

/* 0.x called it runtimeContext; an upgrade adds the column requestContext and leaves it empty. */
static pgc_str rename_context(struct records *records, pgc_str row, pgc_str key) {
    pgc_str request = content_member(row, "requestContext");
    bool is_context = key.size == sizeof "\"runtimeContext\"" - 1 &&
                      memcmp(key.data, "\"runtimeContext\"", key.size) == 0;
    if (!is_context || (request.data != NULL && json_kind_of(request) != JSON_NULL)) {
        return key;
    }
    records->contexts++;
    return pgc_z("\"requestContext\"");
}

/* The document: all members that are not null, JSON taken out of strings. */
static int make_document(struct records *records, pgc_str row, struct buf *document,
                         pgc_error *err) {
    struct json_members members;
    pgc_str key;
    pgc_str value;
    json_members_begin(&members, row);
    buf_add_char(document, '{');
    while (json_members_next(&members, &key, &value)) {
        if (json_kind_of(value) == JSON_NULL) {
            continue;
        }
        int status = is_document(key) ? content_unwrap(&records->arena, value, &value, err) : 0;
        if (status != 0) {
            return status;
        }
        buf_add_z(document, document->size > 1 ? "," : "");
        buf_add_str(document, rename_context(records, row, key));
        buf_add_char(document, ':');
        buf_add_str(document, value);
    }
    buf_add_char(document, '}');
    return document->failed ? error_nomem(err) : 0;
}

/* The text of a member that is a string; absent for all else. */
static int member_text(struct records *records, pgc_str document, const char *name, pgc_str *text,
                       pgc_error *err) {
    pgc_str value = content_member(document, name);
    *text = pgc_none();
    if (value.data == NULL || json_kind_of(value) != JSON_STRING) {
        return 0;
    }
    int status = content_text(&records->arena, value, text, err);
    return status != 0 ? status : check_optional_id(*text, name, err);
}

struct score {
    pgc_str id, document;
    int64_t created_at, updated_at;
};

static int fill_score(struct records *records, pgc_op *op, const struct score *score,
                      pgc_error *err) {
    pgc_str text;
    int status;
    if ((status = check_id(score->id, "id", err)) != 0 ||
        (status = check_time(score->created_at, "createdAt", err)) != 0 ||
        (status = check_time(score->updated_at, "updatedAt", err)) != 0) {
        return status;
    }
    struct bind *bind = op_statement(op, STMT_adopt_score);
    bind_text(bind, score->id);
    for (size_t i = 0; i < ARRAY_LENGTH(score_keys); i++) {
        status = member_text(records, score->document, score_keys[i], &text, err);
        if (status != 0) {
            return status;
        }
        bind_text(bind, text);
    }
    bind_time(bind, score->created_at);
    bind_time(bind, score->updated_at);
    bind_text(bind, score->document);
    return op_ready(op, records_decode, err);
}

static int put_made(struct records *records, struct row *row, pgc_str document, bool *inserted,
                    pgc_error *err) {
    struct score score = {.id = row_text(row, SCORE_ID), .document = document};
    score.created_at = records_date(records, 0, row, SCORE_CREATED);
    score.updated_at = records_date(records, 1, row, SCORE_UPDATED);
    const struct record_key key = {STMT_adopt_there_score, score.id, pgc_z("")};
    pgc_op *op = records_op(records);
    int status = op == NULL ? 0 : fill_score(records, op, &score, err);
    return records_make(records, op, status, &key, inserted, err);
}

static int put_score(struct records *records, struct row *row, bool *inserted, pgc_error *err) {
    struct buf document;
    buf_init(&document, SIZE_MAX);
    int status = make_document(records, row_text(row, SCORE_DOCUMENT), &document, err);
    if (status == 0) {
        pgc_str text = {document.data, document.size};
        status = put_made(records, row, text, inserted, err);
    }
    buf_free(&document);
    return status;
}

int adopt_scores(struct adoption *in, pgc_error *err) {
    struct records records = {
        .in = in,
        .table = MASTRA_SCORES,
        .put = put_score,
        .dates = {{.table = MASTRA_SCORES, .name = "createdAt", .rule = DIGITS_UTC},
                  {.table = MASTRA_SCORES, .name = "updatedAt", .rule = DIGITS_UTC}},
    };
    return records_adopt(&records, stmt_adopt_scores, err);
}
