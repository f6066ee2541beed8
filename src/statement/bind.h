/*
 * Filling in: one statement with its parameters, ready to be sent.
 * Not for checking what callers give (domain) nor for sending (conn).
 *
 * All memory is the arena's, which must outlive the bound statement. Everything goes in
 * PostgreSQL's binary form: no setting of the session touches it, and text goes by its length, so
 * that libpq cuts nothing at a NUL.
 */
#ifndef STATEMENT_BIND_H
#define STATEMENT_BIND_H

#include "base/arena.h"
#include "base/base.h"
#include "pgconvo.h"
#include "statement/stmt.h"

/* Times before and after all others, for open ends. */
#define TIME_FIRST (INT64_MIN + 1)
#define TIME_LAST INT64_MAX

struct bound {
    enum stmt_id id;
    /* not NULL: an SQL text to be sent as it is, unprepared, instead of statement `id` */
    const char *text;
    int count; /* of parameters */
    const char *values[STMT_PARAMS_MAX];
    int sizes[STMT_PARAMS_MAX];
};

/* A pen for bound statements. What fails for want of memory sets `failed`, for good. */
struct bind {
    struct arena *arena;
    struct bound *bound;
    bool failed;
};

/*
 * Starts on `bound`: for a prepared statement, or for an SQL text (kept, not copied), whose
 * parameters are text. The parameters follow in order, by the functions below.
 */
void bind_statement(struct bind *bind, struct bound *bound, enum stmt_id id);
void bind_sql(struct bind *bind, struct bound *bound, const char *text);

void bind_null(struct bind *bind);
void bind_text(struct bind *bind, pgc_str text); /* absent: null; copied */
void bind_json(struct bind *bind, pgc_str json); /* absent: null; copied */
void bind_bool(struct bind *bind, bool value);
void bind_int8(struct bind *bind, int64_t value);
void bind_float8(struct bind *bind, double value);
void bind_time(struct bind *bind, int64_t time); /* PGC_NO_TIME: null */

/* Arrays; absent strings and PGC_NO_TIME are null elements. */
void bind_text_array(struct bind *bind, const pgc_str *texts, size_t count);
void bind_json_array(struct bind *bind, const pgc_str *documents, size_t count);
void bind_int8_array(struct bind *bind, const int64_t *values, size_t count);
void bind_time_array(struct bind *bind, const int64_t *times, size_t count);

#endif
