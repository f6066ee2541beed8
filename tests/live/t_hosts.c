/*
 * Lists of hosts: which of them a store connects to, by their roles and target_session_attrs; hosts
 * that are gone or do not answer; a server that takes no writes any more.
 */
#include "replicas.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>

static const char *schema;
static const char *folder; /* of the sockets */
static enum drive drive;

/* ---- Where a store is ---- */

/* The outcome of the first use. */
static int first_use(struct driven *driven, pgc_error *err) {
    struct outcome outcome = {.status = 0};
    pgc_op *op = NULL;
    if (drive == BLOCKING) return pgc_store_init(driven->store, err);
    outcome.status = pgc_store_init_start(driven->store, drive == LOOPED ? outcome_take : NULL,
                                          &outcome, &op, &outcome.err);
    outcome_await(&outcome, drive, op);
    *err = outcome.err;
    return outcome.status;
}

/* The port of the server that a store is connected to; or the name of the error. */
static const char *where(pgc_store_options options) {
    pgc_error err;
    pgc_lease *lease = NULL;
    struct driven driven;
    const char *port;
    driven_begin(&driven, drive, open_with(options));
    if (first_use(&driven, &err) != 0 || pgc_lease_acquire(driven.store, &lease, &err) != 0) {
        diag("%s: %s [%s] %s", pgc_code_name((int)err.code), err.message, err.sqlstate, err.hint);
        port = pgc_code_name((int)err.code);
    } else {
        port = form("%s", PQport(pgc_lease_conn(lease)));
    }
    pgc_lease_release(lease);
    driven_end(&driven);
    return port;
}

static pgc_store_options with_url(const char *url) {
    pgc_store_options options = options_for(schema);
    options.url = z(url);
    return options;
}

static const char *where_by(const char *hosts, const char *ports, const char *more) {
    return where(
        with_url(form("host=%s port=%s user=postgres dbname=postgres %s", hosts, ports, more)));
}

/* ---- A host that does not answer ---- */

static int silent; /* listens, and never accepts unless it counts */
static int silent_port;

static void begin_silence(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    silent = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (bind(silent, (struct sockaddr *)&address, size) != 0 || listen(silent, 64) != 0 ||
        getsockname(silent, (struct sockaddr *)&address, &size) != 0) {
        bail("listen: %s", strerror(errno));
    }
    silent_port = ntohs(address.sin_port);
}

/* How often somebody came since the last look. */
static int count_callers(void) {
    int count = 0;
    for (int caller; (caller = accept4(silent, NULL, NULL, SOCK_CLOEXEC)) != -1; count++)
        close(caller);
    return count;
}

/* ---- Checks ---- */

static void check_roles(void) {
    const char *two = form("%s,%s", folder, folder);
    is_str(where_by(two, "5432,5433", ""), "5432", "%s: the primary of a list", drive_names[drive]);
    is_str(where_by(two, "5433,5432", ""), "5432", "%s: wherever it stands", drive_names[drive]);
    is_str(where_by(two, "5433,5432", "target_session_attrs=any"), "5433", "any: the first");
    is_str(where_by(two, "5432,5433", "target_session_attrs=standby"), "5433", "a standby");
    is_str(where_by(two, "5432,5433", "target_session_attrs=prefer-standby"), "5433",
           "a standby rather");
    is_str(where_by(two, "5432,1", "target_session_attrs=prefer-standby"), "5432",
           "or the primary, if there is none");
    is_str(where_by(two, "5433,1", ""), "CONNECT", "no primary in the list");
    is_str(where_by(folder, "5433", ""), "5433", "one host: whatever it is");
    is_str(where_by(two, "5433", ""), "5433", "the same host twice, as by its addresses, is one");
    is_str(where(with_url(form("postgresql://postgres@%%2Fnowhere,127.0.0.1:1,%s:5432/postgres",
                               "localhost"))),
           "CONNECT", "a list in a URI of which nobody answers");
    is_str(where_by(two, "5432,5433,5434", ""), "CONNECT", "three ports for two hosts");
}

static void check_gone(void) {
    pgc_error err;
    const char *two = form("%s,%s", folder, folder);
    is_str(where_by(two, "1,5432", ""), "5432", "%s: the first is gone", drive_names[drive]);
    is_str(where_by(two, "1,2", ""), "CONNECT", "all are gone");
    try_store(with_url(form("host=%s port=1,2 user=postgres", two)), &err);
    is_int(err.retry, PGC_RETRY_SAFE, "which may be tried again");
    ok(tells(&err, "list"), "the error says that there is a list: %s", err.hint);
}

static void check_silent(void) {
    const char *both = form("127.0.0.1,%s", folder);
    const char *ports = form("%d,5432", silent_port);
    pgc_store_options options = with_url(
        form("host=%s port=%s user=postgres dbname=postgres sslmode=disable", both, ports));
    pgc_error err;
    count_callers();
    options.call_timeout_ms = 4000;
    struct driven driven;
    driven_begin(&driven, drive, open_with(options));
    is_code(first_use(&driven, &err), PGC_OK, &err,
            "%s: a first host that does not answer leaves time for the second", drive_names[drive]);
    is_int(count_callers(), 1, "it was asked");
    /* Two at once: the connection that is there, and a new one. */
    pgc_lease *leases[2] = {NULL, NULL};
    for (int i = 0; i < 2; i++) {
        is_code(pgc_lease_acquire(driven.store, &leases[i], &err), PGC_OK, &err, "a connection");
    }
    is_int(count_callers(), 0, "the next connection does not ask it first");
    for (int i = 0; i < 2; i++) {
        is_str(PQport(pgc_lease_conn(leases[i])), "5432", "it is at the other one");
        pgc_lease_release(leases[i]);
    }
    driven_end(&driven);
    options.call_timeout_ms = 0;
    options.connect_timeout_ms = 600000;
    options.url =
        z(form("host=%s port=%s user=postgres dbname=postgres sslmode=disable connect_timeout=1",
               both, ports));
    is_str(where(options), "5432", "connect_timeout is the limit for each");
    options.url = z(form("host=127.0.0.1,127.0.0.1 port=%d,%d user=postgres sslmode=disable",
                         silent_port, silent_port));
    options.connect_timeout_ms = 300;
    count_callers();
    is_str(where(options), "CONNECT", "none answers");
    is_int(count_callers(), 2, "both were asked");
}

static void check_refused(void) {
    count_callers();
    is_str(where(with_url(form("host=%s,127.0.0.1 port=5432,%d user=nobody dbname=postgres "
                               "sslmode=disable",
                               folder, silent_port))),
           "AUTH", "%s: who is refused goes to no other host", drive_names[drive]);
    is_int(count_callers(), 0, "nobody else was asked");
}

static void check_environment(void) {
    setenv("PGHOST", form("%s,%s", folder, folder), 1);
    setenv("PGPORT", "1,5432", 1);
    setenv("PGUSER", "postgres", 1);
    setenv("PGDATABASE", "postgres", 1);
    pgc_store_options options = PGC_STORE_OPTIONS_INIT;
    options.schema = z(schema);
    is_str(where(options), "5432", "%s: a list in the environment", drive_names[drive]);
    setenv("PGPORT", "5432,5433", 1);
    setenv("PGTARGETSESSIONATTRS", "prefer-standby", 1);
    is_str(where(options), "5433", "with what it says of the session");
    unsetenv("PGTARGETSESSIONATTRS");
    unsetenv("PGHOST");
    unsetenv("PGPORT");
    unsetenv("PGUSER");
    unsetenv("PGDATABASE");
}

/* ---- The primary takes no writes any more ---- */

static void set_read_only(bool on) {
    ask(on ? "ALTER SYSTEM SET default_transaction_read_only = on"
           : "ALTER SYSTEM RESET default_transaction_read_only");
    ask("SELECT pg_reload_conf()");
    PGconn *fresh = NULL;
    const char *want = on ? "on" : "off";
    do {
        PQfinish(fresh);
        pause_ms(5);
        fresh = raw_connection();
    } while (strcmp(ask_on(fresh, "SHOW default_transaction_read_only"), want) != 0);
    PQfinish(fresh);
}

static void check_demoted(void) {
    pgc_error err;
    pgc_lease *leases[2];
    pgc_store_options options = listed(schema);
    options.application_name = z("demoted");
    pgc_store *store = store_with(options);
    for (int i = 0; i < 2; i++) {
        if (pgc_lease_acquire(store, &leases[i], &err) != 0) bail("%s", err.message);
    }
    for (int i = 0; i < 2; i++)
        pgc_lease_release(leases[i]);
    is_int(pool_of(store).idle, 2, "two idle connections to the primary");
    PGconn *before = admin; /* may write whatever is set */
    ask_on(before, "SET default_transaction_read_only = off");
    set_read_only(true);
    int status;
    do { /* sessions hear of it a little later */
        status = set_title(store, "thread", "x", &err);
    } while (status == 0);
    is_code(status, PGC_DENIED, &err, "it takes no writes any more");
    is_str(err.sqlstate, "25006", "by its SQLSTATE");
    is_int(err.retry, PGC_RETRY_SAFE, "to be tried again");
    is_code(set_title(store, "thread", "x", &err), PGC_CONNECT, &err,
            "the other idle connection is not used, and nobody else takes writes");
    set_read_only(false);
    is_code(set_title(store, "thread", "y", &err), PGC_OK, &err, "there is one again");
    pgc_store_free(store);
}

/* ---- Options ---- */

static void check_options(void) {
    pgc_error err;
    pgc_store_options options = listed(schema);
    options.read_standbys = true;
    options.reader_url = z(standby_url());
    is_code(try_store(options, &err), PGC_INVALID, &err, "two kinds of readers");
    options.read_standbys = false;
    options.reader_url = z("mysql://somewhere/");
    is_code(try_store(options, &err), PGC_INVALID, &err, "a reader that is none");
    ok(tells(&err, "reader_url:"), "the error names the field: %s", err.message);
    options.reader_url = pgc_none();
    options.read_standbys = true;
    options.url = z("local:");
    is_code(try_store(options, &err), PGC_INVALID, &err, "a private server with standbys");
    options = listed(schema);
    options.reader_max_connections = 10001;
    is_code(try_store(options, &err), PGC_INVALID, &err, "too many connections for reads");
    ok(tells(&err, "reader_max_connections"), "named: %s", err.message);
    options = listed(schema);
    options.reads = (pgc_reads)3;
    is_code(try_store(options, &err), PGC_INVALID, &err, "an option of an unknown kind");
    pgc_store *store = open_with(listed(schema)), *handle = NULL;
    is_code(pgc_store_with_reads(store, (pgc_reads)3, &handle, &err), PGC_INVALID, &err,
            "reads of an unknown kind");
    pgc_store_free(store);
}

int main(void) {
    replicas_begin();
    folder = form("%s", PQhost(admin));
    folder = strdup(folder);
    schema = schema_named("hosts");
    pgc_store *store = store_in(schema);
    must_create(store, "thread");
    pgc_store_free(store);
    await_replay();
    begin_silence();
    for (drive = BLOCKING; drive < DRIVES; drive++) {
        check_roles();
        check_gone();
        check_silent();
        check_refused();
        check_environment();
    }
    check_demoted();
    check_options();
    close(silent);
    free((char *)(uintptr_t)folder);
    return replicas_end();
}
