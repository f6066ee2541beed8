/*
 * Columns that hold what callers wrote, in the escaped form that PostgreSQL takes (base/escape):
 * as parameters, and out of rows.
 */
#ifndef DOMAIN_ESCAPED_H
#define DOMAIN_ESCAPED_H

#include "domain/result.h"
#include "engine/op.h"
#include "statement/row.h"

/* Adds a parameter: a checked text; absent: null. (For a document: metadata_bind.) */
MUST_CHECK int escaped_bind_text(pgc_op *op, struct bind *bind, pgc_str text, pgc_error *err);

/* The same for an array of checked texts. */
MUST_CHECK int escaped_bind_texts(pgc_op *op, struct bind *bind, const pgc_str *texts, size_t count,
                                  pgc_error *err);

/* Read a value, in the result's arena or in its answer; null: absent. */
MUST_CHECK int escaped_read_text(pgc_result *result, struct row *row, int column, pgc_str *text,
                                 pgc_error *err);
MUST_CHECK int escaped_read_json(pgc_result *result, struct row *row, int column, pgc_str *json,
                                 pgc_error *err);

#endif
