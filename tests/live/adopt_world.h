/*
 * What the tests of adopting share: schemas of Mastra's, as its versions wrote them (tests/adopt)
 * or made by hand, what is in them, and calls with their report.
 */
#ifndef ADOPT_WORLD_H
#define ADOPT_WORLD_H

#include "live/engine_world.h"
#include "pgconvo_adopt.h"

static char source[PGC_SCHEMA_MAX + 1]; /* Mastra's schema */
static char target[PGC_SCHEMA_MAX + 1]; /* the store's */
static pgc_adopt_report *report;        /* of the last adopt */
static pgc_error err;

/* A new schema for Mastra's tables, where statements of the admin's go from now on; and one that is
 * not made, for the store. */
WORLD_USED static void begin_schemas(const char *tag) {
    snprintf(source, sizeof source, "%s", schema_named(form("mastra %s", tag)));
    snprintf(target, sizeof target, "%s", schema_named(form("adopted %s", tag)));
    ask("CREATE SCHEMA %s", quoted(source));
    ask("SET search_path TO %s", quoted(source));
}

WORLD_USED static void load_file(const char *name) {
    const char *root = getenv("PGCONVO_SOURCE_ROOT");
    static char text[1 << 20];
    FILE *file = fopen(form("%s/tests/adopt/%s.sql", root == NULL ? "." : root, name), "r");
    if (file == NULL) bail("%s cannot be read", name);
    size_t size = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[size] = '\0';
    ask_on(admin, text);
}

/* All rows of all tables of Mastra's schema, and that none was written anew. */
WORLD_USED static const char *checksum(void) {
    static char sums[64][128];
    static unsigned next;
    char *all = sums[next++ % COUNT(sums)];
    all[0] = '\0';
    PGresult *tables = PQexec(admin, form("SELECT relname FROM pg_class WHERE relkind = 'r' AND "
                                          "relnamespace = '%s'::regnamespace ORDER BY 1",
                                          quoted(source)));
    for (int i = 0; i < PQntuples(tables); i++) {
        const char *sum = ask("SELECT md5('%s' || coalesce(string_agg(t.xmin::text || t.ctid::text "
                              "|| t::text, ',' ORDER BY t.ctid), '')) FROM %s t",
                              all, quoted(PQgetvalue(tables, i, 0)));
        snprintf(all, sizeof sums[0], "%s", sum);
    }
    PQclear(tables);
    return all;
}

WORLD_USED static pgc_store *adopt_store(pgc_schema_mode mode) {
    pgc_store_options options = options_for(target);
    options.schema_mode = mode;
    options.max_connections = 2;
    return open_with(options);
}

static int adopt_with(pgc_store *store, const pgc_adopt_options *options) {
    pgc_adopt_report_free(report);
    report = NULL;
    memset(&err, 0x55, sizeof err);
    return pgc_adopt(store, options, &report, &err);
}

/* Adopts; NULL is no zone. */
WORLD_USED static int adopt(pgc_store *store, const char *zone, bool dry_run) {
    pgc_adopt_options options = PGC_ADOPT_OPTIONS_INIT;
    options.schema = z(source);
    options.time_zone = z(zone);
    options.dry_run = dry_run;
    return adopt_with(store, &options);
}

/* "found copied existing refused" of a table, as the last report has it. */
WORLD_USED static const char *counts(const char *table) {
    for (size_t i = 0; i < pgc_adopt_report_tables(report); i++) {
        const pgc_adopt_table *row = pgc_adopt_report_table(report, i);
        if (strcmp(row->name.data, table) == 0) {
            return form("%lld %lld %lld %lld", (long long)row->found, (long long)row->copied,
                        (long long)row->existing, (long long)row->refused);
        }
    }
    return "none";
}

/* The rows that a decision concerned, whose text has these words in it; 0: there is none. */
WORLD_USED static int64_t decided(const char *table, const char *column, const char *words) {
    int64_t rows = 0;
    for (size_t i = 0; i < pgc_adopt_report_decisions(report); i++) {
        const pgc_adopt_decision *decision = pgc_adopt_report_decision(report, i);
        bool same_column = column == NULL ? decision->column.data == NULL
                                          : decision->column.data != NULL &&
                                                strcmp(decision->column.data, column) == 0;
        if (strcmp(decision->table.data, table) == 0 && same_column &&
            strstr(decision->text.data, words) != NULL) {
            rows += decision->rows;
        }
    }
    return rows;
}

/* The reason why a row was refused; "" if it was not. */
WORLD_USED static const char *refusal(const char *table, const char *id) {
    for (size_t i = 0; i < pgc_adopt_report_refusals(report); i++) {
        const pgc_adopt_refusal *refused = pgc_adopt_report_refusal(report, i);
        if (strcmp(refused->table.data, table) == 0 && strcmp(refused->id.data, id) == 0) {
            return refused->reason.data;
        }
    }
    return "";
}

WORLD_USED static void free_report(void) {
    pgc_adopt_report_free(report);
    report = NULL;
}

#endif
