#include "domain/schema.h"

#include "base/clock.h"
#include "base/error.h"
#include "domain/check.h"
#include "domain/schema_text.h"
#include "statement/bind.h"
#include "statement/row.h"

#include <stdlib.h>

#define MIGRATION_MAX_MS 120000 /* for waiting for another migrator and migrating */

/* What a setup goes through on its connection; a new session begins at SETTINGS. */
enum setup_step { STEP_DISCARD, STEP_SETTINGS, STEP_MIGRATE };

void schema_init(struct schema *schema, pgc_str name) {
    memset(schema->wanted, 0, sizeof schema->wanted);
    if (name.data != NULL) {
        memcpy(schema->wanted, name.data, MIN(name.size, sizeof schema->wanted - 1));
    }
    pthread_mutex_init(&schema->lock, NULL);
}

void schema_destroy(struct schema *schema) {
    pthread_mutex_destroy(&schema->lock);
}

static int check_sql_name(pgc_str name, const char *field, pgc_error *err) {
    if (name.size == 0 || name.size > PGC_SCHEMA_MAX) {
        return error_set(err, PGC_INVALID, "%s: is %zu bytes long, not 1 to %d", field, name.size,
                         PGC_SCHEMA_MAX);
    }
    return check_name(name, field, err);
}

int schema_check_name(pgc_str name, pgc_error *err) {
    return name.data == NULL ? 0 : check_sql_name(name, "schema", err);
}

int schema_check_role(pgc_str role, pgc_error *err) {
    return check_sql_name(role, "role", err);
}

const struct bound *schema_settings(struct schema *schema) {
    const char *timeout = schema->statement_timeout[0] == '\0' ? NULL : schema->statement_timeout;
    schema->settings = (struct bound){
        .id = STMT_COUNT,
        .text = stmt_schema_transaction,
        .count = 1,
        .values = {timeout},
        .sizes = {(int)strlen(schema->statement_timeout)},
    };
    return &schema->settings;
}

/* ---- What the answers say -------------------------------------------------------------------- */

static int no_default(pgc_error *err) {
    int status = error_set(err, PGC_SCHEMA, "the connection has no default schema");
    error_hint(err,
               "Name a schema for the store, or set search_path for this user to one that exists.");
    return status;
}

/* The name is known for good once the first session tells it. */
static int learn_name(struct schema *schema, const PGresult *settings, pgc_error *err) {
    struct row row = row_of(settings, 0);
    pgc_str name = schema->wanted[0] != '\0' ? pgc_z(schema->wanted) : row_text(&row, 0);
    if (name.data == NULL || name.size > PGC_SCHEMA_MAX) {
        return no_default(err);
    }
    pthread_mutex_lock(&schema->lock);
    if (!atomic_load(&schema->named)) {
        snprintf(schema->name, sizeof schema->name, "%s", name.data);
        stmt_book_init(&schema->book, name);
        atomic_store(&schema->named, true);
    }
    pthread_mutex_unlock(&schema->lock);
    return 0;
}

/* The value of a key of store_meta; absent if there is none. */
static pgc_str meta(const PGresult *rows, const char *key) {
    for (int i = 0; i < PQntuples(rows); i++) {
        struct row row = row_of(rows, i);
        pgc_str k = row_text(&row, 0);
        if (k.data != NULL && strcmp(k.data, key) == 0) {
            return row_text(&row, 1);
        }
    }
    return pgc_none();
}

static int meta_number(const PGresult *rows, const char *key) {
    pgc_str value = meta(rows, key);
    return value.data == NULL ? 0 : (int)strtol(value.data, NULL, 10);
}

static int check_checksums(const struct schema *schema, const PGresult *rows, pgc_error *err) {
    for (size_t i = 0; i < stmt_migration_count; i++) {
        char key[32];
        snprintf(key, sizeof key, "migration/%04d", stmt_migrations[i].number);
        pgc_str checksum = meta(rows, key);
        if (checksum.data == NULL || strcmp(checksum.data, stmt_migrations[i].checksum) != 0) {
            int status =
                error_set(err, PGC_SCHEMA, "schema \"%s\" was made by another text of migration %d",
                          schema->name, stmt_migrations[i].number);
            error_hint(err, "Nothing was changed. Compare it with the output of pgc_schema_sql.");
            return status;
        }
    }
    return 0;
}

enum verdict { CURRENT, OUTDATED, UNUSABLE };

/* Is the schema what this library works with, according to the probe? */
static enum verdict judge(const struct schema *schema, const PGresult *rows, pgc_error *err) {
    int own = stmt_migrations[stmt_migration_count - 1].number;
    int version = meta_number(rows, "version");
    pgc_str format = meta(rows, "format");
    if (format.data == NULL || strcmp(format.data, "pgconvo") != 0 || version < own) {
        return OUTDATED;
    }
    if (version > own && meta_number(rows, "min_client") > own) {
        error_set(err, PGC_SCHEMA,
                  "schema \"%s\" has version %d, this library knows versions up to %d",
                  schema->name, version, own);
        error_hint(err, "Nothing was changed. Upgrade pgconvo to use this store.");
        return UNUSABLE;
    }
    return check_checksums(schema, rows, err) == 0 ? CURRENT : UNUSABLE;
}

/* Errors that the probe gives where there is no store, or something else of its name. */
static bool is_absent(const pgc_error *err) {
    static const char *const states[] = {"42P01", "3F000", "42703", "42883"};
    for (size_t i = 0; i < ARRAY_LENGTH(states); i++) {
        if (strcmp(err->sqlstate, states[i]) == 0) {
            return true;
        }
    }
    return false;
}

static void explain(const struct segment *last, pgc_error *err) {
    *err = last->error;
    if (strcmp(err->sqlstate, "PGC15") == 0) {
        err->code = PGC_SCHEMA;
        err->sqlstate[0] = '\0';
    }
}

static void refuse_outdated(const struct schema *schema, pgc_error *err) {
    error_set(err, PGC_SCHEMA, "schema \"%s\" has no store, or one of an older version",
              schema->name);
    error_hint(err,
               "Create or upgrade it with `pgconvo init`, or open the store with PGC_SCHEMA_AUTO.");
}

/* ---- Segments -------------------------------------------------------------------------------- */

static struct bind begin_segment(struct conn *conn) {
    struct conn_setup *setup = &conn->setup;
    segment_clear(&setup->segment);
    setup->segment.statements = setup->statements;
    setup->segment.results = setup->results;
    setup->segment.count = 0;
    return (struct bind){.arena = &setup->arena};
}

static struct bound *next_statement(struct conn *conn) {
    return &conn->setup.statements[conn->setup.segment.count++];
}

static struct segment *end_segment(struct conn *conn, const struct bind *bind, pgc_error *err) {
    if (bind->failed) {
        error_nomem(err);
        return NULL;
    }
    return &conn->setup.segment;
}

static void add_settings(const struct schema *schema, struct conn *conn, struct bind *bind) {
    bind_sql(bind, next_statement(conn), stmt_schema_session);
    bind_text(bind,
              schema->statement_timeout[0] == '\0' ? pgc_none() : pgc_z(schema->statement_timeout));
    bind_int8(bind, conn->pooled ? 0 : PQbackendPID(conn->pg));
}

static void add_probe(const struct schema *schema, struct conn *conn, struct bind *bind) {
    bind_sql(bind, next_statement(conn), schema_text_probe(bind->arena, schema->wanted));
}

static struct segment *discard(struct conn *conn, pgc_error *err) {
    struct bind bind = begin_segment(conn);
    conn->setup.step = STEP_DISCARD;
    bind_sql(&bind, next_statement(conn), "DISCARD ALL");
    return end_segment(conn, &bind, err);
}

/*
 * The probe goes with the settings, so that a store that is up to date costs one round trip; and
 * behind a pooler, where there is no session to set up, a second connection costs none.
 */
static struct segment *settings(struct schema *schema, struct conn *conn, pgc_error *err) {
    bool probe = schema->mode != PGC_SCHEMA_NONE && !atomic_load(&schema->checked);
    if (conn->pooled && !probe && atomic_load(&schema->named)) {
        return NULL;
    }
    struct bind bind = begin_segment(conn);
    conn->setup.step = STEP_SETTINGS;
    add_settings(schema, conn, &bind);
    if (probe) {
        add_probe(schema, conn, &bind);
    }
    return end_segment(conn, &bind, err);
}

/* What the settings found out about the connection; it stays so for the store's next ones. */
static void look_for_pooler(struct conn *conn, const PGresult *settings) {
    struct row row = row_of(settings, 0);
    if (row_bool(&row, 1)) {
        conn->pooled = true;
        atomic_store(conn->config->pooled, true);
    }
}

/* If the probe failed, the settings went with it. */
static struct segment *migrate(struct schema *schema, struct conn *conn, pgc_error *err) {
    struct bind bind = begin_segment(conn);
    conn->setup.step = STEP_MIGRATE;
    conn_limit(conn, clock_monotonic_ms() + MIGRATION_MAX_MS);
    add_settings(schema, conn, &bind);
    bind_sql(&bind, next_statement(conn),
             schema_text_migrate(bind.arena, schema->name, schema->metadata_index));
    add_probe(schema, conn, &bind);
    return end_segment(conn, &bind, err);
}

static struct segment *after_settings(struct schema *schema, struct conn *conn,
                                      const struct segment *last, pgc_error *err) {
    bool probed = last->count > 1;
    if (last->done == 0 || (last->error.code != PGC_OK && !is_absent(&last->error))) {
        explain(last, err);
        return NULL;
    }
    look_for_pooler(conn, last->results[0]);
    if (learn_name(schema, last->results[0], err) != 0 || !probed) {
        return NULL;
    }
    enum verdict verdict = last->done == 1 ? OUTDATED : judge(schema, last->results[1], err);
    if (verdict == OUTDATED && schema->mode == PGC_SCHEMA_AUTO) {
        return migrate(schema, conn, err);
    }
    if (verdict == OUTDATED) {
        refuse_outdated(schema, err);
    } else if (verdict == CURRENT) {
        atomic_store(&schema->checked, true);
    }
    return NULL;
}

static struct segment *after_migration(struct schema *schema, const struct segment *last,
                                       pgc_error *err) {
    if (last->error.code != PGC_OK) {
        explain(last, err);
    } else {
        enum verdict verdict = judge(schema, last->results[2], err);
        if (verdict == OUTDATED) {
            error_set(err, PGC_INTERNAL,
                      "schema \"%s\" is not what its migration should have made it", schema->name);
        }
        atomic_store(&schema->checked, verdict == CURRENT);
    }
    return NULL;
}

struct segment *schema_setup(void *owner, struct conn *conn, const struct segment *last,
                             pgc_error *err) {
    struct schema *schema = owner;
    if (last == NULL) {
        return conn->reset ? discard(conn, err) : settings(schema, conn, err);
    }
    if (last->error.code == PGC_OK && last->done != last->count) {
        error_set(err, PGC_INTERNAL, "the server answered %zu of %zu statements", last->done,
                  last->count);
        return NULL;
    }
    switch ((enum setup_step)conn->setup.step) {
    case STEP_DISCARD:
        if (last->error.code != PGC_OK) {
            explain(last, err);
            return NULL;
        }
        return settings(schema, conn, err);
    case STEP_SETTINGS:
        return after_settings(schema, conn, last, err);
    case STEP_MIGRATE:
        break;
    }
    return after_migration(schema, last, err);
}
