/*
 * Results: what an operation hands to its caller, in one arena. Strings that need no change point
 * into the server's answer, which the result keeps.
 */
#ifndef DOMAIN_RESULT_H
#define DOMAIN_RESULT_H

#include "base/arena.h"
#include "base/base.h"
#include "engine/op.h"
#include "pgconvo.h"

#include <libpq-fe.h>

/* What else than threads and messages a result may list; a result lists one kind at most. */
enum record_kind {
    RECORD_NONE,
    RECORD_RESOURCE,
    RECORD_OBSERVATION,
    RECORD_RUN,
    RECORD_SCORE,
};

struct pgc_result {
    struct arena arena;
    PGresult *held;       /* what strings point into */
    PGresult *held_first; /* the same, if there are two */
    pgc_thread *threads;
    size_t thread_count;
    pgc_message *messages;
    size_t message_count;
    size_t page_count; /* of the messages, those of the page asked for */
    enum record_kind record_kind;
    void *records; /* an array of the kind's public struct */
    size_t record_count;
    pgc_str metadata;
    pgc_str activated;
    int64_t total;
    int64_t last_seq;
    bool has_more;
    bool inserted;
    pgc_str next;
    pgc_str prev;
};

/* The operation's result, empty as yet; NULL when out of memory. */
pgc_result *result_new(pgc_op *op);

/* Lets the result keep the answer to statement `i`, and returns it; for two statements at most. */
const PGresult *result_hold(pgc_op *op, size_t i);

/* The answer to statement `i`. */
const PGresult *result_of(const pgc_op *op, size_t i);

/* Room for so many zeroed threads or messages; fails with NOMEM. */
MUST_CHECK int result_make_threads(pgc_result *result, size_t count, pgc_error *err);
MUST_CHECK int result_make_messages(pgc_result *result, size_t count, pgc_error *err);

/*
 * Room for so many zeroed records of a kind, each of `size` bytes; NULL, with NOMEM, if there is
 * none. The readers give how many there are of a kind, and the i-th (NULL if there is none).
 */
MUST_CHECK void *result_make_records(pgc_result *result, enum record_kind kind, size_t count,
                                     size_t size, pgc_error *err);
size_t result_records(const pgc_result *result, enum record_kind kind);
const void *result_record(const pgc_result *result, enum record_kind kind, size_t i, size_t size);

/*
 * Read a thread, a message (with or without metadata) or a metadata document from a row, whose
 * columns from `column` on are as in thread_get, message_get. A value that makes no sense is
 * INTERNAL.
 */
MUST_CHECK int result_read_thread(pgc_result *result, const PGresult *rows, int row, int column,
                                  pgc_thread *thread, pgc_error *err);
MUST_CHECK int result_read_message(pgc_result *result, const PGresult *rows, int row, int column,
                                   pgc_message *message, pgc_error *err);
MUST_CHECK int result_read_bare_message(pgc_result *result, const PGresult *rows, int row,
                                        int column, pgc_message *message, pgc_error *err);
MUST_CHECK int result_read_metadata(pgc_result *result, const PGresult *rows, int row, int column,
                                    pgc_str *metadata, pgc_error *err);

/* INTERNAL: the server sent a value of an unexpected kind. */
int result_bad_row(pgc_error *err);

/* A number in the first row; `if_none` if that is null or there is no row. */
int64_t result_number(const PGresult *rows, int column, int64_t if_none);

/* A truth value in the first row; false if that is null or there is no row. */
bool result_flag(const PGresult *rows, int column);

/* Decodes: the only row of the last statement as a thread; none is NOT_FOUND. */
int result_decode_thread(pgc_op *op, pgc_error *err);

/* NOT_FOUND, for a thread, one of several, or a message. */
int result_no_thread(pgc_error *err);
int result_no_such_thread(pgc_str id, pgc_error *err);
int result_no_message(pgc_error *err);

/* CONFLICT: a thread that was there a moment ago was deleted by somebody else. */
int result_thread_gone(pgc_error *err);

/* CONFLICT: a message came to another thread while the operation waited for the one it was in. */
int result_message_moved(pgc_error *err);

/* CONFLICT: several threads have a message of this id. */
int result_many_messages(pgc_error *err);

#endif
