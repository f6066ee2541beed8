/* Moves of messages in the orders that races of many threads only seldom hit, made by locks. */
#include "engine_world.h"

static const char *schema;
static pgc_store *store;

/* A move of "m" in a thread of its own, so that it can wait for a lock. */
struct mover {
    const char *thread_id;
    pgc_existing existing;
    const char *metadata; /* NULL: what it has comes along */
    int status;
    atomic_bool ended;
    pgc_error err;
    pthread_t thread;
};

static void *run_mover(void *payload) {
    struct mover *mover = payload;
    pgc_message_new message = message_named("m");
    message.metadata = z(mover->metadata);
    pgc_append append = PGC_APPEND_INIT;
    pgc_result *result = NULL;
    append.thread_id = z(mover->thread_id);
    append.messages = &message;
    append.count = 1;
    append.existing = mover->existing;
    append.elsewhere = PGC_ELSEWHERE_MOVE;
    mover->status = pgc_message_append(store, &append, &result, &mover->err);
    pgc_result_free(result);
    atomic_store(&mover->ended, true);
    return NULL;
}

/* Starts a move and waits until it waits, as the `blocked`th. */
static void start_mover(struct mover *mover, const char *thread_id, pgc_existing existing,
                        int blocked) {
    *mover = (struct mover){.thread_id = thread_id, .existing = existing};
    if (pthread_create(&mover->thread, NULL, run_mover, mover) != 0) bail("thread");
    if (becomes_blocked("moves", blocked)) return;
    if (!atomic_load(&mover->ended)) bail("the mover to %s does not wait, and goes on", thread_id);
    bail("the mover to %s did not wait: %s %s", thread_id, pgc_code_name(mover->status),
         mover->status == 0 ? "" : mover->err.message);
}

static void end_mover(struct mover *mover, const char *name) {
    pthread_join(mover->thread, NULL);
    int status = mover->status;
    ok(status == 0 || status == -PGC_EXISTS || status == -PGC_CONFLICT,
       "%s: the move to %s succeeds or is refused (%s)", name, mover->thread_id,
       pgc_code_name(status));
    if (status != 0) diag("%s: %s", mover->thread_id, mover->err.message);
}

static PGconn *lock_thread(const char *thread_id) {
    PGconn *conn = raw_connection();
    ask_on(conn, "BEGIN");
    ask_on(conn,
           form("SELECT id FROM %s.threads WHERE id = '%s' FOR UPDATE", quoted(schema), thread_id));
    return conn;
}

/* Threads t1, t2 and t3; the message in one of them. */
static void prepare(const char *thread_id) {
    const char *s = quoted(schema);
    pgc_error err;
    ask("TRUNCATE %s.threads, %s.messages, %s.metadata", s, s, s);
    must_create(store, "t1");
    must_create(store, "t2");
    must_create(store, "t3");
    if (append_one(store, thread_id, "m", &err) != 0) bail("append: %s", err.message);
}

static void check_message(const char *name) {
    const char *s = quoted(schema);
    is_int(ask_number("SELECT count(*) FROM %s.messages", s), 1, "%s: the message stands once",
           name);
    is_int(ask_number("SELECT count(*) FROM %s.metadata", s), 1, "%s: with one document", name);
    is_int(orphans(schema), 0, "%s: nothing is orphaned", name);
    check_totals(schema);
}

/* Nobody else is there. */
static void check_plain_move(pgc_existing existing, const char *metadata, const char *name) {
    struct mover mover = {.thread_id = "t2", .existing = existing, .metadata = metadata};
    prepare("t1");
    run_mover(&mover);
    is_code(mover.status, PGC_OK, &mover.err, "%s: a plain move", name);
    check_message(name);
}

/* The message leaves t1 while another call wants it to be in t1. */
static void check_move_away(pgc_existing existing, const char *name) {
    struct mover away, home;
    prepare("t1");
    PGconn *lock = lock_thread("t2");
    start_mover(&away, "t2", PGC_EXISTING_REFUSE, 1);
    start_mover(&home, "t1", existing, 2);
    PQfinish(lock);
    end_mover(&away, name);
    end_mover(&home, name);
    check_message(name);
}

/* The message gets from t2 to t1 while a move to t3 waits for t2, and t1 is written to. */
static void check_moved_source(pgc_existing existing, const char *name) {
    struct mover first, second, third;
    prepare("t2");
    PGconn *lock = lock_thread("t1"), *last_lock = lock_thread("t3");
    start_mover(&first, "t1", PGC_EXISTING_REFUSE, 1);
    start_mover(&second, "t3", PGC_EXISTING_REFUSE, 2);
    PQfinish(lock);
    third = (struct mover){.thread_id = "t1", .existing = existing, .metadata = "{\"mark\": 3}"};
    if (pthread_create(&third.thread, NULL, run_mover, &third) != 0) bail("thread");
    pause_ms(100); /* they may wait or be done, as they like */
    PQfinish(last_lock);
    end_mover(&first, name);
    end_mover(&second, name);
    end_mover(&third, name);
    check_message(name);
}

int main(void) {
    world_begin();
    schema = schema_named("moves");
    pgc_store_options options = options_for(schema);
    options.application_name = z(application_named("moves"));
    store = store_with(options);
    static const char *const existing[] = {"refuse", "keep", "replace"};
    for (int i = PGC_EXISTING_REFUSE; i <= PGC_EXISTING_REPLACE; i++) {
        check_plain_move((pgc_existing)i, NULL, form("without metadata, %s", existing[i]));
        check_plain_move((pgc_existing)i, "{\"mark\": 2}", form("with metadata, %s", existing[i]));
    }
    for (int i = PGC_EXISTING_REFUSE; i <= PGC_EXISTING_REPLACE; i++) {
        check_move_away((pgc_existing)i, form("moved away meanwhile, %s", existing[i]));
        check_moved_source((pgc_existing)i, form("moved before its turn, %s", existing[i]));
    }
    pgc_store_free(store);
    return world_end();
}
