/*
 * JSON and text as callers and servers give them. Input: the JSON text; it is taken as plain text,
 * too.
 */
#include "base/arena.h"
#include "base/escape.h"
#include "base/json.h"
#include "base/utf8.h"
#include "fuzz.h"

static pgc_str text_of(const struct buf *buf) {
    HOLDS(!buf->failed);
    return (pgc_str){buf->data == NULL ? "" : buf->data, buf->size};
}

/* ---- Walking ---- */

/*
 * Adds a string in the one form that all its spellings have, and checks that quoting and unquoting
 * are each other's reverse.
 */
static void add_string(struct buf *out, pgc_str json) {
    struct buf plain, again, twice;
    buf_init(&plain, SIZE_MAX);
    buf_init(&again, SIZE_MAX);
    buf_init(&twice, SIZE_MAX);
    json_unquote(&plain, json);
    HOLDS(utf8_check_loose(text_of(&plain), NULL));
    json_quote(&again, text_of(&plain));
    json_unquote(&twice, text_of(&again));
    HOLDS(fuzz_is_same(text_of(&plain), text_of(&twice)));
    buf_add_str(out, text_of(&again));
    buf_free(&plain);
    buf_free(&again);
    buf_free(&twice);
}

static void add_value(struct buf *out, pgc_str json, int depth) { // NOLINT(misc-no-recursion)
    struct json_members walk;
    pgc_str key, value;
    size_t count = 0;
    enum json_kind kind = json_kind_of(json);
    HOLDS(depth <= JSON_DEPTH_MAX);
    HOLDS(depth > 2 || json_check(json, NULL, "value", NULL) == 0);
    if (kind == JSON_STRING) {
        add_string(out, json);
    } else if (kind == JSON_OBJECT) {
        json_members_begin(&walk, json);
        for (; json_members_next(&walk, &key, &value); count++) {
            buf_add_char(out, count == 0 ? '{' : ',');
            add_string(out, key);
            buf_add_char(out, ':');
            add_value(out, value, depth + 1);
        }
        buf_add_z(out, count == 0 ? "{}" : "}");
    } else if (kind == JSON_ARRAY) {
        json_elements_begin(&walk, json);
        for (; json_elements_next(&walk, &value); count++) {
            buf_add_char(out, count == 0 ? '[' : ',');
            add_value(out, value, depth + 1);
        }
        buf_add_z(out, count == 0 ? "[]" : "]");
    } else {
        buf_add_str(out, json);
    }
}

static bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Checked JSON around which there may be white space; `out` is its form. */
static void normalise(struct buf *out, pgc_str json) {
    buf_init(out, SIZE_MAX);
    while (json.size > 0 && is_space(json.data[0])) {
        json.data++;
        json.size--;
    }
    while (json.size > 0 && is_space(json.data[json.size - 1])) {
        json.size--;
    }
    add_value(out, json, 0);
    HOLDS(json_check(text_of(out), NULL, "form", NULL) == 0);
}

/* How many bytes stand outside of strings and are no white space. */
static size_t count_signs(pgc_str json) {
    size_t count = 0;
    bool inside = false;
    for (size_t i = 0; i < json.size; i++) {
        char c = json.data[i];
        if (inside) {
            i += c == '\\';
            inside = c != '"';
        } else {
            count += !is_space(c);
            inside = c == '"';
        }
    }
    return count;
}

/* ---- Properties ---- */

/* PostgreSQL takes it: strict UTF-8 without NUL bytes. */
static void check_storable(pgc_str text) {
    HOLDS(utf8_check(text, NULL));
    HOLDS(text.size == 0 || memchr(text.data, '\0', text.size) == NULL);
}

static void check_escaped_json(struct arena *arena, pgc_str json, const struct buf *form) {
    pgc_str escaped, back, again;
    struct buf other;
    HOLDS(escape_json(arena, json, &escaped) == 0);
    check_storable(escaped);
    HOLDS(json_check(escaped, NULL, "escaped", NULL) == 0);
    HOLDS(escape_json(arena, escaped, &again) == 0 && json_check(again, NULL, "x", NULL) == 0);
    HOLDS(unescape_json(arena, escaped, &back) == 0);
    HOLDS(json_check(back, NULL, "back", NULL) == 0);
    normalise(&other, back);
    HOLDS(fuzz_is_same(text_of(form), text_of(&other)));
    buf_free(&other);
    HOLDS(unescape_json(arena, json, &back) == 0 && json_check(back, NULL, "x", NULL) == 0);
}

static void check_json(struct arena *arena, pgc_str json) {
    struct buf form, again;
    normalise(&form, json);
    HOLDS(count_signs(json) == count_signs(text_of(&form)));
    normalise(&again, text_of(&form));
    HOLDS(fuzz_is_same(text_of(&form), text_of(&again)));
    check_escaped_json(arena, json, &form);
    buf_free(&form);
    buf_free(&again);
}

static void check_text(struct arena *arena, pgc_str text) {
    pgc_str escaped, back;
    struct buf quoted, plain;
    enum json_kind kind;
    buf_init(&quoted, SIZE_MAX);
    buf_init(&plain, SIZE_MAX);
    HOLDS(escape_text(arena, text, &escaped) == 0);
    check_storable(escaped);
    HOLDS(unescape_text(arena, escaped, &back) == 0);
    HOLDS(fuzz_is_same(text, back));
    json_quote(&quoted, text);
    HOLDS(json_check(text_of(&quoted), &kind, "quoted", NULL) == 0 && kind == JSON_STRING);
    json_unquote(&plain, text_of(&quoted));
    HOLDS(fuzz_is_same(text, text_of(&plain)));
    buf_free(&quoted);
    buf_free(&plain);
}

/* A server may send anything where JSON should be. */
static void read_unchecked(struct arena *arena, pgc_str bytes) {
    pgc_str back;
    HOLDS(unescape_text(arena, bytes, &back) == 0);
    HOLDS(unescape_json(arena, bytes, &back) == 0);
    if (json_kind_of(bytes) == JSON_STRING) {
        struct buf plain;
        buf_init(&plain, SIZE_MAX);
        json_unquote(&plain, bytes);
        buf_free(&plain);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct arena arena = {0};
    pgc_error err = {.position = -1};
    enum json_kind kind;
    char *copy = fuzz_copy(data, size);
    pgc_str input = {copy, size};
    size_t bad_at = SIZE_MAX;
    int status = json_check(input, &kind, "json", &err);
    if (status == 0) {
        HOLDS(kind == json_kind_of(input));
        HOLDS(utf8_check(input, NULL));
        check_json(&arena, input);
    } else {
        fuzz_check_error(status, &err);
        HOLDS(status == -PGC_INVALID && err.position >= 0 && err.position <= (int64_t)size);
    }
    if (utf8_check_loose(input, &bad_at)) {
        check_text(&arena, input);
    } else {
        HOLDS(bad_at < size && !utf8_check(input, NULL));
    }
    read_unchecked(&arena, input);
    arena_free(&arena);
    free(copy);
    return 0;
}
