#include "domain/message_rows.h"

#include "base/error.h"

#include <stdlib.h>

enum { COLUMN_LAST_SEQ = 0, COLUMN_TOTAL = 1, COLUMN_MESSAGE = 2, COLUMN_ID = 3 };

/* Holds the answer and takes from it what is the same in all rows. */
static int begin(pgc_op *op, pgc_error *err) {
    pgc_result *result = result_new(op);
    if (result == NULL) {
        return error_nomem(err);
    }
    const PGresult *rows = result_hold(op, op->segment.count - 1);
    result->last_seq = result_number(rows, COLUMN_LAST_SEQ, -1);
    result->total = message_total(rows);
    return 0;
}

/* A single row without an id stands for none. */
size_t message_count_rows(const PGresult *rows) {
    return PQntuples(rows) == 1 && PQgetisnull(rows, 0, COLUMN_ID) ? 0 : (size_t)PQntuples(rows);
}

int64_t message_total(const PGresult *rows) {
    return result_number(rows, COLUMN_TOTAL, -1);
}

static int read_rows(pgc_result *result, size_t count, const struct page *page, pgc_error *err) {
    int status = result_make_messages(result, count, err);
    for (size_t i = 0; status == 0 && i < count; i++) {
        int row = page == NULL ? (int)i : page_row(page, count, i);
        status = result_read_message(result, result->held, row, COLUMN_MESSAGE,
                                     &result->messages[i], err);
    }
    return status;
}

int message_read_bare(pgc_result *result, const PGresult *rows, size_t at, size_t count,
                      pgc_error *err) {
    int status = 0;
    for (size_t i = 0; status == 0 && i < count; i++) {
        status = result_read_bare_message(result, rows, (int)i, COLUMN_MESSAGE,
                                          &result->messages[at + i], err);
    }
    return status;
}

/* ---- Order ----------------------------------------------------------------------------------- */

static int compare(const void *a, const void *b) {
    const pgc_message *x = a;
    const pgc_message *y = b;
    if (x->created_at != y->created_at) {
        return x->created_at < y->created_at ? -1 : 1;
    }
    int order =
        memcmp(x->thread_id.data, y->thread_id.data, MIN(x->thread_id.size, y->thread_id.size));
    if (order != 0 || x->thread_id.size != y->thread_id.size) {
        return order != 0 ? order : x->thread_id.size < y->thread_id.size ? -1 : 1;
    }
    return (x->seq > y->seq) - (x->seq < y->seq);
}

static int compare_back(const void *a, const void *b) {
    return compare(b, a);
}

void message_arrange(pgc_result *result, bool descending) {
    int (*order)(const void *, const void *) = descending ? compare_back : compare;
    pgc_message *all = result->messages;
    size_t count = result->message_count;
    size_t i = 1;
    while (i < count && order(&all[i - 1], &all[i]) < 0) {
        i++;
    }
    if (i >= count) {
        return;
    }
    qsort(all, count, sizeof *all, order);
    size_t kept = 1;
    for (i = 1; i < count; i++) {
        if (order(&all[kept - 1], &all[i]) != 0) {
            all[kept++] = all[i];
        }
    }
    result->message_count = kept;
}

/* ---- Places ---------------------------------------------------------------------------------- */

int message_join_key(struct arena *arena, pgc_str thread_id, pgc_str id, struct page_key *key) {
    char *both = arena_alloc(arena, thread_id.size + id.size + 1);
    if (both == NULL) {
        return -PGC_NOMEM;
    }
    memcpy(both, thread_id.data, thread_id.size);
    memcpy(both + thread_id.size, id.data, id.size);
    *key =
        (struct page_key){.seq = (int64_t)thread_id.size, .id = {both, thread_id.size + id.size}};
    return 0;
}

void message_split_key(const struct page_key *key, pgc_str *thread_id, pgc_str *id) {
    size_t at = key->seq < 0 || (uint64_t)key->seq > key->id.size ? 0 : (size_t)key->seq;
    *thread_id = (pgc_str){key->id.data, at};
    *id = (pgc_str){key->id.data + at, key->id.size - at};
}

static int read_key(struct arena *arena, enum message_order order, const pgc_message *message,
                    struct page_key *key) {
    switch (order) {
    case ORDER_TIME_SEQ:
        *key = (struct page_key){message->created_at, message->seq, pgc_z("")};
        break;
    case ORDER_TIME_THREAD_SEQ:
        *key = (struct page_key){message->created_at, message->seq, message->thread_id};
        break;
    case ORDER_THREAD_ID:
        return message_join_key(arena, message->thread_id, message->id, key);
    }
    return 0;
}

static int set_cursors(const struct message_list *list, pgc_result *result, pgc_error *err) {
    if (result->message_count == 0) {
        return page_set_cursors(&list->page, result, NULL, NULL, err);
    }
    struct page_key first, last;
    if (read_key(&result->arena, list->order, &result->messages[0], &first) != 0 ||
        read_key(&result->arena, list->order, &result->messages[result->message_count - 1],
                 &last) != 0) {
        return error_nomem(err);
    }
    return page_set_cursors(&list->page, result, &first, &last, err);
}

int message_decode_rows(pgc_op *op, pgc_error *err) {
    int status = begin(op, err);
    return status != 0 ? status
                       : read_rows(op->result, message_count_rows(op->result->held), NULL, err);
}

/* op->context is the pgc_ids that were asked for. */
int message_decode_ids(pgc_op *op, pgc_error *err) {
    const pgc_ids *ids = op->context;
    int status = begin(op, err);
    if (status != 0) {
        return status;
    }
    const PGresult *rows = op->result->held;
    size_t count = message_count_rows(rows);
    if (!ids->without_metadata) {
        status = read_rows(op->result, count, NULL, err);
    } else if ((status = result_make_messages(op->result, count, err)) == 0) {
        status = message_read_bare(op->result, rows, 0, count, err);
    }
    if (status == 0 && ids->by_time) {
        message_arrange(op->result, false);
    }
    return status;
}

static int decode_page_rows(pgc_op *op, pgc_error *err) {
    const struct message_list *list = op->context;
    int status = begin(op, err);
    if (status != 0) {
        return status;
    }
    size_t count = page_count(&list->page, op->result, message_count_rows(op->result->held));
    return read_rows(op->result, count, &list->page, err);
}

int message_decode_page(pgc_op *op, pgc_error *err) {
    int status = decode_page_rows(op, err);
    return status != 0 ? status : set_cursors(op->context, op->result, err);
}

static bool no_thread(const pgc_op *op) {
    return PQntuples(result_of(op, op->segment.count - 1)) == 0;
}

/*
 * Whoever goes on at last_seq misses nothing: it is as old as the rows. It is past the last message
 * if newer ones were deleted, which spares the next call a search for them.
 */
int message_decode_tail(pgc_op *op, pgc_error *err) {
    int status = no_thread(op) ? result_no_thread(err) : decode_page_rows(op, err);
    if (status == 0 && op->result->has_more) {
        op->result->last_seq = op->result->messages[op->result->message_count - 1].seq;
    }
    return status;
}

int message_decode_thread_page(pgc_op *op, pgc_error *err) {
    return no_thread(op) ? result_no_thread(err) : message_decode_page(op, err);
}
