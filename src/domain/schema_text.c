#include "domain/schema_text.h"

#include "base/buf.h"
#include "statement/stmt.h"

#define ADVICE                                                                                  \
    "Let somebody who may run the output of `pgconvo schema` (pgc_schema_sql), or ask for the " \
    "CREATE privilege."

/* An SQL text with the schema's name in it; without a name, names are left to the search path. */
static char *with_name(struct arena *arena, const char *text, const char *name) {
    struct substitution named = {":\"schema\"", stmt_quote_name(arena, pgc_z(name))};
    struct substitution unnamed = {":\"schema\".", ""};
    return stmt_expand(arena, text, name[0] == '\0' ? &unnamed : &named, 1);
}

static char *finish(struct arena *arena, struct buf *buf) {
    char *text = buf->failed ? NULL : arena_copy(arena, buf->data, buf->size);
    buf_free(buf);
    return text;
}

char *schema_text_probe(struct arena *arena, const char *name) {
    return with_name(arena, name[0] == '\0' ? stmt_schema_probe_default : stmt_schema_probe, name);
}

static const char *literal(struct arena *arena, const char *value, struct buf *buf) {
    const char *quoted = value == NULL ? NULL : stmt_quote_literal(arena, pgc_z(value));
    buf->failed |= quoted == NULL;
    return quoted == NULL ? "" : quoted;
}

/* The migrations as rows of VALUES: number, checksum, text. */
static char *steps(struct arena *arena, const char *name) {
    struct buf buf;
    buf_init(&buf, SIZE_MAX);
    for (size_t i = 0; i < stmt_migration_count; i++) {
        const struct migration *migration = &stmt_migrations[i];
        const char *text = literal(arena, with_name(arena, migration->text, name), &buf);
        buf_addf(&buf, "%s(%d, '%s', ", i == 0 ? "" : ", ", migration->number, migration->checksum);
        buf_add_z(&buf, text);
        buf_add_char(&buf, ')');
    }
    return finish(arena, &buf);
}

/* A dollar quote for the block that does not occur in the name, which may be any text. */
static void choose_tag(const char *name, char tag[32]) {
    unsigned number = 0;
    do {
        snprintf(tag, 32, "$migrate%u$", number++);
    } while (strstr(name, tag) != NULL);
}

char *schema_text_migrate(struct arena *arena, const char *name, bool metadata_index) {
    char tag[32];
    choose_tag(name, tag);
    const struct substitution substitutions[] = {
        {"$migrate$", tag},
        {":'schema'", stmt_quote_literal(arena, pgc_z(name))},
        {":'advice'", stmt_quote_literal(arena, pgc_z(ADVICE))},
        {":metadata_index", metadata_index ? "true" : "false"},
        {":steps", steps(arena, name)},
    };
    return stmt_expand(arena, stmt_schema_migrate, substitutions, ARRAY_LENGTH(substitutions));
}

static void add_create_index(struct arena *arena, struct buf *buf, const char *name,
                             const char *how) {
    char *table = with_name(arena, ":\"schema\".metadata", name);
    buf->failed |= table == NULL;
    buf_addf(buf, "CREATE INDEX %smetadata_data_idx ON %s USING gin (data jsonb_path_ops)", how,
             table == NULL ? "" : table);
}

char *schema_text_script(struct arena *arena, const char *name, bool metadata_index) {
    struct buf buf;
    buf_init(&buf, SIZE_MAX);
    buf_add_z(&buf, "BEGIN;\n");
    if (name[0] != '\0') {
        char *quoted = stmt_quote_name(arena, pgc_z(name));
        buf.failed |= quoted == NULL;
        buf_addf(&buf, "CREATE SCHEMA IF NOT EXISTS %s;\n", quoted == NULL ? "" : quoted);
    }
    for (size_t i = 0; i < stmt_migration_count; i++) {
        const struct migration *migration = &stmt_migrations[i];
        char *text = with_name(arena, migration->text, name);
        char *insert = with_name(arena, "INSERT INTO :\"schema\".store_meta (k, v) VALUES ", name);
        buf.failed |= text == NULL || insert == NULL;
        if (buf.failed) {
            break;
        }
        buf_addf(&buf, "\n-- migration %d: %s\n%s", migration->number, migration->name, text);
        buf_addf(&buf, "%s('migration/%04d', '%s');\n", insert, migration->number,
                 migration->checksum);
        buf_addf(&buf,
                 "%s('format', 'pgconvo'), ('version', '%d') ON CONFLICT (k) DO UPDATE SET v = "
                 "excluded.v;\n",
                 insert, migration->number);
    }
    if (metadata_index) {
        add_create_index(arena, &buf, name, "");
        buf_add_z(&buf, ";\n");
    }
    buf_add_z(&buf, "COMMIT;\n");
    return finish(arena, &buf);
}

char *schema_text_grants(struct arena *arena, const char *name, const char *role,
                         pgc_schema_role kind) {
    static const char *const privileges[] = {
        [PGC_ROLE_WRITER] = "SELECT, INSERT, UPDATE, DELETE",
        [PGC_ROLE_READER] = "SELECT",
    };
    static const char on_schema[] = "GRANT USAGE ON SCHEMA :\"schema\" TO :\"role\";\n";
    const bool named = name[0] != '\0', owner = kind == PGC_ROLE_OWNER;
    const struct substitution substitutions[] = {
        {named ? ":\"schema\"" : ":\"schema\".", named ? stmt_quote_name(arena, pgc_z(name)) : ""},
        {":\"role\"", stmt_quote_name(arena, pgc_z(role))},
        {":privileges", owner ? "" : privileges[kind]},
        {on_schema, ""},
    };
    return stmt_expand(arena, owner ? stmt_schema_grants_owner : stmt_schema_grants, substitutions,
                       named ? 3 : 4);
}

char *schema_text_index_state(struct arena *arena, const char *name) {
    static const char query[] = "SELECT i.indisvalid FROM pg_catalog.pg_index i "
                                "WHERE i.indexrelid = pg_catalog.to_regclass(:'index')";
    char *index = with_name(arena, ":\"schema\".metadata_data_idx", name);
    struct substitution quoted = {":'index'",
                                  index == NULL ? NULL : stmt_quote_literal(arena, pgc_z(index))};
    return stmt_expand(arena, query, &quoted, 1);
}

char *schema_text_index_drop(struct arena *arena, const char *name) {
    return with_name(arena, "DROP INDEX CONCURRENTLY IF EXISTS :\"schema\".metadata_data_idx",
                     name);
}

char *schema_text_index_create(struct arena *arena, const char *name) {
    struct buf buf;
    buf_init(&buf, SIZE_MAX);
    add_create_index(arena, &buf, name, "CONCURRENTLY IF NOT EXISTS ");
    return finish(arena, &buf);
}
