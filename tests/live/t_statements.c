/*
 * Every statement of the book on a real server: it can be prepared, its parameters are what the
 * server would take them for, and its columns are those that C reads (tests/trace/columns.txt).
 */
#include "live/trace.h"
#include "statement/stmt.h"

static const char *type_name(Oid type) {
    return sql("SELECT format_type(%u, NULL)", type);
}

static void add_columns(struct buf *out, const PGresult *description) {
    for (int i = 0; i < PQnfields(description); i++) {
        buf_addf(out, "%s%s %s", i == 0 ? "" : ", ", PQfname(description, i),
                 type_name(PQftype(description, i)));
    }
}

/* Prepared with the first `count` of its types. NULL if the server refuses. */
static PGresult *describe(const struct stmt *stmt, int count, bool tell) {
    PGresult *prepared = PQprepare(raw, "", stmt->text, count, stmt->types);
    bool done = PQresultStatus(prepared) == PGRES_COMMAND_OK;
    if (!done && tell) diag("%s: %s", stmt->name, PQresultErrorMessage(prepared));
    PQclear(prepared);
    return done ? PQdescribePrepared(raw, "") : NULL;
}

static void test_statement(const struct stmt *stmt, struct buf *out) {
    PGresult *description = describe(stmt, stmt->count, true);
    if (!ok(description != NULL, "%s can be prepared", stmt->name)) return;
    is_int(PQnparams(description), stmt->count, "%s: number of parameters", stmt->name);
    buf_addf(out, "%s: ", stmt->name);
    add_columns(out, description);
    buf_add_char(out, '\n');
    PQclear(description);
}

/* Told no types, the server infers them, where it can; then they must be those that C declares. */
static bool test_types(const struct stmt *stmt) {
    PGresult *description = describe(stmt, 0, false);
    if (description == NULL) return false;
    for (int i = 0; i < stmt->count; i++) {
        /* jsonb - unknown could mean one key as well as several. */
        bool ambiguous = strcmp(stmt->name, "metadata_remove") == 0 && i == 2;
        Oid want = ambiguous ? (Oid)TYPE_TEXT : stmt->types[i];
        is_int(PQparamtype(description, i), want, "%s: type of $%d", stmt->name, i + 1);
    }
    PQclear(description);
    return true;
}

/*
 * What the server does for it, by its plan: a statement that is taken for a read neither writes nor
 * locks, and all others do one or the other.
 */
static bool reads_by_plan(const struct stmt *stmt) {
    char *nulls = strdup("(NULL");
    for (int i = 1; i < stmt->count; i++) {
        nulls = realloc(nulls, strlen(nulls) + sizeof ", NULL");
        strcat(nulls, ", NULL");
    }
    PQclear(PQprepare(raw, "planned", stmt->text, stmt->count, stmt->types));
    char query[512];
    snprintf(query, sizeof query, "EXPLAIN (VERBOSE, FORMAT JSON) EXECUTE planned%s%s",
             stmt->count == 0 ? "" : nulls, stmt->count == 0 ? "" : ")");
    PGresult *plan = PQexec(raw, query);
    if (PQresultStatus(plan) != PGRES_TUPLES_OK) bail("%s: %s", query, PQerrorMessage(raw));
    const char *text = PQgetvalue(plan, 0, 0);
    /* A block has no plan; there is none that only reads. */
    bool reads = strstr(text, "ModifyTable") == NULL && strstr(text, "LockRows") == NULL &&
                 strstr(text, "set_config") == NULL && strstr(text, "Utility Statement") == NULL;
    PQclear(plan);
    PQclear(PQexec(raw, "DEALLOCATE planned"));
    free(nulls);
    return reads;
}

/* All statements, written for the schema. */
static struct stmt all[STMT_COUNT];

static void write_all(struct arena *arena) {
    struct stmt_book book;
    stmt_book_init(&book, z(schema));
    for (int id = 0; id < STMT_COUNT; id++) {
        if (!stmt_write(&book, (enum stmt_id)id, arena, &all[id])) bail("no memory");
    }
}

static int check_reads(void) {
    int count = 0;
    sql("SET plan_cache_mode TO force_generic_plan");
    sql("SET pgconvo.locked TO '{}'");
    for (int id = 0; id < STMT_COUNT; id++) {
        bool reads = stmt_reads((enum stmt_id)id);
        is_int(reads, reads_by_plan(&all[id]), "%s: %s", all[id].name,
               reads ? "reads only" : "changes or locks something");
        count += reads;
    }
    return count;
}

int main(void) {
    struct buf columns;
    int inferred = 0;
    buf_init(&columns, SIZE_MAX);
    world_begin("statements", true);
    struct arena arena = {0};
    write_all(&arena);
    /* A name without its schema would not be found. */
    sql("SET search_path TO pg_catalog");
    for (int id = 0; id < STMT_COUNT; id++) {
        test_statement(&all[id], &columns);
        inferred += test_types(&all[id]);
    }
    ok(inferred > STMT_COUNT / 3, "types of %d of %d statements were inferred", inferred,
       STMT_COUNT);
    int reads = check_reads();
    ok(reads > 0 && reads < STMT_COUNT, "%d of %d statements only read", reads, STMT_COUNT);
    buf_add_char(&columns, '\0');
    is_golden("columns.txt", columns.data);
    buf_free(&columns);
    arena_free(&arena);
    world_end();
    return done_testing();
}
