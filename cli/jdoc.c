#include "jdoc.h"

#include <limits.h>
#include <stdlib.h>

#define JSMN_STATIC
#define JSMN_PARENT_LINKS
#include <jsmn.h>

struct jdoc {
    pgc_str text;
    jsmntok_t *tokens;
    int count;
    int capacity;
};

jdoc *jdoc_new(void) {
    return calloc(1, sizeof(jdoc));
}

void jdoc_free(jdoc *doc) {
    if (doc != NULL) {
        free(doc->tokens);
        free(doc);
    }
}

static int refuse(pgc_error *err, pgc_code code, const char *message) {
    *err = (pgc_error){.code = code, .position = -1};
    snprintf(err->message, sizeof err->message, "%s", message);
    return -(int)code;
}

/* The place in "... at byte 52: a comma was expected" goes: callers tell it in their own terms. */
static void drop_place(pgc_error *err) {
    char *place = strstr(err->message, " at byte ");
    const char *reason = place == NULL ? NULL : strchr(place, ':');
    if (reason != NULL) {
        char text[sizeof err->message];
        snprintf(text, sizeof text, "not valid JSON%s", reason);
        memcpy(err->message, text, sizeof text);
    }
}

static bool reserve(jdoc *doc, int count) {
    if (count <= doc->capacity) {
        return true;
    }
    jsmntok_t *tokens = realloc(doc->tokens, (size_t)count * sizeof *tokens);
    if (tokens == NULL) {
        return false;
    }
    doc->tokens = tokens;
    doc->capacity = count;
    return true;
}

int jdoc_parse(jdoc *doc, pgc_str text, pgc_error *err) {
    jsmn_parser parser;
    doc->count = 0;
    doc->text = text;
    int rc = pgc_json_check(text, err); /* jsmn takes what is not JSON, too */
    if (rc != 0) {
        drop_place(err);
        return rc;
    }
    if (text.size > INT_MAX) {
        return refuse(err, PGC_INVALID, "the JSON text is longer than 2 GiB");
    }
    jsmn_init(&parser);
    int count = jsmn_parse(&parser, text.data, text.size, NULL, 0);
    if (count <= 0 || !reserve(doc, count)) {
        return refuse(err, PGC_NOMEM, "out of memory for the index of a JSON text");
    }
    jsmn_init(&parser);
    doc->count = jsmn_parse(&parser, text.data, text.size, doc->tokens, (unsigned)count);
    return doc->count == count ? 0
                               : refuse(err, PGC_INTERNAL, "the JSON text could not be indexed");
}

jdoc_type jdoc_type_of(const jdoc *doc, int value) {
    const jsmntok_t *token = &doc->tokens[value];
    switch (token->type) {
    case JSMN_OBJECT:
        return JDOC_OBJECT;
    case JSMN_ARRAY:
        return JDOC_ARRAY;
    case JSMN_STRING:
        return JDOC_STRING;
    case JSMN_PRIMITIVE:
    case JSMN_UNDEFINED:
        break;
    }
    char first = doc->text.data[token->start];
    return first == 'n' ? JDOC_NULL : first == 't' || first == 'f' ? JDOC_BOOL : JDOC_NUMBER;
}

pgc_str jdoc_raw(const jdoc *doc, int value) {
    const jsmntok_t *token = &doc->tokens[value];
    int quote = token->type == JSMN_STRING ? 1 : 0;
    return (pgc_str){doc->text.data + token->start - quote,
                     (size_t)(token->end - token->start + 2 * quote)};
}

int64_t jdoc_position(const jdoc *doc, int value) {
    return jdoc_raw(doc, value).data - doc->text.data;
}

/* The first value from `value` on that begins at or after `end`, if it lies inside `parent`. */
static int behind(const jdoc *doc, int parent, int value, int end) {
    while (value < doc->count && doc->tokens[value].start < end) {
        value++;
    }
    return value < doc->count && doc->tokens[value].start < doc->tokens[parent].end ? value
                                                                                    : JDOC_NONE;
}

int jdoc_first(const jdoc *doc, int parent) {
    return behind(doc, parent, parent + 1, 0);
}

int jdoc_next(const jdoc *doc, int parent, int child) {
    int last = doc->tokens[parent].type == JSMN_OBJECT ? jdoc_value(child) : child;
    return behind(doc, parent, last + 1, doc->tokens[last].end);
}

int jdoc_value(int name) {
    return name + 1;
}

bool jdoc_is(const jdoc *doc, int value, const char *text) {
    pgc_str raw = jdoc_raw(doc, value);
    size_t size = strlen(text);
    if (memchr(raw.data, '\\', raw.size) == NULL) {
        return raw.size == size + 2 && memcmp(raw.data + 1, text, size) == 0;
    }
    char *plain = NULL;
    size_t plain_size = 0;
    bool same = pgc_json_unquote(raw, &plain, &plain_size, NULL) == 0 && plain_size == size &&
                memcmp(plain, text, size) == 0;
    free(plain);
    return same;
}

int jdoc_member(const jdoc *doc, int object, const char *name) {
    int found = JDOC_NONE;
    if (jdoc_type_of(doc, object) != JDOC_OBJECT) {
        return JDOC_NONE;
    }
    for (int at = jdoc_first(doc, object); at != JDOC_NONE; at = jdoc_next(doc, object, at)) {
        found = jdoc_is(doc, at, name) ? jdoc_value(at) : found;
    }
    return found;
}

void jdoc_put_compact(FILE *out, pgc_str json) {
    bool in_string = false;
    for (size_t i = 0; i < json.size; i++) {
        char c = json.data[i];
        if (in_string) {
            fputc(c, out);
            if (c == '\\') {
                fputc(json.data[++i], out);
            }
            in_string = c != '"';
        } else if (memchr(" \t\r\n", c, 4) == NULL) {
            in_string = c == '"';
            fputc(c, out);
            if (c == ',' || c == ':') {
                fputc(' ', out);
            }
        }
    }
}
