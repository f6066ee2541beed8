#include "domain/escaped.h"

#include "base/error.h"
#include "base/escape.h"

int escaped_bind_text(pgc_op *op, struct bind *bind, pgc_str text, pgc_error *err) {
    pgc_str escaped;
    if (escape_text(&op->arena, text, &escaped) != 0) {
        return error_nomem(err);
    }
    bind_text(bind, escaped);
    return 0;
}

int escaped_bind_texts(pgc_op *op, struct bind *bind, const pgc_str *texts, size_t count,
                       pgc_error *err) {
    pgc_str *escaped = arena_zalloc(&op->arena, count, sizeof *escaped);
    for (size_t i = 0; escaped != NULL && i < count; i++) {
        if (escape_text(&op->arena, texts[i], &escaped[i]) != 0) {
            escaped = NULL;
        }
    }
    if (escaped == NULL) {
        return error_nomem(err);
    }
    bind_text_array(bind, escaped, count);
    return 0;
}

int escaped_read_text(pgc_result *result, struct row *row, int column, pgc_str *text,
                      pgc_error *err) {
    return unescape_text(&result->arena, row_text(row, column), text) == 0 ? 0 : error_nomem(err);
}

int escaped_read_json(pgc_result *result, struct row *row, int column, pgc_str *json,
                      pgc_error *err) {
    return unescape_json(&result->arena, row_json(row, column), json) == 0 ? 0 : error_nomem(err);
}
