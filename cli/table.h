/*
 * A table for people, in the manner of psql's aligned format. Columns are as wide as their widest
 * cell; if that is wider than the terminal, one column, the flexible one, is cut.
 */
#ifndef TABLE_H
#define TABLE_H

#include <pgconvo.h>
#include <stdio.h>

typedef struct table table;

/* `titles` must outlive the table; column `flexible` is the flexible one. NULL: no memory. */
table *table_new(const char *const *titles, size_t columns, size_t flexible);

/* The next cell, row by row; the text must outlive the table. Absent is shown empty. */
void table_cell(table *t, pgc_str text);
void table_cell_time(table *t, int64_t time);

/* Prints it; `width` 0: as wide as it comes. False: memory ran out on the way. */
bool table_print(const table *t, FILE *out, size_t width);

void table_free(table *t);

#endif
