/*
 * Statements: every SQL text of sql/queries by number, with its name and parameter types.
 * Not for running them (conn) or filling in parameters (bind).
 *
 * A text is written with the schema's name in it when a session is to prepare it, which is seldom;
 * a store keeps none. Its book is what they have in common, and does not change once made, so any
 * thread may read it.
 */
#ifndef STATEMENT_STMT_H
#define STATEMENT_STMT_H

#include "base/arena.h"
#include "base/base.h"
#include "pgconvo.h"
#include "sql.h"

#include <libpq-fe.h>

#define STMT_PARAMS_MAX 16

enum stmt_id {
#define STMT_ENUM(name, params, text, reads) STMT_##name,
    SQL_QUERIES(STMT_ENUM)
#undef STMT_ENUM
        STMT_COUNT
};

struct stmt {
    const char *name; /* as in sql/queries, with the variant */
    const char *text; /* with the schema's name in it */
    int count;        /* of parameters */
    Oid types[STMT_PARAMS_MAX];
};

struct stmt_book {
    char schema[2 * PGC_SCHEMA_MAX + 3]; /* as an SQL identifier */
    uint64_t fingerprint;                /* of the schema's name and of all texts */
};

#define STMT_HANDLE_SIZE 64 /* what the server looks at, with a NUL */

/* Object ids of the types that statements use; fixed in PostgreSQL for good. */
enum stmt_type {
    TYPE_BOOL = 16,
    TYPE_INT8 = 20,
    TYPE_TEXT = 25,
    TYPE_FLOAT8 = 701,
    TYPE_TEXT_ARRAY = 1009,
    TYPE_INT8_ARRAY = 1016,
    TYPE_TIME = 1184,
    TYPE_TIME_ARRAY = 1185,
    TYPE_JSONB = 3802,
    TYPE_JSONB_ARRAY = 3807,
};

/* A step of the schema's history, as in sql/migrations; its text still holds `:"schema"`. */
struct migration {
    int number;
    const char *name;
    const char *checksum; /* SHA-256 of the file, in hex */
    const char *text;
};

/* All of them, in order. */
extern const struct migration stmt_migrations[];
extern const size_t stmt_migration_count;

/* The texts of sql/schema, by file name. */
#define STMT_SCHEMA_TEXT(name, text) extern const char *const stmt_schema_##name;
SQL_SCHEMA(STMT_SCHEMA_TEXT)
#undef STMT_SCHEMA_TEXT

/* The texts of sql/adopt, by file name. */
#define STMT_ADOPT_TEXT(name, text) extern const char *const stmt_adopt_##name;
SQL_ADOPT(STMT_ADOPT_TEXT)
#undef STMT_ADOPT_TEXT

/*
 * Does it only read? Told by its SQL, when it was embedded: it changes nothing and locks nothing,
 * so that it can run on a standby, and any number of times.
 */
bool stmt_reads(enum stmt_id id);

/* The book for a schema (its plain name, of up to PGC_SCHEMA_MAX bytes). */
void stmt_book_init(struct stmt_book *book, pgc_str schema);

/* The statement, its text in the arena. False when out of memory. */
MUST_CHECK bool stmt_write(const struct stmt_book *book, enum stmt_id id, struct arena *arena,
                           struct stmt *stmt);

/*
 * What it is called on the server: name and fingerprint. Where sessions are shared unnoticed, a
 * statement of another schema or version must never be taken for this one.
 */
void stmt_handle(const struct stmt_book *book, enum stmt_id id, char handle[STMT_HANDLE_SIZE]);

struct substitution {
    const char *from; /* as it stands in the text: `:"schema"` */
    const char *to;
};

/*
 * A text with all substitutions made, in the arena; NULL when out of memory (or when a `to` is NULL
 * for that reason).
 */
char *stmt_expand(struct arena *arena, const char *text, const struct substitution *substitutions,
                  size_t count);

/* `name` as an SQL identifier, quotes included, in the arena. NULL when out of memory. */
char *stmt_quote_name(struct arena *arena, pgc_str name);

/* `value` as an SQL string literal, quotes included, in the arena. NULL when out of memory. */
char *stmt_quote_literal(struct arena *arena, pgc_str value);

#endif
