/* Saving messages: new ones, and others over what there is of their ids. */
#include "base/args.h"
#include "base/error.h"
#include "domain/check.h"
#include "domain/ids.h"
#include "domain/message_batch.h"
#include "domain/operations.h"
#include "domain/result.h"
#include "statement/row.h"

/* Behind the columns of every batch. */
enum {
    COLUMN_ID = COLUMN_INSERTED + 1, /* of message_save_here */
    COLUMN_MISSING = COLUMN_ID,      /* of message_save */
    COLUMN_DISTURBED,
};

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
    batch->newest = TIME_MIN;
    for (size_t i = 0; i < batch->count; i++) {
        int64_t *thread = &latest[firsts[i]];
        batch->floors[i] = firsts[i] == i ? batch->now : *thread;
        *thread = MAX(batch->floors[i], batch->times[i]);
        bool given = batch->times[i] != PGC_NO_TIME;
        batch->newest = MAX(batch->newest, given ? batch->times[i] : batch->floors[i]);
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

static int refuse_elsewhere(const struct saving *saving, pgc_str id, pgc_error *err) {
    bool refuse = saving->batch.elsewhere == PGC_ELSEWHERE_REFUSE;
    int status = error_set(err, PGC_EXISTS, "the message id \"%.*s\" stands in %s", (int)id.size,
                           id.data, refuse ? "another thread" : "a thread of another resource");
    error_hint(err, "To take the message over, say so with `elsewhere`.");
    for (size_t i = saving->count; i-- > 0;) {
        const pgc_str *own = &saving->batch.ids[saving->places[i]];
        if (own->size == id.size && memcmp(own->data, id.data, id.size) == 0) {
            error_position(err, (int64_t)i);
        }
    }
    return status;
}

static int check_count(const struct saving *saving, const PGresult *rows, pgc_error *err) {
    return (size_t)PQntuples(rows) == saving->batch.count
               ? 0
               : error_set(err, PGC_INTERNAL, "the server answered for %d of %zu messages",
                           PQntuples(rows), saving->batch.count);
}

/* `rows[i]`: the row of message i of the batch. */
static int decode_rows(pgc_op *op, const size_t *rows, pgc_error *err) {
    const struct saving *saving = op->context;
    pgc_result *result = op->result;
    int status = result_make_messages(result, saving->count, err);
    result->inserted = false;
    for (size_t i = 0; status == 0 && i < saving->count; i++) {
        size_t place = saving->places[i];
        struct batch_row from = {&saving->batch, place, rows[place]};
        status = message_batch_answer(&from, result, &result->messages[i], err);
    }
    return status;
}

static int check_here(const struct saving *saving, const PGresult *rows, pgc_error *err) {
    struct row first = row_of(rows, 0);
    if (PQntuples(rows) == 0 || !row_bool(&first, COLUMN_KNOWN)) {
        return result_no_such_thread(saving->threads[0], err);
    }
    pgc_str elsewhere = row_text(&first, COLUMN_ELSEWHERE);
    if (elsewhere.data != NULL) {
        return refuse_elsewhere(saving, elsewhere, err);
    }
    return check_count(saving, rows, err);
}

/* Which row is whose: the first place of its id among those of the batch and of the rows. */
static int match_rows(pgc_op *op, size_t **matched, pgc_error *err) {
    const struct message_batch *batch = &((const struct saving *)op->context)->batch;
    struct arena *arena = &op->result->arena;
    pgc_str *ids = arena_alloc(arena, 2 * batch->count * sizeof *ids);
    size_t *firsts = arena_alloc(arena, 2 * batch->count * sizeof *firsts);
    *matched = arena_zalloc(arena, batch->count, sizeof **matched);
    if (ids == NULL || firsts == NULL || *matched == NULL) {
        return error_nomem(err);
    }
    for (size_t i = 0; i < batch->count; i++) {
        struct row row = row_of(op->result->held, (int)i);
        ids[i] = batch->ids[i];
        ids[batch->count + i] = row_text(&row, COLUMN_ID);
    }
    if (ids_find_firsts(ids, 2 * batch->count, firsts) != 0) {
        return error_nomem(err);
    }
    for (size_t i = 0; i < batch->count; i++) {
        size_t place = firsts[batch->count + i];
        if (ids[batch->count + i].data == NULL || place >= batch->count) {
            return result_bad_row(err);
        }
        (*matched)[place] = i;
    }
    return 0;
}

static int decode_here(pgc_op *op, pgc_error *err) {
    size_t *rows;
    int status = check_here(op->context, result_of(op, 0), err);
    if (status != 0) {
        return status;
    }
    if (result_new(op) == NULL) {
        return error_nomem(err);
    }
    result_hold(op, 0);
    status = match_rows(op, &rows, err);
    return status != 0 ? status : decode_rows(op, rows, err);
}

static int check_anywhere(const struct saving *saving, const PGresult *rows, pgc_error *err) {
    struct row first = row_of(rows, 0);
    pgc_str missing = row_text(&first, COLUMN_MISSING);
    pgc_str elsewhere = row_text(&first, COLUMN_ELSEWHERE);
    if (missing.data != NULL) {
        return result_no_such_thread(missing, err);
    }
    if (elsewhere.data != NULL) {
        return refuse_elsewhere(saving, elsewhere, err);
    }
    if (row_bool(&first, COLUMN_DISTURBED)) {
        return result_message_moved(err);
    }
    return check_count(saving, rows, err);
}

/* The rows are in the order of the batch. */
static int decode_anywhere(pgc_op *op, pgc_error *err) {
    const struct saving *saving = op->context;
    int status = check_anywhere(saving, result_of(op, 1), err);
    if (status != 0) {
        return status;
    }
    if (result_new(op) == NULL) {
        return error_nomem(err);
    }
    result_hold(op, 1);
    size_t *rows = arena_alloc(&op->result->arena, saving->batch.count * sizeof *rows);
    for (size_t i = 0; rows != NULL && i < saving->batch.count; i++) {
        rows[i] = i;
    }
    return rows == NULL ? error_nomem(err) : decode_rows(op, rows, err);
}

/* ---- The operation --------------------------------------------------------------------------- */

/* Messages without metadata take away what there was of it. */
static int add_clear(pgc_op *op, const struct message_batch *batch, pgc_error *err) {
    size_t count = 0;
    pgc_str *bare = arena_alloc(&op->arena, batch->count * sizeof *bare);
    if (bare == NULL) {
        return error_nomem(err);
    }
    for (size_t i = 0; i < batch->count; i++) {
        if (batch->metadata[i].data == NULL) {
            bare[count++] = batch->ids[i];
        }
    }
    if (count > 0) {
        struct bind *bind = op_statement(op, STMT_message_save_clear);
        bind_text(bind, batch->thread_id);
        bind_text_array(bind, bare, count);
    }
    return 0;
}

static int add_here(pgc_op *op, struct saving *saving, pgc_error *err) {
    struct message_batch *batch = &saving->batch;
    batch->thread_id = saving->threads[0];
    message_batch_bind(op_statement(op, STMT_message_save_here), batch);
    int status = add_clear(op, batch, err);
    return status != 0 ? status : op_ready(op, decode_here, err);
}

static int add_anywhere(pgc_op *op, const struct saving *saving, pgc_error *err) {
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
    bind_bool(bind, batch->elsewhere != PGC_ELSEWHERE_REFUSE);
    bind_bool(bind, batch->elsewhere == PGC_ELSEWHERE_MOVE_ANY);
    return op_ready(op, decode_anywhere, err);
}

int message_save(pgc_op *op, const pgc_save *given, pgc_error *err) {
    pgc_save save = PGC_SAVE_INIT;
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
        .elsewhere = save.elsewhere,
    };
    if ((status = message_batch_read_any(&saving->batch, &op->arena, &append, err)) != 0 ||
        (status = message_check_sizes(op, saving->batch.contents, save.count, "messages", err)) !=
            0 ||
        (status = check_threads(&saving->batch, err)) != 0 ||
        (status = arrange(saving, &op->arena, err)) != 0) {
        return status;
    }
    op->context = saving;
    bool here = saving->thread_count == 1 && save.elsewhere == PGC_ELSEWHERE_REFUSE;
    return here ? add_here(op, saving, err) : add_anywhere(op, saving, err);
}
