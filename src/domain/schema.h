/*
 * The schema of a store: what a session needs before its first operation. Sets the session up,
 * probes the schema, creates or upgrades it, refuses what is not ours; and keeps what the
 * statements have of it, its name.
 *
 * A setup function of connections (conn.h); several may run it at once, in several threads.
 */
#ifndef DOMAIN_SCHEMA_H
#define DOMAIN_SCHEMA_H

#include "base/arena.h"
#include "base/base.h"
#include "connection/conn.h"
#include "pgconvo.h"
#include "statement/stmt.h"

#include <pthread.h>
#include <stdatomic.h>

struct schema {
    pgc_schema_mode mode;
    bool metadata_index;
    char statement_timeout[16];      /* milliseconds, or "" */
    struct bound settings;           /* for conn_config */
    atomic_bool pooled;              /* for conn_config */
    char wanted[PGC_SCHEMA_MAX + 1]; /* "": the default schema */
    pthread_mutex_t lock;            /* for setting what follows, and `named` behind it */
    char name[PGC_SCHEMA_MAX + 1];
    struct stmt_book book;
    atomic_bool named;
    atomic_bool checked; /* the schema was found to be as it should be */
};

/* `name` must have passed schema_check_name. */
void schema_init(struct schema *schema, pgc_str name);
void schema_destroy(struct schema *schema);

/* 1 to 63 bytes of UTF-8 without NUL, or absent. */
MUST_CHECK int schema_check_name(pgc_str name, pgc_error *err);

/* 1 to 63 bytes of UTF-8 without NUL. */
MUST_CHECK int schema_check_role(pgc_str role, pgc_error *err);

/*
 * For conn_config: what sets a session up, the settings of a segment (once statement_timeout is
 * set). The owner is the schema.
 */
const struct bound *schema_settings(struct schema *schema);
struct segment *schema_setup(void *owner, struct conn *conn, const struct segment *last,
                             pgc_error *err);

#endif
