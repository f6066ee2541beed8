/*
 * What a reader may do and what not: each operation of the traces by a store of a role that has
 * what pgc_schema_grants says of a reader. Those that read bring what they bring to others; those
 * that write are refused, and nothing is written.
 */
#ifndef READER_H
#define READER_H

#include "live/trace.h"

static bool reader_reads(const char *operation) {
    static const char *const reading[] = {"_get",    "_list", "_last",  "_tail",   "_window",
                                          "_recall", "_find", "_count", "_history"};
    for (size_t i = 0; i < ARRAY_LENGTH(reading); i++) {
        if (strstr(operation, reading[i]) != NULL) return true;
    }
    return false;
}

/* All that is in the store; free() it. */
static char *reader_dump(void) {
    return strdup(
        sql("SELECT md5(string_agg(line, ' ' ORDER BY line)) FROM ("
            "SELECT t::text AS line FROM threads t UNION ALL "
            "SELECT t::text FROM messages t UNION ALL SELECT t::text FROM metadata t "
            "UNION ALL SELECT t::text FROM resources t UNION ALL "
            "SELECT t::text FROM observations t UNION ALL "
            "SELECT t::text FROM workflow_runs t UNION ALL "
            "SELECT t::text FROM scores t UNION ALL SELECT t::text FROM store_meta t) x"));
}

static void reader_try(const struct operation *op) {
    char *before = reader_dump();
    int status = op->call(0);
    if (reader_reads(op->name)) {
        works(status, "%s: a reader may", op->name);
    } else {
        refused(status, PGC_DENIED, "permission denied", "%s: a reader may not", op->name);
        is_str(err.sqlstate, "42501", "%s: SQLSTATE", op->name);
        is_int(err.retry, PGC_RETRY_NO, "%s: it would be refused again", op->name);
        ok(strstr(err.hint, "--grants") != NULL, "%s: the hint says what to do", op->name);
    }
    char *after = reader_dump();
    is_str(after, before, "%s: nothing is written", op->name);
    free(before);
    free(after);
}

WORLD_USED static void reader_operations(const struct operation *operations, size_t count,
                                         void (*make_material)(void)) {
    char role[64];
    pgc_store *old = store;
    snprintf(role, sizeof role, "pgconvo_reader_%d", (int)getpid());
    make_material();
    sql("CREATE ROLE %s LOGIN", role);
    roles_grant(raw, PGC_ROLE_READER, role, schema);
    world_user = role;
    store = world_open(true);
    for (size_t i = 0; i < count; i++)
        reader_try(&operations[i]);
    pgc_store_free(store);
    store = old;
    world_user = NULL;
    sql("DROP OWNED BY %s", role);
    sql("DROP ROLE %s", role);
}

#endif
