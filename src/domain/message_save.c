/* Saving messages: new ones, and others over what there is of their ids. */
#include "base/args.h"
#include "base/error.h"
#include "base/mem.h"
#include "domain/ids.h"
#include "domain/message_batch.h"
#include "domain/operations.h"
#include "domain/result.h"
#include "statement/row.h"

/* Behind the columns of every batch. */
enum { COLUMN_MISSING = COLUMN_INSERTED + 1, COLUMN_DISTURBED };

struct saving {
    struct message_batch batch; /* each id once */
    size_t count;               /* of the messages as they were given */
    size_t *places;             /* where each of them is in the batch */
    pgc_str *threads;           /* all that were named, each once */
    size_t thread_count;
};

/* ---- Reading what was given ------------------------------------------------------------------ */

static void move_message(struct message_batch *batch, size_t from, size_t to) {
    batch->ids[to] = batch->ids[from];
    batch->threads[to] = batch->threads[from];
    batch->roles[to] = batch->roles[from];
    batch->types[to] = batch->types[from];
    batch->contents[to] = batch->contents[from];
    batch->metadata[to] = batch->metadata[from];
    batch->resources[to] = batch->resources[from];
}

/* Of several messages of one id the last one stays, in the place of the first, with its time. */
static void fold_doubles(struct saving *saving, const size_t *firsts) {
    struct message_batch *batch = &saving->batch;
    size_t kept = 0;
    for (size_t i = 0; i < saving->count; i++) {
        bool first = firsts[i] == i;
        size_t place = first ? kept++ : saving->places[firsts[i]];
        move_message(batch, i, place);
        if (first) {
            batch->times[place] = batch->times[i];
        }
        saving->places[i] = place;
    }
    batch->count = kept;
}

/*
 * A message without a time is never before the one before it in its thread. `latest` is per thread,
 * at the index of its first message.
 */
static void set_floors(struct message_batch *batch, const size_t *firsts, int64_t *latest) {
    for (size_t i = 0; i < batch->count; i++) {
        int64_t *thread = &latest[firsts[i]];
        batch->floors[i] = firsts[i] == i ? batch->now : *thread;
        *thread = MAX(batch->floors[i], batch->times[i]);
    }
}

static void list_threads(struct saving *saving, const size_t *firsts) {
    for (size_t i = 0; i < saving->count; i++) {
        if (firsts[i] == i) {
            saving->threads[saving->thread_count++] = saving->batch.threads[i];
        }
    }
}

static int arrange(struct saving *saving, struct arena *arena, pgc_error *err) {
    struct message_batch *batch = &saving->batch;
    size_t *firsts = arena_zalloc(arena, batch->count, sizeof *firsts);
    int64_t *latest = arena_zalloc(arena, batch->count, sizeof *latest);
    saving->count = batch->count;
    saving->places = arena_zalloc(arena, batch->count, sizeof *saving->places);
    saving->threads = arena_zalloc(arena, batch->count, sizeof *saving->threads);
    if (firsts == NULL || latest == NULL || saving->places == NULL || saving->threads == NULL ||
        ids_find_firsts(batch->threads, batch->count, firsts) != 0) {
        return error_nomem(err);
    }
    list_threads(saving, firsts);
    if (ids_find_firsts(batch->ids, batch->count, firsts) != 0) {
        return error_nomem(err);
    }
    fold_doubles(saving, firsts);
    if (ids_find_firsts(batch->threads, batch->count, firsts) != 0) {
        return error_nomem(err);
    }
    set_floors(batch, firsts, latest);
    return 0;
}

static int check_threads(const struct message_batch *batch, pgc_error *err) {
    for (size_t i = 0; i < batch->count; i++) {
        if (batch->threads[i].data == NULL) {
            int status = error_set(err, PGC_INVALID, "messages[%zu].thread_id: is missing", i);
            error_position(err, (int64_t)i);
            return status;
        }
    }
    return 0;
}

/* ---- The answer ------------------------------------------------------------------------------ */

static int refuse_foreign(const struct message_batch *batch, pgc_str id, pgc_error *err) {
    int status =
        error_set(err, PGC_EXISTS, "the message id \"%.*s\" stands in a thread of another resource",
                  (int)id.size, id.data);
    error_hint(err, "To take the message over, say so with `take_foreign`.");
    message_batch_point(batch, id, err);
    return status;
}

static int check_saved(const struct saving *saving, const PGresult *rows, pgc_error *err) {
    struct row first = row_of(rows, 0);
    pgc_str missing = row_text(&first, COLUMN_MISSING);
    pgc_str elsewhere = row_text(&first, COLUMN_ELSEWHERE);
    if (missing.data != NULL) {
        return result_no_such_thread(missing, err);
    }
    if (elsewhere.data != NULL) {
        return refuse_foreign(&saving->batch, elsewhere, err);
    }
    if (row_bool(&first, COLUMN_DISTURBED)) {
        return result_message_moved(err);
    }
    return (size_t)PQntuples(rows) == saving->batch.count
               ? 0
               : error_set(err, PGC_INTERNAL, "the server answered for %d of %zu messages",
                           PQntuples(rows), saving->batch.count);
}

static int decode_save(pgc_op *op, pgc_error *err) {
    const struct saving *saving = op->context;
    int status = check_saved(saving, result_of(op, 1), err);
    if (status != 0) {
        return status;
    }
    pgc_result *result = result_new(op);
    if (result == NULL) {
        return error_nomem(err);
    }
    result_hold(op, 1);
    status = result_make_messages(result, saving->count, err);
    result->inserted = false;
    for (size_t i = 0; status == 0 && i < saving->count; i++) {
        status = message_batch_answer(&saving->batch, saving->places[i], result, i, err);
    }
    return status;
}

/* ---- The operation --------------------------------------------------------------------------- */

static void add_statements(pgc_op *op, const struct saving *saving, bool take_foreign) {
    const struct message_batch *batch = &saving->batch;
    struct bind *bind = op_statement(op, STMT_message_lock_add);
    bind_text_array(bind, saving->threads, saving->thread_count);
    bind_text_array(bind, batch->given, batch->given_count);
    bind = op_statement(op, STMT_message_save);
    bind_text_array(bind, saving->threads, saving->thread_count);
    bind_text_array(bind, batch->ids, batch->count);
    bind_text_array(bind, batch->threads, batch->count);
    bind_text_array(bind, batch->roles, batch->count);
    bind_text_array(bind, batch->types, batch->count);
    bind_text_array(bind, batch->contents, batch->count);
    bind_json_array(bind, batch->metadata, batch->count);
    bind_time_array(bind, batch->times, batch->count);
    bind_time_array(bind, batch->floors, batch->count);
    bind_text_array(bind, batch->resources, batch->count);
    bind_time(bind, batch->now);
    bind_bool(bind, take_foreign);
}

int message_save(pgc_op *op, const pgc_save *given, pgc_error *err) {
    pgc_save save = {.size = sizeof save};
    struct saving *saving = arena_zalloc(&op->arena, 1, sizeof *saving);
    if (saving == NULL) {
        return error_nomem(err);
    }
    int status = args_read(&save, sizeof save, given, "save", err);
    if (status != 0) {
        return status;
    }
    const pgc_append append = {
        .size = sizeof append,
        .thread_id = save.thread_id,
        .messages = save.messages,
        .count = save.count,
        .message_size = save.message_size,
    };
    if ((status = message_batch_read_any(&saving->batch, &op->arena, &append, err)) != 0 ||
        (status = check_threads(&saving->batch, err)) != 0 ||
        (status = arrange(saving, &op->arena, err)) != 0) {
        return status;
    }
    add_statements(op, saving, save.take_foreign);
    op->context = saving;
    return op_ready(op, decode_save, err);
}
