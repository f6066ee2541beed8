/*
 * What the tests of plans share: sessions as the library sets them up, the plan of a statement of
 * the book, and how much it touches. Counts of buffers, no times.
 */
#ifndef PLAN_H
#define PLAN_H

#include "live/world.h"
#include "statement/stmt.h"

static struct stmt_book book;

/*
 * Nobody looks at the tables between an empty and a full one: what the planner knows of them is for
 * the test to say.
 */
WORLD_USED static void keep_statistics(void) {
    sql("DO $$DECLARE t regclass; BEGIN FOR t IN SELECT c.oid FROM pg_class c JOIN pg_namespace n "
        "ON "
        "n.oid = c.relnamespace WHERE c.relkind = 'r' AND n.nspname = current_schema() LOOP "
        "EXECUTE format('ALTER TABLE %%s SET (autovacuum_enabled = false)', t); END LOOP; END$$");
}

/*
 * As the library sets its sessions up; and what message_lock leaves for the statements behind it.
 */
WORLD_USED static void set_session(void) {
    const char *const values[] = {NULL, form("%d", PQbackendPID(raw))};
    PGresult *set = PQexecParams(raw, stmt_schema_session, 2, NULL, values, NULL, NULL, 0);
    if (PQresultStatus(set) != PGRES_TUPLES_OK) bail("%s", PQresultErrorMessage(set));
    PQclear(set);
    sql("SET pgconvo.locked TO '{t0}'");
}

/*
 * The plan of a statement with these parameters, as text; free() it. It is made at the first use,
 * and kept.
 */
static char *explain(enum stmt_id id, const char *parameters, const char *options) {
    struct arena arena = {0};
    struct stmt stmt;
    if (!stmt_write(&book, id, &arena, &stmt)) bail("no memory");
    if (sql_number("SELECT count(*) FROM pg_prepared_statements WHERE name = '%s'", stmt.name) ==
        0) {
        PGresult *prepared = PQprepare(raw, stmt.name, stmt.text, stmt.count, stmt.types);
        if (PQresultStatus(prepared) != PGRES_COMMAND_OK)
            bail("%s", PQresultErrorMessage(prepared));
        PQclear(prepared);
    }
    PGresult *plan = PQexec(
        raw, form(stmt.count == 0 ? "EXPLAIN (%s) EXECUTE %s%s" : "EXPLAIN (%s) EXECUTE %s(%s)",
                  options, stmt.name, parameters));
    arena_free(&arena);
    if (PQresultStatus(plan) != PGRES_TUPLES_OK) bail("%s", PQresultErrorMessage(plan));
    size_t size = 1;
    for (int i = 0; i < PQntuples(plan); i++)
        size += strlen(PQgetvalue(plan, i, 0)) + 1;
    char *text = calloc(1, size);
    for (int i = 0; i < PQntuples(plan); i++) {
        strcat(strcat(text, PQgetvalue(plan, i, 0)), "\n");
    }
    PQclear(plan);
    return text;
}

WORLD_USED static void show_plan(const char *plan) {
    for (const char *line = plan; *line != '\0';) {
        size_t size = strcspn(line, "\n");
        diag("%.*s", (int)size, line);
        line += size + (line[size] == '\n');
    }
}

/* What a line of a plan says: "Buffers: shared hit=12 read=3 ..." */
static int64_t buffers_of(const char *line) {
    static const char *const kinds[] = {"hit=", "read="};
    int64_t total = 0;
    for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++) {
        const char *number = strstr(line, kinds[i]);
        if (number != NULL && number < line + strcspn(line, "\n")) {
            total += strtoll(number + strlen(kinds[i]), NULL, 10);
        }
    }
    return total;
}

/*
 * The buffers that the busiest node touches, with those below it; planning not counted. (The top
 * node has all but what CTEs write, which runs when it is done.) What the statement changes is
 * undone.
 */
WORLD_USED static int64_t buffers(enum stmt_id id, const char *parameters) {
    sql("BEGIN");
    free(explain(id, parameters, "ANALYZE")); /* the first run does more, as setting hint bits */
    sql("ROLLBACK");
    sql("BEGIN");
    char *plan = explain(id, parameters, "ANALYZE, BUFFERS, COSTS OFF, TIMING OFF, SUMMARY OFF");
    sql("ROLLBACK");
    int64_t most = 0;
    for (const char *line = plan; (line = strstr(line, "Buffers: ")) != NULL; line++) {
        int64_t here = buffers_of(line);
        if (here > most) most = here;
    }
    free(plan);
    return most;
}

#endif
