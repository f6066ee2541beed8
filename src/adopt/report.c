#include "adopt/report.h"

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"

#include <stdarg.h>

#define SHOWN_ID 120 /* bytes of an id that a refusal shows */

const char *const mastra_table_names[MASTRA_TABLES] = {
    [MASTRA_THREADS] = "mastra_threads",
    [MASTRA_MESSAGES] = "mastra_messages",
    [MASTRA_RESOURCES] = "mastra_resources",
    [MASTRA_OBSERVATIONS] = "mastra_observational_memory",
    [MASTRA_RUNS] = "mastra_workflow_snapshot",
    [MASTRA_SCORES] = "mastra_scorers",
};

pgc_adopt_report *report_new(void) {
    pgc_adopt_report *report = mem_zalloc(sizeof *report);
    if (report != NULL) {
        buf_init(&report->decisions, SIZE_MAX);
        buf_init(&report->refusals, SIZE_MAX);
        for (size_t i = 0; i < MASTRA_TABLES; i++) {
            report->tables[i].name = pgc_z(mastra_table_names[i]);
        }
    }
    return report;
}

void pgc_adopt_report_free(pgc_adopt_report *report) {
    if (report != NULL) {
        buf_free(&report->decisions);
        buf_free(&report->refusals);
        arena_free(&report->arena);
        mem_free(report);
    }
}

static pgc_str keep(pgc_adopt_report *report, pgc_str text) {
    pgc_str kept = arena_str(&report->arena, text);
    report->failed |= text.data != NULL && kept.data == NULL;
    return kept;
}

void report_decide(pgc_adopt_report *report, const char *table, const char *column, int64_t rows,
                   const char *format, ...) {
    char text[256];
    va_list values;
    if (rows == 0) {
        return;
    }
    va_start(values, format);
    vsnprintf(text, sizeof text, format, values);
    va_end(values);
    pgc_adopt_decision decision = {
        .table = keep(report, pgc_z(table)),
        .column = keep(report, pgc_z(column)),
        .text = keep(report, pgc_z(text)),
        .rows = rows,
    };
    buf_add(&report->decisions, &decision, sizeof decision);
}

/* Cut between two characters. */
static pgc_str shorten(pgc_adopt_report *report, pgc_str id) {
    char text[SHOWN_ID + sizeof "..."];
    if (id.size <= SHOWN_ID) {
        return keep(report, id);
    }
    size_t size = SHOWN_ID;
    while (size > 0 && ((unsigned char)id.data[size] & 0xc0) == 0x80) {
        size--;
    }
    memcpy(text, id.data, size);
    memcpy(text + size, "...", sizeof "...");
    return keep(report, pgc_z(text));
}

void report_refuse(pgc_adopt_report *report, enum mastra_table table, pgc_str id,
                   const char *reason) {
    pgc_adopt_refusal refusal = {
        .table = report->tables[table].name,
        .id = shorten(report, id),
        .reason = keep(report, pgc_z(reason)),
    };
    report->tables[table].refused++;
    buf_add(&report->refusals, &refusal, sizeof refusal);
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static void add_text(struct buf *json, const char *name, pgc_str text) {
    buf_addf(json, "\"%s\":", name);
    if (text.data == NULL) {
        buf_add_z(json, "null");
    } else {
        json_quote(json, text);
    }
}

static void add_tables(struct buf *json, const pgc_adopt_report *report) {
    buf_add_z(json, "\"tables\":[");
    for (size_t i = 0; i < MASTRA_TABLES; i++) {
        const pgc_adopt_table *table = &report->tables[i];
        buf_add_z(json, i == 0 ? "{" : ",{");
        add_text(json, "name", table->name);
        buf_addf(json, ",\"present\":%s,\"found\":%lld,\"copied\":%lld,\"existing\":%lld,",
                 table->present ? "true" : "false", (long long)table->found,
                 (long long)table->copied, (long long)table->existing);
        buf_addf(json, "\"refused\":%lld}", (long long)table->refused);
    }
    buf_add_z(json, "],");
}

static void add_decisions(struct buf *json, const pgc_adopt_report *report) {
    buf_add_z(json, "\"decisions\":[");
    for (size_t i = 0; i < pgc_adopt_report_decisions(report); i++) {
        const pgc_adopt_decision *decision = pgc_adopt_report_decision(report, i);
        buf_add_z(json, i == 0 ? "{" : ",{");
        add_text(json, "table", decision->table);
        buf_add_char(json, ',');
        add_text(json, "column", decision->column);
        buf_add_char(json, ',');
        add_text(json, "text", decision->text);
        if (decision->rows >= 0) {
            buf_addf(json, ",\"rows\":%lld", (long long)decision->rows);
        }
        buf_add_char(json, '}');
    }
    buf_add_z(json, "],");
}

static void add_refusals(struct buf *json, const pgc_adopt_report *report) {
    buf_add_z(json, "\"refusals\":[");
    for (size_t i = 0; i < pgc_adopt_report_refusals(report); i++) {
        const pgc_adopt_refusal *refusal = pgc_adopt_report_refusal(report, i);
        buf_add_z(json, i == 0 ? "{" : ",{");
        add_text(json, "table", refusal->table);
        buf_add_char(json, ',');
        add_text(json, "id", refusal->id);
        buf_add_char(json, ',');
        add_text(json, "reason", refusal->reason);
        buf_add_char(json, '}');
    }
    buf_add_char(json, ']');
}

int report_finish(pgc_adopt_report *report, const pgc_adopt_options *options, pgc_error *err) {
    struct buf json;
    buf_init(&json, SIZE_MAX);
    buf_add_char(&json, '{');
    add_text(&json, "schema", options->schema);
    buf_addf(&json, ",\"back\":%s,\"dryRun\":%s,", options->back ? "true" : "false",
             options->dry_run ? "true" : "false");
    add_text(&json, "timeZone", options->time_zone);
    buf_add_char(&json, ',');
    add_tables(&json, report);
    add_decisions(&json, report);
    add_refusals(&json, report);
    buf_add_char(&json, '}');
    report->failed |= json.failed || report->decisions.failed || report->refusals.failed;
    if (!report->failed) {
        report->json = keep(report, (pgc_str){json.data, json.size});
    }
    buf_free(&json);
    return report->failed ? error_nomem(err) : 0;
}

/* ---- Reading --------------------------------------------------------------------------------- */

size_t pgc_adopt_report_tables(const pgc_adopt_report *report) {
    return report == NULL ? 0 : MASTRA_TABLES;
}

const pgc_adopt_table *pgc_adopt_report_table(const pgc_adopt_report *report, size_t i) {
    return i < pgc_adopt_report_tables(report) ? &report->tables[i] : NULL;
}

size_t pgc_adopt_report_decisions(const pgc_adopt_report *report) {
    return report == NULL ? 0 : report->decisions.size / sizeof(pgc_adopt_decision);
}

const pgc_adopt_decision *pgc_adopt_report_decision(const pgc_adopt_report *report, size_t i) {
    return i < pgc_adopt_report_decisions(report)
               ? (const pgc_adopt_decision *)(const void *)report->decisions.data + i
               : NULL;
}

size_t pgc_adopt_report_refusals(const pgc_adopt_report *report) {
    return report == NULL ? 0 : report->refusals.size / sizeof(pgc_adopt_refusal);
}

const pgc_adopt_refusal *pgc_adopt_report_refusal(const pgc_adopt_report *report, size_t i) {
    return i < pgc_adopt_report_refusals(report)
               ? (const pgc_adopt_refusal *)(const void *)report->refusals.data + i
               : NULL;
}

pgc_str pgc_adopt_report_json(const pgc_adopt_report *report) {
    return report == NULL ? pgc_none() : report->json;
}
