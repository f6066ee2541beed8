#include "table.h"

#include <stdlib.h>

#include "stamp.h"
#include "text.h"

#define COLUMNS_MAX 8
#define SEPARATOR_WIDTH 3
#define FLEXIBLE_MIN 8

struct table {
    const char *const *titles;
    size_t columns;
    size_t flexible;
    pgc_str *cells;
    size_t count;
    size_t capacity;
    size_t widths[COLUMNS_MAX];
    bool failed;
};

table *table_new(const char *const *titles, size_t columns, size_t flexible) {
    table *t = calloc(1, sizeof *t);
    if (t == NULL || columns > COLUMNS_MAX) {
        free(t);
        return NULL;
    }
    *t = (table){.titles = titles, .columns = columns, .flexible = flexible};
    for (size_t i = 0; i < columns; i++) {
        t->widths[i] = strlen(titles[i]);
    }
    return t;
}

static bool table_grow(table *t) {
    if (t->count < t->capacity) {
        return true;
    }
    size_t capacity = t->capacity == 0 ? 64 : t->capacity * 2;
    pgc_str *cells = realloc(t->cells, capacity * sizeof *cells);
    if (cells == NULL) {
        return false;
    }
    t->cells = cells;
    t->capacity = capacity;
    return true;
}

void table_cell(table *t, pgc_str text) {
    char *copy = malloc(text.size + 1);
    if (copy == NULL || !table_grow(t)) {
        free(copy);
        t->failed = true;
        return;
    }
    if (text.size > 0) {
        memcpy(copy, text.data, text.size);
    }
    size_t column = t->count % t->columns;
    size_t width = text_width(text);
    t->widths[column] = width > t->widths[column] ? width : t->widths[column];
    t->cells[t->count++] = (pgc_str){copy, text.size};
}

void table_cell_time(table *t, int64_t time) {
    char text[STAMP_SIZE];
    stamp_print_short(time, text);
    table_cell(t, pgc_z(text));
}

static void put_row(const table *t, FILE *out, const pgc_str *cells, const size_t *widths) {
    for (size_t i = 0; i < t->columns; i++) {
        fputs(i == 0 ? " " : " | ", out);
        size_t used = text_put_cut(out, cells[i], widths[i]);
        if (i + 1 < t->columns) {
            fprintf(out, "%*s", (int)(widths[i] - used), "");
        }
    }
    fputc('\n', out);
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
    size_t widths[COLUMNS_MAX];
    pgc_str titles[COLUMNS_MAX];
    memcpy(widths, t->widths, sizeof widths);
    fit(t, widths, width);
    for (size_t i = 0; i < t->columns; i++) {
        titles[i] = pgc_z(t->titles[i]);
    }
    put_row(t, out, titles, widths);
    put_line(t, out, widths);
    for (size_t i = 0; i + t->columns <= t->count; i += t->columns) {
        put_row(t, out, t->cells + i, widths);
    }
    return !t->failed;
}

void table_free(table *t) {
    if (t == NULL) {
        return;
    }
    for (size_t i = 0; i < t->count; i++) {
        free((void *)(uintptr_t)t->cells[i].data);
    }
    free(t->cells);
    free(t);
}
