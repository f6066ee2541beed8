#include "statement/bind.h"

#include "statement/wire.h"

#include <assert.h>
#include <limits.h>

void bind_statement(struct bind *bind, struct bound *bound, enum stmt_id id) {
    *bound = (struct bound){.id = id};
    bind->bound = bound;
}

void bind_sql(struct bind *bind, struct bound *bound, const char *text) {
    *bound = (struct bound){.id = STMT_COUNT, .text = text};
    bind->bound = bound;
    bind->failed |= text == NULL;
}

static void add(struct bind *bind, const char *value, size_t size) {
    struct bound *bound = bind->bound;
    assert(bound->count < STMT_PARAMS_MAX);
    if (value == NULL || size > INT_MAX) {
        bind->failed = true;
        return;
    }
    bound->values[bound->count] = value;
    bound->sizes[bound->count++] = (int)size;
}

void bind_null(struct bind *bind) {
    assert(bind->bound->count < STMT_PARAMS_MAX);
    bind->bound->values[bind->bound->count++] = NULL;
}

void bind_text(struct bind *bind, pgc_str text) {
    if (text.data == NULL) {
        bind_null(bind);
    } else {
        add(bind, arena_copy(bind->arena, text.data, text.size), text.size);
    }
}

/* A jsonb value is its version, 1, and the JSON text. */
void bind_json(struct bind *bind, pgc_str json) {
    if (json.data == NULL) {
        bind_null(bind);
        return;
    }
    char *bytes = arena_alloc(bind->arena, json.size + 1);
    if (bytes != NULL) {
        bytes[0] = 1;
        wire_put_bytes(bytes + 1, json);
    }
    add(bind, bytes, json.size + 1);
}

void bind_bool(struct bind *bind, bool value) {
    add(bind, value ? "\1" : "\0", 1);
}

void bind_int8(struct bind *bind, int64_t value) {
    char *bytes = arena_alloc(bind->arena, 8);
    if (bytes != NULL) {
        wire_put64(bytes, (uint64_t)value);
    }
    add(bind, bytes, 8);
}

void bind_float8(struct bind *bind, double value) {
    int64_t bits;
    static_assert(sizeof bits == sizeof value, "a double has 64 bits");
    memcpy(&bits, &value, sizeof bits);
    bind_int8(bind, bits);
}

void bind_time(struct bind *bind, int64_t time) {
    if (time == PGC_NO_TIME) {
        bind_null(bind);
    } else {
        bind_int8(bind, wire_time_out(time));
    }
}

/* The head of an array of one dimension; elements follow, each with its size. */
static char *put_array_head(char *out, Oid element, size_t count, bool nulls) {
    out = wire_put32(out, count == 0 ? 0 : 1);
    out = wire_put32(out, nulls);
    out = wire_put32(out, element);
    if (count > 0) {
        out = wire_put32(out, (uint32_t)count);
        out = wire_put32(out, 1);
    }
    return out;
}

#define ARRAY_HEAD_MAX 20
#define ELEMENT_NULL UINT32_MAX

/* An array of strings, each behind the bytes of `prefix` (the version of a jsonb value). */
static void bind_strings(struct bind *bind, Oid element, const pgc_str *texts, size_t count,
                         pgc_str prefix) {
    size_t size = ARRAY_HEAD_MAX;
    bool nulls = false;
    for (size_t i = 0; i < count; i++) {
        nulls |= texts[i].data == NULL;
        if (__builtin_add_overflow(size, texts[i].size + prefix.size + 4, &size)) {
            bind->failed = true;
            return;
        }
    }
    char *bytes = arena_alloc(bind->arena, size);
    if (bytes == NULL) {
        bind->failed = true;
        return;
    }
    char *out = put_array_head(bytes, element, count, nulls);
    for (size_t i = 0; i < count; i++) {
        if (texts[i].data == NULL) {
            out = wire_put32(out, ELEMENT_NULL);
            continue;
        }
        out = wire_put32(out, (uint32_t)(texts[i].size + prefix.size));
        out = wire_put_bytes(out, prefix);
        out = wire_put_bytes(out, texts[i]);
    }
    add(bind, bytes, (size_t)(out - bytes));
}

void bind_text_array(struct bind *bind, const pgc_str *texts, size_t count) {
    bind_strings(bind, TYPE_TEXT, texts, count, pgc_z(""));
}

void bind_json_array(struct bind *bind, const pgc_str *documents, size_t count) {
    bind_strings(bind, TYPE_JSONB, documents, count, pgc_z("\1"));
}

static void bind_numbers(struct bind *bind, Oid element, const int64_t *values, size_t count) {
    bool times = element == TYPE_TIME;
    bool nulls = false;
    for (size_t i = 0; i < count; i++) {
        nulls |= times && values[i] == PGC_NO_TIME;
    }
    char *bytes = arena_alloc(bind->arena, ARRAY_HEAD_MAX + count * 12);
    if (bytes == NULL) {
        bind->failed = true;
        return;
    }
    char *out = put_array_head(bytes, element, count, nulls);
    for (size_t i = 0; i < count; i++) {
        if (times && values[i] == PGC_NO_TIME) {
            out = wire_put32(out, ELEMENT_NULL);
            continue;
        }
        out = wire_put32(out, 8);
        out = wire_put64(out, (uint64_t)(times ? wire_time_out(values[i]) : values[i]));
    }
    add(bind, bytes, (size_t)(out - bytes));
}

void bind_int8_array(struct bind *bind, const int64_t *values, size_t count) {
    bind_numbers(bind, TYPE_INT8, values, count);
}

void bind_time_array(struct bind *bind, const int64_t *times, size_t count) {
    bind_numbers(bind, TYPE_TIME, times, count);
}
