/*
 * Wire traces of a store's connection: taken by libpq, made comparable, compared with those in
 * tests/trace.
 *
 * What varies from run to run is replaced: the text of a statement (its name says which one it
 * is) and the fingerprint of it behind the name, and every time within a day of now.
 * UPDATE_TRACES=1 writes the files instead of comparing them.
 */
#ifndef TRACE_H
#define TRACE_H

#include "base/buf.h"
#include "connection/conn.h"
#include "live/world.h"
#include "statement/wire.h"

#include <sys/time.h>

static FILE *trace_file;

/* The connection of a store that has only one, which is idle. */
WORLD_USED static PGconn *trace_connection(pgc_store *of) {
    struct list_node *node = list_first(&of->engine.pool.idle);
    if (node == NULL || of->engine.pool.idle.count != 1) bail("there is not one idle connection");
    return CONTAINER_OF(node, struct conn, node)->pg;
}

WORLD_USED static void trace_begin(pgc_store *of) {
    trace_file = tmpfile();
    PQtrace(trace_connection(of), trace_file);
    PQsetTraceFlags(trace_connection(of), PQTRACE_SUPPRESS_TIMESTAMPS | PQTRACE_REGRESS_MODE);
}

/* The lines since trace_begin; free() them. */
WORLD_USED static char *trace_end(pgc_store *of) {
    PQuntrace(trace_connection(of));
    long size = ftell(trace_file);
    char *text = calloc(1, (size_t)size + 1);
    rewind(trace_file);
    if (fread(text, 1, (size_t)size, trace_file) != (size_t)size) bail("cannot read the trace");
    fclose(trace_file);
    return text;
}

/* How many lines are of a kind, as `F` and `Sync`. */
WORLD_USED static int trace_count(const char *trace, char side, const char *kind) {
    int count = 0;
    for (const char *line = trace; *line != '\0';) {
        const char *end = line + strcspn(line, "\n");
        const char *word =
            line[0] == side ? memchr(line + 2, '\t', (size_t)(end - line - 2)) : NULL;
        count += word != NULL && strncmp(word + 1, kind, strlen(kind)) == 0 &&
                 strchr("\t\n", word[1 + strlen(kind)]) != NULL;
        line = *end == '\0' ? end : end + 1;
    }
    return count;
}

/* ---- Making it comparable ---- */

/*
 * One byte of a quoted value: itself, or \xNN, which libpq 14 to 17 write as \xffffffNN if it is
 * above 127.
 */
static char trace_byte(const char **at) {
    if (strncmp(*at, "\\x", 2) != 0) return *(*at)++;
    *at += strncmp(*at, "\\xffffff", 8) == 0 ? 8 : 2;
    char hex[3] = {(*at)[0], (*at)[1], '\0'};
    *at += 2;
    return (char)strtoul(hex, NULL, 16);
}

static bool trace_is_now(const char *bytes) {
    struct timeval now;
    gettimeofday(&now, NULL);
    int64_t day = INT64_C(86400000000), middle = now.tv_sec * INT64_C(1000000);
    int64_t time = wire_time_in((int64_t)wire_get64(bytes));
    return time > middle - day && time < middle + day;
}

/* An id that the library made: a UUID of version 7. */
static bool trace_is_made(const char *bytes) {
    for (size_t i = 0; i < 36; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? bytes[i] != '-' : strchr("0123456789abcdef", bytes[i]) == NULL) return false;
        if (bytes[i] == '\0') return false;
    }
    return bytes[14] == '7';
}

/* A time of now in a document, to the millisecond: tests give none there. */
static bool trace_is_iso(const char *bytes) {
    static const char shape[] = "0000-00-00T00:00:00.000Z";
    for (size_t i = 0; i < sizeof shape - 1; i++) {
        bool digit = bytes[i] >= '0' && bytes[i] <= '9';
        if (shape[i] == '0' ? !digit : bytes[i] != shape[i]) return false;
    }
    return true;
}

/* Copies a quoted value of `length` bytes; *at is at its first quote. */
static void trace_value(struct buf *out, const char **at, size_t length) {
    char *bytes = malloc(length + 1);
    ++*at;
    for (size_t i = 0; i < length; i++)
        bytes[i] = trace_byte(at);
    buf_add_char(out, '\'');
    for (size_t i = 0; i < length;) {
        unsigned char c = (unsigned char)bytes[i];
        if (length - i >= 8 && trace_is_now(bytes + i)) {
            buf_add_z(out, "<now>");
            i += 8;
            continue;
        }
        if (length - i >= 36 && trace_is_made(bytes + i)) {
            buf_add_z(out, "<made>");
            i += 36;
            continue;
        }
        if (length - i >= 24 && trace_is_iso(bytes + i)) {
            buf_add_z(out, "<now>");
            i += 24;
            continue;
        }
        buf_addf(out, c >= 0x20 && c < 0x7f ? "%c" : "\\x%02x", c);
        i++;
    }
    free(bytes);
}

/* The rest of a line: values are quoted behind their lengths. */
static const char *trace_values(struct buf *out, const char *at) {
    long length = -1;
    while (*at != '\n' && *at != '\0') {
        if (*at == '\'' && length >= 0) {
            trace_value(out, &at, (size_t)length);
            length = -1;
        } else if (*at >= '0' && *at <= '9') {
            char *end;
            length = strtol(at, &end, 10);
            buf_add(out, at, (size_t)(end - at));
            at = end;
            continue;
        }
        buf_add_char(out, *at++);
    }
    return at;
}

/*
 * F <length> Parse "name" "text" <number of parameters> <types>: without length and text, which
 * may have line ends.
 */
static const char *trace_parse(struct buf *out, const char *line, const char *at) {
    const char *name = strchr(at, '"');
    const char *text = strchr(strchr(name + 1, '"') + 1, '"');
    const char *end = text + 1;
    /* The text holds quotes of its own; behind its last one come only numbers. */
    for (const char *c = end;
         *c != '\0' && strncmp(c, "\nF\t", 3) != 0 && strncmp(c, "\nB\t", 3) != 0; c++) {
        if (*c == '"') end = c;
    }
    const char *line_end = end + strcspn(end, "\n");
    buf_addf(out, "%c\tNN\tParse\t %.*s\"...%.*s", line[0], (int)(text - name), name,
             (int)(line_end - end), end);
    return line_end;
}

#define FINGERPRINT "0123456789abcdef"
#define FINGERPRINT_SIZE (sizeof "@" FINGERPRINT - 1)

/* Takes the fingerprint out of the name in a line of Parse or Bind, as if it had not been there. */
static void trace_forget_fingerprint(char *line) {
    char *end = line + strcspn(line, "\n");
    char *at = line;
    while ((at = memchr(at, '@', (size_t)(end - at))) != NULL &&
           (strspn(at + 1, FINGERPRINT) != FINGERPRINT_SIZE - 1 || at[FINGERPRINT_SIZE] != '"')) {
        at++;
    }
    if (at == NULL) return;
    memmove(at, at + FINGERPRINT_SIZE, strlen(at + FINGERPRINT_SIZE) + 1);
    long length = strtol(line + 2, NULL, 10);
    if (length > 0) { /* libpq hides that of Parse */
        char digits[16];
        int was = snprintf(digits, sizeof digits, "%ld", length);
        int is = snprintf(digits, sizeof digits, "%ld", length - (long)FINGERPRINT_SIZE);
        memmove(line + 2 + is, line + 2 + was, strlen(line + 2 + was) + 1);
        memcpy(line + 2, digits, (size_t)is);
    }
}

/* The whole trace; free() it. Changes what it is given. */
WORLD_USED static char *trace_normal(char *trace) {
    struct buf out;
    buf_init(&out, SIZE_MAX);
    for (char *line = trace; *line != '\0'; line += strcspn(line, "\n"), line += *line != '\0') {
        if (strncmp(line, "F\t", 2) == 0) trace_forget_fingerprint(line);
    }
    for (const char *line = trace; *line != '\0';) {
        const char *kind = strchr(line, '\t');
        kind = kind == NULL ? NULL : strchr(kind + 1, '\t');
        if (kind == NULL) bail("a strange line: %.80s", line);
        if (strncmp(kind, "\tParse\t", 7) == 0) {
            line = trace_parse(&out, line, kind + 7);
        } else {
            buf_add(&out, line, (size_t)(kind - line));
            line = trace_values(&out, kind);
        }
        if (*line == '\n') line++;
        buf_add_char(&out, '\n');
    }
    buf_add_char(&out, '\0');
    char *text = strdup(out.data);
    buf_free(&out);
    return text;
}

/* ---- Golden files ---- */

static const char *golden_path(const char *name) {
    const char *root = getenv("PGCONVO_SOURCE_ROOT");
    return form("%s/tests/trace/%s", root == NULL ? "." : root, name);
}

WORLD_USED static char *read_golden(const char *name) {
    FILE *file = fopen(golden_path(name), "r");
    if (file == NULL) return strdup("");
    struct buf all;
    char part[4096];
    buf_init(&all, SIZE_MAX);
    for (size_t n; (n = fread(part, 1, sizeof part, file)) > 0;)
        buf_add(&all, part, n);
    buf_add_char(&all, '\0');
    fclose(file);
    char *text = strdup(all.data);
    buf_free(&all);
    return text;
}

static void show_difference(const char *name, const char *got, const char *want) {
    int line = 1;
    while (*got != '\0' || *want != '\0') {
        size_t a = strcspn(got, "\n"), b = strcspn(want, "\n");
        if (a != b || memcmp(got, want, a) != 0) {
            diag("%s:%d:", name, line);
            diag("  got  %.*s", (int)a, got);
            diag("  want %.*s", (int)b, want);
            return;
        }
        got += a + (got[a] == '\n');
        want += b + (want[b] == '\n');
        line++;
    }
}

/* Compares with tests/trace/NAME, or makes it. */
WORLD_USED static void is_golden(const char *name, const char *text) {
    if (getenv("UPDATE_TRACES") != NULL) {
        FILE *file = fopen(golden_path(name), "w");
        if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0)
            bail("cannot write %s", name);
        skip(1, "%s is written, not compared", name);
        return;
    }
    char *want = read_golden(name);
    if (!ok(strcmp(text, want) == 0, "tests/trace/%s", name)) show_difference(name, text, want);
    free(want);
}

/* ---- Operations ---- */

struct operation {
    const char *name;
    int (*call)(int round); /* 0 and then 1 */
};

#define OPERATION(name) \
    { #name, name }

WORLD_USED static void trace_operation(const struct operation *op) {
    struct buf both;
    buf_init(&both, SIZE_MAX);
    for (int round = 0; round < 2; round++) {
        trace_begin(store);
        if (!works(op->call(round), "%s, round %d", op->name, round)) diag("%s", err.message);
        char *trace = trace_end(store);
        is_int(trace_count(trace, 'F', "Sync"), 1, "one Sync");
        is_int(trace_count(trace, 'B', "ReadyForQuery"), 1, "one answer to it");
        int parses = trace_count(trace, 'F', "Parse"), binds = trace_count(trace, 'F', "Bind");
        is_int(parses, round == 0 ? binds : 0, "statements are prepared the first time only");
        char *normal = trace_normal(trace);
        buf_addf(&both, "# %s\n", round == 0 ? "first" : "again");
        buf_add_z(&both, normal);
        free(normal);
        free(trace);
    }
    buf_add_char(&both, '\0');
    is_golden(form("%s.trace", op->name), both.data);
    buf_free(&both);
}

/* How many statements have a name on the server: Parse, and Bind behind the name of its portal. */
WORLD_USED static int trace_count_named(const char *trace) {
    int count = 0;
    for (const char *at = trace; (at = strstr(at, "Parse\t \"")) != NULL; at++) {
        count += at[8] != '"';
    }
    for (const char *at = trace; (at = strstr(at, "Bind\t \"\" \"")) != NULL; at++) {
        count += at[10] != '"';
    }
    return count;
}

/* In unnamed mode it is the same round trip, with the settings in front. */
WORLD_USED static void trace_unnamed(const struct operation *op) {
    char *golden = read_golden(form("%s.trace", op->name));
    const char *again = strstr(golden, "# again\n");
    int binds = again == NULL ? -1 : trace_count(again + 8, 'F', "Bind");
    for (int round = 0; round < 2; round++) {
        trace_begin(store);
        works(op->call(round), "%s, unnamed, round %d", op->name, round);
        char *trace = trace_end(store);
        is_int(trace_count(trace, 'F', "Sync"), 1, "one Sync");
        is_int(trace_count(trace, 'B', "ReadyForQuery"), 1, "one answer to it");
        is_int(trace_count(trace, 'F', "Bind"), 1 + binds, "one statement more");
        is_int(trace_count(trace, 'F', "Parse"), 1 + binds, "each carries its text");
        is_int(trace_count(trace, 'F', "Query"), 0, "nothing else");
        is_int(trace_count_named(trace), 0, "none has a name");
        free(trace);
    }
    free(golden);
}

/* Each on stores of its own, so that nothing is prepared on their connections yet. */
WORLD_USED static void trace_operations(const struct operation *operations, size_t count,
                                        void (*make_material)(void)) {
    pgc_store *old = store;
    for (size_t i = 0; i < 2 * count; i++) {
        bool unnamed = i % 2 == 1;
        store = old;
        make_material();
        world_statements = unnamed ? PGC_STATEMENTS_UNNAMED : PGC_STATEMENTS_AUTO;
        store = world_open(true);
        world_statements = PGC_STATEMENTS_AUTO;
        (unnamed ? trace_unnamed : trace_operation)(&operations[i / 2]);
        pgc_store_free(store);
    }
    store = old;
}

#endif
