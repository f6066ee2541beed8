/*
 * The limit: the statements of the library, run by plain libpq, as a program would that has nothing
 * else to do. Prepared, with parameters and results in binary form, blocking, one thread per
 * connection.
 *
 * The texts come from a session of the library itself (pg_prepared_statements), so that both sides
 * run the same SQL.
 */
#ifndef PLAIN_H
#define PLAIN_H

#include <libpq-fe.h>
#include <pgconvo.h>

#define PLAIN_PARAMS_MAX 16

/* Object ids of the element types of arrays. */
enum { PLAIN_INT8 = 20, PLAIN_TEXT = 25, PLAIN_TIME = 1184, PLAIN_JSONB = 3802 };

struct plain {
    PGconn *conn;
    /* The parameters of the next statement. */
    int count;
    size_t offsets[PLAIN_PARAMS_MAX];
    int sizes[PLAIN_PARAMS_MAX]; /* -1: null */
    char *bytes;
    size_t used, room;
};

/* The statements prepared in a session: name, text, parameter types. The caller's to PQclear. */
PGresult *plain_statements(PGconn *conn);

/* Connects and prepares `statements` (NULL: none), with the session settings of the library. */
struct plain *plain_open(const char *url, const PGresult *statements, bool relaxed);
void plain_close(struct plain *plain);

/* Runs SQL whose result does not matter. */
void plain_do(struct plain *plain, const char *sql);

/*
 * The same with parameters in text form, for a single statement; returns the number of rows that it
 * read or changed.
 */
long plain_do_params(struct plain *plain, const char *sql, int count, const char *const *values);

/* Parameters, in order, after plain_begin. */
void plain_begin(struct plain *plain);
void plain_null(struct plain *plain);
void plain_text(struct plain *plain, pgc_str text); /* absent: null */
void plain_json(struct plain *plain, pgc_str json); /* absent: null */
void plain_bool(struct plain *plain, bool value);
void plain_int8(struct plain *plain, int64_t value);
void plain_time(struct plain *plain, int64_t time); /* PGC_NO_TIME: null; INT64_MAX: infinity */
void plain_begin_array(struct plain *plain, Oid element, size_t count);
void plain_element_text(struct plain *plain, pgc_str text); /* absent: null */
void plain_element_int8(struct plain *plain, int64_t value);
void plain_end_array(struct plain *plain);

/*
 * Runs a statement with the parameters and drops its result, which must have at least `rows` rows.
 */
void plain_run(struct plain *plain, const char *statement, int rows);

/* The same in a pipeline: several plain_send, then plain_sync, which takes the results of all. */
void plain_send(struct plain *plain, const char *statement);
void plain_sync(struct plain *plain);

/* Parameters 1 to 12 of message_append and message_put. Absent ids are made. */
void plain_batch(struct plain *plain, pgc_str thread_id, const pgc_message_new *messages,
                 size_t count);

int64_t plain_now(void);

#endif
