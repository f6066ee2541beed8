/*
 * Stores behind a pooler in transaction mode (tests/pooler.sh): that one is noticed, that nothing
 * is left behind in the sessions it shares out, and what happens where it is not noticed.
 */
#include "engine_world.h"
#include "face/store.h"

#define SESSIONS 3 /* of the server, that the pooler has at least */

static const char *schema;

static pgc_store_options with_mode(pgc_statement_mode mode) {
    pgc_store_options options = options_for(schema);
    options.statement_mode = mode;
    options.max_connections = 1;
    return options;
}

static pgc_store *direct_with(pgc_statement_mode mode) {
    pgc_store_options options = with_mode(mode);
    options.url = z(getenv("PGCONVO_TEST_URL"));
    return store_with(options);
}

/* The one connection of a store, which is idle. */
static struct conn *idle_conn(pgc_store *store) {
    struct list_node *node = list_first(&store->engine.pool.idle);
    if (node == NULL) bail("no connection is idle");
    return CONTAINER_OF(node, struct conn, node);
}

/* Makes a store take its connection for one to the server, as if the pooler had not been seen. */
static void deceive(pgc_store *store) {
    atomic_store(&store->writer.schema.pooled, false);
    idle_conn(store)->pooled = false;
}

static bool call_works(pgc_store *store, int calls) {
    pgc_error err;
    for (int i = 0; i < calls; i++) {
        if (append_one(store, "thread", NULL, &err) != 0 ||
            get_thread(store, "thread", &err) != 0) {
            diag("%s [%s] %s", pgc_code_name((int)err.code), err.sqlstate, err.message);
            return false;
        }
    }
    return true;
}

/* ---- Is there one? ---- */

static void is_session(pgc_store *store, bool own, const char *name) {
    pgc_error err;
    pgc_lease *lease = NULL;
    is_code(pgc_lease_acquire(store, &lease, &err), PGC_OK, &err, "%s: a lease", name);
    is_code(pgc_lease_check_session(lease, &err), own ? PGC_OK : PGC_INVALID, &err,
            "%s: a session of its own, or not", name);
    ok(own || tells(&err, "pooler"), "%s: the error says why", name);
    pgc_lease_release(lease);
}

static void check_detection(void) {
    static const char *const names[] = {"auto", "named", "unnamed"};
    for (int mode = 0; mode < 3; mode++) {
        pgc_store *store = direct_with((pgc_statement_mode)mode);
        is_session(store, mode != PGC_STATEMENTS_UNNAMED, form("direct, %s", names[mode]));
        ok(call_works(store, 3), "direct, %s: calls work", names[mode]);
        pgc_store_free(store);
        store = store_with(with_mode((pgc_statement_mode)mode));
        is_session(store, false, form("pooled, %s", names[mode]));
        pgc_store_free(store);
    }
}

/* What calls and migrations leave in the sessions: nothing. Looks at each of them. */
static void check_nothing_left(void) {
    PGconn *pooled = connect_to(store_url());
    char seen[SESSIONS][16] = {""};
    int sessions = 0, odd = 0;
    for (int i = 0; i < PATIENCE_MS / 10 && sessions < SESSIONS; i++) {
        const char *pid =
            ask_on(pooled,
                   "SELECT CASE WHEN current_setting('plan_cache_mode') = 'auto' "
                   "AND current_setting('enable_seqscan') = 'on' AND current_setting('jit') = 'on' "
                   "AND current_setting('statement_timeout') = '0' "
                   "AND current_setting('default_transaction_isolation') = 'read committed' "
                   "AND coalesce(current_setting('pgconvo.locked', true), '') = '' "
                   "AND (SELECT count(*) FROM pg_prepared_statements) = 0 "
                   "AND (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' "
                   "AND pid = pg_backend_pid()) = 0 "
                   "THEN pg_backend_pid() ELSE -pg_backend_pid() END");
        odd += pid[0] == '-';
        int known = 0;
        while (known < sessions && strcmp(seen[known], pid) != 0)
            known++;
        if (known == sessions) snprintf(seen[sessions++], sizeof seen[0], "%s", pid);
        pause_ms(10);
    }
    is_int(sessions, SESSIONS, "transactions of one connection meet several sessions");
    is_int(odd, 0, "nothing was left behind in them");
    PQfinish(pooled);
}

static void check_auto(void) {
    pgc_error err;
    pgc_store_options options = with_mode(PGC_STATEMENTS_AUTO);
    options.statement_timeout_ms = 30000;
    options.schema = z(schema_named("pooled"));
    pgc_store *store = store_with(options);
    must_create(store, "thread");
    ok(call_works(store, 20), "calls on all sessions, in a schema made through the pooler");
    is_code(pgc_metadata_index_create(store, &err), PGC_OK, &err, "an index is made");
    pgc_store_free(store);
    check_nothing_left();
}

/* ---- Settings of a transaction ---- */

static void *set_title_later(void *payload) {
    pgc_error err;
    return (void *)(intptr_t)set_title(payload, "thread", "ours", &err);
}

/*
 * A call that waits for another writer's commit goes on with what that one wrote. Each level has a
 * role of its own: the pooler may make new sessions of one at any time, even just before it is
 * dropped.
 */
static void check_isolation(const char *level, const char *role) {
    pthread_t thread;
    void *status = NULL;
    pgc_store_options options = with_mode(PGC_STATEMENTS_AUTO);
    ask("DROP ROLE IF EXISTS %s", role);
    ask("CREATE ROLE %s LOGIN SUPERUSER", role);
    ask("ALTER ROLE %s SET default_transaction_isolation TO '%s'", role, level);
    options.user = z(role);
    options.application_name = z(application_named("isolation"));
    pgc_store *store = store_with(options);
    PGconn *other = raw_connection();
    ok(call_works(store, 5), "%s by default: calls work", level);
    ask_on(other, form("BEGIN; UPDATE %s.threads SET title = 'theirs'", quoted(schema)));
    if (pthread_create(&thread, NULL, set_title_later, store) != 0) bail("thread");
    ok(becomes_blocked("isolation", 1), "a call waits for a writer");
    ask_on(other, "COMMIT");
    pthread_join(thread, &status);
    is_int((int)(intptr_t)status, 0, "and goes on when that one has written");
    PQfinish(other);
    ok(call_works(store, 5), "%s by default: calls work on", level);
    pgc_store_free(store);
    ok(becomes_true("SELECT count(pg_terminate_backend(pid)) = 0 FROM pg_stat_activity WHERE "
                    "usename = '%s'",
                    role),
       "the pooler's sessions go");
    ask("DROP ROLE %s", role);
}

static void check_timeout(void) {
    pgc_error err;
    pgc_store_options options = with_mode(PGC_STATEMENTS_AUTO);
    options.statement_timeout_ms = 100;
    pgc_store *store = store_with(options);
    PGconn *lock = raw_connection();
    ask_on(lock, form("BEGIN; SELECT id FROM %s.threads FOR UPDATE", quoted(schema)));
    for (int i = 0; i < SESSIONS; i++) {
        is_code(set_title(store, "thread", "x", &err), PGC_TIMEOUT, &err,
                "the statement timeout holds in every session");
    }
    PQfinish(lock);
    is_code(set_title(store, "thread", "x", &err), PGC_OK, &err, "the next call works");
    pgc_store_free(store);
    check_nothing_left();
}

/* ---- Not noticed ---- */

/* Named statements through the pooler: one is missing, then there is one already. */
static void check_unnoticed(void) {
    pgc_error err;
    pgc_store *store = store_with(with_mode(PGC_STATEMENTS_AUTO));
    ok(call_works(store, 1), "noticed");
    for (int i = 0; i < 2; i++) {
        deceive(store);
        int64_t before = ask_number("SELECT count(*) FROM %s.messages", quoted(schema));
        ok(call_works(store, 10), "not noticed: calls work all the same");
        is_int(ask_number("SELECT count(*) FROM %s.messages", quoted(schema)) - before, 10,
               "each was carried out once");
        ok(idle_conn(store)->pooled && atomic_load(&store->writer.schema.pooled),
           "the refused statement was noticed");
        memset(idle_conn(store)->prepared, 0, sizeof idle_conn(store)->prepared);
    }
    pgc_store_free(store);
    store = store_with(with_mode(PGC_STATEMENTS_NAMED));
    int status = 0;
    for (int i = 0; i < 10 && status == 0; i++) {
        status = get_thread(store, "thread", &err);
    }
    is_code(status, PGC_SERVER, &err, "named by order: the error comes out");
    ok(strcmp(err.sqlstate, "26000") == 0 || strcmp(err.sqlstate, "42P05") == 0, "SQLSTATE %s",
       err.sqlstate);
    is_int(err.retry, PGC_RETRY_SAFE, "nothing was done");
    ok(tells(&err, "pooler"), "the hint says what is wrong");
    pgc_store_free(store);
}

struct writer {
    pgc_store *store;
    const char *own; /* the id of its thread, and of nobody's in the other schema */
    int failed;
};

static void *write_often(void *payload) {
    struct writer *writer = payload;
    pgc_error err;
    for (int i = 0; i < 40; i++) {
        int status = append_one(writer->store, writer->own, NULL, &err);
        /* a session in which somebody changed the level of isolation, or the like, would say so */
        writer->failed += status != 0;
        if (i % 7 == 0) deceive(writer->store);
    }
    return NULL;
}

/*
 * Stores of two schemas in the same sessions, none of which notices: each statement must go to its
 * own schema.
 */
static void check_two_schemas(void) {
    enum { WRITERS = 8 };
    struct writer writers[WRITERS];
    const char *schemas[2] = {schema_named("one"), schema_named("two")};
    pgc_error err;
    for (int i = 0; i < WRITERS; i++) {
        pgc_store_options options = with_mode(PGC_STATEMENTS_AUTO);
        options.schema = z(schemas[i % 2]);
        writers[i] =
            (struct writer){.store = store_with(options), .own = i % 2 == 0 ? "of one" : "of two"};
        if (i < 2) must_create(writers[i].store, writers[i].own);
        if (get_thread(writers[i].store, writers[i].own, &err) != 0) bail("%s", err.message);
    }
    run_threads(WRITERS, write_often, writers, sizeof writers[0]);
    int failed = 0;
    for (int i = 0; i < WRITERS; i++) {
        failed += writers[i].failed;
        pgc_store_free(writers[i].store);
    }
    is_int(failed, 0, "%d stores of two schemas on a few sessions: every call succeeds", WRITERS);
    for (int i = 0; i < 2; i++) {
        is_int(ask_number("SELECT count(*) FROM %s.messages WHERE thread_id = '%s'",
                          quoted(schemas[i]), i == 0 ? "of one" : "of two"),
               WRITERS / 2 * 40, "each in its own schema");
    }
}

/* ---- Leases ---- */

static void check_lease(void) {
    pgc_error err;
    pgc_lease *lease = NULL;
    pgc_store *store = store_with(with_mode(PGC_STATEMENTS_AUTO));
    is_code(pgc_lease_acquire(store, &lease, &err), PGC_OK, &err, "a lease");
    PGconn *conn = pgc_lease_conn(lease);
    ask_on(conn, "BEGIN");
    ask_on(conn, form("UPDATE %s.threads SET title = 'leased'", quoted(schema)));
    is_str(ask_on(conn, form("SELECT title FROM %s.threads", quoted(schema))), "leased",
           "a transaction of one's own");
    ask_on(conn, "COMMIT");
    ask_on(conn, "SET client_encoding TO 'LATIN1'"); /* which a pooler keeps for its client */
    pgc_lease_release(lease);
    is_int(pool_of(store).open, 0, "its connection is not used again");
    is_code(set_title(store, "thread", "\xc3\xa9", &err), PGC_OK, &err, "the store works on");
    is_str(ask("SELECT title FROM %s.threads", quoted(schema)), "\xc3\xa9", "in UTF-8");
    pgc_store_free(store);
}

/* ---- Options of the start ---- */

static void check_options(void) {
    pgc_error err;
    pgc_store_options options = with_mode(PGC_STATEMENTS_AUTO);
    options.url = z(form("%s options='-c jit=off'", store_url()));
    is_code(try_store(options, &err), PGC_CONNECT, &err, "options that a pooler refuses");
    is_int(err.retry, PGC_RETRY_NO, "it would refuse them again");
    ok(tells(&err, "options") && tells(&err, "pooler"), "the error names them: %s", err.message);
}

int main(void) {
    world_begin();
    if (!behind_pooler()) bail("run it by tests/pooler.sh");
    schema = schema_named("pooler");
    pgc_store *store = direct_with(PGC_STATEMENTS_AUTO);
    must_create(store, "thread");
    pgc_store_free(store);
    check_auto();
    check_isolation("serializable", "strict_1");
    check_isolation("repeatable read", "strict_2");
    check_timeout();
    check_lease();
    check_options();
    check_detection();
    check_unnoticed();
    check_two_schemas();
    return world_end();
}
