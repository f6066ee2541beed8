#include "adopt/records.h"

#include "adopt/content.h"
#include "base/error.h"
#include "domain/result.h"
#include "face/calls.h"

pgc_op *records_op(struct records *records) {
    return call_new(records->in->store, KIND_adopt, NULL, NULL);
}

int records_decode(pgc_op *op, pgc_error *err) {
    pgc_result *result = result_new(op);
    if (result == NULL) {
        return error_nomem(err);
    }
    result->inserted = PQntuples(result_of(op, 0)) > 0;
    return 0;
}

static int decode_there(pgc_op *op, pgc_error *err) {
    pgc_result *result = result_new(op);
    if (result == NULL) {
        return error_nomem(err);
    }
    result->inserted = !result_flag(result_of(op, 0), 0);
    return 0;
}

/* Would it be made? */
static int look(struct records *records, const struct record_key *key, bool *inserted,
                pgc_error *err) {
    pgc_result *result = NULL;
    if (!records->in->store_is_there) {
        *inserted = true;
        return 0;
    }
    pgc_op *op = records_op(records);
    if (op == NULL) {
        return error_nomem(err);
    }
    struct bind *bind = op_statement(op, key->there);
    bind_text(bind, key->first);
    bind_text(bind, key->second);
    int status = call_run(op, op_ready(op, decode_there, err), &result, err);
    if (status == 0) {
        *inserted = result->inserted;
    }
    pgc_result_free(result);
    return status;
}

int records_make(struct records *records, pgc_op *op, int status, const struct record_key *key,
                 bool *inserted, pgc_error *err) {
    pgc_result *result = NULL;
    pgc_error own;
    if (op == NULL || status != 0) {
        op_free(op);
        return op == NULL ? error_nomem(err) : status;
    }
    if (records->in->options.dry_run) {
        op_free(op);
        return look(records, key, inserted, err);
    }
    status = call_run(op, 0, &result, &own);
    *inserted = status == 0 && result->inserted;
    pgc_result_free(result);
    return status == 0 || status == -PGC_EXISTS ? 0 : error_copy(err, &own);
}

int records_document(struct records *records, pgc_str text, pgc_str *document, pgc_error *err) {
    enum document_kind kind;
    int status = document_read(&records->arena, text, document, &kind, err);
    records->documents_twice += kind == DOCUMENT_TWICE;
    records->documents_other += kind == DOCUMENT_OTHER;
    return status;
}

int64_t records_date(struct records *records, size_t date, struct row *row, int column) {
    return date_column_read(&records->dates[date], row, column);
}

static int take(void *payload, PGresult *held, pgc_error *err) {
    struct records *records = payload;
    pgc_adopt_table *table = &records->in->report->tables[records->table];
    struct row row = row_of(held, 0);
    pgc_error own;
    bool inserted = false;
    table->found++;
    int status = records->put(records, &row, &inserted, &own);
    if (status == 0) {
        table->copied += inserted;
        table->existing += !inserted;
    } else if (adoption_is_refusal(&own)) {
        report_refuse(records->in->report, records->table, row_text(&row, 0), own.message);
        status = 0;
    } else {
        error_copy(err, &own);
    }
    arena_free(&records->arena);
    PQclear(held);
    return status;
}

static void report_all(const struct records *records) {
    const char *name = mastra_table_names[records->table];
    pgc_adopt_report *report = records->in->report;
    for (size_t i = 0; i < RECORD_DATES && records->dates[i].name != NULL; i++) {
        date_column_end(records->in, &records->dates[i]);
    }
    report_decide(report, name, NULL, records->documents_twice,
                  "JSON in a JSON string: taken out of it");
    report_decide(report, name, NULL, records->documents_other,
                  "a document that is no object: kept as the member \"value\" of one");
    report_decide(report, name, "runtimeContext", records->contexts,
                  "called requestContext now, as since 1.0");
}

int records_adopt(struct records *records, const char *text, pgc_error *err) {
    struct adoption *in = records->in;
    const struct substitution table = {":table", adoption_table(in, records->table)};
    const char *params[] = {in->zone};
    const struct reading_of what = {.text = text,
                                    .substitutions = &table,
                                    .count = 1,
                                    .params = params,
                                    .param_count = ARRAY_LENGTH(params)};
    int status = 0;
    for (size_t i = 0; status == 0 && i < RECORD_DATES && records->dates[i].name != NULL; i++) {
        status = date_column_begin(in, &records->dates[i], err);
    }
    if (status == 0 && (status = adoption_read(in, &what, take, records, err)) == 0) {
        report_all(records);
    }
    arena_free(&records->arena);
    return status;
}
