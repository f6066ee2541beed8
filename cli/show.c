#include "show.h"

#include <stdlib.h>

#include "stamp.h"
#include "text.h"

#define INDENT 2
#define RESET "\033[0m"
#define DIM "\033[2m"

static void put_raw(FILE *out, pgc_str text) {
    fwrite(text.data, 1, text.size, out);
}

/* A string as its text, anything else as compact JSON. */
static void put_value(FILE *out, const jdoc *doc, int value) {
    char *text = NULL;
    size_t size = 0;
    pgc_str raw = jdoc_raw(doc, value);
    if (jdoc_type_of(doc, value) == JDOC_STRING && pgc_json_unquote(raw, &text, &size, NULL) == 0) {
        fwrite(text, 1, size, out);
        free(text);
    } else {
        jdoc_put_compact(out, raw);
    }
}

static bool is_text(const jdoc *doc, int value) {
    return value != JDOC_NONE && jdoc_type_of(doc, value) == JDOC_STRING;
}

/* A part of a content: {"type": "text", "text": ...} is its text, others are named. */
static void put_part(FILE *out, const jdoc *doc, int part) {
    int type = jdoc_member(doc, part, "type");
    int text = jdoc_member(doc, part, "text");
    if (is_text(doc, type) && jdoc_is(doc, type, "text") && is_text(doc, text)) {
        put_value(out, doc, text);
        return;
    }
    if (is_text(doc, type)) {
        fputc('[', out);
        put_value(out, doc, type);
        fputs("] ", out);
    }
    put_value(out, doc, part);
}

static void put_parts(FILE *out, const jdoc *doc, int array) {
    bool more = false;
    for (int at = jdoc_first(doc, array); at != JDOC_NONE; at = jdoc_next(doc, array, at)) {
        fputs(more ? "\n" : "", out);
        put_part(out, doc, at);
        more = true;
    }
}

/* Tool calls in the manner of OpenAI: "-> name(arguments)". */
static void put_calls(FILE *out, const jdoc *doc, int array) {
    for (int at = jdoc_first(doc, array); at != JDOC_NONE; at = jdoc_next(doc, array, at)) {
        int function = jdoc_member(doc, at, "function");
        int name = function == JDOC_NONE ? JDOC_NONE : jdoc_member(doc, function, "name");
        int arguments = function == JDOC_NONE ? JDOC_NONE : jdoc_member(doc, function, "arguments");
        fputs("-> ", out);
        put_value(out, doc, name == JDOC_NONE ? at : name);
        if (arguments != JDOC_NONE) {
            fputc('(', out);
            put_value(out, doc, arguments);
            fputc(')', out);
        }
        fputc('\n', out);
    }
}

static void put_json(FILE *out, const jdoc *doc, int value) {
    int parts = jdoc_member(doc, value, "parts");
    int array = parts == JDOC_NONE ? value : parts;
    if (jdoc_type_of(doc, array) == JDOC_ARRAY) {
        put_parts(out, doc, array);
    } else {
        put_value(out, doc, value);
    }
}

static bool is_shown_elsewhere(const jdoc *doc, int name) {
    static const char *const names[] = {"role", "from", "id", "metadata", "created_at"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (jdoc_is(doc, name, names[i])) {
            return true;
        }
    }
    return false;
}

/* A whole message of another program: its text, its calls, its other members. */
static void put_foreign(FILE *out, const jdoc *doc) {
    for (int at = jdoc_first(doc, 0); at != JDOC_NONE; at = jdoc_next(doc, 0, at)) {
        int value = jdoc_value(at);
        bool is_array = jdoc_type_of(doc, value) == JDOC_ARRAY;
        if (is_shown_elsewhere(doc, at) || jdoc_type_of(doc, value) == JDOC_NULL) {
            continue;
        }
        if (jdoc_is(doc, at, "content") || jdoc_is(doc, at, "value")) {
            put_json(out, doc, value);
            fputc('\n', out);
        } else if (is_array && jdoc_is(doc, at, "tool_calls")) {
            put_calls(out, doc, value);
        } else {
            put_value(out, doc, at);
            fputs(": ", out);
            put_value(out, doc, value);
            fputc('\n', out);
        }
    }
}

void show_content(FILE *out, jdoc *doc, const pgc_message *message) {
    pgc_error err;
    bool foreign =
        message->type.data != NULL && (strcmp(message->type.data, "openai.message") == 0 ||
                                       strcmp(message->type.data, "sharegpt.message") == 0);
    if (message->text.data != NULL) {
        put_raw(out, message->text);
    } else if (jdoc_parse(doc, message->content, &err) != 0) {
        put_raw(out, message->content);
    } else if (foreign && jdoc_type_of(doc, 0) == JDOC_OBJECT) {
        put_foreign(out, doc);
    } else {
        put_json(out, doc, 0);
    }
}

static const char *color_of(pgc_str role) {
    static const struct {
        const char *role, *color;
    } colors[] = {{"user", "\033[1;36m"},
                  {"assistant", "\033[1;32m"},
                  {"system", "\033[1;33m"},
                  {"developer", "\033[1;33m"},
                  {"tool", "\033[1;35m"}};
    for (size_t i = 0; i < sizeof colors / sizeof colors[0]; i++) {
        if (role.data != NULL && strcmp(role.data, colors[i].role) == 0) {
            return colors[i].color;
        }
    }
    return "\033[1m";
}

static void put_head(FILE *out, const pgc_message *message, bool color) {
    char time[STAMP_SIZE];
    stamp_print_short(message->created_at, true, time);
    fputs(color ? color_of(message->role) : "", out);
    text_put(out, message->role);
    fprintf(out, "%s  %s", color ? RESET DIM : "", time);
    if (message->type.data != NULL) {
        fputs("  ", out);
        text_put(out, message->type);
    }
    fputs("  ", out);
    text_put(out, message->id);
    fprintf(out, "%s\n", color ? RESET : "");
}

bool show_message(FILE *out, jdoc *doc, const pgc_message *message, show_style style) {
    char *text = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&text, &size);
    if (memory == NULL) {
        return false;
    }
    show_content(memory, doc, message);
    if (fclose(memory) != 0) {
        free(text);
        return false;
    }
    put_head(out, message, style.color);
    text_put_wrapped(out, (pgc_str){text, size}, INDENT, style.width);
    free(text);
    return true;
}
