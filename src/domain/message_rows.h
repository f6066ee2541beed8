/*
 * Decoding rows of messages, which all statements that read messages give in the same form: the
 * thread's last_seq, the total, and the columns of a message.
 */
#ifndef DOMAIN_MESSAGE_ROWS_H
#define DOMAIN_MESSAGE_ROWS_H

#include "domain/page.h"
#include "domain/result.h"
#include "engine/op.h"
#include "pgconvo.h"

/* What the order of a list is made of, for its cursors. */
enum message_order { ORDER_TIME_SEQ, ORDER_TIME_THREAD_SEQ, ORDER_THREAD_ID };

struct message_list {
    struct page page;
    enum message_order order;
};

/* How many messages there are in an answer, and the total that came with them; -1: none. */
size_t message_count_rows(const PGresult *rows);
int64_t message_total(const PGresult *rows);

/* Reads the first `count` rows, without metadata, as the result's messages from `at` on. */
MUST_CHECK int message_read_bare(pgc_result *result, const PGresult *rows, size_t at, size_t count,
                                 pgc_error *err);

/*
 * Puts the messages in the order (created_at, thread id, seq) or its reverse, each once. Mostly
 * they are so already: the server need not sort for it, and little is found twice.
 */
void message_arrange(pgc_result *result, bool descending);

/*
 * Decode the last statement: all rows; those of ids (op->context is the pgc_ids); the rows of a
 * page (op->context is a struct message_list).
 */
int message_decode_rows(pgc_op *op, pgc_error *err);
int message_decode_ids(pgc_op *op, pgc_error *err);
int message_decode_page(pgc_op *op, pgc_error *err);

/* Decodes a tail (op->context is a struct message_list, of which only the limit counts). */
int message_decode_tail(pgc_op *op, pgc_error *err);

/* The same for a statement on one thread, where no row means that there is none. */
int message_decode_thread_page(pgc_op *op, pgc_error *err);

/*
 * In the order ORDER_THREAD_ID a place is made of two ids: joined for a cursor, and taken apart
 * again.
 */
MUST_CHECK int message_join_key(struct arena *arena, pgc_str thread_id, pgc_str id,
                                struct page_key *key);
void message_split_key(const struct page_key *key, pgc_str *thread_id, pgc_str *id);

#endif
