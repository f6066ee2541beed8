#include "base/sqlstate.h"

#include <string.h>

struct meaning {
    char state[6]; /* five characters: this code; two: its whole class */
    pgc_code code;
    pgc_retry retry;
};

/*
 * The first row that fits counts, so exact codes stand before their class. What no row names is
 * SERVER, NO.
 *
 * When is a repeat safe? An error inside a statement rolls the transaction back, so nothing was
 * done. A session that the server ends may have committed before we heard of it.
 */
static const struct meaning meanings[] = {
    /* Refused before there was a session. */
    {"08001", PGC_CONNECT, PGC_RETRY_SAFE},
    {"08004", PGC_CONNECT, PGC_RETRY_SAFE},
    /* The rest of the class, 08P01 too: poolers send it when they drop a client in mid-work. */
    {"08", PGC_LOST, PGC_RETRY_UNKNOWN},

    {"22", PGC_DATA, PGC_RETRY_NO},

    {"23503", PGC_NOT_FOUND, PGC_RETRY_NO}, /* a foreign key: what the row refers to is not there */
    {"23505", PGC_EXISTS, PGC_RETRY_NO},
    {"23", PGC_CONSTRAINT, PGC_RETRY_NO},

    /*
     * Writing on a standby, or where default_transaction_read_only is set: nothing was done, and
     * the next connection may go to the server that is the primary now.
     */
    {"25006", PGC_DENIED, PGC_RETRY_SAFE},
    /* Ended while idle in a transaction: rolled back, and what we sent meanwhile not read. */
    {"25P03", PGC_LOST, PGC_RETRY_SAFE},
    /* transaction_timeout ends the session too, and may do so while the commit goes on. */
    {"25P04", PGC_TIMEOUT, PGC_RETRY_UNKNOWN},

    /* A prepared statement that is not there, or there already: refused before anything was done.
     */
    {"26000", PGC_SERVER, PGC_RETRY_SAFE},
    {"42P05", PGC_SERVER, PGC_RETRY_SAFE},

    {"28", PGC_AUTH, PGC_RETRY_NO},

    {"3D000", PGC_CONNECT, PGC_RETRY_NO}, /* no such database: trying again does not make it */
    {"3F000", PGC_SCHEMA, PGC_RETRY_NO},

    {"40002", PGC_CONSTRAINT, PGC_RETRY_NO}, /* a deferred constraint, found out at commit */
    /* "Statement completion unknown": what a distributed engine says of an ambiguous commit. */
    {"40003", PGC_SERVER, PGC_RETRY_UNKNOWN},
    {"40", PGC_CONFLICT, PGC_RETRY_SAFE}, /* serialization failure, deadlock, recovery conflict */

    {"42501", PGC_DENIED, PGC_RETRY_NO}, /* row-level security too */
    /*
     * Our statements are fixed and fit the schema of this version. If something they name is not
     * there, is of another type or kind, or an index that ON CONFLICT needs is gone (42P10), the
     * schema was altered.
     */
    {"42P01", PGC_SCHEMA, PGC_RETRY_NO},
    {"42P10", PGC_SCHEMA, PGC_RETRY_NO},
    {"42703", PGC_SCHEMA, PGC_RETRY_NO},
    {"42704", PGC_SCHEMA, PGC_RETRY_NO},
    {"42804", PGC_SCHEMA, PGC_RETRY_NO},
    {"42809", PGC_SCHEMA, PGC_RETRY_NO},
    {"42883", PGC_SCHEMA, PGC_RETRY_NO},

    {"44", PGC_CONSTRAINT, PGC_RETRY_NO}, /* the check option of a view */

    {"53300", PGC_BUSY, PGC_RETRY_SAFE}, /* too many connections */
    /*
     * Disk full, out of memory, a limit of the configuration: nothing was done, but it takes an
     * administrator, and repeating at once makes it worse.
     */
    {"53", PGC_SERVER, PGC_RETRY_NO},

    /* In our statements, only a value can reach a limit of the program. */
    {"54", PGC_DATA, PGC_RETRY_NO},

    {"55P03", PGC_CONFLICT, PGC_RETRY_SAFE}, /* lock_timeout, NOWAIT */

    /* Cancelled by statement_timeout or by somebody: the statement was rolled back. */
    {"57014", PGC_TIMEOUT, PGC_RETRY_SAFE},
    /* Shutdown, terminated, a crash elsewhere: perhaps after the commit, waiting for a standby. */
    {"57P01", PGC_LOST, PGC_RETRY_UNKNOWN},
    {"57P02", PGC_LOST, PGC_RETRY_UNKNOWN},
    {"57P03", PGC_CONNECT, PGC_RETRY_SAFE}, /* starting up, shutting down, in recovery */
    {"57P04", PGC_LOST, PGC_RETRY_NO},      /* the database was dropped */
    /* idle_session_timeout fires only between statements: what we sent was not read. */
    {"57P05", PGC_LOST, PGC_RETRY_SAFE},
};

void sqlstate_classify(const char *sqlstate, pgc_code *code, pgc_retry *retry) {
    *code = PGC_SERVER;
    *retry = PGC_RETRY_NO;
    if (sqlstate == NULL || strlen(sqlstate) != 5) {
        return;
    }
    for (size_t i = 0; i < ARRAY_LENGTH(meanings); i++) {
        const struct meaning *meaning = &meanings[i];
        if (strncmp(sqlstate, meaning->state, strlen(meaning->state)) == 0) {
            *code = meaning->code;
            *retry = meaning->retry;
            return;
        }
    }
}
