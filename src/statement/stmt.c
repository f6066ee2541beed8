/* C compilers need not take literals of over 4,095 characters, but those that we build with do. */
#pragma GCC diagnostic ignored "-Woverlength-strings"

#define SQL_TEXTS
#include "statement/stmt.h"

#include "base/hash.h"

#include <assert.h>
#include <inttypes.h>

static const struct {
    const char *name;
    const char *params;
    const char *text;
    bool reads;
} queries[] = {
#define STMT_QUERY(name, params, text, reads) {#name, params, text, reads},
    SQL_QUERIES(STMT_QUERY)
#undef STMT_QUERY
};

const struct migration stmt_migrations[] = {
#define STMT_MIGRATION(number, name, checksum, text) {number, name, checksum, text},
    SQL_MIGRATIONS(STMT_MIGRATION)
#undef STMT_MIGRATION
};
const size_t stmt_migration_count = ARRAY_LENGTH(stmt_migrations);

#define STMT_SCHEMA_TEXT(name, text) const char *const stmt_schema_##name = text;
SQL_SCHEMA(STMT_SCHEMA_TEXT)
#undef STMT_SCHEMA_TEXT

#define STMT_ADOPT_TEXT(name, text) const char *const stmt_adopt_##name = text;
SQL_ADOPT(STMT_ADOPT_TEXT)
#undef STMT_ADOPT_TEXT

static const struct {
    const char *name;
    Oid type;
} types[] = {
    {"text", TYPE_TEXT},         {"text[]", TYPE_TEXT_ARRAY},   {"int8", TYPE_INT8},
    {"int8[]", TYPE_INT8_ARRAY}, {"timestamptz", TYPE_TIME},    {"timestamptz[]", TYPE_TIME_ARRAY},
    {"jsonb", TYPE_JSONB},       {"jsonb[]", TYPE_JSONB_ARRAY}, {"bool", TYPE_BOOL},
    {"float8", TYPE_FLOAT8},
};

/*
 * The types of a line `text int8[] ...`. The lines are our own, so what is wrong with one is a
 * mistake of ours.
 */
static void read_types(const char *params, struct stmt *stmt) {
    stmt->count = 0;
    while (*params != '\0') {
        size_t size = strcspn(params, " ");
        size_t i = 0;
        while (i < ARRAY_LENGTH(types) &&
               (strlen(types[i].name) != size || memcmp(types[i].name, params, size) != 0)) {
            i++;
        }
        assert(i < ARRAY_LENGTH(types) && stmt->count < STMT_PARAMS_MAX);
        stmt->types[stmt->count++] = types[i].type;
        params += size;
        params += strspn(params, " ");
    }
}

bool stmt_reads(enum stmt_id id) {
    return queries[id].reads;
}

/* To `out`, which has room for twice the text and three bytes more. */
static void quote(char *out, pgc_str text, char mark) {
    *out++ = mark;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] == mark) {
            *out++ = mark;
        }
        *out++ = text.data[i];
    }
    *out++ = mark;
    *out = '\0';
}

static char *quote_new(struct arena *arena, pgc_str text, char mark) {
    char *quoted = arena_alloc(arena, 2 * text.size + 3);
    if (quoted != NULL) {
        quote(quoted, text, mark);
    }
    return quoted;
}

char *stmt_quote_name(struct arena *arena, pgc_str name) {
    return quote_new(arena, name, '"');
}

/* Backslashes mean themselves: the session settings see to standard_conforming_strings. */
char *stmt_quote_literal(struct arena *arena, pgc_str value) {
    return quote_new(arena, value, '\'');
}

/* The substitution whose `from` stands first in `text`, or NULL. */
static const struct substitution *find_first(const char *text,
                                             const struct substitution *substitutions, size_t count,
                                             const char **where) {
    const struct substitution *first = NULL;
    for (size_t i = 0; i < count; i++) {
        const char *found = strstr(text, substitutions[i].from);
        if (found != NULL && (first == NULL || found < *where)) {
            first = &substitutions[i];
            *where = found;
        }
    }
    return first;
}

/*
 * Writes the expanded text to `out`, unless that is NULL, and gives its size. False: a replacement
 * is missing, for want of memory.
 */
static bool expand(const char *text, const struct substitution *substitutions, size_t count,
                   char *out, size_t *size) {
    const struct substitution *next;
    const char *where = NULL;
    *size = 0;
    do {
        next = find_first(text, substitutions, count, &where);
        if (next != NULL && next->to == NULL) {
            return false;
        }
        const char *parts[] = {text, next == NULL ? "" : next->to};
        const size_t sizes[] = {next == NULL ? strlen(text) : (size_t)(where - text),
                                strlen(parts[1])};
        for (size_t i = 0; i < ARRAY_LENGTH(parts); i++) {
            if (out != NULL) {
                memcpy(out + *size, parts[i], sizes[i]);
            }
            *size += sizes[i];
        }
        text = next == NULL ? text : where + strlen(next->from);
    } while (next != NULL);
    return true;
}

char *stmt_expand(struct arena *arena, const char *text, const struct substitution *substitutions,
                  size_t count) {
    size_t size;
    if (!expand(text, substitutions, count, NULL, &size)) {
        return NULL;
    }
    char *expanded = arena_alloc(arena, size + 1);
    if (expanded != NULL) {
        (void)expand(text, substitutions, count, expanded, &size);
        expanded[size] = '\0';
    }
    return expanded;
}

void stmt_book_init(struct stmt_book *book, pgc_str schema) {
    assert(schema.size <= PGC_SCHEMA_MAX);
    quote(book->schema, schema, '"');
    uint64_t texts = hash_add(HASH_START, SQL_FINGERPRINT, strlen(SQL_FINGERPRINT));
    book->fingerprint = hash_add(texts, schema.data, schema.size);
}

bool stmt_write(const struct stmt_book *book, enum stmt_id id, struct arena *arena,
                struct stmt *stmt) {
    const struct substitution name = {":\"schema\"", book->schema};
    stmt->name = queries[id].name;
    stmt->text = stmt_expand(arena, queries[id].text, &name, 1);
    read_types(queries[id].params, stmt);
    return stmt->text != NULL;
}

void stmt_handle(const struct stmt_book *book, enum stmt_id id, char handle[STMT_HANDLE_SIZE]) {
    int size =
        snprintf(handle, STMT_HANDLE_SIZE, "%s@%016" PRIx64, queries[id].name, book->fingerprint);
    assert(size < STMT_HANDLE_SIZE);
    (void)size; /* without assertions */
}
