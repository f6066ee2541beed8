/* Calls that read, and what they bring compared with what the worker knows. */
#include "work.h"

static struct place *read_place(struct worker *worker) {
    unsigned i = chance_below(&worker->chance, 2 * SHARED);
    return i < SHARED ? &worker->shared[i] : &worker->own;
}

/* The index of a message of this worker that is to be there; -1: it is not one. */
static ptrdiff_t index_of(const struct worker *worker, const pgc_message *message) {
    const struct place *place = worker->op.place;
    size_t length = strlen(worker->name);
    const char *text = message->text.data;
    if (text == NULL || strncmp(text, worker->name, length) != 0 || text[length] != '-') return -1;
    unsigned number = (unsigned)strtoul(text + length + 1, NULL, 10);
    for (size_t i = 0; i < place->count; i++) {
        if (place->messages[i].number == number) {
            return place->messages[i].gone ? -1 : (ptrdiff_t)i;
        }
    }
    return -1;
}

static void check_content(struct worker *worker, const struct known *known,
                          const pgc_message *message) {
    worker_tag(worker, known->number, worker->tags[0]);
    content_of(worker->tags[0], known->version, worker->contents[0]);
    if (strcmp(message->text.data, worker->contents[0]) != 0 ||
        strcmp(message->id.data, known->id) != 0) {
        worker_accuse(worker, &worker->tally->lost, "%s is not as acknowledged: %.60s",
                      worker->tags[0], message->text.data);
    }
}

/* Messages that were to come before the one with index `end` and did not. */
static void check_missing(struct worker *worker, size_t end) {
    for (; worker->op.expect < end; worker->op.expect++) {
        const struct known *known = &worker->op.place->messages[worker->op.expect];
        if (known->gone) continue;
        worker_tag(worker, known->number, worker->tags[0]);
        worker_accuse(worker, &worker->tally->lost, "%s is not there", worker->tags[0]);
    }
}

static void check_rows(struct worker *worker, const pgc_result *result) {
    struct op *op = &worker->op;
    for (size_t i = 0; i < pgc_result_messages(result); i++) {
        const pgc_message *message = pgc_result_message(result, i);
        ptrdiff_t index = index_of(worker, message);
        if (index < 0) continue;
        check_content(worker, &op->place->messages[index], message);
        if ((size_t)index < op->expect) {
            worker_accuse(worker, &worker->tally->reordered, "%s comes late", worker->tags[0]);
            continue;
        }
        if (!op->open) check_missing(worker, (size_t)index);
        op->open = false;
        op->expect = (size_t)index + 1;
    }
}

/* ---- The newest ---- */

static bool choose_last(struct worker *worker) {
    worker->op.place = read_place(worker);
    return true;
}

static int call_last(struct worker *worker, pgc_result **result, pgc_error *err) {
    return CALL(message_last, pgc_z(worker->op.place->thread), 20);
}

static void took_last(struct worker *worker, const pgc_result *result) {
    worker->op.open = pgc_result_messages(result) == 20;
    check_rows(worker, result);
    if (!worker->op.open) check_missing(worker, worker->op.place->count);
}

/* ---- All, page by page ---- */

static bool choose_list(struct worker *worker) {
    worker->op.place = read_place(worker);
    return true;
}

static int call_list(struct worker *worker, pgc_result **result, pgc_error *err) {
    pgc_message_query query = PGC_MESSAGE_QUERY_INIT;
    query.thread_id = pgc_z(worker->op.place->thread);
    query.limit = 30;
    if (worker->op.cursor[0] != '\0') query.cursor = pgc_z(worker->op.cursor);
    return CALL(message_list, &query);
}

static void took_list(struct worker *worker, const pgc_result *result) {
    check_rows(worker, result);
    if (pgc_result_has_more(result)) {
        snprintf(worker->op.cursor, sizeof worker->op.cursor, "%s", pgc_result_next(result).data);
        worker->op.next = worker->op.kind;
    } else {
        check_missing(worker, worker->op.place->count);
    }
}

/* ---- What came after ---- */

static bool choose_tail(struct worker *worker) {
    worker->op.place = read_place(worker);
    worker->op.expect = worker->op.place->after;
    return worker->op.place->seq != 0;
}

static int call_tail(struct worker *worker, pgc_result **result, pgc_error *err) {
    return CALL(message_tail, pgc_z(worker->op.place->thread), worker->op.place->seq, 1000);
}

static void took_tail(struct worker *worker, const pgc_result *result) {
    check_rows(worker, result);
    if (!pgc_result_has_more(result)) check_missing(worker, worker->op.place->count);
}

/* ---- Metadata ---- */

static bool choose_metadata(struct worker *worker) {
    worker->op.place = &worker->shared[chance_below(&worker->chance, SHARED)];
    return worker->op.place->key[0] != '\0';
}

static int call_metadata(struct worker *worker, pgc_result **result, pgc_error *err) {
    return CALL(metadata_get, pgc_z(worker->op.place->thread), pgc_none());
}

static void took_metadata(struct worker *worker, const pgc_result *result) {
    if (strstr(pgc_result_metadata(result).data, worker->op.place->key) == NULL) {
        worker_accuse(worker, &worker->tally->lost, "the key %s is not there",
                      worker->op.place->key);
    }
}

#define READ(label, share, what)                   \
    (&(const struct kind){.name = (label),         \
                          .weight = (share),       \
                          .choose = choose_##what, \
                          .call = call_##what,     \
                          .took = took_##what})

const struct kind *const read_kinds[] = {
    READ("last", 6, last),
    READ("list", 5, list),
    READ("tail", 5, tail),
    READ("get", 3, metadata),
    NULL,
};
