#include "plain.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "bench.h"

#define EPOCH INT64_C(946684800000000) /* 2000-01-01 in microseconds since 1970 */
#define ALL_NULL UINT32_MAX

int64_t plain_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* ---- Connections ---- */

static void check(const PGconn *conn, PGresult *result, const char *what) {
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
        bench_fail("%s: %s", what, PQerrorMessage(conn));
    }
}

PGresult *plain_statements(PGconn *conn) {
    PGresult *result = PQexec(
        conn,
        "SELECT split_part(name, '@', 1), statement, array_to_string(parameter_types::oid[], ' ') "
        "FROM pg_prepared_statements WHERE name <> ''");
    check(conn, result, "statements");
    return result;
}

void plain_do(struct plain *plain, const char *sql) {
    PGresult *result = PQexec(plain->conn, sql);
    check(plain->conn, result, sql);
    PQclear(result);
}

long plain_do_params(struct plain *plain, const char *sql, int count, const char *const *values) {
    PGresult *result = PQexecParams(plain->conn, sql, count, NULL, values, NULL, NULL, 0);
    check(plain->conn, result, sql);
    long rows = strtol(PQcmdTuples(result), NULL, 10);
    PQclear(result);
    return rows;
}

static void prepare(struct plain *plain, const PGresult *statements, int row) {
    Oid types[PLAIN_PARAMS_MAX];
    int count = 0;
    char *at = PQgetvalue(statements, row, 2);
    while (*at != '\0' && count < PLAIN_PARAMS_MAX) {
        types[count++] = (Oid)strtoul(at, &at, 10);
    }
    PGresult *result = PQprepare(plain->conn, PQgetvalue(statements, row, 0),
                                 PQgetvalue(statements, row, 1), count, types);
    check(plain->conn, result, "prepare");
    PQclear(result);
}

struct plain *plain_open(const char *url, const PGresult *statements, bool relaxed) {
    struct plain *plain = calloc(1, sizeof *plain);
    if (plain == NULL) {
        bench_fail("out of memory");
    }
    plain->conn = PQconnectdb(url);
    if (PQstatus(plain->conn) != CONNECTION_OK) {
        bench_fail("connect: %s", PQerrorMessage(plain->conn));
    }
    plain_do(plain, "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; "
                    "SET jit = off; SET client_min_messages = warning");
    if (relaxed) {
        plain_do(plain, "SET synchronous_commit = off");
    }
    for (int i = 0; statements != NULL && i < PQntuples(statements); i++) {
        prepare(plain, statements, i);
    }
    return plain;
}

void plain_close(struct plain *plain) {
    if (plain != NULL) {
        PQfinish(plain->conn);
        free(plain->bytes);
        free(plain);
    }
}

/* ---- Parameters ---- */

static char *reserve(struct plain *plain, size_t size) {
    if (plain->used + size > plain->room) {
        plain->room = (plain->used + size) * 2;
        plain->bytes = realloc(plain->bytes, plain->room);
        if (plain->bytes == NULL) {
            bench_fail("out of memory");
        }
    }
    char *place = plain->bytes + plain->used;
    plain->used += size;
    return place;
}

static void put_bytes(struct plain *plain, const void *data, size_t size) {
    char *place = reserve(plain, size);
    if (size > 0) {
        memcpy(place, data, size);
    }
}

static void put32(struct plain *plain, uint32_t value) {
    uint32_t big = __builtin_bswap32(value);
    put_bytes(plain, &big, sizeof big);
}

static void put64(struct plain *plain, int64_t value) {
    uint64_t big = __builtin_bswap64((uint64_t)value);
    put_bytes(plain, &big, sizeof big);
}

static int64_t wire_time(int64_t time) {
    return time == INT64_MAX || time == INT64_MIN + 1 ? (time == INT64_MAX ? time : INT64_MIN)
                                                      : time - EPOCH;
}

static void begin(struct plain *plain) {
    if (plain->count == PLAIN_PARAMS_MAX) {
        bench_fail("too many parameters");
    }
    plain->offsets[plain->count] = plain->used;
}

static void end(struct plain *plain) {
    size_t size = plain->used - plain->offsets[plain->count];
    plain->sizes[plain->count++] = (int)size;
}

void plain_begin(struct plain *plain) {
    plain->count = 0;
    plain->used = 0;
}

void plain_null(struct plain *plain) {
    begin(plain);
    plain->sizes[plain->count++] = -1;
}

void plain_text(struct plain *plain, pgc_str text) {
    if (text.data == NULL) {
        plain_null(plain);
        return;
    }
    begin(plain);
    put_bytes(plain, text.data, text.size);
    end(plain);
}

void plain_json(struct plain *plain, pgc_str json) {
    if (json.data == NULL) {
        plain_null(plain);
        return;
    }
    begin(plain);
    put_bytes(plain, "\1", 1);
    put_bytes(plain, json.data, json.size);
    end(plain);
}

void plain_bool(struct plain *plain, bool value) {
    begin(plain);
    put_bytes(plain, value ? "\1" : "\0", 1);
    end(plain);
}

void plain_int8(struct plain *plain, int64_t value) {
    begin(plain);
    put64(plain, value);
    end(plain);
}

void plain_time(struct plain *plain, int64_t time) {
    if (time == PGC_NO_TIME) {
        plain_null(plain);
    } else {
        plain_int8(plain, wire_time(time));
    }
}

void plain_begin_array(struct plain *plain, Oid element, size_t count) {
    begin(plain);
    put32(plain, count > 0);
    put32(plain, 1); /* there may be nulls */
    put32(plain, element);
    if (count > 0) {
        put32(plain, (uint32_t)count);
        put32(plain, 1);
    }
}

void plain_end_array(struct plain *plain) {
    end(plain);
}

static void element_text(struct plain *plain, pgc_str text, const char *prefix) {
    size_t before = strlen(prefix);
    if (text.data == NULL) {
        put32(plain, ALL_NULL);
        return;
    }
    put32(plain, (uint32_t)(text.size + before));
    put_bytes(plain, prefix, before);
    put_bytes(plain, text.data, text.size);
}

void plain_element_text(struct plain *plain, pgc_str text) {
    element_text(plain, text, "");
}

void plain_element_int8(struct plain *plain, int64_t value) {
    put32(plain, 8);
    put64(plain, value);
}

static void element_time(struct plain *plain, int64_t time) {
    if (time == PGC_NO_TIME) {
        put32(plain, ALL_NULL);
    } else {
        plain_element_int8(plain, wire_time(time));
    }
}

/* ---- Running ---- */

static void point(const struct plain *plain, const char *values[PLAIN_PARAMS_MAX],
                  int sizes[PLAIN_PARAMS_MAX]) {
    for (int i = 0; i < plain->count; i++) {
        bool null = plain->sizes[i] < 0;
        values[i] = null ? NULL : plain->bytes + plain->offsets[i];
        sizes[i] = null ? 0 : plain->sizes[i];
    }
}

static const int binary[PLAIN_PARAMS_MAX] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};

void plain_run(struct plain *plain, const char *statement, int rows) {
    const char *values[PLAIN_PARAMS_MAX];
    int sizes[PLAIN_PARAMS_MAX];
    point(plain, values, sizes);
    PGresult *result =
        PQexecPrepared(plain->conn, statement, plain->count, values, sizes, binary, 1);
    check(plain->conn, result, statement);
    if (PQntuples(result) < rows) {
        bench_fail("%s: %d rows instead of %d", statement, PQntuples(result), rows);
    }
    PQclear(result);
}

void plain_send(struct plain *plain, const char *statement) {
    const char *values[PLAIN_PARAMS_MAX];
    int sizes[PLAIN_PARAMS_MAX];
    point(plain, values, sizes);
    if ((PQpipelineStatus(plain->conn) == PQ_PIPELINE_OFF && !PQenterPipelineMode(plain->conn)) ||
        !PQsendQueryPrepared(plain->conn, statement, plain->count, values, sizes, binary, 1)) {
        bench_fail("%s: %s", statement, PQerrorMessage(plain->conn));
    }
}

void plain_sync(struct plain *plain) {
    if (!PQpipelineSync(plain->conn)) {
        bench_fail("sync: %s", PQerrorMessage(plain->conn));
    }
    bool synced = false;
    while (!synced) {
        PGresult *result = PQgetResult(plain->conn); /* NULL: between two statements */
        synced = PQresultStatus(result) == PGRES_PIPELINE_SYNC;
        if (result != NULL && !synced) {
            check(plain->conn, result, "pipeline");
        }
        PQclear(result);
    }
}

/* ---- Messages ---- */

/*
 * An id that sorts by its time, as those of the library do; a counter keeps it the only one of its
 * kind.
 */
static pgc_str make_id(char text[40]) {
    static _Atomic uint64_t counter;
    uint64_t number = atomic_fetch_add(&counter, 1);
    uint64_t ms = (uint64_t)plain_now() / 1000;
    int size = snprintf(text, 40, "%08llx-%04llx-7000-8000-%012llx", (unsigned long long)(ms >> 16),
                        (unsigned long long)(ms & 0xffff), (unsigned long long)number);
    return (pgc_str){text, (size_t)size};
}

static void put_ids(struct plain *plain, const pgc_message_new *messages, size_t count) {
    plain_begin_array(plain, PLAIN_TEXT, count);
    for (size_t i = 0; i < count; i++) {
        char text[40];
        plain_element_text(plain, messages[i].id.data == NULL ? make_id(text) : messages[i].id);
    }
    plain_end_array(plain);
}

/* A field of all messages; contents are given as JSON on this side. */
static void put_field(struct plain *plain, const pgc_message_new *messages, size_t count,
                      size_t field) {
    plain_begin_array(plain, PLAIN_TEXT, count);
    for (size_t i = 0; i < count; i++) {
        const char *at = (const char *)&messages[i] + field;
        plain_element_text(plain, *(const pgc_str *)(const void *)at);
    }
    plain_end_array(plain);
}

static void put_metadata(struct plain *plain, const pgc_message_new *messages, size_t count) {
    plain_begin_array(plain, PLAIN_JSONB, count);
    for (size_t i = 0; i < count; i++) {
        element_text(plain, messages[i].metadata, "\1");
    }
    plain_end_array(plain);
}

/* Times, floors, now and newest. */
static void put_times(struct plain *plain, const pgc_message_new *messages, size_t count) {
    int64_t now = plain_now();
    int64_t newest = INT64_MIN + 1;
    plain_begin_array(plain, PLAIN_TIME, count);
    for (size_t i = 0; i < count; i++) {
        int64_t time = messages[i].created_at;
        element_time(plain, time);
        newest = time == PGC_NO_TIME ? now : time > newest ? time : newest;
    }
    plain_end_array(plain);
    plain_begin_array(plain, PLAIN_TIME, count);
    for (size_t i = 0; i < count; i++) {
        element_time(plain, now);
    }
    plain_end_array(plain);
    plain_time(plain, now);
    plain_time(plain, newest);
}

void plain_batch(struct plain *plain, pgc_str thread_id, const pgc_message_new *messages,
                 size_t count) {
    bool given = count > 0 && messages[0].id.data != NULL;
    plain_text(plain, thread_id);
    put_ids(plain, messages, count);
    put_field(plain, messages, count, offsetof(pgc_message_new, role));
    put_field(plain, messages, count, offsetof(pgc_message_new, type));
    put_field(plain, messages, count, offsetof(pgc_message_new, content));
    put_metadata(plain, messages, count);
    put_times(plain, messages, count);
    put_field(plain, messages, given ? count : 0, offsetof(pgc_message_new, id));
    put_field(plain, messages, count, offsetof(pgc_message_new, resource_id));
}
