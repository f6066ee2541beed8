/* pgc_adopt: what is there, the session that reads, and the parts one after the other. */
#include "adopt/adoption.h"

#include "base/args.h"
#include "base/buf.h"
#include "base/error.h"
#include "connection/pgerror.h"
#include "domain/check.h"
#include "domain/schema.h"
#include "face/store.h"

static int read_options(const pgc_adopt_options *given, pgc_adopt_options *options,
                        pgc_error *err) {
    int status;
    *options = (pgc_adopt_options)PGC_ADOPT_OPTIONS_INIT;
    if ((status = args_read(options, sizeof *options, given, "options", err)) != 0 ||
        (status = options->schema.data == NULL ? error_set(err, PGC_INVALID, "schema: is missing")
                                               : schema_check_name(options->schema, err)) != 0) {
        return status;
    }
    return options->time_zone.data == NULL ? 0 : check_name(options->time_zone, "time_zone", err);
}

static int check_pool(pgc_store *store, pgc_error *err) {
    pgc_pool_status pool;
    pgc_store_pool_status(store, &pool);
    return pool.max >= 2 ? 0
                         : error_set(err, PGC_INVALID,
                                     "max_connections: adopting takes two, one to read and one to "
                                     "write");
}

bool adoption_is_refusal(const pgc_error *err) {
    return err->code == PGC_INVALID || err->code == PGC_EXISTS || err->code == PGC_DATA ||
           err->code == PGC_CONSTRAINT;
}

/* ---- What is there --------------------------------------------------------------------------- */

/* Names of tables, each with a NUL behind it, of those that a store has no place for. */
struct found {
    struct adoption *in;
    struct buf others;
};

static int take_table(void *payload, PGresult *result, pgc_error *err) {
    struct found *found = payload;
    struct row row = row_of(result, 0);
    pgc_str name = row_text(&row, 0);
    bool known = false;
    (void)err;
    for (size_t i = 0; i < MASTRA_TABLES; i++) {
        if (strcmp(name.data, mastra_table_names[i]) == 0) {
            found->in->has_table[i] = true;
            known = true;
        }
    }
    if (!known) {
        buf_add(&found->others, name.data, name.size + 1);
    }
    PQclear(result);
    return 0;
}

static int take_number(void *payload, PGresult *result, pgc_error *err) {
    struct row row = row_of(result, 0);
    (void)err;
    *(int64_t *)payload = row_int8(&row, 0, 0);
    PQclear(result);
    return 0;
}

/* A table with rows that stay where they are. */
static int report_other(struct adoption *in, const char *name, pgc_error *err) {
    int64_t rows = 0;
    const struct substitution parts[] = {
        {":schema", stmt_quote_name(&in->arena, in->options.schema)},
        {":table", stmt_quote_name(&in->arena, pgc_z(name))},
    };
    const struct reading_of what = {.text = "SELECT count(*) FROM :schema.:table",
                                    .substitutions = parts,
                                    .count = ARRAY_LENGTH(parts)};
    int status = adoption_read(in, &what, take_number, &rows, err);
    if (status == 0) {
        report_decide(in->report, name, NULL, rows,
                      "left where they are: a store has no place for them");
    }
    return status;
}

static int report_others(struct adoption *in, const struct buf *others, pgc_error *err) {
    int status = others->failed ? error_nomem(err) : 0;
    const char *name = others->data;
    while (status == 0 && !in->options.back && name < others->data + others->size) {
        status = report_other(in, name, err);
        name += strlen(name) + 1;
    }
    return status;
}

static int find_tables(struct adoption *in, pgc_error *err) {
    struct found found = {.in = in};
    const char *params[] = {arena_str(&in->arena, in->options.schema).data};
    const struct reading_of what = {
        .text = stmt_adopt_tables, .params = params, .param_count = ARRAY_LENGTH(params)};
    buf_init(&found.others, SIZE_MAX);
    int status =
        params[0] == NULL ? error_nomem(err) : adoption_read(in, &what, take_table, &found, err);
    if (status == 0) {
        status = report_others(in, &found.others, err);
    }
    buf_free(&found.others);
    bool any = in->options.back;
    for (size_t i = 0; i < MASTRA_TABLES; i++) {
        in->report->tables[i].present = in->options.back || in->has_table[i];
        any = any || in->has_table[i];
    }
    return status != 0 || any
               ? status
               : error_set(err, PGC_NOT_FOUND, "schema: \"%s\" has no tables of Mastra", params[0]);
}

static int take_flag(void *payload, PGresult *result, pgc_error *err) {
    struct row row = row_of(result, 0);
    (void)err;
    *(bool *)payload = row_bool(&row, 0);
    PQclear(result);
    return 0;
}

/* Is the store there? It is, unless this is a dry run. */
static int find_store(struct adoption *in, pgc_error *err) {
    const char *params[] = {pgc_store_schema(in->store)};
    const struct reading_of what = {
        .text = stmt_adopt_store, .params = params, .param_count = ARRAY_LENGTH(params)};
    return adoption_read(in, &what, take_flag, &in->store_is_there, err);
}

/* ---- The session that reads ------------------------------------------------------------------ */

/* Within the transaction, so that it holds behind a pooler too. Names mean what they mean
 * everywhere. */
static const char *const settings[] = {
    "SET LOCAL search_path = pg_catalog",
    "SET LOCAL standard_conforming_strings = on",
    "SET LOCAL timezone = 'UTC'",
    "SET LOCAL statement_timeout = 0",
    "SET LOCAL idle_in_transaction_session_timeout = 0",
};

int adoption_begin(struct adoption *in, bool writes, pgc_error *err) {
    int status = adoption_run(in,
                              writes ? "BEGIN ISOLATION LEVEL REPEATABLE READ"
                                     : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
                              err);
    for (size_t i = 0; status == 0 && i < ARRAY_LENGTH(settings); i++) {
        status = adoption_run(in, settings[i], err);
    }
    return status;
}

/* A zone that PostgreSQL does not know is the caller's mistake. */
static int check_zone(struct adoption *in, pgc_error *err) {
    bool known = false;
    const char *params[] = {in->zone};
    const struct reading_of what = {
        .text = stmt_adopt_zone, .params = params, .param_count = ARRAY_LENGTH(params)};
    int status = adoption_read(in, &what, take_flag, &known, err);
    return status != 0 || known
               ? status
               : error_set(err, PGC_INVALID, "time_zone: \"%s\" is not known", in->zone);
}

static int read_zone(struct adoption *in, pgc_error *err) {
    in->zone_given = in->options.time_zone.data != NULL;
    in->options.time_zone = in->zone_given ? in->options.time_zone : pgc_z("UTC");
    in->zone = arena_str(&in->arena, in->options.time_zone).data;
    return in->zone == NULL ? error_nomem(err) : 0;
}

/* All is read from one snapshot, however long it takes. */
static int adopt_forth(struct adoption *in, pgc_error *err) {
    int status;
    if ((status = adopt_conversations(in, err)) != 0 || (status = adopt_resources(in, err)) != 0 ||
        (status = adopt_observations(in, err)) != 0 || (status = adopt_runs(in, err)) != 0) {
        return status;
    }
    return adopt_scores(in, err);
}

static int adopt_all(struct adoption *in, pgc_error *err) {
    int status;
    if ((status = read_zone(in, err)) != 0 || (status = adoption_begin(in, false, err)) != 0 ||
        (status = check_zone(in, err)) != 0 || (status = find_tables(in, err)) != 0 ||
        (status = find_store(in, err)) != 0 ||
        (status = in->options.back ? 0 : adopt_forth(in, err)) != 0 ||
        (status = adoption_run(in, "COMMIT", err)) != 0) {
        return status;
    }
    return in->options.back ? adopt_back(in, err) : 0;
}

int pgc_adopt(pgc_store *store, const pgc_adopt_options *given, pgc_adopt_report **report,
              pgc_error *err) {
    struct adoption in = {.store = store};
    pgc_lease *lease = NULL;
    int status;
    if ((status = read_options(given, &in.options, err)) != 0 ||
        (status = check_pool(store, err)) != 0 ||
        (status = pgc_lease_acquire(store, &lease, err)) != 0) {
        return status;
    }
    in.pg = pgc_lease_conn(lease);
    in.report = report_new();
    status = in.report == NULL ? error_nomem(err) : adopt_all(&in, err);
    if (status == 0) {
        status = report_finish(in.report, &in.options, err);
    }
    pgc_lease_release(lease);
    arena_free(&in.arena);
    if (status != 0) {
        pgc_adopt_report_free(in.report);
        return status;
    }
    error_clear(err);
    *report = in.report;
    return 0;
}
