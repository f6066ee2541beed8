/*
 * TLS by libpq (run it by tests/tls.sh): what each sslmode makes of each certificate, channel
 * binding, certificates of clients, and the ways a password gets to the server. Whatever goes wrong
 * is named, and no password gets out.
 */
#include "engine_world.h"

#include <pgconvo_counters.h>
#include <sys/stat.h>

#define PASSWORD "open sesame"

static const char *folder; /* of keys and certificates */

/* ---- Connecting ---- */

/* `more` are parameters of libpq; the server is asked for by its name. */
static pgc_store_options options_of(const char *user, const char *more) {
    pgc_store_options options = PGC_STORE_OPTIONS_INIT;
    options.url = z(form("host=localhost hostaddr=127.0.0.1 port=%s dbname=postgres user=%s %s",
                         getenv("PGPORT"), user, more));
    options.schema = z("public");
    options.schema_mode = PGC_SCHEMA_NONE;
    return options;
}

static const char *file_named(const char *name) {
    return form("%s/%s", folder, name);
}

static void connects(pgc_store_options options, bool ciphered, const char *name) {
    pgc_error err;
    pgc_lease *lease = NULL;
    pgc_store *store = open_with(options);
    if (is_code(pgc_lease_acquire(store, &lease, &err), PGC_OK, &err, "%s: connects", name)) {
        is_int(PQsslInUse(pgc_lease_conn(lease)), ciphered, "%s: with TLS or without", name);
    }
    pgc_lease_release(lease);
    pgc_store_free(store);
}

/* It would fail again, and the error says why. */
static void fails(pgc_store_options options, pgc_code code, const char *words, const char *name) {
    pgc_error err;
    is_code(try_store(options, &err), code, &err, "%s: is refused", name);
    is_int(err.retry, PGC_RETRY_NO, "%s: and would be again", name);
    ok(tells(&err, words), "%s: because of \"%s\"", name, words);
    ok(!tells(&err, "sesame"), "%s: the password does not get out", name);
    if (!tells(&err, words)) diag("%s | %s | %s", err.message, err.detail, err.hint);
}

/* ---- The server's certificate ---- */

static const char *loaded_at(void) {
    PGconn *conn = raw_connection();
    const char *time = ask_on(conn, "SELECT pg_conf_load_time()");
    PQfinish(conn);
    return time;
}

/* From now on the server has the certificate of this name. */
static void serve(const char *name) {
    const char *before = loaded_at();
    ask("ALTER SYSTEM SET ssl_cert_file = '%s/server/%s.crt'", folder, name);
    ask("ALTER SYSTEM SET ssl_key_file = '%s/server/%s.key'", folder, name);
    ask("SELECT pg_reload_conf()");
    for (int i = 0; strcmp(loaded_at(), before) == 0; i++) {
        if (i > PATIENCE_MS / 10) bail("the server does not take the certificate \"%s\"", name);
        pause_ms(10);
    }
}

#define PLAIN "plain"
#define CIPHERED "ciphered"
#define NO_TRUST "certificate verify failed"
#define OTHER_NAME "does not match host name \"localhost\""

/* What is seen with the authority's certificate, and (`blind`) without, where none is needed. */
static const struct {
    const char *mode;
    const char *blind, *good, *name, *bad;
} modes[] = {
    {"disable", PLAIN, PLAIN, PLAIN, PLAIN},
    {"allow", PLAIN, PLAIN, PLAIN, PLAIN},
    {"prefer", CIPHERED, CIPHERED, CIPHERED, PLAIN},
    {"require", CIPHERED, CIPHERED, CIPHERED, NO_TRUST},
    {"verify-ca", "root certificate file", CIPHERED, CIPHERED, NO_TRUST},
    {"verify-full", "root certificate file", CIPHERED, OTHER_NAME, NO_TRUST},
};

static void sees(const char *mode, const char *roots, const char *expected, const char *name) {
    pgc_store_options options = options_of(
        "tls_scram", form("password='" PASSWORD "' sslmode=%s sslrootcert='%s'", mode, roots));
    if (strcmp(expected, PLAIN) == 0 || strcmp(expected, CIPHERED) == 0) {
        connects(options, strcmp(expected, CIPHERED) == 0, name);
    } else {
        fails(options, PGC_CONNECT, expected, name);
    }
}

static void check_certificates(void) {
    static const char *const certificates[] = {"good", "name", "expired", "stranger", "self"};
    const char *authority = strdup(file_named("ca.crt"));
    for (size_t i = 0; i < COUNT(certificates); i++) {
        serve(certificates[i]);
        for (size_t j = 0; j < COUNT(modes); j++) {
            const char *name = form("%s, %s", certificates[i], modes[j].mode);
            sees(modes[j].mode, authority,
                 i == 0   ? modes[j].good
                 : i == 1 ? modes[j].name
                          : modes[j].bad,
                 name);
            sees(modes[j].mode, "/nonexistent", modes[j].blind, form("%s, no roots", name));
        }
    }
    serve("good");
    free((void *)(uintptr_t)authority);
}

/* The same by fields of the options, which win; and the name that is checked is that of host. */
static void check_fields(void) {
    pgc_store_options options =
        options_of("tls_scram", "sslmode=disable sslrootcert=/nonexistent password=wrong");
    options.sslmode = z("verify-full");
    options.sslrootcert = z(file_named("ca.crt"));
    options.password = z(PASSWORD);
    connects(options, true, "fields");
    options.host = z("127.0.0.1");
    fails(options, PGC_CONNECT, "does not match host name \"127.0.0.1\"", "the address as a name");
    options.host = z("localhost");
    options.sslrootcert = z(file_named("other-ca.crt"));
    fails(options, PGC_CONNECT, NO_TRUST, "another authority");
    options.sslrootcert = z(file_named("log"));
    fails(options, PGC_CONNECT, "root certificate file", "a file of no certificates");
}

/* Of two servers that fail, the first may be there next time; the error tells of both. */
static void check_two_hosts(void) {
    pgc_error err;
    pgc_store_options options = PGC_STORE_OPTIONS_INIT;
    const char *rest = form("sslmode=verify-full sslrootcert=%s user=tls_trust dbname=postgres",
                            file_named("ca.crt"));
    options.url = z(form("host=127.0.0.1,127.0.0.1 port=1,%s %s", getenv("PGPORT"), rest));
    is_code(try_store(options, &err), PGC_CONNECT, &err, "two hosts");
    is_int(err.retry, PGC_RETRY_SAFE, "the first one may be there next time");
    ok(tells(&err, "refused") && tells(&err, "does not match host name"), "both are told of");
    options.url = z(form("host=127.0.0.1,localhost port=1,%s %s password=wrong", getenv("PGPORT"),
                         "sslmode=disable user=tls_scram dbname=postgres"));
    is_code(try_store(options, &err), PGC_AUTH, &err, "two hosts, one of which answers");
    ok(tells(&err, "password authentication failed") && tells(&err, "refused"), "both, again");
}

/* ---- What the server asks for ---- */

#define FULL "sslmode=verify-full sslrootcert=%s "

static pgc_store_options full_options(const char *user, const char *more) {
    return options_of(user, form(FULL "%s", file_named("ca.crt"), more));
}

static void check_demands(void) {
    static const char password[] = "password='" PASSWORD "'";
    connects(full_options("tls_only", password), true, "TLS only");
    fails(options_of("tls_only", form("sslmode=disable %s", password)), PGC_AUTH, "no encryption",
          "TLS only, without");
    fails(full_options("tls_scram", "password='sesame close'"), PGC_AUTH,
          "password authentication failed", "a wrong password");
    fails(full_options("tls_scram", "passfile=/nonexistent"), PGC_AUTH, "none was given",
          "no password");
}

/* What a hook for tracing gets to see holds no password, either. */
static void on_trace(void *payload, const pgc_trace_event *event) {
    int *told = payload;
    if (event->phase != PGC_TRACE_END || event->error == NULL) return;
    *told = tells(event->error, "sesame") || strstr(event->operation, "sesame") != NULL ? -1 : 1;
}

static void check_trace(void) {
    pgc_error err;
    int told = 0;
    pgc_store *store = open_with(full_options("tls_scram", "password='sesame close'"));
    is_code(pgc_store_trace(store, on_trace, &told, &err), PGC_OK, &err, "a hook");
    is_code(get_thread(store, "t", &err), PGC_AUTH, &err, "is told of a wrong password");
    is_int(told, 1, "but not of what it was");
    pgc_store_free(store);
}

static void check_channel_binding(void) {
    static const char require[] = "channel_binding=require password='" PASSWORD "'";
    connects(full_options("tls_scram", require), true, "channel binding");
    fails(options_of("tls_scram", form("sslmode=disable %s", require)), PGC_AUTH, "channel binding",
          "channel binding without TLS");
    fails(full_options("tls_md5", require), PGC_AUTH, "channel binding", "with an MD5 password");
    fails(full_options("tls_trust", require), PGC_AUTH, "channel binding", "with no password");
    connects(full_options("tls_scram", "channel_binding=disable password='" PASSWORD "'"), true,
             "none");
}

static pgc_store_options with_certificate(const char *user, const char *name) {
    pgc_store_options options = full_options(user, "password='" PASSWORD "'");
    options.sslcert = z(file_named(form("%s.crt", name)));
    options.sslkey = z(file_named(form("%s.key", name)));
    return options;
}

static void check_client_certificates(void) {
    connects(with_certificate("tls_cert", "client"), true, "a client's certificate");
    connects(with_certificate("tls_both", "client"), true, "and a password");
    connects(with_certificate("tls_both", "somebody"), true, "of whomever the authority knows");
    fails(full_options("tls_cert", "sslcert=/nonexistent"), PGC_AUTH, "valid client certificate",
          "no certificate");
    fails(full_options("tls_both", "sslcert=/nonexistent password='" PASSWORD "'"), PGC_AUTH,
          "valid client certificate", "a password, but no certificate");
    fails(with_certificate("tls_cert", "somebody"), PGC_AUTH, "certificate authentication failed",
          "somebody else's");
    fails(with_certificate("tls_cert", "client-expired"), PGC_CONNECT, "certificate",
          "one that is out of date");
    fails(with_certificate("tls_cert", "client-stranger"), PGC_CONNECT, "unknown ca",
          "another authority's");
}

static void check_keys(void) {
    pgc_store_options options = with_certificate("tls_cert", "client");
    options.sslkey = z(file_named("somebody.key"));
    fails(options, PGC_CONNECT, "key values mismatch", "another key");
    options.sslkey = z("/nonexistent");
    fails(options, PGC_CONNECT, "not private key file", "no key");
    options.sslkey = z(file_named("client.key"));
    if (chmod(options.sslkey.data, 0644) != 0) bail("chmod");
    fails(options, PGC_CONNECT, "has group or world access", "a key that others may read");
    if (chmod(options.sslkey.data, 0600) != 0) bail("chmod");
}

/* ---- Where passwords come from ---- */

static const char *written(const char *name, mode_t mode, const char *text) {
    const char *path = file_named(name);
    FILE *file = fopen(path, "w");
    if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0 || chmod(path, mode) != 0) {
        bail("%s: %s", path, strerror(errno));
    }
    return path;
}

/* A user's password, by a variable of the environment that is gone afterwards. */
static void connects_by(const char *variable, const char *value, const char *name) {
    setenv(variable, value, 1);
    connects(full_options("tls_scram", ""), true, name);
    unsetenv(variable);
}

static void check_passfiles(void) {
    const char *line = form("localhost:%s:*:tls_scram:" PASSWORD "\n", getenv("PGPORT"));
    const char *path = written(".pgpass", 0600, line);
    connects(full_options("tls_scram", form("passfile=%s", path)), true, "a passfile");
    connects_by("PGPASSFILE", path, "PGPASSFILE");
    if (PQlibVersion() >= 150000) { /* before, home was what the system's list of users says */
        connects_by("HOME", folder, "the passfile at home");
    }
    fails(full_options("tls_both", form("passfile=%s sslcert=%s sslkey=%s", path,
                                        file_named("client.crt"), file_named("client.key"))),
          PGC_AUTH, "none was given", "a passfile without a line for the user");
    written(".pgpass", 0644, line);
    pgc_store_options options = full_options("tls_scram", form("passfile=%s", path));
    fails(options, PGC_AUTH, "none was given", "a passfile that others may read");
    fails(options, PGC_AUTH, "mode 0600", "a passfile that others may read, again");
    written(".pgpass", 0600, "*:*:*:*:sesame close\n");
    fails(options, PGC_AUTH, "password authentication failed", "a passfile of another password");
    fails(options, PGC_AUTH, form("retrieved from file \"%s\"", path), "whose name is told");
    connects_by("PGPASSWORD", PASSWORD, "PGPASSWORD");
    setenv("PGPASSWORD", "sesame close", 1);
    fails(options, PGC_AUTH, "password authentication failed", "PGPASSWORD wins, and is wrong");
    unsetenv("PGPASSWORD");
}

static void check_services(void) {
    const char *path = written("services", 0600,
                               form("[main]\nhost=localhost\nhostaddr=127.0.0.1\nport=%s\n"
                                    "dbname=postgres\nuser=tls_scram\npassword=" PASSWORD "\n"
                                    "sslmode=verify-full\nsslrootcert=%s\nchannel_binding=require\n"
                                    "[wrong]\nhost=localhost\nport=%s\npassword=sesame close\n"
                                    "[broken]\npassword=" PASSWORD "\nnonsense\n",
                                    getenv("PGPORT"), file_named("ca.crt"), getenv("PGPORT")));
    pgc_store_options options = options_of("tls_scram", "");
    setenv("PGSERVICEFILE", path, 1);
    options.url = z("service=main");
    connects(options, true, "a service");
    options.url = z("postgresql:///?service=main");
    connects(options, true, "a service in a URI");
    options.password = z("sesame close");
    fails(options, PGC_AUTH, "password authentication failed", "a field wins over it");
    options.password = pgc_none();
    options.url = z("service=wrong user=tls_scram dbname=postgres sslmode=require");
    fails(options, PGC_AUTH, "password authentication failed", "a service of another password");
    options.url = z("service=absent");
    fails(options, PGC_CONNECT, "\"absent\" not found", "a service that is not there");
    options.url = z("service=broken");
    fails(options, PGC_CONNECT, "syntax error in service file", "a service that cannot be read");
    options.url = pgc_none();
    setenv("PGSERVICE", "main", 1);
    const char *place = getenv("PGHOST");
    char *host = strdup(place == NULL ? "" : place);
    unsetenv("PGHOST"); /* a service goes over the environment, so this makes no difference */
    connects(options, true, "PGSERVICE");
    setenv("PGHOST", host, 1);
    free(host);
    unsetenv("PGSERVICE");
    unsetenv("PGSERVICEFILE");
}

/* ---- Work ---- */

/* A store of a writer's, with all that is documented; a call of it is stopped by the server. */
static void check_work(void) {
    const char *schema = schema_named("tls");
    pgc_error err;
    pgc_store_options owner = options_for(schema);
    owner.url = z(getenv("PGCONVO_TEST_URL"));
    pgc_store *store = store_with(owner);
    must_create(store, "thread");
    pgc_store_free(store);
    roles_grant(admin, PGC_ROLE_WRITER, "tls_scram", schema);
    pgc_store_options options =
        full_options("tls_scram", "channel_binding=require password='" PASSWORD "'");
    options.schema = z(schema);
    options.schema_mode = PGC_SCHEMA_VERIFY;
    options.application_name = z("tls work");
    options.call_timeout_ms = PATIENCE_MS;
    store = store_with(options);
    is_code(append_one(store, "thread", "m", &err), PGC_OK, &err, "an append");
    PGconn *lock = raw_connection();
    ask_on(lock, "BEGIN");
    ask_on(lock, form("SELECT id FROM %s.threads FOR UPDATE", quoted(schema)));
    pgc_store *hasty = NULL;
    is_code(pgc_store_with_timeout(store, 300, &hasty, &err), PGC_OK, &err, "a time limit");
    is_code(set_title(hasty, "thread", "x", &err), PGC_TIMEOUT, &err, "a call that takes longer");
    ok(becomes_true("SELECT count(*) = 0 FROM pg_stat_activity WHERE application_name = 'tls work' "
                    "AND wait_event_type = 'Lock'"),
       "is cancelled on the server, which would wait for the lock still");
    PQfinish(lock);
    is_code(set_title(store, "thread", "x", &err), PGC_OK, &err, "the store goes on");
    pgc_store_free(hasty);
    pgc_store_free(store);
    ask("DROP OWNED BY tls_scram");
}

int main(void) {
    world_begin();
    folder = getenv("PGCONVO_TEST_TLS");
    if (folder == NULL) bail("run it by tests/tls.sh");
    check_certificates();
    check_fields();
    check_two_hosts();
    check_demands();
    check_trace();
    check_channel_binding();
    check_client_certificates();
    check_keys();
    check_passfiles();
    check_services();
    check_work();
    return world_end();
}
