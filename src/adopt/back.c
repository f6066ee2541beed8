/*
 * The way back: the store's tables into those of @mastra/pg 1.27, each in one statement and one
 * transaction. What Mastra has already stays as it is, so that it can be done again.
 */
#include "adopt/adoption.h"

#include "base/error.h"
#include "connection/pgerror.h"

struct back {
    enum mastra_table table;
    const char *store;   /* the store's table, `o` in the conditions */
    const char *key;     /* row `t` of Mastra's has the same key */
    const char *same;    /* and is the same row */
    const char *rival;   /* another row of the store has the key, and comes first */
    const char *changed; /* it is not written as it is */
    const char *change;  /* but so */
};

#define LOST "U+0000 and lone surrogates, which jsonb and text refuse, became U+FFFD"
#define ESCAPED(column) "coalesce(position(U&'\\FDD0' IN " column "::text) > 0, false)"

static const struct back backs[] = {
    {MASTRA_THREADS, "threads", "t.id = o.id", "t.id = o.id", "false",
     "(" ESCAPED("o.title") " OR EXISTS (SELECT FROM :schema.metadata d WHERE d.thread_id = o.id "
                            "AND d.message_id = '' AND " ESCAPED("d.data") "))",
     LOST},
    /* an id is unique in its thread here, and everywhere there */
    {MASTRA_MESSAGES, "messages", "t.id = o.id", "t.id = o.id AND t.thread_id = o.thread_id",
     "EXISTS (SELECT FROM :schema.messages r WHERE r.id = o.id AND r.thread_id < o.thread_id)",
     "ltrim(o.content, E' \\t\\r\\n') LIKE '\"%'",
     "plain text: written as a message of one text part, as 1.27 does"},
    {MASTRA_RESOURCES, "resources", "t.id = o.id", "t.id = o.id", "false",
     "(" ESCAPED("o.working_memory") " OR " ESCAPED("o.metadata") ")", LOST},
    {MASTRA_OBSERVATIONS, "observations", "t.id = o.id", "t.id = o.id", "false", ESCAPED("o"),
     LOST},
    {MASTRA_RUNS, "workflow_runs", "t.workflow_name = o.workflow_name AND t.run_id = o.run_id",
     "t.workflow_name = o.workflow_name AND t.run_id = o.run_id", "false", ESCAPED("o.snapshot"),
     LOST},
    {MASTRA_SCORES, "scores", "t.id = o.id", "t.id = o.id", "false",
     "o.document ~ '(?<!\\\\)(?:\\\\\\\\)*(?:\\\\u0000"
     "|\\\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\\\u[dD][c-fC-F])"
     "|(?<!\\\\u[dD][89abAB][0-9a-fA-F]{2})\\\\u[dD][c-fC-F][0-9a-fA-F]{2})'",
     "what jsonb refuses became U+FFFD"},
};

/* The statement that copies a table. */
static const char *copy_text(enum mastra_table table) {
    switch (table) {
    case MASTRA_THREADS:
        return stmt_adopt_back_threads;
    case MASTRA_MESSAGES:
        return stmt_adopt_back_messages;
    case MASTRA_RESOURCES:
        return stmt_adopt_back_resources;
    case MASTRA_OBSERVATIONS:
        return stmt_adopt_back_observations;
    case MASTRA_RUNS:
        return stmt_adopt_back_runs;
    case MASTRA_SCORES:
    case MASTRA_TABLES:
        break;
    }
    return stmt_adopt_back_scores;
}

/* Stands for a table of Mastra's that a dry run does not make. */
#define NO_TABLE                                                                       \
    "(SELECT NULL::text AS id, NULL::text AS thread_id, NULL::text AS workflow_name, " \
    "NULL::text AS run_id WHERE false)"

static char *expand(struct adoption *in, const char *text, const struct back *back) {
    const char *schema = stmt_quote_name(&in->arena, pgc_z(pgc_store_schema(in->store)));
    const struct substitution of_schema[] = {{":schema", schema}, {":table", back->store}};
    const struct substitution substitutions[] = {
        {":target", in->has_table[back->table] ? adoption_table(in, back->table) : NO_TABLE},
        {":rows", stmt_expand(&in->arena, ":schema.:table", of_schema, 2)},
        {":same", back->same},
        {":key", back->key},
        {":changed", stmt_expand(&in->arena, back->changed, of_schema, 1)},
        {":rival", stmt_expand(&in->arena, back->rival, of_schema, 1)},
    };
    return stmt_expand(&in->arena, text, substitutions, ARRAY_LENGTH(substitutions));
}

/* ---- One table ------------------------------------------------------------------------------- */

struct counts {
    struct adoption *in;
    const struct back *back;
};

static int take_counts(void *payload, PGresult *result, pgc_error *err) {
    const struct counts *counts = payload;
    pgc_adopt_report *report = counts->in->report;
    pgc_adopt_table *table = &report->tables[counts->back->table];
    struct row row = row_of(result, 0);
    (void)err;
    table->found = row_int8(&row, 0, 0);
    table->existing = row_int8(&row, 1, 0);
    table->copied = row_int8(&row, 2, 0);
    report_decide(report, mastra_table_names[counts->back->table], NULL, row_int8(&row, 3, 0), "%s",
                  counts->back->change);
    PQclear(result);
    return 0;
}

struct barred {
    struct adoption *in;
    enum mastra_table table;
};

static int take_barred(void *payload, PGresult *result, pgc_error *err) {
    struct barred *barred = payload;
    struct row row = row_of(result, 0);
    (void)err;
    report_refuse(barred->in->report, barred->table, row_text(&row, 0),
                  "Mastra has a message of this id in another thread");
    PQclear(result);
    return 0;
}

static int count(struct adoption *in, const struct back *back, pgc_error *err) {
    const struct reading_of counts = {.text = expand(in, stmt_adopt_back_count, back)};
    const struct reading_of barred = {.text = expand(in, stmt_adopt_back_barred, back)};
    struct counts of_counts = {in, back};
    struct barred of_barred = {in, back->table};
    if (counts.text == NULL || barred.text == NULL) {
        return error_nomem(err);
    }
    int status = adoption_read(in, &counts, take_counts, &of_counts, err);
    if (status != 0 || back->table != MASTRA_MESSAGES) {
        return status;
    }
    return adoption_read(in, &barred, take_barred, &of_barred, err);
}

static int copy(struct adoption *in, const struct back *back, pgc_error *err) {
    const char *target = stmt_quote_name(&in->arena, in->options.schema);
    const char *store = stmt_quote_name(&in->arena, pgc_z(pgc_store_schema(in->store)));
    const struct substitution schemas[] = {{":target", target}, {":store", store}};
    char *text = stmt_expand(&in->arena, copy_text(back->table), schemas, ARRAY_LENGTH(schemas));
    return text == NULL ? error_nomem(err) : adoption_run(in, text, err);
}

/* Counts and copy see the same. */
static int take_back(struct adoption *in, const struct back *back, pgc_error *err) {
    int status;
    if ((status = adoption_begin(in, !in->options.dry_run, err)) != 0 ||
        (status = count(in, back, err)) != 0 ||
        (status = in->options.dry_run ? 0 : copy(in, back, err)) != 0) {
        return status;
    }
    return adoption_run(in, "COMMIT", err);
}

/* ---- All of them ----------------------------------------------------------------------------- */

static int make_tables(struct adoption *in, pgc_error *err) {
    const struct substitution target = {":target", stmt_quote_name(&in->arena, in->options.schema)};
    char *text = stmt_expand(&in->arena, stmt_adopt_back_tables, &target, 1);
    int status = text == NULL ? error_nomem(err) : adoption_run(in, text, err);
    for (size_t i = 0; i < MASTRA_TABLES; i++) {
        in->has_table[i] = true;
    }
    return status;
}

int adopt_back(struct adoption *in, pgc_error *err) {
    int status = in->options.dry_run ? 0 : make_tables(in, err);
    for (size_t i = 0; status == 0 && in->store_is_there && i < ARRAY_LENGTH(backs); i++) {
        status = take_back(in, &backs[i], err);
    }
    return status;
}
