/*
 * Live tests whose stores have no more privileges than they need: with PGCONVO_TEST_ROLE=writer
 * stores connect as a role that has what pgc_schema_grants says of a writer and nothing else, on
 * schemas that the server's user has made before. Otherwise everything here does nothing.
 */
#ifndef ROLES_H
#define ROLES_H

#include "pgconvo.h"
#include "tap.h"

#include <libpq-fe.h>
#include <unistd.h>

#define ROLES_USED __attribute__((unused))

static char roles_writer[64]; /* "": stores are the server's user's */
static bool roles_made;       /* by this process */

static void roles_execute(PGconn *conn, const char *sql) {
    PGresult *done = PQexec(conn, sql);
    if (PQresultStatus(done) != PGRES_COMMAND_OK) bail("%s: %s", sql, PQerrorMessage(conn));
    PQclear(done);
}

/*
 * Where stores go: to the server, by TLS (tests/tls.sh), or to a pooler in front of it
 * (tests/pooler.sh); and as whom.
 */
ROLES_USED static const char *store_url(void) {
    static char url[4096];
    const char *pooler = getenv("PGCONVO_TEST_STORE_URL");
    if (roles_writer[0] == '\0') {
        return pooler == NULL ? getenv("PGCONVO_TEST_URL") : pooler;
    }
    snprintf(url, sizeof url, "%s user=%s", getenv("PGCONVO_TEST_URL"), roles_writer);
    return url;
}

/* Makes the role, unless a process that started this one has. `conn` is a superuser's. */
ROLES_USED static void roles_begin(PGconn *conn) {
    static const char variable[] = "PGCONVO_TEST_ROLE_NAME";
    const char *kind = getenv("PGCONVO_TEST_ROLE"), *made = getenv(variable);
    if (kind == NULL || roles_writer[0] != '\0') return;
    if (strcmp(kind, "writer") != 0) bail("PGCONVO_TEST_ROLE is not writer but %s", kind);
    if (made != NULL) {
        snprintf(roles_writer, sizeof roles_writer, "%s", made);
        return;
    }
    char sql[256];
    snprintf(roles_writer, sizeof roles_writer, "pgconvo_writer_%d", (int)getpid());
    setenv(variable, roles_writer, 1);
    snprintf(sql, sizeof sql, "CREATE ROLE %s LOGIN NOINHERIT", roles_writer);
    roles_execute(conn, sql);
    roles_made = true;
}

/* Gives a role what it needs as one of these, in a schema where there is a store. */
ROLES_USED static void roles_grant(PGconn *conn, pgc_schema_role kind, const char *role,
                                   const char *schema) {
    pgc_error err;
    char *sql = NULL;
    if (pgc_schema_grants(kind, pgc_z(role), pgc_z(schema), &sql, &err) != 0) {
        bail("grants: %s", err.message);
    }
    roles_execute(conn, sql);
    free(sql);
}

/* Before a store of the writer's is opened: has the server's user make its tables. */
ROLES_USED static void roles_prepare(PGconn *conn, const pgc_store_options *wanted) {
    pgc_store_options options = PGC_STORE_OPTIONS_INIT;
    pgc_store *store = NULL;
    pgc_error err;
    if (roles_writer[0] == '\0' || wanted->schema.data == NULL) return;
    options.url = pgc_z(getenv("PGCONVO_TEST_URL"));
    options.schema = wanted->schema;
    options.metadata_index = wanted->metadata_index;
    if (pgc_store_open(&options, &store, &err) != 0 || pgc_store_init(store, &err) != 0) {
        bail("the owner's store: %s %s", err.message, err.detail);
    }
    pgc_store_free(store);
    roles_grant(conn, PGC_ROLE_WRITER, roles_writer, wanted->schema.data);
}

/* Takes the role away, with what it was given. */
ROLES_USED static void roles_end(PGconn *conn) {
    char sql[256];
    if (!roles_made) return;
    snprintf(sql, sizeof sql, "DROP OWNED BY %s; DROP ROLE %s", roles_writer, roles_writer);
    roles_execute(conn, sql);
    roles_writer[0] = '\0';
    roles_made = false;
    unsetenv("PGCONVO_TEST_ROLE_NAME");
}

#endif
