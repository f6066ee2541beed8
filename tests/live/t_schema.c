/*
 * Schemas of any legal name: made once, left alone afterwards, the same by hand as by the library.
 */
#include "engine_world.h"

static PGconn *side; /* a connection to a database of this test's own */
static const char *side_url;

static const char *const names[] = {
    "a-b",
    "two words",
    "dot.ted",
    "Upper",
    "\xc3\xbcn\xc3\xaf \xe4\xb8\x96\xe7\x95\x8c \xf0\x9f\x98\x80",
    "select",
    "1st",
    "quo\"te",
    "\"\"",
    "it's",
    "back\\slash\\",
    "\\",
    "e'\\n'",
    ":\"schema\"",
    ":'schema'",
    ":steps",
    ":metadata_index",
    "$1",
    "$migrate$",
    "$$",
    "%I.%s%n%1$s",
    "--",
    "/* */;",
    "line\nend\ttab",
    "{}[]()",
    " ",
    "sixty-three bytes 234567890123456789012345678901234567890123456",
    "\xe4\xb8\x96\xe4\xb8\x96\xe4\xb8\x96\xe4\xb8\x96\xe4\xb8\x96\xe4\xb8\x96\xe4\xb8\x96"
    "\xe4\xb8\x96\xe4\xb8\x96\xe4\xb8\x96\xe4\xb8\x96\xe4\xb8\x96\xe4\xb8\x96\xe4\xb8\x96"
    "\xe4\xb8\x96\xe4\xb8\x96\xe4\xb8\x96\xe4\xb8\x96\xe4\xb8\x96\xe4\xb8\x96\xe4\xb8\x96",
};

static pgc_store_options side_options(const char *name) {
    pgc_store_options options = options_for(name);
    options.url = z(side_url);
    return options;
}

/* All that is in a schema as the catalog has it, without the schema's name. */
static const char *catalog(const char *name) {
    char *literal = PQescapeLiteral(side, name, strlen(name));
    static char sql[8192];
    snprintf(sql, sizeof sql,
             "WITH rel AS (SELECT c.* FROM pg_class c JOIN pg_namespace n ON n.oid = "
             "c.relnamespace WHERE n.nspname = %s), line AS ("
             "SELECT concat_ws(' ', relname, relkind, relpersistence, reloptions::text) AS l "
             "FROM rel UNION ALL "
             "SELECT concat_ws(' ', relname, attnum, attname, format_type(atttypid, atttypmod), "
             "attnotnull, attstorage, attcollation::regcollation, pg_get_expr(adbin, adrelid)) "
             "FROM rel JOIN pg_attribute a ON a.attrelid = rel.oid AND attnum > 0 "
             "LEFT JOIN pg_attrdef d ON d.adrelid = rel.oid AND d.adnum = attnum UNION ALL "
             "SELECT concat_ws(' ', relname, conname, pg_get_constraintdef(k.oid)) "
             "FROM rel JOIN pg_constraint k ON k.conrelid = rel.oid UNION ALL "
             "SELECT concat_ws(' ', relname, i.indisvalid, i.indisunique, i.indisprimary, "
             "regexp_replace(pg_get_indexdef(i.indexrelid), ' ON .* USING ', ' ')) "
             "FROM rel JOIN pg_index i ON i.indexrelid = rel.oid) "
             "SELECT md5(string_agg(l, ';' ORDER BY l)) || ' ' || count(*) FROM line",
             literal);
    PQfreemem(literal);
    return ask_on(side, sql);
}

static int64_t has_schema(const char *name) {
    char *literal = PQescapeLiteral(side, name, strlen(name));
    const char *count =
        ask_on(side, form("SELECT count(*) FROM pg_namespace WHERE nspname = %s", literal));
    PQfreemem(literal);
    return strtoll(count, NULL, 10);
}

static void drop(const char *name) {
    ask_on(side, form("DROP SCHEMA IF EXISTS %s CASCADE", quoted(name)));
}

/* ---- Names ---- */

static void check_name(const char *name) {
    pgc_error err;
    pgc_store *store = open_with(side_options(name));
    if (!is_code(pgc_store_init(store, &err), PGC_OK, &err, "a schema named %s is made", name)) {
        pgc_store_free(store);
        return;
    }
    is_str(pgc_store_schema(store), name, "the store says its name");
    is_int(has_schema(name), 1, "and that is the name it has");
    must_create(store, "thread");
    is_code(append_one(store, "thread", "m", &err), PGC_OK, &err, "it takes messages");
    is_code(get_thread(store, "thread", &err), PGC_OK, &err, "and gives them back");
    is_str(ask_on(side, form("SELECT count(*) FROM %s.messages", quoted(name))), "1",
           "they are in that schema");
    pgc_store_free(store);
    pgc_store_options options = side_options(name);
    options.schema_mode = PGC_SCHEMA_VERIFY;
    is_code(try_store(options, &err), PGC_OK, &err, "it is found again");
}

static void check_names(void) {
    for (size_t i = 0; i < COUNT(names); i++) {
        check_name(names[i]);
        drop(names[i]);
    }
    static const struct {
        const char *data;
        size_t size;
        const char *why;
    } bad[] = {
        {"", 0, "empty"},
        {"sixty-four bytes 34567890123456789012345678901234567890123456789x", 64, "64 bytes"},
        {"a\0b", 3, "a NUL"},
        {"a\xff", 2, "not UTF-8"},
        {"\xed\xa0\x80", 3, "a lone surrogate"},
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        pgc_error err;
        char *sql = NULL;
        pgc_store *store = NULL;
        pgc_store_options options = side_options(NULL);
        options.schema = (pgc_str){bad[i].data, bad[i].size};
        is_code(pgc_store_open(&options, &store, &err), PGC_INVALID, &err, "a name that is %s",
                bad[i].why);
        ok(tells(&err, "schema") && store == NULL, "the error names the option");
        is_code(pgc_schema_sql(options.schema, false, &sql, &err), PGC_INVALID, &err,
                "nor is there SQL for it");
        ok(sql == NULL, "none at all");
    }
}

/* ---- What is made, and what a second time does ---- */

/* Which versions of which rows and files there are: any write changes it. */
static const char *state_of(const char *name) {
    const char *s = quoted(name);
    return form(
        "%s | %s",
        ask_on(side, form("SELECT string_agg(concat_ws(' ', k, v, xmin, ctid), ', ' ORDER BY k) "
                          "FROM %s.store_meta",
                          s)),
        ask_on(side,
               form("SELECT string_agg(relname || ' ' || c.oid || ' ' || relfilenode, ', ' "
                    "ORDER BY relname) FROM pg_class c WHERE relnamespace = '%s'::regnamespace",
                    s)));
}

static void check_made(void) {
    pgc_error err;
    pgc_store_options options = side_options("made");
    is_code(try_store(options, &err), PGC_OK, &err, "a schema is made");
    is_str(ask_on(side, "SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class WHERE "
                        "relkind = 'r' AND relnamespace = 'made'::regnamespace"),
           "messages metadata observations resources scores store_meta threads workflow_runs",
           "its tables");
    is_str(ask_on(side, "SELECT string_agg(k, ' ' ORDER BY k) FROM made.store_meta"),
           "format migration/0001 migration/0002 min_client version", "its rows about itself");
    is_str(ask_on(side, "SELECT string_agg(v, ' ' ORDER BY k) FROM made.store_meta WHERE k NOT "
                        "LIKE 'migration/%'"),
           "pgconvo 2 2", "their values");
    is_str(ask_on(side, "SELECT bool_and(v ~ '^[0-9a-f]{8,}$') FROM made.store_meta WHERE k LIKE "
                        "'migration/%'"),
           "t", "checksums");
    is_str(ask_on(side,
                  "SELECT count(*) FROM pg_trigger WHERE tgrelid IN (SELECT oid FROM pg_class "
                  "WHERE relnamespace = 'made'::regnamespace)"),
           "0", "no triggers, hence no foreign keys");
    is_str(ask_on(side, "SELECT count(*) FROM pg_proc WHERE pronamespace = 'made'::regnamespace"),
           "0", "no functions");

    const char *before = state_of("made");
    is_code(try_store(options, &err), PGC_OK, &err, "a second time");
    is_str(state_of("made"), before, "changes nothing");
    options.schema_mode = PGC_SCHEMA_VERIFY;
    is_code(try_store(options, &err), PGC_OK, &err, "VERIFY");
    options.schema_mode = PGC_SCHEMA_NONE;
    is_code(try_store(options, &err), PGC_OK, &err, "NONE");
    is_str(state_of("made"), before, "change nothing either");
    drop("made");
}

static void check_modes_on_nothing(void) {
    pgc_error err;
    pgc_store_options options = side_options("absent");
    options.schema_mode = PGC_SCHEMA_VERIFY;
    is_code(try_store(options, &err), PGC_SCHEMA, &err, "VERIFY where nothing is: SCHEMA");
    ok(tells(&err, "absent") && err.hint[0] != '\0',
       "the error names it, the hint says what to do");
    is_int(has_schema("absent"), 0, "nothing was made");
    options.schema_mode = PGC_SCHEMA_NONE;
    pgc_store *store = open_with(options);
    is_code(pgc_store_init(store, &err), PGC_OK, &err, "NONE does not look");
    is_code(get_thread(store, "thread", &err), PGC_SCHEMA, &err, "a call does find out");
    is_code(create_thread(store, "thread", &err), PGC_SCHEMA, &err, "another one too");
    pgc_store_free(store);
    is_int(has_schema("absent"), 0, "nothing was made");
    ask_on(side, "CREATE SCHEMA absent");
    options.schema_mode = PGC_SCHEMA_VERIFY;
    is_code(try_store(options, &err), PGC_SCHEMA, &err, "VERIFY on an empty schema: SCHEMA");
    is_str(
        ask_on(side, "SELECT count(*) FROM pg_class WHERE relnamespace = 'absent'::regnamespace"),
        "0", "it stays empty");
    options.schema_mode = PGC_SCHEMA_AUTO;
    is_code(try_store(options, &err), PGC_OK, &err, "AUTO on an empty schema");
    drop("absent");
}

/* ---- The default schema ---- */

static const char *default_with(const char *path, pgc_store_options options, pgc_error *err) {
    options.url = z(form("%s options='-c search_path=%s'", side_url, path));
    options.schema = pgc_none();
    pgc_store *store = open_with(options);
    is_str(pgc_store_schema(store), "", "the default schema is not known before the first use");
    const char *name = "";
    if (pgc_store_init(store, err) == 0) {
        must_create(store, "thread");
        name = form("%s", pgc_store_schema(store));
    }
    pgc_store_free(store);
    return name;
}

static void check_default(void) {
    pgc_error err;
    pgc_store_options options = side_options(NULL);
    is_str(default_with("public", options, &err), "public", "the default schema");
    ask_on(side, "CREATE SCHEMA \"my own\"");
    is_str(default_with("nowhere,\"my\\\\ own\",public", options, &err), "my own",
           "the first of the search path that exists");
    is_str(ask_on(side, "SELECT count(*) FROM \"my own\".threads"), "1", "its tables are there");
    ask_on(side, "CREATE SCHEMA first");
    is_str(default_with("first,public", options, &err), "first",
           "a store in another schema of the path is not taken for it");
    is_str(ask_on(side, "SELECT count(*) FROM first.threads"), "1", "its tables are its own");
    is_str(ask_on(side, "SELECT count(*) FROM public.threads"), "1",
           "the other's are as they were");
    ask_on(side, "CREATE SCHEMA second");
    options.schema_mode = PGC_SCHEMA_VERIFY;
    is_str(default_with("second,public", options, &err), "", "nor with VERIFY");
    is_int(err.code, PGC_SCHEMA, "which refuses");
    options.schema_mode = PGC_SCHEMA_AUTO;
    is_str(default_with("nowhere", options, &err), "", "no default schema");
    is_int(err.code, PGC_SCHEMA, "is refused");
    ok(tells(&err, "default schema") && err.hint[0] != '\0', "the error says so");
    is_int(has_schema("nowhere"), 0, "nothing was made");
    drop("my own");
    drop("first");
    drop("second");
    drop("public");
    ask_on(side, "CREATE SCHEMA public");
}

/* ---- The script ---- */

/* What psql says of a script. */
static int run_psql(const char *script) {
    setenv("SIDE_URL", side_url, 1);
    FILE *psql = popen("exec psql -X -q -v ON_ERROR_STOP=1 -d \"$SIDE_URL\"", "w");
    if (psql == NULL) bail("psql");
    fputs(script, psql);
    return pclose(psql);
}

static void check_script(const char *name, bool index) {
    pgc_error err;
    pgc_store_options options = side_options(name);
    options.metadata_index = index;
    if (!is_code(try_store(options, &err), PGC_OK, &err, "%s: made by the library", name)) return;
    const char *made = catalog(name);
    drop(name);
    char *script = NULL;
    is_code(pgc_schema_sql(z(name), index, &script, &err), PGC_OK, &err, "%s: its SQL", name);
    is_int(run_psql(script), 0, "%s: runs through psql", name);
    free(script);
    is_str(catalog(name), made, "%s: and makes the same", name);
    options.schema_mode = PGC_SCHEMA_VERIFY;
    is_code(try_store(options, &err), PGC_OK, &err, "%s: the library takes it", name);
    drop(name);
}

static void check_scripts(void) {
    pgc_error err;
    check_script("plain", true);
    for (size_t i = 7; i < COUNT(names); i += 2) { /* the odder half */
        check_script(names[i], false);
    }
    char *script = NULL;
    is_code(pgc_schema_sql(pgc_none(), true, &script, &err), PGC_OK, &err, "SQL without a name");
    ask_on(side, "CREATE SCHEMA chosen");
    char *whole = malloc(strlen(script) + 64);
    sprintf(whole, "SET search_path TO chosen;\n%s", script);
    is_int(run_psql(whole), 0, "goes where the search path says");
    is_int(run_psql(whole) != 0, 1, "and fails where a store is");
    free(whole);
    free(script);
    pgc_store_options options = side_options("chosen");
    options.schema_mode = PGC_SCHEMA_VERIFY;
    is_code(try_store(options, &err), PGC_OK, &err, "the library takes it");
    drop("chosen");
}

/* ---- Upgrades ---- */

/* The first part of the script is what the library of the first schema would have made. */
static void make_first_version(const char *name) {
    pgc_error err;
    char *script = NULL;
    is_code(pgc_schema_sql(z(name), false, &script, &err), PGC_OK, &err, "the SQL of all versions");
    char *second = strstr(script, "\n-- migration 2:");
    if (second == NULL) bail("the script has no second migration");
    snprintf(second, strlen(second), "\nCOMMIT;\n");
    is_int(run_psql(script), 0, "the first version runs alone");
    free(script);
}

static const char *columns_of(const char *name) {
    return ask_on(side,
                  form("SELECT md5(string_agg(concat_ws(' ', table_name, column_name, data_type, "
                       "collation_name, is_nullable), ';' ORDER BY table_name, column_name)) FROM "
                       "information_schema.columns WHERE table_schema = '%s'",
                       name));
}

static const char *indexes_of(const char *name) {
    return ask_on(side,
                  form("SELECT md5(string_agg(replace(indexdef, schemaname, ''), ';' ORDER BY "
                       "indexname)) FROM pg_indexes WHERE schemaname = '%s'",
                       name));
}

/* Threads as the first version left them: with no messages, with all of them, and with gaps. */
static void fill_first_version(void) {
    ask_on(side, "INSERT INTO older.threads (id, created_at, updated_at, last_seq) VALUES "
                 "('kept', 'now', 'now', 0), ('full', 'now', 'now', 2), ('gaps', 'now', 'now', 7), "
                 "('gone', 'now', 'now', 4)");
    ask_on(side, "INSERT INTO older.messages (thread_id, id, seq, created_at, role, content) "
                 "VALUES ('full', 'a', 1, 'now', 'user', '1'), ('full', 'b', 2, 'now', 'user', "
                 "'1'), ('gaps', 'c', 2, 'now', 'user', '1'), ('gaps', 'd', 3, 'now', 'user', "
                 "'1'), ('gaps', 'e', 6, 'now', 'user', '1')");
}

static int64_t count_messages(pgc_store *store, const char *thread_id) {
    pgc_error err;
    pgc_result *result = NULL;
    if (pgc_message_count(store, z(thread_id), PGC_NO_TIME, PGC_NO_TIME, &result, &err) != 0) {
        bail("count: %s", err.message);
    }
    int64_t total = pgc_result_total(result);
    pgc_result_free(result);
    return total;
}

static void check_upgrade(void) {
    pgc_error err;
    make_first_version("older");
    fill_first_version();
    pgc_store_options options = side_options("older");
    options.schema_mode = PGC_SCHEMA_VERIFY;
    is_code(try_store(options, &err), PGC_SCHEMA, &err, "VERIFY refuses an older version");
    ok(tells(&err, "older version") && err.hint[0] != '\0', "and says so");
    options.schema_mode = PGC_SCHEMA_AUTO;
    pgc_store *store = store_with(options);
    is_code(get_thread(store, "kept", &err), PGC_OK, &err,
            "AUTO upgrades it, and keeps what it held");
    is_str(ask_on(side, form(WRONG_TOTALS, "older", "older")), "",
           "every thread knows how many messages it has");
    is_str(form("%d %d %d %d", (int)count_messages(store, "kept"),
                (int)count_messages(store, "full"), (int)count_messages(store, "gaps"),
                (int)count_messages(store, "gone")),
           "0 2 3 0", "and tells it");
    is_str(ask_on(side, "SELECT v FROM older.store_meta WHERE k = 'min_client'"), "2",
           "libraries that do not know that must not use the store");
    pgc_store_free(store);
    is_code(try_store(side_options("newer"), &err), PGC_OK, &err, "a new one beside it");
    is_str(columns_of("older"), columns_of("newer"), "has the same columns");
    is_str(indexes_of("older"), indexes_of("newer"), "and the same indexes");
    drop("older");
    drop("newer");
}

/* Who may use the tables of an older version may use those that an upgrade adds, and no other. */
static void check_upgrade_grants(void) {
    static const char privileges[] =
        "SELECT string_agg(DISTINCT privileges, ' ') FROM (SELECT c.relname, string_agg("
        "a.grantee::regrole || ':' || a.privilege_type, ' ' ORDER BY a.grantee::regrole::text, "
        "a.privilege_type) AS privileges FROM pg_class c, aclexplode(c.relacl) a WHERE c.relkind = "
        "'r' AND c.relnamespace = 'older'::regnamespace AND c.relname <> 'store_meta' AND "
        "a.grantee "
        "<> c.relowner GROUP BY c.relname) x";
    pgc_error err;
    int pid = (int)getpid();
    const char *writer = form("\"upgrade writer %d\"", pid);
    const char *reader = form("\"upgrade reader %d\"", pid);
    ask_on(side, form("CREATE ROLE %s LOGIN; CREATE ROLE %s LOGIN", writer, reader));
    make_first_version("older");
    ask_on(side, form("GRANT USAGE ON SCHEMA older TO %s, %s", writer, reader));
    ask_on(side, form("GRANT SELECT ON ALL TABLES IN SCHEMA older TO %s, %s", writer, reader));
    ask_on(side, form("GRANT INSERT, UPDATE, DELETE ON older.threads, older.messages, "
                      "older.metadata TO %s",
                      writer));
    const char *before = ask_on(side, privileges);
    pgc_store_options options = side_options("older");
    options.user = z(form("upgrade writer %d", pid));
    is_code(try_store(options, &err), PGC_DENIED, &err, "a writer does not upgrade");
    ok(tells(&err, "may not create tables"), "and is told: %s", err.message);
    ask_on(side, form("GRANT CREATE ON SCHEMA older TO %s", writer));
    is_code(try_store(options, &err), PGC_DENIED, &err, "nor does one that may create tables");
    ok(tells(&err, "may not upgrade") && tells(&err, form("\"%s\"", PQuser(side))),
       "and is told who does: %s", err.hint);
    ask_on(side, form("REVOKE CREATE ON SCHEMA older FROM %s", writer));
    is_code(try_store(side_options("older"), &err), PGC_OK, &err, "the owner upgrades it");
    is_str(ask_on(side, privileges), before, "the others have the same of all tables, new or old");
    is_int(strtoll(ask_on(side, "SELECT count(*) FROM pg_class WHERE relacl IS NULL AND relkind = "
                                "'r' AND relnamespace = 'older'::regnamespace"),
                   NULL, 10),
           0, "of each");
    is_code(try_store(options, &err), PGC_OK, &err, "and so they can use it");
    drop("older");
    ask_on(side, form("DROP ROLE %s, %s", writer, reader));
}

/* ---- The index ---- */

/* Something about the metadata index of a schema. */
static const char *ask_index(const char *what, const char *name) {
    char *literal = PQescapeLiteral(side, name, strlen(name));
    const char *answer =
        ask_on(side, form("SELECT %s FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN "
                          "pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = %s AND "
                          "c.relname = 'metadata_data_idx'",
                          what, literal));
    PQfreemem(literal);
    return answer;
}

static const char *index_state(const char *name) {
    return ask_index("i.indisvalid || ' ' || pg_get_indexdef(c.oid)", name);
}

static const char *index_oid(const char *name) {
    return ask_index("c.oid", name);
}

static void check_index(const char *name) {
    pgc_error err;
    pgc_store_options options = side_options(name);
    pgc_store *store = store_with(options);
    must_create(store, "thread");
    is_str(index_state(name), "", "no index unless asked for");
    is_code(pgc_metadata_index_create(store, &err), PGC_OK, &err, "it can be made later");
    const char *state = index_state(name), *oid = index_oid(name);
    ok(strncmp(state, "true ", 5) == 0 && strstr(state, "gin (data jsonb_path_ops)") != NULL,
       "it is valid: %s", state);
    is_code(pgc_metadata_index_create(store, &err), PGC_OK, &err, "a second time");
    is_str(index_oid(name), oid, "changes nothing");
    ask_on(side, form("UPDATE pg_index SET indisvalid = false WHERE indexrelid = %s", oid));
    is_code(pgc_metadata_index_create(store, &err), PGC_OK, &err, "an invalid one");
    is_str(index_state(name), state, "is built again");
    ok(strcmp(index_oid(name), oid) != 0, "it is another one");
    is_code(append_one(store, "thread", "m", &err), PGC_OK, &err, "the store works on");
    pgc_store_free(store);
    drop(name);

    options.metadata_index = true;
    is_code(try_store(options, &err), PGC_OK, &err, "the option");
    is_str(index_state(name), state, "makes it from the start");
    drop(name);
}

/* A database without PL/pgSQL: nothing can be migrated, but what is there can be used. */
static void check_without_language(void) {
    pgc_error err;
    char *script = NULL;
    ask_on(side, "DROP EXTENSION plpgsql");
    pgc_store_options options = side_options("plain");
    int status = try_store(options, &err);
    ok(status != 0 && tells(&err, "plpgsql"), "no plpgsql: the error names it (%s: %s)",
       pgc_code_name(status), err.message);
    is_int(has_schema("plain"), 0, "nothing was made");
    is_code(pgc_schema_sql(z("plain"), false, &script, &err), PGC_OK, &err, "the SQL for psql");
    is_int(run_psql(script), 0, "does without it");
    free(script);
    is_code(try_store(options, &err), PGC_OK, &err, "and then the store does too");
    drop("plain");
    ask_on(side, "CREATE EXTENSION plpgsql");
}

int main(void) {
    world_begin();
    char database[32];
    snprintf(database, sizeof database, "schema test %d", (int)getpid());
    ask("CREATE DATABASE \"%s\"", database);
    side_url = strdup(form("%s dbname='%s'", getenv("PGCONVO_TEST_URL"), database));
    side = connect_to(side_url);
    check_names();
    check_made();
    check_modes_on_nothing();
    check_default();
    check_scripts();
    check_upgrade();
    check_upgrade_grants();
    check_index("index");
    check_index("odd \"index\" :'x'");
    check_without_language();
    PQfinish(side);
    ask("DROP DATABASE \"%s\" WITH (FORCE)", database);
    return world_end();
}
