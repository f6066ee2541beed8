/*
 * Roles with no more privileges than they need: an owner makes a store and lets others in, a writer
 * and a reader find what they need and nothing else. (Every operation as one of these: the suite
 * `roles`, live/roles.h and live/reader.h.)
 */
#include "engine_world.h"

static char owner[64], writer[64], reader[64], nobody[64]; /* names that need their quotes */

static void make_role(char name[64], const char *kind) {
    snprintf(name, 64, "%s \"%d\" %% $1", kind, (int)getpid());
    ask("CREATE ROLE %s LOGIN", quoted(name));
}

static void drop_role(const char *name) {
    ask("DROP OWNED BY %s", quoted(name));
    ask("DROP ROLE %s", quoted(name));
}

static pgc_store_options as(const char *role, const char *schema) {
    pgc_store_options options = options_for(schema);
    options.user = z(role);
    return options;
}

static PGconn *connection_of(const char *role) {
    static const char *const keywords[] = {"dbname", "user", NULL};
    const char *const values[] = {getenv("PGCONVO_TEST_URL"), role, NULL};
    PGconn *conn = PQconnectdbParams(keywords, values, 1);
    if (PQstatus(conn) != CONNECTION_OK) bail("%s: %s", role, PQerrorMessage(conn));
    PQclear(PQexec(conn, "SET client_min_messages TO warning"));
    return conn;
}

/* ---- A store with an owner ---- */

static void make_store(const char *schema) {
    pgc_error err;
    is_code(try_store(as(owner, schema), &err), PGC_DENIED, &err, "an owner without privileges");
    ok(tells(&err, "may not create it") && tells(&err, "pgconvo schema"), "is told what to do");
    roles_grant(admin, PGC_ROLE_OWNER, owner, schema);
    is_code(try_store(as(owner, schema), &err), PGC_OK, &err, "with them it makes the store");
    PGconn *conn = connection_of(owner);
    roles_grant(conn, PGC_ROLE_WRITER, writer, schema);
    roles_grant(conn, PGC_ROLE_READER, reader, schema);
    roles_grant(conn, PGC_ROLE_READER, reader, schema);
    PQfinish(conn);
}

/* A quoted value; good as long as form()'s. */
static const char *literal_of(const char *value) {
    char *text = PQescapeLiteral(admin, value, strlen(value));
    const char *copy = form("%s", text);
    PQfreemem(text);
    return copy;
}

/* What a role has in a schema and its tables: "table:PRIVILEGE ...", in order. */
static const char *privileges_of(const char *role, const char *schema) {
    return ask(
        "SELECT string_agg(object || ':' || privilege_type, ' ' ORDER BY object COLLATE "
        "\"C\", privilege_type) FROM (SELECT c.relname::text AS object, a.* FROM pg_class c "
        "JOIN pg_namespace n ON n.oid = c.relnamespace, aclexplode(c.relacl) a WHERE "
        "n.nspname = %s UNION ALL SELECT '', a.* FROM pg_namespace n, aclexplode(n.nspacl) a "
        "WHERE n.nspname = %s) x WHERE grantee = (SELECT oid FROM pg_roles WHERE rolname = %s)",
        literal_of(schema), literal_of(schema), literal_of(role));
}

static void check_privileges(const char *schema) {
    is_str(privileges_of(reader, schema),
           ":USAGE messages:SELECT metadata:SELECT observations:SELECT resources:SELECT "
           "scores:SELECT store_meta:SELECT threads:SELECT workflow_runs:SELECT",
           "what a reader has");
    static const char *const tables[] = {"messages", "metadata",   "observations", "resources",
                                         "scores",   "store_meta", "threads",      "workflow_runs"};
    char expected[1024] = ":USAGE";
    for (size_t i = 0; i < COUNT(tables); i++) {
        const char *all = form(" %s:DELETE %s:INSERT %s:SELECT %s:UPDATE", tables[i], tables[i],
                               tables[i], tables[i]);
        bool meta = strcmp(tables[i], "store_meta") == 0;
        strncat(expected, meta ? " store_meta:SELECT" : all,
                sizeof expected - 1 - strlen(expected));
    }
    is_str(privileges_of(writer, schema), expected, "what a writer has");
    is_int(ask_number("SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = "
                      "c.relnamespace WHERE n.nspname = %s AND c.relkind = 'r'",
                      literal_of(schema)),
           (int64_t)COUNT(tables), "there are no other tables");
}

/* ---- Using it ---- */

static void check_writer(const char *schema) {
    pgc_error err;
    pgc_store_options options = as(writer, schema);
    for (int mode = PGC_SCHEMA_AUTO; mode <= PGC_SCHEMA_NONE; mode++) {
        options.schema_mode = (pgc_schema_mode)mode;
        pgc_store *store = store_with(options);
        const char *id = form("of mode %d", mode);
        must_create(store, id);
        is_code(append_one(store, id, NULL, &err), PGC_OK, &err, "a writer writes, mode %d", mode);
        is_code(pgc_metadata_index_create(store, &err), PGC_DENIED, &err, "but makes no index");
        pgc_store_free(store);
    }
}

static void check_reader(const char *schema) {
    pgc_error err;
    pgc_store *store = store_with(as(reader, schema));
    is_code(get_thread(store, "of mode 0", &err), PGC_OK, &err, "a reader reads");
    is_code(append_one(store, "of mode 0", "n", &err), PGC_DENIED, &err, "but does not write");
    ok(tells(&err, "--grants"), "the hint says what to do: %s", err.hint);
    is_code(get_thread(store, "of mode 0", &err), PGC_OK, &err, "and reads on");
    pgc_store_free(store);
    pgc_store_options options = as(writer, schema);
    options.url = z(form("%s options='-c default_transaction_read_only=on'", store_url()));
    store = store_with(options);
    is_code(append_one(store, "of mode 0", "n", &err), PGC_DENIED, &err, "a writer set to read");
    is_str(err.sqlstate, "25006", "is refused for that");
    ok(!tells(&err, "--grants"), "not for want of privileges");
    pgc_store_free(store);
}

static void check_nobody(const char *schema) {
    pgc_error err;
    is_code(try_store(as(nobody, schema), &err), PGC_DENIED, &err, "a role without privileges");
    ok(tells(&err, "permission denied for schema") && tells(&err, "--grants"), "is told: %s",
       err.message);
    ask("GRANT USAGE ON SCHEMA %s TO %s", quoted(schema), quoted(nobody));
    is_code(try_store(as(nobody, schema), &err), PGC_DENIED, &err, "one that has the schema only");
    ok(tells(&err, "permission denied for table store_meta"), "is told: %s", err.message);
    ask("REVOKE USAGE ON SCHEMA %s FROM %s", quoted(schema), quoted(nobody));
    is_code(try_store(as(writer, "absent schema"), &err), PGC_DENIED, &err,
            "a writer does not make a store");
}

/* Names that are not qualified are those of the search path. */
static void check_default(const char *schema) {
    pgc_error err;
    char *sql = NULL;
    PGconn *conn = connection_of(owner);
    ask_on(conn, form("SET search_path TO %s", quoted(schema)));
    ask_on(conn, form("GRANT USAGE ON SCHEMA %s TO %s", quoted(schema), quoted(nobody)));
    is_code(pgc_schema_grants(PGC_ROLE_WRITER, z(nobody), pgc_none(), &sql, &err), PGC_OK, &err,
            "grants for the default schema");
    ask_on(conn, sql);
    free(sql);
    PQfinish(conn);
    is_str(privileges_of(nobody, schema), privileges_of(writer, schema), "are the same");
    ask("ALTER ROLE %s SET search_path TO %s", quoted(nobody), quoted(schema));
    pgc_store_options options = as(nobody, schema);
    options.schema = pgc_none();
    pgc_store *store = store_with(options);
    is_code(get_thread(store, "of mode 0", &err), PGC_OK, &err, "and do for a store there");
    pgc_store_free(store);
}

/* ---- Arguments ---- */

static void is_invalid(pgc_schema_role kind, pgc_str role, pgc_str schema, const char *field) {
    pgc_error err;
    char *sql = NULL;
    is_code(pgc_schema_grants(kind, role, schema, &sql, &err), PGC_INVALID, &err, "%s", field);
    ok(sql == NULL && strncmp(err.message, field, strlen(field)) == 0, "the error names it: %s",
       err.message);
}

static void check_arguments(void) {
    static const char bytes[64] =
        "0123456789012345678901234567890123456789012345678901234567890123";
    is_invalid((pgc_schema_role)3, z("r"), z("s"), "kind");
    is_invalid(PGC_ROLE_READER, pgc_none(), z("s"), "role");
    is_invalid(PGC_ROLE_READER, z(""), z("s"), "role");
    is_invalid(PGC_ROLE_READER, (pgc_str){bytes, 64}, z("s"), "role");
    is_invalid(PGC_ROLE_READER, (pgc_str){"a\0b", 3}, z("s"), "role");
    is_invalid(PGC_ROLE_READER, z("a\xff"), z("s"), "role");
    is_invalid(PGC_ROLE_WRITER, z("r"), z(""), "schema");
    is_invalid(PGC_ROLE_WRITER, z("r"), (pgc_str){bytes, 64}, "schema");
    is_invalid(PGC_ROLE_OWNER, z("r"), pgc_none(), "schema");
}

int main(void) {
    world_begin();
    const char *schema = schema_named("of \"roles\" % $1");
    make_role(owner, "owner");
    make_role(writer, "writer");
    make_role(reader, "reader");
    make_role(nobody, "nobody");
    make_store(schema);
    check_privileges(schema);
    check_writer(schema);
    check_reader(schema);
    check_nobody(schema);
    check_default(schema);
    check_arguments();
    ask("DROP SCHEMA %s CASCADE", quoted(schema));
    drop_role(nobody);
    drop_role(reader);
    drop_role(writer);
    drop_role(owner);
    return world_end();
}
