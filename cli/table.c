#include "table.h"

#include <stdlib.h>

#include "stamp.h"
#include "text.h"

#define COLUMNS_MAX 8
#define SEPARATOR_WIDTH 3
#define FLEXIBLE_MIN 8

/* A text, or, where there is a time, that. */
typedef struct cell {
    pgc_str text;
    int64_t time;
} cell;

struct table {
    const char *const *titles;
    size_t columns;
    size_t flexible;
    cell *cells;
    size_t count;
    size_t capacity;
    bool failed;
};

table *table_new(const char *const *titles, size_t columns, size_t flexible) {
    table *t = columns > COLUMNS_MAX ? NULL : calloc(1, sizeof *t);
    if (t != NULL) {
        *t = (table){.titles = titles, .columns = columns, .flexible = flexible};
    }
    return t;
}

static void add(table *t, cell one) {
    if (t->count == t->capacity) {
        size_t capacity = t->capacity == 0 ? 64 : t->capacity * 2;
        cell *cells = realloc(t->cells, capacity * sizeof *cells);
        if (cells == NULL) {
            t->failed = true;
            return;
        }
        t->cells = cells;
        t->capacity = capacity;
    }
    t->cells[t->count++] = one;
}

void table_cell(table *t, pgc_str text) {
    add(t, (cell){text, PGC_NO_TIME});
}

void table_cell_time(table *t, int64_t time) {
    add(t, (cell){pgc_none(), time});
}

/* What the cell shows; times are written to `stamp`. */
static pgc_str shown(const cell *one, char stamp[STAMP_SIZE]) {
    if (one->time == PGC_NO_TIME) {
        return one->text;
    }
    stamp_print_short(one->time, false, stamp);
    return pgc_z(stamp);
}

/* The `column`-th cell of a row. */
static void put(const table *t, FILE *out, size_t column, pgc_str text, size_t width) {
    fputs(column == 0 ? " " : " | ", out);
    size_t used = text_put_cut(out, text, width);
    if (column + 1 < t->columns) {
        fprintf(out, "%*s", (int)(width - used), "");
    } else {
        fputc('\n', out);
    }
}

static void put_line(const table *t, FILE *out, const size_t *widths) {
    for (size_t i = 0; i < t->columns; i++) {
        fputs(i == 0 ? "-" : "-+-", out);
        for (size_t k = 0; k < widths[i]; k++) {
            fputc('-', out);
        }
    }
    fputs("-\n", out);
}

static void measure(const table *t, size_t *widths) {
    char stamp[STAMP_SIZE];
    for (size_t i = 0; i < t->columns; i++) {
        widths[i] = strlen(t->titles[i]);
    }
    for (size_t row = 0; row < t->count; row += t->columns) {
        for (size_t i = 0; i < t->columns && row + i < t->count; i++) {
            size_t width = text_width(shown(&t->cells[row + i], stamp));
            widths[i] = width > widths[i] ? width : widths[i];
        }
    }
}

/* Takes from the flexible column what is too much. */
static void fit(const table *t, size_t *widths, size_t width) {
    size_t total = 1 + SEPARATOR_WIDTH * (t->columns - 1);
    for (size_t i = 0; i < t->columns; i++) {
        total += widths[i];
    }
    size_t *flexible = &widths[t->flexible];
    if (width > 0 && total > width && *flexible > FLEXIBLE_MIN) {
        size_t excess = total - width;
        *flexible = *flexible > excess + FLEXIBLE_MIN ? *flexible - excess : FLEXIBLE_MIN;
    }
}

bool table_print(const table *t, FILE *out, size_t width) {
    size_t widths[COLUMNS_MAX] = {0};
    char stamp[STAMP_SIZE];
    measure(t, widths);
    fit(t, widths, width);
    for (size_t i = 0; i < t->columns; i++) {
        put(t, out, i, pgc_z(t->titles[i]), widths[i]);
    }
    put_line(t, out, widths);
    for (size_t row = 0; row < t->count; row += t->columns) {
        for (size_t i = 0; i < t->columns && row + i < t->count; i++) {
            put(t, out, i, shown(&t->cells[row + i], stamp), widths[i]);
        }
    }
    return !t->failed;
}

void table_free(table *t) {
    if (t != NULL) {
        free(t->cells);
        free(t);
    }
}
