/*
 * The operations that fuzz_rows answers, as a caller starts them, and what the server's answers to
 * their statements look like.
 */
#ifndef ROWS_OPERATIONS_H
#define ROWS_OPERATIONS_H

#include "engine/op.h"

struct rows_operation {
    int (*begin)(pgc_op *op, pgc_error *err);
    /*
     * The columns of the answers to its statements, each of one letter: t text, j jsonb, i a number
     * or a time, b a truth value, - mostly null. `last` is for the only statement, too.
     */
    const char *first, *middle, *last;
};

extern const struct rows_operation rows_operations[];
extern const size_t rows_operation_count;

/* How many messages a result of it must have: whoever writes some hears of each; SIZE_MAX: any. */
size_t rows_operation_messages(const struct rows_operation *operation);

#endif
