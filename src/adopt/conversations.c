/*
 * Threads with their messages. They come in one stream, ordered by thread; each thread is imported
 * in batches of its messages, every batch one transaction that is safe to repeat.
 */
#include "adopt/adoption.h"
#include "adopt/content.h"
#include "base/error.h"
#include "domain/operations.h"
#include "domain/result.h"
#include "face/calls.h"

#define BATCH_ROWS 500
#define BATCH_BYTES ((size_t)4 << 20)

/* The columns of sql/adopt/conversations.sql. */
enum {
    THREAD_ID,
    THREAD_RESOURCE,
    THREAD_TITLE,
    THREAD_METADATA,
    THREAD_CREATED,
    THREAD_UPDATED = THREAD_CREATED + 3,
    MESSAGE_THREAD = THREAD_UPDATED + 3,
    MESSAGE_ID,
    MESSAGE_RESOURCE,
    MESSAGE_ROLE,
    MESSAGE_TYPE,
    MESSAGE_CONTENT,
    MESSAGE_CREATED,
};

struct conversations {
    struct adoption *in;
    struct date_column thread_created, thread_updated, message_created;

    /* The thread at hand. */
    struct arena thread_arena;
    pgc_thread_new thread;
    bool has_thread; /* there is one at hand */
    bool has_row;    /* Mastra has a row for it */
    bool counted;    /* its fate is known */
    bool refused;

    /* Its messages that wait to be written. */
    struct arena arena;
    PGresult *rows[BATCH_ROWS];
    pgc_message_new messages[BATCH_ROWS];
    size_t count;
    size_t bytes;

    int64_t orphans; /* threads made because messages had none */
    int64_t texts, json_like, documents_twice, documents_other;
};

static pgc_adopt_table *table_of(const struct conversations *c, enum mastra_table table) {
    return &c->in->report->tables[table];
}

/* ---- Writing --------------------------------------------------------------------------------- */

struct outcome {
    bool thread_is_new;
    int64_t inserted; /* messages */
};

static int decode_there(pgc_op *op, pgc_error *err) {
    const PGresult *rows = result_of(op, 0);
    pgc_result *result = result_new(op);
    if (result == NULL) {
        return error_nomem(err);
    }
    result->inserted = !result_flag(rows, 0);
    result->total = 0;
    for (int i = 0; i < PQntuples(rows); i++) {
        struct row row = row_of(rows, i);
        int64_t state = row_is_null(&row, 1) ? 1 : row_int8(&row, 2, 0);
        if (state == 2) {
            return error_set(err, PGC_EXISTS, "the message id stands in another thread");
        }
        result->total += state == 0;
    }
    return 0;
}

/* The checks that an import makes before it sends anything. */
static int check_only(const struct conversations *c, const pgc_append *append, pgc_error *err) {
    pgc_op *op = call_new(c->in->store, KIND_adopt, NULL, NULL);
    int status = op == NULL ? error_nomem(err) : conversation_import(op, &c->thread, append, err);
    op_free(op);
    return status;
}

static int look(const struct conversations *c, const pgc_append *append, struct outcome *outcome,
                pgc_error *err) {
    int status = check_only(c, append, err);
    if (status != 0 || !c->in->store_is_there) {
        *outcome = (struct outcome){true, (int64_t)append->count};
        return status;
    }
    pgc_result *result = NULL;
    pgc_op *op = call_new(c->in->store, KIND_adopt, NULL, NULL);
    if (op == NULL) {
        return error_nomem(err);
    }
    struct bind *bind = op_statement(op, STMT_adopt_conversation_there);
    pgc_str *ids = arena_zalloc(&op->arena, append->count + 1, sizeof *ids);
    if (ids == NULL) {
        op_free(op);
        return error_nomem(err);
    }
    for (size_t i = 0; i < append->count; i++) {
        ids[i] = append->messages[i].id;
    }
    bind_text(bind, c->thread.id);
    bind_text_array(bind, ids, append->count);
    status = call_run(op, op_ready(op, decode_there, err), &result, err);
    if (status == 0) {
        *outcome = (struct outcome){result->inserted, result->total};
    }
    pgc_result_free(result);
    return status;
}

/* Imports the thread with so many of its messages, or looks what that would do. */
static int put(const struct conversations *c, const pgc_message_new *messages, size_t count,
               struct outcome *outcome, pgc_error *err) {
    pgc_append append = PGC_APPEND_INIT;
    pgc_result *result = NULL;
    append.messages = messages;
    append.count = count;
    if (c->in->options.dry_run) {
        return look(c, &append, outcome, err);
    }
    int status = pgc_conversation_import(c->in->store, &c->thread, &append, &result, err);
    if (status == 0) {
        *outcome = (struct outcome){pgc_result_inserted(result), pgc_result_total(result)};
    }
    pgc_result_free(result);
    return status;
}

static void count_thread(struct conversations *c, bool is_new) {
    if (c->counted) {
        return;
    }
    c->counted = true;
    if (!c->has_row) {
        c->orphans += is_new;
    } else if (is_new) {
        table_of(c, MASTRA_THREADS)->copied++;
    } else {
        table_of(c, MASTRA_THREADS)->existing++;
    }
}

static void count_messages(struct conversations *c, size_t count, int64_t inserted) {
    table_of(c, MASTRA_MESSAGES)->copied += inserted;
    table_of(c, MASTRA_MESSAGES)->existing += (int64_t)count - inserted;
}

static void refuse_all(struct conversations *c, const char *reason) {
    for (size_t i = 0; i < c->count; i++) {
        report_refuse(c->in->report, MASTRA_MESSAGES, c->messages[i].id, reason);
    }
}

/* A batch was refused: is it the thread? Else each message is tried for itself. */
static int put_one_by_one(struct conversations *c, pgc_error *err) {
    struct outcome outcome;
    pgc_error own;
    int status = put(c, NULL, 0, &outcome, &own);
    if (status != 0 && adoption_is_refusal(&own)) {
        c->refused = true;
        if (c->has_row) {
            report_refuse(c->in->report, MASTRA_THREADS, c->thread.id, own.message);
        }
        refuse_all(c, "its thread was refused");
        return 0;
    }
    if (status == 0) {
        count_thread(c, outcome.thread_is_new);
    }
    for (size_t i = 0; status == 0 && i < c->count; i++) {
        status = put(c, &c->messages[i], 1, &outcome, &own);
        if (status == 0) {
            count_messages(c, 1, outcome.inserted);
        } else if (adoption_is_refusal(&own)) {
            report_refuse(c->in->report, MASTRA_MESSAGES, c->messages[i].id, own.message);
            status = 0;
        }
    }
    return status == 0 ? 0 : error_copy(err, &own);
}

static int put_batch(struct conversations *c, pgc_error *err) {
    struct outcome outcome;
    pgc_error own;
    if (c->refused) {
        refuse_all(c, "its thread was refused");
        return 0;
    }
    int status = put(c, c->messages, c->count, &outcome, &own);
    if (status == 0) {
        count_thread(c, outcome.thread_is_new);
        count_messages(c, c->count, outcome.inserted);
        return 0;
    }
    return adoption_is_refusal(&own) ? put_one_by_one(c, err) : error_copy(err, &own);
}

static void forget_batch(struct conversations *c) {
    for (size_t i = 0; i < c->count; i++) {
        PQclear(c->rows[i]);
    }
    arena_free(&c->arena);
    c->count = 0;
    c->bytes = 0;
}

/* Writes what waits. The thread itself is written with its first batch. */
static int flush(struct conversations *c, pgc_error *err) {
    int status = 0;
    if (c->has_thread && (c->count > 0 || !c->counted)) {
        status = put_batch(c, err);
    }
    forget_batch(c);
    return status;
}

/* ---- Threads --------------------------------------------------------------------------------- */

/*
 * Mastra's older writers took the digits of a thread's updatedAt from their own clock when they
 * made the thread, and from UTC when they changed it. Digits that are those of createdAt are from
 * the making; others are UTC, unless the thread would have changed before it was made.
 */
static int64_t read_updated(struct conversations *c, struct row *row, int64_t created) {
    struct digits made = date_column_digits(row, THREAD_CREATED);
    struct digits digits = date_column_digits(row, THREAD_UPDATED);
    enum reading reading;
    bool local = digits.utc == made.utc || digits.utc < created;
    int64_t instant = instant_read(&digits, &c->thread_updated.shared,
                                   local ? DIGITS_LOCAL : DIGITS_UTC, &reading);
    date_column_count(&c->thread_updated, reading);
    return instant;
}

static pgc_str copy(struct conversations *c, pgc_str text, bool *failed) {
    pgc_str own = arena_str(&c->thread_arena, text);
    *failed |= text.data != NULL && own.data == NULL;
    return own;
}

static int read_thread(struct conversations *c, struct row *row, pgc_error *err) {
    pgc_thread_new *thread = &c->thread;
    enum document_kind kind;
    bool failed = false;
    thread->resource_id = copy(c, row_text(row, THREAD_RESOURCE), &failed);
    thread->title = copy(c, row_text(row, THREAD_TITLE), &failed);
    pgc_str metadata = copy(c, row_text(row, THREAD_METADATA), &failed);
    thread->created_at = date_column_read(&c->thread_created, row, THREAD_CREATED);
    thread->updated_at = read_updated(c, row, thread->created_at);
    if (failed) {
        return error_nomem(err);
    }
    int status = document_read(&c->thread_arena, metadata, &thread->metadata, &kind, err);
    c->documents_twice += kind == DOCUMENT_TWICE;
    c->documents_other += kind == DOCUMENT_OTHER;
    table_of(c, MASTRA_THREADS)->found++;
    return status;
}

/* A thread that is missing is made: it begins with its first message. */
static int begin_thread(struct conversations *c, struct row *row, pgc_str id, pgc_error *err) {
    bool failed = false;
    int status = flush(c, err);
    if (status != 0) {
        return status;
    }
    arena_free(&c->thread_arena);
    c->thread = (pgc_thread_new)PGC_THREAD_NEW_INIT;
    c->thread.id = copy(c, id, &failed);
    c->has_thread = true;
    c->has_row = !row_is_null(row, THREAD_ID);
    c->counted = false;
    c->refused = false;
    if (c->has_row) {
        status = read_thread(c, row, err);
    } else {
        c->thread.resource_id = copy(c, row_text(row, MESSAGE_RESOURCE), &failed);
    }
    return failed ? error_nomem(err) : status;
}

/* ---- Messages -------------------------------------------------------------------------------- */

static void count_content(struct conversations *c, const struct content *content) {
    c->texts += content->was_text;
    c->json_like += content->looked_like_json;
}

/* Adds the message of the row, of which the batch is the owner from now on. */
static int add_message(struct conversations *c, struct row *row, PGresult *held, pgc_error *err) {
    pgc_message_new *message = &c->messages[c->count];
    struct content content;
    *message = (pgc_message_new)PGC_MESSAGE_NEW_INIT;
    c->rows[c->count++] = held;
    message->id = row_text(row, MESSAGE_ID);
    message->role = row_text(row, MESSAGE_ROLE);
    message->type = row_text(row, MESSAGE_TYPE);
    message->resource_id = row_text(row, MESSAGE_RESOURCE);
    message->created_at = date_column_read(&c->message_created, row, MESSAGE_CREATED);
    if (!c->has_row) {
        c->thread.created_at =
            c->thread.created_at == PGC_NO_TIME ? message->created_at : c->thread.created_at;
        c->thread.updated_at = MAX(c->thread.updated_at, message->created_at);
    }
    int status =
        content_read(&c->arena, message->type, row_text(row, MESSAGE_CONTENT), &content, err);
    message->content = content.json;
    message->metadata = content.metadata;
    count_content(c, &content);
    c->bytes += content.json.size;
    return status;
}

static int take_message(struct conversations *c, struct row *row, PGresult *held, pgc_error *err) {
    pgc_error own;
    table_of(c, MASTRA_MESSAGES)->found++;
    int status = add_message(c, row, held, &own);
    if (status == -PGC_INVALID) {
        c->count--;
        report_refuse(c->in->report, MASTRA_MESSAGES, c->messages[c->count].id, own.message);
        PQclear(held);
        return 0;
    }
    if (status != 0) {
        return error_copy(err, &own);
    }
    return c->count == BATCH_ROWS || c->bytes >= BATCH_BYTES ? flush(c, err) : 0;
}

static bool is_at_hand(const struct conversations *c, pgc_str id) {
    return c->has_thread && c->thread.id.size == id.size &&
           memcmp(c->thread.id.data, id.data, id.size) == 0;
}

static int take(void *payload, PGresult *held, pgc_error *err) {
    struct conversations *c = payload;
    struct row row = row_of(held, 0);
    pgc_str id = row_text(&row, row_is_null(&row, THREAD_ID) ? MESSAGE_THREAD : THREAD_ID);
    int status = 0;
    if (id.data == NULL) {
        table_of(c, MASTRA_MESSAGES)->found++;
        report_refuse(c->in->report, MASTRA_MESSAGES, row_text(&row, MESSAGE_ID),
                      "thread_id: is missing");
        PQclear(held);
        return 0;
    }
    if (!is_at_hand(c, id)) {
        status = begin_thread(c, &row, id, err);
    }
    if (status == 0 && !row_is_null(&row, MESSAGE_THREAD)) {
        return take_message(c, &row, held, err);
    }
    PQclear(held);
    return status;
}

/* ---- All of them ----------------------------------------------------------------------------- */

/* '{1,2,3}' */
static const char *number_array(struct arena *arena, const struct instants *instants) {
    struct buf buf;
    buf_init(&buf, SIZE_MAX);
    buf_add_char(&buf, '{');
    for (size_t i = 0; i < instants->count; i++) {
        buf_addf(&buf, "%s%lld", i == 0 ? "" : ",", (long long)instants->values[i]);
    }
    buf_add_char(&buf, '}');
    const char *text = buf.failed ? NULL : arena_copy(arena, buf.data, buf.size);
    buf_free(&buf);
    return text;
}

static int read_all(struct conversations *c, pgc_error *err) {
    struct adoption *in = c->in;
    const struct substitution tables[] = {{":threads", adoption_table(in, MASTRA_THREADS)},
                                          {":messages", adoption_table(in, MASTRA_MESSAGES)}};
    const char *params[] = {in->zone, number_array(&in->arena, &c->message_created.shared)};
    const struct reading_of what = {.text = stmt_adopt_conversations,
                                    .substitutions = tables,
                                    .count = ARRAY_LENGTH(tables),
                                    .params = params,
                                    .param_count = ARRAY_LENGTH(params)};
    if (params[1] == NULL) {
        return error_nomem(err);
    }
    int status = adoption_read(in, &what, take, c, err);
    return status == 0 ? flush(c, err) : status;
}

static void report_all(const struct conversations *c) {
    pgc_adopt_report *report = c->in->report;
    date_column_end(c->in, &c->thread_created);
    date_column_end(c->in, &c->thread_updated);
    date_column_end(c->in, &c->message_created);
    report_decide(report, mastra_table_names[MASTRA_THREADS], "metadata", c->documents_twice,
                  "JSON in a JSON string: taken out of it");
    report_decide(report, mastra_table_names[MASTRA_THREADS], "metadata", c->documents_other,
                  "no object: kept as the member \"value\" of one");
    report_decide(report, mastra_table_names[MASTRA_THREADS], NULL, c->orphans,
                  "missing for messages that are there: made");
    report_decide(report, mastra_table_names[MASTRA_MESSAGES], "content", c->texts,
                  "plain text: kept as a JSON string");
    report_decide(report, mastra_table_names[MASTRA_MESSAGES], "content", c->json_like,
                  "of these, texts that look like JSON, but are none by the type of the message");
}

int adopt_conversations(struct adoption *in, pgc_error *err) {
    struct conversations *c = arena_zalloc(&in->arena, 1, sizeof *c);
    int status;
    if (c == NULL) {
        return error_nomem(err);
    }
    c->in = in;
    c->thread_created = (struct date_column){MASTRA_THREADS, "createdAt", DIGITS_LOCAL, {0}, {0}};
    c->thread_updated = (struct date_column){MASTRA_THREADS, "updatedAt", DIGITS_LOCAL, {0}, {0}};
    c->message_created = (struct date_column){MASTRA_MESSAGES, "createdAt", DIGITS_LOCAL, {0}, {0}};
    if ((status = date_column_begin(in, &c->thread_created, err)) == 0 &&
        (status = date_column_begin(in, &c->thread_updated, err)) == 0 &&
        (status = date_column_begin(in, &c->message_created, err)) == 0 &&
        (status = read_all(c, err)) == 0) {
        report_all(c);
    }
    forget_batch(c);
    arena_free(&c->thread_arena);
    return status;
}
