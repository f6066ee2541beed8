/*
 * Reading: typed values out of the rows of a result in binary form.
 * Not for what the columns mean (domain).
 *
 * A server may send anything: a value that is not what it should be sets `bad` and reads as
 * nothing. Strings point into the PGresult and live as long as it does.
 */
#ifndef STATEMENT_ROW_H
#define STATEMENT_ROW_H

#include "base/base.h"
#include "pgconvo.h"

#include <libpq-fe.h>

struct row {
    const PGresult *result;
    int number;
    int columns; /* 0 if they are not in binary form */
    bool bad;
};

struct row row_of(const PGresult *result, int number);

bool row_is_null(struct row *row, int column);
pgc_str row_text(struct row *row, int column); /* null: absent */
pgc_str row_id(struct row *row, int column);   /* null is not what it should be */
pgc_str row_json(struct row *row, int column); /* null: absent */
bool row_bool(struct row *row, int column);    /* null: false */
int64_t row_int8(struct row *row, int column, int64_t if_null);
int64_t row_time(struct row *row, int column); /* null: PGC_NO_TIME */

#endif
