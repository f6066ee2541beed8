/* Calls that write. */
#include "work.h"

/* ---- Threads ---- */

static int call_make(struct worker *worker, pgc_result **result, pgc_error *err) {
    pgc_thread_new thread = PGC_THREAD_NEW_INIT;
    thread.id = pgc_z(worker->op.place->thread);
    thread.existing = PGC_EXISTING_KEEP;
    return CALL(thread_create, &thread);
}

static void took_make(struct worker *worker, const pgc_result *result) {
    struct place *place = worker->op.place;
    if (place->own) worker_expect_first(worker, pgc_result_inserted(result));
    place->made = true;
    journal(worker, "T %s\n", place->thread);
}

const struct kind kind_make = {.name = "make", .write = true, .call = call_make, .took = took_make};

/* ---- New messages ---- */

static struct place *any_place(struct worker *worker) {
    unsigned i = chance_below(&worker->chance, 2 * SHARED);
    return i < SHARED ? &worker->shared[i] : &worker->own;
}

static bool choose_new(struct worker *worker, struct place *place, size_t count) {
    if (place->count + count > PLACE_MAX) return false;
    worker->op.place = place;
    worker->op.count = count;
    worker->op.first = worker->numbers;
    worker->numbers += (unsigned)count;
    return true;
}

static bool choose_append(struct worker *worker) {
    return choose_new(worker, any_place(worker), 1);
}

static bool choose_batch(struct worker *worker) {
    return choose_new(worker, any_place(worker), 2 + chance_below(&worker->chance, BATCH - 1));
}

static bool choose_save(struct worker *worker) {
    return choose_new(worker, &worker->own, 1 + chance_below(&worker->chance, 3));
}

static void fill_messages(struct worker *worker, bool own_ids) {
    for (size_t i = 0; i < worker->op.count; i++) {
        worker_tag(worker, worker->op.first + (unsigned)i, worker->tags[i]);
        size_t size = content_of(worker->tags[i], 0, worker->contents[i]);
        worker->messages[i] = (pgc_message_new)PGC_MESSAGE_NEW_INIT;
        worker->messages[i].role = pgc_z("user");
        worker->messages[i].text = (pgc_str){worker->contents[i], size};
        if (own_ids) worker->messages[i].id = pgc_z(worker->tags[i]);
    }
}

static int append(struct worker *worker, bool own_ids, pgc_result **result, pgc_error *err) {
    pgc_append append = PGC_APPEND_INIT;
    fill_messages(worker, own_ids);
    append.thread_id = pgc_z(worker->op.place->thread);
    append.messages = worker->messages;
    append.count = worker->op.count;
    append.existing = PGC_EXISTING_KEEP;
    return CALL(message_append, &append);
}

static int call_append(struct worker *worker, pgc_result **result, pgc_error *err) {
    return append(worker, true, result, err);
}

static int call_anonymous(struct worker *worker, pgc_result **result, pgc_error *err) {
    return append(worker, false, result, err);
}

static int call_save(struct worker *worker, pgc_result **result, pgc_error *err) {
    pgc_save save = PGC_SAVE_INIT;
    fill_messages(worker, true);
    save.thread_id = pgc_z(worker->op.place->thread);
    save.messages = worker->messages;
    save.count = worker->op.count;
    save.elsewhere = PGC_ELSEWHERE_REFUSE;
    return CALL(message_save, &save);
}

static void took_new(struct worker *worker, const pgc_result *result) {
    const struct op *op = &worker->op;
    struct place *place = op->place;
    int64_t seq = 0;
    for (size_t i = 0; i < op->count; i++) {
        const pgc_message *message = pgc_result_message(result, i);
        worker_expect_first(worker, message->inserted);
        if (message->seq <= seq) {
            worker_accuse(worker, &worker->tally->reordered, "%s has seq %" PRId64, worker->tags[i],
                          message->seq);
        }
        seq = message->seq;
        struct known *known = &place->messages[place->count++];
        *known = (struct known){.number = op->first + (unsigned)i, .clean = !op->unknown};
        snprintf(known->id, sizeof known->id, "%.*s", (int)message->id.size, message->id.data);
        journal(worker, "A %s %s %s\n", place->thread, worker->tags[i], known->id);
    }
    if (place->seq == 0 || chance_below(&worker->chance, 10) == 0) {
        place->seq = seq;
        place->after = place->count;
    }
}

/* ---- Changes ---- */

/* A message in the worker's own thread that is fit for something, or NULL. */
static struct known *choose_target(struct worker *worker,
                                   bool (*is_fit)(const struct known *known)) {
    unsigned count = 0;
    worker->op.place = &worker->own;
    for (size_t i = 0; i < worker->own.count; i++) {
        struct known *known = &worker->own.messages[i];
        if (!known->gone && is_fit(known) && chance_below(&worker->chance, ++count) == 0) {
            worker->op.target = known;
        }
    }
    if (worker->op.target != NULL) worker_tag(worker, worker->op.target->number, worker->tags[0]);
    return worker->op.target;
}

static bool choose_change(struct worker *worker, bool (*is_fit)(const struct known *known)) {
    struct known *target = choose_target(worker, is_fit);
    if (target == NULL) return false;
    target->touched = true;
    journal(worker, "u %s %s %u\n", worker->op.place->thread, worker->tags[0], target->version + 1);
    journal_write(worker);
    return true;
}

static void took_change(struct worker *worker, const pgc_result *result) {
    (void)result;
    journal(worker, "U %s %s %u\n", worker->op.place->thread, worker->tags[0],
            ++worker->op.target->version);
}

/*
 * Changes that are repeated must say what they change: an attempt that comes late would undo what
 * came after it. Others are made once per message.
 */
static bool may_rewrite(const struct known *known) {
    return known->number % 2 == 0;
}

static bool choose_rewrite(struct worker *worker) {
    return choose_change(worker, may_rewrite);
}

static int call_rewrite(struct worker *worker, pgc_result **result, pgc_error *err) {
    const struct known *target = worker->op.target;
    size_t size = content_of(worker->tags[0], target->version, worker->contents[0]);
    int quoted = snprintf(worker->expected, sizeof worker->expected, "\"%s\"", worker->contents[0]);
    size = content_of(worker->tags[0], target->version + 1, worker->contents[0]);
    pgc_revision revision = {.thread_id = pgc_z(worker->op.place->thread),
                             .id = pgc_z(target->id),
                             .expected = {worker->expected, (size_t)quoted},
                             .text = {worker->contents[0], size}};
    pgc_rewrite rewrite = PGC_REWRITE_INIT;
    rewrite.revisions = &revision;
    rewrite.count = 1;
    return CALL(message_rewrite, &rewrite);
}

static const struct kind kind_confirm, kind_rewrite;

/* Perhaps the attempt before was carried out. */
static bool failed_rewrite(struct worker *worker, const pgc_error *err) {
    bool differs = err->code == PGC_CONFLICT && worker->op.unknown;
    if (differs) worker->op.next = &kind_confirm;
    return differs;
}

static const struct kind kind_rewrite = {.name = "rewrite",
                                         .weight = 8,
                                         .write = true,
                                         .choose = choose_rewrite,
                                         .call = call_rewrite,
                                         .took = took_change,
                                         .failed = failed_rewrite};

static int call_confirm(struct worker *worker, pgc_result **result, pgc_error *err) {
    pgc_str id = pgc_z(worker->op.target->id);
    pgc_ids ids = PGC_IDS_INIT;
    ids.thread_id = pgc_z(worker->op.place->thread);
    ids.ids = &id;
    ids.count = 1;
    return CALL(message_get, &ids);
}

static void took_confirm(struct worker *worker, const pgc_result *result) {
    const pgc_message *message = pgc_result_message(result, 0);
    content_of(worker->tags[0], worker->op.target->version + 1, worker->contents[0]);
    if (message != NULL && strcmp(message->text.data, worker->contents[0]) == 0) {
        took_change(worker, result);
        return;
    }
    content_of(worker->tags[0], worker->op.target->version, worker->contents[0]);
    if (message != NULL && strcmp(message->text.data, worker->contents[0]) == 0) {
        worker->op.next = &kind_rewrite;
        return;
    }
    worker_accuse(worker, &worker->tally->lost, "%s is neither of both versions", worker->tags[0]);
}

static const struct kind kind_confirm = {
    .name = "confirm", .call = call_confirm, .took = took_confirm};

static bool may_update(const struct known *known) {
    return known->number % 2 != 0 && !known->touched;
}

static bool choose_update(struct worker *worker) {
    return choose_change(worker, may_update);
}

static int call_update(struct worker *worker, pgc_result **result, pgc_error *err) {
    pgc_message_change change = PGC_MESSAGE_CHANGE_INIT;
    size_t size = content_of(worker->tags[0], 1, worker->contents[0]);
    change.thread_id = pgc_z(worker->op.place->thread);
    change.id = pgc_z(worker->op.target->id);
    change.text = (pgc_str){worker->contents[0], size};
    return CALL(message_update, &change);
}

/* ---- Deletes and moves ---- */

static bool may_delete(const struct known *known) {
    return known->clean;
}

static bool choose_delete(struct worker *worker) {
    if (choose_target(worker, may_delete) == NULL) return false;
    journal(worker, "d %s %s\n", worker->op.place->thread, worker->tags[0]);
    journal_write(worker);
    return true;
}

static int call_delete(struct worker *worker, pgc_result **result, pgc_error *err) {
    pgc_str id = pgc_z(worker->op.target->id);
    pgc_ids ids = PGC_IDS_INIT;
    ids.thread_id = pgc_z(worker->op.place->thread);
    ids.ids = &id;
    ids.count = 1;
    return CALL(message_delete, &ids);
}

static void took_delete(struct worker *worker, const pgc_result *result) {
    worker->op.target->gone = true;
    worker_expect_first(worker, pgc_result_total(result) == 1);
    journal(worker, "D %s %s\n", worker->op.place->thread, worker->tags[0]);
}

static bool may_move(const struct known *known) {
    return known->clean && !known->touched;
}

static bool choose_move(struct worker *worker) {
    const struct known *target = choose_target(worker, may_move);
    if (target == NULL) return false;
    worker->op.count = 1;
    journal(worker, "v %s %s %s\n", worker->op.place->thread, worker->tags[0],
            worker->archive.thread);
    journal_write(worker);
    return true;
}

static int call_move(struct worker *worker, pgc_result **result, pgc_error *err) {
    pgc_save save = PGC_SAVE_INIT;
    worker->op.first = worker->op.target->number;
    fill_messages(worker, false);
    worker->messages[0].id = pgc_z(worker->op.target->id);
    save.thread_id = pgc_z(worker->archive.thread);
    save.messages = worker->messages;
    save.count = 1;
    save.elsewhere = PGC_ELSEWHERE_MOVE_ANY;
    return CALL(message_save, &save);
}

static void took_move(struct worker *worker, const pgc_result *result) {
    worker->op.target->gone = true;
    if (pgc_result_message(result, 0)->inserted) {
        worker_accuse(worker, &worker->tally->lost, "%s was not there to be moved",
                      worker->tags[0]);
    }
    journal(worker, "V %s %s %s\n", worker->op.place->thread, worker->tags[0],
            worker->archive.thread);
}

/* ---- Metadata ---- */

static bool choose_merge(struct worker *worker) {
    worker->op.place = &worker->shared[chance_below(&worker->chance, SHARED)];
    worker_tag(worker, worker->numbers++, worker->tags[0]);
    return true;
}

static int call_merge(struct worker *worker, pgc_result **result, pgc_error *err) {
    char patch[TAG_SIZE + 16];
    snprintf(patch, sizeof patch, "{\"%s\": true}", worker->tags[0]);
    return CALL(metadata_merge, pgc_z(worker->op.place->thread), pgc_none(), pgc_z(patch));
}

static void took_merge(struct worker *worker, const pgc_result *result) {
    (void)result;
    snprintf(worker->op.place->key, TAG_SIZE, "%s", worker->tags[0]);
    journal(worker, "M %s %s\n", worker->op.place->thread, worker->tags[0]);
}

/* ---- Whole conversations ---- */

static bool choose_import(struct worker *worker) {
    snprintf(worker->op.thread, THREAD_SIZE, "talk.%s.%u", worker->name, worker->numbers);
    worker->op.first = worker->numbers;
    worker->op.count = 3;
    worker->numbers += 3;
    return true;
}

static int call_import(struct worker *worker, pgc_result **result, pgc_error *err) {
    pgc_thread_new thread = PGC_THREAD_NEW_INIT;
    pgc_append append = PGC_APPEND_INIT;
    fill_messages(worker, true);
    thread.id = pgc_z(worker->op.thread);
    append.messages = worker->messages;
    append.count = worker->op.count;
    return CALL(conversation_import, &thread, &append);
}

static void took_import(struct worker *worker, const pgc_result *result) {
    struct op *op = &worker->op;
    worker_expect_first(worker, pgc_result_inserted(result) &&
                                    pgc_result_total(result) == (int64_t)op->count);
    journal(worker, "T %s\n", op->thread);
    for (size_t i = 0; i < op->count; i++) {
        journal(worker, "A %s %s %s\n", op->thread, worker->tags[i], worker->tags[i]);
    }
    if (!op->unknown) snprintf(worker->talk, THREAD_SIZE, "%s", op->thread);
}

static bool choose_drop(struct worker *worker) {
    if (worker->talk[0] == '\0') return false;
    snprintf(worker->op.thread, THREAD_SIZE, "%s", worker->talk);
    worker->talk[0] = '\0';
    journal(worker, "t %s\n", worker->op.thread);
    journal_write(worker);
    return true;
}

static int call_drop(struct worker *worker, pgc_result **result, pgc_error *err) {
    return CALL(thread_delete, pgc_z(worker->op.thread));
}

static void took_drop(struct worker *worker, const pgc_result *result) {
    worker_expect_first(worker, pgc_result_total(result) == 3);
    journal(worker, "X %s\n", worker->op.thread);
}

/* An attempt before deleted it. */
static bool failed_drop(struct worker *worker, const pgc_error *err) {
    bool gone = err->code == PGC_NOT_FOUND && worker->op.unknown;
    if (gone) {
        journal(worker, "X %s\n", worker->op.thread);
        journal_write(worker);
    }
    return gone;
}

#define WRITE(label, share, ...) \
    (&(const struct kind){.name = (label), .weight = (share), .write = true, __VA_ARGS__})

const struct kind *const write_kinds[] = {
    WRITE("append", 20, .choose = choose_append, .call = call_append, .took = took_new),
    WRITE("batch", 10, .choose = choose_batch, .call = call_append, .took = took_new),
    WRITE("anonymous", 8, .choose = choose_append, .call = call_anonymous, .took = took_new,
          .once = true),
    WRITE("save", 8, .choose = choose_save, .call = call_save, .took = took_new),
    &kind_rewrite,
    WRITE("update", 5, .choose = choose_update, .call = call_update, .took = took_change),
    WRITE("delete", 4, .choose = choose_delete, .call = call_delete, .took = took_delete),
    WRITE("move", 3, .choose = choose_move, .call = call_move, .took = took_move),
    WRITE("merge", 12, .choose = choose_merge, .call = call_merge, .took = took_merge),
    WRITE("import", 3, .choose = choose_import, .call = call_import, .took = took_import),
    WRITE("drop", 2, .choose = choose_drop, .call = call_drop, .took = took_drop,
          .failed = failed_drop),
    NULL,
};
