/*
 * The primary is killed under load and the standby takes over: writers go on by repeating what
 * their errors say may be repeated, with ids of their own; no message that was acknowledged is
 * lost, none is there twice, each thread has its own in order. And whoever reads its own writes
 * sees them, all along. The store is not opened anew.
 */
#include "replicas.h"

#include <fcntl.h>

enum { WRITERS = 6, BEFORE = 40, AFTER = 40 };

static const char *schema;
static pgc_store *store, *own;
static atomic_bool promoted; /* and each writer is to append AFTER more */

struct writer {
    int number;
    atomic_int acked; /* messages that were acknowledged: those up to this number */
    int after;        /* of these, begun after the promotion */
    atomic_int safe;  /* errors that allowed a repeat: nothing was done */
    int unknown;      /* or it may have been */
    int odd;          /* those that did not */
    int unseen;       /* own writes that a read did not see */
    int unread;       /* reads that failed */
};

static struct writer writers[WRITERS];

static int append(struct writer *writer, int number, pgc_error *err) {
    char thread[16], id[32];
    pgc_append append = PGC_APPEND_INIT;
    pgc_result *result = NULL;
    snprintf(thread, sizeof thread, "thread %d", writer->number);
    snprintf(id, sizeof id, "%d %06d", writer->number, number);
    pgc_message_new message = message_named(id);
    append.thread_id = z(thread);
    append.messages = &message;
    append.count = 1;
    append.existing = PGC_EXISTING_KEEP;
    int status;
    if (writer->number == 0) { /* the one that is driven by events */
        pgc_op *op = NULL;
        status = pgc_message_append_start(store, &append, NULL, NULL, &op, err);
        if (status == 0) status = pgc_op_wait(op, &result, err);
    } else {
        status = pgc_message_append(store, &append, &result, err);
    }
    pgc_result_free(result);
    return status;
}

static int get_last(const struct writer *writer, const char *thread, pgc_result **result,
                    pgc_error *err) {
    if (writer->number != 0) return pgc_message_last(own, z(thread), 1, result, err);
    pgc_op *op = NULL;
    int status = pgc_message_last_start(own, z(thread), 1, NULL, NULL, &op, err);
    return status == 0 ? pgc_op_wait(op, result, err) : status;
}

/* The newest message that a read of own writes sees must be the last one acknowledged, or newer. */
static void look(struct writer *writer, int number) {
    char thread[16];
    pgc_error err;
    pgc_result *result = NULL;
    snprintf(thread, sizeof thread, "thread %d", writer->number);
    if (get_last(writer, thread, &result, &err) != 0) {
        writer->unread++;
        writer->odd += err.retry == PGC_RETRY_NO;
        return;
    }
    const pgc_message *message =
        pgc_result_messages(result) == 0 ? NULL : pgc_result_message(result, 0);
    writer->unseen += message == NULL || atoi(message->id.data + 2) < number;
    pgc_result_free(result);
}

static void *write_on(void *payload) {
    struct writer *writer = payload;
    for (int number = 1; writer->after < AFTER && writer->odd == 0; number++) {
        bool after = atomic_load(&promoted);
        pgc_error err;
        while (append(writer, number, &err) != 0 && writer->odd == 0) {
            atomic_fetch_add(&writer->safe, err.retry == PGC_RETRY_SAFE);
            writer->unknown += err.retry == PGC_RETRY_UNKNOWN;
            if (err.retry == PGC_RETRY_NO && writer->odd++ == 0) {
                diag("%d: %s [%s] %s", writer->number, pgc_code_name((int)err.code), err.sqlstate,
                     err.message);
            }
            pause_ms(20);
        }
        if (writer->odd > 0) break;
        atomic_store(&writer->acked, number);
        writer->after += after;
        look(writer, number);
    }
    return NULL;
}

static bool all_have(int count) {
    bool all = true;
    for (int i = 0; i < WRITERS; i++)
        all = all && (atomic_load(&writers[i].acked) >= count || writers[i].odd > 0);
    return all;
}

/* The process of a server, by its data folder. */
static pid_t postmaster_of(const char *folder) {
    char line[32] = "";
    int fd = open(form("%s/postmaster.pid", folder), O_RDONLY | O_CLOEXEC);
    if (fd == -1 || read(fd, line, sizeof line - 1) <= 0) bail("postmaster.pid of %s", folder);
    close(fd);
    return (pid_t)strtol(line, NULL, 10);
}

static bool any_is_told(void) {
    bool any = false;
    for (int i = 0; i < WRITERS; i++)
        any = any || atomic_load(&writers[i].safe) > 0 || writers[i].odd > 0;
    return any;
}

static void fail_over(void) {
    pid_t primary = postmaster_of(getenv("PGCONVO_TEST_PGDATA"));
    if (kill(primary, SIGKILL) != 0) bail("kill: %s", strerror(errno));
    PQfinish(admin);
    while (!any_is_told()) /* that there is no primary */
        pause_ms(5);
    is_str(ask_on(standby, "SELECT pg_promote(true, 60)"), "t", "the standby is promoted");
    admin = connect_to(standby_url());
}

/* ---- A commit that waits for the standby in vain ---- */

static bool any_commit_waits(void) {
    return strcmp(ask("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event = 'SyncRep')"),
                  "t") == 0;
}

enum stop { NOT, BY_LIMIT, BY_CANCEL };

/* Appends a message, and stops the call, if so, when its commit waits for the standby. */
static int append_and_stop(const char *id, enum stop stop, pgc_error *err) {
    pgc_message_new message = message_named(id);
    pgc_append append = PGC_APPEND_INIT;
    pgc_op *op = NULL;
    append.thread_id = z("thread 0");
    append.messages = &message;
    append.count = 1;
    append.existing = PGC_EXISTING_KEEP;
    while (stop != NOT && any_commit_waits()) {}
    if (pgc_message_append_start(store, &append, NULL, NULL, &op, err) != 0) bail("start");
    while (stop != NOT && !any_commit_waits()) {
        if (pgc_store_poll(store, 10) < 0) bail("poll");
    }
    if (stop == BY_LIMIT) pgc_op_set_timeout(op, 1);
    if (stop == BY_CANCEL) pgc_op_cancel(op);
    return pgc_op_wait(op, NULL, err);
}

/*
 * The server does as if it were done when such a commit is cancelled; but if the standby took over
 * now, it would be gone.
 */
static void check_unreplicated(void) {
    pgc_error err;
    pid_t receiver = atoi(ask_on(standby, "SELECT pid FROM pg_stat_wal_receiver"));
    if (pgc_store_init(store, &err) != 0) bail("%s", err.message);
    if (receiver == 0 || kill(receiver, SIGSTOP) != 0) bail("no receiver");
    is_code(append_and_stop("timed out", BY_LIMIT, &err), PGC_TIMEOUT, &err,
            "the time limit of a commit that waits for the standby");
    is_int(err.retry, PGC_RETRY_UNKNOWN, "it may be lost or not");
    is_code(append_and_stop("cancelled", BY_CANCEL, &err), PGC_CANCELLED, &err,
            "the same commit cancelled");
    is_int(err.retry, PGC_RETRY_UNKNOWN, "it may be lost or not");
    ok(becomes_true("SELECT count(*) = 2 FROM %s.messages WHERE id IN ('timed out', 'cancelled')",
                    quoted(schema)),
       "the server has done both");
    kill(receiver, SIGCONT);
    is_code(append_and_stop("timed out", NOT, &err), PGC_OK, &err, "a repeat is done");
    ask("DELETE FROM %s.messages", quoted(schema));
    ask("DELETE FROM %s.metadata", quoted(schema));
    ask("DELETE FROM %s.threads", quoted(schema));
}

static void check_kept(const struct writer *writer) {
    const char *s = quoted(schema);
    int n = writer->number, acked = atomic_load(&writer->acked);
    is_int(ask_number("SELECT count(*) FROM %s.messages WHERE thread_id = 'thread %d'", s, n),
           acked, "thread %d: each of %d messages is there once", n, acked);
    is_int(ask_number("SELECT count(*) FROM generate_series(1, %d) i WHERE NOT EXISTS (SELECT FROM "
                      "%s.messages WHERE thread_id = 'thread %d' AND id = '%d ' || "
                      "to_char(i, 'FM000000'))",
                      acked, s, n, n),
           0, "none was lost");
    is_int(ask_number("SELECT count(*) FROM (SELECT id, lag(id) OVER (ORDER BY seq) AS before FROM "
                      "%s.messages WHERE thread_id = 'thread %d') m WHERE before >= id",
                      s, n),
           0, "and they are in the order of their writing");
}

int main(void) {
    pthread_t threads[WRITERS];
    replicas_begin();
    schema = schema_named("failover");
    pgc_store_options options = listed(schema);
    options.read_standbys = true;
    options.max_connections = 4; /* fewer than writers */
    store = store_with(options);
    own = reading(store, PGC_READS_OWN_WRITES);
    is_str(ask("SHOW synchronous_standby_names"), "b", "replication is synchronous");
    must_create(store, "thread 0");
    check_unreplicated();
    for (int i = 0; i < WRITERS; i++) {
        writers[i].number = i;
        must_create(store, form("thread %d", i));
        if (pthread_create(&threads[i], NULL, write_on, &writers[i]) != 0) bail("thread");
    }
    while (!all_have(BEFORE))
        pause_ms(5);
    fail_over();
    atomic_store(&promoted, true);
    int safe = 0, unknown = 0, unread = 0, total = 0;
    for (int i = 0; i < WRITERS; i++) {
        pthread_join(threads[i], NULL);
        safe += atomic_load(&writers[i].safe);
        unknown += writers[i].unknown;
        unread += writers[i].unread;
        total += atomic_load(&writers[i].acked);
        is_int(writers[i].odd, 0, "writer %d: every error may be tried again", i);
        is_int(writers[i].unseen, 0, "it saw its own writes");
        is_int(writers[i].after, AFTER, "it goes on");
        check_kept(&writers[i]);
    }
    diag("%d messages; errors: %d safe, %d unknown; %d reads failed", total, safe, unknown, unread);
    ok(safe > 0, "the end of the primary was noticed");
    pgc_store_free(own);
    pgc_store_free(store);
    return replicas_end();
}
