/* Reading Mastra's tables. */
#include "adopt/adoption.h"

#include "base/buf.h"
#include "base/error.h"
#include "connection/pgerror.h"

static int tell(const PGresult *result, pgc_error *err) {
    pgc_error own;
    pgerror_from_result(&own, result);
    return error_copy(err, &own);
}

static int tell_loss(const struct adoption *in, pgc_error *err) {
    pgc_error own;
    pgerror_from_loss(&own, in->pg);
    return error_copy(err, &own);
}

int adoption_run(struct adoption *in, const char *sql, pgc_error *err) {
    PGresult *result = PQexec(in->pg, sql);
    ExecStatusType status = PQresultStatus(result);
    int code = 0;
    if (result == NULL) {
        return tell_loss(in, err);
    }
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
        code = tell(result, err);
    }
    PQclear(result);
    return code;
}

const char *adoption_table(struct adoption *in, enum mastra_table table) {
    if (!in->has_table[table]) {
        return "(SELECT WHERE false)";
    }
    const char *schema = stmt_quote_name(&in->arena, in->options.schema);
    const char *name = stmt_quote_name(&in->arena, in->report->tables[table].name);
    if (schema == NULL || name == NULL) {
        return NULL;
    }
    const struct substitution parts[] = {{":s", schema}, {":t", name}};
    return stmt_expand(&in->arena, ":s.:t", parts, ARRAY_LENGTH(parts));
}

/* Sends the text; its rows come one by one. */
static int begin(struct adoption *in, const struct reading_of *what, pgc_error *err) {
    const char *sql = stmt_expand(&in->arena, what->text, what->substitutions, what->count);
    if (sql == NULL) {
        return error_nomem(err);
    }
    static const Oid types[] = {TYPE_TEXT, TYPE_TEXT, TYPE_TEXT};
    if (PQsendQueryParams(in->pg, sql, what->param_count, types, what->params, NULL, NULL, 1) !=
            1 ||
        PQsetSingleRowMode(in->pg) != 1) {
        return tell_loss(in, err);
    }
    return 0;
}

int adoption_read(struct adoption *in, const struct reading_of *what, adoption_take_fn take,
                  void *payload, pgc_error *err) {
    PGresult *result;
    int status = begin(in, what, err);
    while (status == 0 && (result = PQgetResult(in->pg)) != NULL) {
        ExecStatusType kind = PQresultStatus(result);
        if (kind == PGRES_SINGLE_TUPLE) {
            status = take(payload, result, err);
            continue;
        }
        if (kind != PGRES_TUPLES_OK) {
            status = tell(result, err);
        }
        PQclear(result);
    }
    return status;
}

/* ---- Dates ----------------------------------------------------------------------------------- */

static int take_instant(void *payload, PGresult *result, pgc_error *err) {
    struct buf *values = payload;
    struct row row = row_of(result, 0);
    int64_t instant = row_time(&row, 0);
    (void)err;
    buf_add(values, &instant, sizeof instant);
    PQclear(result);
    return 0;
}

int date_column_begin(struct adoption *in, struct date_column *column, pgc_error *err) {
    const char *table = adoption_table(in, column->table);
    const char *digits = stmt_quote_name(&in->arena, pgc_z(column->name));
    char name[64];
    snprintf(name, sizeof name, "%sZ", column->name);
    const struct substitution substitutions[] = {
        {":table", table},
        {":digits", digits},
        {":instant", stmt_quote_name(&in->arena, pgc_z(name))},
    };
    const struct reading_of what = {.text = stmt_adopt_shared,
                                    .substitutions = substitutions,
                                    .count = ARRAY_LENGTH(substitutions)};
    struct buf values;
    buf_init(&values, SIZE_MAX);
    int status = adoption_read(in, &what, take_instant, &values, err);
    if (status == 0 && values.size > 0) {
        column->shared.count = values.size / sizeof(int64_t);
        column->shared.values = (const void *)arena_copy(&in->arena, values.data, values.size);
        status = values.failed || column->shared.values == NULL ? error_nomem(err) : 0;
    }
    buf_free(&values);
    return status;
}

struct digits date_column_digits(struct row *row, int at) {
    return (struct digits){row_time(row, at), row_time(row, at + 1), row_time(row, at + 2)};
}

void date_column_count(struct date_column *column, enum reading reading) {
    column->readings[reading]++;
}

int64_t date_column_read(struct date_column *column, struct row *row, int at) {
    struct digits digits = date_column_digits(row, at);
    enum reading reading;
    int64_t instant = instant_read(&digits, &column->shared, column->rule, &reading);
    date_column_count(column, reading);
    return instant;
}

static const struct {
    const char *text;
    bool local;
} reading_texts[READING_COUNT] = {
    [READ_NOTHING] = {"there is no date", false},
    [READ_EXACT] = {"the instant beside the digits (...Z) is believed", false},
    [READ_OFFSET] = {"the server set the instant a moment later: digits read with the offset that "
                     "it tells",
                     false},
    [READ_LOCAL] = {"no instant beside the digits: read as local time", true},
    [READ_UTC] = {"no instant beside the digits: read as UTC", false},
    [READ_LOCAL_SHARED] = {"one instant for rows of different dates, from an upgrade, is not "
                           "believed: digits read as local time",
                           true},
    [READ_UTC_SHARED] = {"one instant for rows of different dates, from an upgrade, is not "
                         "believed: digits read as UTC",
                         false},
    [READ_LOCAL_WRONG] = {"the instant fits the digits in no zone and is not believed: digits read "
                          "as local time",
                          true},
    [READ_UTC_WRONG] = {"the instant fits the digits in no zone and is not believed: digits read "
                        "as UTC",
                        false},
};

void date_column_end(const struct adoption *in, const struct date_column *column) {
    for (size_t i = 0; i < READING_COUNT; i++) {
        report_decide(in->report, mastra_table_names[column->table], column->name,
                      column->readings[i], "%s%s%s", reading_texts[i].text,
                      reading_texts[i].local ? " of " : "", reading_texts[i].local ? in->zone : "");
    }
}
