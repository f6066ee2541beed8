/* Opening stores: where the connection goes, what wins over what, and what an error tells. */
#include "engine_world.h"

#include <ctype.h>
#include <sys/socket.h>
#include <sys/un.h>

static const char *schema;
static char folder[256]; /* of the server's socket */

/* The options say where the server is; a url is then the only thing to add. */
static pgc_store_options nowhere(void) {
    pgc_store_options options = PGC_STORE_OPTIONS_INIT;
    options.schema = z(schema);
    return options;
}

/* What a statement on a store's connection brings. */
static const char *asked(pgc_store_options options, const char *sql) {
    pgc_error err;
    pgc_lease *lease = NULL;
    pgc_store *store = NULL;
    const char *answer = "";
    if (pgc_store_open(&options, &store, &err) != 0 ||
        pgc_lease_acquire(store, &lease, &err) != 0) {
        answer = form("%s %s", pgc_code_name((int)err.code), err.message);
    } else {
        answer = ask_on(pgc_lease_conn(lease), sql);
    }
    pgc_lease_release(lease);
    pgc_store_free(store);
    return answer;
}

/* ---- Where it goes ---- */

/* A path as part of a URI. */
static const char *percent(const char *text) {
    char coded[1024];
    size_t size = 0;
    for (; *text != '\0' && size + 4 < sizeof coded; text++) {
        bool plain = isalnum((unsigned char)*text);
        size += (size_t)snprintf(coded + size, sizeof coded - size, plain ? "%c" : "%%%02X",
                                 (unsigned char)*text);
    }
    return form("%s", coded);
}

static void check_urls(void) {
    const char *port = PQport(admin), *user = PQuser(admin), *database = PQdb(admin);
    const struct {
        const char *url;
        const char *name;
    } urls[] = {
        {form("postgresql://%s@%s:%s/%s", user, percent(folder), port, database), "a URI"},
        {form("postgres://%s@%s:%s/%s?connect_timeout=9", user, percent(folder), port, database),
         "the short scheme, with a parameter"},
        {form("postgresql:///%s?host=%s&port=%s&user=%s", database, percent(folder), port, user),
         "a URI with the host as a parameter"},
        {form("host=%s port=%s user=%s dbname=%s", folder, port, user, database), "keywords"},
        {form("host = '%s' port=%s\tuser=%s  dbname='%s'", folder, port, user, database),
         "keywords with quotes and blanks"},
        {form("host=/nonexistent,%s port=%s user=%s dbname=%s", folder, port, user, database),
         "two hosts, the first one dead"},
        {form("postgresql://%s@/%s?host=/nonexistent,/nowhere,%s", user, database, percent(folder)),
         "three hosts in a URI, two of them dead"},
        {form("host=/nonexistent,%s port=1,%s user=%s dbname=%s", folder, port, user, database),
         "two hosts with their ports"},
    };
    for (size_t i = 0; i < COUNT(urls); i++) {
        pgc_error err;
        pgc_store_options options = nowhere();
        options.url = z(urls[i].url);
        is_code(try_store(options, &err), PGC_OK, &err, "%s", urls[i].name);
    }
    pgc_store_options options = nowhere();
    options.host = z(folder);
    options.port = (uint16_t)atoi(port);
    options.user = z(user);
    options.database = z(database);
    is_str(asked(options, "SELECT current_user || ' ' || current_database()"),
           form("%s %s", user, database), "host, port, user and database as fields");
    options = nowhere();
    is_str(asked(options, "SELECT 1"), "1", "nothing: libpq's environment says where");
}

/* Each parameter once in the url, where it would not work or shows, and once as a field. */
static void check_precedence(void) {
    static const char who[] = "SELECT current_user || ' ' || current_database() || ' ' || "
                              "current_setting('application_name')";
    const char *user = PQuser(admin), *database = PQdb(admin);
    pgc_store_options options = nowhere();
    options.url = z("host=/nonexistent port=1 user=nobody dbname=nothing application_name=url "
                    "sslmode=nonsense");
    options.host = z(folder);
    options.port = (uint16_t)atoi(PQport(admin));
    options.user = z(user);
    options.database = z(database);
    options.sslmode = z("disable");
    options.application_name = z("field");
    is_str(asked(options, who), form("%s %s field", user, database), "fields win over keywords");
    options.url = z("postgresql://nobody:secret@localhost:1/nothing?application_name=url");
    is_str(asked(options, who), form("%s %s field", user, database), "and over a URI");
    options.url = z("postgresql://nobody@localhost:1/nothing?hostaddr=127.0.0.1");
    is_str(asked(options, who), form("%s %s field", user, database),
           "an address gives way to host");
    options.url = z("postgresql://nobody@%6Eowhere:1/nothing?application_name=url");
    options.application_name = pgc_none();
    is_str(asked(options, who), form("%s %s url", user, database),
           "what is in the url alone counts");
    options.url = pgc_none();
    is_str(asked(options, who), form("%s %s pgconvo", user, database), "the default");
    setenv("PGAPPNAME", "environment", 1);
    is_str(asked(options, who), form("%s %s environment", user, database),
           "the environment wins over the default only");
    options.application_name = z("field");
    is_str(asked(options, who), form("%s %s field", user, database), "fields win over it");
    unsetenv("PGAPPNAME");
}

/* A database whose name looks like a connection string is still only a name. */
static void check_odd_databases(void) {
    static const char *const names[] = {"host=/nonexistent", "postgresql://nowhere/x",
                                        "a b'c\"d\\"};
    for (size_t i = 0; i < COUNT(names); i++) {
        ask("DROP DATABASE IF EXISTS %s", quoted(names[i]));
        ask("CREATE DATABASE %s", quoted(names[i]));
        pgc_store_options options = nowhere();
        options.database = z(names[i]);
        is_str(asked(options, "SELECT current_database()"), names[i], "odd database name %zu", i);
        options.url = z(store_url());
        is_str(asked(options, "SELECT current_database()"), names[i], "beside a url");
        ask("DROP DATABASE %s WITH (FORCE)", quoted(names[i]));
    }
}

/* ---- What is refused ---- */

static void check_invalid(void) {
    static const char *const urls[] = {"",
                                       "nonsense",
                                       "mysql://host/db",
                                       "postgresql:/host",
                                       "postgresql://[::1/db",
                                       "postgresql://h/db?nonsense=1",
                                       "postgresql://h/db?sslmode",
                                       "postgresql://h/%zz",
                                       "postgresql://h/%00",
                                       "host",
                                       "host=a nonsense=b",
                                       "host='a",
                                       "host=a user",
                                       "=b"};
    pgc_error err;
    pgc_store *store = NULL;
    for (size_t i = 0; i < COUNT(urls); i++) {
        pgc_store_options options = nowhere();
        options.url = z(urls[i]);
        is_code(pgc_store_open(&options, &store, &err), PGC_INVALID, &err, "the url \"%s\"",
                urls[i]);
        ok(strncmp(err.message, "url", 3) == 0 && store == NULL, "the error names it: %s",
           err.message);
    }
    static const char with_nul[] = "host=a\0b";
    pgc_store_options options = nowhere();
    options.url = (pgc_str){with_nul, sizeof with_nul - 1};
    is_code(pgc_store_open(&options, &store, &err), PGC_INVALID, &err, "a NUL in the url");
    options = nowhere();
    options.database = (pgc_str){with_nul, sizeof with_nul - 1};
    is_code(pgc_store_open(&options, &store, &err), PGC_INVALID, &err, "a NUL in a field");
    ok(tells(&err, "database"), "the error names it");
    options = nowhere();
    options.schema_mode = (pgc_schema_mode)7;
    is_code(pgc_store_open(&options, &store, &err), PGC_INVALID, &err, "no such schema mode");
    ok(tells(&err, "schema_mode"), "the error names it");
    options = nowhere();
    options.url = z("local:/tmp/pgconvo-never-made");
    options.host = z(folder);
    is_code(pgc_store_open(&options, &store, &err), PGC_INVALID, &err, "local: and a host");
    options.host = pgc_none();
    options.password = z("x");
    is_code(pgc_store_open(&options, &store, &err), PGC_INVALID, &err, "local: and a password");
    ok(access("/tmp/pgconvo-never-made", F_OK) != 0, "nothing was made");
    options.size = 3;
    is_code(pgc_store_open(&options, &store, &err), PGC_INVALID, &err, "options of no size");
    is_code(pgc_store_open(NULL, &store, &err), PGC_INVALID, &err, "no options");
    ok(store == NULL, "no store comes of any of these");
}

/* Options of a later header: a longer struct, of which the unknown part is zero or not. */
static void check_longer_options(void) {
    struct {
        pgc_store_options known;
        uint64_t unknown;
    } longer = {.known = options_for(schema)};
    pgc_error err;
    pgc_store *store = NULL;
    longer.known.size = sizeof longer;
    is_code(pgc_store_open(&longer.known, &store, &err), PGC_OK, &err, "a longer struct");
    pgc_store_free(store);
    store = NULL;
    longer.unknown = 1;
    is_code(pgc_store_open(&longer.known, &store, &err), PGC_INVALID, &err,
            "with something in it that this library does not know");
    ok(store == NULL, "is refused");
}

/* ---- What cannot be reached ---- */

static void fails(pgc_store_options options, pgc_code code, const char *sqlstate, pgc_retry retry,
                  const char *name) {
    pgc_error err;
    is_code(try_store(options, &err), code, &err, "%s", name);
    is_str(err.sqlstate, sqlstate, "%s: SQLSTATE", name);
    is_int(err.retry, retry, "%s: retry", name);
    ok(err.message[0] != '\0' && strchr(err.message, '\n') == NULL, "%s: %s", name, err.message);
}

static void check_unreachable(void) {
    pgc_store_options options = options_for(schema);
    options.host = z("/nonexistent");
    fails(options, PGC_CONNECT, "", PGC_RETRY_SAFE, "no such socket");
    options.host = z("127.0.0.1");
    options.port = 1;
    fails(options, PGC_CONNECT, "", PGC_RETRY_SAFE, "nobody listens");
    options.host = z("name.invalid");
    fails(options, PGC_CONNECT, "", PGC_RETRY_SAFE, "no such name");
    options = options_for(schema);
    options.database = z("no such database");
    fails(options, PGC_CONNECT, "3D000", PGC_RETRY_NO, "no such database");
    options = options_for(schema);
    options.user = z("no such user");
    fails(options, PGC_AUTH, "28000", PGC_RETRY_NO, "no such user");
    options = options_for(schema);
    options.sslmode = z("nonsense");
    fails(options, PGC_CONNECT, "", PGC_RETRY_SAFE, "no such sslmode");
}

/* A server that takes connections and stays silent. */
static void check_silent(void) {
    char silent[] = "/tmp/pgconvo-silent.XXXXXX";
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (mkdtemp(silent) == NULL) bail("mkdtemp");
    snprintf(address.sun_path, sizeof address.sun_path, "%s/.s.PGSQL.5432", silent);
    int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(server, (struct sockaddr *)&address, sizeof address) != 0 || listen(server, 5) != 0) {
        bail("listen");
    }
    pgc_store_options options = options_for(schema);
    options.host = z(silent);
    options.port = 5432;
    options.connect_timeout_ms = 100;
    fails(options, PGC_CONNECT, "", PGC_RETRY_SAFE, "a server that never answers");
    close(server);
    unlink(address.sun_path);
    rmdir(silent);
}

/* The server has too few connections for all who want one. */
static void check_too_many(void) {
    PGconn *taken[4] = {0};
    pgc_error err;
    ask("DROP ROLE IF EXISTS \"few\"");
    ask("CREATE ROLE \"few\" LOGIN CONNECTION LIMIT 2");
    for (size_t i = 0; i < 2; i++) {
        taken[i] = connect_to(form("%s user=few", getenv("PGCONVO_TEST_URL")));
    }
    pgc_store_options options = options_for(schema);
    options.user = z("few");
    options.schema_mode = PGC_SCHEMA_NONE;
    int status = try_store(options, &err);
    ok(status == -PGC_BUSY || status == -PGC_CONNECT, "no connection left: %s",
       pgc_code_name(status));
    is_str(err.sqlstate, "53300", "the server says why");
    is_int(err.retry, PGC_RETRY_SAFE, "nothing was done");
    for (size_t i = 0; i < 2; i++) {
        PQfinish(taken[i]);
    }
    ok(becomes_true("SELECT count(*) = 0 FROM pg_stat_activity WHERE usename = 'few'"), "they go");
    is_code(try_store(options, &err), PGC_OK, &err, "then there is one");
    ask("DROP ROLE \"few\"");
}

/* ---- Settings of the session ---- */

static void check_settings(void) {
    pgc_error err;
    pgc_store_options options = options_for(schema);
    options.application_name = z("open test");
    options.statement_timeout_ms = 100;
    pgc_store *store = store_with(options);
    is_int(ask_number("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'open test'"),
           1, "the application's name is what the server shows");
    must_create(store, "slow");
    PGconn *lock = raw_connection();
    ask_on(lock, "BEGIN");
    ask_on(lock, form("SELECT id FROM %s.threads FOR UPDATE", quoted(schema)));
    is_code(set_title(store, "slow", "x", &err), PGC_TIMEOUT, &err, "a statement takes too long");
    is_str(err.sqlstate, "57014", "SQLSTATE");
    is_int(err.retry, PGC_RETRY_SAFE, "nothing was done");
    PQfinish(lock);
    is_code(set_title(store, "slow", "x", &err), PGC_OK, &err, "the next one works");
    is_int(pool_of(store).open, 1, "on the same connection");
    pgc_store_free(store);
    options.url = z(form("%s options='-c statement_timeout=4321'", store_url()));
    options.statement_timeout_ms = 0;
    is_str(asked(options, "SHOW statement_timeout"), "4321ms", "the server's own limit stays");
    is_str(asked(options, "SHOW client_encoding"), "UTF8", "the encoding");
    setenv("PGCLIENTENCODING", "LATIN1", 1);
    is_str(asked(options, "SHOW client_encoding"), "UTF8", "whatever the environment says");
    unsetenv("PGCLIENTENCODING");
}

int main(void) {
    world_begin();
    schema = schema_named("open");
    snprintf(folder, sizeof folder, "%s", PQhost(admin));
    check_urls();
    check_precedence();
    check_odd_databases();
    check_invalid();
    check_longer_options();
    check_unreachable();
    check_silent();
    check_too_many();
    check_settings();
    return world_end();
}
