/*
 * Options of a store, connection strings, and names of schemas. Nothing connects, and no private
 * server is started. Input: flags, numbers, strings.
 */
#include <stddef.h>

#include "fuzz.h"

#define SECRET "s3cr3t"
#define MORE 64 /* bytes of a struct of a later version */

static bool has_secret(pgc_str text) {
    return text.data != NULL && memmem(text.data, text.size, SECRET, sizeof SECRET - 1) != NULL;
}

static const size_t strings[] = {
    offsetof(pgc_store_options, url),
    offsetof(pgc_store_options, password),
    offsetof(pgc_store_options, host),
    offsetof(pgc_store_options, database),
    offsetof(pgc_store_options, user),
    offsetof(pgc_store_options, schema),
    offsetof(pgc_store_options, sslmode),
    offsetof(pgc_store_options, sslrootcert),
    offsetof(pgc_store_options, sslcert),
    offsetof(pgc_store_options, sslkey),
    offsetof(pgc_store_options, application_name),
};
#define STRINGS (sizeof strings / sizeof strings[0])

/* A string in memory of its own, which ends where it ends. */
static pgc_str own_str(struct fuzz_input *in) {
    pgc_str text = fuzz_str(in);
    return text.data == NULL ? text : (pgc_str){fuzz_copy(text.data, text.size), text.size};
}

static pgc_str *string_at(pgc_store_options *options, size_t i) {
    return (pgc_str *)(void *)((char *)options + strings[i]);
}

/* The first strings come most often; an empty one may be absent. */
static void read_options(struct fuzz_input *in, pgc_store_options *options) {
    unsigned given = (unsigned)fuzz_number(in, 2);
    options->port = (uint16_t)fuzz_number(in, 2);
    options->schema_mode = (pgc_schema_mode)(fuzz_byte(in) % 8);
    options->statement_mode = (pgc_statement_mode)(fuzz_byte(in) % 8);
    options->max_connections = (uint32_t)fuzz_number(in, 2);
    options->statement_timeout_ms = (uint32_t)fuzz_number(in, 4);
    options->metadata_index = fuzz_byte(in) % 2 == 1;
    for (size_t i = 0; i < STRINGS; i++) {
        if ((given >> i & 1) != 0) {
            *string_at(options, i) = own_str(in);
        }
    }
}

/* With a host, a private server is refused before it is looked for. */
static bool starts_server(const pgc_store_options *options) {
    return options->url.size >= 6 && memcmp(options->url.data, "local:", 6) == 0 &&
           options->host.data == NULL;
}

static void check_open(const pgc_store_options *options, const void *given, size_t known) {
    pgc_error err = {.code = PGC_OK};
    pgc_store *store = NULL;
    int status = pgc_store_open(given, &store, &err);
    if (status == 0) {
        pgc_pool_status pool = {.max = 0};
        HOLDS(store != NULL && known >= sizeof(size_t));
        pgc_store_pool_status(store, &pool);
        HOLDS(pool.open == 0 && pool.max > 0);
        pgc_store_free(store);
        return;
    }
    HOLDS(store == NULL);
    fuzz_check_error(status, &err);
    HOLDS(status == -PGC_INVALID);
    bool elsewhere = false;
    for (size_t i = 2; i < STRINGS; i++) {
        elsewhere |=
            has_secret(*(const pgc_str *)(const void *)((const char *)options + strings[i]));
    }
    HOLDS(elsewhere || (strstr(err.message, SECRET) == NULL && strstr(err.detail, SECRET) == NULL &&
                        strstr(err.hint, SECRET) == NULL));
}

/* The struct as a caller of another version has it: shorter, or longer, perhaps with more in it. */
static void open_store(struct fuzz_input *in) {
    pgc_store_options options = PGC_STORE_OPTIONS_INIT;
    unsigned how = fuzz_byte(in);
    size_t size = sizeof options;
    if (how % 8 == 1) {
        size = sizeof options + fuzz_byte(in) % MORE;
    } else if (how % 8 == 2) {
        size = sizeof(size_t) + fuzz_byte(in) % sizeof options;
    }
    read_options(in, &options);
    options.size = how % 8 == 3 ? (size_t)fuzz_number(in, 8) : size;
    if (options.size > sizeof options + MORE && options.size <= 65536) {
        options.size = 65537; /* would be read */
    }
    size_t room =
        options.size > sizeof options && options.size <= 65536 ? options.size : sizeof options;
    char *given = calloc(1, room);
    HOLDS(given != NULL);
    memcpy(given, &options, sizeof options);
    given[room - 1] = (char)(room > sizeof options && how % 16 > 8);
    if (!starts_server(&options)) {
        check_open(&options, given, options.size);
    }
    free(given);
    for (size_t i = 0; i < STRINGS; i++) {
        free((void *)(uintptr_t)string_at(&options, i)->data);
    }
}

/* ---- Schemas ---- */

#define STAND_IN "stand_in_for_a_name"

static bool is_legal_name(pgc_str name, const char *sql) {
    return name.size > 0 && name.size < 64 && memchr(name.data, '\0', name.size) == NULL &&
           strstr(sql, "\"") != NULL;
}

/* Adds `name` in the quotes of SQL. */
static void add_quoted(FILE *out, pgc_str name) {
    fputc('"', out);
    for (size_t i = 0; i < name.size; i++) {
        fputs(name.data[i] == '"' ? "\"" : "", out);
        fputc(name.data[i], out);
    }
    fputc('"', out);
}

/* The text that a harmless name gives, with the other one in its places. */
static char *expected_sql(pgc_str name, bool index) {
    char *plain = NULL;
    char *sql = NULL;
    size_t size = 0;
    HOLDS(pgc_schema_sql(pgc_z(STAND_IN), index, &plain, NULL) == 0);
    FILE *out = open_memstream(&sql, &size);
    HOLDS(out != NULL);
    const char *at = plain;
    for (const char *next; (next = strstr(at, "\"" STAND_IN "\"")) != NULL;) {
        fwrite(at, 1, (size_t)(next - at), out);
        add_quoted(out, name);
        at = next + sizeof STAND_IN + 1;
    }
    fputs(at, out);
    fclose(out);
    free(plain);
    return sql;
}

static void make_sql(struct fuzz_input *in) {
    bool index = fuzz_byte(in) % 2 == 1;
    pgc_str name = own_str(in);
    pgc_error err = {.code = PGC_OK};
    char *sql = NULL;
    int status = pgc_schema_sql(name, index, &sql, &err);
    if (status != 0) {
        fuzz_check_error(status, &err);
        HOLDS(status == -PGC_INVALID && sql == NULL);
    } else if (name.data != NULL) {
        HOLDS(is_legal_name(name, sql));
        char *expected = expected_sql(name, index);
        HOLDS(strcmp(sql, expected) == 0);
        free(expected);
    }
    free(sql);
    free((void *)(uintptr_t)name.data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct fuzz_input in = {data, size};
    if (fuzz_byte(&in) % 4 == 0) {
        make_sql(&in);
    } else {
        open_store(&in);
    }
    return 0;
}
