/*
 * Connections lent out: what may be done with them, and that nothing done with them hurts the pool.
 */
#include "engine_world.h"

static const char *schema;
static pgc_store *store; /* with a pool of one, so that each use gets the same connection */

static pgc_lease *borrow(void) {
    pgc_error err;
    pgc_lease *lease = NULL;
    if (pgc_lease_acquire(store, &lease, &err) != 0) bail("lease: %s", err.message);
    return lease;
}

static PGconn *conn_of(pgc_lease *lease) {
    return pgc_lease_conn(lease);
}

/* The first value of a statement on a lease, or its SQLSTATE. */
static const char *run(pgc_lease *lease, const char *sql) {
    PGresult *result = PQexec(conn_of(lease), sql);
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *text = form("%s", state != NULL           ? state
                                  : PQntuples(result) > 0 ? PQgetvalue(result, 0, 0)
                                                          : "");
    PQclear(result);
    return text;
}

/* The same on a lease of its own. */
static const char *run_once(const char *sql) {
    pgc_lease *lease = borrow();
    const char *text = run(lease, sql);
    pgc_lease_release(lease);
    return text;
}

static void check_use(void) {
    pgc_lease *lease = borrow();
    PGconn *conn = conn_of(lease);
    ok(PQstatus(conn) == CONNECTION_OK && PQtransactionStatus(conn) == PQTRANS_IDLE,
       "a lease is connected and idle");
    ok(PQisnonblocking(conn) == 0 && PQpipelineStatus(conn) == PQ_PIPELINE_OFF,
       "in plain blocking mode");
    is_str(run(lease, "SELECT 6 * 7"), "42", "own statements");
    run(lease, form("SET search_path TO %s", quoted(schema)));
    run(lease, "BEGIN");
    is_str(run(lease, "INSERT INTO threads (id, created_at, updated_at) VALUES ('by hand', now(), "
                      "now()) RETURNING id"),
           "by hand", "in an own transaction");
    is_str(run(lease, "COMMIT"), "", "that is committed");
    pgc_lease_release(lease);
    pgc_error err;
    is_code(get_thread(store, "by hand", &err), PGC_OK, &err, "the store sees it");
    pgc_lease_release(NULL);
}

static void check_count(void) {
    pgc_store_options options = options_for(schema);
    options.max_connections = 2;
    options.acquire_timeout_ms = 50;
    pgc_store *two = store_with(options);
    pgc_error err;
    pgc_lease *a = NULL, *b = NULL, *c = NULL;
    is_code(pgc_lease_acquire(two, &a, &err), PGC_OK, &err, "a lease");
    is_code(pgc_lease_acquire(two, &b, &err), PGC_OK, &err, "another one");
    is_int(pool_of(two).leased, 2, "the pool says so");
    is_code(pgc_lease_acquire(two, &c, &err), PGC_BUSY, &err, "leases count against the ceiling");
    is_code(get_thread(two, "thread", &err), PGC_BUSY, &err, "for calls too");
    pgc_lease_release(a);
    is_code(get_thread(two, "thread", &err), PGC_OK, &err, "until one comes back");
    pgc_lease_release(b);
    is_int(pool_of(two).leased, 0, "none is lent any more");
    pgc_store_free(two);
}

/* ---- What is left of a use ---- */

/* What a session keeps, and what it must be for who comes next. */
static void check_reset(void) {
    static const struct {
        const char *change;
        const char *question;
        const char *name;
    } changes[] = {
        {"SET search_path TO pg_catalog", "SHOW search_path", "search_path"},
        {"SET statement_timeout TO 1", "SHOW statement_timeout", "statement_timeout"},
        {"SET default_transaction_isolation TO serializable", "SHOW default_transaction_isolation",
         "isolation"},
        {"SET default_transaction_read_only TO on", "SHOW default_transaction_read_only",
         "read only"},
        {"SET plan_cache_mode TO force_custom_plan", "SHOW plan_cache_mode", "plan_cache_mode"},
        {"SET standard_conforming_strings TO off", "SHOW standard_conforming_strings", "strings"},
        {"SET client_encoding TO 'LATIN1'", "SHOW client_encoding", "encoding"},
        {"SET datestyle TO 'German'", "SHOW datestyle", "datestyle"},
        {"SET intervalstyle TO 'iso_8601'", "SHOW intervalstyle", "intervalstyle"},
        {"SET bytea_output TO 'escape'", "SHOW bytea_output", "bytea_output"},
        {"SET timezone TO 'Asia/Kathmandu'", "SHOW timezone", "timezone"},
        {"SET application_name TO 'other'", "SHOW application_name", "application_name"},
        {"SET ROLE pg_monitor", "SELECT current_user", "role"},
        {"SET SESSION AUTHORIZATION pg_monitor", "SELECT session_user", "session user"},
        {"CREATE TEMP TABLE threads (x int)", "SELECT to_regclass('pg_temp.threads') IS NULL",
         "temporary table"},
        {"PREPARE own AS SELECT 1",
         "SELECT count(*) FROM pg_prepared_statements WHERE name = "
         "'own'",
         "prepared statement"},
        {"DEALLOCATE ALL", "SELECT 1", "no prepared statement"},
        {"DISCARD ALL", "SHOW plan_cache_mode", "reset by hand"},
        {"SELECT pg_advisory_lock(4711)",
         "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711", "lock"},
        {"LISTEN channel", "SELECT count(*) FROM pg_listening_channels()", "listening"},
        {"DECLARE c CURSOR WITH HOLD FOR SELECT 1", "SELECT count(*) FROM pg_cursors", "cursor"},
    };
    pgc_error err;
    for (size_t i = 0; i < COUNT(changes); i++) {
        const char *name = changes[i].name;
        const char *before = run_once(changes[i].question);
        pgc_lease *lease = borrow();
        int pid = PQbackendPID(conn_of(lease));
        is_str(run(lease, changes[i].change), "", "%s: changed", name);
        pgc_lease_release(lease);
        is_code(append_one(store, "thread", NULL, &err), PGC_OK, &err, "%s: the store works", name);
        lease = borrow();
        is_str(run(lease, changes[i].question), before, "%s: is as it was", name);
        is_int(PQbackendPID(conn_of(lease)), pid, "%s: on the same connection", name);
        pgc_lease_release(lease);
    }
}

/* ---- States to come back in ---- */

static void open_transaction(PGconn *conn) {
    PQclear(PQexec(conn, "BEGIN"));
    PQclear(PQexec(conn, "DELETE FROM threads"));
}

static void failed_transaction(PGconn *conn) {
    open_transaction(conn);
    PQclear(PQexec(conn, "SELECT nonsense"));
}

static void copy_in(PGconn *conn) {
    PQclear(PQexec(conn, "COPY threads (id, created_at, updated_at) FROM STDIN"));
    PQputCopyData(conn, "copied\tnow\tnow\n", 15);
}

static void copy_out(PGconn *conn) {
    char *line = NULL;
    PQclear(PQexec(conn, "COPY (SELECT * FROM generate_series(1, 100000)) TO STDOUT"));
    PQgetCopyData(conn, &line, 0);
    PQfreemem(line);
}

static void pipeline_mode(PGconn *conn) {
    PQenterPipelineMode(conn);
}

static void pipeline_with_results(PGconn *conn) {
    PQenterPipelineMode(conn);
    PQsendQueryParams(conn, "DELETE FROM threads", 0, NULL, NULL, NULL, NULL, 0);
    PQsendFlushRequest(conn);
    PQflush(conn);
}

static void pipeline_aborted(PGconn *conn) {
    PQenterPipelineMode(conn);
    PQsendQueryParams(conn, "SELECT nonsense", 0, NULL, NULL, NULL, NULL, 0);
    PQsendFlushRequest(conn);
    PQflush(conn);
    PQclear(PQgetResult(conn));
}

static void results_outstanding(PGconn *conn) {
    PQsendQuery(conn, "SELECT 1; SELECT repeat('x', 100000) FROM generate_series(1, 20)");
    PQclear(PQgetResult(conn));
}

static void query_running(PGconn *conn) {
    PQsendQuery(conn, "BEGIN; DELETE FROM threads; SELECT pg_sleep(1)");
}

static void single_rows(PGconn *conn) {
    PQsendQuery(conn, "SELECT generate_series(1, 1000)");
    PQsetSingleRowMode(conn);
    PQclear(PQgetResult(conn));
}

static void terminated(PGconn *conn) {
    hang_up(PQbackendPID(conn), PQsocket(conn));
}

static void known_to_be_broken(PGconn *conn) {
    terminated(conn);
    PQclear(PQexec(conn, "SELECT 1"));
}

static void being_reset(PGconn *conn) {
    PQresetStart(conn);
}

static void nonblocking(PGconn *conn) {
    PQsetnonblocking(conn, 1);
}

/* Chatter of the server that nobody has read. */
static void notified(PGconn *conn) {
    PQclear(PQexec(conn, "LISTEN chatter"));
    ask("NOTIFY chatter, 'hello'");
    pause_ms(50);
}

static void count_notice(void *arg, const PGresult *result) {
    (void)result;
    ++*(int *)arg;
}

static int notices;

static void own_notice_receiver(PGconn *conn) {
    PQsetNoticeReceiver(conn, count_notice, &notices);
    PQclear(PQexec(conn, "DO $$ BEGIN RAISE WARNING 'one'; END $$"));
}

static void check_states(void) {
    static const struct {
        void (*bring)(PGconn *conn);
        const char *name;
    } states[] = {
        {open_transaction, "an open transaction"},
        {failed_transaction, "a failed transaction"},
        {copy_in, "COPY FROM"},
        {copy_out, "COPY TO"},
        {pipeline_mode, "pipeline mode"},
        {pipeline_with_results, "pipeline with results"},
        {pipeline_aborted, "aborted pipeline"},
        {results_outstanding, "results outstanding"},
        {query_running, "a query running"},
        {single_rows, "single rows"},
        {terminated, "terminated"},
        {known_to_be_broken, "broken"},
        {being_reset, "being reset"},
        {nonblocking, "nonblocking"},
        {notified, "notified"},
        {own_notice_receiver, "own notice receiver"},
    };
    pgc_error err;
    for (size_t i = 0; i < COUNT(states); i++) {
        const char *name = states[i].name;
        int64_t before = ask_number("SELECT count(*) FROM %s.threads", quoted(schema));
        pgc_lease *lease = borrow();
        run(lease, form("SET search_path TO %s", quoted(schema)));
        states[i].bring(conn_of(lease));
        pgc_lease_release(lease);
        pgc_pool_status status = pool_of(store);
        ok(status.leased == 0 && status.open == status.idle && status.open <= 1, "%s: it came back",
           name);
        is_code(append_one(store, "thread", NULL, &err), PGC_OK, &err, "%s: the store works", name);
        is_int(ask_number("SELECT count(*) FROM %s.threads", quoted(schema)), before,
               "%s: what was not committed is not there", name);
        is_str(run_once("SELECT 6 * 7"), "42", "%s: the next lease works", name);
        ok(becomes_true("SELECT count(*) = 1 FROM pg_stat_activity WHERE application_name = "
                        "'lease'"),
           "%s: one connection is left on the server", name);
    }
    is_int(notices, 1, "a notice receiver is not called after its lease");
}

int main(void) {
    world_begin();
    schema = schema_named("lease");
    pgc_store_options options = options_for(schema);
    options.max_connections = 1;
    options.application_name = z("lease");
    store = store_with(options);
    must_create(store, "thread");
    check_use();
    check_count();
    check_reset();
    check_states();
    pgc_store_free(store);
    return world_end();
}
