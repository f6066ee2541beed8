/* Schemas that a store must not touch: not allowed, not ours, newer, altered. */
#include "engine_world.h"

static const char *schema;
static char role[32]; /* may log in, and nothing else */

/* All relations and types of the schema, with their files, and all rows about the store. */
static const char *state(void) {
    char *literal = PQescapeLiteral(admin, schema, strlen(schema));
    const char *relations =
        ask("SELECT md5(string_agg(concat_ws(' ', c.oid, relname, relkind, relfilenode, relacl), "
            "';' ORDER BY c.oid)) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace "
            "WHERE nspname = %s",
            literal);
    const char *types = ask("SELECT count(*) FROM pg_type t JOIN pg_namespace n ON n.oid = "
                            "typnamespace WHERE nspname = %s",
                            literal);
    PQfreemem(literal);
    return form("%s %s", relations, types);
}

static void drop(void) {
    ask("DROP SCHEMA IF EXISTS %s CASCADE", quoted(schema));
}

/* Opening fails with this code, an error that has the word, and nothing changes. */
static void refuses(pgc_store_options options, pgc_code code, const char *word, const char *name) {
    pgc_error err;
    char before[256];
    snprintf(before, sizeof before, "%s", state());
    is_code(try_store(options, &err), code, &err, "%s", name);
    ok(strstr(err.message, word) != NULL, "%s: the message names it: %s", name, err.message);
    if (code == PGC_SCHEMA || strcmp(word, role) == 0) {
        ok(err.hint[0] != '\0', "%s: the hint helps: %s", name, err.hint);
    }
    is_int(err.retry, PGC_RETRY_NO, "%s: it would fail again", name);
    is_str(state(), before, "%s: nothing has changed", name);
}

/* ---- Privileges ---- */

static pgc_store_options as(const char *user) {
    pgc_store_options options = options_for(schema);
    options.user = z(user);
    return options;
}

static void check_no_create(void) {
    pgc_error err;
    drop();
    refuses(as(role), PGC_DENIED, role, "no schema, and no right to make one");
    is_int(ask_number("SELECT count(*) FROM pg_namespace WHERE nspname = '%s'", schema), 0,
           "there is none");
    ask("CREATE SCHEMA %s", quoted(schema));
    refuses(as(role), PGC_DENIED, "", "a schema of somebody else");
    ask("GRANT USAGE ON SCHEMA %s TO %s", quoted(schema), role);
    refuses(as(role), PGC_DENIED, role, "one to look at only");
    ask("GRANT CREATE ON SCHEMA %s TO %s", quoted(schema), role);
    is_code(try_store(as(role), &err), PGC_OK, &err, "one to create tables in");
    drop();
}

/* Each operation once, on a thread that is there. */
static int use(pgc_store *store, pgc_error *err) {
    pgc_result *result = NULL;
    pgc_str id = z("m");
    pgc_ids ids = PGC_IDS_INIT;
    ids.ids = &id;
    ids.count = 1;
    int status;
    if ((status = append_one(store, "t", "m", err)) != 0 ||
        (status = set_title(store, "t", "title", err)) != 0 ||
        (status = get_thread(store, "t", err)) != 0) {
        return status;
    }
    status = pgc_metadata_merge(store, z("t"), z("m"), z("{\"a\": {\"b\": 1}}"), &result, err);
    pgc_result_free(result);
    if (status != 0) return status;
    status = pgc_message_delete(store, &ids, &result, err);
    pgc_result_free(result);
    if (status != 0) return status;
    status = pgc_thread_delete(store, z("t"), &result, err);
    pgc_result_free(result);
    return status;
}

static void check_grants(void) {
    static const pgc_schema_mode modes[] = {PGC_SCHEMA_AUTO, PGC_SCHEMA_VERIFY, PGC_SCHEMA_NONE};
    pgc_error err;
    const char *s = quoted(schema);
    pgc_store *store = store_in(schema);
    must_create(store, "read");
    pgc_store_free(store);
    ask("GRANT USAGE ON SCHEMA %s TO %s", s, role);
    refuses(as(role), PGC_DENIED, "", "a store without any right to its tables");
    ask("GRANT SELECT ON ALL TABLES IN SCHEMA %s TO %s", s, role);
    store = store_with(as(role));
    is_code(get_thread(store, "read", &err), PGC_OK, &err, "who may read can read");
    is_code(create_thread(store, "t", &err), PGC_DENIED, &err, "but not write");
    is_str(err.sqlstate, "42501", "says the server");
    pgc_store_free(store);
    ask("GRANT INSERT, UPDATE, DELETE ON %s.threads, %s.messages, %s.metadata TO %s", s, s, s,
        role);
    for (size_t i = 0; i < COUNT(modes); i++) {
        pgc_store_options options = as(role);
        options.schema_mode = modes[i];
        store = store_with(options);
        is_code(create_thread(store, "t", &err), PGC_OK, &err, "who may change rows can write");
        is_code(use(store, &err), PGC_OK, &err, "in every way");
        pgc_store_free(store);
    }
    drop();
}

/* ---- Strangers ---- */

static const struct {
    const char *sql; /* %s is the schema */
    const char *word;
    const char *name;
} strangers[] = {
    {"CREATE TABLE %s.threads (id int)", "threads", "a table threads"},
    {"CREATE TABLE %s.messages (id int)", "messages", "a table messages"},
    {"CREATE TABLE %s.metadata (id int)", "metadata", "a table metadata"},
    {"CREATE VIEW %s.threads AS SELECT 1 AS id", "threads", "a view threads"},
    {"CREATE SEQUENCE %s.messages", "messages", "a sequence messages"},
    {"CREATE MATERIALIZED VIEW %s.metadata AS SELECT 1 AS id", "metadata",
     "a materialized view metadata"},
    {"CREATE TYPE %s.threads AS (id int)", "threads", "a type threads"},
    {"CREATE DOMAIN %s.threads AS int", "threads", "a domain threads"},
    {"CREATE TABLE %s.other (id int CONSTRAINT threads_pkey PRIMARY KEY)", "threads_pkey",
     "an index of another table"},
    {"CREATE TABLE %s.store_meta (id int)", "store_meta", "a table store_meta"},
    {"CREATE TABLE %s.store_meta (k int, v int)", "store_meta", "with columns k and v"},
    {"CREATE TABLE %s.store_meta AS SELECT 1 AS k, 2 AS v", "store_meta", "with numbers"},
    {"CREATE TABLE %s.store_meta AS SELECT 'version' AS k, '1' AS v", "store_meta",
     "with a version only"},
    {"CREATE TABLE %s.store_meta AS VALUES ('version', '{}'::jsonb), ('format', '\"pgconvo\"')",
     "store_meta", "with other columns"},
    {"CREATE TABLE %s.store_meta AS SELECT k, '{}'::jsonb AS v FROM (VALUES ('version'), "
     "('format')) x (k)",
     "store_meta", "with jsonb"},
    {"CREATE TABLE %s.store_meta AS SELECT k, ARRAY[1] AS v FROM (VALUES ('version'), "
     "('format')) x (k)",
     "store_meta", "with arrays"},
    {"CREATE TABLE %s.store_meta AS SELECT k, false AS v FROM (VALUES ('version'), "
     "('format')) x (k)",
     "store_meta", "with booleans"},
    {"CREATE TABLE %s.store_meta AS SELECT * FROM (VALUES ('version', 'x'), ('format', "
     "'pgconvo')) x (k, v)",
     "store_meta", "with a version that is no number"},
    {"CREATE TABLE %s.store_meta AS SELECT * FROM (VALUES ('version', '99999999999'), "
     "('format', 'pgconvo')) x (k, v)",
     "", "with a version beyond numbers"},
    {"CREATE TABLE %s.store_meta AS SELECT * FROM (VALUES ('version', '1'), ('format', "
     "'other')) x (k, v)",
     "store_meta", "of another format"},
    {"CREATE TABLE %s.store_meta AS SELECT * FROM (VALUES ('version', '0'), ('format', "
     "'pgconvo')) x (k, v)",
     "", "of version 0"},
    {"CREATE VIEW %s.store_meta AS SELECT 'format' AS k, 'pgconvo' AS v", "store_meta",
     "a view store_meta"},
    {"CREATE FUNCTION %s.f() RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE TABLE %s.threads "
     "(x int)",
     "threads", "among other things"},
};

static void check_strangers(void) {
    for (size_t i = 0; i < COUNT(strangers); i++) {
        drop();
        ask("CREATE SCHEMA %s", quoted(schema));
        char sql[1024];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        snprintf(sql, sizeof sql, strangers[i].sql, quoted(schema), quoted(schema));
#pragma GCC diagnostic pop
        ask_on(admin, sql);
        refuses(options_for(schema), PGC_SCHEMA, strangers[i].word, strangers[i].name);
    }
    drop();
}

/* Other things in the schema are no strangers. */
static void check_neighbours(void) {
    pgc_error err;
    const char *s = quoted(schema);
    ask("CREATE SCHEMA %s", s);
    ask("CREATE TABLE %s.users (id int PRIMARY KEY); CREATE TABLE %s.\"Threads\" (id int)", s, s);
    is_code(try_store(options_for(schema), &err), PGC_OK, &err, "beside tables of other names");
    is_int(ask_number("SELECT count(*) FROM %s.users", s), 0, "which stay");
    drop();
}

/* ---- Versions ---- */

static void set_meta(const char *key, const char *value) {
    ask("UPDATE %s.store_meta SET v = '%s' WHERE k = '%s'", quoted(schema), value, key);
}

static void check_versions(void) {
    pgc_error err;
    pgc_store_options options = options_for(schema), verify = options;
    verify.schema_mode = PGC_SCHEMA_VERIFY;
    is_code(try_store(options, &err), PGC_OK, &err, "a store");
    set_meta("version", "99");
    is_code(try_store(options, &err), PGC_OK, &err, "a newer one that this library may use");
    is_code(try_store(verify, &err), PGC_OK, &err, "VERIFY too");
    set_meta("min_client", "98");
    refuses(options, PGC_SCHEMA, "version 99", "a newer one that it may not use");
    refuses(verify, PGC_SCHEMA, "version 99", "VERIFY too");
    is_int(ask_number("SELECT v::int FROM %s.store_meta WHERE k = 'version'", quoted(schema)), 99,
           "its version stays");
    options.schema_mode = PGC_SCHEMA_NONE;
    is_code(try_store(options, &err), PGC_OK, &err, "NONE does not look");
    drop();
}

static void check_checksums(void) {
    pgc_error err;
    pgc_store_options options = options_for(schema), verify = options;
    verify.schema_mode = PGC_SCHEMA_VERIFY;
    is_code(try_store(options, &err), PGC_OK, &err, "a store");
    char checksum[128], second[128];
    snprintf(second, sizeof second, "%s",
             ask("SELECT v FROM %s.store_meta WHERE k = 'migration/0002'", quoted(schema)));
    snprintf(checksum, sizeof checksum, "%s",
             ask("SELECT v FROM %s.store_meta WHERE k = 'migration/0001'", quoted(schema)));
    set_meta("migration/0001", "00000000");
    refuses(options, PGC_SCHEMA, "migration 1", "another checksum");
    refuses(verify, PGC_SCHEMA, "migration 1", "another checksum, VERIFY");
    set_meta("migration/0001", form("%sx", checksum));
    refuses(options, PGC_SCHEMA, "migration 1", "a longer checksum");
    set_meta("migration/0001", checksum);
    set_meta("migration/0002", "00000000");
    refuses(options, PGC_SCHEMA, "migration 2", "another checksum of a later one");
    ask("UPDATE %s.store_meta SET k = 'x' || k WHERE k LIKE 'migration/%%'", quoted(schema));
    refuses(options, PGC_SCHEMA, "migration 1", "no checksum");
    ask("UPDATE %s.store_meta SET k = substr(k, 2) WHERE k LIKE 'xmigration/%%'", quoted(schema));
    set_meta("migration/0002", second);
    is_code(try_store(options, &err), PGC_OK, &err, "the right one again");
    ask("DELETE FROM %s.store_meta WHERE k = 'version'", quoted(schema));
    refuses(options, PGC_SCHEMA, "", "no version");
    refuses(verify, PGC_SCHEMA, "", "no version, VERIFY");
    ask("INSERT INTO %s.store_meta VALUES ('version', '2')", quoted(schema));
    ask("DELETE FROM %s.store_meta WHERE k = 'format'", quoted(schema));
    refuses(options, PGC_SCHEMA, "", "no format");
    ask("DROP TABLE %s.store_meta", quoted(schema));
    refuses(options, PGC_SCHEMA, "", "no store_meta, but the other tables");
    drop();
}

/* What is missing or altered later is found out by the statements. */
static void check_damage(void) {
    pgc_error err;
    pgc_store *store = store_in(schema);
    must_create(store, "thread");
    ask("ALTER TABLE %s.threads RENAME COLUMN title TO heading", quoted(schema));
    is_code(set_title(store, "thread", "x", &err), PGC_SCHEMA, &err, "a column has another name");
    ask("ALTER TABLE %s.threads RENAME COLUMN heading TO title", quoted(schema));
    is_code(set_title(store, "thread", "x", &err), PGC_OK, &err, "it has its name back");
    drop();
    is_code(get_thread(store, "thread", &err), PGC_SCHEMA, &err, "the schema is dropped");
    is_code(append_one(store, "thread", "m", &err), PGC_SCHEMA, &err, "for every call");
    pgc_store_free(store);
    is_code(try_store(options_for(schema), &err), PGC_OK, &err, "a new store makes it anew");
    drop();
}

int main(void) {
    world_begin();
    schema = schema_named("refuse");
    snprintf(role, sizeof role, "plain_role_%d", (int)getpid());
    ask("CREATE ROLE %s LOGIN", role);
    check_no_create();
    check_grants();
    check_strangers();
    check_neighbours();
    check_versions();
    check_checksums();
    check_damage();
    ask("DROP ROLE %s", role);
    return world_end();
}
