#include "adopt/content.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/json.h"

static bool is(pgc_str text, const char *other) {
    return text.data != NULL && text.size == strlen(other) &&
           memcmp(text.data, other, text.size) == 0;
}

/* Names are compared as they are written; those that we look for are written without escapes. */
pgc_str content_member(pgc_str object, const char *name) {
    struct json_members members;
    pgc_str key;
    pgc_str value;
    pgc_str found = pgc_none();
    json_members_begin(&members, object);
    while (json_members_next(&members, &key, &value)) {
        if (key.size == strlen(name) + 2 && memcmp(key.data + 1, name, key.size - 2) == 0) {
            found = value;
        }
    }
    return found;
}

static bool has_kind(pgc_str value, enum json_kind kind) {
    return value.data != NULL && json_kind_of(value) == kind;
}

static bool is_message_object(pgc_str type, pgc_str json) {
    return is(type, "v2") || (is(content_member(json, "format"), "2") &&
                              has_kind(content_member(json, "parts"), JSON_ARRAY));
}

static bool is_parts(pgc_str type, pgc_str json) {
    struct json_members elements;
    pgc_str element;
    size_t count = 0;
    json_elements_begin(&elements, json);
    while (json_elements_next(&elements, &element)) {
        if (json_kind_of(element) != JSON_OBJECT ||
            !has_kind(content_member(element, "type"), JSON_STRING)) {
            return false;
        }
        count++;
    }
    return count > 0 || is(type, "tool-call") || is(type, "tool-result");
}

/* Serialisers begin with the bracket, so white space in front is a sign of text. */
static bool is_structure(pgc_str type, pgc_str text) {
    if (text.size == 0 || (text.data[0] != '{' && text.data[0] != '[') ||
        json_check(text, NULL, "content", NULL) != 0) {
        return false;
    }
    return text.data[0] == '{' ? is_message_object(type, text) : is_parts(type, text);
}

/* `buf` becomes a string of the arena, and is freed. */
static int keep(struct arena *arena, struct buf *buf, pgc_str *out, pgc_error *err) {
    const char *copy = buf->failed ? NULL : arena_copy(arena, buf->data, buf->size);
    *out = (pgc_str){copy, copy == NULL ? 0 : buf->size};
    buf_free(buf);
    return copy == NULL ? error_nomem(err) : 0;
}

static int quote(struct arena *arena, pgc_str text, pgc_str *json, pgc_error *err) {
    struct buf buf;
    buf_init(&buf, SIZE_MAX);
    json_quote(&buf, text);
    return keep(arena, &buf, json, err);
}

int content_read(struct arena *arena, pgc_str type, pgc_str text, struct content *content,
                 pgc_error *err) {
    *content = (struct content){0};
    if (text.data == NULL) {
        return error_set(err, PGC_INVALID, "content: is missing");
    }
    if (is_structure(type, text)) {
        content->json = text;
        if (text.data[0] == '{') {
            pgc_str metadata = content_member(text, "metadata");
            content->metadata = has_kind(metadata, JSON_OBJECT) ? metadata : pgc_none();
        }
        return 0;
    }
    content->was_text = true;
    content->looked_like_json = json_check(text, NULL, "content", NULL) == 0;
    return quote(arena, text, &content->json, err);
}

/* ---- Documents ------------------------------------------------------------------------------- */

int content_text(struct arena *arena, pgc_str json, pgc_str *text, pgc_error *err) {
    struct buf buf;
    buf_init(&buf, SIZE_MAX);
    buf_add(&buf, "", 0);
    json_unquote(&buf, json);
    if (buf.data == NULL && !buf.failed) { /* the empty string */
        *text = pgc_z("");
        return 0;
    }
    return keep(arena, &buf, text, err);
}

static int wrap(struct arena *arena, pgc_str json, pgc_str *document, pgc_error *err) {
    struct buf buf;
    buf_init(&buf, SIZE_MAX);
    buf_add_z(&buf, "{\"value\":");
    buf_add_str(&buf, json);
    buf_add_char(&buf, '}');
    return keep(arena, &buf, document, err);
}

int content_unwrap(struct arena *arena, pgc_str text, pgc_str *json, pgc_error *err) {
    enum json_kind kind;
    pgc_str inner;
    *json = text;
    if (json_check(text, &kind, "json", NULL) != 0 || kind != JSON_STRING) {
        return 0;
    }
    int status = content_text(arena, text, &inner, err);
    if (status == 0 && json_check(inner, NULL, "json", NULL) == 0) {
        *json = inner;
    }
    return status;
}

int document_read(struct arena *arena, pgc_str text, pgc_str *document, enum document_kind *kind,
                  pgc_error *err) {
    enum json_kind json;
    pgc_str inner;
    *document = pgc_none();
    *kind = DOCUMENT_NONE;
    if (text.data == NULL) {
        return 0;
    }
    int status = content_unwrap(arena, text, &inner, err);
    if (status == 0 && json_check(inner, &json, "metadata", NULL) != 0) { /* no JSON at all */
        json = JSON_STRING;
        status = quote(arena, text, &inner, err);
    }
    if (status != 0 || json == JSON_NULL) {
        return status;
    }
    if (json == JSON_OBJECT) {
        *kind = inner.data == text.data ? DOCUMENT_PLAIN : DOCUMENT_TWICE;
        *document = inner;
        return 0;
    }
    *kind = DOCUMENT_OTHER;
    return wrap(arena, inner, document, err);
}
