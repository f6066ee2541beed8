/*
 * Reads on a standby: what a read that may be stale sees, and what one that must see the store's
 * own writes; whom it asks when the standby is behind, gone, or without the schema. Replay is
 * paused, so that it is known who has seen what.
 */
#include "replicas.h"

#include <sys/stat.h>
#include <sys/un.h>

static const char *schema;
static char folder[] = "/tmp/pgconvo-reader.XXXXXX"; /* with a socket that is the standby's */
static enum drive drive;

/* A store and its handles, by what their reads may see. */
struct readers {
    struct driven driven;
    pgc_store *primary;
    pgc_store *stale;
    pgc_store *own;
};

static void begin(struct readers *readers, pgc_store_options options) {
    driven_begin(&readers->driven, drive, open_with(options));
    readers->primary = readers->driven.store;
    readers->stale = reading(readers->primary, PGC_READS_STALE);
    readers->own = reading(readers->stale, PGC_READS_OWN_WRITES);
}

static void end(struct readers *readers) {
    pgc_store_free(readers->own);
    pgc_store_free(readers->stale);
    driven_end(&readers->driven);
}

static pgc_store_options with_standbys(void) {
    pgc_store_options options = listed(schema);
    options.read_standbys = true;
    options.max_connections = 1; /* whoever holds it keeps others from the primary */
    options.acquire_timeout_ms = 200;
    return options;
}

static const char *seen_by(pgc_store *handle) {
    return title_in(drive, handle, "thread");
}

static void write_title(pgc_store *store, const char *title) {
    pgc_error err;
    if (set_title(store, "thread", title, &err) != 0) bail("%s: %s", title, err.message);
}

static pgc_lease *hold_primary(pgc_store *store) {
    pgc_error err;
    pgc_lease *lease = NULL;
    if (pgc_lease_acquire(store, &lease, &err) != 0) bail("lease: %s", err.message);
    return lease;
}

/* ---- What is seen ---- */

static void check_seen(const char *name) {
    struct readers readers;
    begin(&readers, with_standbys());
    write_title(readers.primary, "first");
    await_replay();
    is_str(seen_by(readers.stale), "first", "%s: a read on the standby", name);
    pause_replay();
    write_title(readers.own, "second");
    is_str(seen_by(readers.stale), "first", "a stale one does not see what came since");
    is_str(seen_by(readers.own), "second", "one that must see own writes does");
    is_str(seen_by(readers.primary), "second", "and one on the primary");
    resume_replay();
    await_replay();
    is_str(seen_by(readers.stale), "second", "the standby has it now");
    end(&readers);
}

/* While the only connection to the primary is lent, what succeeds ran on the standby. */
static void check_place(const char *name) {
    struct readers readers;
    begin(&readers, with_standbys());
    write_title(readers.primary, "third");
    is_str(seen_by(readers.own), "third", "%s: the primary is asked for its position", name);
    await_replay();
    pgc_lease *lease = hold_primary(readers.primary);
    is_str(seen_by(readers.stale), "third", "a stale read runs on the standby");
    is_str(seen_by(readers.own), "third", "a read of own writes, too, and asks nobody again");
    is_str(seen_by(readers.primary), pgc_code_name(PGC_BUSY), "but not one of the primary");
    pause_replay();
    PGconn *conn = pgc_lease_conn(lease);
    ask_on(conn, form("UPDATE %s.threads SET title = 'leased'", quoted(schema)));
    pgc_lease_release(lease);
    is_str(seen_by(readers.own), "leased", "what a lease wrote is an own write");
    is_str(seen_by(readers.stale), "third", "that the standby does not have");
    resume_replay();
    end(&readers);
}

/* Nothing was written by this store: so there is nothing to wait for. */
static void check_only_reader(const char *name) {
    struct readers readers;
    begin(&readers, with_standbys());
    await_replay();
    is_str(seen_by(readers.stale), "leased", "%s: the first call is a read", name);
    is_str(pgc_store_schema(readers.stale), schema, "the schema's name is known by it");
    is_int(readers.primary->engine.pool.idle.count, 0, "nobody went to the primary");
    is_str(seen_by(readers.own), "leased", "own writes, of which there are none");
    is_int(readers.primary->engine.pool.idle.count, 0, "nor needs to ask it");
    is_int(pool_of(readers.primary).open, 1, "the status has the readers' pool in it");
    is_int(pool_of(readers.primary).max, 2, "and its ceiling");
    end(&readers);
}

/* ---- A standby that is behind is waited for ---- */

static int ended;
static struct outcome last;

static void on_done(pgc_op *op, void *payload) {
    (void)payload;
    ended++;
    last.status = pgc_op_take(op, &last.result, &last.err);
}

/* Starts a read of own writes and turns until it has found the standby behind. */
static pgc_op *start_behind(pgc_store *own) {
    pgc_error err;
    pgc_op *op = NULL;
    ended = 0;
    last = (struct outcome){.status = 0};
    if (pgc_thread_get_start(own, z("thread"), on_done, NULL, &op, &err) != 0) bail("start");
    while (own->whole->engine.paused.count == 0 || op->pool != own->whole->engine.reader ||
           op->segment.guard == NULL) {
        if (pgc_store_poll(own, PATIENCE_MS) < 1) bail("it ended");
    }
    return op;
}

/* The standby is behind when `op` looks at it the first time. */
static void check_waiting(void) {
    struct readers readers;
    pgc_error err;
    drive = WAITED;
    begin(&readers, with_standbys());
    write_title(readers.primary, "before");
    is_str(seen_by(readers.own), "before", "the position is known");
    pause_replay();
    write_title(readers.primary, "waited for");
    is_str(seen_by(readers.own), "waited for", "and that of the next one, too");
    pgc_lease *lease = hold_primary(readers.primary);

    start_behind(readers.own);
    resume_replay();
    await_replay();
    while (ended == 0 && pgc_store_poll(readers.own, PATIENCE_MS) >= 0) {}
    is_code(last.status, PGC_OK, &last.err, "a standby that catches up is waited for");
    ok(last.status == 0 && strcmp(pgc_result_thread(last.result, 0)->title.data, "waited for") == 0,
       "and has it");
    pgc_result_free(last.result);

    pgc_lease_release(lease);
    pause_replay();
    write_title(readers.primary, "cancelled");
    pgc_op *op = start_behind(readers.own);
    pgc_op_set_timeout(op, PATIENCE_MS);
    pgc_op_cancel(op);
    while (ended == 0 && pgc_store_poll(readers.own, PATIENCE_MS) >= 0) {}
    is_code(last.status, PGC_CANCELLED, &last.err, "a read that waits can be cancelled");
    is_int(last.err.retry, PGC_RETRY_SAFE, "nothing was done");

    pgc_store *hurried = NULL;
    if (pgc_store_with_timeout(readers.own, PATIENCE_MS, &hurried, &err) != 0) bail("handle");
    is_str(seen_by(hurried), "cancelled", "a handle with another limit reads the same way");
    pgc_store_free(hurried);
    write_title(readers.primary, "closed");
    start_behind(readers.own);
    pgc_store_close(readers.primary, PGC_CLOSE_CANCEL);
    is_int(ended, 1, "it is called back when the store closes");
    ok(last.err.code == PGC_CLOSED || last.err.code == PGC_CANCELLED, "with %s",
       pgc_code_name((int)last.err.code));
    resume_replay();
    end(&readers);
}

/* ---- A standby that cannot be used ---- */

static const char *own_socket(void) {
    return form("%s/.s.PGSQL.5433", folder);
}

static void link_socket(void) {
    const char *there = form("%s/.s.PGSQL.5433", PQhost(standby));
    if (symlink(there, own_socket()) != 0) bail("symlink: %s", strerror(errno));
}

/* The standby goes, as far as the store can see: no new session, and those that there are end. */
static void take_standby_away(void) {
    unlink(own_socket());
    ask_on(standby, "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE "
                    "application_name = 'reader'");
    await_standby("SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = "
                  "'reader')");
}

static void check_gone(const char *name) {
    struct readers readers;
    pgc_store_options options = with_standbys();
    options.url = z(getenv("PGCONVO_TEST_URL"));
    options.read_standbys = false;
    options.reader_url = z(form("host=%s port=5433 user=postgres dbname=postgres", folder));
    options.reader_max_connections = 2;
    options.application_name = z("reader");
    link_socket();
    begin(&readers, options);
    write_title(readers.primary, "there");
    await_replay();
    is_str(seen_by(readers.stale), "there", "%s: a reader of its own address", name);
    is_int(pool_of(readers.primary).max, 3, "with a ceiling of its own");
    take_standby_away();
    write_title(readers.primary, "gone");
    is_str(seen_by(readers.stale), "gone", "the standby is gone: stale reads go to the primary");
    is_str(seen_by(readers.own), "gone", "and those of own writes");
    ok(atomic_load(&readers.primary->engine.horizon.shut_until) > 0,
       "the next reads do not try at once");
    link_socket();
    for (int i = 0; atomic_load(&readers.primary->engine.horizon.shut_until) != 0; i++) {
        if (i == PATIENCE_MS / 10 || strcmp(seen_by(readers.stale), "gone") != 0) {
            bail("reads do not find the standby again");
        }
        pause_ms(10);
    }
    pgc_lease *lease = hold_primary(readers.primary);
    is_str(seen_by(readers.stale), "gone", "reads find the standby again");
    pgc_lease_release(lease);
    unlink(own_socket());
    end(&readers);
}

/* A server process that ends in the middle of a read: the read goes to the primary. */
static void check_lost(const char *name) {
    struct readers readers;
    pgc_error err;
    pgc_store_options options = with_standbys();
    options.application_name = z("reader");
    begin(&readers, options);
    write_title(readers.primary, "whole");
    await_replay();
    is_str(seen_by(readers.stale), "whole", "%s: a read before", name);
    int pid = atoi(ask_on(standby, "SELECT pid FROM pg_stat_activity WHERE application_name = "
                                   "'reader'"));
    if (pid == 0 || kill(pid, SIGSTOP) != 0) bail("kill %d: %s", pid, strerror(errno));
    pgc_op *op = NULL;
    ended = 0;
    if (pgc_thread_get_start(readers.stale, z("thread"), on_done, NULL, &op, &err) != 0) {
        bail("start: %s", err.message);
    }
    kill(pid, SIGTERM);
    kill(pid, SIGCONT);
    while (ended == 0 && pgc_store_poll(readers.stale, PATIENCE_MS) >= 0) {}
    is_code(last.status, PGC_OK, &last.err, "its server process ends, and it succeeds");
    pgc_result_free(last.result);
    end(&readers);
}

/* A standby that hangs leaves a call with a time limit the time to ask the primary. */
static void check_hanging(const char *name) {
    struct readers readers;
    pgc_store_options options = with_standbys();
    options.application_name = z("reader");
    options.call_timeout_ms = 4000;
    begin(&readers, options);
    write_title(readers.primary, "awake");
    await_replay();
    is_str(seen_by(readers.stale), "awake", "%s: a read before", name);
    int pid = atoi(ask_on(standby, "SELECT pid FROM pg_stat_activity WHERE application_name = "
                                   "'reader'"));
    if (pid == 0 || kill(pid, SIGSTOP) != 0) bail("kill %d: %s", pid, strerror(errno));
    write_title(readers.primary, "asleep");
    is_str(seen_by(readers.stale), "asleep", "a standby that hangs: the primary is asked in time");
    ok(atomic_load(&readers.primary->engine.horizon.shut_until) > 0, "the next reads go there");
    kill(pid, SIGCONT);
    end(&readers);
}

/* So does a queue for its connections: here somebody has the only one. */
static void check_queue(const char *name) {
    struct readers readers;
    pgc_error err;
    pgc_op *op = NULL;
    pgc_store_options options = with_standbys();
    options.acquire_timeout_ms = PATIENCE_MS;
    begin(&readers, options);
    write_title(readers.primary, "queued");
    await_replay();
    ended = 0;
    if (pgc_thread_get_start(readers.stale, z("thread"), on_done, NULL, &op, &err) != 0) {
        bail("start: %s", err.message);
    }
    pgc_store *limited = NULL;
    if (pgc_store_with_timeout(readers.stale, 2000, &limited, &err) != 0) bail("handle");
    struct outcome outcome = get_in(BLOCKING, limited, "thread");
    is_code(outcome.status, PGC_OK, &outcome.err,
            "%s: a full pool of readers: the primary is asked in time", name);
    pgc_result_free(outcome.result);
    while (ended == 0 && pgc_store_poll(readers.stale, PATIENCE_MS) >= 0) {}
    is_code(last.status, PGC_OK, &last.err, "and the one that had it is done");
    pgc_result_free(last.result);
    pgc_store_free(limited);
    end(&readers);
}

/* A schema that the standby has not heard of. */
static void check_no_schema(const char *name) {
    struct readers readers;
    pgc_store_options options = with_standbys();
    options.schema = z(schema_named(form("late %d", (int)drive)));
    pause_replay();
    begin(&readers, options);
    must_create(readers.primary, "thread");
    write_title(readers.primary, "new");
    is_str(seen_by(readers.stale), "new", "%s: a standby without the schema", name);
    resume_replay();
    end(&readers);
}

/* The store's own handle reads as an option says, a handle as it says. */
static void check_option(const char *name) {
    struct readers readers;
    pgc_store_options options = with_standbys();
    options.reads = PGC_READS_STALE;
    begin(&readers, options);
    write_title(readers.driven.store, "old");
    await_replay();
    pause_replay();
    write_title(readers.driven.store, "young");
    is_str(seen_by(readers.driven.store), "old", "%s: a store whose own reads may be stale", name);
    pgc_store *fresh = reading(readers.driven.store, PGC_READS_PRIMARY);
    is_str(seen_by(fresh), "young", "and a handle of it that is not");
    pgc_store_free(fresh);
    resume_replay();
    end(&readers);
}

/* No reader is set: the handles are there all the same. */
static void check_none(const char *name) {
    struct readers readers;
    pgc_store_options options = listed(schema);
    begin(&readers, options);
    write_title(readers.primary, "alone");
    is_str(seen_by(readers.stale), "alone", "%s: without a reader, all run on the primary", name);
    is_str(seen_by(readers.own), "alone", "own writes too");
    end(&readers);
}

int main(void) {
    replicas_begin();
    schema = schema_named("reader");
    if (mkdtemp(folder) == NULL) bail("mkdtemp");
    pgc_store *store = store_in(schema);
    must_create(store, "thread");
    pgc_store_free(store);
    await_replay();
    for (drive = BLOCKING; drive < DRIVES; drive++) {
        const char *name = drive_names[drive];
        check_seen(name);
        check_place(name);
        check_only_reader(name);
        check_gone(name);
        check_hanging(name);
        check_no_schema(name);
        check_option(name);
        check_none(name);
    }
    check_waiting();
    check_queue("blocking");
    check_lost("poll");
    rmdir(folder);
    return replicas_end();
}
