/* Many threads and processes at once: nothing is lost, repeated, reordered or orphaned. */
#include "engine_world.h"

static const char *schema;
static pgc_store *store;

/* What a thread of a race is to do, and what it saw. */
struct racer {
    pgc_store *store;
    const char *thread_id;
    const char *message_id;
    int number;
    int rounds;
    int done;    /* calls that succeeded */
    int refused; /* calls that failed as the contract says */
    int wrong;   /* all else */
    pgc_error err;
};

static struct racer racers[64];

/* Sorts the outcome of a call; `allowed` and `also` are codes that a race may bring. */
static bool note(struct racer *racer, int status, const pgc_error *err, pgc_code allowed,
                 pgc_code also) {
    if (status == 0) {
        racer->done++;
    } else if (status == -(int)allowed || status == -(int)also) {
        racer->refused++;
    } else if (racer->wrong++ == 0) {
        racer->err = *err;
    }
    return status == 0;
}

static void line_up(size_t count, const char *thread_id, const char *message_id, int rounds) {
    for (size_t i = 0; i < count; i++) {
        racers[i] = (struct racer){.store = store,
                                   .thread_id = thread_id,
                                   .message_id = message_id,
                                   .number = (int)i,
                                   .rounds = rounds};
    }
}

static int sum_of(size_t count, size_t offset) {
    int sum = 0;
    for (size_t i = 0; i < count; i++) {
        int value;
        memcpy(&value, (const char *)&racers[i] + offset, sizeof value);
        sum += value;
    }
    return sum;
}

#define SUM(count, field) sum_of((count), offsetof(struct racer, field))

static void tell_wrong(size_t count) {
    for (size_t i = 0; i < count; i++) {
        const pgc_error *err = &racers[i].err;
        if (racers[i].wrong == 0) continue;
        diag("racer %zu: %d wrong, the first: %s [%s] %s %s", i, racers[i].wrong,
             pgc_code_name((int)err->code), err->sqlstate, err->message, err->detail);
    }
}

static void none_wrong(size_t count, const char *name) {
    ok(SUM(count, wrong) == 0, "%s: no other error", name);
    tell_wrong(count);
}

/* ---- Merges ---- */

static void *merge_keys(void *payload) {
    struct racer *racer = payload;
    pgc_error err;
    for (int round = 0; round < racer->rounds; round++) {
        char patch[96];
        pgc_result *result = NULL;
        snprintf(patch, sizeof patch,
                 racer->number % 2 == 0 ? "{\"key%d.%d\": %d}" : "{\"deep\": {\"key%d.%d\": %d}}",
                 racer->number, round, round);
        int status = pgc_metadata_merge(racer->store, z(racer->thread_id), z(racer->message_id),
                                        z(patch), &result, &err);
        note(racer, status, &err, PGC_OK, PGC_OK);
        pgc_result_free(result);
    }
    return NULL;
}

static void check_merges(const char *message_id, const char *name) {
    enum { MERGERS = 20, ROUNDS = 15 };
    must_create(store, name);
    pgc_error err;
    if (message_id != NULL && append_one(store, name, message_id, &err) != 0) bail("append");
    line_up(MERGERS, name, message_id, ROUNDS);
    run_threads(MERGERS, merge_keys, racers, sizeof racers[0]);
    none_wrong(MERGERS, name);
    is_int(ask_number("SELECT count(*) FROM %s.metadata d, jsonb_each(d.data || (d.data -> 'deep'))"
                      " WHERE thread_id = '%s' AND message_id = '%s' AND key LIKE 'key%%'",
                      quoted(schema), name, message_id == NULL ? "" : message_id),
           MERGERS * ROUNDS, "%s: %d concurrent one-key merges, %d times: all keys are there", name,
           MERGERS, ROUNDS);
}

/* ---- Appends, with a reader ---- */

/* Batches of 1 to 5; the ids tell who appended them and in which order. */
static void *append_batches(void *payload) {
    struct racer *racer = payload;
    int next = 0;
    for (int round = 0; round < racer->rounds; round++) {
        char ids[5][32];
        pgc_message_new messages[5];
        pgc_append append = PGC_APPEND_INIT;
        pgc_result *result = NULL;
        pgc_error err;
        append.thread_id = z(racer->thread_id);
        append.messages = messages;
        append.count = (size_t)(1 + (round + racer->number) % 5);
        append.existing = round % 2 == 0 ? PGC_EXISTING_REFUSE : PGC_EXISTING_KEEP;
        for (size_t i = 0; i < append.count; i++) {
            snprintf(ids[i], sizeof ids[i], "%c%d-%05d", racer->thread_id[0], racer->number,
                     next++);
            messages[i] = message_named(ids[i]);
        }
        int status = pgc_message_append(racer->store, &append, &result, &err);
        if (note(racer, status, &err, PGC_OK, PGC_OK)) {
            for (size_t i = 1; i < append.count; i++) {
                racer->wrong += pgc_result_message(result, i)->seq !=
                                pgc_result_message(result, i - 1)->seq + 1;
            }
        }
        pgc_result_free(result);
    }
    return NULL;
}

static atomic_bool writers_done;
static int64_t tailed[4000];
static size_t tailed_count;

/* Reads what came after what it has seen, until the writers are done and nothing is left. */
static void *tail(void *payload) {
    struct racer *racer = payload;
    int64_t seen = 0;
    for (;;) {
        bool last_look = atomic_load(&writers_done);
        pgc_result *result = NULL;
        pgc_error err;
        int status = pgc_message_tail(racer->store, z(racer->thread_id), seen, 7, &result, &err);
        if (!note(racer, status, &err, PGC_OK, PGC_OK)) return NULL;
        size_t count = pgc_result_messages(result);
        for (size_t i = 0; i < count && tailed_count < COUNT(tailed); i++) {
            seen = pgc_result_message(result, i)->seq;
            tailed[tailed_count++] = seen;
        }
        pgc_result_free(result);
        if (last_look && count == 0) return NULL;
    }
}

static void check_what_was_appended(const char *thread, int64_t total) {
    const char *s = quoted(schema);
    is_int(ask_number("SELECT count(*) FROM %s.messages WHERE thread_id = '%s'", s, thread), total,
           "nothing is lost");
    is_int(
        ask_number("SELECT count(DISTINCT id) FROM %s.messages WHERE thread_id = '%s'", s, thread),
        total, "nothing is repeated");
    is_str(ask("SELECT min(seq) = 1 AND max(seq) = count(*) AND count(DISTINCT seq) = count(*) "
               "FROM %s.messages WHERE thread_id = '%s'",
               s, thread),
           "t", "seq has no gaps and no doubles");
    is_int(ask_number("SELECT last_seq FROM %s.threads WHERE id = '%s'", s, thread), total,
           "the thread knows the last one");
    is_int(ask_number("SELECT count(*) FROM (SELECT created_at < lag(created_at) OVER (ORDER BY "
                      "seq) AS back FROM %s.messages WHERE thread_id = '%s') m WHERE back",
                      s, thread),
           0, "time never goes back");
    is_int(ask_number("SELECT count(*) FROM (SELECT id < lag(id) OVER (PARTITION BY left(id, 2) "
                      "ORDER BY created_at, seq) AS back FROM %s.messages "
                      "WHERE thread_id = '%s') m WHERE back",
                      s, thread),
           0, "each writer's order is kept");
    is_int(ask_number("SELECT count(*) FROM %s.metadata WHERE thread_id = '%s'", s, thread), total,
           "each message has its metadata");
    is_int((int64_t)tailed_count, total, "the reader saw as many");
    bool dense = true;
    for (size_t i = 0; i < tailed_count; i++) {
        dense = dense && tailed[i] == (int64_t)i + 1;
    }
    ok(dense, "each of them once, in order");
}

static void check_appends(void) {
    enum { WRITERS = 8, ROUNDS = 50, TOTAL = WRITERS * ROUNDS * 3 };
    must_create(store, "crowd");
    line_up(WRITERS + 1, "crowd", NULL, ROUNDS);
    pthread_t reader;
    if (pthread_create(&reader, NULL, tail, &racers[WRITERS]) != 0) bail("thread");
    run_threads(WRITERS, append_batches, racers, sizeof racers[0]);
    atomic_store(&writers_done, true);
    pthread_join(reader, NULL);
    none_wrong(WRITERS + 1, "8 threads append");
    check_what_was_appended("crowd", TOTAL);
}

/* ---- Deletes against writers ---- */

/* Half of them write to a thread that the others delete and create again. */
static void *delete_and_create(struct racer *racer) {
    for (int round = 0; round < racer->rounds; round++) {
        pgc_result *result = NULL;
        pgc_error err;
        int status = pgc_thread_delete(racer->store, z(racer->thread_id), &result, &err);
        note(racer, status, &err, PGC_NOT_FOUND, PGC_OK);
        pgc_result_free(result);
        status = create_thread(racer->store, racer->thread_id, &err);
        note(racer, status, &err, PGC_EXISTS, PGC_OK);
    }
    return NULL;
}

static void *append_against_delete(void *payload) {
    struct racer *racer = payload;
    if (racer->number % 4 == 0) return delete_and_create(racer);
    for (int round = 0; round < racer->rounds * 2; round++) {
        pgc_error err;
        int status = append_one(racer->store, racer->thread_id, NULL, &err);
        note(racer, status, &err, PGC_NOT_FOUND, PGC_OK);
    }
    return NULL;
}

static void *merge_against_delete(void *payload) {
    struct racer *racer = payload;
    if (racer->number % 4 == 0) return delete_and_create(racer);
    for (int round = 0; round < racer->rounds * 2; round++) {
        pgc_result *result = NULL;
        pgc_error err;
        int status = pgc_metadata_merge(racer->store, z(racer->thread_id), pgc_none(),
                                        z("{\"a\": 1}"), &result, &err);
        note(racer, status, &err, PGC_NOT_FOUND, PGC_OK);
        pgc_result_free(result);
    }
    return NULL;
}

/*
 * One deletes and appends a message, one deletes and creates its thread, the others merge into it.
 */
static void *merge_against_message_delete(void *payload) {
    struct racer *racer = payload;
    pgc_str id = z(racer->message_id);
    pgc_ids ids = PGC_IDS_INIT;
    ids.ids = &id;
    ids.count = 1;
    if (racer->number == 4) return delete_and_create(racer);
    for (int round = 0; round < racer->rounds * 2; round++) {
        pgc_result *result = NULL;
        pgc_error err;
        if (racer->number == 0) {
            note(racer, pgc_message_delete(racer->store, &ids, &result, &err), &err, PGC_OK,
                 PGC_OK);
            note(racer, append_one(racer->store, racer->thread_id, racer->message_id, &err), &err,
                 PGC_NOT_FOUND, PGC_EXISTS);
        } else {
            pgc_str thread = racer->number % 2 == 0 ? z(racer->thread_id) : pgc_none();
            pgc_str patch = z(racer->number % 2 == 0 ? "{\"a\": 1}" : "{\"o\": {\"b\": 2}}");
            int status = pgc_metadata_merge(racer->store, thread, id, patch, &result, &err);
            note(racer, status, &err, PGC_NOT_FOUND, PGC_OK);
        }
        pgc_result_free(result);
    }
    return NULL;
}

static void check_deletes(void) {
    static const struct {
        const char *name;
        void *(*run)(void *);
    } races[] = {
        {"delete racing append", append_against_delete},
        {"delete racing merge", merge_against_delete},
        {"delete racing merge into a message", merge_against_message_delete},
    };
    enum { RACERS = 8, ROUNDS = 60 };
    for (size_t i = 0; i < COUNT(races); i++) {
        must_create(store, races[i].name);
        line_up(RACERS, races[i].name, "the message", ROUNDS);
        run_threads(RACERS, races[i].run, racers, sizeof racers[0]);
        none_wrong(RACERS, races[i].name);
        int done = SUM(RACERS, done), refused = SUM(RACERS, refused);
        ok(done > 0 && refused > 0, "%s: the race did happen (%d done, %d refused)", races[i].name,
           done, refused);
        is_int(orphans(schema), 0, "%s: nothing is orphaned", races[i].name);
        check_totals(schema);
    }
}

/* ---- Moves ---- */

enum { MOVED = 4 };
static const char *const homes[] = {"home a", "home b", "home c"};

/* Pulls the same messages into a thread of its own, again and again. */
static void *move(void *payload) {
    struct racer *racer = payload;
    static const char *const ids[MOVED] = {"m0", "m1", "m2", "m3"};
    for (int round = 0; round < racer->rounds; round++) {
        pgc_message_new messages[MOVED];
        pgc_append append = PGC_APPEND_INIT;
        pgc_result *result = NULL;
        pgc_error err;
        for (int i = 0; i < MOVED; i++) {
            messages[i] = message_named(ids[racer->number % 2 == 0 ? i : MOVED - 1 - i]);
            if (round > 0 && i % 2 == 0 && racer->message_id[0] != '0' + PGC_EXISTING_REPLACE) {
                messages[i].metadata = pgc_none(); /* it brings its own along */
            }
        }
        append.thread_id = z(racer->thread_id);
        append.messages = messages;
        append.count = MOVED;
        append.existing = (pgc_existing)(racer->message_id[0] - '0');
        append.elsewhere = round % 2 == 0 ? PGC_ELSEWHERE_MOVE : PGC_ELSEWHERE_MOVE_ANY;
        int status = pgc_message_append(racer->store, &append, &result, &err);
        note(racer, status, &err, PGC_CONFLICT, PGC_EXISTS);
        pgc_result_free(result);
    }
    return NULL;
}

static void check_moves(const char *existing, int movers, const char *name) {
    enum { ROUNDS = 200 };
    const char *s = quoted(schema);
    ask("TRUNCATE %s.threads, %s.messages, %s.metadata", s, s, s);
    for (size_t i = 0; i < COUNT(homes); i++) {
        must_create(store, homes[i]);
    }
    line_up((size_t)movers, homes[0], existing, ROUNDS);
    racers[0].rounds = 1; /* at first they stand in one thread */
    move(&racers[0]);
    racers[0].rounds = ROUNDS;
    for (int i = 0; i < movers; i++) {
        racers[i].thread_id = homes[(size_t)i % COUNT(homes)];
    }
    run_threads((size_t)movers, move, racers, sizeof racers[0]);
    none_wrong((size_t)movers, name);
    ok(SUM((size_t)movers, done) > 0, "%s: some moved (%d), some were refused (%d)", name,
       SUM((size_t)movers, done), SUM((size_t)movers, refused));
    is_str(ask("SELECT string_agg(id || ' ' || n, ', ' ORDER BY id) FROM (SELECT id, count(*) AS n "
               "FROM %s.messages GROUP BY id) m",
               s),
           "m0 1, m1 1, m2 1, m3 1", "%s: each message stands in exactly one thread", name);
    is_int(ask_number("SELECT count(*) FROM %s.messages m JOIN %s.metadata d ON d.thread_id = "
                      "m.thread_id AND d.message_id = m.id",
                      s, s),
           MOVED, "%s: with its metadata", name);
    is_int(orphans(schema), 0, "%s: nothing is orphaned", name);
    check_totals(schema);
}

/* ---- Saves ---- */

static void save_some(struct racer *racer, int round) {
    enum { SAVED = 3, IDS = 7 };
    pgc_message_new messages[SAVED];
    pgc_save save = PGC_SAVE_INIT;
    pgc_result *result = NULL;
    pgc_error err;
    char ids[SAVED][32];
    for (int i = 0; i < SAVED; i++) {
        snprintf(ids[i], sizeof ids[i], "saved %d", (racer->number + round + i * 2) % IDS);
        messages[i] = message_named(ids[i]);
        messages[i].created_at = round % 3 == i ? 1 : PGC_NO_TIME;
    }
    save.thread_id = z(racer->thread_id);
    save.messages = messages;
    save.count = SAVED;
    /* most take the short way, of one thread alone */
    save.elsewhere = racer->number % 4 == 3 ? PGC_ELSEWHERE_MOVE_ANY : PGC_ELSEWHERE_REFUSE;
    int status = pgc_message_save(racer->store, &save, &result, &err);
    note(racer, status, &err, PGC_EXISTS, PGC_CONFLICT);
    pgc_result_free(result);
}

/* Saves few ids again and again; one deletes two of them, and appends others. */
static void *save_same(void *payload) {
    struct racer *racer = payload;
    static const pgc_str gone[] = {{"saved 1", 7}, {"saved 4", 7}};
    pgc_ids ids = PGC_IDS_INIT;
    ids.ids = gone;
    ids.count = COUNT(gone);
    for (int round = 0; round < racer->rounds; round++) {
        pgc_error err;
        pgc_result *result = NULL;
        if (racer->number > 0) {
            save_some(racer, round);
            continue;
        }
        note(racer, pgc_message_delete(racer->store, &ids, &result, &err), &err, PGC_OK, PGC_OK);
        pgc_result_free(result);
        note(racer, append_one(racer->store, racer->thread_id, NULL, &err), &err, PGC_OK, PGC_OK);
    }
    return NULL;
}

static void check_saves(void) {
    enum { SAVERS = 8, ROUNDS = 100 };
    must_create(store, "saves");
    must_create(store, "other saves");
    line_up(SAVERS, "saves", NULL, ROUNDS);
    racers[3].thread_id = "other saves"; /* and back to the first by 7 */
    run_threads(SAVERS, save_same, racers, sizeof racers[0]);
    none_wrong(SAVERS, "saves of the same ids");
    ok(ask_number("SELECT sum(holes) FROM %s.threads WHERE id LIKE '%%saves'", quoted(schema)) > 0,
       "some met messages that were there");
    is_int(orphans(schema), 0, "saves: nothing is orphaned");
    check_totals(schema);
}

/* ---- Creates and imports ---- */

static void *create_same(void *payload) {
    struct racer *racer = payload;
    for (int round = 0; round < racer->rounds; round++) {
        char id[64];
        pgc_error err;
        snprintf(id, sizeof id, "%s %d", racer->thread_id, round);
        note(racer, create_thread(racer->store, id, &err), &err, PGC_EXISTS, PGC_OK);
    }
    return NULL;
}

/* Imports the same conversations as all the others; counts what it says it inserted. */
static void *import_same(void *payload) {
    struct racer *racer = payload;
    static const char *const words[] = {"one", "two", "three", "four", "five", "six", "seven"};
    for (int round = 0; round < racer->rounds; round++) {
        char id[64], ids[COUNT(words)][80];
        pgc_message_new messages[COUNT(words)];
        pgc_thread_new thread = PGC_THREAD_NEW_INIT;
        pgc_append append = PGC_APPEND_INIT;
        pgc_result *result = NULL;
        pgc_error err;
        snprintf(id, sizeof id, "%s %d", racer->thread_id, round);
        thread.id = z(id);
        thread.metadata = z("{\"source\": \"race\"}");
        for (size_t i = 0; i < COUNT(words); i++) {
            snprintf(ids[i], sizeof ids[i], "%s %s", id, words[i]);
            messages[i] = message_named(ids[i]);
        }
        append.messages = messages;
        append.count = COUNT(words);
        int status = pgc_conversation_import(racer->store, &thread, &append, &result, &err);
        if (note(racer, status, &err, PGC_OK, PGC_OK)) {
            racer->refused += (int)pgc_result_total(result); /* none is refused: room to count */
        }
        pgc_result_free(result);
    }
    return NULL;
}

static void check_creates(void) {
    enum { CREATORS = 8, ROUNDS = 40 };
    line_up(CREATORS, "created", NULL, ROUNDS);
    run_threads(CREATORS, create_same, racers, sizeof racers[0]);
    none_wrong(CREATORS, "concurrent creates of one id");
    is_int(SUM(CREATORS, done), ROUNDS, "exactly one of them creates each");
    is_int(SUM(CREATORS, refused), ROUNDS * (CREATORS - 1), "the others hear that it exists");
}

static void check_imports(void) {
    enum { IMPORTERS = 4, ROUNDS = 30, MESSAGES = 7 };
    const char *s = quoted(schema);
    line_up(IMPORTERS, "imported", NULL, ROUNDS);
    run_threads(IMPORTERS, import_same, racers, sizeof racers[0]);
    none_wrong(IMPORTERS, "4 threads import the same conversations");
    is_int(SUM(IMPORTERS, refused), ROUNDS * MESSAGES, "each message is inserted by one of them");
    is_int(ask_number("SELECT count(*) FROM %s.messages WHERE thread_id LIKE 'imported %%'", s),
           ROUNDS * MESSAGES, "there is one copy of each");
    is_str(ask("SELECT bool_and(last_seq = %d) AND count(*) = %d FROM %s.threads "
               "WHERE id LIKE 'imported %%'",
               MESSAGES, ROUNDS, s),
           "t", "each thread has all of its messages");
}

/* ---- Processes ---- */

/* A child: appends to the same thread as its brothers, imports the same conversation. */
static int be_a_child(const char *name, const char *number) {
    admin = raw_connection();
    schema = name;
    store = store_in(schema);
    line_up(3, "family", NULL, 20);
    for (size_t i = 0; i < 2; i++) {
        racers[i].number = atoi(number) * 2 + (int)i;
    }
    racers[2].thread_id = "shared";
    pthread_t importer;
    if (pthread_create(&importer, NULL, import_same, &racers[2]) != 0) return 1;
    run_threads(2, append_batches, racers, sizeof racers[0]);
    pthread_join(importer, NULL);
    pgc_store_free(store);
    PQfinish(admin);
    tell_wrong(3);
    return SUM(3, wrong) == 0 ? 0 : 1;
}

static void check_processes(void) {
    enum { CHILDREN = 3, TOTAL = CHILDREN * 2 * 20 * 3 };
    must_create(store, "family");
    pid_t children[CHILDREN];
    int failed = 0;
    atomic_store(&writers_done, false);
    tailed_count = 0;
    line_up(1, "family", NULL, 0);
    pthread_t reader;
    if (pthread_create(&reader, NULL, tail, &racers[0]) != 0) bail("thread");
    for (int i = 0; i < CHILDREN; i++) {
        children[i] = start_self("child", schema, form("%d", i));
    }
    for (int i = 0; i < CHILDREN; i++) {
        failed += exit_of(children[i]) != 0;
    }
    atomic_store(&writers_done, true);
    pthread_join(reader, NULL);
    is_int(failed, 0, "several processes append and import at once: no error");
    check_what_was_appended("family", TOTAL);
    is_int(ask_number("SELECT count(*) FROM %s.messages WHERE thread_id LIKE 'shared %%'",
                      quoted(schema)),
           20 * 7, "one copy of what all of them imported");
}

int main(int argc, char **argv) {
    if (argc == 4 && strcmp(argv[1], "child") == 0) return be_a_child(argv[2], argv[3]);
    world_begin();
    schema = schema_named("race");
    store = store_in(schema);
    check_merges(NULL, "merges of a thread");
    check_merges("the message", "merges of a message");
    check_appends();
    check_processes();
    check_creates();
    check_imports();
    check_saves();
    check_deletes();
    check_moves("0", 2, "2 threads move the same messages");
    check_moves("1", 6, "6 threads move and keep the same messages");
    check_moves("2", 6, "6 threads move and replace the same messages");
    check_moves("0", 6, "6 threads move the same messages");
    pgc_store_free(store);
    return world_end();
}
